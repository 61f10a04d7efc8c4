#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Formats the Swift and C sources in place; with --check, reports what is not formatted and changes nothing.
# clang-format's layout differs from version to version, so one version is fixed here and installed into .build-tools if the
# one on the path is another.
set -euo pipefail
cd "$(dirname "$0")/.."

clang_format_version=23.1.5

clang_format=clang-format
if ! clang-format --version 2>/dev/null | grep -qF " $clang_format_version"; then
    clang_format=.build-tools/bin/clang-format
    if ! "$clang_format" --version 2>/dev/null | grep -qF " $clang_format_version"; then
        python3 -m venv .build-tools || {
            echo "error: no clang-format $clang_format_version, and python3 has no venv to install it with (Debian and" \
                "Ubuntu: apt-get install python3-venv)" >&2
            exit 1
        }
        .build-tools/bin/pip install --quiet --disable-pip-version-check "clang-format==$clang_format_version"
    fi
fi

mapfile -t c_files < <(git ls-files 'CKernels/*.[ch]' 'Benchmarks/*.[ch]' 'Sources/*.[ch]' 'Tests/*.[ch]')
swift_roots=()
for root in Package.swift Sources Tests Examples Benchmarks; do
    if [ -e "$root" ]; then swift_roots+=("$root"); fi
done
mapfile -t swift_files < <(git ls-files "${swift_roots[@]}" | grep '\.swift$')

if [ "${1:-}" = --check ]; then
    swift format lint --strict --parallel "${swift_files[@]}"
    "$clang_format" --dry-run -Werror "${c_files[@]}"
    echo "${#swift_files[@]} Swift files and ${#c_files[@]} C files are formatted"
else
    swift format --in-place --parallel "${swift_files[@]}"
    "$clang_format" -i "${c_files[@]}"
fi
