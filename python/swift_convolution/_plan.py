# SPDX-License-Identifier: Apache-2.0
"""Convolutions whose weights are packed once."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np
import numpy.typing as npt

from ._library import Description, Integers, check, library

Array = npt.NDArray[np.float32]
#: One integer for every axis, or one for each.
Extents = int | Sequence[int]
#: Amounts at both ends, "same", "valid", or a pair of before and after for each axis.
Padding = int | str | Sequence[int] | Sequence[Sequence[int]]
#: A name, or a name with its parameters: ("leakyReLU", 0.1), ("clamp", 0, 6).
Activation = str | Sequence[Any] | None

#: The alignment in bytes of a workspace that a run is given.
WORKSPACE_ALIGNMENT = 64

_MOST_AXES = 8


def array(value: Any, name: str) -> Array:
    """The array itself, or a copy of it in row-major order if it is not in that order already."""
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{name} must be a numpy.ndarray of float32, but is a {type(value).__name__}")
    if value.dtype != np.float32:
        raise TypeError(
            f"{name} must be of float32, but is of {value.dtype}: pass {name}.astype(numpy.float32) if its values may "
            "be rounded"
        )
    ordered: Array = np.require(value, requirements=["C", "A"])
    return ordered


def aligned_empty(count: int) -> npt.NDArray[np.uint8]:
    """Memory of ``count`` bytes that a run may have as its workspace; what is in it is undefined."""
    memory = np.empty(count + WORKSPACE_ALIGNMENT, dtype=np.uint8)
    first = -memory.ctypes.data % WORKSPACE_ALIGNMENT
    return memory[first : first + count]


class _Arguments:
    """A description, and what it points to."""

    def __init__(self, input_shape: Sequence[int], weight: Array, bias: Array | None) -> None:
        self.weight = weight
        self.bias = bias
        self._kept: list[Any] = [weight, bias]
        self.description = Description()
        check(library().convolution_description_init(self.description, ctypes.sizeof(Description)))
        self.description.input_shape = self._integers(input_shape, "input_shape")
        self.description.weight_shape = self._integers(weight.shape, "weight.shape")
        self.description.weight = weight.ctypes.data
        if bias is not None:
            if bias.ndim != 1:
                raise ValueError(f"bias must have one axis, but has shape {bias.shape}")
            self._kept.append(bias)
            self.description.bias = bias.ctypes.data
            self.description.bias_count = bias.size

    def set_geometry(self, stride: Extents, padding: Padding, dilation: Extents, groups: int) -> None:
        self.description.stride = self._integers(stride, "stride")
        self.description.dilation = self._integers(dilation, "dilation")
        self.description.groups = _integer(groups, "groups")
        if isinstance(padding, str):
            self.set_names(padding_word=padding)
            return
        pairs = [list(each) for each in padding if isinstance(each, Sequence)] if isinstance(padding, Sequence) else []
        if not pairs:
            self.description.padding = self._integers(padding, "padding")
        elif isinstance(padding, Sequence) and len(pairs) == len(padding) and all(len(pair) == 2 for pair in pairs):
            self.description.padding_pairs = self._integers([end for pair in pairs for end in pair], "padding")
        else:
            raise ValueError(f"padding has a before and an after for each axis, but is {padding!r}")

    def set_output(self, output_padding: Extents | None, output_size: Sequence[int] | None) -> None:
        if output_padding is not None:
            self.description.output_padding = self._integers(output_padding, "output_padding")
        if output_size is not None:
            self.description.output_size = self._integers(output_size, "output_size")

    def set_activation(self, activation: Activation) -> None:
        name, *parameters = [activation] if activation is None or isinstance(activation, str) else list(activation)
        expected = {"leakyReLU": 1, "clamp": 2}.get(str(name), 0)
        if len(parameters) != expected:
            raise ValueError(f"activation {name!r} takes {expected} parameters, but has {len(parameters)}")
        self.set_names(activation=name)
        for place, parameter in enumerate(parameters):
            self.description.activation_parameters[place] = parameter

    def set_names(self, **names: str | None) -> None:
        for field, name in names.items():
            if name is None:
                continue
            if not isinstance(name, str):
                raise TypeError(f"{field} must be a str, but is a {type(name).__name__}")
            if "\0" in name:
                raise ValueError(f"{field} is {name!r}")
            encoded = name.encode(errors="surrogateescape")
            self._kept.append(encoded)
            setattr(self.description, field, encoded)

    def set_threads(self, threads: int | None) -> None:
        if threads is None:
            return
        # 0 stands for the default, which is not what a caller who says 0 has in mind.
        self.description.threads = _integer(threads, "threads") or -1

    def _integers(self, values: Any, name: str) -> Integers:
        integers = list(values) if isinstance(values, (Sequence, np.ndarray)) else [values]
        if not integers:
            raise ValueError(f"{name} has no values")
        memory = (ctypes.c_int64 * len(integers))(*[_integer(value, name) for value in integers])
        self._kept.append(memory)
        return Integers(ctypes.cast(memory, ctypes.POINTER(ctypes.c_int64)), len(integers))


def _integer(value: Any, name: str) -> int:
    try:
        integer = index(value)
    except TypeError:
        raise TypeError(f"{name} must be of integers, but has {value!r}") from None
    if not -(2**63) <= integer < 2**63:
        raise ValueError(f"{name} has {integer}, which does not fit in 64 bits")
    return integer


class Plan:
    """A convolution that is ready to run: its algorithm chosen and its weight packed.

        >>> plan = Plan((1, 64, 56, 56), weight, padding=1, activation="relu")
        >>> y = plan(x)

    It is immutable, and any number of threads may run it at once. The weight is copied: it may change afterwards. A
    process that forks makes its plans afterwards, or starts its children by ``spawn``.

    Args:
        input_shape: (N, C, *size), or (C, *size) for inputs without a batch; of one, two or three axes.
        weight: (K, C / groups, *kernel).
        bias: (K), or None.
        stride: The distance between windows: one integer, or one for each axis.
        padding: Zeros at both ends, one integer or one for each axis; ``"same"`` (with a stride of 1) or ``"valid"``;
            or a pair of before and after for each axis.
        dilation: The distance between the taps of the kernel: one integer, or one for each axis.
        groups: Groups that the channels are divided into.
        operation: ``"conv1d"``, ``"conv2d"`` or ``"conv3d"``; None for the one that the weight's axes are of. Or
            ``"conv_transpose1d"`` to ``"conv_transpose3d"``, whose weight is (C, K / groups, *kernel).
        output_padding: Of a transposed convolution: what is added to the output's size at its end.
        output_size: Of a transposed convolution: the output's size instead, one integer for each axis.
        layout: ``"channelsFirst"``, or ``"channelsLast"`` for inputs and outputs (N, *size, C).
        activation: Applied to sum + bias + residual: ``"relu"``, ``"relu6"``, ``("leakyReLU", slope)``, ``"silu"``,
            ``"gelu"``, ``"hardSwish"`` or ``("clamp", low, high)``.
        algorithm: A name such as ``"winograd4"``; None for the one that is estimated to be fastest.
        precision: What may be chosen: ``"strict"``, ``"standard"`` or ``"fast"``.
        instruction_set: ``"scalar"``, ``"avx2"`` or ``"avx512"``; None for the strongest of this machine.
        executor: ``"dispatch"`` or ``"serial"``.
        threads: How many share one run; None for one for each processor.
        workspace_limit: The most bytes of workspace; None for no limit.
        for_one_run: Whether to prefer an algorithm that packs its weight quickly.

    Raises:
        ConvolutionError: A shape or a parameter is not legal, or this machine lacks what is asked for.
        TypeError: An array is not of float32.
    """

    def __init__(
        self,
        input_shape: Sequence[int],
        weight: Array,
        bias: Array | None = None,
        stride: Extents = 1,
        padding: Padding = 0,
        dilation: Extents = 1,
        groups: int = 1,
        *,
        operation: str | None = None,
        output_padding: Extents | None = None,
        output_size: Sequence[int] | None = None,
        layout: str | None = None,
        activation: Activation = None,
        algorithm: str | None = None,
        precision: str | None = None,
        instruction_set: str | None = None,
        executor: str | None = None,
        threads: int | None = None,
        workspace_limit: int | None = None,
        for_one_run: bool = False,
    ) -> None:
        self._handle: int | None = None
        arguments = _Arguments(input_shape, array(weight, "weight"), None if bias is None else array(bias, "bias"))
        arguments.set_geometry(stride, padding, dilation, groups)
        arguments.set_output(output_padding, output_size)
        arguments.set_activation(activation)
        arguments.set_names(
            operation=operation,
            layout=layout,
            algorithm=algorithm,
            precision=precision,
            instruction_set=instruction_set,
            executor=executor,
        )
        arguments.set_threads(threads)
        if workspace_limit is not None:
            arguments.description.workspace_limit = max(0, _integer(workspace_limit, "workspace_limit"))
        arguments.description.is_for_one_run = for_one_run
        handle = ctypes.c_void_p()
        check(library().convolution_plan_create(arguments.description, handle))
        self._take(handle)

    def _take(self, handle: ctypes.c_void_p) -> None:
        self._handle = handle.value
        self.input_shape = self._shape(library().convolution_plan_input_shape)
        self.output_shape = self._shape(library().convolution_plan_output_shape)
        self._input_count = int(np.prod(self.input_shape, dtype=object))
        self._output_count = int(np.prod(self.output_shape, dtype=object))

    def _shape(self, function: Any) -> tuple[int, ...]:
        values = (ctypes.c_int64 * _MOST_AXES)()
        axes = ctypes.c_size_t()
        check(function(self._handle, values, _MOST_AXES, axes))
        return tuple(values[: axes.value])

    def __del__(self) -> None:
        handle, self._handle = getattr(self, "_handle", None), None
        if handle is not None:
            library().convolution_plan_destroy(handle)

    #: The shape of an input.
    input_shape: tuple[int, ...]
    #: The shape of an output.
    output_shape: tuple[int, ...]

    @property
    def algorithm(self) -> str:
        """The algorithm that was asked for, or chosen."""
        return str(library().convolution_plan_algorithm(self._handle).decode())

    @property
    def instruction_set(self) -> str:
        """The instruction set of the kernels."""
        return str(library().convolution_plan_instruction_set(self._handle).decode())

    @property
    def kernel(self) -> str:
        """The kernel that does the work."""
        return str(library().convolution_plan_kernel(self._handle).decode())

    @property
    def threads(self) -> int:
        """The most threads that a run uses."""
        return int(library().convolution_plan_threads(self._handle))

    @property
    def workspace_bytes(self) -> int:
        """The bytes of workspace of one run."""
        return int(library().convolution_plan_workspace_bytes(self._handle))

    def __call__(
        self,
        input: Array,
        residual: Array | None = None,
        *,
        out: Array | None = None,
        workspace: np.ndarray[Any, Any] | None = None,
    ) -> Array:
        """Runs the convolution.

        Args:
            input: Of ``input_shape``.
            residual: Of ``output_shape``, added before the activation; or None.
            out: Where the result goes: float32 of ``output_shape``, contiguous, and sharing no memory with the others.
                None for a new array.
            workspace: Memory of at least ``workspace_bytes`` that plans may share, one run at a time, as
                ``aligned_empty`` makes it. None for the plan's own.

        Returns:
            ``out``, or the new array.

        Raises:
            ValueError: An array does not have its shape, or ``out`` is not contiguous or not writable.
            TypeError: An array is not of float32.
        """
        input = self._argument(input, "input", self.input_shape)
        result: Array = np.empty(self.output_shape, dtype=np.float32) if out is None else out
        if residual is not None:
            residual = self._argument(residual, "residual", self.output_shape)
        if self._argument(result, "out", self.output_shape) is not result or not result.flags.writeable:
            # A copy would be written, and lost.
            raise ValueError("out must be contiguous in row-major order, aligned and writable")
        if workspace is not None and not (workspace.flags.c_contiguous and workspace.flags.writeable):
            raise ValueError("workspace must be contiguous and writable")
        check(
            library().convolution_plan_run(
                self._handle,
                input.ctypes.data,
                self._input_count,
                None if residual is None else residual.ctypes.data,
                0 if residual is None else self._output_count,
                result.ctypes.data,
                self._output_count,
                None if workspace is None else workspace.ctypes.data,
                0 if workspace is None else workspace.nbytes,
            )
        )
        return result

    @staticmethod
    def _argument(value: Any, name: str, shape: tuple[int, ...]) -> Array:
        checked = array(value, name)
        if checked.shape != shape:
            raise ValueError(f"{name} must have shape {shape}, but has {checked.shape}")
        return checked

    def resized(self, batch: int, size: Sequence[int]) -> Plan:
        """A plan for another batch or size of the input, which shares the packed weight and the algorithm.

        Args:
            batch: The images in a batch; 1 without one.
            size: One integer for each spatial axis.
        """
        values = (ctypes.c_int64 * len(size))(*[_integer(value, "size") for value in size])
        sizes = Integers(ctypes.cast(values, ctypes.POINTER(ctypes.c_int64)), len(size))
        handle = ctypes.c_void_p()
        check(library().convolution_plan_resize(self._handle, _integer(batch, "batch"), sizes, handle))
        plan = object.__new__(Plan)
        plan._take(handle)
        return plan

    def __repr__(self) -> str:
        return (
            f"<Plan {self.input_shape} -> {self.output_shape}: {self.algorithm}, {self.instruction_set}, "
            f"{self.threads} {'thread' if self.threads == 1 else 'threads'}>"
        )

    def __reduce__(self) -> Any:
        raise TypeError("a Plan is of this process: make one where it is run")
