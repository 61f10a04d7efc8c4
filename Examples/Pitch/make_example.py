#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes example.wav: a tune of tones whose pitches are known, the last of which glides, at 22,050 Hz. Needs numpy."""

import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "support"))

from wav_file import wav  # noqa: E402

RATE = 22050
# The first notes of the "Ode to Joy", in semitones from A4, and how long they are in seconds.
NOTES = [(-5, 0.2), (-5, 0.2), (-4, 0.2), (-2, 0.2), (-2, 0.2), (-4, 0.2), (-5, 0.2), (-7, 0.2)]
GLIDE = (-9, -21, 0.6)


def tone(frequency: np.ndarray) -> np.ndarray:
    """A tone of six harmonics that swells and fades, of the frequency in Hz at each sample."""
    phase = 2 * np.pi * np.cumsum(frequency) / RATE
    time = np.arange(frequency.size)
    fade = np.minimum(1, np.minimum(time, frequency.size - time) / (0.02 * RATE))
    return 0.25 * fade * sum(np.sin(harmonic * phase) / harmonic**1.3 for harmonic in range(1, 7))


def main():
    parts = [tone(np.full(int(seconds * RATE), 440 * 2 ** (note / 12))) for note, seconds in NOTES]
    first, last, seconds = GLIDE
    parts.append(tone(440 * 2 ** (np.linspace(first, last, int(seconds * RATE)) / 12)))
    (FOLDER / "example.wav").write_bytes(wav(np.concatenate(parts).tolist(), RATE))


if __name__ == "__main__":
    main()
