#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds everything anew and fails if the compiler warned about this package. The log is searched because
# -warnings-as-errors cannot be given: SwiftPM passes -suppress-warnings to dependencies, and swiftc refuses both.
set -euo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
swift package clean
swift build --build-tests 2>&1 | tee "$log"
if grep -F 'warning:' "$log" | grep -vF '/checkouts/' >"$log.own"; then
    echo "error: the build has warnings:" >&2
    sort -u "$log.own" >&2
    rm -f "$log.own"
    exit 1
fi
rm -f "$log.own"
