#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Convolves the .npy files of a folder on the workers of Ray: one plan per worker and shape of input.

    python convolution_ray.py INPUTS OUTPUTS --weight w.npy --padding 1 --workers 8

Inputs and outputs are folders that all workers see, or URIs of object stores that pyarrow knows, such as
s3://bucket/folder. An output has its input's name. What is done is noted in a manifest in the folder of the outputs, in
the form that `convolve run-batch` writes and reads too: the same command once more does what is left. Each result is a
line of JSON on standard output. An input that cannot be computed is reported and does not stop the others.

A worker that dies is started anew by Ray, and what it had in hand is done again: outputs are written as a whole, and
their bytes do not depend on how many workers there are, nor on the threads of each.

Exit code 0 if all are done or were, 1 if one failed.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.fs

import swift_convolution as sc

OPERATIONS = [f"{name}{rank}d" for name in ("conv", "conv_transpose") for rank in (1, 2, 3)]
LAYOUTS = {"nchw": "channelsFirst", "nhwc": "channelsLast"}


# MARK: Files


@dataclass(frozen=True)
class Folder:
    """A folder of a file system or an object store."""

    uri: str

    @property
    def place(self) -> tuple[Any, str]:
        return pyarrow.fs.FileSystem.from_uri(self.uri if "://" in self.uri else Path(self.uri).absolute().as_uri())

    @property
    def is_local(self) -> bool:
        return self.place[0].type_name == "local"

    def path(self, name: str) -> str:
        return f"{self.place[1]}/{name}"

    def overlaps(self, other: Folder) -> bool:
        """Whether one lies in the other: outputs would be taken for inputs, and written over them."""
        (system, one), (other_system, two) = self.place, other.place
        if self.is_local:
            one, two = os.path.realpath(one), os.path.realpath(two)
        one, two = one.rstrip("/") + "/", two.rstrip("/") + "/"
        return bool(system.equals(other_system)) and (one.startswith(two) or two.startswith(one))

    def files(self, ending: str) -> dict[str, Any]:
        """The files of that ending by their paths from the folder, in the order of their bytes."""
        system, root = self.place
        selector = pyarrow.fs.FileSelector(root, recursive=True, allow_not_found=True)
        found = {
            info.path[len(root) :].lstrip("/"): info
            for info in system.get_file_info(selector)
            if info.type == pyarrow.fs.FileType.File and info.path.endswith(ending)
        }
        return dict(sorted(found.items(), key=lambda item: os.fsencode(item[0])))

    def read(self, name: str) -> bytes:
        system, root = self.place
        with system.open_input_stream(f"{root}/{name}") as stream:
            return bytes(stream.read())

    def write(self, name: str, data: bytes) -> None:
        """Replaces a file as a whole. An object of a store has no other way."""
        system, root = self.place
        path = f"{root}/{name}"
        if not self.is_local:
            with system.open_output_stream(path) as stream:
                stream.write(data)
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        temporary = f"{os.path.dirname(path)}/.convolution-{uuid.uuid4().hex}"
        try:
            with open(temporary, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise


# MARK: What is computed


@dataclass(frozen=True)
class Settings:
    """What each output depends on beside its input."""

    weight: str
    bias: str | None
    op: str | None
    stride: list[int]
    padding: list[int] | list[list[int]] | str
    dilation: list[int]
    groups: int
    output_padding: list[int]
    output_size: list[int] | None
    layout: str
    algorithm: str
    precision: str
    isa: str
    inputs: Folder = field(default=Folder("."))
    outputs: Folder = field(default=Folder("."))
    threads: int = 1

    def tensors(self) -> tuple[Any, Any]:
        return load(Path(self.weight).read_bytes()), None if self.bias is None else load(Path(self.bias).read_bytes())

    def fingerprint(self) -> str:
        """The hash of a text that `convolve run-batch` writes in the same way."""
        weight, bias = self.tensors()
        rank = weight.ndim - 2

        def every(values: Any) -> str:
            return ",".join(str(value) for value in (list(values) * rank if len(values) == 1 else values))

        if isinstance(self.padding, str):
            padding = self.padding
        else:
            pads: Any = list(self.padding) * rank if len(self.padding) == 1 else self.padding
            padding = ",".join(f"{pad[0]},{pad[1]}" if isinstance(pad, list) else f"{pad},{pad}" for pad in pads)
        lines = {
            "version": sc.library_version(),
            "op": self.op or f"conv{rank}d",
            "weight": tensor_hash(weight),
            "bias": "none" if bias is None else tensor_hash(bias),
            "stride": every(self.stride),
            "padding": padding,
            "dilation": every(self.dilation),
            "groups": self.groups,
            "output_padding": every(self.output_padding),
            "output_size": "none" if self.output_size is None else every(self.output_size),
            "padding_mode": "zeros",
            "layout": self.layout,
            "algorithm": self.algorithm,
            "precision": self.precision,
            "isa": self.isa,
            "tuning": "estimated",
        }
        return sha256("".join(f"{name} {value}\n" for name, value in lines.items()).encode())


def load(data: bytes) -> sc._plan.Array:
    """The array of a .npy file as float32, with nothing lost but digits of float64."""
    # NumPy would take the file for a pickle, and advise to load it as one.
    if not data.startswith(np.lib.format.MAGIC_PREFIX):
        raise ValueError("it does not begin as a .npy file does")
    array = np.load(io.BytesIO(data), allow_pickle=False)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"elements of type {array.dtype} are no numbers that can be convolved")
    converted: sc._plan.Array = np.ascontiguousarray(array, dtype=np.float32).reshape(array.shape)
    if array.dtype.kind in "iu" and not np.array_equal(converted.astype(np.longdouble), array):
        raise ValueError("an integer is no float32")
    return converted


