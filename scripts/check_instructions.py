#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the instructions of one run of each AVX2 kernel under callgrind, and compares them with the committed baseline.

Instructions are not time, but their number is the same whatever else the machine does, so a change of 2% is one of the
code. Exit code 0: none grew by more; 1: one did, or has no baseline; 2: could not measure, as without valgrind, or with
another compiler than the baseline's.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASELINE = ROOT / "Benchmarks/instructions/baseline.json"
TOLERANCE = 0.02


class CouldNotMeasure(Exception):
    """Says why there is no verdict."""


def run(command, **options):
    """The standard output of a command."""
    try:
        done = subprocess.run(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, timeout=900, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CouldNotMeasure(str(error)) from error
    if done.returncode != 0:
        raise CouldNotMeasure(f"{command[0]} failed ({done.returncode}):\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def compiler():
    """The version of the Swift compiler, whose package has the C compiler too."""
    version = re.search(r"Swift version [^\n]*\(([^)\s]+)", run(["swift", "--version"]))
    if not version:
        raise CouldNotMeasure("swift --version does not name a version")
    return version.group(1)


def parse_dump(text):
    """The name and the count of a file that callgrind wrote at the end of a region; None for its other files."""
    name = re.search(r"^desc: Trigger: Client Request: (.+)$", text, re.MULTILINE)
    count = re.search(r"^totals: (\d+)", text, re.MULTILINE)
    return (name.group(1), int(count.group(1))) if name and count else None


def count():
    """The kernel and the instructions of each case."""
    if not shutil.which("valgrind"):
        raise CouldNotMeasure("valgrind is not installed (Debian and Ubuntu: apt-get install valgrind)")
    # Built where the suites are, so that one build serves both.
    build = ["swift", "build", "--package-path", ROOT / "Benchmarks", "-c", "release", "--product", "CountInstructions"]
    run(build)
    program = pathlib.Path(run(build + ["--show-bin-path"]).strip()) / "CountInstructions"
    with tempfile.TemporaryDirectory() as folder:
        # Without debug information, which older valgrinds cannot read.
        stripped = pathlib.Path(folder) / "CountInstructions"
        run(["strip", "-g", "-o", stripped, program])
        output = run(
            ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/counts", stripped])
        dumps = [parse_dump(file.read_text()) for file in pathlib.Path(folder).glob("counts.*")]
    counts = dict(dump for dump in dumps if dump)
    kernels = dict(line.split() for line in output.splitlines())
    if not counts or counts.keys() != kernels.keys():
        raise CouldNotMeasure(f"callgrind counted {sorted(counts)} of the cases {sorted(kernels)}")
    return {name: {"kernel": kernel, "instructions": counts[name]} for name, kernel in kernels.items()}


def compare(baseline, measured):
    """What to print, the errors, and whether there are improvements."""
    lines, errors, falls = [], [], False
    for name in sorted(baseline.keys() | measured.keys()):
        if name not in baseline or name not in measured:
            where = "the baseline" if name in measured else "the program"
            errors.append(f"{name} is not a case of {where}: run with --update")
            continue
        before, after = baseline[name]["instructions"], measured[name]["instructions"]
        change = after / before - 1
        beyond = abs(after - before) > TOLERANCE * before
        kernel = measured[name]["kernel"]
        lines.append(f"{kernel:<40} {before:>12,} {after:>12,} {change:+8.2%}")
        if beyond and change > 0:
            errors.append(f"{kernel} takes {change:.1%} more instructions; if that is meant, say why and --update")
        falls |= beyond and change < 0
    return lines, errors, falls


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="write the baseline instead of comparing")
    arguments = parser.parse_args()
    try:
        version = compiler()
        baseline = None
        if not arguments.update:
            baseline = json.loads(BASELINE.read_text())
            if baseline["compiler"] != version:
                raise CouldNotMeasure(
                    f"the baseline is of {baseline['compiler']} and this compiler is {version}, which may choose other"
                    " instructions")
        measured = count()
    except CouldNotMeasure as error:
        print(f"error: could not measure: {error}", file=sys.stderr)
        return 2
    if arguments.update:
        BASELINE.write_text(json.dumps({"compiler": version, "cases": measured}, indent=2) + "\n")
        print(f"wrote the counts of {len(measured)} kernels")
        return 0
    lines, errors, falls = compare(baseline["cases"], measured)
    print(f"{'kernel':<40} {'baseline':>12} {'now':>12}")
    print("\n".join(lines))
    if falls:
        print(f"improvement: some kernels take over {TOLERANCE:.0%} fewer instructions: commit the counts (--update)")
    sys.stdout.flush()
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
