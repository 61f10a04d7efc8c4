#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes example.wav: two sentences of a synthetic voice, with silence before, between and behind them, at 16 kHz.

Needs espeak-ng 1.51, numpy and resampy.
"""

import io
import subprocess
import wave
from pathlib import Path

import numpy as np
import resampy

RATE = 16000


def spoken(sentence: str) -> np.ndarray:
    data = subprocess.run(
        ["espeak-ng", "-v", "en-us", "-s", "165", "--stdout", sentence], check=True, capture_output=True
    ).stdout
    with wave.open(io.BytesIO(data)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    samples = np.trim_zeros(np.where(np.abs(samples) < 0.002, 0, samples))
    return resampy.resample(samples, rate, RATE)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE))


def main():
    parts = [
        silence(0.4), spoken("The quick brown fox jumps."), silence(0.5), spoken("Over the dog."), silence(0.4)
    ]
    samples = np.concatenate(parts)
    # What a microphone hears of a silent room, 60 dB below full scale.
    samples = samples + np.random.default_rng(16).normal(size=samples.size) * 0.001
    path = Path(__file__).parent / "example.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, samples.size, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes())
    ends = np.cumsum([part.size for part in parts]) / RATE
    print(f"{path.name}: speech from {ends[0]:.2f} to {ends[1]:.2f} s and from {ends[2]:.2f} to {ends[3]:.2f} s")


if __name__ == "__main__":
    main()
