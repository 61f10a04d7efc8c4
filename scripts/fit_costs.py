#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fits the cost model's rates to times measured on this processor, and prints them as Swift has them.

    scripts/fit_costs.py measure            # times the layers, into scripts/fit_costs.csv
    scripts/fit_costs.py fit                # fits the rates to the rows that are there

`measure` times layers of many shapes, each by every algorithm that applies to it, on one thread, by `convolve bench
--serve` of a release build; the layers are those of the table `mixed` and every so many of those that scripts/cliffs.py
walks over. `fit` builds a copy of HEAD whose tables of rates can be given by an environment variable, asks it for its
estimates (`convolve info`), and for what becomes of them as each rate grows by a hundredth: the model itself, and no
second one in Python. The rates are the least squares of the relative errors, a little drawn to those that there are, so
that a rate that no row tells anything of stays as it is. A new processor is a new table.

Exit code 0: done; 1: the fit is no better than what there is; 2: could not measure.
"""

import argparse
import concurrent.futures
import csv
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from math import exp, log

import cliffs

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROWS = ROOT / "scripts/fit_costs.csv"
TABLES = ROOT / "Sources/convolve/Resources/layers"
# What the model estimates.
ALGORITHMS = ("direct", "gemm", "depthwise", "winograd2", "winograd3", "winograd4", "winograd4x2", "winograd6",
              "winograd7x4", "fft")
SETS = ("scalar", "avx2", "avx512")
# The structs of rates, in the order in which they are printed.
STRUCTS = ("Rates", "FFTRates")
VARIABLE = "CONVOLVE_RATES"
# Layers of the walks: every so many of them, and of these, and of the table, those that take at least and at most so
# long: the answers are compared with those of the definition, which takes long.
EVERY, SECONDS = 13, (2e-6, 1e-3)
# Multiplications a second, about.
PEAK = 5e10
# How strongly a rate is drawn to what it was: becoming e times as large counts as so great an error of every row, over
# the number of rates.
DRAW = 0.3
# A row whose estimate is off by more than this counts as if it were by so much.
MOST_ERROR = 1.0
FIELDS = ("name", "n", "c", "size", "k", "kernel", "stride", "padding", "dilation", "groups", "isa", "algorithm",
          "microseconds")


@dataclasses.dataclass(frozen=True)
class Row:
    """A layer, how it was computed, and how long that took."""
    point: cliffs.Point
    isa: str
    algorithm: str
    microseconds: float


def layer_of(point):
    """The layer as `convolve bench --layers` reads it."""
    row = json.loads(point.request(1, None))
    return {name: value for name, value in row.items() if name not in ("threads", "repetitions")}


# MARK: Rows


def write_rows(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FIELDS)
        for row in rows:
            layer = layer_of(row.point)
            cells = ("x".join(map(str, value)) if isinstance(value, list) else value
                     for value in (layer[name] for name in FIELDS[:10]))
            writer.writerow([*cells, row.isa, row.algorithm, f"{row.microseconds:.4g}"])


def read_rows(path):
    def each(text):
        return tuple(int(number) for number in text.split("x"))
    rows = []
    with open(path, newline="", encoding="utf-8") as file:
        for cells in csv.DictReader(file):
            point = cliffs.Point(cells["name"], int(cells["n"]), int(cells["c"]), each(cells["size"]), int(cells["k"]),
                                 each(cells["kernel"]), each(cells["stride"]), each(cells["padding"]),
                                 each(cells["dilation"]), int(cells["groups"]), 1)
            rows.append(Row(point, cells["isa"], cells["algorithm"], float(cells["microseconds"])))
    return rows


# MARK: Measuring


def mixed_layers():
    """The layers of the table `mixed` that are padded alike at both ends and do not take long."""
    for row in json.loads((TABLES / "layers.json").read_text()):
        padding = row["padding"]
        if isinstance(padding, str) or len(padding) != row["rank"]:
            continue
        point = cliffs.Point(row["name"], row["n"], row["c"], tuple(row["size"]), row["k"], tuple(row["kernel"]),
                             tuple(row["stride"]), tuple(padding), tuple(row["dilation"]), row["groups"], 1)
        if SECONDS[0] < point.least(PEAK) < SECONDS[1]:
            yield point


def walked_layers():
    """Every so many of the layers that the walks go over, of a time that can be measured."""
    points = {dataclasses.replace(point, label=""): f"{walk.kind} {point.label}"
              for walk in cliffs.walks([*cliffs.KINDS], 1, False) for point in walk.points}
    some = [dataclasses.replace(point, label=label) for point, label in points.items()][::EVERY]
    return [point for point in some if SECONDS[0] < point.least(PEAK) < SECONDS[1]]


def measure(server, points, isa, log):
    """Each layer by each algorithm that applies; the algorithms of a layer take turns."""
    server.isa = isa
    rows = []
    for number, point in enumerate(points):
        best = {}
        for _ in range(2):
            for algorithm in ALGORITHMS:
                try:
                    timing = server.time(point, algorithm)
                except cliffs.CouldNotMeasure as error:
                    if "apply" not in str(error):
                        raise
                    continue
                best[algorithm] = min(timing.seconds, best.get(algorithm, timing.seconds))
        rows += [Row(point, isa, algorithm, seconds * 1e6) for algorithm, seconds in best.items()]
        log(f"{isa}: {number + 1} of {len(points)}: {point.label}")
    return rows


# MARK: The model


@dataclasses.dataclass(frozen=True)
class Table:
    """The rates of one struct: their names and values in the order of the source."""
    struct: str
    rates: dict

    def swift(self, isa):
        """The constant, in the layout of the source."""
        lines, line = [], ""
        for name, value in self.rates.items():
            text = f"{name}: {value:.3g}"
            if len(line) + len(text) > 104:
                lines.append(line)
                line = ""
            line += (", " if line else "") + text
        return f"        static let {isa} = {self.struct}(\n            " + ",\n            ".join([*lines, line]) + ")"


def find_tables(sources):
    """The file of each struct of rates, and its tables by instruction set."""
    found = {}
    for path in sorted(sources.rglob("*.swift")):
        text = path.read_text()
        for struct in STRUCTS:
            match = re.search(rf"^( *)struct {struct}\b.*?^\1}}", text, re.MULTILINE | re.DOTALL)
            if match:
                found[struct] = (path, {isa: read_table(struct, match[0], isa) for isa in SETS})
    for struct in STRUCTS:
        if struct not in found:
            sys.exit(f"error: {sources} has no struct {struct}")
    return found


def read_table(struct, text, isa):
    rates = {name: float(value) for name, value in re.findall(r"^ *var (\w+) = ([\d.]+)$", text, re.MULTILINE)}
    constant = re.search(rf"static let {isa} = (?:given.*? \?\? )?{struct}\((.*?)\)", text, re.DOTALL)
    if not rates or not constant:
        sys.exit(f"error: {struct} has no rates of {isa}")
    for name, value in re.findall(r"(\w+): ([\d.]+)", constant[1]):
        rates[name] = float(value)
    return Table(struct, rates)


def make_adjustable(sources):
    """Has the rates of every table taken from the environment where they are given there."""
    for struct, (path, tables) in find_tables(sources).items():
        text = path.read_text()
        for isa in SETS:
            text = text.replace(f"static let {isa} = {struct}(", f"static let {isa} = given(\"{isa}\") ?? {struct}(")
        names = next(iter(tables.values())).rates
        cases = "\n".join(f"            if let value = table[\"{name}\"] {{ rates.{name} = value }}" for name in names)
        path.write_text(text + f"""
