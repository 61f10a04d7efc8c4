#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Walks over layers of neighbouring shapes, and prints where the time per operation jumps.

Each walk changes one thing: a size, the taps of the kernel, a stride, a dilation, channels, groups, the batch, threads,
or the form that the same work is written in. A layer is judged by its time over the least that its work could take,
which is the greater of its operations at the peak and its bytes at the memory's rate, plus the start of a call: a layer
that moves more than it computes is none that computes badly. A jump is a layer that is judged over 1.5 times as slow as
the better of its neighbours; it is measured again, in turns with that neighbour, before it is believed.

Drives `convolve bench --serve` of a release build. Exit code 0: no jump, or only such as EXPLAINED names; 1: some; 2:
could not measure.
"""

import argparse
import dataclasses
import functools
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOL = ROOT / ".build/release/convolve"
# Bytes a second of one core: of those that its own caches hold, and of those beyond; and how many its caches hold.
CACHED, UNCACHED, CACHE = 100e9, 40e9, 768 << 10
# Floats of a cache line.
LINE = 16
# Seconds of a call, and what threads add to one.
START, WAKING = 0.4e-6, 3e-6
# Seconds of runs of a layer, each time that it is measured; and how often a jump is measured again.
BURST = 6e-3
ROUNDS = 3
# The same of one that nothing explains, with so many seconds between: a host may take a core away for a while.
UNEXPLAINED_ROUNDS, PAUSE = 10, 0.25


class CouldNotMeasure(Exception):
    """Says why there is no verdict."""


@dataclasses.dataclass(frozen=True)
class Point:
    """One layer of a walk, and the threads that it is timed on."""
    label: str
    batch: int
    channels: int
    size: tuple
    out_channels: int
    kernel: tuple
    stride: tuple
    padding: tuple
    dilation: tuple
    groups: int
    threads: int

    def request(self, repetitions, isa, algorithm=None):
        """The line that asks `convolve bench --serve` for it; without an algorithm, by the one that is chosen."""
        row = {"name": self.label, "rank": len(self.size), "n": self.batch, "c": self.channels, "size": self.size,
               "k": self.out_channels, "kernel": self.kernel, "stride": self.stride, "padding": self.padding,
               "dilation": self.dilation, "groups": self.groups, "threads": self.threads, "repetitions": repetitions}
        wanted = {"isa": isa, "algorithm": algorithm}
        return json.dumps({**row, **{name: value for name, value in wanted.items() if value}})

    @property
    def outputs(self):
        """The extents of the output."""
        return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in self.axes)

    @property
    def axes(self):
        return list(zip(self.size, self.kernel, self.stride, self.padding, self.dilation))

    def uses(self):
        """For each axis, how many outputs each tap serves: those for which it lies on the input."""
        for (n, k, s, p, d), out in zip(self.axes, self.outputs):
            # Tap t of output o reads element o * s + t * d - p.
            firsts = (max(0, -((t * d - p) // s)) for t in range(k))
            lasts = (min(out - 1, (n - 1 + p - t * d) // s) for t in range(k))
            yield [max(0, last - first + 1) for first, last in zip(firsts, lasts)]

    @functools.cached_property
    def multiplications(self):
        """Those of taps that lie on the input."""
        return self.batch * self.out_channels * (self.channels // self.groups) * product(map(sum, self.uses()))

    def touched(self):
        """For each axis, the elements of the input that are read; of the last one, whole cache lines."""
        for place, ((n, k, s, p, d), out) in enumerate(zip(self.axes, self.outputs)):
            read = {o * s + t * d - p for o in range(out) for t in range(k)}
            unit = LINE if place == len(self.size) - 1 else 1
            yield min(n, unit * len({index // unit for index in read if 0 <= index < n}))

    @functools.cached_property
    def bytes(self):
        """The input that is read, the weights that meet it, and the output, once each."""
        inputs, outputs = product(self.touched()), product(self.outputs)
        taps = product(sum(count > 0 for count in counts) for counts in self.uses())
        return 4 * (self.batch * (self.channels * inputs + self.out_channels * outputs)
                    + self.out_channels * self.channels // self.groups * taps)

    def least(self, peak):
        """The seconds that it takes at least, with `peak` multiplications a second and thread."""
        work = max(self.multiplications / peak / self.threads, transfer(self.bytes) / self.threads ** 0.5)
        return work + START + (WAKING if self.threads > 1 else 0)


@dataclasses.dataclass(frozen=True)
class Walk:
    """Layers side by side. In a ring each is a neighbour of all others."""
    kind: str
    name: str
    points: tuple
    is_ring: bool = False

    def neighbours(self, index):
        if self.is_ring:
            return [other for other in range(len(self.points)) if other != index]
        return [other for other in (index - 1, index + 1) if 0 <= other < len(self.points)]


@dataclasses.dataclass(frozen=True)
class Timing:
    """What was measured of a point: seconds, multiplications a second at the peak of a core, the algorithm."""
    seconds: float
    peak: float
    algorithm: str

    def faster(self, other):
        return self if self.seconds <= other.seconds else other


def product(values):
    result = 1
    for value in values:
        result *= value
    return result


def transfer(count):
    """The seconds that so many bytes take to pass through a core."""
    return min(count, CACHE) / CACHED + max(0, count - CACHE) / UNCACHED


def excess(point, timing):
    """The time over the least possible."""
    return timing.seconds / point.least(timing.peak)


def for_each_multiplication(point, timing):
    """The seconds of all threads for a multiplication of the definition."""
    return timing.seconds * point.threads / point.multiplications


def better_neighbour(walk, timings, index):
    """The neighbour with the least excess, and how many times as slow as it the point is: by its excess or by its time for
    a multiplication, whichever says less."""
    best = min(walk.neighbours(index), key=lambda other: excess(walk.points[other], timings[other]))
    return best, min(measure(walk.points[index], timings[index]) / measure(walk.points[best], timings[best])
                     for measure in (excess, for_each_multiplication))


# MARK: Explained jumps


def has_fewer_multiplications(timing):
    """Whether what was timed is a transform: Winograd's or Fourier's."""
    return timing.algorithm.startswith("winograd") or timing.algorithm == "fft"


def peak_share(point, timing):
    """The multiplications of the definition, as a share of the peak: over 1 where a transform saves some."""
    return point.multiplications / timing.seconds / timing.peak / point.threads


def padding(point):
    """How many times as many channels whole vectors of 16 hold; of one filter a plane, the pixels of a row."""
    if point.channels == point.groups == point.out_channels:
        return whole_lines(point.outputs[-1])
    return product(map(whole_lines, (point.channels // point.groups, point.out_channels // point.groups)))


def whole_lines(count):
    return -(-count // LINE) * LINE / count


def is_tiny(point, timing, *_):
    return timing.seconds < 1e-5


def sums_at_the_peak(point, timing, *_):
    return not has_fewer_multiplications(timing) and peak_share(point, timing) > 0.7


def saves_less(point, timing, _, other_timing):
    return has_fewer_multiplications(other_timing) and peak_share(point, timing) > 0.9


def saves_less_another_way(point, timing, other, other_timing):
    # Of two Fourier transforms neither may be much worse: their sizes are free.
    return saves_less(point, timing, other, other_timing) and not timing.algorithm == other_timing.algorithm == "fft"


def is_taller_than_wide(point, _, __, other_timing):
    return other_timing.algorithm == "fft" and point.kernel[0] > point.kernel[-1]


def has_emptier_vectors(point, _, other, __):
    return padding(point) > 1.25 * padding(other)


def transforms_as_much(point, timing, other, other_timing):
    fewer = product(point.kernel) < product(other.kernel)
    return timing.algorithm == other_timing.algorithm == "fft" and fewer and timing.seconds < 1.25 * other_timing.seconds


def has_short_rows_apart(point, timing, _, other_timing):
    rows = min(n / d for n, d in zip(point.size, point.dilation))
    if other_timing.algorithm == "fft":
        return rows < 2 * point.kernel[-1]
    return rows < 8 and saves_less(point, timing, _, other_timing)


def stores_pixels_apart(point, timing, other, other_timing):
    """Fourier transforms of pixels a dilation apart store them one by one, and those of neighbours in vectors:
    no more than half of the time."""
    both = timing.algorithm == other_timing.algorithm == "fft"
    apart = point.dilation[-1] > 1 and other.dilation[-1] == 1
    return both and apart and timing.seconds < 2 * other_timing.seconds and saves_less(point, timing, other, other_timing)


def takes_as_long_a_byte(point, timing, other, other_timing):
    return timing.seconds / point.bytes < 1.25 * other_timing.seconds / other.bytes


def has_a_body_of_its_own(point, timing, other, other_timing):
    """Square kernels of 3, 5 and 7 have bodies for a stride of 1, those of 3 and 5 for one of 2: no more than twice as
    fast as the body for all others."""
    kernel, stride = other.kernel[0], other.stride[0]
    bodies = {1: (3, 5, 7), 2: (3, 5)}
    per_input = timing.seconds / point.bytes / (other_timing.seconds / other.bytes)
    per_tap = timing.seconds / point.multiplications / (other_timing.seconds / other.multiplications)
    return kernel == other.kernel[-1] and kernel in bodies.get(stride, ()) and min(per_input, per_tap) < 2


def lies_beside_a_line(point, _, other, __):
    return 1 in other.size and 1 not in point.size


# Kinds of walks, whether it holds of (point, its timing, the better neighbour, its timing), and the reason. None
# excuses a form or a thread: the same work must take the same time there.
ANY_SIZE = ("size", "narrow", "kernel", "stride", "channels", "groups", "batch", "depthwise")
EXPLAINED = [
    (ANY_SIZE, is_tiny, "under 10 microseconds: the ends of sums and of tiles are most of it"),
    (ANY_SIZE, sums_at_the_peak,
     "true sums at over 0.7 of the peak: the neighbour has a transform, or moves more than it computes"),
    (ANY_SIZE, saves_less_another_way, "a transform that saves less, at 0.9 of the peak of true sums or more"),
    (("stride",), saves_less, "a stride leaves a transform less to save; at 0.9 of the peak of true sums or more"),
    (("size", "channels", "groups"), has_emptier_vectors, "vectors hold 16 channels: those beyond begin another"),
    (("narrow", "depthwise"), has_emptier_vectors, "vectors hold 16 pixels of a row: those beyond begin another"),
    (("kernel",), transforms_as_much, "a transform of a row takes its time, however many taps there are"),
    (("dilation",), has_short_rows_apart, "rows of pixels a dilation apart are shorter than the tiles and transforms"),
    (("dilation",), stores_pixels_apart, "pixels a dilation apart are stored one by one; at 0.9 of the peak or more"),
    (("depthwise",), takes_as_long_a_byte, "as long as the neighbour for each byte: an output reads more of the input"),
    (("depthwise",), has_a_body_of_its_own, "the neighbour has a body of its own, less than twice as fast"),
    (("turned",), is_taller_than_wide, "Fourier transforms go along rows, and this kernel has longer columns"),
    (("narrow",), lies_beside_a_line, "a single row or column is one-dimensional work, with no lane lost between rows"),
]


def explanation(kind, point, timing, other, other_timing):
    """Why such a jump is right; None if nothing explains it."""
    for kinds, holds, reason in EXPLAINED:
        if kind in kinds and holds(point, timing, other, other_timing):
            return reason
    return None


# MARK: Walks


def layer(label, c, k, size, kernel, stride=1, padding=0, dilation=1, groups=1, batch=1, threads=1):
    """A point; what is one number stands for all axes."""
    def each(value):
        return tuple(value) if isinstance(value, (tuple, list)) else (value,) * len(size)
    return Point(str(label), batch, c, tuple(size), k, each(kernel), each(stride), each(padding), each(dilation),
                 groups, threads)


def half(kernel):
    """The padding that keeps the size, for odd kernels."""
    return tuple(k // 2 for k in kernel) if isinstance(kernel, tuple) else kernel // 2


def size_walks(threads):
    sizes = (*range(1, 11), 12, 13, 14, 15, 16, 17, 20, 24, 27, 28, 29, 31, 32, 33, 40, 47, 48, 49, 56, 64)
    for kernel, stride, c in ((1, 1, 64), (3, 1, 64), (3, 2, 64), (5, 1, 32), (7, 2, 16)):
        yield Walk("size", f"square image, {kernel} x {kernel}, stride {stride}, {c} channels", tuple(
            layer(f"{n} x {n}", c, c, (n, n), kernel, stride, half(kernel), threads=threads) for n in sizes))
    lengths = (1, 2, 3, 5, 8, 15, 16, 17, 31, 32, 33, 48, 64, 100, 127, 128, 129, 200, 256, 500, 512, 513, 1000, 1024,
               2000, 4000, 8000)
    for kernel, c in ((1, 64), (3, 64), (9, 32), (33, 16)):
        yield Walk("size", f"length, {kernel} taps, {c} channels", tuple(
            layer(n, c, c, (n,), kernel, 1, half(kernel), threads=threads) for n in lengths))


def narrow_walks(threads):
    """Images of some 3000 pixels whose rows, or columns, are short."""
    widths = (*range(1, 18), 20, 24, 31, 32, 33, 48, 56)
    for kernel, stride, c, k, groups in (
            ((1, 1), 1, 64, 64, 1), ((1, 1), 2, 64, 64, 1), ((3, 3), 1, 64, 64, 1), ((3, 3), 1, 16, 16, 1),
            ((3, 3), 1, 3, 32, 1), ((3, 3), 1, 32, 4, 1), ((3, 3), 2, 32, 32, 1), ((5, 5), 1, 32, 32, 1),
            ((5, 1), 1, 32, 32, 1), ((3, 3), 1, 64, 64, 64), ((3, 3), 1, 64, 64, 8)):
        for axis in ("width", "height"):
            turned = kernel if axis == "width" else kernel[::-1]
            name = f"{axis}, {turned[0]} x {turned[1]}, stride {stride}, {c} to {k} channels, {groups} groups"
            yield Walk("narrow", name, tuple(
                layer(w, c, k, (3136 // w, w) if axis == "width" else (w, 3136 // w), turned, stride, half(turned),
                      groups=groups, threads=threads) for w in widths))


def form_walks(threads):
    """The same one-dimensional work in three forms."""
    for length, c, k, taps, stride, dilation, groups in (
            (3000, 64, 64, 3, 1, 1, 1), (3000, 64, 64, 1, 1, 1, 1), (3000, 64, 64, 1, 2, 1, 1),
            (3000, 80, 128, 3, 2, 1, 1), (4000, 32, 32, 9, 1, 1, 1), (4000, 1, 16, 9, 1, 1, 1),
            (4000, 16, 1, 9, 1, 1, 1), (4000, 64, 64, 9, 1, 1, 64), (4000, 64, 64, 9, 2, 1, 64),
            (4000, 64, 64, 3, 1, 8, 1), (8000, 16, 16, 65, 1, 1, 1), (4000, 32, 32, 5, 3, 1, 4),
            (16000, 1, 32, 400, 160, 1, 1), (20, 256, 256, 3, 1, 1, 1), (4000, 64, 128, 31, 1, 1, 64)):
        pad = dilation * (taps - 1) // 2
        yield Walk("form", f"{length} long, {c} to {k} channels, {taps} taps, stride {stride}, dilation {dilation}, "
                   f"{groups} groups", (
                       layer("(C, L)", c, k, (length,), taps, stride, pad, dilation, groups, threads=threads),
                       layer("(C, 1, L)", c, k, (1, length), (1, taps), (1, stride), (0, pad), (1, dilation), groups,
                             threads=threads),
                       layer("(C, L, 1)", c, k, (length, 1), (taps, 1), (stride, 1), (pad, 0), (dilation, 1), groups,
                             threads=threads),
                       layer("(C, L, 1), stride", c, k, (length, 1), (taps, 1), stride, (pad, 0), dilation, groups,
                             threads=threads)), is_ring=True)


def turned_walks(threads):
    """Images and kernels, and the same turned."""
    for (rows, columns), c, kernel in (((56, 28), 32, (3, 1)), ((80, 20), 32, (7, 3)), ((200, 4), 32, (3, 3)),
                                       ((128, 2), 64, (5, 2))):
        yield Walk("turned", f"{rows} x {columns} and turned, {c} channels, {kernel[0]} x {kernel[1]}", (
            layer("upright", c, c, (rows, columns), kernel, 1, half(kernel), threads=threads),
            layer("turned", c, c, (columns, rows), kernel[::-1], 1, half(kernel[::-1]), threads=threads)), is_ring=True)


def kernel_walks(threads):
    for c in (1, 16, 48):
        yield Walk("kernel", f"square kernel on 28 x 28, {c} channels", tuple(
            layer(f"{n} x {n}", c, 32, (28, 28), n, 1, n // 2, threads=threads) for n in range(1, 14)))
    for name, turn in (("row", lambda n: (1, n)), ("column", lambda n: (n, 1))):
        yield Walk("kernel", f"one {name} on 40 x 40, 32 channels", tuple(
            layer(n, 32, 32, (40, 40), turn(n), 1, half(turn(n)), threads=threads) for n in range(1, 26)))
    for side, c in ((8, 64), (16, 32), (24, 16)):
        yield Walk("kernel", f"as large as its image, {side} x {side}, {c} channels", tuple(
            layer(f"{n} x {n}", c, c, (side, side), n, threads=threads) for n in range(max(1, side - 7), side + 1)))
    for c, k in ((1, 16), (16, 16), (64, 64), (16, 1)):
        taps = [*range(1, 20), 24, 31, 32, 33, 48, 63, 64, 65, 96, 127, 128, 129]
        yield Walk("kernel", f"taps of a row of 3000, {c} to {k} channels", tuple(
            layer(n, c, k, (3000,), n, 1, n // 2, threads=threads) for n in taps))
    for c in (1, 16):
        taps = [160, 192, 255, 256, 257, 320, 384, 447, 448, 449, 480, 511, 512, 513, 640, 767, 768, 769, 896, 1023,
                1024, 1025, 1100, 1280, 1535, 1536, 1537, 2047, 2048, 2049, 2560]
        yield Walk("kernel", f"taps of a row of 8000, {c} channels", tuple(
            layer(n, c, c, (8000,), n, threads=threads) for n in taps))


def depthwise_walks(threads):
    def make(label, size, kernel, **options):
        return layer(label, 64, 64, size, kernel, groups=64, threads=threads, **options)
    for n in (3, 5, 7):
        yield Walk("depthwise", f"stride of {n} x {n} on 56 x 56", tuple(
            make(s, (56, 56), n, stride=s, padding=n // 2) for s in range(1, 8)))
    for n in (3, 9, 15):
        yield Walk("depthwise", f"stride of {n} taps on 4000", tuple(
            make(s, (4000,), n, stride=s, padding=n // 2) for s in range(1, 9)))
    for s in (1, 2):
        yield Walk("depthwise", f"square kernel on 56 x 56, stride {s}", tuple(
            make(f"{n} x {n}", (56, 56), n, stride=s, padding=n // 2) for n in range(1, 16)))
        yield Walk("depthwise", f"taps on 4000, stride {s}", tuple(
            make(n, (4000,), n, stride=s, padding=n // 2) for n in (*range(1, 18), 31, 32, 33, 63, 64, 65, 128)))
    yield Walk("depthwise", "dilation of 3 x 3 on 56 x 56", tuple(
        make(d, (56, 56), 3, padding=d, dilation=d) for d in range(1, 10)))
    yield Walk("depthwise", "dilation of 5 taps on 4000", tuple(
        make(d, (4000,), 5, padding=2 * d, dilation=d) for d in (1, 2, 3, 4, 5, 8, 16, 32, 64, 65, 128)))
    sizes = (*range(3, 10), 12, 14, 15, 16, 17, 28, 31, 32, 33, 56, 64)
    yield Walk("depthwise", "size, 3 x 3", tuple(make(f"{n} x {n}", (n, n), 3, padding=1) for n in sizes))
    yield Walk("depthwise", "channels, 3 x 3 on 28 x 28", tuple(
        layer(c, c, c, (28, 28), 3, 1, 1, groups=c, threads=threads)
        for c in (8, 12, 15, 16, 17, 24, 32, 48, 64, 96, 128)))


def stride_walks(threads):
    for n, c in ((1, 64), (3, 32), (5, 32), (7, 16), (9, 3)):
        yield Walk("stride", f"{n} x {n} on 56 x 56, {c} channels", tuple(
            layer(s, c, 32, (56, 56), n, s, n // 2, threads=threads) for s in range(1, 10)))
    for n, c in ((3, 64), (9, 32), (33, 16), (400, 1)):
        yield Walk("stride", f"{n} taps on 8000, {c} channels", tuple(
            layer(s, c, 32, (8000,), n, s, n // 2, threads=threads) for s in (*range(1, 11), 16, 17)))
    yield Walk("stride", "of one axis, 3 x 3 on 56 x 56, 32 channels", tuple(
        layer(f"{a} x {b}", 32, 32, (56, 56), 3, (a, b), 1, threads=threads)
        for a, b in ((1, 1), (1, 2), (2, 2), (2, 1), (3, 1), (3, 2), (3, 3), (2, 3), (1, 3), (1, 4))))


def dilation_walks(threads):
    for n, c in ((3, 32), (5, 16)):
        yield Walk("dilation", f"{n} x {n} on 56 x 56, {c} channels", tuple(
            layer(d, c, 32, (56, 56), n, 1, d * (n // 2), d, threads=threads) for d in (*range(1, 9), 12)))
    dilations = (1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 80, 99, 100, 101, 127, 128, 129, 200, 256,
                 257)
    for n, c in ((3, 64), (15, 16), (15, 32), (31, 8)):
        yield Walk("dilation", f"{n} taps on 8000, {c} channels", tuple(
            layer(d, c, c, (8000,), n, 1, d * (n // 2), d, threads=threads) for d in dilations))
    yield Walk("dilation", "with stride 2, 3 taps on 8000, 32 channels", tuple(
        layer(d, 32, 32, (8000,), 3, 2, d, d, threads=threads) for d in (1, 2, 3, 4, 8, 16)))


def channel_walks(threads):
    counts = (*range(1, 10), 12, 13, 15, 16, 17, 20, 24, 31, 32, 33, 40, 47, 48, 49, 63, 64, 65, 96)
    for n in (1, 3, 5):
        for name, ins, outs in (("input channels", None, 32), ("output channels", 32, None), ("channels", None, None)):
            yield Walk("channels", f"{name}, {n} x {n} on 28 x 28", tuple(
                layer(c, ins or c, outs or c, (28, 28), n, 1, n // 2, threads=threads) for c in counts))
    for name, ins, outs in (("input channels", None, 32), ("output channels", 32, None)):
        yield Walk("channels", f"{name}, 9 taps on 3000", tuple(
            layer(c, ins or c, outs or c, (3000,), 9, 1, 4, threads=threads) for c in counts))
    yield Walk("channels", "of one pixel", tuple(
        layer(c, c, c, (1, 1), 1, threads=threads) for c in (16, 64, 100, 128, 255, 256, 257, 512, 1000, 1024)))


def group_walks(threads):
    for n, size in ((1, (28, 28)), (3, (28, 28)), (3, (7, 7)), (5, (2000,))):
        yield Walk("groups", f"of 96 channels, {n} taps an axis on {' x '.join(map(str, size))}", tuple(
            layer(g, 96, 96, size, n, 1, n // 2, groups=g, threads=threads)
            for g in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 96)))
    yield Walk("groups", "outputs of each of 32 channels, 3 x 3 on 28 x 28", tuple(
        layer(m, 32, 32 * m, (28, 28), 3, 1, 1, groups=32, threads=threads) for m in range(1, 10)))


def batch_walks(threads):
    batches = (1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17)
    for c, side, n in ((64, 14, 3), (128, 7, 1), (64, 7, 3), (256, 1, 1), (16, 28, 5)):
        yield Walk("batch", f"{n} x {n} on {side} x {side}, {c} channels", tuple(
            layer(b, c, c, (side, side), n, 1, n // 2, batch=b, threads=threads) for b in batches))
    yield Walk("batch", "65 taps on 1000, 16 channels", tuple(
        layer(b, 16, 16, (1000,), 65, 1, 32, batch=b, threads=threads) for b in batches))


def thread_walks(most):
    counts = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]
    for name, arguments, options in (
            ("3 x 3 on 56 x 56, 64 channels", (64, 64, (56, 56), 3), {"padding": 1}),
            ("1 x 1 on 28 x 28, 256 channels", (256, 256, (28, 28), 1), {}),
            ("3 x 3 on 7 x 7, 256 channels", (256, 256, (7, 7), 3), {"padding": 1}),
            ("3 x 3 on 112 x 112, stride 2, 32 channels", (32, 32, (112, 112), 3), {"padding": 1, "stride": 2}),
            ("5 x 5 of each channel on 112 x 112, 32 channels", (32, 32, (112, 112), 5), {"padding": 2, "groups": 32}),
            ("5 x 5 of each channel on 112 x 112, stride 3", (32, 32, (112, 112), 5), {"stride": 3, "groups": 32}),
            ("9 taps on 16000, 32 channels", (32, 32, (16000,), 9), {"padding": 4}),
            ("9 taps on 16000 x 1, 32 channels", (32, 32, (16000, 1), (9, 1)), {"padding": (4, 0)}),
            ("129 taps on 16000, 16 channels", (16, 16, (16000,), 129), {"padding": 64}),
            ("3 x 3 on 2000 x 3, 32 channels", (32, 32, (2000, 3), 3), {"padding": 1}),
            ("one pixel, 1024 channels", (1024, 1024, (1, 1), 1), {})):
        yield Walk("threads", name, tuple(
            layer(n, *arguments, threads=n, **options) for n in counts if n <= most))


KINDS = {"size": size_walks, "narrow": narrow_walks, "form": form_walks, "turned": turned_walks, "kernel": kernel_walks,
         "depthwise": depthwise_walks, "stride": stride_walks, "dilation": dilation_walks, "channels": channel_walks,
         "groups": group_walks, "batch": batch_walks}


def walks(kinds, threads, quick):
    """The walks of these kinds; of a quick run every third of each."""
    step = 3 if quick else 1
    made = [walk for kind in kinds if kind in KINDS for walk in list(KINDS[kind](threads))[::step]]
    if "threads" in kinds:
        most = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        made += list(thread_walks(most))[::step]
    return [walk for walk in made if len(walk.points) > 1]


# MARK: Measuring


class Server:
    """`convolve bench --serve`: a line for each line."""

    def __init__(self, tool, isa=None):
        self.isa = isa
        try:
            self.process = subprocess.Popen([str(tool), "bench", "--serve"], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, text=True)
        except OSError as error:
            raise CouldNotMeasure(f"{tool}: {error.strerror}; build it with 'swift build -c release'") from error
        # Of one core, in multiplications a second: a first guess.
        self.peak = 5e10

    def time(self, point, algorithm=None):
        """The least time of a burst."""
        expected = point.least(self.peak)
        repetitions = min(max(int(BURST / expected / 2), 5), 40)
        try:
            self.process.stdin.write(point.request(repetitions, self.isa, algorithm) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
        except (OSError, ValueError) as error:
            raise CouldNotMeasure(f"the tool answered nothing to {point}") from error
        if "error" in answer:
            raise CouldNotMeasure(f"{point}: {answer['error']}")
        self.peak = answer["gflops"] / answer["peak_fraction"] / answer["threads"] * 1e9 / 2
        return Timing(answer["min_ms"] * 1e-3, self.peak, answer["resolved"])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def measure_again(walk, timings, measure, limit):
    """The jumps of a walk that remain when each is measured in turns with its better neighbour."""
    jumps = []
    for index in range(len(walk.points)):
        other, ratio = better_neighbour(walk, timings, index)
        for round_number in range(UNEXPLAINED_ROUNDS):
            if ratio <= limit:
                break
            if round_number >= ROUNDS:
                if explanation(walk.kind, walk.points[index], timings[index], walk.points[other], timings[other]):
                    break
                time.sleep(PAUSE)
            for place in (index, other):
                timings[place] = timings[place].faster(measure(walk.points[place]))
            other, ratio = better_neighbour(walk, timings, index)
        if ratio > limit:
            jumps.append((index, other, ratio))
    return jumps


def rate(point, timing):
    """Of the direct convolution, in GFLOP/s."""
    return 2e-9 * point.multiplications / timing.seconds


def report(walk, timings, jump):
    """A line of the table, and whether the jump is explained."""
    index, other, ratio = jump
    point, neighbour = walk.points[index], walk.points[other]
    why = explanation(walk.kind, point, timings[index], neighbour, timings[other])
    cells = [f"{ratio:.1f}", f"{walk.kind}: {walk.name}"]
    for place in (index, other):
        cells.append(f"{walk.points[place].label}: {rate(walk.points[place], timings[place]):.3g} "
                     f"{timings[place].algorithm}")
    return "| " + " | ".join([*cells, why or "**not explained**"]) + " |", why is not None


def run(selected, measure, limit, seconds, log, verbose=False):
    """Walks, and returns the lines of the table and how many of the jumps nothing explains."""
    deadline = time.monotonic() + seconds
    lines, unexplained = [], 0
    for number, walk in enumerate(selected):
        if time.monotonic() > deadline:
            raise CouldNotMeasure(f"{number} of {len(selected)} walks took {seconds:.0f} s; see --minutes")
        log(f"{number + 1} of {len(selected)}: {walk.kind}: {walk.name}")
        timings = [measure(point) for point in walk.points]
        jumps = measure_again(walk, timings, measure, limit)
        if verbose:
            for point, timing in zip(walk.points, timings):
                log(f"    {point.label:>12} {timing.seconds * 1e3:10.4f} ms {rate(point, timing):8.1f} GFLOP/s "
                    f"{excess(point, timing):6.2f} {timing.algorithm}")
        for jump in jumps:
            line, is_explained = report(walk, timings, jump)
            lines.append(line)
            unexplained += not is_explained
    return lines, unexplained


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", type=pathlib.Path, default=TOOL, help="the program (default: the release build)")
    parser.add_argument("--quick", action="store_true", help="every third walk")
    parser.add_argument("--only", choices=[*KINDS, "threads"], action="append",
                        help="walks of this kind; may be repeated")
    parser.add_argument("--name", default="", help="walks whose names contain this text")
    parser.add_argument("--threads", type=int, default=1, help="of all walks but those over threads")
    parser.add_argument("--isa", help="avx2, scalar: the instruction set (default: the best)")
    parser.add_argument("--limit", type=float, default=1.5, help="how many times as slow is a jump")
    parser.add_argument("--minutes", type=float, default=10, help="give up after so many")
    parser.add_argument("--verbose", action="store_true", help="every time, on standard error")
    arguments = parser.parse_args()
    selected = [walk for walk in walks(arguments.only or [*KINDS, "threads"], arguments.threads, arguments.quick)
                if arguments.name in walk.name]
    if not selected:
        parser.error("no walk is of these kinds and has such a name")
    begin = time.monotonic()
    try:
        server = Server(arguments.tool, arguments.isa)
        lines, unexplained = run(selected, server.time, arguments.limit, arguments.minutes * 60,
                                 lambda text: print(text, file=sys.stderr), arguments.verbose)
        server.close()
    except CouldNotMeasure as error:
        print(f"error: could not measure: {error}", file=sys.stderr)
        return 2
    layers = sum(len(walk.points) for walk in selected)
    if lines:
        print("| times as slow | walk | layer, GFLOP/s | better neighbour | why |\n|---:|---|---|---|---|")
        print("\n".join(lines))
    print(f"{layers} layers in {len(selected)} walks, {time.monotonic() - begin:.0f} s: {len(lines)} over "
          f"{arguments.limit} times the better neighbour, {unexplained} of them not explained")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
