# SPDX-License-Identifier: Apache-2.0
"""Makes .wav files of all kinds that are read, for the checks of the examples, with Python's standard library alone."""

import struct
from collections.abc import Sequence

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE

# The tag and the bits of a sample of each encoding.
ENCODINGS = {
    "u8": (PCM, 8), "s16": (PCM, 16), "s24": (PCM, 24), "s32": (PCM, 32), "f32": (FLOAT, 32), "f64": (FLOAT, 64)
}


def encoded(sample: float, encoding: str) -> bytes:
    """A sample, full scale being 1."""
    if encoding == "u8":
        return bytes([min(255, max(0, round(sample * 128) + 128))])
    if encoding in ("f32", "f64"):
        return struct.pack("<f" if encoding == "f32" else "<d", sample)
    bits = ENCODINGS[encoding][1]
    largest = 2 ** (bits - 1)
    return min(largest - 1, max(-largest, round(sample * largest))).to_bytes(bits // 8, "little", signed=True)


def wav(
    samples: Sequence[float], rate: int, encoding: str = "s16", channels: int = 1, extensible: bool = False
) -> bytes:
    """A whole file, each of whose channels has these samples."""
    data = b"".join(encoded(sample, encoding) * channels for sample in samples)
    return riff(chunk(b"fmt ", layout(rate, encoding, channels, extensible)), chunk(b"data", data))


def layout(rate: int, encoding: str = "s16", channels: int = 1, extensible: bool = False) -> bytes:
    """What the chunk "fmt " says."""
    tag, bits = ENCODINGS[encoding]
    frame = channels * bits // 8
    body = struct.pack("<HHIIHH", EXTENSIBLE if extensible else tag, channels, rate, rate * frame, frame, bits)
    if extensible:
        body += struct.pack("<HHIH", 22, bits, 0, tag) + bytes.fromhex("000000001000800000aa00389b71")
    return body


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def broken() -> dict[str, tuple[bytes, str]]:
    """Files that can't be read, by what is wrong with them, and what the error has to name."""
    sound = chunk(b"data", b"\0\0" * 1000)
    plain = chunk(b"fmt ", layout(16000))
    whole = riff(plain, sound)

    def changed(offset: int, kind: str, value: int) -> bytes:
        body = bytearray(layout(16000))
        struct.pack_into(kind, body, offset, value)
        return riff(chunk(b"fmt ", bytes(body)), sound)

    return {
        "nothing": (b"", "WAV"),
        "three bytes": (b"RIF", "WAV"),
        "a picture": (b"\x89PNG\r\n\x1a\n" * 20, "WAV"),
        "big-endian": (b"RIFX" + whole[4:], "WAV"),
        "no chunks": (riff(), "'fmt '"),
        "no samples": (riff(plain), "'data'"),
        "samples before the format": (riff(sound, plain), "'fmt '"),
        "a short format": (riff(chunk(b"fmt ", b"\1\0" * 6), sound), "12"),
        "a format that the file cuts off": (riff(plain)[:30], "6 bytes"),
        "a chunk that the file cuts off": (riff(plain, b"LIST\xff\xff\0\0"), "65536"),
        "fewer samples than declared": (whole[:-500], "1500"),
        "half a frame": (riff(plain, chunk(b"data", b"\0" * 999)), "999"),
        "no channels": (changed(2, "<H", 0), "0 channels"),
        "a frame of another size": (changed(12, "<H", 3), "3 bytes"),
        "no sample rate": (changed(4, "<I", 0), "0 Hz"),
        "a sample rate of 4 GHz": (changed(4, "<I", 2**32 - 1), "4294967295"),
        "samples of 12 bits": (changed(14, "<H", 12), "12 bits"),
        "mu-law": (changed(0, "<H", 7), "format 7"),
        "a short extensible format": (changed(0, "<H", EXTENSIBLE), "40"),
        "a sample that is no number": (wav([0, 0, float("nan")], 16000, "f32"), "sample 2"),
        "an infinite sample": (wav([float("inf")], 16000, "f64"), "sample 0"),
    }
