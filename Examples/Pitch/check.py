#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the program `pitch` from outside: tones of known pitch, in files of all kinds, and files that are broken.

usage: check.py PROGRAM. Needs the weights, and nothing but Python's standard library.
"""

import math
import sys
import tempfile
from pathlib import Path
from statistics import median

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "support"))

from checked_program import FULL, CheckedProgram  # noqa: E402
from wav_file import ENCODINGS, wav  # noqa: E402

PROGRAM = CheckedProgram(sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__), FOLDER)


def pitches(*arguments: str, sound: bytes = b"") -> list[tuple[float, float]]:
    """Seconds and Hz of the frames that have a pitch."""
    result = PROGRAM.run(*arguments, "--format", "csv", sound=sound)
    rows = [line.split(",") for line in result.stdout.decode().splitlines()[1:]]
    return [(float(time), float(frequency)) for time, frequency, _ in rows if frequency]


def tone(frequency: float, rate: int, seconds: float = 0.25) -> list[float]:
    harmonics = range(1, min(5, int(rate / 2 / frequency)) + 1)
    return [
        0.2 * sum(math.sin(2 * math.pi * frequency * harmonic * time / rate) / harmonic for harmonic in harmonics)
        for time in range(int(rate * seconds))
    ]


def expect_tone(what: str, frequency: float, heard: list[tuple[float, float]]):
    """The middle of the frames, without those at the ends, which see silence too."""
    inner = [pitch for time, pitch in heard if 0.04 <= time <= 0.21]
    middle = median(inner) if inner else 0
    PROGRAM.expect(abs(middle / frequency - 1) < 0.01, f"{what}: {middle:.2f} Hz instead of {frequency} Hz")


def check_tones() -> int:
    # The last rate has no common divisor with 16,000.
    rates = [
        (8000, 220), (11025, 440), (22050, 98), (44100, 1318.5), (48000, 65.4), (96000, 880), (44101, 330)
    ]
    cases = [
        (f"tiny, {rate} Hz", "tiny", frequency, wav(tone(frequency, rate), rate)) for rate, frequency in rates
    ]
    for encoding in ENCODINGS:
        sound = wav(tone(440, 16000), 16000, encoding, channels=2, extensible=encoding != "u8")
        cases.append((f"tiny, stereo {encoding}", "tiny", 440, sound))
    cases += [
        (f"full, {frequency} Hz", "full", frequency, wav(tone(frequency, 16000), 16000))
        for frequency in (55, 196, 523.25, 1760)
    ]
    for what, model, frequency, sound in cases:
        expect_tone(what, frequency, pitches("-", "--model", model, sound=sound))
    return len(cases)


def check_example() -> int:
    heard = pitches("example.wav")
    notes = [-5, -5, -4, -2, -2, -4, -5, -7]
    for index, note in enumerate(notes):
        # The tones touch, so that a frame at an end sees two.
        inner = [pitch for time, pitch in heard if 0.2 * index + 0.06 <= time <= 0.2 * index + 0.14]
        frequency = 440 * 2 ** (note / 12)
        middle = median(inner) if inner else 0
        PROGRAM.expect(abs(middle / frequency - 1) < 0.01, f"note {index}: {middle:.2f} Hz instead of {frequency:.2f} Hz")
    return len(notes)


def check_silence():
    for seconds in (0, 0.001, 0.3):
        sound = wav([0.0] * int(16000 * seconds), 16000)
        result = PROGRAM.run("-", "--model", "tiny", sound=sound)
        PROGRAM.expect(result.returncode == 0, f"{seconds} s of silence: {result.stderr.decode()}")
        PROGRAM.expect(pitches("-", "--model", "tiny", sound=sound) == [], f"{seconds} s of silence have a pitch")


def check_errors() -> int:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "plot.svg").mkdir()
        cases = {
            "no sound": (64, "a sound is needed", []),
            "a range without pitches": (64, "300", ["example.wav", "--lowest", "300", "--highest", "200"]),
            "a range above all": (64, "3000", ["example.wav", "--lowest", "3000", "--highest", "4000"]),
            "no threads": (64, "--threads 0", ["example.wav", "--threads", "0"]),
            "a threshold that is no number": (64, "--threshold nan", ["example.wav", "--threshold", "nan"]),
            "a plot without a folder": (74, "No such file", ["example.wav", "--svg", f"{folder}/none/plot.svg"]),
            "a plot that is a folder": (74, "Is a directory", ["example.wav", "--svg", f"{folder}/plot.svg"]),
        }
        if FULL.exists():
            cases["a plot on a device that is full"] = (74, "space", ["example.wav", "--svg", str(FULL)])
        return PROGRAM.expect_errors("crepe-tiny.safetensors", cases, "--model", "tiny")


def check_plot():
    """A file is replaced behind a link to it, and a device is written and not replaced."""
    with tempfile.TemporaryDirectory() as folder:
        plot, link = Path(folder, "plot.svg"), Path(folder, "link.svg")
        plot.write_text("old")
        link.symlink_to(plot)
        for target in (str(link), "/dev/stderr"):
            result = PROGRAM.run("example.wav", "--model", "tiny", "--svg", target)
            PROGRAM.expect(result.returncode == 0, f"a plot in {target}: {result.stderr.decode()!r}")
        PROGRAM.expect(link.is_symlink() and plot.read_text().startswith("<svg"), "a link's file has no plot")
        PROGRAM.expect(result.stderr.startswith(b"<svg"), "a plot in /dev/stderr is none")


def main():
    tones, notes = check_tones(), check_example()
    check_silence()
    check_plot()
    errors = check_errors()
    PROGRAM.finish(
        f"{tones} tones in as many kinds of files and {notes} notes of a tune within 1 %; {errors} errors as meant")


if __name__ == "__main__":
    main()
