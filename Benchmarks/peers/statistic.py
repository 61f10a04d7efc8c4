# SPDX-License-Identifier: Apache-2.0
"""Medians, spreads, ratios: what is read from the rows of a run. Standard library only."""

import math
import statistics

# An answer further from the double-precision one than this, relative to the largest output, is no answer.
TOLERANCE = 1e-4
# Bursts that scatter more than this are marked, as `convolve bench` marks them.
STEADY_SPREAD = 1.15
# Layers as short as this are mostly the call.
SHORT_MS = 0.02
OURS = "convolve"
AUTO = "auto"
# Our algorithms that sum the true products; the textbook's im2col is there for comparison.
TRUE_SUMS = ("direct", "gemm", "depthwise")
# Libraries that take Winograd's algorithm as they see fit, and do not say when.
TRANSFORMING = ("ncnn", "MNN")


def quantile(values, fraction):
    """Between two values, linearly."""
    ordered = sorted(values)
    position = fraction * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def spread(values):
    """The 90th percentile over the 10th: 1 on a quiet machine."""
    low = quantile(values, 0.1)
    return quantile(values, 0.9) / low if low > 0 else 1.0


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


def summarise(bursts):
    """What a row says of the medians of its bursts, in milliseconds."""
    return {"ms": statistics.median(bursts), "min_ms": min(bursts), "spread": spread(bursts), "bursts": len(bursts)}


def verdict(error):
    """The status and the reason of an answer with this error."""
    if error is not None and error <= TOLERANCE:
        return "timed", None
    return "wrong", f"the answer is off by {error:.1e} of the largest output" if error is not None else "no answer"


class Rows:
    """The rows of a run."""

    def __init__(self, rows):
        self.rows = rows
        self.layers = list(dict.fromkeys(row["layer"] for row in rows))
        self.threads = sorted({row["threads"] for row in rows})
        self.libraries = [name for name in dict.fromkeys(row["library"] for row in rows) if name != OURS]

    def of(self, layer, threads, library=None, status="timed"):
        return [row for row in self.rows if row["layer"] == layer and row["threads"] == threads
                and (library is None or row["library"] == library) and row["status"] == status]

    def ours(self, layer, threads):
        """Our row of this layer under `auto`; None if it has not been timed."""
        return next((row for row in self.of(layer, threads, OURS) if row["variant"] == AUTO), None)

    def best_peer(self, layer, threads, layout=None, library=None):
        """The fastest correct row of another library, or of this one; of any layout, or of this one."""
        rows = [row for row in self.of(layer, threads, library) if row["library"] != OURS
                and (layout is None or row["layout"] == layout)]
        return min(rows, key=lambda row: row["ms"], default=None)

    def ratio(self, layer, threads, layout=None, library=None):
        """How many times faster than the best of the others we are; None if one of the two is missing."""
        ours, best = self.ours(layer, threads), self.best_peer(layer, threads, layout, library)
        return best["ms"] / ours["ms"] if ours and best else None

    def ratios(self, threads, layout=None, library=None, shortest=0.0):
        """The ratios of all layers where our time is at least `shortest` milliseconds."""
        pairs = ((layer, self.ratio(layer, threads, layout, library)) for layer in self.layers)
        return {layer: ratio for layer, ratio in pairs
                if ratio is not None and self.ours(layer, threads)["ms"] >= shortest}

    def true_sum_ratios(self, threads, layout=None):
        """The ratios where both sides sum the true products: our fastest such algorithm, and the others without
        Winograd's."""
        ratios = {}
        for layer in self.layers:
            rows = self.of(layer, threads)
            ours = [row["ms"] for row in rows if row["library"] == OURS and row["variant"] in TRUE_SUMS]
            others = [row["ms"] for row in rows if row["library"] not in (OURS, *TRANSFORMING)
                      and "winograd" not in row["variant"] and layout in (None, row["layout"])]
            if ours and others:
                ratios[layer] = min(others) / min(ours)
        return ratios


def is_slower(ratio):
    """Whether another library is faster, to the two digits that are shown."""
    return round(ratio, 2) < 1


def is_noisy(row):
    return row["spread"] > STEADY_SPREAD


def is_mostly_call(row):
    """Whether more than a third of the time is what the library's shortest call takes."""
    return row.get("least_call_ms") is not None and row["ms"] < 3 * row["least_call_ms"]


def count(threads):
    return f"{threads} thread{'s' * (threads != 1)}"


def rotated(items, by):
    """The items in turn order: each round begins with another."""
    by %= max(1, len(items))
    return items[by:] + items[:by]


def burst_repetitions(milliseconds, duration=20.0, fewest=3, most=50):
    """How many blocks make a burst of about this many milliseconds; before each block is an untimed run."""
    block = max(milliseconds, 0.05) + milliseconds
    return min(max(round(duration / block), fewest), most)


def rounds_for(seconds, round_seconds, most, fewest=3):
    """How many rounds fit into this time."""
    return min(max(int(seconds / max(round_seconds, 1e-6)), min(fewest, most)), most)
