#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts how often `convolve check` is right: an unchanged build must pass, a build with a slowed kernel must be caught.

Builds a copy of HEAD three times, as it is and with extra dependent multiply-adds in the step of the GEMM's kernel, and
runs each cell of the tally so many times. A slowed run counts as caught if it ends with 1 and names the slowed layers and
no others. The verdicts so far are kept in the folder and counted on, so that a long tally can be taken in parts.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
KERNEL = "CKernels/tiles/pixel_tile.h"
STEP = "add_products(sum, x, weights, rows, vectors);"
# A step of the AVX-512 tile is 24 multiply-adds; these are 2.25 and 4.5 more, on average over the steps.
EXTRA = {"slow10": "2 + ((k & 3) == 0)", "slow20": "4 + (k & 1)"}
# A layer of the GEMM; a filter that takes others with it tests that they are not named.
FILTER = "resnet50.s3.1x1"
SLOWED = "gemm"
CELLS = {
    "against, unchanged": ("plain", "--against", 0.10),
    "against, slower by 10%": ("slow10", "--against", 0.10),
    "baseline, unchanged": ("plain", "--baseline", 0.20),
    "baseline, slower by 20%": ("slow20", "--baseline", 0.20),
}


def build(folder):
    """The plain build and the slowed ones, from one copy of HEAD."""
    tree = folder / "tree"
    tree.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", tree], input=archive.stdout, check=True)
    text = (tree / KERNEL).read_text()
    if text.count(STEP) != 1:
        sys.exit(f"error: {KERNEL} has no single '{STEP}' to slow down")
    for name, extra in {"plain": None, **EXTRA}.items():
        slowed = STEP + (f"\nfor (int r = 0; r < rows; r++) if (r < {extra}) "
                         "sum[r][0] = vec_fma(x[0], vec_zero(), sum[r][0]);")
        (tree / KERNEL).write_text(text.replace(STEP, slowed) if extra else text)
        subprocess.run(["swift", "build", "-c", "release", "--product", "convolve"], cwd=tree, check=True)
        shutil.copy(tree / ".build/release/convolve", folder / name)


def run_cell(folder, name, layers):
    """One run: its exit code, the layers that it calls slower, and whether that is right."""
    head, mode, tolerance = CELLS[name]
    reference = folder / ("plain" if mode == "--against" else "baseline.json")
    command = [folder / "plain", "check", mode, reference, "--head", folder / head, "--tolerance", str(tolerance),
               "--filter", layers, "--format", "json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    rows = json.loads(done.stdout)["rows"] if done.stdout else []
    slower = [row["layer"] for row in rows if row["verdict"] == "slower"]
    meant = [row["layer"] for row in rows if row.get("head_algorithm") == SLOWED]
    is_right = done.returncode == 0 if head == "plain" else done.returncode == 1 and slower == meant
    changes = {row["layer"]: row["change"]["median"] for row in rows if row.get("change")}
    return {"cell": name, "exit": done.returncode, "right": is_right, "slower": slower, "changes": changes,
            "launches": max((row["launches"] for row in rows), default=0), "error": done.stderr.strip()}


def table(runs):
    """The tally as Markdown."""
    lines = ["| runs | exit 0 | exit 1 | exit 2 | right | change of the GEMM, median (least, most) |",
             "|---|---:|---:|---:|---:|---|"]
    for name in CELLS:
        cell = [run for run in runs if run["cell"] == name]
        exits = [sum(run["exit"] == code for run in cell) for code in (0, 1, 2)]
        changes = sorted(change for run in cell for layer, change in run["changes"].items() if layer.endswith("1x1"))
        spread = f"{changes[len(changes) // 2]:+.1%} ({changes[0]:+.1%}, {changes[-1]:+.1%})" if changes else ""
        right = sum(run["right"] for run in cell)
        lines.append(f"| {name} | {exits[0]} | {exits[1]} | {exits[2]} | {right} of {len(cell)} | {spread} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / ".build/tallies", help="builds and verdicts")
    parser.add_argument("--filter", default=FILTER, help="the layers (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=20, help="runs of each cell, those of earlier calls included")
    parser.add_argument("--at-once", type=int, default=10**6, help="the most runs of this call")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    if not (folder / "slow20").exists():
        shutil.rmtree(folder, ignore_errors=True)
        build(folder)
    if not (folder / "baseline.json").exists():
        subprocess.run([folder / "plain", "check", "--baseline", folder / "baseline.json", "--update",
                        "--filter", arguments.filter, "--tolerance", "0.2"], check=True)
    record = folder / "verdicts.json"
    runs = json.loads(record.read_text()) if record.exists() else []
    left = arguments.at_once
    # The cells in turns: an hour's weather meets all alike.
    for number in range(arguments.runs):
        for name in CELLS:
            if left > 0 and sum(run["cell"] == name for run in runs) <= number:
                runs.append(run_cell(folder, name, arguments.filter))
                left -= 1
                with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
                    json.dump(runs, file, indent=1)
                os.replace(file.name, record)
    print(table(runs))
    for run in runs:
        if not run["right"]:
            print(f"{run['cell']}: exit {run['exit']}: {run['error']}")


if __name__ == "__main__":
    main()