def sha256(data: Any) -> str:
    return hashlib.sha256(data).hexdigest()


def tensor_hash(array: Any) -> str:
    shape = ",".join(str(extent) for extent in array.shape)
    return sha256(f"{shape}\n".encode() + array.astype("<f4").tobytes())


class Worker:
    """What one actor keeps: the weight, and a plan for each shape of input."""

    _most_plans = 32

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.weight, self.bias = settings.tensors()
        self.plans: dict[tuple[int, ...], sc.Plan] = {}

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        rows = [dict(zip(batch, values, strict=True)) for values in zip(*batch.values(), strict=True)]
        return {"answer": np.array([json.dumps(self.answer(row)) for row in rows], dtype=object)}

    def answer(self, row: dict[str, Any]) -> dict[str, Any]:
        name, start = str(row["name"]), time.time()
        answer: dict[str, Any] = {"input": name, "output": name, "pid": os.getpid(), "start": start}
        try:
            answer |= self.skipped(name, row) or self.done(name)
        except Exception as error:
            code = getattr(error, "code", None) or ("unreadable" if isinstance(error, OSError) else "malformed")
            answer |= {"status": "failed", "error": f"{name}: {error}", "code": code, "exit_code": 65}
        return answer | {"end": time.time()}

    def skipped(self, name: str, row: dict[str, Any]) -> dict[str, Any] | None:
        """The answer of an output that is as the manifest says."""
        if not row["sha256"]:
            return None
        try:
            data = self.settings.outputs.read(name)
        except OSError:
            return None
        same = len(data) == row["bytes"] and sha256(data) == row["sha256"]
        return {"status": "skipped", "bytes": len(data), "sha256": str(row["sha256"])} if same else None

    def done(self, name: str) -> dict[str, Any]:
        array = load(self.settings.inputs.read(name))
        plan = self.plan(array.shape)
        start = time.perf_counter()
        result = plan(array)
        milliseconds = (time.perf_counter() - start) * 1000
        file = io.BytesIO()
        np.save(file, result)
        data = file.getvalue()
        self.settings.outputs.write(name, data)
        return {
            "status": "done",
            "shape": result.shape,
            "bytes": len(data),
            "sha256": sha256(data),
            "milliseconds": round(milliseconds, 3),
            "algorithm": plan.algorithm,
            "isa": plan.instruction_set,
        }

    def plan(self, shape: tuple[int, ...]) -> sc.Plan:
        if shape not in self.plans:
            if len(self.plans) >= self._most_plans:
                self.plans.clear()
            plan = self._made(shape, self.settings.algorithm, 1)
            # The choice for one thread, on however many it is run: the bits are then the same for all workers.
            if self.settings.threads > 1:
                plan = self._made(shape, plan.algorithm, self.settings.threads)
            self.plans[shape] = plan
        return self.plans[shape]

    def _made(self, shape: tuple[int, ...], algorithm: str, threads: int) -> sc.Plan:
        settings = self.settings
        has_output_padding = settings.output_padding != [0]
        return sc.Plan(
            shape,
            self.weight,
            self.bias,
            settings.stride,
            settings.padding,
            settings.dilation,
            settings.groups,
            operation=settings.op,
            output_padding=settings.output_padding if has_output_padding else None,
            output_size=settings.output_size,
            layout=LAYOUTS[settings.layout],
            algorithm=algorithm,
            precision=settings.precision,
            instruction_set=settings.isa,
            threads=threads,
        )


