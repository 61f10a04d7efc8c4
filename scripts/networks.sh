#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds Benchmarks/Networks, and has it time a network of an example. After scripts/speech.sh, which brings the weights.
set -euo pipefail
cd "$(dirname "$0")/../Benchmarks/Networks"
export SWIFTPM_BUILD_DIR=${SWIFTPM_BUILD_DIR:-$PWD/.build}

swift build --quiet -c release
input=$(mktemp)
trap 'rm -f "$input"' EXIT
head -c 2304 /dev/zero >"$input"
request='{"network": "speech", "weights": "../../Examples/Speech/.weights/silero_vad_16k.safetensors",'
request+=' "shape": [1, 576], "threads": 1, "repetitions": 2, "input": "'$input'"}'
answer=$("$SWIFTPM_BUILD_DIR/release/networks" <<<"$request")
echo "$answer"
[[ $answer == *'"median_ms":'* ]] || { echo "error: it has timed nothing" >&2; exit 1; }
