#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and runs Examples/Model, which reads what PyTorch has saved, and checks that the articles' code is the example's
# and that it prints what they say.
set -euo pipefail
cd "$(dirname "$0")/../Examples/Model"

output=$(swift run --quiet Model .)
printf '%s\n' "$output"
OUTPUT=$output python3 - <<'CHECK'
import os
import pathlib
import re
import sys

articles = ["ComingFromPyTorch.md", "InAServer.md"]
# Each line without its indentation: a block of an article may stand deeper in the example.
def lines(text):
    return "\n".join(line.strip() for line in text.strip().splitlines())

sources = {
    "swift": lines("\n".join(path.read_text() for path in sorted(pathlib.Path("Sources").rglob("*.swift")))),
    "python": lines(pathlib.Path("make_model.py").read_text()),
    "text": lines(os.environ["OUTPUT"]),
}
missing = count = 0
for article in articles:
    text = pathlib.Path("../../Sources/Convolution/Documentation.docc", article).read_text()
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        count += 1
        if lines(block) not in sources[language]:
            missing += 1
            print(f"error: {article} has {language} that the example has not:\n{block}", file=sys.stderr)
if count == 0:
    sys.exit("error: the articles have no code")
if missing:
    sys.exit(1)
print(f"{count} blocks of the articles are the example's")
CHECK
