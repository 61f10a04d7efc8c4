#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds Examples/ResNet50 and compares its two networks with PyTorch's answers; wrong calls end with their exit codes.
set -euo pipefail
cd "$(dirname "$0")/../Examples/ResNet50"

swift build -c release
program=$(swift build -c release --show-bin-path)/resnet50
"$program" --check goldens.safetensors
"$program" --network mobilenetv2 --size 96 --runs 3

# expect STATUS TEXT ARGUMENTS...
expect() {
    local status=0 output
    output=$("$program" "${@:3}" 2>&1) || status=$?
    [[ $status -eq $1 && $output == *"$2"* ]] || {
        printf 'error: resnet50 %s ended with %d, and said: %s\n' "${*:3}" "$status" "$output" >&2
        exit 1
    }
}
expect 64 "there is no option '--wieghts'" --wieghts model.safetensors
expect 64 "not a whole number" --size 0
expect 65 "there is no tensor named 'bn1.weight'" --weights goldens.safetensors
expect 65 "name one of images, mobilenetv2, resnet50" --input goldens.safetensors
expect 65 "missing.safetensors: can't be read" --weights missing.safetensors
echo "wrong calls are refused"
