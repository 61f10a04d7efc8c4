#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Brings the weights of Examples/Speech, compares its answers with those of silero-vad on ONNX Runtime, and has the
# program hear speech, sounds that are none, pipes, and files that are broken.
set -euo pipefail
cd "$(dirname "$0")/../Examples/Speech"
export SWIFTPM_BUILD_DIR=${SWIFTPM_BUILD_DIR:-$PWD/.build}

./weights.py
swift build --quiet -c release
speech=$SWIFTPM_BUILD_DIR/release/speech
"$speech" example.wav --check goldens.safetensors
./check.py "$speech"
