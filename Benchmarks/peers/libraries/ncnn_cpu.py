# SPDX-License-Identifier: Apache-2.0
"""ncnn: a network of one convolution. It knows no batches: images are run one after the other, as its users do."""

import math
import struct
import tempfile
from pathlib import Path

import numpy as np

from libraries import Prepared

NAME = "ncnn"
VARIANTS = ["nchw"]
LAYOUTS = {"nchw": "nchw"}


def version():
    import ncnn

    return ncnn.__version__


def node_of(layer):
    """The line of a network's file that describes the layer. What each axis has is numbered from the last axis on."""
    kind = ("Deconvolution" if layer.is_transposed else "Convolution") + "DepthWise" * (layer.groups > 1)
    values = {0: layer.k, 5: 0, 6: math.prod(layer.weight_shape)}
    for index, axis in enumerate(reversed(range(layer.rank))):
        for key, extents in ((1, layer.kernel), (2, layer.dilation), (3, layer.stride), (4, layer.padding)):
            values[key + 10 * index] = extents[axis]
        if layer.is_transposed:
            values[18 + index] = layer.output_padding[axis]
    if layer.groups > 1:
        values[7] = layer.groups
    text = " ".join(f"{key}={value}" for key, value in values.items())
    return f"{kind}{'3D' * (layer.rank == 3)} layer 1 1 x y {text}"


def weight_of(layer, weight):
    """The weights in ncnn's order: the filters are the outer axis of a transposed convolution too."""
    if not layer.is_transposed:
        return weight
    return np.ascontiguousarray(weight.reshape(layer.grouped_weight_shape).swapaxes(1, 2))


def prepare(layer, source, weight, variant, threads):
    import ncnn

    layer = layer.as_images()
    source = source.reshape(layer.input_shape)
    network = ncnn.Net()
    network.opt.num_threads = threads
    options = ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage", "vulkan_compute")
    for name in options:
        setattr(network.opt, f"use_{name}", False)
    with tempfile.TemporaryDirectory() as folder:
        parameters, model = Path(folder) / "layer.param", Path(folder) / "layer.bin"
        parameters.write_text(f"7767517\n2 2\nInput x 0 1 x\n{node_of(layer)}\n")
        # The weights follow a word that tells their type: 0, single precision.
        model.write_bytes(struct.pack("<I", 0) + weight_of(layer, weight).tobytes())
        if network.load_param(str(parameters)) or network.load_model(str(model)):
            raise RuntimeError("ncnn cannot load the model")
    images = [ncnn.Mat(image).clone() for image in source]
    results = [None] * layer.n

    def run():
        for index, image in enumerate(images):
            extractor = network.create_extractor()
            extractor.input("x", image)
            results[index] = extractor.extract("y")[1]

    return Prepared(run, lambda: np.stack([np.array(result) for result in results]))
