# SPDX-License-Identifier: Apache-2.0
"""OpenVINO: a model of one convolution, compiled for the processor, tuned for latency, in single precision."""

from functools import partial

from libraries import Prepared

NAME = "OpenVINO"
VARIANTS = ["nchw"]
LAYOUTS = {"nchw": "nchw"}


def version():
    import openvino

    return openvino.get_version()


def prepare(layer, source, weight, variant, threads):
    import numpy as np
    import openvino
    from openvino import opset8 as ops

    given = ops.parameter(list(layer.input_shape), np.float32, name="x")
    geometry = {"strides": list(layer.stride), "pads_begin": list(layer.padding), "pads_end": list(layer.padding),
                "dilations": list(layer.dilation)}
    kinds = ops.convolution, ops.group_convolution
    if layer.is_transposed:
        kinds = ops.convolution_backprop_data, ops.group_convolution_backprop_data
        geometry["output_padding"] = list(layer.output_padding)
    if layer.groups == 1:
        node = kinds[0](given, ops.constant(weight), **geometry)
    else:
        node = kinds[1](given, ops.constant(weight.reshape(layer.grouped_weight_shape)), **geometry)
    compiled = openvino.Core().compile_model(openvino.Model([node], [given], "layer"), "CPU", {
        "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "f32"})
    request = compiled.create_infer_request()
    result = np.zeros(layer.output_shape, np.float32)
    # Shared memory: nothing is copied on the way in and out.
    held = openvino.Tensor(source, shared_memory=True), openvino.Tensor(result, shared_memory=True)
    request.set_input_tensor(held[0])
    request.set_output_tensor(held[1])
    # The way through the Python class costs as much as a small layer; this is what it ends in.
    infer = openvino._pyopenvino.InferRequest.infer
    return Prepared(partial(infer, request, {}, True, False), lambda: (held, result)[1])
