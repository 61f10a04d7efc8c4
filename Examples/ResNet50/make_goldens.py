#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes goldens.safetensors: images, and the scores that PyTorch gives them, of both networks with the random parameters
of seed 1, in double precision. Needs torch and numpy (made with torch 2.13); `resnet50 --check` reads it."""

import sys
from pathlib import Path

import numpy as np
import torch
from models import NETWORKS, make

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "support"))
import safetensors_file  # noqa: E402
from safetensors_file import StoredTensor  # noqa: E402


def stored(array):
    array = np.ascontiguousarray(array, np.float32)
    return StoredTensor("F32", list(array.shape), array.tobytes())


def main():
    # Neither square nor a power of two: an axis that is taken for the other is found out.
    images = torch.randn(1, 3, 64, 75, generator=torch.Generator().manual_seed(1))
    tensors = {"images": stored(images.numpy())}
    with torch.inference_mode():
        for name in NETWORKS:
            scores = make(name).double()(images.double())
            tensors[name] = stored(scores.numpy())
            print(f"{name}: {tuple(scores.shape)}, up to {scores.abs().max():.3g}")
    safetensors_file.write(HERE / "goldens.safetensors", tensors, {"torch": torch.__version__})


if __name__ == "__main__":
    main()
