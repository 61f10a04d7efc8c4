# SPDX-License-Identifier: Apache-2.0
"""Layers: rows of a layer table, their data, and the double-precision answer that every library is checked against."""

import json
import math
from dataclasses import dataclass
from itertools import product

import numpy as np

KEYS = ("name", "rank", "n", "c", "size", "k", "kernel", "stride", "padding", "dilation", "groups")


@dataclass(frozen=True)
class Layer:
    """A convolution of (n, c, *size) by (k, c / groups, *kernel); extents are tuples of `rank` numbers."""

    name: str
    rank: int
    n: int
    c: int
    size: tuple
    k: int
    kernel: tuple
    stride: tuple
    padding: tuple
    dilation: tuple
    groups: int

    @staticmethod
    def from_row(row):
        """The layer of a table's row. Raises ValueError for what only `convolve` understands, such as "same"."""
        missing = [key for key in KEYS if key not in row]
        if missing:
            raise ValueError(f"layer {row.get('name', '?')}: no {', '.join(missing)}")
        values = {key: row[key] for key in KEYS}
        for key in ("size", "kernel", "stride", "padding", "dilation"):
            value = values[key]
            if not (isinstance(value, list) and len(value) == row["rank"] and all(isinstance(v, int) for v in value)):
                raise ValueError(f"layer {row['name']}: {key} is {value!r}, not {row['rank']} whole numbers")
            values[key] = tuple(value)
        return Layer(**values)

    def row(self):
        return {key: list(value) if isinstance(value := getattr(self, key), tuple) else value for key in KEYS}

    @property
    def input_shape(self):
        return (self.n, self.c, *self.size)

    @property
    def weight_shape(self):
        return (self.k, self.c // self.groups, *self.kernel)

    @property
    def output_size(self):
        extents = zip(self.size, self.kernel, self.stride, self.padding, self.dilation)
        return tuple((i + 2 * p - d * (k - 1) - 1) // s + 1 for i, k, s, p, d in extents)

    @property
    def output_shape(self):
        return (self.n, self.k, *self.output_size)

    @property
    def flops(self):
        """Multiplications and additions of the direct convolution, those on the padding included."""
        return 2 * math.prod(self.output_shape) * math.prod(self.weight_shape[1:])

    def as_images(self):
        """The same layer of rank 2, sequences being images one pixel high."""
        if self.rank == 2:
            return self
        return Layer(self.name, 2, self.n, self.c, (1, *self.size), self.k, (1, *self.kernel), (1, *self.stride),
                     (0, *self.padding), (1, *self.dilation), self.groups)


def load_table(path):
    """The rows of a layer table, as they stand in the file."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def make_data(layer):
    """Normal numbers, the same in every run: (input, weight)."""
    generator = np.random.default_rng(1)
    source = generator.standard_normal(layer.input_shape, dtype=np.float32)
    return source, generator.standard_normal(layer.weight_shape, dtype=np.float32)


def reference(layer, source, weight):
    """The convolution in double precision: for each tap, a product of matrices."""
    padded = np.pad(source.astype(np.float64), [(0, 0), (0, 0)] + [(p, p) for p in layer.padding])
    weight = weight.astype(np.float64)
    groups, channels, filters = layer.groups, layer.c // layer.groups, layer.k // layer.groups
    result = np.zeros((layer.n, groups, filters, math.prod(layer.output_size)))
    for tap in product(*map(range, layer.kernel)):
        extents = zip(tap, layer.dilation, layer.stride, layer.output_size)
        window = padded[(..., *(slice(t * d, t * d + (o - 1) * s + 1, s) for t, d, s, o in extents))]
        matrix = weight[(..., *tap)].reshape(groups, filters, channels)
        result += np.matmul(matrix, window.reshape(layer.n, groups, channels, -1))
    return result.reshape(layer.output_shape)


def error_of(answer, expected):
    """The largest difference over the largest expected value; infinite for a wrong number of values or a NaN."""
    if answer.size != expected.size:
        return math.inf
    worst = float(np.max(np.abs(answer.reshape(expected.shape).astype(np.float64) - expected), initial=0))
    largest = float(np.max(np.abs(expected), initial=0))
    return math.inf if math.isnan(worst) else worst / largest if largest > 0 else worst
