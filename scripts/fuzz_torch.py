#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seeded random calls, answered by PyTorch in float64, through `convolve run-cases`.

Needs a Python that has torch (its build for processors alone will do) and numpy. The cases are those of a seed: case 17
of an operation is the same however many are asked for. Some seven of eight are legal; the others break one rule each, and the tool must refuse them.

All run with algorithm auto and the best instruction set, the first of them with each algorithm and each instruction
set. An element may differ as in the conformance cases: by 1e-5 of its value and 4 eps sqrt(taps) of the largest sum of
absolute products.

Exit code 0: no difference; 1: some, each printed with its parameters, the least work first.
"""

import argparse
import collections
import dataclasses
import json
import math
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
import warnings

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOL = ROOT / ".build/release/convolve"
OPERATIONS = ("conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "conv1d", "conv2d", "conv3d")
ALGORITHMS = ("auto", "direct", "gemm", "winograd2", "winograd3", "winograd4", "winograd4x2", "fft", "depthwise",
              "im2col", "reference")
INSTRUCTION_SETS = ("avx512", "avx2", "scalar")
# Multiplications and elements of a tensor: a case takes milliseconds in every algorithm.
MOST_WORK, MOST_ELEMENTS = 20_000_000, 300_000
# One in so many has at least so much work, which threads share.
LARGE, LARGE_WORK = 5, 1_000_000
# One in so many breaks a rule.
ILLEGAL = 8
# Cases of a manifest; seconds that the tool may take for one.
CHUNK, PATIENCE = 500, 600
EPSILON = 2.0 ** -23


@dataclasses.dataclass(frozen=True)
class Call:
    """What a convolution is called with, its tensors' elements apart. The names are the manifest's."""
    op: str
    input_shape: tuple
    weight_shape: tuple
    bias_shape: tuple | None
    stride: tuple
    dilation: tuple
    padding: tuple | str
    groups: int
    pads: tuple | None = None
    padding_mode: str = "zeros"
    output_padding: tuple | None = None
    output_size: tuple | None = None
    # The rule that it breaks.
    breaks: str | None = None

    @property
    def rank(self):
        return int(self.op[-2])

    @property
    def is_transposed(self):
        return "transpose" in self.op

    @property
    def is_unbatched(self):
        return len(self.input_shape) == self.rank + 1

    @property
    def size(self):
        return self.input_shape[-self.rank:]

    @property
    def kernel(self):
        return self.weight_shape[2:]

    @property
    def batch(self):
        return 1 if self.is_unbatched else self.input_shape[0]

    @property
    def out_channels(self):
        return self.weight_shape[1] * self.groups if self.is_transposed else self.weight_shape[0]

    @property
    def taps(self):
        """Products of an output, at most."""
        channels = self.weight_shape[0] // max(self.groups, 1) if self.is_transposed else self.weight_shape[1]
        return channels * math.prod(self.kernel)

    @property
    def ends(self):
        """What is padded, or left out, before and after each axis."""
        if self.pads:
            return list(zip(self.pads[::2], self.pads[1::2]))
        if isinstance(self.padding, str):
            totals = [d * (k - 1) if self.padding == "same" else 0 for k, d in zip(self.kernel, self.dilation)]
            return [(total // 2, total - total // 2) for total in totals]
        return [(amount, amount) for amount in self.padding]

    @property
    def outputs(self):
        """The extents of the output."""
        if self.output_size:
            return self.output_size[-self.rank:]
        axes = zip(self.size, self.kernel, self.stride, self.dilation, self.ends,
                   self.output_padding or (0,) * self.rank)
        if self.is_transposed:
            return tuple((n - 1) * s - sum(ends) + d * (k - 1) + extra + 1 for n, k, s, d, ends, extra in axes)
        return tuple((n + sum(ends) - d * (k - 1) - 1) // s + 1 for n, k, s, d, ends, _ in axes)

    @property
    def work(self):
        """Multiplications, those with padding among them."""
        places = self.size if self.is_transposed else self.outputs
        channels = self.input_shape[-self.rank - 1] if self.is_transposed else self.out_channels
        per_group = self.weight_shape[1]
        return max(self.batch, 1) * channels * per_group * math.prod(places) * math.prod(self.kernel)

    @property
    def parameters(self):
        """As a line."""
        fields = ((field.name, getattr(self, field.name)) for field in dataclasses.fields(self))
        return " ".join(f"{name}={str(value).replace(' ', '')}" for name, value in fields
                        if value is not None and (name, value) != ("padding_mode", "zeros"))


# MARK: Legal calls


def legal(rng, op):
    """A call that every rule allows, small enough."""
    least = LARGE_WORK if rng.randrange(LARGE) == 0 else 0
    while True:
        call = drawn(rng, op)
        outputs = call.outputs
        if min(outputs) < 1 or not least <= call.work <= MOST_WORK:
            continue
        elements = max(math.prod(call.input_shape), math.prod(call.weight_shape),
                       max(call.batch, 1) * call.out_channels * math.prod(outputs))
        if elements <= MOST_ELEMENTS:
            return call


def drawn(rng, op):
    """A call of legal parameters whose output may be empty."""
    rank, is_transposed = int(op[-2]), "transpose" in op
    groups, per_group, out_per_group = channels(rng)
    longest = {1: 300, 2: 40, 3: 16}[rank]
    size = tuple(rng.choice((rng.randint(1, longest), rng.randint(1, 9))) for _ in range(rank))
    kernel = kernels(rng, rank)
    stride = per_axis(rng, rank, lambda axis: strides(rng, kernel[axis]))
    dilation = per_axis(rng, rank, lambda axis: rng.randint(1, 4)) if rng.random() < 0.3 else (1,) * rank
    padding = per_axis(rng, rank, lambda axis: paddings(rng, dilation[axis] * (kernel[axis] - 1)))
    batch = rng.choices(((), (0,), (1,), (2,), (rng.randint(3, 5),)), (15, 4, 50, 20, 11))[0]
    if batch == (0,) and rng.random() < 0.5:
        size = replaced(size, rng.randrange(rank), 0)
    if not is_transposed and rng.random() < 0.01:
        groups, per_group = 1, 0
    weight = (groups * per_group, out_per_group) if is_transposed else (groups * out_per_group, per_group)
    call = Call(op, (*batch, groups * per_group, *size), (*weight, *kernel),
                (groups * out_per_group,) if rng.random() < 0.6 else None, stride, dilation, padding, groups)
    return with_output_padding(rng, call) if is_transposed else with_padding_form(rng, call)


def channels(rng):
    """Groups, and the channels of one in and out."""
    kind = rng.choices(("plain", "many", "few", "grouped", "depthwise"), (40, 5, 15, 20, 20))[0]
    if kind == "plain":
        return 1, rng.randint(1, 40), rng.randint(1, 40)
    if kind == "many":
        return 1, rng.randint(1, 150), rng.randint(1, 150)
    if kind == "few":
        return 1, rng.choice((rng.randint(1, 4), rng.randint(1, 40))), rng.randint(1, 4)
    if kind == "grouped":
        groups = rng.randint(2, 8)
        return groups, rng.randint(1, 40 // groups), rng.randint(1, 40 // groups)
    return rng.randint(2, 40), 1, rng.choices((1, 2, 3), (70, 20, 10))[0]


def kernels(rng, rank):
    kind = rng.choices(("square", "any", "long"), (60, 30, 10 if rank < 3 else 0))[0]
    if kind == "square":
        return (rng.choices((1, 2, 3, 4, 5, 6, 7), (10, 15, 35, 20, 10, 5, 5))[0],) * rank
    kernel = [rng.randint(1, 7) for _ in range(rank)]
    if kind == "long":
        kernel[rng.randrange(rank)] = rng.randint(8, 160 if rank == 1 else 40)
    return tuple(kernel)


def strides(rng, kernel):
    """1, below the kernel, at it, above it."""
    return rng.choices((1, rng.randint(1, max(1, kernel - 1)), kernel, kernel + rng.randint(1, 3), 2),
                       (35, 20, 15, 10, 20))[0]


def paddings(rng, reach):
    """None, half of what the taps reach, any of it, and more than it."""
    return rng.choices((0, reach // 2, rng.randint(0, reach), reach + rng.randint(1, 4)), (35, 30, 25, 10))[0]


def per_axis(rng, rank, draw):
    """The same for all axes more often than not, where one may be."""
    values = tuple(draw(axis) for axis in range(rank))
    return (values[0],) * rank if rng.random() < 0.5 else values


def with_output_padding(rng, call):
    kind = rng.choices(("none", "zeros", "some", "size", "pads"), (20, 20, 35, 15, 10))[0]
    if kind == "none":
        return call
    most = [max(s, d) - 1 for s, d in zip(call.stride, call.dilation)]
    if kind == "size":
        size = tuple(least + rng.randint(0, s - 1) for least, s in zip(call.outputs, call.stride))
        before = rng.choice(((), call.input_shape[:-call.rank]))
        return dataclasses.replace(call, output_size=before + size)
    if kind == "pads":
        call = with_pads(rng, call)
    extra = (0,) * call.rank if kind == "zeros" else tuple(rng.randint(0, amount) for amount in most)
    return dataclasses.replace(call, output_padding=extra)


def with_padding_form(rng, call):
    kind = rng.choices(("numbers", "word", "pads", "mode"), (70, 10, 10, 10))[0]
    if kind == "word":
        word = "same" if set(call.stride) == {1} else "valid"
        return dataclasses.replace(call, padding=word)
    if kind == "pads":
        return with_pads(rng, call)
    # An axis that is shorter than its padding has nothing to reflect, and PyTorch repeats no input without channels.
    if kind == "mode" and call.taps and all(amount < extent for amount, extent in zip(call.padding, call.size)):
        return dataclasses.replace(call, padding_mode=rng.choice(("reflect", "replicate", "circular")))
    return call


def with_pads(rng, call):
    pads = tuple(rng.randint(0, amount + 1) for amount in call.padding for _ in range(2))
    return dataclasses.replace(call, padding=(0,) * call.rank, pads=pads)


# MARK: Calls that break a rule


def replaced(values, place, value):
    return (*values[:place], value, *values[place + 1:])


def on_an_axis(name, draw):
    """Another value of a parameter on one axis."""
    def change(rng, call):
        place = rng.randrange(call.rank)
        return dataclasses.replace(call, **{name: replaced(getattr(call, name), place, draw(rng, call, place))})
    return change


def with_wrong_count(name):
    """One value more than there are axes, or one fewer, which is not one for all of them."""
    def change(rng, call):
        values = getattr(call, name) or (0,) * call.rank
        fewer = values[:-1] if call.rank == 3 and rng.random() < 0.5 else values + values[:1]
        return dataclasses.replace(call, **{name: fewer})
    return change


def with_input_rank(rng, call):
    shape = (1, *call.input_shape) if not call.is_unbatched and rng.random() < 0.5 else call.input_shape[-call.rank:]
    return dataclasses.replace(call, input_shape=shape)


def with_weight_rank(rng, call):
    shape = rng.choice((call.weight_shape + (1,), call.weight_shape[:-1]))
    return dataclasses.replace(call, weight_shape=shape)


def with_input_channels(rng, call):
    place = -call.rank - 1
    shape = list(call.input_shape)
    shape[place] += rng.choice((1, -1) if shape[place] > 1 else (1,))
    return dataclasses.replace(call, input_shape=tuple(shape))


def with_first_extent(rng, call):
    """A weight whose first extent the groups do not divide; a transposed convolution's input goes along."""
    groups = max(call.groups, 2)
    first = groups * rng.randint(1, 3) + rng.randint(1, groups - 1)
    inner = call.weight_shape[1]
    shape = list(call.input_shape)
    shape[-call.rank - 1] = first if call.is_transposed else groups * inner
    outputs = groups * inner if call.is_transposed else first
    return dataclasses.replace(
        call, groups=groups, input_shape=tuple(shape), weight_shape=(first, *call.weight_shape[1:]),
        bias_shape=call.bias_shape and (outputs,))


