#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures all algorithms on the layers of `convolve bench --network mixed`, and the choice of the library on those of
`--network family`, and writes the tables of BENCHMARKS.md. With --network, measures only one of the two. With --rows FILE
..., takes the rows of earlier runs of it instead of measuring. Of a row in several runs, takes the quieter."""

import argparse
import json
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Benchmarks/peers"))
from report import replace_block, short  # noqa: E402
from statistic import geometric_mean  # noqa: E402

ALGORITHMS = "im2col,direct,gemm,depthwise,winograd2,winograd3,winograd4,winograd4x2,winograd6,winograd7x4,fft"
MEASURE = [
    "bench", "--network", "mixed", "--algorithms", ALGORITHMS, "--isa", "avx512,avx2", "--threads", "1,2",
    "--repetitions", "11", "--format", "json",
]
CALLS = [
    "bench", "--network", "mixed", "--algorithms", "auto", "--isa", "avx512", "--threads", "1", "--repetitions", "11",
    "--calls", "all", "--format", "json",
]
FAMILY = [
    "bench", "--network", "family", "--algorithms", "auto", "--isa", "avx512,avx2", "--threads", "1,2",
    "--repetitions", "11", "--format", "json",
]
# On a virtual machine the host takes a processor away for seconds: a row that met it in one run is good in the other.
RUNS = 2


def measure(network):
    """The files of the rows, of whole runs one after the other."""
    subprocess.run(["swift", "build", "-c", "release", "--product", "convolve"], cwd=ROOT, check=True)
    commands = [FAMILY] * 3 * RUNS if network == "family" else [MEASURE] * RUNS + [CALLS]
    paths = [ROOT / f".build/benchmarks-{network}-{run}.json" for run in range(len(commands))]
    for path, command in zip(paths, commands):
        subprocess.run([ROOT / ".build/release/convolve", *command, "--output", path], cwd=ROOT, check=True)
    return paths


class Rows:
    def __init__(self, rows):
        self.layers = list(dict.fromkeys(r["layer"] for r in rows))
        rows = sorted(rows, key=lambda r: -r["median_ms"])  # the last of a row's runs, the quieter, stays
        self.rows = {(r["layer"], r["isa"], r["threads"], r["resolved"]): r for r in rows}
        self.calls = {r["layer"]: r for r in rows if r.get("functional_ms")}
        self.chosen = {(r["layer"], r["isa"], r["threads"]): r for r in rows if r["automatic_choice"]}

    def of(self, layer, isa, threads, algorithm):
        return self.rows.get((layer, isa, threads, algorithm))

    def best(self, layer, isa, threads, *algorithms):
        rows = [self.of(layer, isa, threads, a) for a in algorithms]
        return min((r for r in rows if r), key=lambda r: r["median_ms"], default=None)


def percent(row):
    return f"{row['peak_fraction'] * 100:.0f}%"


def table(header, lines):
    return "\n".join(["| " + " | ".join(header) + " |", "|" + "---|" * len(header)] +
                     ["| " + " | ".join(line) + " |" for line in lines])


def ratio(row, mark):
    """Speed over a mark, both as multiples of the peak measured beside them."""
    return row["peak_fraction"] / mark["peak"]


def layer_table(rows, marks, isa, threads):
    lines, ratios = [], []
    for layer in rows.layers:
        row, mark = rows.chosen[layer, isa, threads], marks[layer][str(threads)]["any"]
        line = [layer, row["resolved"], short(row["median_ms"]), short(row["gflops"]), percent(row),
                f"{row['max_error']:.1e}", mark["library"], short(mark["ms"])]
        if mark["peak"] >= 0.02:  # shares of smaller layers were rounded away
            ratios.append(ratio(row, mark))
            line.append(f"{ratios[-1]:.2f}")
        else:
            line.append(f"{mark['ms'] / row['median_ms']:.2f}*")
        lines.append(line)
    header = ["layer", "chosen", "ms", "GFLOP/s", "of peak", "max error", "mark", "ms", "ratio"]
    return table(header, lines), geometric_mean(ratios)


def family_table(rows, marks, isa, threads, layers):
    """Transposed layers, or layers along three axes, against the best in any layout and in the plain one; and the means of the ratios."""
    lines, ratios = [], {"any": [], "nchw": []}
    for layer in layers:
        row, layer_marks = rows.chosen[layer, isa, threads], marks[layer][str(threads)]
        line = [layer, row["resolved"], short(row["median_ms"]), percent(row), f"{row['max_error']:.1e}"]
        for layout, found in ratios.items():
            mark = layer_marks[layout]
            found.append(ratio(row, mark))
            line += [mark["library"], short(mark["ms"]), f"{found[-1]:.2f}"]
        lines.append(line)
    header = ["layer", "chosen", "ms", "of peak", "max error", "any layout", "ms", "ratio", "plain", "ms", "ratio"]
    return table(header, lines), *map(geometric_mean, ratios.values())


def dense_table(rows):
    lines = []
    for layer in rows.layers:
        is_one = re.match(r"resnet50\.s\d\.1x1", layer)
        is_three = re.match(r"(resnet50\.s\d\.3x3|vgg16\.[2-5]_|vgg16\.1_2)", layer) and not re.search("s2$|b8", layer)
        if not (is_one or is_three):
            continue
        line = [layer]
        for isa in ("avx512", "avx2"):
            line += [percent(rows.best(layer, isa, 1, "gemm", "direct")), percent(rows.of(layer, isa, 1, "direct"))]
        winograd, direct = rows.of(layer, "avx512", 1, "winograd4"), rows.of(layer, "avx512", 1, "direct")
        gemm = rows.of(layer, "avx512", 1, "gemm")
        line += [f"{direct['median_ms'] / winograd['median_ms']:.2f}", f"{winograd['max_error'] / gemm['max_error']:.1f}"] \
            if winograd else ["", ""]
        lines.append(line)
    return table(["layer", "best of gemm, direct: AVX-512", "direct", "best: AVX2", "direct", "winograd4 over direct",
                  "its error over gemm's"], lines)


def thread_table(rows):
    lines = []
    for layer in rows.layers:
        one, two = rows.chosen[layer, "avx512", 1], rows.chosen[layer, "avx512", 2]
        lines.append([layer, one["resolved"], short(one["median_ms"]), two["resolved"], short(two["median_ms"]),
                      f"{one['median_ms'] / two['median_ms']:.2f}"])
    return table(["layer", "1 thread", "ms", "2 threads", "ms", "speed-up"], lines)


def call_table(rows):
    lines = [[layer, rows.calls[layer]["resolved"]] +
             [short(rows.calls[layer][key]) for key in ("median_ms", "plan_ms", "first_run_ms", "functional_ms")]
             for layer in rows.layers if layer in rows.calls]
    return table(["layer", "chosen", "prepared run, ms", "making the plan, ms", "its first run, ms",
                  "functional call, ms"], lines)


def instruction_sets(rows):
    """How much longer AVX2 takes than AVX-512, over all layers."""
    one, two = (
        geometric_mean([rows.chosen[layer, "avx2", threads]["median_ms"] / rows.chosen[layer, "avx512", threads]["median_ms"]
                        for layer in rows.layers]) for threads in (1, 2))
    return f"AVX2 takes {one:.2f} times as long as AVX-512 on one thread, {two:.2f} times on two, by geometric mean."


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()


def machine(rows):
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    row = rows.chosen[rows.layers[1], "avx512", 1]
    peak = row["gflops"] / row["peak_fraction"]
    return (f"Machine: {processor()} (Zen 4), virtual machine of 2 cores; peak of fused multiply-adds {peak:.1f} GFLOP/s a "
            f"core, measured in the same run; {swift}; executor `dispatch`.\n")


SETTINGS = [(isa, threads, f"### {name}, {threads} thread{'s' if threads > 1 else ''}\n\n")
            for isa, name in (("avx512", "AVX-512"), ("avx2", "AVX2")) for threads in (1, 2)]


def write_mixed(rows, marks):
    tables = []
    for isa, threads, title in SETTINGS:
        text, mean = layer_table(rows, marks, isa, threads)
        tables.append(f"{title}Geometric mean of the ratios: {mean:.2f}.\n\n{text}\n")
    replace_block(ROOT / "BENCHMARKS.md", "\n".join([
        machine(rows), "## Dense layers: share of peak, and what Winograd gains\n", dense_table(rows), "",
        "## Two threads\n", "AVX-512.\n", thread_table(rows), "", "## Calls\n",
        "AVX-512, one thread: a run of a prepared plan; choosing the algorithm and packing the weights; the first run of a "
        "plan;\nand `conv1d` or `conv2d` with weights that are not packed.\n", call_table(rows), "", "## Every layer against its mark\n",
        instruction_sets(rows) + "\n", *tables]).strip())


def write_family(rows, marks):
    family = json.loads((ROOT / "Sources/convolve/Resources/layers/family.json").read_text())
    tables = []
    for title, is_transposed in (("Transposed", True), ("Along three axes", False)):
        layers = [r["name"] for r in family if r["op"].startswith("conv_transpose") == is_transposed]
        for isa, threads, heading in SETTINGS:
            text, anywhere, plain = family_table(rows, marks, isa, threads, layers)
            heading = heading.replace("### ", f"### {title}, ")
            tables.append(f"{heading}Geometric means of the ratios: {anywhere:.2f} against the best in any layout, "
                          f"{plain:.2f} against the best with plain tensors in and out.\n\n{text}\n")
    replace_block(ROOT / "BENCHMARKS.md", "\n".join([machine(rows), *tables]).strip(), "measured family")


WRITERS = {"mixed": write_mixed, "family": write_family}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", choices=WRITERS, help="measure this table of layers only")
    parser.add_argument("--rows", type=Path, nargs="+", help="what earlier runs of the network printed as JSON")
    arguments = parser.parse_args()
    if arguments.rows and not arguments.network:
        parser.error("--rows needs the --network that they are of")
    marks = json.loads((ROOT / "Benchmarks/peers/marks.json").read_text())
    for network in [arguments.network] if arguments.network else WRITERS:
        paths = arguments.rows or measure(network)
        WRITERS[network](Rows([row for path in paths for row in json.loads(path.read_text())["rows"]]), marks)


if __name__ == "__main__":
    sys.exit(main())
