# SPDX-License-Identifier: Apache-2.0
"""Reads the weights of an .onnx file with Python's standard library alone.

The file is a message of Protocol Buffers: fields, each a number and a value. Of them those are read that lead to a
graph's tensors of floats: its initializers, and what its nodes of the type Constant give.
"""

from collections.abc import Iterator
from math import prod
from typing import Union

from safetensors_file import StoredTensor

# The numbers of the fields that are read, from onnx.proto.
MODEL_GRAPH = 7
GRAPH_NODE, GRAPH_INITIALIZER = 1, 5
NODE_OUTPUT, NODE_TYPE, NODE_ATTRIBUTE = 2, 4, 5
ATTRIBUTE_TENSOR = 5
TENSOR_DIMS, TENSOR_TYPE, TENSOR_FLOATS, TENSOR_NAME, TENSOR_RAW_DATA = 1, 2, 4, 8, 9
FLOAT = 1


def tensors(model: bytes) -> dict[str, StoredTensor]:
    """The tensors of floats of a model's graph by name: a constant has the name of its node's output."""
    found = {}
    for graph in values(model, MODEL_GRAPH):
        for message in values(graph, GRAPH_INITIALIZER):
            found[last(message, TENSOR_NAME).decode()] = tensor(message)
        for node in values(graph, GRAPH_NODE):
            if last(node, NODE_TYPE) != b"Constant":
                continue
            for attribute in values(node, NODE_ATTRIBUTE):
                for message in values(attribute, ATTRIBUTE_TENSOR):
                    found[last(node, NODE_OUTPUT).decode()] = tensor(message)
    return {name: found[name] for name in found if found[name]}


def tensor(message: bytes) -> Union[StoredTensor, None]:
    """A tensor of floats, None for others."""
    shape = []
    for extent in values(message, TENSOR_DIMS):
        shape += [extent] if isinstance(extent, int) else packed(extent)
    if last(message, TENSOR_TYPE) != FLOAT:
        return None
    # As bytes, or as floats, which may be packed and are little-endian too.
    data = b"".join(values(message, TENSOR_RAW_DATA) or values(message, TENSOR_FLOATS))
    if len(data) != 4 * prod(shape):
        raise ValueError(f"a tensor of an .onnx file has {len(data)} bytes for the shape {shape}")
    return StoredTensor("F32", shape, data)


def values(message: bytes, number: int) -> list[Union[int, bytes]]:
    """The values of a message's fields of a number."""
    return [value for other, value in fields(message) if other == number]


def last(message: bytes, number: int) -> Union[int, bytes, None]:
    """The value that counts where there are several; None if there is none."""
    found = values(message, number)
    return found[-1] if found else None


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
