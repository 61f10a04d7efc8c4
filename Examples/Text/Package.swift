// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "Text",
    platforms: [.macOS(.v15)],
    products: [.library(name: "TextNetwork", targets: ["TextNetwork"])],
    dependencies: [
        .package(name: "swift-convolution", path: "../.."),
        .package(path: "../support/CommandSupport"),
        .package(path: "../support/NetworkWeights"),
        .package(path: "../support/PNG"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    ],
    targets: [
        // The network, images on their way into it, and boxes on their way out.
        .target(
            name: "TextNetwork",
            dependencies: [
                .product(name: "Convolution", package: "swift-convolution"),
                .product(name: "ConvolutionLayers", package: "swift-convolution"),
                .product(name: "NetworkWeights", package: "NetworkWeights"),
                .product(name: "PNG", package: "PNG"),
            ]),
        .executableTarget(
            name: "text",
            dependencies: [
                "TextNetwork",
                .product(name: "CommandSupport", package: "CommandSupport"),
                .product(name: "PNG", package: "PNG"),
                .product(name: "Convolution", package: "swift-convolution"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
