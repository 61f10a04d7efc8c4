# SPDX-License-Identifier: Apache-2.0
"""Layers: rows of a layer table, their data, and the double-precision answer that every library is checked against."""

import json
import math
from dataclasses import dataclass
from itertools import product

import numpy as np

# Each operation with the number of its axes, by the name that the tables and `convolve` have for it.
OPERATIONS = {f"conv{kind}{rank}d": rank for kind in ("", "_transpose") for rank in (1, 2, 3)}
EXTENTS = ("size", "kernel", "stride", "padding", "dilation")
KEYS = ("name", "rank", "n", "c", "size", "k", "kernel", "stride", "padding", "dilation", "groups")


@dataclass(frozen=True)
class Layer:
    """A convolution of (n, c, *size) by (k, c / groups, *kernel), or a transposed one by (c, k / groups, *kernel).
    Extents are tuples of `rank` numbers."""

    name: str
    op: str
    n: int
    c: int
    size: tuple
    k: int
    kernel: tuple
    stride: tuple
    padding: tuple
    dilation: tuple
    groups: int
    output_padding: tuple  # of transposed convolutions; zeros of the others

    @staticmethod
    def from_row(row):
        """The layer of a table's row. Raises ValueError for what only `convolve` understands, such as "same"."""
        name = row.get("name", "?")
        missing = [key for key in KEYS if key not in row]
        if missing:
            raise ValueError(f"layer {name}: no {', '.join(missing)}")
        rank = row["rank"]
        op = row.get("op") or f"conv{rank}d"
        if OPERATIONS.get(op) != rank:
            raise ValueError(f"layer {name}: there is no operation {op} of {rank} axes")
        values = {key: row[key] for key in KEYS if key != "rank"}
        values["output_padding"] = row.get("output_padding") or [0] * rank
        for key in (*EXTENTS, "output_padding"):
            value = values[key]
            if not (isinstance(value, list) and len(value) == rank and all(isinstance(v, int) for v in value)):
                raise ValueError(f"layer {name}: {key} is {value!r}, not {rank} whole numbers")
            values[key] = tuple(value)
        layer = Layer(op=op, **values)
        if any(values["output_padding"]) and not layer.is_transposed:
            raise ValueError(f"layer {name}: output_padding is of transposed convolutions, and this is a {op}")
        return layer

    def row(self):
        keys = (*KEYS, "op", "output_padding") if self.is_transposed else (*KEYS, "op")
        return {key: list(value) if isinstance(value := getattr(self, key), tuple) else value for key in keys}

    @property
    def rank(self):
        return OPERATIONS[self.op]

    @property
    def is_transposed(self):
        return "transpose" in self.op

    @property
    def is_depthwise(self):
        return self.groups == self.c and self.groups > 1

    @property
    def input_shape(self):
        return (self.n, self.c, *self.size)

    @property
    def weight_shape(self):
        outer, inner = (self.c, self.k) if self.is_transposed else (self.k, self.c)
        return (outer, inner // self.groups, *self.kernel)

    @property
    def grouped_weight_shape(self):
        """The weight's shape with the groups as an axis of their own, the first."""
        outer, *rest = self.weight_shape
        return (self.groups, outer // self.groups, *rest)

    @property
    def spans(self):
        """How far the kernel reaches along each axis."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation))

    @property
    def output_size(self):
        extents = zip(self.size, self.spans, self.stride, self.padding, self.output_padding)
        if self.is_transposed:
            return tuple((i - 1) * s + span + extra - 2 * p for i, span, s, p, extra in extents)
        return tuple((i + 2 * p - span) // s + 1 for i, span, s, p, _ in extents)

    @property
    def output_shape(self):
        return (self.n, self.k, *self.output_size)

    @property
    def flops(self):
        """Multiplications and additions of the direct convolution, those on the padding included: each output of a
        convolution, each input of a transposed one, meets each tap."""
        meeting = self.input_shape if self.is_transposed else self.output_shape
        return 2 * math.prod(meeting) * math.prod(self.weight_shape[1:])

    def as_images(self):
        """The same layer of rank 2, sequences being images one pixel high; of rank 3, the layer itself."""
        if self.rank > 1:
            return self
        return Layer(self.name, self.op.replace("1d", "2d"), self.n, self.c, (1, *self.size), self.k, (1, *self.kernel),
                     (1, *self.stride), (0, *self.padding), (1, *self.dilation), self.groups, (0, *self.output_padding))


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
    source = source.astype(np.float64).reshape(layer.n, layer.groups, layer.c // layer.groups, *layer.size)
    weight = weight.astype(np.float64).reshape(layer.grouped_weight_shape)
    compute = scattered if layer.is_transposed else gathered
    return compute(layer, source, weight).reshape(layer.output_shape)


def windows(layer, places):
    """Each tap, with the part of the padded tensor that it meets at so many places along each axis."""
    for tap in product(*map(range, layer.kernel)):
        extents = zip(tap, layer.dilation, layer.stride, places)
        yield tap, (..., *(slice(t * d, t * d + (count - 1) * s + 1, s) for t, d, s, count in extents))


def gathered(layer, source, weight):
    """A convolution: each output takes from the padded input."""
    padded = np.pad(source, [(0, 0)] * 3 + [(p, p) for p in layer.padding])
    filters = layer.k // layer.groups
    result = np.zeros((layer.n, layer.groups, filters, math.prod(layer.output_size)))
    for tap, window in windows(layer, layer.output_size):
        result += np.matmul(weight[(..., *tap)], padded[window].reshape(*padded.shape[:3], -1))
    return result


def scattered(layer, source, weight):
    """A transposed convolution: each input gives to the padded output, whose padding is cut off in the end."""
    leading = layer.n, layer.groups, layer.k // layer.groups
    padded = np.zeros((*leading, *(extent + 2 * p for extent, p in zip(layer.output_size, layer.padding))))
    columns = source.reshape(*source.shape[:3], -1)
    for tap, window in windows(layer, layer.size):
        padded[window] += np.matmul(weight[(..., *tap)].swapaxes(1, 2), columns).reshape(*leading, *layer.size)
    return padded[(..., *(slice(p, p + extent) for p, extent in zip(layer.padding, layer.output_size)))]


def error_of(answer, expected):
    """The largest difference over the largest expected value; infinite for a wrong number of values or a NaN."""
    if answer.size != expected.size:
        return math.inf
    worst = float(np.max(np.abs(answer.reshape(expected.shape).astype(np.float64) - expected), initial=0))
    largest = float(np.max(np.abs(expected), initial=0))
    return math.inf if math.isnan(worst) else worst / largest if largest > 0 else worst
