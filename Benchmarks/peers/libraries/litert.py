# SPDX-License-Identifier: Apache-2.0
"""LiteRT with XNNPACK: a model of one convolution of channels-last images, written with LiteRT's own schema."""

from libraries import Prepared
from server import Unsupported

NAME = "LiteRT"
VARIANTS = ["nhwc"]
LAYOUTS = {"nhwc": "own"}


def version():
    from importlib.metadata import version

    return version("ai-edge-litert")


def model_of(layer, weight):
    """The model's bytes. Padding is a Pad operation, which XNNPACK folds into the convolution."""
    import flatbuffers
    import numpy as np
    from ai_edge_litert import schema_py_generated as schema

    buffers = [schema.BufferT()]
    tensors, operators, codes = [], [], []

    def tensor(name, shape, data=None, kind=schema.TensorType.FLOAT32):
        result = schema.TensorT()
        result.name, result.shape, result.type = name.encode(), list(shape), kind
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            buffers.append(buffer)
            result.buffer = len(buffers) - 1
        tensors.append(result)
        return len(tensors) - 1

    def operator(code, given, made, options_type, options):
        entry = schema.OperatorCodeT()
        entry.builtinCode, entry.deprecatedBuiltinCode = code, code
        # A grouped convolution is version 6, the others are older.
        entry.version = 6 if code == schema.BuiltinOperator.CONV_2D and layer.groups > 1 else 1
        if code == schema.BuiltinOperator.DEPTHWISE_CONV_2D:
            entry.version = 2
        codes.append(entry)
        result = schema.OperatorT()
        result.opcodeIndex, result.inputs, result.outputs = len(codes) - 1, given, made
        result.builtinOptionsType, result.builtinOptions = options_type, options
        operators.append(result)

    def channels_last(shape):
        return [shape[0], *shape[2:], shape[1]]

    x = tensor("x", channels_last(layer.input_shape))
    y = tensor("y", channels_last(layer.output_shape))
    inputs, current = [x], x
    if any(layer.padding):
        height, width = layer.padding
        pads = np.array([[0, 0], [height, height], [width, width], [0, 0]], np.int32)
        shape = np.array(channels_last(layer.input_shape)) + pads.sum(axis=1)
        current = tensor("padded", shape.tolist())
        operator(schema.BuiltinOperator.PAD, [x, tensor("pads", [4, 2], pads, schema.TensorType.INT32)], [current],
                 schema.BuiltinOptions.PadOptions, schema.PadOptionsT())
    is_depthwise = layer.groups == layer.c and layer.groups > 1
    if is_depthwise:
        options, kind = schema.DepthwiseConv2DOptionsT(), schema.BuiltinOptions.DepthwiseConv2DOptions
        options.depthMultiplier = layer.k // layer.c
        code, values = schema.BuiltinOperator.DEPTHWISE_CONV_2D, weight.reshape(layer.k, *layer.kernel)[None]
        values = values.transpose(0, 2, 3, 1)
    else:
        options, kind = schema.Conv2DOptionsT(), schema.BuiltinOptions.Conv2DOptions
        code, values = schema.BuiltinOperator.CONV_2D, weight.transpose(0, 2, 3, 1)
    options.padding = schema.Padding.VALID
    options.strideH, options.strideW = layer.stride
    options.dilationHFactor, options.dilationWFactor = layer.dilation
    kernel = tensor("w", values.shape, values)
    bias = tensor("b", [layer.k], np.zeros(layer.k, np.float32))
    operator(code, [current, kernel, bias], [y], kind, options)

    graph = schema.SubGraphT()
    graph.tensors, graph.operators, graph.inputs, graph.outputs = tensors, operators, inputs, [y]
    model = schema.ModelT()
    model.version, model.operatorCodes, model.subgraphs, model.buffers = 3, codes, [graph], buffers
    builder = flatbuffers.Builder(weight.nbytes + 4096)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def prepare(layer, source, weight, variant, threads):
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    layer = layer.as_images()
    source, weight = source.reshape(layer.input_shape), weight.reshape(layer.weight_shape)
    interpreter = Interpreter(model_content=model_of(layer, weight), num_threads=threads)
    interpreter.allocate_tensors()
    if not any("DELEGATE" in str(operation["op_name"]).upper() for operation in interpreter._get_ops_details()):
        raise Unsupported("XNNPACK does not take this layer")
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"],
                           np.ascontiguousarray(source.transpose(0, 2, 3, 1)))
    index = interpreter.get_output_details()[0]["index"]
    return Prepared(interpreter._interpreter.Invoke, lambda: interpreter.get_tensor(index).transpose(0, 3, 1, 2))