# MARK: What is done


class Manifest:
    """What is done, a line of JSON for each output. Written by the driver alone, as results come in."""

    def __init__(self, outputs: Folder) -> None:
        self.outputs = outputs
        self.entries: dict[str, dict[str, Any]] = {}
        for name in outputs.files(".jsonl"):
            if not name.startswith("manifest"):
                continue
            for line in outputs.read(name).splitlines():
                try:
                    entry = json.loads(line)
                    self.entries[entry["output"]] = entry
                except (ValueError, KeyError, TypeError):
                    # Half a line, of somebody who died.
                    continue
        self._name = f"manifest-ray-{time.strftime('%Y%m%dT%H%M%S')}-{uuid.uuid4().hex[:8]}"
        self._pending: list[str] = []
        self._parts = 0
        self._written = time.monotonic()

    def expected(self, name: str, info: Any, job: str) -> tuple[int, str]:
        """The size and the hash of an output that is done; 0 and nothing if none is."""
        entry = self.entries.get(name, {})
        state = (entry.get("input"), entry.get("input_bytes"), entry.get("input_modified"), entry.get("job"))
        if state != (name, info.size, info.mtime_ns, job):
            return 0, ""
        return entry["output_bytes"], entry["sha256"]

    def note(self, answer: dict[str, Any], info: Any, job: str) -> None:
        entry = {
            "input": answer["input"],
            "input_bytes": info.size,
            "input_modified": info.mtime_ns,
            "output": answer["output"],
            "output_bytes": answer["bytes"],
            "sha256": answer["sha256"],
            "job": job,
        }
        self._pending.append(json.dumps(entry, sort_keys=True))
        # Objects of a store cannot grow: there a part is written now and then.
        if self.outputs.is_local or len(self._pending) >= 1000 or time.monotonic() - self._written > 10:
            self.flush()

    def flush(self) -> None:
        if not self._pending:
            return
        text = "".join(f"{line}\n" for line in self._pending).encode()
        if self.outputs.is_local:
            os.makedirs(self.outputs.place[1], exist_ok=True)
            with open(self.outputs.path(f"{self._name}.jsonl"), "ab") as file:
                file.write(text)
        else:
            self.outputs.write(f"{self._name}-{self._parts}.jsonl", text)
            self._parts += 1
        self._pending.clear()
        self._written = time.monotonic()