def with_bias(rng, call):
    count = call.out_channels
    return dataclasses.replace(call, bias_shape=rng.choice(((count + 1,), (1, count), (count, 1), (0,), (2 * count,))))


def with_no_output_channels(rng, call):
    place = 1 if call.is_transposed else 0
    return dataclasses.replace(
        call, weight_shape=replaced(call.weight_shape, place, 0), bias_shape=call.bias_shape and (0,))


def with_no_input_channels(_, call):
    """A weight of no channels is one that the groups do not divide, but of a convolution, an empty sum."""
    place = len(call.input_shape) - call.rank - 1
    return dataclasses.replace(
        call, input_shape=replaced(call.input_shape, place, 0), weight_shape=replaced(call.weight_shape, 0, 0))


def with_empty_kernel(rng, call):
    return dataclasses.replace(
        call, weight_shape=replaced(call.weight_shape, 2 + rng.randrange(call.rank), 0))


def with_empty_size(rng, call):
    place = len(call.input_shape) - call.rank + rng.randrange(call.rank)
    shape = replaced(call.input_shape, place, 0)
    # Something remains to be computed but for the rule.
    padding = tuple(0 if call.is_transposed else 2 * d * k for d, k in zip(call.dilation, call.kernel))
    return dataclasses.replace(call, input_shape=shape, padding=padding)


