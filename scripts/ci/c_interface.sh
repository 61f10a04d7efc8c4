#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the library for C into .build/interface as a user would, and tests it from C. The header is C++ too, and the
# library shows its functions and nothing else.
set -euo pipefail
cd "$(dirname "$0")/../.."

prefix=$PWD/.build/interface
scripts/install_library.sh "$prefix"
options=(-Wall -Wextra -Wpedantic -Werror -I "$prefix/include")
clang -x c++ -std=c++17 "${options[@]}" -fsyntax-only "$prefix/include/convolution.h" -Wno-pragma-once-outside-header
counter=Benchmarks/Support/CAllocationCounter
clang -std=c11 -g "${options[@]}" -I $counter/include -pthread Tests/CInterfaceTests/*.c $counter/*.c \
    -o "$prefix/test-interface" \
    -L "$prefix/lib" -lConvolutionC -Wl,-rpath,"$prefix/lib" -lm
"$prefix/test-interface" Tests/ConvolutionTests/Fixtures/conformance

if [ "$(uname)" = Linux ]; then
    declared=$(grep -oE '\bconvolution_[a-z_]+\(' "$prefix/include/convolution.h" | tr -d '(' | sort -u)
    shown=$(nm -D --defined-only "$prefix/lib/libConvolutionC.so" | awk '$2 ~ /[A-Z]/ { print $3 }' | sort -u)
    diff <(printf '%s\n' "$declared") <(printf '%s\n' "$shown") ||
        { echo "error: the library does not show the functions of its header, and them alone (< header, > library)" >&2; exit 1; }
    foreign=$(ldd "$prefix/lib/libConvolutionC.so" | awk '{ print $1 }' | grep -vE \
        '^(linux-vdso|/lib.*/ld-linux|libc\.|libm\.|libdl\.|libpthread\.|libgcc_s|libstdc\+\+)' || true)
    if [ -n "$foreign" ]; then echo "error: the library needs $foreign" >&2; exit 1; fi
    echo "$(wc -w <<<"$shown") functions are shown; Swift's libraries are in it"
fi
