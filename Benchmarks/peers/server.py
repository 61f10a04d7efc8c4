# SPDX-License-Identifier: Apache-2.0
"""Times one library on request, with the line protocol of `convolve bench --serve`: `server.py LIBRARY` reads a JSON
layer row a line (plus output_size, algorithm, threads, repetitions, data, answer) and answers a JSON row a line.

`data` is a folder with input.f32 and weight.f32. If `answer` names a file, the output goes there in NCHW order, for the
caller to check. The row {"describe": true} asks for the library's version.

One process serves one library, so that no library finds another's threads, allocator or flags in its way."""

import gc
import importlib
import json
import math
import os
import statistics
import sys
from itertools import repeat
from pathlib import Path
from time import perf_counter

import numpy as np

from layers import Layer

# As `convolve bench` does: short runs are timed together, in blocks no shorter than this.
SHORTEST_BLOCK = 50e-6
# The other libraries have had the caches and the clock since: run for as long before the first block.
WARM_UP = 4e-3
# A run as long as this warms the caches itself.
LONG_RUN = 0.2


class Unsupported(Exception):
    """The library cannot run this layer, or this network, in this way; the message is the reason."""


def seconds_of(run, count):
    start = perf_counter()
    for _ in repeat(None, count):
        run()
    return (perf_counter() - start) / count


def measure(run, repetitions, known=None):
    """The times of `repetitions` blocks of runs, each preceded by an untimed run, in seconds for one run."""
    end = perf_counter() + WARM_UP
    if known is None or known < LONG_RUN:
        run()
        while perf_counter() < end:
            run()
    seconds = known or seconds_of(run, 1)
    count = max(1, math.ceil(SHORTEST_BLOCK / max(seconds, 1e-9)))
    times = []
    for _ in range(repetitions):
        if seconds < LONG_RUN:
            run()
        times.append(seconds_of(run, count))
    return times


def least_call(library, threads):
    """Seconds of the library's shortest call, a convolution of one number: what the way in costs by itself."""
    layer = Layer("least", "conv2d", 1, 1, (1, 1), 1, (1, 1), (1, 1), (0, 0), (1, 1), 1, (0, 0))
    ones = np.ones((1, 1, 1, 1), np.float32)
    prepared = library.prepare(layer, ones, ones, library.VARIANTS[0], threads)
    prepared.before()
    return min(measure(prepared.run, 20))


class Server:
    def __init__(self, library):
        self.library = library
        self.key = None
        self.layer = None
        self.prepared = {}
        self.least = {}

    def answer(self, request):
        if request.get("describe"):
            return {"library": self.library.NAME, "version": self.library.version(), "variants": self.library.VARIANTS}
        layer = Layer.from_row(request)
        variant, threads = request["algorithm"], request["threads"]
        if (layer, request["data"]) != self.key:
            self.prepared = {}
            self.key = layer, request["data"]
            gc.collect()
        if (variant, threads) not in self.prepared:
            folder = Path(request["data"])
            source = np.fromfile(folder / "input.f32", np.float32).reshape(layer.input_shape)
            weight = np.fromfile(folder / "weight.f32", np.float32).reshape(layer.weight_shape)
            if threads not in self.least:
                self.least[threads] = least_call(self.library, threads)
            prepared = self.library.prepare(layer, source, weight, variant, threads)
            self.prepared[variant, threads] = [prepared, None]
        prepared, known = self.prepared[variant, threads]
        prepared.before()
        gc.disable()
        times = measure(prepared.run, request.get("repetitions", 10), known)
        gc.enable()
        if request.get("answer"):
            # The last of many runs: a library that writes over its input is found out.
            np.ascontiguousarray(prepared.output(), np.float32).tofile(request["answer"])
        self.prepared[variant, threads][1] = statistics.median(times)
        return {"layer": layer.name, "algorithm": variant, "threads": threads, "repetitions": len(times),
                "min_ms": min(times) * 1e3, "median_ms": statistics.median(times) * 1e3,
                "least_call_ms": self.least[threads] * 1e3}


def serve(server):
    """Answers a line of JSON with a line of JSON, until standard input ends."""
    # What libraries print on standard output must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            reply = server.answer(json.loads(line))
        except Exception as error:  # a caller that reads a line for each line stays in step
            kind = "" if isinstance(error, Unsupported) else f"{type(error).__name__}: "
            reply = {"error": (kind + str(error)).strip().split("\n")[0][:300]}
        answers.write(json.dumps(reply) + "\n")


if __name__ == "__main__":
    # A library module that imports from here must find this very module, its exception included.
    sys.modules["server"] = sys.modules[__name__]
    serve(Server(importlib.import_module(f"libraries.{sys.argv[1]}")))
