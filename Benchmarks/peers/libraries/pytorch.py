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


def prepare(layer, source, weight, variant, threads):
    import torch

    if not inference:
        inference.append(torch.inference_mode())
        inference[0].__enter__()
    torch.set_num_threads(threads)
    source, weight = torch.from_numpy(source), torch.from_numpy(weight)
    if variant == "contiguous":
        operation = torch.conv1d if layer.rank == 1 else torch.conv2d
    else:
        operation = torch.conv2d
        layer = layer.as_images()
        source, weight = source.view(layer.input_shape), weight.view(layer.weight_shape)
    if variant.endswith("channels_last"):
        source = source.contiguous(memory_format=torch.channels_last)
        weight = weight.contiguous(memory_format=torch.channels_last)
    geometry = list(layer.stride), list(layer.padding), list(layer.dilation), layer.groups
    if variant.startswith("prepacked"):
        if not torch.backends.mkldnn.is_available():
            raise Unsupported("this build of torch has no oneDNN")
        stride, padding, dilation, groups = geometry
        packed = torch._C._nn.mkldnn_reorder_conv2d_weight(
            weight.to_mkldnn(), padding, stride, dilation, groups, list(layer.input_shape))
        call = partial(torch.ops.mkldnn._convolution_pointwise.default, source, packed, None, padding, stride, dilation,
                       groups, "none", [], "")
    else:
        call = partial(operation, source, weight, None, *geometry)
    kept = [None]

    def run():
        kept[0] = call()

    # The number of threads belongs to the process, not to the layer.
    return Prepared(run, lambda: kept[0].contiguous().numpy(), before=partial(torch.set_num_threads, threads))
