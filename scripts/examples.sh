#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds, runs and checks the packages in Examples, and the benchmark of their networks.
set -euo pipefail
cd "$(dirname "$0")/.."

# They build the library as this package does: in the same place, its kernels are compiled once.
export SWIFTPM_BUILD_DIR=$PWD/.build
scripts/quickstart.sh
scripts/model.sh
scripts/resnet50.sh
scripts/pitch.sh
scripts/speech.sh
scripts/upscale.sh
scripts/text.sh
scripts/networks.sh
