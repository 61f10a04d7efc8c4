#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `convolve check` as it is shipped, on a few layers: this build against itself, then against a baseline that is written
# now. No verdict (exit code 2) is what a busy machine deserves, and passes here; a regression of a build against itself
# does not, nor does a build that dies or answers nonsense (3) or cannot be started (64).
set -euo pipefail
cd "$(dirname "$0")/../.."

swift build -c release --product convolve
convolve=.build/release/convolve
baseline=$(mktemp)
trap 'rm -f "$baseline"' EXIT

tolerated() {
    local status=0
    "$@" || status=$?
    if [ $status -eq 2 ]; then echo "no verdict: this machine is too busy for one (exit code 2)"; fi
    [ $status -eq 0 ] || [ $status -eq 2 ]
}

tolerated "$convolve" check --against "$convolve" --filter mobilenetv2.pw --max-time 15
rm "$baseline"
tolerated "$convolve" check --baseline "$baseline" --update --filter mobilenetv2.pw --tolerance 0.2 --max-time 15
if [ -e "$baseline" ]; then
    tolerated "$convolve" check --baseline "$baseline" --tolerance 0.2 --max-time 15
fi

# A build that is broken must not look like a busy machine.
expected() {
    local wanted=$1 status=0
    shift
    "$@" || status=$?
    [ $status -eq "$wanted" ] || { echo "error: exit code $status instead of $wanted: $*" >&2; return 1; }
}

expected 64 "$convolve" check --against /nowhere/convolve
expected 3 "$convolve" check --against "$(type -P true)"
