# SPDX-License-Identifier: Apache-2.0
"""The tables of a run, in Markdown. Standard library only."""

import re
import statistics
import textwrap

from statistic import (
    SHORT_MS, STEADY_SPREAD, TOLERANCE, TRANSFORMING, TRUE_SUMS, Rows, count, geometric_mean, is_mostly_call, is_noisy,
    is_slower)

NCHW = "nchw"
# What the README shows: a layer of each kind.
README_LAYERS = (
    "resnet50.conv1", "resnet50.s1.3x3", "resnet50.s1.1x1b", "resnet50.s3.3x3s2", "vgg16.3_2", "mobilenetv2.dw1",
    "resnext50.g32", "deeplab.d4", "whisper.conv1", "crepe.conv2")


def short(value):
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def markdown(header, lines):
    right = ["---"] + ["---:" if name in ("ms", "ratio", "error", "of peak", "layers", "faster") else "---"
                       for name in header[1:]]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in [header, right, *lines])


def marked_time(row):
    return short(row["ms"]) + ("~" if is_noisy(row) else "") + ("'" if is_mostly_call(row) else "")


def marked_ratio(ratio):
    """Below 1, where another library is faster, in bold."""
    return "" if ratio is None else f"**{ratio:.2f}**" if is_slower(ratio) else f"{ratio:.2f}"


def layer_table(rows, threads):
    lines = []
    for layer in rows.layers:
        ours = rows.ours(layer, threads)
        if not ours:
            continue
        peak = f"{ours['peak_share'] * 100:.0f}%" if ours.get("peak_share") is not None else ""
        line = [layer, ours.get("resolved", ""), marked_time(ours), peak, f"{ours['error']:.0e}"]
        for layout in (None, NCHW):
            best = rows.best_peer(layer, threads, layout)
            line += [f"{best['library']} {best['variant']}", marked_time(best)] if best else ["", ""]
            line.append(marked_ratio(rows.ratio(layer, threads, layout)))
        lines.append(line)
    return markdown(["layer", "ours", "ms", "of peak", "error", "best, any layout", "ms", "ratio", "best, NCHW", "ms",
                     "ratio"], lines)


def library_table(rows, threads):
    """Each library in the best of its ways for each layer, against ours."""
    lines = []
    for library in rows.libraries:
        any_layout, nchw = rows.ratios(threads, library=library), rows.ratios(threads, NCHW, library)
        if any_layout:
            faster = sum(map(is_slower, any_layout.values()))
            lines.append((geometric_mean(any_layout.values()), [
                library, len(any_layout), f"{geometric_mean(any_layout.values()):.2f}", faster,
                f"{geometric_mean(nchw.values()):.2f}" if nchw else ""]))
    return markdown(["library", "layers", "our speed over its best way", "faster than ours on", "over its best, NCHW"],
                    [line for _, line in sorted(lines, key=lambda item: item[0])])


def readme_table(rows, layers=README_LAYERS):
    """A few layers on one thread, beside the best of the others and PyTorch as it comes."""
    threads = rows.threads[0]
    lines = []
    for layer in layers:
        ours, best = rows.ours(layer, threads), rows.best_peer(layer, threads)
        if not ours or not best:
            continue
        peak = f"{ours['peak_share'] * 100:.0f}%" if ours.get("peak_share") is not None else ""
        plain = next((row for row in rows.of(layer, threads, "PyTorch") if row["variant"] == "contiguous"), None)
        lines.append([layer, ours.get("resolved", ""), marked_time(ours), peak, f"{best['library']} {best['variant']}",
                      marked_time(best), marked_ratio(rows.ratio(layer, threads)), marked_time(plain) if plain else ""])
    return markdown(["layer", "ours", "ms", "of peak", "best other, any layout", "ms", "ratio", "PyTorch, ms"], lines)


def readme_block(result):
    """What stands in the README of a run."""
    rows, machine = Rows(result["rows"]), result["machine"]
    geometric = ", ".join(
        f"{geometric_mean(rows.ratios(threads).values()):.2f} with {count(threads)}" for threads in rows.threads)
    slower = sum(map(is_slower, rows.ratios(rows.threads[0]).values()))
    text = (
        f"Median milliseconds of {count(rows.threads[0])}, NCHW in and out, prepared weights; *ratio* is the speed over the "
        f"best of the other libraries in any layout it likes; `~` marks times that scatter by more than "
        f"{(STEADY_SPREAD - 1) * 100:.0f}%. Over all {len(rows.layers)} layers the geometric mean of the ratios is "
        f"{geometric}; on {slower} of them another library is faster with {count(rows.threads[0])}. "
        f"{machine['processor']}, {machine['cores']} cores.")
    return f"{readme_table(rows)}\n\n{textwrap.fill(text, 120)}"


def replace_block(path, text, name="measured"):
    """Replaces what stands between the marks <!-- measured --> and <!-- /measured -->, or those of another name."""
    content = path.read_text(encoding="utf-8")
    block = f"<!-- {name} -->\n\n{text}\n\n<!-- /{name} -->"
    path.write_text(re.sub(f"<!-- {name} -->.*?<!-- /{name} -->", lambda _: block, content, count=1, flags=re.S),
                    encoding="utf-8")


