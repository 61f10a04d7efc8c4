# SPDX-License-Identifier: Apache-2.0
"""The random parameters of `RandomParameter` in Weights.swift, with numpy: the same bits for a name, a shape and a seed."""

import math

import numpy as np


def parameter(name, shape, seed=1):
    state = 14695981039346656037 ^ seed
    for byte in name.encode():
        state = (state ^ byte) * 1099511628211 & (1 << 64) - 1
    if name.endswith("running_var"):
        center, spread = 1, 0.5
    elif name.endswith(("bn3.weight", "conv.3.weight")):
        center, spread = 0.25, 0.125
    elif len(shape) == 1:
        center, spread = (1, 0.25) if name.endswith("weight") else (0, 0.1)
    else:
        center, spread = 0, math.sqrt(6 / math.prod(shape[1:]))
    with np.errstate(over="ignore"):
        z = np.uint64(state) + np.arange(1, math.prod(shape) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    unit = ((z >> np.uint64(40)).astype(np.int64) - (1 << 23)).astype(np.float32) * np.float32(2**-23)
    return (np.float32(center) + np.float32(spread) * unit).reshape(shape)
