#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes the manual page of `convolve` into a folder (default: .build/man/man1), from the help of a program (default: the
# release build). The generator is that of swift-argument-parser, without its plugin, which takes no program whose `main`
# is in C.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-.build/man/man1}
convolve=${2:-}
if [ -z "$convolve" ]; then
    swift build -c release --product convolve
    convolve=$(swift build -c release --product convolve --show-bin-path)/convolve
fi
swift build --product generate-manual
mkdir -p "$folder"
"$(swift build --product generate-manual --show-bin-path)/generate-manual" "$convolve" --output-directory "$folder"
echo "wrote $folder/convolve.1"
