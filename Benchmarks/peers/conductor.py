# SPDX-License-Identifier: Apache-2.0
"""Makes the libraries take turns: one process for each, a burst at a time, idle before the next one begins."""

import json
import os
import selectors
import shutil
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import layers as layer_tables
from statistic import AUTO, OURS, burst_repetitions, rotated, rounds_for, summarise, verdict

HERE = Path(__file__).resolve().parent
OUR_ALGORITHMS = [
    "im2col", "direct", "gemm", "depthwise", "winograd2", "winograd3", "winograd4",
    "winograd4x2", "winograd6", "winograd7x4", "fft"]

# Each library waits as it does by itself, but not for longer than a few milliseconds after a burst (LLVM's OpenMP waits
# 200 by default); numpy's own threads have no part in any of this.
ENVIRONMENT = {"KMP_BLOCKTIME": "5", "OPENBLAS_NUM_THREADS": "1"}


class ServerError(Exception):
    """A server ended or did not answer in time; the message says which."""


class Server:
    """A process that answers a line of JSON with a line of JSON. It is started when it is asked for the first time, and
    again if it has ended."""

    def __init__(self, name, command, timeout=180.0):
        self.name, self.command, self.timeout = name, [str(part) for part in command], timeout
        self.process = None

    def ask(self, request):
        if self.process is None:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                cwd=HERE, env={**os.environ, **ENVIRONMENT})
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            with selectors.DefaultSelector() as selector:
                selector.register(self.process.stdout, selectors.EVENT_READ)
                if not selector.select(self.timeout):
                    self.close(kill=True)
                    raise ServerError(f"no answer within {self.timeout:.0f} s")
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            status = self.process.wait()
            self.close()
            ending = signal.Signals(-status).name if status < 0 else f"exit code {status}"
            raise ServerError(f"the library ended its process ({ending})")
        return json.loads(line)

    def busy_seconds(self):
        """Processor time of all threads so far; None where /proc does not tell."""
        try:
            threads = Path(f"/proc/{self.process.pid}/task").iterdir()
            return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) * 1e-9
        except (OSError, AttributeError, IndexError, ValueError):
            return None

    def settle(self, limit=0.5, step=0.001):
        """Waits until the process has gone to sleep, so that no waiting worker takes a core from the next library.
        False if it is still busy after `limit` seconds."""
        end = time.perf_counter() + limit
        before = self.busy_seconds()
        while before is not None:
            time.sleep(step)
            after = self.busy_seconds()
            if after is None or after - before < 0.05 * step:
                return True
            if time.perf_counter() > end:
                return False
            before = after
        return True

    def close(self, kill=False):
        process, self.process = self.process, None
        if process is None:
            return
        if kill:
            process.kill()
        process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@dataclass
class Library:
    name: str
    version: str
    server: Server
    layouts: dict  # variant: "nchw" or "own"


@dataclass
class Way:
    """One way of running one layer."""

    library: Library
    variant: str
    row: dict
    repetitions: int = 0
    seconds: float = 0.0


class OurChecker:
    """Checks our own answer on the very data that the others get: `convolve bench --serve` has data of its own."""

    def __init__(self, program):
        self.program = program

    def error(self, layer, folder, algorithm, threads, expected):
        output = folder / "ours.npy"
        command = [self.program, "run", "--op", layer.op, "--input", folder / "input.npy", "--weight",
                   folder / "weight.npy", "--output", output, "--algorithm", algorithm, "--threads", threads,
                   "--groups", layer.groups]
        options = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}
        if layer.is_transposed:
            options["output-padding"] = layer.output_padding
        for option, extents in options.items():
            command += [f"--{option}", ",".join(map(str, extents))]
        result = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise ServerError(result.stderr.strip().split("\n")[-1])
        return layer_tables.error_of(np.load(output), expected)


