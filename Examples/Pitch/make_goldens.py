#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes goldens.safetensors: what torchcrepe 0.0.24 answers, on PyTorch, and what resampy 0.4.3 makes of a sound.

Needs torchcrepe (pip install --no-deps torchcrepe==0.0.24), torch, librosa, resampy, scipy, safetensors and tqdm.
"""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import resampy
import torch
from safetensors.numpy import save_file

# With it torchcrepe reads files, and there are none here.
sys.modules.setdefault("torchaudio", ModuleType("torchaudio"))
import torchcrepe  # noqa: E402

RATE = 16000


def voice(seconds: float, rate: int) -> np.ndarray:
    """A tone of five harmonics that goes from 200 to 240 Hz and back, with a pause of faint noise in its middle."""
    time = np.arange(int(seconds * rate)) / rate
    frequency = 220 - 20 * np.cos(2 * np.pi * time / seconds)
    phase = 2 * np.pi * np.cumsum(frequency) / rate
    tone = sum(np.sin(harmonic * phase) / harmonic**1.5 for harmonic in range(1, 6))
    pause = (np.abs(time / seconds - 0.5) > 0.08).astype(float)
    noise = np.random.default_rng(17).normal(size=time.size)
    return (0.3 * tone * pause + 0.003 * noise).astype(np.float32)


def main():
    samples = voice(0.3, RATE)
    goldens = {"samples": samples}
    for capacity in ("full", "tiny"):
        audio = torch.from_numpy(samples)[None]
        with torch.no_grad():
            frames = torch.cat(list(torchcrepe.preprocess(audio, RATE)))
            likelihoods = torchcrepe.infer(frames, capacity)
        goldens[f"{capacity}.likelihoods"] = likelihoods.numpy()
        # Without the pitches in Hz, to which torchcrepe adds noise.
        bins, _ = torchcrepe.decode.argmax(likelihoods.T[None])
        goldens[f"{capacity}.bins"] = bins[0].numpy().astype(np.float32)

    sound = voice(0.1, 44100)
    goldens["resampling.samples"] = sound
    goldens["resampling.resampled"] = resampy.resample(sound, 44100, RATE)
    file = Path(__file__).parent / "goldens.safetensors"
    save_file(goldens, file)
    print(f"{file.name}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