import Foundation

extension CostModel.{struct} {{
    static func given(_ isa: String) -> Self? {{
        guard let text = ProcessInfo.processInfo.environment["{VARIABLE}"],
            let tables = try? JSONDecoder().decode([String: [String: [String: Double]]].self, from: Data(text.utf8)),
            let table = tables["{struct}"]?[isa]
        else {{ return nil }}
        var rates = Self()
{cases}
        return rates
    }}
}}
""")


def build(folder):
    """The tool of HEAD with adjustable rates."""
    tree = folder / "tree"
    tree.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", tree], input=archive.stdout, check=True)
    make_adjustable(tree / "Sources/Convolution")
    subprocess.run(["swift", "build", "-c", "release", "--product", "convolve"], cwd=tree, check=True,
                   stdout=sys.stderr)
    shutil.copy(tree / ".build/release/convolve", folder / "convolve")


class Model:
    """The estimates of the tool, for rates of one instruction set."""

    def __init__(self, tool, folder, isa, tables):
        self.tool, self.isa, self.tables = tool, isa, tables
        self.layers = folder / "layers.json"
        self.names = [(struct, name) for struct in STRUCTS for name in tables[struct].rates]
        self.start = [tables[struct].rates[name] for struct, name in self.names]

    def given(self, rates):
        """The environment that gives the rates."""
        table = {struct: {self.isa: {}} for struct in STRUCTS}
        for (struct, name), value in zip(self.names, rates):
            table[struct][self.isa][name] = value
        return {**os.environ, VARIABLE: json.dumps(table)}

    def estimates(self, rates, points):
        """Microseconds and the kernel, by layer and algorithm."""
        self.layers.write_text(json.dumps([{**layer_of(point), "name": f"layer{number}."}
                                           for number, point in enumerate(points)]))
        environment = self.given(rates)

        def ask(number):
            command = [self.tool, "info", "--layers", self.layers, "--layer", f"layer{number}.", "--isa", self.isa,
                       "--threads", "1", "--precision", "fast", "--format", "json"]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
            return {report["algorithm"]: (report["estimated_ms"] * 1e3, report["reason"])
                    for report in json.loads(done.stdout)["algorithms"] if "estimated_ms" in report}
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            answers = list(pool.map(ask, range(len(points))))
        return {(point, algorithm): answer for point, found in zip(points, answers)
                for algorithm, answer in found.items()}


# MARK: Least squares


def solve(matrix, right):
    """The solution of a system of linear equations, by Gauss's elimination with pivots."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(column + 1, size):
            factor = rows[row][column] / rows[column][column]
            rows[row] = [value - factor * above for value, above in zip(rows[row], rows[column])]
    solution = [0.0] * size
    for row in reversed(range(size)):
        rest = sum(rows[row][column] * solution[column] for column in range(row + 1, size))
        solution[row] = (rows[row][size] - rest) / rows[row][row]
    return solution


