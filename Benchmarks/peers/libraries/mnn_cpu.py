# SPDX-License-Identifier: Apache-2.0
"""MNN: the ONNX model, converted by MNN's own tool, run by a session; input and output are NCHW.

`small_winograd` asks for smaller Winograd tiles, since the default ones lose three digits. The input is copied into the
session before each run, within the time: a run writes over the session's input."""

import tempfile
from functools import partial
from pathlib import Path

from libraries import Prepared
from libraries.onnx_runtime import model_of
from server import Unsupported

NAME = "MNN"
VARIANTS = ["nchw", "small_winograd"]
LAYOUTS = {"nchw": "nchw", "small_winograd": "nchw"}
WINOGRAD_MEMORY_LEVEL = 3  # HintMode of MNN's Interpreter.hpp


def version():
    import MNN

    return MNN.version()


def prepare(layer, source, weight, variant, threads):
    # The converter itself: importing MNN.tools, which wraps it, runs pip and reports to its makers.
    import _tools
    import MNN
    import numpy as np

    layer = layer.as_images()
    if layer.rank == 3 and layer.dilation[0] > 1:
        # Its answer is wrong, and it writes beyond its memory: a later layer would end the process.
        raise Unsupported("MNN does not have the dilation of the first of three axes")
    source, weight = source.reshape(layer.input_shape), weight.reshape(layer.weight_shape)
    with tempfile.TemporaryDirectory() as folder:
        model, converted = Path(folder) / "layer.onnx", Path(folder) / "layer.mnn"
        model.write_bytes(model_of(layer, weight).SerializeToString())
        _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", str(model), "--MNNModel", str(converted),
                           "--bizCode", "layer"])
        interpreter = MNN.Interpreter(str(converted))
    if variant == "small_winograd":
        interpreter.setSessionHint(WINOGRAD_MEMORY_LEVEL, 1)
    session = interpreter.createSession({"backend": "CPU", "numThread": threads, "precision": "high"})
    tensor = interpreter.getSessionInput(session)
    given = MNN.Tensor(layer.input_shape, MNN.Halide_Type_Float, source, MNN.Tensor_DimensionType_Caffe)
    copy, compute = partial(tensor.copyFrom, given), partial(interpreter.runSession, session)

    def run():
        copy()
        compute()

    def output():
        host = MNN.Tensor(layer.output_shape, MNN.Halide_Type_Float, np.zeros(layer.output_shape, np.float32),
                          MNN.Tensor_DimensionType_Caffe)
        interpreter.getSessionOutput(session).copyToHostTensor(host)
        return np.array(host.getNumpyData(), copy=True)

    return Prepared(run, output)
