#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Brings the weights of Silero VAD for 16 kHz into .weights: from its wheel, as .safetensors.

Needs Python 3.9 or later with pip. They are read from the model that silero-vad runs, silero_vad_16k_op15.onnx: the
wheel has a .safetensors file too, but with weights of another training, whose answers are others.
"""

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "support"))

from fetch_wheel import fetch  # noqa: E402
from onnx_tensors import tensors  # noqa: E402
from safetensors_file import write  # noqa: E402

WHEEL = "silero_vad-6.2.3-py3-none-any.whl"
SHA256 = "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8"

# The names of the layers, as silero-vad's own description of the network in Python has them.
LAYERS = {
    "model.stft.forward_basis_buffer": "stft_conv.weight",
    **{
        f"model.encoder.{layer}.reparam_conv.{parameter}": f"conv{layer + 1}.{parameter}"
        for layer in range(4)
        for parameter in ("weight", "bias")
    },
    **{
        f"model.decoder.rnn.{parameter}": f"lstm_cell.{parameter}"
        for parameter in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    },
    "model.decoder.decoder.2.weight": "final_conv.weight",
    "model.decoder.decoder.2.bias": "final_conv.bias",
}


def main():
    weights = FOLDER / ".weights"
    file = weights / "silero_vad_16k.safetensors"
    if file.exists():
        return
    with fetch(WHEEL, SHA256, weights) as wheel:
        stored = tensors(wheel.read("silero_vad/data/silero_vad_16k_op15.onnx"))
    write(file, {LAYERS[name]: stored[name] for name in LAYERS}, {"source": WHEEL, "licence": "MIT"})
    print(file.relative_to(FOLDER))


if __name__ == "__main__":
    main()
