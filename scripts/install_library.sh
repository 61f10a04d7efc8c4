#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the library for C below a folder (default: ~/.local): lib/libConvolutionC.so, include/convolution.h and
# lib/pkgconfig/convolution.pc. On Linux it has Swift's libraries in it and shows nothing but the functions of the header:
# a program that loads it needs no toolchain, and may have another Swift in it.
set -euo pipefail
cd "$(dirname "$0")/.."

prefix=${1:-$HOME/.local}
swift build -c release --product ConvolutionC
built=$(swift build -c release --product ConvolutionC --show-bin-path)
mkdir -p "$prefix/lib/pkgconfig" "$prefix/include"
if [ "$(uname)" = Linux ]; then
    # SwiftPM links shared libraries with the toolchain's own alone. What it has compiled is linked once more.
    exports=$(mktemp)
    trap 'rm -f "$exports" "$exports.log"' EXIT
    echo '{ global: convolution_*; local: *; };' >"$exports"
    options=(-emit-library -Xlinker --version-script="$exports" -Xlinker -soname=libConvolutionC.so
        -Xlinker --gc-sections -Xlinker -s -Xlinker -z -Xlinker defs)
    # What Foundation's own objects do not name.
    foundation=(-lCoreFoundation -l_FoundationICU -l_FoundationCShims -l_FoundationCollections)
    place=$(mktemp -d "$prefix/lib/.convolution-XXXXXX")
    trap 'rm -rf "$exports" "$exports.log" "$place"' EXIT
    if ! swiftc -static-stdlib "${options[@]}" "${foundation[@]}" -o "$place/libConvolutionC.so" \
        "@$built/ConvolutionC.product/Objects.LinkFileList" 2>"$exports.log"; then
        cat "$exports.log" >&2
        echo "note: this toolchain cannot link Swift's libraries in; the library needs them where it runs" >&2
        swiftc "${options[@]}" -Xlinker -rpath -Xlinker "$(dirname "$(dirname "$(type -P swiftc)")")/lib/swift/linux" \
            -o "$place/libConvolutionC.so" "@$built/ConvolutionC.product/Objects.LinkFileList"
    fi
    # Replaced as a whole: a program that has the old one loaded keeps it.
    chmod 755 "$place/libConvolutionC.so"
    mv -f "$place/libConvolutionC.so" "$prefix/lib/libConvolutionC.so"
    library=libConvolutionC.so
else
    install -m 755 "$built/libConvolutionC.dylib" "$prefix/lib/libConvolutionC.dylib"
    library=libConvolutionC.dylib
fi
install -m 644 Sources/CConvolutionInterface/include/convolution.h "$prefix/include/convolution.h"
version=$(sed -n 's/.*static let version = "\(.*\)".*/\1/p' Sources/Convolution/ConvolutionLibrary.swift)
cat >"$prefix/lib/pkgconfig/convolution.pc" <<PACKAGE
prefix=$(cd "$prefix" && pwd)

Name: convolution
Description: Convolutions of fp32 tensors on processors
Version: $version
Cflags: -I\${prefix}/include
Libs: -L\${prefix}/lib -lConvolutionC
PACKAGE
echo "installed $prefix/lib/$library"
