#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests of threads, plans and conformance with the OpenMP executor compiled in. Needs LLVM's OpenMP runtime.
# Arguments go to swift test; --probe alone tells whether the runtime is there.
set -euo pipefail
cd "$(dirname "$0")/.."

# What the package links is found by the linker alone: ldconfig does not list libomp5.so, a link for development.
links() { echo 'int main(void) { return 0; }' | clang -x c - -lomp5 -o /dev/null 2>/dev/null; }

if [ "${1:-}" = --probe ]; then
    links
    exit
fi
if ! links; then
    echo "error: libomp5.so is not installed (Debian and Ubuntu: apt-get install libomp-dev)" >&2
    exit 1
fi
swift test --scratch-path .build-openmp --traits OpenMP \
    --filter 'Thread|Executor|Worker|Region|Plan|Conformance' "$@"
