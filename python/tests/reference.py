# SPDX-License-Identifier: Apache-2.0
"""The definition of a convolution, in float64."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

Array64 = npt.NDArray[np.float64]


def convolution(
    input: npt.NDArray[Any],
    weight: npt.NDArray[Any],
    bias: npt.NDArray[Any] | None,
    stride: Sequence[int],
    pads: Sequence[tuple[int, int]],
    dilation: Sequence[int],
    groups: int,
) -> Array64:
    """The sums over windows of an input (N, C, *size), tap by tap."""
    rank = weight.ndim - 2
    x = np.pad(input.astype(np.float64), [(0, 0), (0, 0), *pads])
    w = weight.astype(np.float64)
    size = [
        (x.shape[2 + axis] - dilation[axis] * (w.shape[2 + axis] - 1) - 1) // stride[axis] + 1 for axis in range(rank)
    ]
    outputs, channels = w.shape[0] // groups, w.shape[1]
    y = np.zeros((x.shape[0], w.shape[0], *size))
    for group, tap in product(range(groups), product(*[range(extent) for extent in w.shape[2:]])):
        begins = [tap[axis] * dilation[axis] for axis in range(rank)]
        window = tuple(
            slice(begins[axis], begins[axis] + stride[axis] * (size[axis] - 1) + 1, stride[axis])
            for axis in range(rank)
        )
        first = group * outputs
        y[:, first : first + outputs] += np.einsum(
            "nc...,kc->nk...",
            x[(slice(None), slice(group * channels, (group + 1) * channels), *window)],
            w[(slice(first, first + outputs), slice(None), *tap)],
        )
    return y if bias is None else y + bias.astype(np.float64).reshape(-1, *[1] * rank)
