#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the documentation of the library into .build/documentation; any warning, such as a link to nothing, is an error.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p .build
swift package --scratch-path .build-docs --allow-writing-to-directory .build/documentation \
    generate-documentation --target Convolution --warnings-as-errors --output-path .build/documentation
