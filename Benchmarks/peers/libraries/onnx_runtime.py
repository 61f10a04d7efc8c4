# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime: a model of one Conv or ConvTranspose node, and a Conv node in the library's blocked layout, without
reordering."""

import tempfile
from pathlib import Path

from libraries import Prepared
from server import Unsupported

NAME = "ONNX Runtime"
VARIANTS = ["nchw", "nchwc"]
LAYOUTS = {"nchw": "nchw", "nchwc": "own"}
BLOCKED = "com.microsoft.nchwc"


def version():
    import onnxruntime

    return onnxruntime.__version__


def model_of(layer, weight):
    from onnx import TensorProto, helper, numpy_helper

    kind, more = "Conv", {}
    if layer.is_transposed:
        kind, more = "ConvTranspose", {"output_padding": layer.output_padding}
    node = helper.make_node(
        kind, ["x", "w"], ["y"], kernel_shape=layer.kernel, strides=layer.stride, dilations=layer.dilation,
        pads=layer.padding * 2, group=layer.groups, **more)
    graph = helper.make_graph(
        [node], "layer", [helper.make_tensor_value_info("x", TensorProto.FLOAT, layer.input_shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, layer.output_shape)],
        [numpy_helper.from_array(weight, "w")])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def session_of(model, threads, saved=None, optimised=True):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    if saved:
        options.optimized_model_filepath = str(saved)
    if not optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def blocked_model(model, threads):
    """The optimised model split in two: the reordering of the input, and the convolution of blocked tensors."""
    import onnx
    from onnx import TensorProto, helper

    with tempfile.TemporaryDirectory() as folder:
        session_of(model, threads, saved=Path(folder) / "optimised.onnx")
        optimised = onnx.load(Path(folder) / "optimised.onnx")
    conv = [node for node in optimised.graph.node if node.domain == BLOCKED and node.op_type == "Conv"]
    if not conv:
        raise Unsupported("the optimiser does not take its blocked layout for this layer")
    conv = conv[0]
    reorder = [node for node in optimised.graph.node if node.op_type == "ReorderInput"]
    back = [node for node in optimised.graph.node if node.op_type == "ReorderOutput"]
    if len(back) != 1 or len(optimised.graph.node) != 2 + len(reorder):
        raise Unsupported("the optimised model is more than a blocked convolution and its reordering")
    parts = []
    for nodes, name in ((reorder, conv.input[0]), ([conv], conv.output[0]), (back, "y")):
        if not nodes:
            parts.append(None)
            continue
        # Their shapes are those of blocks of channels, which only the library knows.
        given = helper.make_tensor_value_info(nodes[0].input[0], TensorProto.FLOAT, None)
        result = helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
        used = [tensor for tensor in optimised.graph.initializer if tensor.name in nodes[0].input]
        graph = helper.make_graph(nodes, "part", [given], [result], used)
        parts.append(helper.make_model(graph, opset_imports=optimised.opset_import, ir_version=optimised.ir_version))
    return parts


def prepare(layer, source, weight, variant, threads):
    import onnxruntime

    if variant == "nchwc":  # of images only
        layer = layer.as_images()
        source, weight = source.reshape(layer.input_shape), weight.reshape(layer.weight_shape)
    model = model_of(layer, weight)
    after = lambda value: value
    if variant == "nchwc":
        before, model, back = blocked_model(model, threads)
        if before:
            source = session_of(before, threads, optimised=False).run(None, {"x": source})[0]
        reordering = session_of(back, threads, optimised=False)
        after = lambda value: reordering.run(None, {reordering.get_inputs()[0].name: value})[0]
    session = session_of(model, threads, optimised=variant != "nchwc")
    binding = session.io_binding()
    given = onnxruntime.OrtValue.ortvalue_from_numpy(source)
    binding.bind_ortvalue_input(session.get_inputs()[0].name, given)
    if variant == "nchw":
        import numpy as np

        result = onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros(layer.output_shape, np.float32))
        binding.bind_ortvalue_output("y", result)
    else:
        binding.bind_output(session.get_outputs()[0].name, "cpu")
    run, iobinding = session._sess.run_with_iobinding, binding._iobinding
    return Prepared(lambda: run(iobinding, None), lambda: after(binding.get_outputs()[0].numpy()))
