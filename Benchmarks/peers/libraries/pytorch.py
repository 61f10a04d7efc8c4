# SPDX-License-Identifier: Apache-2.0
"""PyTorch: contiguous tensors, channels last, and both with weights in oneDNN's own layout, packed before."""

from functools import partial

from libraries import Prepared
from server import Unsupported

NAME = "PyTorch"
VARIANTS = ["contiguous", "channels_last", "prepacked", "prepacked_channels_last"]
LAYOUTS = {"contiguous": "nchw", "channels_last": "own", "prepacked": "nchw", "prepacked_channels_last": "own"}

inference = []  # the mode that all of the process runs in; it ends with this object


def version():
    import torch

    return torch.__version__


def plain_call(layer, source, weight):
    import torch

    if layer.is_transposed:
        geometry = layer.stride, layer.padding, layer.output_padding, layer.groups, layer.dilation
    else:
        geometry = layer.stride, layer.padding, layer.dilation, layer.groups
    return partial(getattr(torch, layer.op), source, weight, None, *geometry)


def prepacked_call(layer, source, weight):
    import torch

    operators = torch.ops.mkldnn
    if layer.is_transposed:
        pack, convolve = operators._reorder_convolution_transpose_weight, operators._convolution_transpose_pointwise
        geometry = layer.padding, layer.output_padding, layer.stride, layer.dilation, layer.groups
    else:
        pack, convolve = operators._reorder_convolution_weight, operators._convolution_pointwise
        geometry = layer.padding, layer.stride, layer.dilation, layer.groups
    packed = pack.default(weight, *geometry, layer.input_shape)
    return partial(convolve.default, source, packed, None, *geometry, "none", [], "")


def prepare(layer, source, weight, variant, threads):
    import torch

    if not inference:
        inference.append(torch.inference_mode())
        inference[0].__enter__()
    torch.set_num_threads(threads)
    if variant != "contiguous":  # of images and volumes only
        layer = layer.as_images()
    source, weight = torch.from_numpy(source).view(layer.input_shape), torch.from_numpy(weight).view(layer.weight_shape)
    if variant.endswith("channels_last"):
        order = torch.channels_last_3d if layer.rank == 3 else torch.channels_last
        source, weight = source.contiguous(memory_format=order), weight.contiguous(memory_format=order)
    if not variant.startswith("prepacked"):
        call = plain_call(layer, source, weight)
    elif torch.backends.mkldnn.is_available():
        call = prepacked_call(layer, source, weight)
    else:
        raise Unsupported("this build of torch has no oneDNN")
    kept = [None]
    # The operators with packed weights give channels last, whatever they are given.
    if LAYOUTS[variant] == "nchw" and not call().is_contiguous():
        def run():
            kept[0] = call().contiguous()
    else:
        def run():
            kept[0] = call()

    # The number of threads belongs to the process, not to the layer.
    return Prepared(run, lambda: kept[0].contiguous().numpy(), before=partial(torch.set_num_threads, threads))