def means(rows, threads):
    """Geometric means of the ratios, and the layers where another library is faster."""
    lines = []
    for layout, name in ((None, "any layout"), (NCHW, "NCHW in and out")):
        ratios = rows.ratios(threads, layout)
        if not ratios:
            continue
        long = rows.ratios(threads, layout, shortest=SHORT_MS)
        slower = [f"{layer} ({ratio:.2f})" for layer, ratio in ratios.items() if is_slower(ratio)]
        text = f"- Against the best in {name}: {geometric_mean(ratios.values()):.2f} over {len(ratios)} layers"
        if long and len(long) < len(ratios):
            text += f", {geometric_mean(long.values()):.2f} over the {len(long)} of {SHORT_MS * 1e3:.0f} us and more"
        lines.append(text + (f". Slower on {len(slower)}: {', '.join(slower)}." if slower else ". Slower on none."))
    anywhere, nchw = rows.true_sum_ratios(threads), rows.true_sum_ratios(threads, NCHW)
    if anywhere and nchw:
        lines.append(
            f"- Of those that sum the true products ({', '.join(TRUE_SUMS)}; the others without {', '.join(TRANSFORMING)} "
            f"and Winograd's algorithm): {geometric_mean(anywhere.values()):.2f} against the best in any layout, "
            f"{geometric_mean(nchw.values()):.2f} in NCHW, over {len(anywhere)} layers.")
    return "\n".join(lines)


def skipped_table(result):
    """What was not timed, and why: one line for each library, way and reason."""
    lines = [[library, "", "all", reason] for library, reason in result["machine"].get("skipped_libraries", {}).items()]
    lines += [["", "", layer, reason] for layer, reason in result["machine"].get("skipped_layers", {}).items()]
    groups = {}
    for row in result["rows"]:
        if row["status"] != "timed":
            reason = row.get("reason", "")
            if row["status"] == "wrong":
                reason = f"answers off by more than {TOLERANCE:g} do not count"
            groups.setdefault((row["library"], row["variant"], reason), []).append(row)
    for (library, variant, reason), rows in groups.items():
        names = list(dict.fromkeys(row["layer"] for row in rows))
        worst = max((row["error"] for row in rows if row["status"] == "wrong"), default=None)
        lines.append([library, variant, f"{len(names)}: {', '.join(names)}" if len(names) <= 8 else len(names),
                      reason + (f" (up to {worst:.1e})" if worst is not None else "")])
    return markdown(["library", "way", "on", "reason"], lines) if lines else "Nothing was skipped."


def machine_text(result):
    record = result["machine"]
    noise = record.get("noise", {})
    lines = [f"- Processor: {record['processor']}, {record['cores']} cores, {record['frequency']}; {record['kernel']}."]
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    lines.append(f"- Versions: {versions}; {record['swift']}; commit {record['commit']}; {record['date']}.")
    if "peak_gflops" in noise:
        peak = noise["peak_gflops"]
        lines.append(
            f"- Peak of fused multiply-adds, {peak['probes']} probes of one thread over the run: median "
            f"{peak['median']} GFLOP/s, from {peak['min']} to {peak['max']}; 90th percentile over 10th "
            f"{peak['spread']:.3f}.")
    libraries = noise.get("libraries", {})
    if libraries:
        text = ", ".join(f"{name} {entry['median_spread']:.3f} ({entry['noisy_rows']} of {entry['rows']} noisy)"
                         for name, entry in libraries.items())
        lines.append(f"- Spread of the bursts of a row, median over the rows: {text}.")
        median = statistics.median(entry["median_spread"] for entry in libraries.values())
        lines.append(f"- So a ratio that is off 1 by less than about {max(1.0, (median - 1) * 100):.0f}% says nothing.")
    if "other_processes_share" in record:
        lines.append(f"- The run took {record['minutes']} minutes; other processes had "
                     f"{record['other_processes_share'] * 100:.1f}% of the processors, the host took "
                     f"{record.get('stolen_share', 0) * 100:.1f}%.")
    for library, times in record.get("restless", {}).items():
        lines.append(f"- {library} was still busy half a second after {times} of its bursts.")
    return "\n".join(lines)


LEGEND = f"""Milliseconds of one run, prepared weights, single precision; medians over the turns. *Ours* is what `auto`
takes, NCHW in and out. *Ratio*: the other's time over ours; bold where another library is faster. *Of peak*: GFLOP/s of
the direct convolution over the measured peak of fused multiply-adds; Winograd and FFT multiply less, so they can pass
100%. *Error*: relative to the largest output, against double precision. `~`: the bursts scatter by more than
{(STEADY_SPREAD - 1) * 100:.0f}%. `'`: more than a third of the time is the library's shortest call, from Python for all
but oneDNN. How this was measured: [Benchmarks/peers](../../Benchmarks/peers/README.md)."""


def report(result, drawn=()):
    """The whole page."""
    rows = Rows(result["rows"])
    parts = ["# Side by side with the other libraries\n", "Written by `make peers`; the rows are in "
             "[rows.json](rows.json).\n", "## Machine\n", machine_text(result), "", LEGEND, ""]
    parts += [f"![{title}]({name})\n" for name, title in dict(drawn).items()]
    for threads in rows.threads:
        parts += ["", f"## {count(threads).capitalize()}\n", means(rows, threads), "", layer_table(rows, threads), "",
                  library_table(rows, threads)]
    parts += ["", "## What was not timed\n", skipped_table(result), ""]
    return "\n".join(parts)


def summary(result):
    """A few lines for the terminal."""
    rows = Rows(result["rows"])
    return "\n".join(f"{count(threads)}:\n{means(rows, threads)}" for threads in rows.threads)
