#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds Examples/ResNet50 and compares its two networks with PyTorch's answers; wrong calls end with their exit codes.
set -euo pipefail
cd "$(dirname "$0")/../Examples/ResNet50"
source ../../scripts/expect.sh

swift build -c release
program=$(swift build -c release --show-bin-path)/resnet50
"$program" --check goldens.safetensors
"$program" --network mobilenetv2 --size 96 --runs 3

expect "$program" 64 "there is no option '--wieghts'" --wieghts model.safetensors
expect "$program" 64 "not a whole number" --size 0
expect "$program" 65 "there is no tensor named 'bn1.weight'" --weights goldens.safetensors
expect "$program" 65 "name one of images, mobilenetv2, resnet50" --input goldens.safetensors
expect "$program" 65 "missing.safetensors: can't be read" --weights missing.safetensors
weights=$(mktemp)
trap 'rm -f "$weights"' EXIT
python3 - "$weights" <<'SPOILED'
import pathlib
import sys

sys.path.insert(0, "../support")
from safetensors_file import StoredTensor, write

write(pathlib.Path(sys.argv[1]), {"bn1.weight": StoredTensor("F32", [64], b"\0\0\x80\x7f" * 64)}, {})
SPOILED
expect "$program" 65 "element [0] of 'bn1.weight' is inf" --weights "$weights"
echo "wrong calls are refused"