def step(errors, slopes, draw, past):
    """By how much the logarithm of each rate changes: the least squares of the errors, which change by `slopes` with
    each, and of the rates' distances from where they began, `past` of which they have gone already."""
    size = len(past)
    weights = [min(1, MOST_ERROR / max(abs(error), 1e-9)) for error in errors]
    pull = draw ** 2 * len(errors) / size
    matrix = [[sum(w * s[i] * s[j] for w, s in zip(weights, slopes)) + (pull if i == j else 0) for j in range(size)]
              for i in range(size)]
    right = [-sum(w * s[i] * e for w, s, e in zip(weights, slopes, errors)) - pull * past[i] for i in range(size)]
    # No rate becomes a third or three times as large in one step.
    return [max(-1.1, min(1.1, change)) for change in solve(matrix, right)]


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def fit(estimates, start, times, rounds=3, slope_rounds=1, change=0.01, draw=DRAW):
    """The rates that estimate the times best.

    `estimates` takes rates and returns the estimate of each row, or None where the row's kernel is not the one that was
    timed. What an error changes by with each rate is found in the first `slope_rounds`, and then taken to be in
    proportion to the rate: costs are sums of rates, but for what one piece hides of another. Returns the rates, and
    the mean relative error before and after."""
    def errors_of(rates):
        return [None if estimate is None else estimate / time - 1 for estimate, time in zip(estimates(rates), times)]

    def mean_error(errors):
        return mean(abs(error) for error in errors if error is not None)
    rates, errors = list(start), errors_of(start)
    best = (mean_error(errors), rates)
    before = best[0]
    columns, ratios = [], [1.0] * len(rates)
    for number in range(rounds):
        if number >= slope_rounds:
            columns = [[slope * ratio for slope in column] for column, ratio in zip(columns, ratios)]
        else:
            columns = []
        for index, rate in enumerate(rates if number < slope_rounds else []):
            if rate == 0:
                columns.append([0.0] * len(times))
                continue
            grown = errors_of([value * (1 + change if place == index else 1) for place, value in enumerate(rates)])
            columns.append([0.0 if old is None or new is None else (new - old) / log(1 + change)
                            for old, new in zip(errors, grown)])
        known = [place for place, error in enumerate(errors) if error is not None]
        past = [log(rate / first) if first else 0.0 for rate, first in zip(rates, start)]
        changes = step([errors[place] for place in known],
                       [[column[place] for column in columns] for place in known], draw, past)
        ratios = [exp(change) for change in changes]
        rates = [rate * ratio for rate, ratio in zip(rates, ratios)]
        errors = errors_of(rates)
        best = min(best, (mean_error(errors), rates))
    return best[1], before, best[0]


