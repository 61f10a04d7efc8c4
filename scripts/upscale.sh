#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Brings the weights of Examples/Upscale, compares its answers with ncnn's, tries the reader of PNG files, and runs the
# program on images and on what is none.
set -euo pipefail
cd "$(dirname "$0")/../Examples/Upscale"
source ../../scripts/expect.sh
export SWIFTPM_BUILD_DIR=${SWIFTPM_BUILD_DIR:-$PWD/.build}

./weights.py
swift build --quiet -c release
upscale=$SWIFTPM_BUILD_DIR/release/upscale
"$upscale" --check Goldens
(cd ../support/PNG && swift test --quiet -c release 2>&1 | tail -n 1)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$upscale" Goldens/cat.png "$folder/cat.png" --noise 1
"$upscale" Goldens/icon.png "$folder/icon.png" --model drawing --tile 20 --threads 1

python3 ../support/spoiled_weights.py .weights/photo.safetensors "$folder/photo.safetensors"
expect "$upscale" 65 "no finite number" Goldens/icon.png "$folder/out.png" --weights "$folder"
head -c 20000 Goldens/cat.png >"$folder/cut.png"
expect "$upscale" 65 "but the file has" "$folder/cut.png" "$folder/out.png"
expect "$upscale" 65 "not a PNG file" README.md "$folder/out.png"
expect "$upscale" 65 "No such file or directory" "$folder/none.png" "$folder/out.png"
expect "$upscale" 65 "can't be read: Is a directory" Goldens "$folder/out.png"
expect "$upscale" 65 "weights.py brings it" Goldens/cat.png "$folder/out.png" --weights "$folder/none"
expect "$upscale" 74 "can't be written: No such file or directory" Goldens/cat.png "$folder/none/out.png"
expect "$upscale" 74 "can't be written: Is a directory" Goldens/cat.png "$folder"
expect "$upscale" 64 "--tile 0" Goldens/cat.png "$folder/out.png" --tile 0
expect "$upscale" 64 "an image and a file to write" Goldens/cat.png
test ! -e "$folder/out.png"
echo "wrong usage and broken files are errors with exit codes of their own"
