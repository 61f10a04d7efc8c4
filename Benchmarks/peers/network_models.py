# SPDX-License-Identifier: Apache-2.0
"""The networks that `networks.py` times: for each a .safetensors file for the example that computes it, the same network as
an ONNX model and in PyTorch, and an input. Files are made once, in a folder of the caller's."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "Examples"


@dataclass(frozen=True)
class Network:
    """A network with all that a server needs to run it; paths of files that are there."""

    name: str
    weights: Path  # as the example reads it
    onnx: Path
    shape: tuple  # of the input
    input: Path  # raw floats


def torch_model(name):
    """The network in PyTorch, ready to answer."""
    sys.path.insert(0, str(EXAMPLES / "ResNet50"))
    import models

    return models.make(name)


def save_onnx(model, shape, path):
    import torch

    part = path.with_suffix(".part")
    # The exporter that needs no package but onnx.
    torch.onnx.export(model, torch.zeros(shape), str(part), opset_version=17, dynamo=False, input_names=["x"],
                      output_names=["y"])
    part.rename(path)


def save_weights(model, path):
    sys.path.insert(0, str(EXAMPLES / "support"))
    import safetensors_file

    tensors = {}
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            data = tensor.contiguous().numpy()
            tensors[name] = safetensors_file.StoredTensor("F32", list(data.shape), data.tobytes())
    safetensors_file.write(path, tensors, {})


SHAPES = {"resnet50": (1, 3, 224, 224), "mobilenetv2": (1, 3, 224, 224)}
NAMES = list(SHAPES)


def make(name, folder):
    """The network of a name, its files in `folder` made if they are not there."""
    shape = SHAPES[name]
    network = Network(name, folder / f"{name}.safetensors", folder / f"{name}.onnx", shape, folder / f"{name}.f32")
    if not network.onnx.exists() or not network.weights.exists():
        model = torch_model(name)
        save_weights(model, network.weights)
        save_onnx(model, shape, network.onnx)
    np.random.default_rng(1).standard_normal(shape, np.float32).tofile(network.input)
    return network
