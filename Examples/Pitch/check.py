#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the program `pitch` from outside: tones of known pitch, in files of all kinds, and files that are broken.

usage: check.py PROGRAM. Needs the weights, and nothing but Python's standard library.
"""

import math
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "support"))

from wav_file import ENCODINGS, broken, wav  # noqa: E402

PROGRAM = sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__)
failures = []


def run(*arguments: str, sound: bytes = b"") -> subprocess.CompletedProcess:
    return subprocess.run([PROGRAM, *arguments], input=sound, cwd=FOLDER, capture_output=True)


def pitches(*arguments: str, sound: bytes = b"") -> list[tuple[float, float]]:
    """Seconds and Hz of the frames that have a pitch."""
    result = run(*arguments, "--format", "csv", sound=sound)
    rows = [line.split(",") for line in result.stdout.decode().splitlines()[1:]]
    return [(float(time), float(frequency)) for time, frequency, _ in rows if frequency]


def tone(frequency: float, rate: int, seconds: float = 0.25) -> list[float]:
    harmonics = range(1, min(5, int(rate / 2 / frequency)) + 1)
    return [
        0.2 * sum(math.sin(2 * math.pi * frequency * harmonic * time / rate) / harmonic for harmonic in harmonics)
        for time in range(int(rate * seconds))
    ]


def expect(is_right: bool, what: str):
    if not is_right:
        failures.append(what)
        print(f"error: {what}", file=sys.stderr)


def expect_tone(what: str, frequency: float, heard: list[tuple[float, float]]):
    """The middle of the frames, without those at the ends, which see silence too."""
    inner = [pitch for time, pitch in heard if 0.04 <= time <= 0.21]
    middle = median(inner) if inner else 0
    expect(abs(middle / frequency - 1) < 0.01, f"{what}: {middle:.2f} Hz instead of {frequency} Hz")


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
        expect(abs(middle / frequency - 1) < 0.01, f"note {index}: {middle:.2f} Hz instead of {frequency:.2f} Hz")
    return len(notes)


def check_silence():
    for seconds in (0, 0.001, 0.3):
        sound = wav([0.0] * int(16000 * seconds), 16000)
        result = run("-", "--model", "tiny", sound=sound)
        expect(result.returncode == 0, f"{seconds} s of silence: {result.stderr.decode()}")
        expect(pitches("-", "--model", "tiny", sound=sound) == [], f"{seconds} s of silence have a pitch")


def check_errors() -> int:
    cases = broken()
    with tempfile.TemporaryDirectory() as folder:
        for what, (sound, named) in cases.items():
            path = Path(folder, "sound.wav")
            path.write_bytes(sound)
            result = run(str(path), "--model", "tiny")
            message = result.stderr.decode()
            is_right = result.returncode == 65 and message.startswith("error: ") and named in message
            expect(is_right, f"{what}: exit code {result.returncode}, {message!r}")
        for what, arguments, code in [
            ("no file", ["nowhere.wav"], 65),
            ("a folder", ["."], 65),
            ("no weights", ["example.wav", "--weights", folder], 65),
            ("no sound", [], 64),
            ("a range without pitches", ["example.wav", "--lowest", "300", "--highest", "200"], 64),
            ("a range above all", ["example.wav", "--lowest", "3000", "--highest", "4000"], 64),
            ("no threads", ["example.wav", "--threads", "0"], 64),
            ("a plot without a folder", ["example.wav", "--model", "tiny", "--svg", f"{folder}/none/plot.svg"], 74),
            ("another model", ["example.wav", "--model", "huge"], 64),
        ]:
            result = run(*arguments)
            expect(result.returncode == code, f"{what}: exit code {result.returncode}, {result.stderr.decode()!r}")
    return len(cases) + 9


def main():
    tones, notes = check_tones(), check_example()
    check_silence()
    errors = check_errors()
    if failures:
        sys.exit(f"error: {len(failures)} checks failed")
    print(f"{tones} tones in as many kinds of files and {notes} notes of a tune within 1 %; {errors} errors as meant")


if __name__ == "__main__":
    main()
