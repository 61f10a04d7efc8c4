# SPDX-License-Identifier: Apache-2.0
"""The table of whole networks. Standard library only."""

from statistic import OURS, count, geometric_mean, is_noisy


def timed(rows, network, threads):
    return [row for row in rows if row["network"] == network and row["threads"] == threads and row["status"] == "timed"]


def of_library(rows, library):
    """The fastest way of a library; None if it has none."""
    return min((row for row in rows if row["library"] == library), key=lambda row: row["ms"], default=None)


def ratio(rows):
    """How many times faster than the best of the others we are; None if one of the two is missing."""
    ours = of_library(rows, OURS)
    others = [row["ms"] for row in rows if row["library"] != OURS]
    return min(others) / ours["ms"] if ours and others else None


def cell(row):
    if row is None:
        return "-"
    way = "" if row["variant"] == "auto" else f" ({row['variant']})"
    return f"{row['ms']:.3g}{'~' if is_noisy(row) else ''}{way}"


def megabytes(row):
    return "-" if row is None or row.get("peak_mb") is None else f"{row['network_mb']:.0f} / {row['peak_mb']:.0f}"


def table(rows, threads, value, last):
    networks = list(dict.fromkeys(row["network"] for row in rows))
    libraries = [OURS] + [name for name in dict.fromkeys(row["library"] for row in rows) if name != OURS]
    lines = ["| network | " + " | ".join(["ours", *libraries[1:]]) + last[0] + " |",
             "| --- | " + " | ".join(["---:"] * (len(libraries) + bool(last[0]))) + " |"]
    for network in networks:
        found = timed(rows, network, threads)
        if found:
            cells = [value(of_library(found, library)) for library in libraries]
            lines.append(f"| {network} | " + " | ".join(cells) + last[1](found) + " |")
    return "\n".join(lines)


def ratio_cell(rows):
    found = ratio(rows)
    return " | " + ("-" if found is None else f"**{found:.2f}**" if round(found, 2) < 1 else f"{found:.2f}")


def ratios(rows, threads):
    networks = dict.fromkeys(row["network"] for row in rows)
    found = [ratio(timed(rows, network, threads)) for network in networks]
    return [value for value in found if value is not None]


def means(rows, threads):
    found = ratios(rows, threads)
    if not found:
        return "Nothing was measured."
    return (f"Geometric mean of the ratios over {len(found)} networks: {geometric_mean(found):.2f}, "
            f"the least {min(found):.2f}.")


def report(result):
    rows, machine = result["rows"], result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    parts = ["# Whole networks, side by side\n",
             "Written by `make peers-networks`; the rows are in [networks.json](networks.json). Milliseconds of one run of the\n"
             "networks of the examples on the same weights and inputs: single precision, warm, medians over turns, each\n"
             "answer checked. Of each library its fastest way, in parentheses. *Ratio*: the best other's time over ours, bold\n"
             "where another library is faster; `~`: the bursts scatter by more than 15%.\n",
             f"- Processor: {machine['processor']}, {machine['cores']} cores, {machine['frequency']}; {machine['kernel']}.",
             f"- Versions: {versions}; {machine['swift']}; commit {machine['commit']}; {machine['date']}.", ""]
    for threads in sorted({row["threads"] for row in rows}):
        parts += [f"## {count(threads).capitalize()}\n", table(rows, threads, cell, (" | ratio", ratio_cell)), "",
                  means(rows, threads), "",
                  "Peak memory in MiB: what came with the network, and the whole process.\n",
                  table(rows, threads, megabytes, ("", lambda _: "")), ""]
    missing = [row for row in rows if row["status"] != "timed"]
    if missing:
        ways = {}
        for row in missing:
            ways.setdefault((row["network"], row["library"], row["reason"]), []).append(row["variant"])
        lines = [f"- {network}: {library} ({', '.join(dict.fromkeys(variants))}): {reason}"
                 for (network, library, reason), variants in ways.items()]
        parts += ["## What was not timed\n", *lines, ""]
    return "\n".join(parts)


def summary(result):
    rows = result["rows"]
    return "\n\n".join(f"{count(threads)}:\n{table(rows, threads, cell, (' | ratio', ratio_cell))}\n{means(rows, threads)}"
                       for threads in sorted({row["threads"] for row in rows}))
