#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and runs Examples/Quickstart, and checks that it is the README's example and prints what the README says.
set -euo pipefail
cd "$(dirname "$0")/../Examples/Quickstart"

# The first Swift block of the README and the first block of output after it.
block() { awk -v fence="$1" '!done && $0 == fence { inside = 1; next } inside && $0 == "```" { inside = 0; done = 1 } inside' ../../README.md; }
diff <(block '```swift') <(grep -v '^// SPDX' Sources/Quickstart/main.swift | sed '/./,$!d') ||
    { echo "error: Examples/Quickstart is not the README's example" >&2; exit 1; }
output=$(swift run --quiet Quickstart)
diff <(block '```text') <(printf '%s\n' "$output") ||
    { echo "error: Examples/Quickstart does not print what the README says" >&2; exit 1; }
printf '%s\n' "$output"
