# SPDX-License-Identifier: Apache-2.0
"""What a run tells about the machine: the processor, its clock's governor, who else was at work, how steady it was."""

import os
import platform
import resource
import statistics
import subprocess
from datetime import datetime, timezone
from pathlib import Path

from statistic import is_noisy, quantile, spread


def read(path, otherwise=""):
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return otherwise


def first_line(command):
    try:
        output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""
    return output.strip().split("\n")[0]


def processor():
    for line in read("/proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            name = line.split(":", 1)[1].strip()
            family = {key: value for key, value in cpu_numbers()}
            return f"{name} (family {family['cpu family']}, model {family['model']})" if len(family) == 2 else name
    return platform.processor() or platform.machine()


def cpu_numbers():
    found = {}
    for line in read("/proc/cpuinfo").splitlines():
        key = line.split(":")[0].strip()
        if key in ("cpu family", "model") and key not in found:
            found[key] = line.split(":", 1)[1].strip()
    return found.items()


def frequency_policy():
    """The governor; in a virtual machine the host's, which is not told."""
    governor = read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").strip()
    is_virtual = any(line.startswith("flags") and " hypervisor" in line for line in read("/proc/cpuinfo").splitlines())
    if governor:
        return f"governor {governor}" + (", virtual machine" if is_virtual else "")
    return "virtual machine" if is_virtual else "governor unknown"


def processor_ticks():
    """Busy seconds of all processors, and those that the host took away."""
    fields = read("/proc/stat").split("\n")[0].split()[1:]
    if len(fields) < 8:
        return None
    ticks = [int(field) / os.sysconf("SC_CLK_TCK") for field in fields]
    user, nice, system, _, _, irq, softirq, steal = ticks[:8]
    return user + nice + system + irq + softirq, steal


def own_seconds():
    usages = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


class Watch:
    """Counts, from its creation to stop(), the processor time that others took. Children count once they have ended."""

    def __init__(self):
        self.start = datetime.now(timezone.utc)
        self.ticks, self.own = processor_ticks(), own_seconds()

    def stop(self):
        seconds = (datetime.now(timezone.utc) - self.start).total_seconds()
        result = {"date": self.start.strftime("%Y-%m-%d"), "minutes": round(seconds / 60, 1)}
        ticks = processor_ticks()
        if self.ticks and ticks:
            available = seconds * (os.cpu_count() or 1)
            others = (ticks[0] - self.ticks[0]) - (own_seconds() - self.own)
            result["other_processes_share"] = round(max(0.0, others / available), 4)
            result["stolen_share"] = round((ticks[1] - self.ticks[1]) / available, 4)
        return result


def describe(root, versions):
    """The record of the machine and of what was built; `versions` are those of the libraries."""
    commit = first_line(["git", "-C", str(root), "rev-parse", "--short", "HEAD"])
    sources = ["Sources", "CKernels", "Package.swift"]
    changed = first_line(["git", "-C", str(root), "status", "--porcelain", "--", *sources])
    return {
        "processor": processor(), "cores": os.cpu_count(), "frequency": frequency_policy(),
        "kernel": f"{platform.system()} {platform.release()}", "python": platform.python_version(),
        "swift": first_line(["swift", "--version"]), "commit": commit + (", changed" if changed else ""),
        "versions": versions}


def noise(rows, probes):
    """How steady the run was: the scatter of the bursts of each library, and of the peak of multiply-adds."""
    spreads = {}
    for row in rows:
        if row["status"] == "timed":
            spreads.setdefault(row["library"], []).append(row)
    result = {"libraries": {
        library: {"median_spread": round(statistics.median(row["spread"] for row in timed), 3),
                  "noisy_rows": sum(map(is_noisy, timed)), "rows": len(timed)}
        for library, timed in spreads.items()}}
    if probes:
        result["peak_gflops"] = {
            "median": round(statistics.median(probes), 1), "p10": round(quantile(probes, 0.1), 1),
            "min": round(min(probes), 1), "max": round(max(probes), 1), "spread": round(spread(probes), 3),
            "probes": len(probes)}
    return result
