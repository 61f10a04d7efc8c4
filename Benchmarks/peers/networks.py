#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times whole networks: those of the examples, in turns with ONNX Runtime, OpenVINO and PyTorch on the same weights and
inputs, each answer checked first, with the memory that each process takes.

`make peers-networks` runs it in the environment that run.py makes. It writes networks.json, in which rows of networks
that are not measured this time stay, and networks.md."""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import machine
import network_models
import network_report
import rows_file
from arguments import chosen, thread_counts
from conductor import HERE, Server, ServerError
from network_server import LIBRARIES, extra_inputs
from statistic import OURS, rotated, summarise, verdict

ROOT = HERE.parent.parent
PROGRAM = ROOT / ".build/release/networks"
TITLES = {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "pytorch": "PyTorch"}
# A burst is about as long as this, in runs with an untimed one before each.
BURST_MS = 40


def parse(arguments):
    parser = argparse.ArgumentParser(prog="make peers-networks ARGS=...", description=__doc__.split("\n\n")[0])
    parser.add_argument("--networks", default=",".join(network_models.NAMES), metavar="LIST",
                        help=f"of {','.join(network_models.NAMES)} (default: all)")
    parser.add_argument("--threads", default="1,2", metavar="LIST", help="numbers of threads (default: 1,2)")
    parser.add_argument("--libraries", default=",".join(LIBRARIES), metavar="LIST", help="the others (default: all)")
    parser.add_argument("--seconds", type=float, default=30, help="for a network and a number of threads (default: 30)")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/peers-networks", metavar="DIR")
    parser.add_argument("--models", type=Path, default=ROOT / ".build/peers-networks", metavar="DIR",
                        help="where weights and models are kept")
    parser.add_argument("--table-only", action="store_true", help="write the table of the rows in the output folder again")
    options = parser.parse_args(arguments)
    options.networks = chosen(parser, options.networks, network_models.NAMES, "network")
    options.libraries = chosen(parser, options.libraries, LIBRARIES, "library")
    options.threads = thread_counts(parser, options.threads)
    return options


@dataclass
class Way:
    """One library's way of running one network, in a process of its own."""

    server: Server
    request: dict
    row: dict
    loaded: int  # kB that the process had before the network
    bursts: list = field(default_factory=list)
    least: list = field(default_factory=list)


def memory(process, key):
    """kB: VmRSS, now, or VmHWM, at most so far; None where /proc does not tell."""
    for line in machine.read(f"/proc/{process.pid}/status").splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    return None


def start(network, threads, library, variant, log):
    """The way, its answer still to be checked; None with the reason in the log if the library is not there."""
    request = {"network": network.name, "weights": str(network.weights), "onnx": str(network.onnx),
               "input": str(network.input), "extra": network.extra, "shape": list(network.shape), "threads": threads, "variant": variant,
               "repetitions": 1}
    row = {"network": network.name, "threads": threads, "library": TITLES.get(library, library), "variant": variant}
    if library == OURS:
        server = Server(OURS, [PROGRAM])
        # A request that is refused: the process is there, and has no network yet.
        server.ask({**request, "network": ""})
    else:
        server = Server(library, [sys.executable, HERE / "network_server.py", library])
        reply = server.ask({"describe": True})
        if "error" in reply:
            log(f"{library} skipped: {reply['error']}")
            server.close()
            return None
        row["version"] = reply["version"]
    return Way(server, request, row, memory(server.process, "VmRSS") or 0)


def burst(way, repetitions, **more):
    reply = way.server.ask({**way.request, "repetitions": repetitions, **more})
    way.server.settle()
    if "error" in reply:
        raise ServerError(reply["error"])
    return reply


def expected_answer(network):
    """ONNX Runtime's answer without optimisations of the graph: none of the ways that are timed."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(network.onnx), options, providers=["CPUExecutionProvider"])
    source = np.fromfile(network.input, np.float32).reshape(network.shape)
    request = {"extra": network.extra}
    return session.run(None, {session.get_inputs()[0].name: source, **dict(extra_inputs(request))})[0].ravel()


def check(way, expected, folder, log):
    """Whether the way answers, and as it should; its row says so."""
    answer = Path(folder) / "answer.f32"
    answer.unlink(missing_ok=True)
    try:
        burst(way, 1, answer=str(answer))
        result = np.fromfile(answer, np.float32)
        error = float(np.abs(result - expected).max() / np.abs(expected).max()) if result.shape == expected.shape else None
        way.row["status"], reason = verdict(error)
        way.row["error"] = error
    except (ServerError, OSError) as failure:
        way.row["status"], reason = "skipped", str(failure)
    if reason:
        way.row["reason"] = reason
        log(f"{way.row['network']}: {way.row['library']} {way.row['variant']} {way.row['status']}: {reason}")
    return way.row["status"] == "timed"


def measure(network, threads, libraries, seconds, folder, log):
    """The rows of one network: each library in each of its ways, in turns."""
    ways = []
    for library in [OURS, *libraries]:
        for variant in ["auto"] if library == OURS else LIBRARIES[library][2]:
            way = start(network, threads, library, variant, log)
            if way:
                ways.append(way)
    try:
        expected = expected_answer(network)
        ready = [way for way in ways if check(way, expected, folder, log)]
        repetitions = {}
        for way in ready:
            milliseconds = burst(way, 1)["median_ms"]
            repetitions[id(way)] = min(max(round(BURST_MS / milliseconds / 2), 2), 50)
        end = time.perf_counter() + seconds
        number = 0
        while number < 3 or time.perf_counter() < end:
            for way in rotated(ready, number):
                reply = burst(way, repetitions[id(way)])
                way.bursts.append(reply["median_ms"])
                way.least.append(reply["min_ms"])
            number += 1
        for way in ready:
            way.row.update(summarise(way.bursts))
            way.row["min_ms"] = min(way.least)
            peak = memory(way.server.process, "VmHWM")
            if peak is not None:
                way.row.update(peak_mb=peak / 1024, network_mb=(peak - way.loaded) / 1024)
    finally:
        for way in ways:
            way.server.close()
    return [way.row for way in ways]


def main():
    options = parse(sys.argv[1:])
    path = options.output / "networks.json"
    result = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"machine": {}, "rows": []}
    log = lambda text: print(text, file=sys.stderr, flush=True)
    if not options.table_only:
        options.models.mkdir(parents=True, exist_ok=True)
        watch = machine.Watch()
        with tempfile.TemporaryDirectory() as folder:
            for name in options.networks:
                network = network_models.make(name, options.models)
                for threads in options.threads:
                    log(f"{name}, {threads} threads")
                    rows = measure(network, threads, options.libraries, options.seconds, folder, log)
                    kept = [row for row in result["rows"] if (row["network"], row["threads"]) != (name, threads)]
                    result["rows"] = kept + rows
        versions = {row["library"]: row["version"] for row in result["rows"] if "version" in row}
        result["machine"] = {**machine.describe(ROOT, versions), **watch.stop()}
        options.output.mkdir(parents=True, exist_ok=True)
        result["rows"].sort(key=lambda row: (network_models.NAMES.index(row["network"]), row["threads"]))
        rows_file.write(path, result)
    (options.output / "table.md").write_text(network_report.report(result), encoding="utf-8")
    print(network_report.summary(result))


if __name__ == "__main__":
    main()
