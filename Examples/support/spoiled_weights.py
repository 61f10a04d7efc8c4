#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Copies a .safetensors file, with an element of its first tensor that is no number.

usage: spoiled_weights.py FILE COPY. A network refuses such weights, which the scripts of the examples see.
"""

import json
import struct
import sys
from pathlib import Path

NAN = {"F16": b"\x00\x7e", "F32": b"\x00\x00\xc0\x7f"}


def spoil(source: Path, copy: Path):
    data = bytearray(source.read_bytes())
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    tensors = [entry for name, entry in header.items() if name != "__metadata__"]
    first = min(tensors, key=lambda entry: entry["data_offsets"])
    value, end = NAN[first["dtype"]], 8 + length + first["data_offsets"][1]
    data[end - len(value) : end] = value
    copy.write_bytes(data)


if __name__ == "__main__":
    spoil(Path(sys.argv[1]), Path(sys.argv[2]))
