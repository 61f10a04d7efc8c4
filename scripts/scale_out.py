#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows on one machine what docs/scale-out.md promises of many: `convolve run-batch` and python/convolution_ray.py give
the same bytes with one worker and with two, lose nothing when a worker is killed, report a corrupt input, and do
nothing twice.

    scripts/scale_out.py CONVOLVE [--inputs N] [--channels N] [--size N] [--without-ray]

Runs in a Python that has ray[data] and swift_convolution. Prints how well two workers use two cores; nothing depends on
that, as a machine may be busy.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

RAY = Path(__file__).resolve().parent.parent / "python" / "convolution_ray.py"

GEOMETRY = ["--padding", "7", "--stride", "2"]


def fail(message: str) -> None:
    sys.exit(f"error: {message}")


def make_inputs(folder: Path, count: int, channels: int, size: int) -> None:
    random = np.random.default_rng(1)
    (folder / "in" / "deeper").mkdir(parents=True)
    for index in range(count):
        name = f"deeper/x{index:04}.npy" if index % 4 == 0 else f"x{index:04}.npy"
        np.save(folder / "in" / name, random.standard_normal((1, channels, size, size), dtype=np.float32))
    # Much to compute for what is read and written: the disk is one, however many workers there are.
    np.save(folder / "w.npy", random.standard_normal((channels, channels, 15, 15), dtype=np.float32))
    whole = (folder / "in" / "x0001.npy").read_bytes()
    (folder / "in" / "corrupt.npy").write_bytes(whole[: len(whole) // 2])


def outputs(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.npy"))}


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".convolution-*")]


class Process:
    """A worker, whose answers are read as they come."""

    def __init__(self, command: list[str]) -> None:
        self.start = time.time()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.answers: list[dict[str, Any]] = []
        # Where something is wrong, nobody goes on.
        atexit.register(self.process.kill)

    def read(self, until: int | None = None) -> None:
        """Reads answers, all or as many as said."""
        assert self.process.stdout is not None
        while until is None or len(self.answers) < until:
            line = self.process.stdout.readline()
            if not line:
                return
            self.answers.append(json.loads(line))

    def end(self) -> dict[str, int]:
        """Waits for the end. Returns how many answers there are of each status."""
        self.read()
        expected = 1 if any(answer["status"] == "failed" for answer in self.answers) else 0
        assert self.process.stderr is not None
        self.error = self.process.stderr.read()
        status = self.process.wait()
        self.seconds = time.time() - self.start
        if status != expected:
            fail(f"exit code {status} instead of {expected}: {self.error}")
        return counted(self.answers)


def counted(answers: list[dict[str, Any]]) -> dict[str, int]:
    statuses = [answer["status"] for answer in answers]
    return {status: statuses.count(status) for status in sorted(set(statuses))}


def require(got: Any, expected: Any, what: str) -> None:
    if got != expected:
        fail(f"{what}: {got} instead of {expected}")


def show_run_batch(convolve: str, folder: Path, count: int) -> dict[str, bytes]:
    def started(out: str, *more: str) -> Process:
        return Process(
            [convolve, "run-batch", "--input-folder", str(folder / "in"), "--output-folder", str(folder / out)]
            + ["--weight", str(folder / "w.npy"), *GEOMETRY, "--threads", "1", *more]
        )

    alone = started("alone")
    require(alone.end(), {"done": count, "failed": 1}, "run-batch, 1 worker")
    reference = outputs(folder / "alone")
    require(len(reference), count, "outputs")
    two = [started("two", "--shard", f"{number}/2") for number in (1, 2)]
    total = [worker.end() for worker in two]
    require(sum(each.get("done", 0) for each in total), count, "run-batch, 2 workers")
    require(outputs(folder / "two") == reference, True, "the bytes of 2 workers are those of 1")
    efficiency = alone.seconds / (2 * max(worker.seconds for worker in two))
    print(f"run-batch: {alone.seconds:.2f} s with 1 worker, efficiency {efficiency:.2f} with 2")

    killed = started("killed", "--shard", "1/2")
    killed.read(until=max(1, count // 8))
    killed.process.send_signal(signal.SIGKILL)
    killed.read()
    killed.process.wait()
    again = started("killed", "--shard", "1/2")
    skipped = again.end()
    # The line of the output that it was at may be lost, and that output is computed again.
    if skipped.get("skipped", 0) < len([a for a in killed.answers if a["status"] == "done"]) - 1:
        fail(f"a killed worker's outputs are lost: {skipped} after {counted(killed.answers)}")
    require(leftovers(folder / "killed"), [], "halves of files")
    rest = started("killed", "--shard", "2/2")
    rest.end()
    require(outputs(folder / "killed") == reference, True, "the bytes after a worker was killed")
    print(f"run-batch: killed after {len(killed.answers)} answers; of its shard {skipped} when started again")
    return reference


def show_ray(folder: Path, count: int, reference: dict[str, bytes]) -> None:
    def started(out: str, workers: int) -> Process:
        return Process(
            [sys.executable, str(RAY), str(folder / "in"), str(folder / out), "--weight", str(folder / "w.npy")]
            + [*GEOMETRY, "--workers", str(workers), "--threads", "1", "--batch-size", "4", "--cpus", "2"]
        )

    seconds = []
    for workers in (1, 2):
        run = started(f"ray{workers}", workers)
        require(run.end(), {"done": count, "failed": 1}, f"Ray, {workers} workers")
        require(outputs(folder / f"ray{workers}") == reference, True, f"the bytes of {workers} workers of Ray")
        seconds.append(json.loads(run.error.splitlines()[-1])["seconds"])
    print(f"Ray: {seconds[0]:.2f} s with 1 worker, efficiency {seconds[0] / (2 * seconds[1]):.2f} with 2")

    run = started("ray-killed", 2)
    run.read(until=count // 2)
    victim = run.answers[-1]["pid"]
    os.kill(victim, signal.SIGKILL)
    require(run.end(), {"done": count, "failed": 1}, "Ray with a killed worker")
    require(outputs(folder / "ray-killed") == reference, True, "the bytes after a worker of Ray was killed")
    workers = {answer["pid"] for answer in run.answers}
    print(f"Ray: a worker killed after {count // 2} answers; all {count} outputs are there, of {len(workers)} workers")

    run = started("ray-killed", 2)
    require(run.end(), {"failed": 1, "skipped": count}, "Ray a second time")
    failed = [answer for answer in run.answers if answer["status"] == "failed"]
    require([answer["input"] for answer in failed], ["corrupt.npy"], "the corrupt input")
    print(f"Ray: nothing is done twice; reported: {failed[0]['error']}")

    (folder / "link").symlink_to(folder / "in")
    for out in ("in", "in/deeper", "link/new", "."):
        require(started(out, 1).process.wait(), 2, f"Ray with the outputs in '{out}' among the inputs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("convolve", help="the program")
    parser.add_argument("--inputs", type=int, default=32)
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--without-ray", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        make_inputs(folder, options.inputs, options.channels, options.size)
        reference = show_run_batch(options.convolve, folder, options.inputs)
        if not options.without_ray:
            show_ray(folder, options.inputs, reference)


if __name__ == "__main__":
    main()
