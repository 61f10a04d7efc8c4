#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Python package as a user would, into an environment of its own, and runs its tests on the library that
# scripts/ci/c_interface.sh has built.
set -euo pipefail
cd "$(dirname "$0")/../.."

python3 -m venv .build-python
.build-python/bin/pip install --quiet --disable-pip-version-check './python[test]'
export CONVOLUTION_LIBRARY=$PWD/.build/interface/lib/libConvolutionC.so
[ "$(uname)" = Linux ] || CONVOLUTION_LIBRARY=${CONVOLUTION_LIBRARY%.so}.dylib
# The tests beside the package that was installed, and not the package's sources.
.build-python/bin/python -m pytest -q -p no:cacheprovider python/tests
