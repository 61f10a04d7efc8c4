// swift-tools-version: 6.2

import PackageDescription

// Beside the other benchmarks, as it depends on the packages of the examples.
let package = Package(
    name: "Networks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "swift-convolution", path: "../.."),
        .package(path: "../../Examples/Pitch"),
        .package(path: "../../Examples/ResNet50"),
        .package(path: "../../Examples/Speech"),
        .package(path: "../../Examples/Text"),
        .package(path: "../../Examples/Upscale"),
    ],
    targets: [
        .executableTarget(
            name: "networks",
            dependencies: [
                .product(name: "Convolution", package: "swift-convolution"),
                .product(name: "ConvolutionLayers", package: "swift-convolution"),
                .product(name: "PitchNetwork", package: "Pitch"),
                .product(name: "ResNet50Network", package: "ResNet50"),
                .product(name: "SpeechNetwork", package: "Speech"),
                .product(name: "TextNetwork", package: "Text"),
                .product(name: "UpscaleNetwork", package: "Upscale"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
