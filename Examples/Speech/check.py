#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the program `speech` from outside: speech and what is none, files of all kinds, pipes, and broken files.

usage: check.py PROGRAM. Needs the weights, and nothing but Python's standard library; where espeak-ng is installed, it
speaks.
"""

import math
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "support"))

from checked_program import CheckedProgram  # noqa: E402
from wav_file import ENCODINGS, chunk, layout, riff, wav  # noqa: E402

PROGRAM = CheckedProgram(sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__), FOLDER)
RATE = 16000


def probabilities(csv: bytes) -> list[bytes]:
    """A line for each chunk, without the time that it took."""
    return [line.rpartition(b",")[0] for line in csv.splitlines()]


def events(sound: bytes, *arguments: str) -> list[tuple[float, str]]:
    text = PROGRAM.run("-", *arguments, sound=sound).stdout.decode()
    return [(float(time), event) for time, event in re.findall(r"^ *([\d.]+) s  (speech|pause)$", text, re.MULTILINE)]


def example() -> list[float]:
    with wave.open(str(FOLDER / "example.wav")) as file:
        data = file.readframes(file.getnframes())
    return [sample / 32768 for (sample,) in struct.iter_unpack("<h", data)]


def check_files(samples: list[float]) -> int:
    """The same samples in other files are the same sound."""
    expected = probabilities(PROGRAM.run("example.wav", "--format", "csv").stdout)
    PROGRAM.expect(len(expected) == -(-len(samples) // 512) + 1, "example.wav has another number of chunks")
    data = b"".join(struct.pack("<h", round(sample * 32768)) for sample in samples)
    plain = chunk(b"fmt ", layout(RATE))
    # Programs that write into a pipe do not know its length, and some files have chunks of other names.
    files = {
        "a pipe of unknown length": riff(plain, b"data\xff\xff\xff\xff" + data),
        "a pipe of a large length": riff(plain, b"data\x00\xf0\xff\x7f" + data),
        "chunks around the samples": riff(
            chunk(b"LIST", b"odd"), plain, chunk(b"fact", b"\0" * 4), chunk(b"data", data),
            chunk(b"id3 ", b"\1" * 999)),
        "RF64": b"RF64\xff\xff\xff\xffWAVE" + chunk(b"ds64", struct.pack("<QQQI", 0, len(data), 0, 0)) + plain
        + b"data\xff\xff\xff\xff" + data + chunk(b"LIST", b"\1" * 4000),
    }
    for encoding in ENCODINGS:
        if encoding != "u8":
            files[f"stereo {encoding}"] = wav(samples, RATE, encoding, channels=2, extensible=encoding == "s24")
    for what, sound in files.items():
        heard = probabilities(PROGRAM.run("-", "--format", "csv", sound=sound).stdout)
        PROGRAM.expect(heard == expected, f"{what} is heard otherwise")
    heard = probabilities(PROGRAM.run("-", "--raw", str(RATE), "--format", "csv", sound=data).stdout)
    PROGRAM.expect(heard == expected, "a raw pipe is heard otherwise")
    # In pieces that end within samples and headers.
    process = subprocess.Popen(
        [PROGRAM.path, "-", "--format", "csv"], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    sound, first = files["a pipe of unknown length"], 0
    for length in [1, 1, 2, 3, 5, 7, 11, 13, 1, 333, 1023, 1, 4097, 999]:
        process.stdin.write(sound[first : first + length])
        process.stdin.flush()
        first += length
    heard = probabilities(process.communicate(sound[first:])[0])
    PROGRAM.expect(heard == expected, "a pipe in pieces is heard otherwise")
    return len(files) + 2


def check_rates(samples: list[float]) -> int:
    """At other sample rates the same is speech. Without the high tones an S ends sooner."""
    expected = events(wav(samples, RATE))
    rates = [8000, 11025, 22050, 44100, 48000, 44101]
    for rate in rates:
        last = len(samples) - 2
        places = [min(last, time * RATE / rate) for time in range(len(samples) * rate // RATE)]
        # Between two samples lies a line, which is near enough for speech.
        sound = [samples[int(x)] + (x - int(x)) * (samples[int(x) + 1] - samples[int(x)]) for x in places]
        heard = events(wav(sound, rate))
        is_same = [event for _, event in heard] == [event for _, event in expected]
        near = all(abs(one - other) < 0.2 for (one, _), (other, _) in zip(heard, expected))
        PROGRAM.expect(is_same and near, f"{rate} Hz: {heard} instead of {expected}")
    return len(rates)


def check_noises() -> int:
    """What is no speech."""
    noise = random.Random(1)
    count = 3 * RATE
    sounds = {
        "nothing": [],
        "a sample": [0.5],
        "silence": [0.0] * count,
        "a silent room": [noise.gauss(0, 0.0005) for _ in range(count)],
        "noise": [noise.gauss(0, 0.05) for _ in range(count)],
        "the hum of 50 Hz": [0.1 * math.sin(2 * math.pi * 50 * time / RATE) for time in range(count)],
        "a tone of 1 kHz": [0.1 * math.sin(2 * math.pi * 1000 * time / RATE) for time in range(count)],
        "clicks": [0.9 if time % 8000 < 4 else 0.0 for time in range(count)],
    }
    for what, sound in sounds.items():
        PROGRAM.expect(events(wav(sound, RATE)) == [], f"{what} is heard as speech")
    return len(sounds)


def check_live(samples: list[float]):
    """The beginning of speech is said while it goes on."""
    process = subprocess.Popen([PROGRAM.path, "-"], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    sound = wav(samples, RATE)
    process.stdin.write(sound[: 2 * RATE])
    process.stdin.flush()
    line = process.stdout.readline()
    PROGRAM.expect(line.strip().endswith(b"speech"), f"after one second: {line!r}")
    process.communicate(sound[2 * RATE :])


def check_voice() -> str:
    if not shutil.which("espeak-ng"):
        return ""
    for sentence in ["Good morning, how do you do?", "One, two, three, four, five."]:
        sound = subprocess.run(["espeak-ng", "--stdout", sentence], capture_output=True, check=True).stdout
        heard = events(sound)
        PROGRAM.expect(bool(heard) and heard[0][1] == "speech", f"espeak-ng's {sentence!r}: {heard}")
    return ", espeak-ng's voice among it"


def check_errors() -> int:
    with tempfile.TemporaryDirectory() as folder:
        cases = {
            "weights of another network": (
                65, "stft_conv.weight", ["example.wav", "--weights", foreign(Path(folder))]),
            "no sound": (64, "<file>", []),
            "an impossible threshold": (64, "--threshold 2", ["example.wav", "--threshold", "2"]),
            "a raw rate of nothing": (65, "0 Hz", ["example.wav", "--raw", "0"]),
        }
        return PROGRAM.expect_errors("silero_vad_16k.safetensors", cases)


def foreign(folder: Path) -> str:
    """A folder whose weights are those of no network."""
    header = b'{"stft_conv.weight":{"dtype":"F32","shape":[2,1,4],"data_offsets":[0,32]}}'
    (folder / "silero_vad_16k.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 32)
    return str(folder)


def main():
    samples = example()
    files, rates, noises = check_files(samples), check_rates(samples), check_noises()
    check_live(samples)
    voice = check_voice()
    errors = check_errors()
    PROGRAM.finish(
        f"the same in {files} kinds of files and pipes and at {rates} sample rates; {noises} sounds are no speech, and "
        f"speech is{voice}; {errors} errors as meant")


if __name__ == "__main__":
    main()
