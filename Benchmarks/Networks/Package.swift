// swift-tools-version: 6.2

import PackageDescription

// Beside the other benchmarks, as it depends on the packages of the examples.
let package = Package(
    name: "Networks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "swift-convolution", path: "../.."),
        .package(name: "ResNet50", path: "../../Examples/ResNet50"),
    ],
    targets: [
        .executableTarget(
            name: "networks",
            dependencies: [
                .product(name: "Convolution", package: "swift-convolution"),
                .product(name: "ConvolutionLayers", package: "swift-convolution"),
                .product(name: "ResNet50Network", package: "ResNet50"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
