#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Uses the library as a stranger would: a package elsewhere names the committed state of this one by URL and version,
# imports it, and is built and run in debug and in release. Nothing else may be resolved, nothing but the Swift and C
# runtimes may be linked, and a wrong index is told in release as well.
set -euo pipefail
cd "$(dirname "$0")/.."

version=1.0.0
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
git clone --quiet --bare . "$place/swift-convolution.git"
git -C "$place/swift-convolution.git" tag --force "$version" HEAD >/dev/null

mkdir -p "$place/importer/Sources/importer"
cat >"$place/importer/Package.swift" <<PACKAGE
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "importer",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "file://$place/swift-convolution.git", from: "$version")],
    targets: [
        .executableTarget(
            name: "importer", dependencies: [.product(name: "Convolution", package: "swift-convolution")])
    ]
)
PACKAGE
cat >"$place/importer/Sources/importer/main.swift" <<'MAIN'
import Convolution

let x = try Tensor.arange(16).view([1, 1, 16])
let w = try Tensor([0.1, 0.2, 0.3], shape: [1, 1, 3])
let y = try conv1d(x, weight: w)
guard y.shape == [1, 1, 14], zip(y.elements, 0..<14).allSatisfy({ abs($0 - (0.8 + 0.6 * Float($1))) < 1e-5 }) else {
    fatalError("conv1d answers \(y)")
}
let layer = try Conv2d(8, 14, kernelSize: [3, 2], stride: [2, 1])
if CommandLine.arguments.count > 1 { print(y[0, 0, 14]) }
guard try layer(Tensor.ones([5, 8, 10, 5])).shape == [5, 14, 4, 4] else { fatalError("Conv2d answers another shape") }
print("imported")
MAIN

cd "$place/importer"
for configuration in debug release; do
    echo "-- $configuration"
    # The kernels of a debug build are those of a release, which Examples/Quickstart runs in debug: here without
    # optimisation, in a fraction of the time.
    options=(-c "$configuration")
    if [ "$configuration" = debug ]; then options+=(-Xcc -O0); fi
    swift build "${options[@]}"
    program=$(swift build "${options[@]}" --show-bin-path)/importer
    [ "$("$program")" = imported ] || { echo "error: the importing program failed" >&2; exit 1; }
    said=$("$program" wrong-index 2>&1 || true)
    grep -qF 'index 14 is outside axis 2 of extent 14: [0, 0, 14] in a tensor of shape [1, 1, 14]' <<<"$said" ||
        { echo "error: a wrong index is not told, but: $said" >&2; exit 1; }
done

pins=$(grep -c '"identity"' Package.resolved)
if [ "$pins" -ne 1 ]; then
    echo "error: an importing package resolves $pins packages instead of 1:" >&2
    grep '"location"' Package.resolved >&2
    exit 1
fi
if command -v ldd >/dev/null; then
    foreign=$(ldd "$program" | awk '{ print $1 }' | grep -vE \
        '^(linux-vdso|/lib.*/ld-linux|libc\.|libm\.|libdl\.|libpthread\.|libgcc_s|libstdc\+\+|libswift|libdispatch|libBlocksRuntime|lib_?Foundation)' ||
        true)
    if [ -n "$foreign" ]; then
        echo "error: an importing program needs system libraries: $foreign" >&2
        exit 1
    fi
fi
echo "imported in debug and release; 1 package resolved, no system library needed"
