// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "PNG",
    platforms: [.macOS(.v15)],
    products: [.library(name: "PNG", targets: ["PNG"])],
    targets: [
        .target(name: "PNG", dependencies: ["CZlib"]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .testTarget(name: "PNGTests", dependencies: ["PNG", "CZlib"]),
    ],
    swiftLanguageModes: [.v6]
)
