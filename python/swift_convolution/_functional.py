# SPDX-License-Identifier: Apache-2.0
"""The functions of ``torch.nn.functional`` on arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._plan import Activation, Array, Extents, Padding, Plan, array


def conv1d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Extents = 1,
    padding: Padding = 0,
    dilation: Extents = 1,
    groups: int = 1,
    *,
    layout: str | None = None,
    activation: Activation = None,
    residual: Array | None = None,
    out: Array | None = None,
    algorithm: str | None = None,
    precision: str | None = None,
    instruction_set: str | None = None,
    executor: str | None = None,
    threads: int | None = None,
) -> Array:
    """``torch.nn.functional.conv1d`` on arrays of float32. Each call packs the weight anew; a ``Plan`` packs it once.

    Args:
        input: (N, C, L), or (C, L) without a batch.
        weight: (K, C / groups, kernel).
        bias: (K), or None.
        stride: The distance between windows.
        padding: Zeros at both ends, ``"same"`` (with a stride of 1), ``"valid"``, or a pair [[before, after]].
        dilation: The distance between the taps of the kernel.
        groups: Groups that the channels are divided into.
        residual: As the result, added before the activation; or None.
        out: Where the result goes; None for a new array.

    The others are a ``Plan``'s.

    Returns:
        (N, K, output), or (K, output) without a batch.

    Raises:
        ConvolutionError: A shape or a parameter is not legal.
        TypeError: An array is not of float32.
    """
    return _convolution("conv1d", **locals())


def conv2d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Extents = 1,
    padding: Padding = 0,
    dilation: Extents = 1,
    groups: int = 1,
    *,
    layout: str | None = None,
    activation: Activation = None,
    residual: Array | None = None,
    out: Array | None = None,
    algorithm: str | None = None,
    precision: str | None = None,
    instruction_set: str | None = None,
    executor: str | None = None,
    threads: int | None = None,
) -> Array:
    """``torch.nn.functional.conv2d`` on arrays of float32.

    An input is (N, C, H, W) or (C, H, W), a weight (K, C / groups, kernel height, kernel width). Stride, padding and
    dilation are one integer, or one for each axis; padding may be pairs [[top, bottom], [left, right]]. Everything else
    is as in ``conv1d``.
    """
    return _convolution("conv2d", **locals())


def conv3d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Extents = 1,
    padding: Padding = 0,
    dilation: Extents = 1,
    groups: int = 1,
    *,
    layout: str | None = None,
    activation: Activation = None,
    residual: Array | None = None,
    out: Array | None = None,
    algorithm: str | None = None,
    precision: str | None = None,
    instruction_set: str | None = None,
    executor: str | None = None,
    threads: int | None = None,
) -> Array:
    """``torch.nn.functional.conv3d`` on arrays of float32.

    An input is (N, C, D, H, W) or (C, D, H, W), a weight (K, C / groups, kernel depth, height, width). Everything else
    is as in ``conv2d``.
    """
    return _convolution("conv3d", **locals())


def conv_transpose1d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Extents = 1,
    padding: Padding = 0,
    output_padding: Extents | None = None,
    groups: int = 1,
    dilation: Extents = 1,
    *,
    output_size: Sequence[int] | None = None,
    layout: str | None = None,
    activation: Activation = None,
    residual: Array | None = None,
    out: Array | None = None,
    algorithm: str | None = None,
    precision: str | None = None,
    instruction_set: str | None = None,
    executor: str | None = None,
    threads: int | None = None,
) -> Array:
    """``torch.nn.functional.conv_transpose1d`` on arrays of float32: the gradient of ``conv1d``, its parameters in
    torch's order.

    Args:
        input: (N, C, L), or (C, L) without a batch.
        weight: (C, K / groups, kernel).
        bias: (K), or None.
        stride: The distance between the outputs that neighbouring inputs are added to.
        padding: Outputs that are left out at both ends, or a pair [[before, after]].
        output_padding: What is added to the output's size at its end, smaller than the stride or than the dilation.
        output_size: The output's size instead, as torch's modules take it.

    The others are those of ``conv1d``.

    Returns:
        (N, K, output), or (K, output) without a batch, with output = (L - 1) * stride - before - after + dilation *
        (kernel - 1) + output_padding + 1.
    """
    return _convolution("conv_transpose1d", **locals())


def conv_transpose2d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Extents = 1,
    padding: Padding = 0,
    output_padding: Extents | None = None,
    groups: int = 1,
    dilation: Extents = 1,
    *,
    output_size: Sequence[int] | None = None,
    layout: str | None = None,
    activation: Activation = None,
    residual: Array | None = None,
    out: Array | None = None,
    algorithm: str | None = None,
    precision: str | None = None,
    instruction_set: str | None = None,
    executor: str | None = None,
    threads: int | None = None,
) -> Array:
    """``torch.nn.functional.conv_transpose2d`` on arrays of float32: the gradient of ``conv2d``.

    An input is (N, C, H, W) or (C, H, W), a weight (C, K / groups, kernel height, kernel width). Everything else is as
    in ``conv_transpose1d``.
    """
    return _convolution("conv_transpose2d", **locals())


def conv_transpose3d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Extents = 1,
    padding: Padding = 0,
    output_padding: Extents | None = None,
    groups: int = 1,
    dilation: Extents = 1,
    *,
    output_size: Sequence[int] | None = None,
    layout: str | None = None,
    activation: Activation = None,
    residual: Array | None = None,
    out: Array | None = None,
    algorithm: str | None = None,
    precision: str | None = None,
    instruction_set: str | None = None,
    executor: str | None = None,
    threads: int | None = None,
) -> Array:
    """``torch.nn.functional.conv_transpose3d`` on arrays of float32: the gradient of ``conv3d``.

    An input is (N, C, D, H, W) or (C, D, H, W), a weight (C, K / groups, kernel depth, height, width). Everything else
    is as in ``conv_transpose1d``.
    """
    return _convolution("conv_transpose3d", **locals())


def _convolution(operation: str, input: Any, residual: Array | None, out: Array | None, **parameters: Any) -> Array:
    input = array(input, "input")
    plan = Plan(input.shape, operation=operation, for_one_run=True, **parameters)
    return plan(input, residual, out=out)
