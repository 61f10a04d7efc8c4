# SPDX-License-Identifier: Apache-2.0
"""Writes .safetensors files from the bytes that tensors have elsewhere, without numpy: nothing has to be installed."""

import json
import os
import struct
from pathlib import Path
from typing import NamedTuple

BYTES_OF = {"F16": 2, "F32": 4}


class StoredTensor(NamedTuple):
    type: str  # "F16" or "F32"
    shape: list[int]
    data: bytes  # little-endian, row-major


def write(path: Path, tensors: dict[str, StoredTensor], metadata: dict[str, str]):
    """Writes the tensors beside `path`, and then puts the file in its place."""
    header: dict = {"__metadata__": metadata}
    offset = 0
    for name, tensor in tensors.items():
        count = BYTES_OF[tensor.type]
        for extent in tensor.shape:
            count *= extent
        if count != len(tensor.data):
            raise ValueError(f"{name}: {len(tensor.data)} bytes for {tensor.type} of shape {tensor.shape}")
        header[name] = {"dtype": tensor.type, "shape": tensor.shape, "data_offsets": [offset, offset + count]}
        offset += count
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.data)
    os.replace(part, path)
