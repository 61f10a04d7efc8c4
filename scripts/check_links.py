#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the relative links of every Markdown file lead to a file, and to a heading where they name one."""

import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
code = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def slug(heading: str) -> str:
    """The anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", "")).replace(" ", "-")


def headings(path: pathlib.Path) -> set[str]:
    return {slug(line.lstrip("#")) for line in code.sub("", path.read_text()).splitlines() if line.startswith("#")}


files = subprocess.run(
    ["git", "ls-files", "*.md"], cwd=root, check=True, capture_output=True, text=True
).stdout.splitlines()
broken = []
count = 0
for name in files:
    path = root / name
    for target in re.findall(r"\]\(([^)\s]+)\)", code.sub("", path.read_text())):
        # <doc:...> links of the documentation catalog are checked by its own compiler.
        if re.match(r"[a-z]+:", target):
            continue
        count += 1
        file, _, anchor = target.partition("#")
        destination = (path.parent / file).resolve() if file else path
        if not destination.exists():
            broken.append(f"{name}: {target} does not exist")
        elif anchor and destination.suffix == ".md" and anchor not in headings(destination):
            broken.append(f"{name}: {target} names no heading")
print(*broken, sep="\n", end="\n" if broken else "")
print(f"{count} links in {len(files)} Markdown files, {len(broken)} broken")
sys.exit(1 if broken else 0)
