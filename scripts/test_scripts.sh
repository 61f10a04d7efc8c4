#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tests of the Python scripts: the comparison with other libraries, the verdict on instruction counts, the walks over
# neighbouring shapes, and the fits of the cost model.
set -euo pipefail
cd "$(dirname "$0")/.."

for folder in Benchmarks/peers Benchmarks/instructions scripts; do
    python3 -m unittest discover -s "$folder" -p 'test_*.py'
done