class Conductor:
    def __init__(self, libraries, checker, folder, log):
        self.libraries, self.checker, self.folder, self.log = libraries, checker, Path(folder), log
        self.probes = []  # of the peak of fused multiply-adds, GFLOP/s a thread
        self.said = set()
        self.restless = {}  # library: how often it was still busy half a second after a burst

    def measure(self, layer, threads, expected, seconds, repetitions, all_ours):
        """The rows of one layer: each library in each of its ways, in turns."""
        started = time.perf_counter()
        first_probe = len(self.probes)
        ways = [Way(library, variant, {
            "layer": layer.name, "threads": threads, "library": library.name, "variant": variant,
            "layout": library.layouts[variant]}) for library in self.libraries for variant in library.layouts
            if library.name != OURS or variant == AUTO or all_ours]
        ready = [way for way in ways if self.prepare(way, layer, threads, expected)]
        round_seconds = sum(way.seconds for way in ready)
        # What remains after the preparation, which includes a first burst.
        left = seconds - (time.perf_counter() - started)
        rounds = rounds_for(left, round_seconds, repetitions)
        bursts = {id(way): [] for way in ready}
        least = {id(way): [] for way in ready}
        for number in range(rounds):
            for way in rotated(ready, number * max(1, len(ready) // max(1, rounds))):
                if way.row["status"] != "timed":
                    continue
                try:
                    reply = self.burst(way, layer, threads, way.repetitions)
                except ServerError as error:
                    way.row.update(status="skipped", reason=str(error))
                    self.say(way, f"skipped: {error}")
                    continue
                bursts[id(way)].append(reply["median_ms"])
                least[id(way)].append(reply["min_ms"])
        probes = self.probes[first_probe:]
        peak = statistics.median(probes) if probes else None
        for way in ready:
            if way.row["status"] != "timed":
                continue
            way.row.update(summarise(bursts[id(way)]))
            way.row["min_ms"] = min(least[id(way)])
            way.row["gflops"] = layer.flops / way.row["ms"] * 1e-6
            way.row["peak_share"] = way.row["gflops"] / (peak * threads) if peak else None
        return [way.row for way in ways if way.row["status"] != "skipped" or way.variant == AUTO or
                way.library.name != OURS]

    def burst(self, way, layer, threads, repetitions, **more):
        # With the output's size, so that the shapes of operations are known in one place.
        request = {**layer.row(), "output_size": layer.output_size, "algorithm": way.variant, "threads": threads,
                   "repetitions": repetitions, "data": str(self.folder), **more}
        server = way.library.server
        reply = server.ask(request)
        if not server.settle():
            self.restless[way.library.name] = self.restless.get(way.library.name, 0) + 1
        if "error" in reply:
            raise ServerError(reply["error"])
        if way.library.name == OURS:
            self.probes.append(reply["gflops"] / (reply["peak_fraction"] * threads))
        return reply

    def prepare(self, way, layer, threads, expected):
        """Whether the way works and gives the right answer; the row says so, or why not."""
        answer = self.folder / "answer.f32"
        answer.unlink(missing_ok=True)
        row, is_ours = way.row, way.library.name == OURS
        try:
            reply = self.burst(way, layer, threads, 1, **({} if is_ours else {"answer": str(answer)}))
            if is_ours:
                error = self.checker.error(layer, self.folder, way.variant, threads, expected)
                error = max(error, reply["max_error"]) if reply["max_error"] is not None else None
            else:
                error = layer_tables.error_of(np.fromfile(answer, np.float32), expected)
            way.repetitions = burst_repetitions(reply["median_ms"])
            started = time.perf_counter()
            self.burst(way, layer, threads, way.repetitions)
            way.seconds = time.perf_counter() - started
        except (ServerError, OSError) as reason:
            row.update(status="skipped", reason=str(reason))
            # Not every algorithm of ours is for every layer; that one of another library is not is worth knowing.
            if not is_ours or way.variant == AUTO:
                self.say(way, f"skipped: {reason}")
            return False
        status, reason = verdict(error)
        row.update(status=status, error=error)
        for key in ("resolved", "isa", "least_call_ms"):
            if reply.get(key) is not None:
                row[key] = reply[key]
        if reason:
            row["reason"] = reason
            self.say(way, f"does not count: {reason}")
        return status == "timed"

    def say(self, way, text):
        """Reports once what is the same for all numbers of threads."""
        line = f"{way.row['layer']}: {way.row['library']} {way.variant} {text}"
        if line not in self.said:
            self.said.add(line)
            self.log(line)

    def write_data(self, layer):
        """Writes the layer's data for the servers; returns the answer in double precision."""
        source, weight = layer_tables.make_data(layer)
        source.tofile(self.folder / "input.f32")
        weight.tofile(self.folder / "weight.f32")
        np.save(self.folder / "input.npy", source)
        np.save(self.folder / "weight.npy", weight)
        return layer_tables.reference(layer, source, weight)

    def close(self):
        for library in self.libraries:
            library.server.close()


def our_library(program):
    """Our own library; it must be there."""
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    layouts = {AUTO: "nchw", **{algorithm: "nchw" for algorithm in OUR_ALGORITHMS}}
    return Library(OURS, version, Server(OURS, [program, "bench", "--serve"]), layouts)


def start_library(name, layouts, command):
    """The library, with its version; raises ServerError with the reason if it is not there."""
    if not shutil.which(str(command[0])):
        raise ServerError("its server has not been built (libdnnl-dev is missing?)")
    server = Server(name, command)
    reply = server.ask({"describe": True})
    if "error" in reply:
        server.close()
        raise ServerError(reply["error"])
    return Library(name, reply["version"], server, layouts)


def python_server(module):
    return [sys.executable, HERE / "server.py", module]
