#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Brings the weights of Examples/Upscale, compares its answers with ncnn's, tries the reader of PNG files, and runs the
# program on images and on what is none.
set -euo pipefail
cd "$(dirname "$0")/../Examples/Upscale"
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

# expect CODE TEXT ARGUMENT...: the program ends with the code, and says the text on standard error.
expect() {
    local code=$1 text=$2 status=0
    shift 2
    "$upscale" "$@" >/dev/null 2>"$folder/errors" || status=$?
    if [ "$status" -ne "$code" ] || ! grep -qF -- "$text" "$folder/errors"; then
        echo "error: 'upscale $*' ends with $status instead of $code, and says:" >&2
        cat "$folder/errors" >&2
        exit 1
    fi
}
head -c 20000 Goldens/cat.png >"$folder/cut.png"
expect 65 "but the file has" "$folder/cut.png" "$folder/out.png"
expect 65 "not a PNG file" README.md "$folder/out.png"
expect 65 "No such file or directory" "$folder/none.png" "$folder/out.png"
expect 65 "weights.py brings it" Goldens/cat.png "$folder/out.png" --weights "$folder"
expect 74 "can't be written" Goldens/cat.png "$folder/none/out.png"
expect 64 "--tile 0" Goldens/cat.png "$folder/out.png" --tile 0
expect 64 "an image and a file to write" Goldens/cat.png
test ! -e "$folder/out.png"
echo "wrong usage and broken files are errors with exit codes of their own"
