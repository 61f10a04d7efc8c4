# SPDX-License-Identifier: Apache-2.0
"""Times the other libraries and `convolve bench --serve` in turns, and writes rows.json, table.md and plots.

Run by run.py, which makes the environment; see README.md."""

import argparse
import importlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import conductor
import layers as layer_tables
import machine
import rows_file
from arguments import chosen, thread_counts
from progress import Progress
from statistic import count

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAM = ROOT / ".build/release/convolve"
TABLES = ROOT / "Sources/convolve/Resources/layers"
# The tables that come with the tool, by the names that `convolve bench --network` has for them.
NETWORKS = {"mixed": TABLES / "layers.json",
            **{path.stem: path for path in sorted(TABLES.glob("*.json")) if path.stem != "layers"}}
TABLE = NETWORKS["mixed"]
PYTHON_LIBRARIES = {
    "pytorch": "pytorch", "onnxruntime": "onnx_runtime", "openvino": "openvino_cpu", "ncnn": "ncnn_cpu",
    "mnn": "mnn_cpu", "litert": "litert"}
ONEDNN_LAYOUTS = {
    "plain": "nchw", "any": "own", "nhwc": "own", "winograd": "own", "any_io": "nchw", "winograd_io": "nchw"}
NAMES = [*PYTHON_LIBRARIES, "onednn"]
# Of each kind one, none that takes long: of the mixed table, then of the family's.
QUICK = ["resnet50.s1.1x1a", "resnet50.s2.3x3", "mobilenetv2.dw14", "mobilenetv2.pw14", "resnext50.g32", "seed.conv2d",
         "seed.conv1d", "encodec.stem",
         "dcgan.g5", "fcn8s.up", "pix.up3", "hifigan.up3", "unet3d.up", "x3d.dw", "transnet.time", "i3d.1x1"]


def parse(arguments):
    parser = argparse.ArgumentParser(prog="make peers ARGS=...", description=__doc__.split("\n")[0])
    table = parser.add_mutually_exclusive_group()
    table.add_argument("--network", default="mixed", choices=NETWORKS, metavar="NAME",
                       help=f"a table of the tool, of {','.join(NETWORKS)} (default: mixed)")
    table.add_argument("--layers", type=Path, metavar="FILE", help="a table of one's own")
    parser.add_argument("--filter", metavar="TEXT", help="only the layers whose names contain this text")
    parser.add_argument("--quick", action="store_true", help="only a layer of each kind, none that takes long")
    parser.add_argument("--threads", default="1,2", metavar="LIST", help="numbers of threads (default: 1,2)")
    parser.add_argument("--repetitions", type=int, default=9, metavar="N",
                        help="turns of each library, at most: 3 or more of a slow layer (default: 9)")
    parser.add_argument("--minutes", type=float, default=18, help="about how long the run may take (default: 18)")
    parser.add_argument("--libraries", default=",".join(NAMES), metavar="LIST", help=f"of {','.join(NAMES)}")
    parser.add_argument("--program", type=Path, default=PROGRAM, metavar="FILE",
                        help="an optimised `convolve` that is there, instead of building one")
    parser.add_argument("--output", type=Path, metavar="DIR",
                        help="where to write (default: docs/peers, or .build/peers for a part of all this)")
    parser.add_argument("--rows", type=Path, metavar="FILE", help="write the table and the plots of these rows again")
    parser.add_argument("--plots-only", action="store_true", help="the same, of the rows in the output folder")
    options = parser.parse_args(arguments)
    options.layers = options.layers or NETWORKS[options.network]
    options.program = options.program.resolve()
    options.libraries = chosen(parser, options.libraries, NAMES, "library")
    options.threads = thread_counts(parser, options.threads)
    if options.repetitions < 1:
        parser.error(f"--repetitions must be at least 1, but is {options.repetitions}")
    if options.program != PROGRAM and not options.program.is_file():
        parser.error(f"--program: there is no file {options.program}")
    if options.output is None:
        is_part = (options.filter or options.quick or options.layers != TABLE or options.threads != [1, 2]
                   or sorted(options.libraries) != sorted(NAMES))
        options.output = ROOT / (".build/peers" if is_part and not options.plots_only else "docs/peers")
    return options


