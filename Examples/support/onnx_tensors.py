# SPDX-License-Identifier: Apache-2.0
"""Reads the weights of an .onnx file with Python's standard library alone.

The file is a message of Protocol Buffers: fields, each a number and a value. Of them the initializers are read, the
tensors of floats that a graph begins with.
"""

from collections.abc import Iterator
from math import prod
from typing import Union

from safetensors_file import StoredTensor

# The fields of onnx.proto that are read.
MODEL_GRAPH = 7
GRAPH_INITIALIZER = 5
TENSOR_DIMS, TENSOR_TYPE, TENSOR_NAME, TENSOR_RAW_DATA = 1, 2, 8, 9
FLOAT = 1


def initializers(model: bytes) -> dict[str, StoredTensor]:
    """The tensors of floats of a model's graph by name."""
    tensors = {}
    for number, graph in fields(model):
        if number != MODEL_GRAPH:
            continue
        for number, value in fields(graph):
            if number == GRAPH_INITIALIZER:
                name, tensor = initializer(value)
                if tensor:
                    tensors[name] = tensor
    return tensors


def initializer(message: bytes) -> tuple[str, Union[StoredTensor, None]]:
    """A tensor and its name, without the tensor if it is none of floats in raw form."""
    shape, element_type, name, data = [], None, "", None
    for number, value in fields(message):
        if number == TENSOR_DIMS:
            shape += [value] if isinstance(value, int) else packed(value)
        elif number == TENSOR_TYPE:
            element_type = value
        elif number == TENSOR_NAME:
            name = value.decode()
        elif number == TENSOR_RAW_DATA:
            data = value
    if element_type != FLOAT or data is None or len(data) != 4 * prod(shape):
        return name, None
    return name, StoredTensor("F32", shape, data)


def fields(message: bytes) -> Iterator[tuple[int, Union[int, bytes]]]:
    """The numbers and values of a message's fields, integers and bytes."""
    offset = 0
    while offset < len(message):
        key, offset = integer(message, offset)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, offset = integer(message, offset)
            yield number, value
            continue
        if kind == 2:
            length, offset = integer(message, offset)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"field {number} of an .onnx file has the wire type {kind}")
        if offset + length > len(message):
            raise ValueError(f"field {number} of an .onnx file ends behind the file")
        yield number, message[offset : offset + length]
        offset += length


def packed(values: bytes) -> list[int]:
    """Integers end to end."""
    integers, offset = [], 0
    while offset < len(values):
        value, offset = integer(values, offset)
        integers.append(value)
    return integers


def integer(message: bytes, offset: int) -> tuple[int, int]:
    """The integer at an offset, seven bits a byte with the lowest first, and the offset behind it."""
    value = shift = 0
    while True:
        if offset >= len(message):
            raise ValueError("an integer of an .onnx file ends behind the file")
        byte = message[offset]
        value |= (byte & 0x7F) << shift
        offset += 1
        shift += 7
        if byte < 0x80:
            return value, offset
