# SPDX-License-Identifier: Apache-2.0
"""ncnn: a network of one convolution. It knows no batches: images are run one after the other, as its users do."""

import struct
import tempfile
from pathlib import Path

from libraries import Prepared

NAME = "ncnn"
VARIANTS = ["nchw"]
LAYOUTS = {"nchw": "nchw"}


def version():
    import ncnn

    return ncnn.__version__


def prepare(layer, source, weight, variant, threads):
    import ncnn
    import numpy as np

    layer = layer.as_images()
    source = source.reshape(layer.input_shape)
    kind = "Convolution" if layer.groups == 1 else "ConvolutionDepthWise"
    values = {0: layer.k, 1: layer.kernel[1], 11: layer.kernel[0], 2: layer.dilation[1], 12: layer.dilation[0],
              3: layer.stride[1], 13: layer.stride[0], 4: layer.padding[1], 14: layer.padding[0], 5: 0, 6: weight.size}
    if layer.groups > 1:
        values[7] = layer.groups
    text = " ".join(f"{key}={value}" for key, value in values.items())
    network = ncnn.Net()
    network.opt.num_threads = threads
    options = ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage", "vulkan_compute")
    for name in options:
        setattr(network.opt, f"use_{name}", False)
    with tempfile.TemporaryDirectory() as folder:
        parameters, model = Path(folder) / "layer.param", Path(folder) / "layer.bin"
        parameters.write_text(f"7767517\n2 2\nInput x 0 1 x\n{kind} conv 1 1 x y {text}\n")
        # The weights follow a word that tells their type: 0, single precision.
        model.write_bytes(struct.pack("<I", 0) + weight.tobytes())
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
