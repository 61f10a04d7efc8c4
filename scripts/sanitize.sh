#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests with sanitizers: `address` (the default; with undefined behaviour), or `thread`, which runs those of
# threads and plans. Further arguments go to swift test.
set -euo pipefail
cd "$(dirname "$0")/.."

# C at -O1, over the package's own -O3: checks that are unrolled and vectorised with what they check take minutes more.
kind=${1:-address}
[ $# -gt 0 ] && shift
case "$kind" in
address)
    # swiftc has no -sanitize=undefined on Linux, so the C compiler alone is told; the runtime of AddressSanitizer
    # brings the handlers. Four of the checks, which every access through a pointer has, are left to AddressSanitizer:
    # in unrolled kernels they take minutes to compile.
    export UBSAN_OPTIONS=print_stacktrace=1
    # A request for more memory than there is must reach the library as a failure, which it turns into an error. What is
    # still allocated at exit belongs to the runtimes of Swift and XCTest.
    export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=0
    swift test --scratch-path .build-sanitize --sanitize address \
        -Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined \
        -Xcc -fno-sanitize=null,alignment,object-size,pointer-overflow -Xcc -O1 "$@"
    ;;
thread)
    export TSAN_OPTIONS=halt_on_error=1
    swift test --scratch-path .build-sanitize-thread --sanitize thread -Xcc -O1 \
        --filter 'Thread|Executor|Worker|Region|Plan' "$@"
    ;;
*)
    echo "usage: scripts/sanitize.sh [address|thread] [swift test options]" >&2
    exit 64
    ;;
esac
