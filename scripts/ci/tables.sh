#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures what a plan chooses on the layers of the mixed table, and writes the results as Markdown and as JSON into a
# folder (default: .build/tables), beside what `convolve info` says of the machine. Each format is a run of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=${1:-.build/tables}
mkdir -p "$folder"
swift build -c release --product convolve
convolve=$(swift build -c release --product convolve --show-bin-path)/convolve
"$convolve" info >"$folder/machine.txt"
for format in markdown json; do
    "$convolve" bench --network mixed --algorithms auto --threads 1,2 --repetitions 7 --format "$format" \
        --output "$folder/layers.${format/markdown/md}"
done
