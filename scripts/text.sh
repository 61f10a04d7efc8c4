#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Brings the weights of Examples/Text, compares its answers with ONNX Runtime's and rapidocr's, and runs the program on
# images and on what is none.
set -euo pipefail
cd "$(dirname "$0")/../Examples/Text"
source ../../scripts/expect.sh
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

python3 ../support/spoiled_weights.py .weights/detector.safetensors "$folder/detector.safetensors"
expect "$text" 65 "no finite number" Goldens/note.png --weights "$folder"
head -c 9000 Goldens/sign.png >"$folder/cut.png"
expect "$text" 65 "but the file has" "$folder/cut.png"
expect "$text" 65 "not a PNG file" README.md
expect "$text" 65 "No such file or directory" "$folder/none.png"
expect "$text" 65 "can't be read: Is a directory" Goldens
expect "$text" 65 "weights.py brings it" Goldens/sign.png --weights "$folder/none"
expect "$text" 74 "can't be written: No such file or directory" Goldens/note.png "$folder/none/out.png"
expect "$text" 74 "can't be written: Is a directory" Goldens/note.png "$folder"
expect "$text" 64 "--score 2" Goldens/sign.png --score 2
expect "$text" 64 "an image is needed"
echo "wrong usage and broken files are errors with exit codes of their own"