def fit_set(model, rows):
    """Fits one instruction set; returns the tables, and the mean errors before and after of each algorithm."""
    points = list(dict.fromkeys(row.point for row in rows))
    timed = model.estimates(model.start, points)
    rows = [row for row in rows if (row.point, row.algorithm) in timed]

    def estimates(rates):
        found = model.estimates(rates, points)
        answers = [found.get((row.point, row.algorithm)) for row in rows]
        return [answer[0] if answer and answer[1] == timed[row.point, row.algorithm][1] else None
                for row, answer in zip(rows, answers)]
    rates, before, after = fit(estimates, model.start, [row.microseconds for row in rows])
    tables = []
    for struct in STRUCTS:
        mine = {name: value for (owner, name), value in zip(model.names, rates) if owner == struct}
        tables.append(Table(struct, mine))
    errors = {"all": (len(rows), before, after)}
    first, last = estimates(model.start), estimates(rates)
    for algorithm in ALGORITHMS:
        mine = [place for place, row in enumerate(rows) if row.algorithm == algorithm and last[place] is not None]
        if mine:
            errors[algorithm] = (len(mine), *(mean(abs(values[place] / rows[place].microseconds - 1) for place in mine)
                                              for values in (first, last)))
    return tables, errors


def report(isa, tables, errors):
    """What was found, as Swift and as a table."""
    lines = [f"// {isa}", *(table.swift(isa) for table in tables), "",
             "| algorithm | rows | mean error before | after |", "|---|---:|---:|---:|"]
    lines += [f"| {name} | {count} | {before:.1%} | {after:.1%} |" for name, (count, before, after) in errors.items()]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["measure", "fit"])
    parser.add_argument("--rows", type=pathlib.Path, default=ROWS, help="the measured rows (default: %(default)s)")
    parser.add_argument("--tool", type=pathlib.Path, default=cliffs.TOOL,
                        help="the program (default: the release build)")
    parser.add_argument("--isa", action="append", choices=SETS, help="of this instruction set; may be repeated")
    parser.add_argument("--every", type=int, default=1, help="measure every so many of the layers")
    parser.add_argument("--folder", type=pathlib.Path, help="keeps the build of the adjustable model")
    arguments = parser.parse_args()

    def log(text):
        print(text, file=sys.stderr)
    kept = read_rows(arguments.rows) if arguments.rows.exists() else []
    if arguments.command == "measure":
        points = [*mixed_layers(), *walked_layers()][::arguments.every]
        try:
            server = cliffs.Server(arguments.tool)
            rows = []
            for isa in arguments.isa or ["avx2", "avx512"]:
                rows += measure(server, points, isa, log)
            server.close()
        except cliffs.CouldNotMeasure as error:
            log(f"error: could not measure: {error}")
            return 2
        sets = {row.isa for row in rows}
        rows = sorted([row for row in kept if row.isa not in sets] + rows, key=lambda row: SETS.index(row.isa))
        write_rows(arguments.rows, rows)
        print(f"{len(rows)} rows of {len({row.point for row in rows})} layers in {arguments.rows}")
        return 0
    if not kept:
        log(f"error: could not measure: there are no rows in {arguments.rows}")
        return 2
    with tempfile.TemporaryDirectory() as temporary:
        folder = (arguments.folder or pathlib.Path(temporary)).resolve()
        if not (folder / "convolve").exists():
            build(folder)
        found = find_tables(folder / "tree/Sources/Convolution")
        is_better = True
        for isa in arguments.isa or sorted({row.isa for row in kept}, key=SETS.index):
            tables = {struct: found[struct][1][isa] for struct in STRUCTS}
            model = Model(folder / "convolve", folder, isa, tables)
            fitted, errors = fit_set(model, [row for row in kept if row.isa == isa])
            print(report(isa, fitted, errors))
            is_better = is_better and errors["all"][2] < errors["all"][1]
    return 0 if is_better else 1


if __name__ == "__main__":
    sys.exit(main())
