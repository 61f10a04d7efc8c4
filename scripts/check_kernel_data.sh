#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Kernels keep no state: the object files of the C target must have no writable data. Constant tables of pointers are in
# .data.rel.ro, which is read-only once loaded. Takes the build folder (default: that of the debug build).
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-.build/debug}/CConvolutionKernels.build
dump=objdump
if command -v llvm-objdump >/dev/null; then dump=llvm-objdump; fi
mapfile -t objects < <(find "$folder" -name '*.o' | sort)
if [ ${#objects[@]} -eq 0 ]; then
    echo "error: no object files in $folder: run swift build first" >&2
    exit 1
fi
status=0
for object in "${objects[@]}"; do
    writable=$("$dump" -h "$object" | awk '
        $2 ~ /^\.(data|bss|tdata|tbss)/ && $2 !~ /^\.data\.rel\.ro/ && $3 !~ /^0+$/ { print $2 " of 0x" $3 " bytes" }')
    if [ -n "$writable" ]; then
        echo "error: ${object#"$folder/"} has writable data: $writable" >&2
        status=1
    fi
done
[ $status -eq 0 ] && echo "${#objects[@]} kernel objects have no writable data"
exit $status
