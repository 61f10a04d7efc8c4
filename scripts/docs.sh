#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the documentation of the library into .build/documentation; any warning, such as a link to nothing, is an error.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p .build
# Compiled for its symbols alone, so C without optimisation. In a folder of its own: a build of the package has other
# options, and would compile everything anew where this was.
swift package --scratch-path .build-docs -Xcc -O0 --allow-writing-to-directory .build/documentation \
    generate-documentation --target Convolution --warnings-as-errors --output-path .build/documentation
