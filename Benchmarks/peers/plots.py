# SPDX-License-Identifier: Apache-2.0
"""The plots of a run: small SVG files, the same bytes for the same rows."""

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import FuncFormatter, NullLocator  # noqa: E402

from statistic import AUTO, OURS, Rows, count, geometric_mean  # noqa: E402

OURS_COLOUR, ANY_COLOUR, NCHW_COLOUR, LINE = "#1b6ca8", "#d1495b", "#edae49", "#555555"
COLOURS = {
    "im2col": "#7f7f7f", "gemm": "#1b6ca8", "direct": "#2a9d8f", "depthwise": "#8d6a9f", "winograd2": "#f4a261",
    "winograd3": "#e76f51", "winograd4": "#c1121f", "winograd4x2": "#d62839", "winograd6": "#780000",
    "winograd7x4": "#3d0000", "fft": "#6a994e"}
LEAST_SHARE = 0.1
STYLE = {
    "svg.hashsalt": "convolve", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9,
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": LINE, "axes.titlesize": 10,
    "axes.titlelocation": "left", "axes.axisbelow": True, "grid.color": "#dddddd", "grid.linewidth": 0.6,
    "legend.frameon": False, "figure.facecolor": "white", "axes.facecolor": "white"}


def save(figure, path):
    figure.savefig(path, format="svg", bbox_inches="tight", facecolor="white", metadata={"Date": None})
    plt.close(figure)


def panels(rows, width=4.6):
    """One panel for each number of threads, the layers from top to bottom."""
    height = 1.2 + 0.2 * len(rows.layers)
    figure, axes = plt.subplots(1, len(rows.threads), figsize=(1.6 + width * len(rows.threads), height), sharey=True,
                                squeeze=False)
    for axis, threads in zip(axes[0], rows.threads):
        axis.set_title(count(threads))
        axis.set_yticks(range(len(rows.layers)), rows.layers)
        axis.set_ylim(len(rows.layers) - 0.4, -0.6)
        axis.tick_params(axis="y", length=0)
        axis.grid(axis="x")
    return figure, list(zip(axes[0], rows.threads))


def ratio_plot(rows, path):
    """How many times faster than the best of the others, layer by layer."""
    figure, axes = panels(rows)
    for axis, threads in axes:
        axis.axvline(1, color=LINE, linewidth=1)
        # The larger below, to be seen where both are the same.
        for layout, colour, name, size in (("nchw", NCHW_COLOUR, "NCHW in and out", 46),
                                           (None, ANY_COLOUR, "any layout", 20)):
            ratios = rows.ratios(threads, layout)
            places = [rows.layers.index(layer) for layer in ratios]
            if not ratios:
                continue
            mean = geometric_mean(ratios.values())
            axis.scatter(ratios.values(), places, s=size, color=colour, zorder=3,
                         label=f"over the best in {name}: geometric mean {mean:.2f}")
        axis.set_xscale("log")
        ends = [*rows.ratios(threads).values(), *rows.ratios(threads, "nchw").values(), 0.8, 2]
        low, high = min(ends) / 1.1, max(ends) * 1.1
        axis.set_xlim(low, high)
        ticks = [tick for tick in (0.25, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20) if low <= tick <= high]
        axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axis.xaxis.set_minor_locator(NullLocator())
        axis.set_xlabel("our speed over the other's (right of 1: we are faster)")
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.07 - 0.6 / len(rows.layers)), handletextpad=0.2)
    save(figure, path)


