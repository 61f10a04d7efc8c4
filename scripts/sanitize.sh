#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests with sanitizers: `address` (the default; with undefined behaviour), or `thread`, which runs those of
# threads and plans. Further arguments go to swift test.
set -euo pipefail
cd "$(dirname "$0")/.."

# C at -O1, over the package's own -O3: checks that are unrolled and vectorised with what they check take minutes more.
# Reports need lines, and no variables.
options=(-Xcc -O1 -Xcc -gline-tables-only -Xswiftc -gline-tables-only)
kind=${1:-address}
[ $# -gt 0 ] && shift
case "$kind" in
address)
    # swiftc has no -sanitize=undefined on Linux, so the C compiler alone is told; the runtime of AddressSanitizer
    # brings the handlers. Four of the checks, which every access through a pointer has, are left to AddressSanitizer:
    # in unrolled kernels they take minutes to compile.
    export UBSAN_OPTIONS=print_stacktrace=1
    # A request for more memory than there is must reach the library as a failure, which it turns into an error. What is
    # still allocated at exit belongs to the runtimes of Swift and XCTest. Ten frames tell where a block was allocated; to
    # walk and keep all of them takes a fifth of the time of code that allocates much.
    export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=0:malloc_context_size=10
    # Each access in C is checked by a call: checks inline take nearly three times as long to compile.
    swift test --scratch-path .build-sanitize --sanitize address \
        -Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined \
        -Xcc -fno-sanitize=null,alignment,object-size,pointer-overflow \
        -Xcc -mllvm -Xcc -asan-instrumentation-with-call-threshold=0 "${options[@]}" "$@"
    ;;
thread)
    export TSAN_OPTIONS="halt_on_error=1:suppressions='$PWD/scripts/thread_sanitizer.supp'"
    # Without what only counts tasks, and what runs kernels on one thread.
    swift test --scratch-path .build-sanitize-thread --sanitize thread "${options[@]}" \
        --filter 'Thread|Executor|Worker|Region|Plan' --skip 'BalanceTests|^KernelTests' "$@"
    ;;
*)
    echo "usage: scripts/sanitize.sh [address|thread] [swift test options]" >&2
    exit 64
    ;;
esac
