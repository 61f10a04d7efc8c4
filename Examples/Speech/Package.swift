// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "Speech",
    platforms: [.macOS(.v15)],
    products: [.library(name: "SpeechNetwork", targets: ["SpeechNetwork"])],
    dependencies: [
        .package(name: "swift-convolution", path: "../.."),
        .package(path: "../support/CommandSupport"),
        .package(path: "../support/NetworkWeights"),
        .package(path: "../support/Sound"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    ],
    targets: [
        // The network and what makes stretches of speech of its answers, which know of no files of sound.
        .target(
            name: "SpeechNetwork",
            dependencies: [
                .product(name: "Convolution", package: "swift-convolution"),
                .product(name: "ConvolutionLayers", package: "swift-convolution"),
                .product(name: "NetworkWeights", package: "NetworkWeights"),
            ]),
        .executableTarget(
            name: "speech",
            dependencies: [
                "SpeechNetwork",
                .product(name: "CommandSupport", package: "CommandSupport"),
                .product(name: "Sound", package: "Sound"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
