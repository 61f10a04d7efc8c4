#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the suites of Benchmarks/ and fails if a warm run of a plan allocates: the committed thresholds are 0. With
# --update, writes the threshold of a benchmark that has none, and removes those of benchmarks that are gone.
# Exit code 0: no run allocates; 1: one does, or a benchmark has no threshold; 2: could not measure.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
    echo "error: could not measure: allocations are counted with glibc alone" >&2
    exit 2
fi
thresholds=Benchmarks/Thresholds
threshold='{
  "Allocations" : 0
}'
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# The plug-in looks for the thresholds in the current directory.
benchmark() { (cd Benchmarks && swift package benchmark "$@") </dev/null >"$log" 2>&1; }

if ! benchmark list; then
    cat "$log" >&2
    echo "error: could not measure: the suites could not be built" >&2
    exit 2
fi
mapfile -t names < <(awk -F "'" '/^Target .* available benchmarks:$/ { target = $2; next }
    /^[a-z0-9_.]+$/ { if (target != "") print target "." $0; next } { target = "" }' "$log")
if [ ${#names[@]} -eq 0 ]; then
    echo "error: could not measure: there are no benchmarks" >&2
    exit 2
fi

# A benchmark without a file of thresholds passes, and so would one whose file does not name the metric.
status=0
for name in "${names[@]}"; do
    file=$thresholds/$name.p90.json
    if [ "${1:-}" = --update ]; then
        printf '%s\n' "$threshold" >"$file"
    elif [ "$(cat "$file" 2>/dev/null)" != "$threshold" ]; then
        echo "error: $file does not allow exactly 0 allocations: run scripts/check_allocations.sh --update" >&2
        status=1
    fi
done
[ $status -eq 0 ] || exit $status

if benchmark thresholds check --no-progress; then
    echo "${#names[@]} benchmarks: no run allocates"
elif grep -q 'is WORSE than' "$log"; then
    sed -n '/^Deviations worse than threshold/,$p' "$log" >&2
    echo "error: a run of a warm plan allocates (allocations of all its runs, above)" >&2
    exit 1
else
    cat "$log" >&2
    echo "error: could not measure: the suites failed" >&2
    exit 2
fi
