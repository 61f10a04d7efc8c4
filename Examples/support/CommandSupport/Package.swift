// swift-tools-version: 6.2

import PackageDescription

// What the programs of the examples have in common: errors and exit codes, files to write, progress, checks.
let package = Package(
    name: "CommandSupport",
    platforms: [.macOS(.v15)],
    products: [.library(name: "CommandSupport", targets: ["CommandSupport"])],
    dependencies: [
        .package(name: "swift-convolution", path: "../../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    ],
    targets: [
        .target(
            name: "CommandSupport",
            dependencies: [
                .product(name: "Convolution", package: "swift-convolution"),
                .product(name: "ConvolutionLayers", package: "swift-convolution"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