def peak_plot(rows, path):
    """Share of the peak of fused multiply-adds, layer by layer; what is below a tenth stands at the edge."""
    figure, axes = panels(rows)
    for axis, threads in axes:
        def share(row):
            return max(row["peak_share"], LEAST_SHARE)

        axis.axvline(1, color=LINE, linewidth=1)
        for place, layer in enumerate(rows.layers):
            ours, best = rows.ours(layer, threads), rows.best_peer(layer, threads)
            pair = [share(row) for row in (ours, best) if row and row.get("peak_share")]
            if len(pair) == 2:
                axis.plot(pair, [place, place], color="#bbbbbb", linewidth=1.5, zorder=2)
        for find, colour, name, marker in ((rows.best_peer, ANY_COLOUR, "best of the others, any layout", "o"),
                                           (rows.ours, OURS_COLOUR, "ours", "D")):
            found = [(place, share(row)) for place, layer in enumerate(rows.layers)
                     if (row := find(layer, threads)) and row.get("peak_share")]
            axis.scatter([value for _, value in found], [place for place, _ in found], s=22, color=colour, label=name,
                         marker=marker, zorder=3, clip_on=False)
        axis.set_xscale("log")
        axis.set_xlim(LEAST_SHARE, max(4.0, axis.get_xlim()[1]))
        ticks = [tick for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if tick <= axis.get_xlim()[1]]
        axis.set_xticks(ticks, [f"{tick * 100:g}%" for tick in ticks])
        axis.xaxis.set_minor_locator(NullLocator())
        axis.set_xlabel("of the peak of multiply-adds (10% and less at the edge)")
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.07 - 0.6 / len(rows.layers)), handletextpad=0.2)
    save(figure, path)


def error_plot(rows, path):
    """Speed against error of our algorithms: a point for each layer and algorithm."""
    threads = rows.threads[0]
    figure, axis = plt.subplots(figsize=(7.2, 4.6))
    for algorithm, colour in COLOURS.items():
        found = [row for layer in rows.layers for row in rows.of(layer, threads, OURS)
                 if row["variant"] == algorithm and row.get("peak_share") and row["error"] > 0]
        if found:
            axis.scatter([row["error"] for row in found], [row["peak_share"] for row in found], s=20, color=colour,
                         alpha=0.85, label=algorithm)
    chosen = [row for layer in rows.layers if (row := rows.ours(layer, threads)) and row.get("peak_share")
              and row["error"] > 0]
    axis.scatter([row["error"] for row in chosen], [row["peak_share"] for row in chosen], s=60, facecolors="none",
                 edgecolors="black", linewidths=0.8, label=f"chosen by {AUTO}")
    axis.axhline(1, color=LINE, linewidth=1)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_ylim(bottom=LEAST_SHARE)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:g}%"))
    axis.set_title(f"Speed against error, {count(threads)}: up is fast, left is exact (from 10% up)")
    axis.set_xlabel("error, relative to the largest output, against double precision")
    axis.set_ylabel("of the peak of multiply-adds")
    axis.grid()
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, path)


def library_plot(rows, path):
    """How many times faster than each library, each in the best of its ways for each layer."""
    means = {library: [geometric_mean(ratios.values()) for threads in rows.threads
                       if (ratios := rows.ratios(threads, library=library))] for library in rows.libraries}
    means = dict(sorted(((name, pair) for name, pair in means.items() if len(pair) == len(rows.threads)),
                        key=lambda item: item[1][0]))
    figure, axis = plt.subplots(figsize=(7.2, 0.6 + 0.36 * len(means)))
    bar = 0.8 / len(rows.threads)
    for turn, threads in enumerate(rows.threads):
        places = [place + (turn - (len(rows.threads) - 1) / 2) * bar for place in range(len(means))]
        values = [pair[turn] for pair in means.values()]
        bars = axis.barh(places, values, bar * 0.92, color=(OURS_COLOUR, "#7fb2d6")[turn % 2], label=count(threads))
        axis.bar_label(bars, [f"{value:.2f}" for value in values], padding=3, fontsize=8)
    axis.axvline(1, color=LINE, linewidth=1)
    axis.set_yticks(range(len(means)), list(means))
    axis.set_ylim(len(means) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0)
    axis.set_title(f"Our speed over each library's best layout, geometric mean of {len(rows.layers)} layers")
    axis.legend(loc="upper right")
    save(figure, path)


def draw(result, output):
    """Draws all plots into the folder; returns their names and titles."""
    rows = Rows(result["rows"])
    drawn = {"libraries.svg": ("Our speed over each of the other libraries", library_plot),
             "ratio.svg": ("Our speed over the best of the other libraries, layer by layer", ratio_plot),
             "peak.svg": ("Share of the peak of multiply-adds, layer by layer", peak_plot),
             "error.svg": ("Speed against error of our algorithms", error_plot)}
    with plt.rc_context(STYLE):
        for name, (_, plot) in drawn.items():
            plot(rows, output / name)
    return {name: title for name, (title, _) in drawn.items()}
