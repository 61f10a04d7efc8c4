#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Many inputs by one worker and by two, one of which is killed: `convolve run-batch`, and Ray where it can be installed.
# After scripts/ci/python.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

swift build -c release --product convolve
convolve=$(swift build -c release --product convolve --show-bin-path)/convolve
export CONVOLUTION_LIBRARY=$PWD/.build/interface/lib/libConvolutionC.so
[ "$(uname)" = Linux ] || CONVOLUTION_LIBRARY=${CONVOLUTION_LIBRARY%.so}.dylib
options=()
if ! .build-python/bin/pip install --quiet --disable-pip-version-check './python[ray]'; then
    echo "skipped: no Ray for this Python"
    options=(--without-ray)
fi
.build-python/bin/python scripts/scale_out.py "$convolve" "${options[@]}"
