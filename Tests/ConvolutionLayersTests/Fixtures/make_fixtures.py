#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes layers.json: poolings, functions of elements, softmax and batch norms as PyTorch computes them. Inputs are
integers over 8, from a formula that the tests have too; needs torch (made with 2.13)."""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F


def ramp(shape, step=37):
    count = math.prod(shape)
    return torch.tensor([(index * step % 101 - 50) / 8 for index in range(count)]).reshape(shape)


def pooling(function, shape, kernel=None, stride=None, padding=0, dilation=1, ceil=False, include=True, output=None):
    x = ramp(shape)
    if function.startswith("max"):
        y = getattr(F, function)(x, kernel, stride, padding, dilation, ceil)
    elif function.startswith("avg"):
        y = getattr(F, function)(x, kernel, stride, padding, ceil, include)
    else:
        y = getattr(F, function)(x, output)
    def listed(value):
        return value if value is None or isinstance(value, list) else [value]
    return {"function": function, "shape": shape, "kernel": listed(kernel), "stride": listed(stride),
            "padding": listed(padding), "dilation": listed(dilation), "ceil": ceil, "include": include,
            "output": listed(output), "resultShape": list(y.shape), "result": y.flatten().tolist()}


poolings = [
    pooling("max_pool2d", [1, 2, 7, 7], 3, 2, 1),
    pooling("max_pool2d", [2, 3, 6, 19], [2, 3], [1, 2], [1, 1]),
    pooling("max_pool2d", [2, 9, 21], 2),
    pooling("max_pool2d", [1, 1, 8, 24], 3, 1, 1),
    pooling("max_pool2d", [1, 1, 9, 25], 3, 2, 1, 1, True),
    pooling("max_pool2d", [1, 1, 11, 13], 2, 3, 1, 3),
    pooling("max_pool2d", [1, 1, 6, 6], 3, 2, 0, 1, True),
    pooling("max_pool2d", [1, 1, 5, 5], 2, 4, 1, 1, True),
    pooling("max_pool2d", [0, 2, 5, 5], 2),
    pooling("max_pool1d", [1, 2, 40], 2),
    pooling("max_pool1d", [3, 17], 5, 2, 2),
    pooling("max_pool1d", [1, 1, 600], 3, 1, 1),
    pooling("max_pool1d", [1, 1, 700], 3, 2, 1),
    pooling("max_pool1d", [1, 1, 700], 300, 97, 150),
    pooling("max_pool1d", [1, 1, 700], 3, 97, 1, 120),
    pooling("max_pool1d", [1, 1, 2], 2, 1, 1, 3),
    pooling("avg_pool2d", [1, 2, 7, 7], 3, 2, 1),
    pooling("avg_pool2d", [1, 2, 7, 7], 3, 2, 1, include=False),
    pooling("avg_pool2d", [1, 1, 8, 18], 3, 2, 1, 1, True),
    pooling("avg_pool2d", [1, 1, 8, 18], 3, 2, 1, 1, True, False),
    pooling("avg_pool2d", [2, 1, 6, 23], [2, 5], [1, 3], [1, 2]),
    pooling("avg_pool2d", [1, 5, 9], 2, 1),
    pooling("avg_pool1d", [1, 2, 33], 4, 2, 2),
    pooling("avg_pool1d", [1, 2, 33], 4, 3, 2, 1, True, False),
    pooling("avg_pool1d", [1, 1, 500], 256, 100, 7),
    pooling("adaptive_avg_pool2d", [2, 3, 7, 7], output=1),
    pooling("adaptive_avg_pool2d", [1, 2, 10, 7], output=[3, 5]),
    pooling("adaptive_avg_pool2d", [1, 1, 3, 4], output=[5, 6]),
    pooling("adaptive_avg_pool2d", [2, 3, 300], output=[2, 1]),
    pooling("adaptive_avg_pool1d", [1, 2, 11], output=4),
]

points = [-200.0, -100.0, -87.5, -87.0, -20.0, -6.5, -3.0, -2.5, -1.0, -0.7, -0.6, -0.1, -1e-3, -1e-6, -0.0, 0.0, 1e-6, 1e-3,
          0.1, 0.6, 0.7, 1.0, 2.5, 3.0, 6.5, 20.0, 87.0, 87.5, 100.0, 200.0]
x = torch.tensor(points)
elements = {"input": points, **{name: function(x).tolist() for name, function in {
    "relu": F.relu, "relu6": F.relu6, "leakyReLU": lambda x: F.leaky_relu(x, 0.1), "sigmoid": torch.sigmoid,
    "tanh": torch.tanh, "silu": F.silu, "gelu": F.gelu, "hardSigmoid": F.hardsigmoid, "hardSwish": F.hardswish}.items()}}

x = ramp([2, 11, 3])
softmaxes = [{"axis": axis, "result": torch.softmax(x, axis).flatten().tolist()} for axis in (0, 1, 2)]

torch.manual_seed(1)


def norm(convolution, shape):
    """A convolution and a norm behind it, of parameters that are ramps too."""
    with torch.no_grad():
        for step, parameter in zip((7, 11), (convolution.weight, convolution.bias)):
            parameter.copy_(ramp(list(parameter.shape), step) / 8)
        channels = convolution.out_channels
        y = convolution(ramp(shape))
        z = F.batch_norm(y, ramp([channels], 13), ramp([channels], 17).abs() + 0.5, ramp([channels], 19),
                         ramp([channels], 23), False, 0.1, 1e-3)
    return {"input": shape, "weight": list(convolution.weight.shape), "resultShape": list(z.shape),
            "result": z.flatten().tolist()}


norms = {"conv2d": norm(torch.nn.Conv2d(4, 6, 3, padding=1, groups=2), [1, 4, 5, 6]),
         "convTranspose1d": norm(torch.nn.ConvTranspose1d(4, 6, 4, stride=2, padding=1, groups=2), [2, 4, 7])}

x, weight, bias = ramp([2, 3, 5]), ramp([4, 5], 7), ramp([4], 11)
linear = {"result": F.linear(x, weight, bias).flatten().tolist()}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.9g}") if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


fixtures = {"poolings": poolings, "elements": elements, "softmaxes": softmaxes, "norms": norms, "linear": linear}
path = Path(__file__).with_name("layers.json")
path.write_text("{\n" + ",\n".join(f'"{key}": ' + (
    "[\n" + ",\n".join(json.dumps(rounded(item)) for item in value) + "\n]" if isinstance(value, list)
    else json.dumps(rounded(value))) for key, value in fixtures.items()) + "\n}\n", encoding="utf-8")