def select_layers(table, text, quick, log):
    """The layers of a table, and by name why others are skipped: some are for `convolve` alone."""
    selected, skipped = [], {}
    for row in table:
        name = row.get("name", "?")
        if (text and text not in name) or (quick and name not in QUICK):
            continue
        try:
            selected.append(layer_tables.Layer.from_row(row))
        except ValueError as error:
            skipped[name] = str(error)
            log(f"skipped: {error}")
    return selected, skipped


def start_libraries(program, names, log):
    """The libraries that are there, and why the others are not."""
    libraries, skipped = [conductor.our_library(program)], {}
    for name in names:
        if name == "onednn":
            title, layouts, command = "oneDNN", ONEDNN_LAYOUTS, [ROOT / ".build/peers-dnnl-server"]
        else:
            module = importlib.import_module(f"libraries.{PYTHON_LIBRARIES[name]}")
            title, layouts, command = module.NAME, module.LAYOUTS, conductor.python_server(PYTHON_LIBRARIES[name])
        try:
            libraries.append(conductor.start_library(title, layouts, command))
        except conductor.ServerError as error:
            skipped[title] = str(error)
            log(f"{title} skipped: {error}")
    return libraries, skipped


def measure(options):
    progress = Progress(options.minutes * 60)
    table = layer_tables.load_table(options.layers)
    layers, skipped_layers = select_layers(table, options.filter, options.quick, progress.log)
    if not layers:
        sys.exit("error: no layer is selected")
    watch = machine.Watch()
    libraries, skipped = start_libraries(options.program, options.libraries, progress.log)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        turns = conductor.Conductor(libraries, conductor.OurChecker(options.program), folder, progress.log)
        try:
            # Slow layers take more of the time: something for each, the rest by the work.
            jobs = [(layer, threads) for layer in layers for threads in options.threads]
            progress.plan([1 + layer.flops / 4e8 / threads for layer, threads in jobs])
            expected = latest = None
            for layer, threads in jobs:
                if layer is not latest:
                    progress.show(f"{layer.name}: reference")
                    latest, expected = layer, turns.write_data(layer)
                progress.show(f"{layer.name}, {count(threads)}")
                rows += turns.measure(layer, threads, expected, progress.share(), options.repetitions,
                                      all_ours=threads == options.threads[0])
                progress.done()
        finally:
            turns.close()
            progress.clear()
    record = machine.describe(ROOT, {library.name: library.version for library in libraries})
    record.update(watch.stop())
    record.update(noise=machine.noise(rows, turns.probes), restless=turns.restless, skipped_libraries=skipped,
                  skipped_layers=skipped_layers)
    return {"machine": record, "layers": [layer.row() for layer in layers], "rows": rows}


def write(result, output):
    import plots
    import report

    output.mkdir(parents=True, exist_ok=True)
    rows_file.write(output / "rows.json", result)
    drawn = plots.draw(result, output)
    (output / "table.md").write_text(report.report(result, drawn), encoding="utf-8")
    if output.resolve() == ROOT / "docs/peers":
        report.replace_block(ROOT / "README.md", report.readme_block(result))
    print(f"{os.path.relpath(output)}: rows.json, table.md, {', '.join(drawn)}", file=sys.stderr)
    print(report.summary(result))


def main():
    options = parse(sys.argv[1:])
    if options.rows or options.plots_only:
        result = json.loads((options.rows or options.output / "rows.json").read_text(encoding="utf-8"))
    else:
        started = time.perf_counter()
        result = measure(options)
        print(f"measured in {(time.perf_counter() - started) / 60:.1f} minutes", file=sys.stderr)
    write(result, options.output)


if __name__ == "__main__":
    main()