def answers(settings: Settings, rows: list[dict[str, Any]], workers: int, batch: int) -> Iterator[dict[str, Any]]:
    """The answers of the workers, as they come."""
    import ray

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    blocks = -(-len(rows) // batch)
    dataset = ray.data.from_items(rows, override_num_blocks=max(1, blocks)).map_batches(
        Worker,
        fn_constructor_args=(settings,),
        batch_size=batch,
        batch_format="numpy",
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=settings.threads,
        # A worker that is killed is started again, and its block computed again.
        max_restarts=-1,
        max_task_retries=-1,
    )
    for row in dataset.iter_rows():
        yield json.loads(row["answer"])


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)
    # Ray says on standard output what it thinks of its workers, where nothing but answers belong.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    import ray

    ray.init(address=options.address, num_cpus=options.cpus, include_dashboard=False, logging_level="ERROR")
    cores = int(ray.cluster_resources().get("CPU", 1))
    threads = options.threads or max(1, cores // options.workers)
    settings = Settings(
        weight=os.path.abspath(options.weight),
        bias=options.bias and os.path.abspath(options.bias),
        op=options.op,
        stride=options.stride,
        padding=options.padding if options.pads is None else options.pads,
        dilation=options.dilation,
        groups=options.groups,
        output_padding=options.output_padding,
        output_size=options.output_size,
        layout=options.layout,
        algorithm=options.algorithm,
        precision=options.precision,
        isa=options.isa,
        inputs=Folder(options.inputs),
        outputs=Folder(options.outputs),
        threads=threads,
    )
    job, manifest = settings.fingerprint(), Manifest(settings.outputs)
    inputs = settings.inputs.files(".npy")
    rows = []
    for name, info in inputs.items():
        size, digest = manifest.expected(name, info, job)
        rows.append({"name": name, "bytes": size, "sha256": digest})
    counts = {"done": 0, "skipped": 0, "failed": 0}
    first, last = float("inf"), 0.0
    start = time.time()
    for answer in answers(settings, rows, options.workers, options.batch_size) if rows else ():
        counts[answer["status"]] += 1
        first, last = min(first, answer.pop("start")), max(last, answer.pop("end"))
        if answer["status"] == "done":
            manifest.note(answer, inputs[answer["input"]], job)
        print(json.dumps(answer, sort_keys=True), file=out, flush=True)
    manifest.flush()
    summary = counts | {
        "workers": options.workers,
        "threads": threads,
        "seconds": round(max(0.0, last - first), 3),
        "seconds_with_start": round(time.time() - start, 3),
    }
    print(json.dumps(summary), file=sys.stderr)
    ray.shutdown()
    return 1 if counts["failed"] else 0


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    def integers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    def padding(text: str) -> list[int] | str:
        return text if text in ("same", "valid") else integers(text)

    def pairs(text: str) -> list[list[int]]:
        values = integers(text)
        if len(values) % 2:
            raise ValueError(text)
        return [values[place : place + 2] for place in range(0, len(values), 2)]

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", help="the folder of the .npy files")
    parser.add_argument("outputs", help="the folder of the results")
    parser.add_argument("--weight", required=True, help="(K, C / groups, *kernel), a .npy file that all workers see")
    parser.add_argument("--bias", help="(K)")
    parser.add_argument("--op", choices=OPERATIONS, help="default: the convolution that the weight's axes are of")
    parser.add_argument("--stride", type=integers, default=[1], metavar="N[,N...]")
    parser.add_argument("--padding", type=padding, default=[0], metavar="N[,N...]|same|valid")
    parser.add_argument("--pads", type=pairs, metavar="BEFORE,AFTER,...", help="instead of --padding, for each axis")
    parser.add_argument("--dilation", type=integers, default=[1], metavar="N[,N...]")
    parser.add_argument("--groups", type=int, default=1)
    parser.add_argument("--output-padding", type=integers, default=[0], metavar="N[,N...]", help="of a transposed one")
    parser.add_argument("--output-size", type=integers, metavar="N,...", help="of a transposed one, instead")
    parser.add_argument("--layout", choices=list(LAYOUTS), default="nchw")
    parser.add_argument("--algorithm", default="auto")
    parser.add_argument("--precision", choices=["strict", "standard", "fast"], default="standard")
    parser.add_argument("--isa", default="auto", help="name one where processors differ: the bits depend on it")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, help="of each worker (default: the cluster's cores / workers)")
    parser.add_argument("--batch-size", type=int, default=16, help="inputs that are handed out, and lost, together")
    parser.add_argument("--address", help="of a Ray cluster, 'auto' on one of its nodes (default: this machine)")
    parser.add_argument("--cpus", type=int, help="that Ray may use of this machine")
    options = parser.parse_args(arguments)
    for name in ("workers", "batch_size"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    if Folder(options.inputs).overlaps(Folder(options.outputs)):
        parser.error(f"{options.inputs} and {options.outputs} lie in one another: outputs would be taken for inputs")
    return options


if __name__ == "__main__":
    sys.exit(main())