def with_too_much_padding(rng, call):
    """An output without an element."""
    place = rng.randrange(call.rank)
    room = call.outputs[place] + 2 * call.padding[place]
    return dataclasses.replace(call, padding=replaced(call.padding, place, (room + 1) // 2 + rng.randint(0, 2)))


def with_too_large_kernel(rng, call):
    place = rng.randrange(call.rank)
    room = call.size[place] + 2 * call.padding[place]
    return dataclasses.replace(call, weight_shape=replaced(call.weight_shape, 2 + place, room + rng.randint(1, 2)))


def with_output_size(rng, call):
    place = rng.randrange(call.rank)
    call = dataclasses.replace(call, output_padding=None)
    least, stride = call.outputs[place], call.stride[place]
    return dataclasses.replace(
        call, output_size=replaced(call.outputs, place, rng.choice((least - 1, least + stride))))


def with_output_size_count(rng, call):
    """Neither one an axis nor those with the other axes of the input in front."""
    call = dataclasses.replace(call, output_padding=None)
    others = len(call.input_shape) - call.rank
    count = rng.choice([count for count in (-1, 1, 2, 3) if count != others and count + call.rank > 0])
    return dataclasses.replace(call, output_size=((1,) * count + call.outputs)[-call.rank - count:])


def with_excess_output_padding(rng, call):
    return on_an_axis("output_padding", lambda rng, call, place:
                      max(call.stride[place], call.dilation[place]) + rng.randint(0, 2))(rng, call)


# What a case breaks: whether it is a rule of convolutions, of transposed ones, or of both; and how.
BOTH, FORWARD, TRANSPOSED = (False, True), (False,), (True,)
# The rule that holds with a batch alone.
EMPTY = "no empty size"
RULES = {
    "rank of the input": (BOTH, with_input_rank),
    "rank of the weight": (BOTH, with_weight_rank),
    "positive stride": (BOTH, on_an_axis("stride", lambda rng, *_: rng.choice((0, -1)))),
    "positive dilation": (BOTH, on_an_axis("dilation", lambda rng, *_: rng.choice((0, -1)))),
    "no negative padding": (BOTH, on_an_axis("padding", lambda *_: -1)),
    "positive groups": (BOTH, lambda rng, call: dataclasses.replace(call, groups=rng.choice((0, -1, -call.groups)))),
    "channels of the input": (BOTH, with_input_channels),
    "groups divide the weight's first extent": (BOTH, with_first_extent),
    "shape of the bias": (BOTH, with_bias),
    "output channels": (BOTH, with_no_output_channels),
    "kernel of one tap at least": (BOTH, with_empty_kernel),
    EMPTY: (BOTH, with_empty_size),
    "number of strides": (BOTH, with_wrong_count("stride")),
    "number of dilations": (BOTH, with_wrong_count("dilation")),
    "number of paddings": (BOTH, with_wrong_count("padding")),
    "padding mode": (BOTH, lambda rng, call: dataclasses.replace(
        call, padding_mode=rng.choice(("reflect", "replicate", "circular")) if call.is_transposed else "mirror")),
    "kernel no larger than the padded input": (FORWARD, with_too_large_kernel),
    "stride 1 with padding same": (FORWARD, lambda rng, call: dataclasses.replace(
        on_an_axis("stride", lambda rng, *_: rng.randint(2, 4))(rng, call), padding="same")),
    "input channels": (TRANSPOSED, with_no_input_channels),
    "padding in numbers": (TRANSPOSED, lambda rng, call: dataclasses.replace(
        call, padding=rng.choice(("same", "valid")))),
    "an output": (TRANSPOSED, with_too_much_padding),
    "no negative output padding": (TRANSPOSED, on_an_axis("output_padding", lambda *_: -1)),
    "output padding below stride or dilation": (TRANSPOSED, with_excess_output_padding),
    "number of output paddings": (TRANSPOSED, with_wrong_count("output_padding")),
    "output size within a stride": (TRANSPOSED, with_output_size),
    "number of output sizes": (TRANSPOSED, with_output_size_count),
}


def rules(op):
    return [name for name, (kinds, _) in RULES.items() if ("transpose" in op) in kinds]


def illegal(rng, op, rule):
    """A call that breaks one rule; of an operation's legal ones with channels and plain padding."""
    while True:
        call = legal(rng, op)
        is_plain = call.padding_mode == "zeros" and not (call.pads or call.output_size or isinstance(call.padding, str))
        if is_plain and call.taps > 0 and (call.batch > 0 or rule != EMPTY):
            break
    if call.is_transposed and call.output_padding is None:
        call = dataclasses.replace(call, output_padding=(0,) * call.rank)
    return dataclasses.replace(RULES[rule][1](rng, call), breaks=rule)


def make_call(seed, op, index):
    """Case `index` of an operation."""
    rng = random.Random(f"{seed} {op} {index}")
    if index % ILLEGAL != ILLEGAL - 1:
        return legal(rng, op)
    names = rules(op)
    return illegal(rng, op, names[index // ILLEGAL % len(names)])


# MARK: PyTorch's answers


class Oracle:
    """PyTorch, in float64."""

    def __init__(self):
        # Here, as the calls are drawn without it.
        import torch
        warnings.filterwarnings("ignore", "Using padding='same'")
        torch.set_num_threads(1)
        torch.set_grad_enabled(False)
        self.torch = torch

    def tensors(self, seed, call):
        """Normally distributed."""
        generator = self.torch.Generator().manual_seed(seed)
        shapes = {"input": call.input_shape, "weight": call.weight_shape, "bias": call.bias_shape}
        return {name: self.torch.randn(shape, generator=generator)
                for name, shape in shapes.items() if shape is not None}

    def answer(self, call, tensors):
        """The output and what an element may differ by.

        - Raises: What PyTorch raises for an illegal call.
        """
        doubles = {name: tensor.double() for name, tensor in tensors.items()}
        output = self.convolve(call, **doubles)
        if call.taps == 0:
            # PyTorch answers a shape without output channels; the sum of no channels is 0.
            front = () if call.is_unbatched else (call.batch,)
            bias = tensors.get("bias", self.torch.zeros(call.out_channels))
            shape = (*front, call.out_channels, *call.outputs)
            return bias.reshape(-1, *(1,) * call.rank).expand(shape), {"rtol": 0, "atol": 0}
        products = self.convolve(call, doubles["input"].abs(), doubles["weight"].abs())
        largest = products.max().item() if products.numel() else 0
        tolerance = {"rtol": 1e-5, "atol": 4 * EPSILON * math.sqrt(max(call.taps, 1)) * largest}
        return output.float(), tolerance

    def convolve(self, call, input, weight, bias=None):
        functional = self.torch.nn.functional
        function = getattr(functional, call.op)
        if call.is_transposed:
            return self.transposed(call, function, input, weight, bias)
        padding = call.padding
        if call.pads or call.padding_mode != "zeros":
            # The last axis comes first.
            amounts = [amount for ends in reversed(call.ends) for amount in ends]
            mode = "constant" if call.padding_mode == "zeros" else call.padding_mode
            is_bare = call.is_unbatched and mode != "constant"
            input = functional.pad(input[None] if is_bare else input, amounts, mode)
            input = input[0] if is_bare else input
            padding = 0
        return function(input, weight, bias, call.stride, padding, call.dilation, call.groups)

    def transposed(self, call, function, input, weight, bias):
        module = getattr(self.torch.nn, call.op.replace("conv_transpose", "ConvTranspose"))
        if call.padding_mode != "zeros":
            module(1, 1, 1, padding_mode=call.padding_mode)
        extra = call.output_padding or 0
        if call.output_size:
            extra = module(1, 1, call.kernel)._output_padding(
                input, list(call.output_size), call.stride, call.padding, call.kernel, call.rank, call.dilation)
        if not call.pads:
            return function(input, weight, bias, call.stride, call.padding, extra, call.groups, call.dilation)
        output = function(input, weight, bias, call.stride, 0, extra, call.groups, call.dilation)
        for axis, (before, after) in enumerate(call.ends, output.dim() - call.rank):
            output = output.narrow(axis, before, output.shape[axis] - before - after)
        return output


class Disagreement(Exception):
    """PyTorch does not answer as the rules say: the fuzz is at fault."""


def expected(oracle, call, tensors):
    """The output and the tolerance; `None` of a call that must fail."""
    try:
        output, tolerance = oracle.answer(call, tensors)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        if call.breaks:
            return None
        raise Disagreement(f"PyTorch refuses {call.parameters}: {error}") from error
    if not call.breaks:
        return output, tolerance
    # PyTorch does not look for everything where nothing is to be computed; the tool does.
    if call.batch > 0:
        raise Disagreement(f"PyTorch accepts {call.parameters}")
    return None


# MARK: Manifests


def write_safetensors(path, tensors):
    header, offset = {}, 0
    blobs = [(name, tuple(tensor.shape), tensor.contiguous().numpy().tobytes()) for name, tensor in tensors.items()]
    for name, shape, blob in blobs:
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": (offset, offset + len(blob))}
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blob for _, _, blob in blobs))


def write_case(folder, identifier, call, tensors, answer):
    """Writes the tensors, and returns the row of the manifest."""
    fields = {field.name: getattr(call, field.name) for field in dataclasses.fields(call) if field.name != "breaks"}
    file = f"{identifier}.safetensors"
    row = {"id": identifier, **{name: value for name, value in fields.items() if value is not None},
           "has_bias": call.bias_shape is not None, "expected": "ok" if answer else "error", "file": file}
    if answer:
        tensors = {**tensors, "output": answer[0]}
        row["tol"] = answer[1]
    write_safetensors(folder / file, tensors)
    return row


# MARK: The tool


class Tool:
    def __init__(self, path, options, folder):
        self.path, self.options, self.folder = path, options, folder

    def run(self, rows):
        """Runs cases, and returns counts of passed and skipped ones and {id: what is wrong}.

        When the process dies, or does not end, its cases are run by halves until those are found that do it.
        """
        manifest = self.folder / "manifest.json"
        manifest.write_text(json.dumps(rows))
        command = [self.path, "run-cases", manifest, *self.options]
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
            code, output, errors = result.returncode, result.stdout, result.stderr
        except subprocess.TimeoutExpired:
            code, output, errors = "no end", "", ""
        tally = re.search(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", output, re.MULTILINE)
        if code in (0, 1, 5) and tally:
            failures = dict(re.findall(r"^FAIL (\S+): (.*)$", output, re.MULTILINE))
            return int(tally[1]), int(tally[3]), failures
        if len(rows) == 1:
            return 0, 0, {rows[0]["id"]: f"died ({code}): {errors.strip()[-300:]}"}
        halves = [self.run(half) for half in (rows[:len(rows) // 2], rows[len(rows) // 2:])]
        return halves[0][0] + halves[1][0], halves[0][1] + halves[1][1], {**halves[0][2], **halves[1][2]}


def configurations(algorithms, instruction_sets, cases, fewer):
    """(algorithm, instruction set, how many cases): all for the first of each."""
    for isa in instruction_sets:
        for algorithm in algorithms:
            is_first = (algorithm, isa) == (algorithms[0], instruction_sets[0])
            yield algorithm, isa, cases if is_first else min(cases, fewer)


@dataclasses.dataclass
class Tally:
    passed: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    skipped: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    # (configuration, call, id, what is wrong)
    failures: list = dataclasses.field(default_factory=list)


def fuzz(oracle, op, arguments, folder, tally, log):
    """Draws, answers and runs the cases of an operation, a chunk at a time."""
    for first in range(0, arguments.cases, CHUNK):
        indices = range(first, min(first + CHUNK, arguments.cases))
        calls, rows = {}, []
        for index in indices:
            identifier = f"{op}-{arguments.seed}-{index}"
            call = make_call(arguments.seed, op, index)
            tensors = oracle.tensors(index, call)
            rows.append(write_case(folder, identifier, call, tensors, expected(oracle, call, tensors)))
            calls[identifier] = call
        for algorithm, isa, count in configurations(
                arguments.algorithms, arguments.isa, arguments.cases, arguments.fewer):
            if count <= first:
                continue
            options = ["--algorithm", algorithm, "--isa", isa, *arguments.options]
            passed, skipped, failures = Tool(arguments.tool, options, folder).run(rows[:count - first])
            tally.passed[op, algorithm, isa] += passed
            tally.skipped[op, algorithm, isa] += skipped
            tally.failures += [((algorithm, isa), calls[key], key, text) for key, text in failures.items()]
            if failures:
                log(f"{op} {algorithm} {isa}: {len(failures)} of {len(rows[:count - first])} from {first} on differ")
        for row in rows:
            (folder / row["file"]).unlink()
        log(f"{op}: {indices.stop} of {arguments.cases} cases, {len(tally.failures)} differences so far")


def report(tally, log):
    by_case = collections.defaultdict(list)
    for configuration, call, identifier, text in tally.failures:
        by_case[identifier, call].append((configuration, text))
    for (identifier, call), failures in sorted(by_case.items(), key=lambda item: item[0][1].work):
        where = ", ".join(" ".join(configuration) for configuration, _ in failures)
        log(f"{identifier}: {failures[0][1]}\n    {call.parameters}\n    with {where}")
    log("| operation | algorithm | instruction set | passed | skipped | different |\n|---|---|---|---:|---:|---:|")
    failed = collections.Counter((call.op, *configuration) for configuration, call, _, _ in tally.failures)
    for key in tally.passed:
        log(f"| {' | '.join(key)} | {tally.passed[key]} | {tally.skipped[key]} | {failed[key]} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)

    def names(known):
        def parse(text):
            values = text.split(",")
            unknown = [value for value in values if value not in known]
            if unknown:
                raise argparse.ArgumentTypeError(f"'{unknown[0]}' is none of {', '.join(known)}")
            return values
        return parse

    parser.add_argument("--tool", type=pathlib.Path, default=TOOL, help="the program (default: the release build)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=3000, help="of each operation (default: 3000)")
    parser.add_argument("--fewer", type=int, default=600,
                        help="of them for all but the first algorithm and instruction set (default: 600)")
    parser.add_argument("--operations", type=names(OPERATIONS), default=OPERATIONS, metavar="LIST",
                        help=f"default: {','.join(OPERATIONS)}")
    parser.add_argument("--algorithms", type=names(ALGORITHMS), default=ALGORITHMS, metavar="LIST",
                        help=f"default: {','.join(ALGORITHMS)}")
    parser.add_argument("--isa", type=names(INSTRUCTION_SETS), default=INSTRUCTION_SETS, metavar="LIST",
                        help=f"default: {','.join(INSTRUCTION_SETS)}")
    parser.add_argument("options", nargs="*", help="of run-cases, behind --: -- --precision strict --threads 1")
    arguments = parser.parse_args()
    begin = time.monotonic()
    oracle, tally = Oracle(), Tally()
    with tempfile.TemporaryDirectory(prefix="fuzz-torch-") as folder:
        for op in arguments.operations:
            fuzz(oracle, op, arguments, pathlib.Path(folder), tally, lambda text: print(text, file=sys.stderr))
    report(tally, print)
    print(f"{sum(tally.passed.values())} runs passed, {len(tally.failures)} differ, {sum(tally.skipped.values())} "
          f"skipped; PyTorch {oracle.torch.__version__}, seed {arguments.seed}, {time.monotonic() - begin:.0f} s")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
