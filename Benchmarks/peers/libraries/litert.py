# SPDX-License-Identifier: Apache-2.0
"""LiteRT with XNNPACK: a model of one convolution of channels-last images, written with LiteRT's own schema."""

import numpy as np

from libraries import Prepared
from server import Unsupported

NAME = "LiteRT"
VARIANTS = ["nhwc"]
LAYOUTS = {"nhwc": "own"}
# The operators by the names of their options.
CODES = {"Conv2D": "CONV_2D", "DepthwiseConv2D": "DEPTHWISE_CONV_2D", "TransposeConv": "TRANSPOSE_CONV", "Pad": "PAD",
         "Slice": "SLICE"}


def version():
    from importlib.metadata import version

    return version("ai-edge-litert")


def channels_last(shape):
    return [shape[0], *shape[2:], shape[1]]


class Model:
    """A graph of single-precision tensors that becomes the bytes of a model."""

    def __init__(self):
        from ai_edge_litert import schema_py_generated as schema

        self.schema = schema
        self.buffers, self.tensors, self.operators, self.codes = [schema.BufferT()], [], [], []

    def tensor(self, name, shape):
        result = self.schema.TensorT()
        result.name, result.shape, result.type = name.encode(), list(shape), self.schema.TensorType.FLOAT32
        self.tensors.append(result)
        return len(self.tensors) - 1

    def constant(self, name, values):
        """A tensor that does not change, of floats or of whole numbers."""
        index = self.tensor(name, values.shape)
        if values.dtype == np.int32:
            self.tensors[index].type = self.schema.TensorType.INT32
        buffer = self.schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        self.buffers.append(buffer)
        self.tensors[index].buffer = len(self.buffers) - 1
        return index

    def integers(self, name, values):
        return self.constant(name, np.array(values, np.int32))

    def operator(self, kind, inputs, output, version=1, **values):
        """An operator of this kind, whose options have these values."""
        schema = self.schema
        entry, result = schema.OperatorCodeT(), schema.OperatorT()
        code = getattr(schema.BuiltinOperator, CODES[kind])
        entry.builtinCode, entry.deprecatedBuiltinCode, entry.version = code, code, version
        self.codes.append(entry)
        options = getattr(schema, f"{kind}OptionsT")()
        for key, value in values.items():
            setattr(options, key, value)
        result.opcodeIndex, result.inputs, result.outputs = len(self.codes) - 1, inputs, [output]
        result.builtinOptionsType, result.builtinOptions = getattr(schema.BuiltinOptions, f"{kind}Options"), options
        self.operators.append(result)

    def content(self, inputs, outputs):
        import flatbuffers

        graph, model = self.schema.SubGraphT(), self.schema.ModelT()
        graph.tensors, graph.operators, graph.inputs, graph.outputs = self.tensors, self.operators, inputs, outputs
        model.version, model.operatorCodes, model.subgraphs, model.buffers = 3, self.codes, [graph], self.buffers
        builder = flatbuffers.Builder(4096)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def add_convolution(model, layer, weight, given, result):
    """Padding is a Pad operation, which XNNPACK folds into the convolution."""
    if any(layer.padding):
        pads = np.array([[0, 0], *([p, p] for p in layer.padding), [0, 0]])
        padded = model.tensor("padded", np.array(channels_last(layer.input_shape)) + pads.sum(axis=1))
        model.operator("Pad", [given, model.integers("pads", pads)], padded)
        given = padded
    if layer.is_depthwise:
        # Since version 2 it has a dilation.
        kind, version, more = "DepthwiseConv2D", 2, {"depthMultiplier": layer.k // layer.c}
        weight = weight.reshape(layer.k, *layer.kernel)[None].transpose(0, 2, 3, 1)
    else:
        # A grouped convolution is version 6, the others are older.
        kind, version, more = "Conv2D", 6 if layer.groups > 1 else 1, {}
        weight = weight.transpose(0, 2, 3, 1)
    inputs = [given, model.constant("w", weight), model.constant("b", np.zeros(layer.k, np.float32))]
    model.operator(
        kind, inputs, result, version, padding=model.schema.Padding.VALID, strideH=layer.stride[0],
        strideW=layer.stride[1], dilationHFactor=layer.dilation[0], dilationWFactor=layer.dilation[1], **more)


def has_same_padding(layer):
    """Whether a transposed convolution's padding is what SAME means: what makes the input as large as the output over
    the stride, rounded up."""
    extents = zip(layer.kernel, layer.stride, layer.padding, layer.output_padding)
    return all(s <= k and 0 < k - 2 * p <= s and not extra for k, s, p, extra in extents)


def add_transposed(model, layer, weight, given, result):
    """Other padding than SAME is sliced off, as converters do it."""
    if layer.groups > 1 or any(d > 1 for d in layer.dilation):
        raise Unsupported("TRANSPOSE_CONV has neither groups nor dilation")
    is_same = has_same_padding(layer)
    size = [layer.n, *layer.output_size, layer.k]
    is_sliced = any(layer.padding) and not is_same
    if is_sliced:
        whole = [layer.n, *(extent + 2 * p for extent, p in zip(layer.output_size, layer.padding)), layer.k]
        target = model.tensor("whole", whole)
    else:
        whole, target = size, result
    inputs = [model.integers("size", whole), model.constant("w", weight.transpose(1, 2, 3, 0)), given]
    padding = model.schema.Padding.SAME if is_same else model.schema.Padding.VALID
    model.operator("TransposeConv", inputs, target, padding=padding, strideH=layer.stride[0], strideW=layer.stride[1])
    if is_sliced:
        begin = model.integers("begin", [0, *layer.padding, 0])
        model.operator("Slice", [target, begin, model.integers("extents", size)], result)


def content_of(layer, weight):
    """The model's bytes."""
    model = Model()
    given = model.tensor("x", channels_last(layer.input_shape))
    result = model.tensor("y", channels_last(layer.output_shape))
    add = add_transposed if layer.is_transposed else add_convolution
    add(model, layer, weight, given, result)
    return model.content([given], [result])


def prepare(layer, source, weight, variant, threads):
    from ai_edge_litert.interpreter import Interpreter

    layer = layer.as_images()
    if layer.rank == 3:
        raise Unsupported("XNNPACK has no convolution of three axes")
    source, weight = source.reshape(layer.input_shape), weight.reshape(layer.weight_shape)
    interpreter = Interpreter(model_content=content_of(layer, weight), num_threads=threads)
    interpreter.allocate_tensors()
    if not any("DELEGATE" in str(operation["op_name"]).upper() for operation in interpreter._get_ops_details()):
        raise Unsupported("XNNPACK does not take this layer")
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"],
                           np.ascontiguousarray(source.transpose(0, 2, 3, 1)))
    index = interpreter.get_output_details()[0]["index"]
    return Prepared(interpreter._interpreter.Invoke, lambda: interpreter.get_tensor(index).transpose(0, 3, 1, 2))
