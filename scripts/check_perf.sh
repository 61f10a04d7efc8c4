#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds a commit beside the working tree and compares the two with `convolve check --against`.
# usage: scripts/check_perf.sh [COMMIT (default: origin/main)] [option of convolve check ...]
# Exit code: that of convolve check (0 no layer is slower, 1 one is, 2 could not measure, 3 a build died, as one without
# `convolve bench --serve` does); 2 as well if the commit cannot be built.
set -euo pipefail
cd "$(dirname "$0")/.."

base=${1:-origin/main}
[ $# -eq 0 ] || shift
commit=$(git rev-parse --verify --quiet "$base^{commit}") || {
    echo "error: could not measure: there is no commit '$base' here (git fetch?)" >&2
    exit 2
}

# The tree stays where it is, so that a second run against the same commit builds nothing.
tree=.build/check-perf/base
if [ "$(cat "$tree.commit" 2>/dev/null)" != "$commit" ]; then
    rm -f "$tree.commit"
    mkdir -p "$tree"
    # What the build made is kept; what belongs to another commit is not.
    find "$tree" -mindepth 1 -maxdepth 1 ! -name .build -exec rm -rf {} +
    git archive "$commit" | tar -x -C "$tree"
    (cd "$tree" && swift build -c release --product convolve) || {
        echo "error: could not measure: $base cannot be built" >&2
        exit 2
    }
    echo "$commit" >"$tree.commit"
fi
swift build -c release --product convolve
.build/release/convolve check --against "$tree/.build/release/convolve" "$@"
