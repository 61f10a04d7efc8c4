#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Brings the weights of Examples/Text, compares its answers with ONNX Runtime's and rapidocr's, and runs the program on
# images and on what is none.
set -euo pipefail
cd "$(dirname "$0")/../Examples/Text"
export SWIFTPM_BUILD_DIR=${SWIFTPM_BUILD_DIR:-$PWD/.build}

./weights.py
swift build --quiet -c release
text=$SWIFTPM_BUILD_DIR/release/text
"$text" --check Goldens

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$text" Goldens/sign.png "$folder/boxes.png" >"$folder/boxes.json"
python3 - "$folder" <<'CHECK'
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
answer = json.loads((folder / "boxes.json").read_text())
if len(answer["boxes"]) != 10 or answer["width"] != 640 or not (folder / "boxes.png").read_bytes():
    sys.exit(f"error: the program prints {answer}")
print(f"{len(answer['boxes'])} boxes are printed as JSON and drawn")
CHECK

# expect CODE TEXT ARGUMENT...: the program ends with the code, and says the text on standard error.
expect() {
    local code=$1 said=$2 status=0
    shift 2
    "$text" "$@" >/dev/null 2>"$folder/errors" || status=$?
    if [ "$status" -ne "$code" ] || ! grep -qF -- "$said" "$folder/errors"; then
        echo "error: 'text $*' ends with $status instead of $code, and says:" >&2
        cat "$folder/errors" >&2
        exit 1
    fi
}
head -c 9000 Goldens/sign.png >"$folder/cut.png"
expect 65 "but the file has" "$folder/cut.png"
expect 65 "not a PNG file" README.md
expect 65 "No such file or directory" "$folder/none.png"
expect 65 "weights.py brings it" Goldens/sign.png --weights "$folder"
expect 74 "can't be written" Goldens/note.png "$folder/none/out.png"
expect 64 "--score 2" Goldens/sign.png --score 2
expect 64 "an image is needed"
echo "wrong usage and broken files are errors with exit codes of their own"
