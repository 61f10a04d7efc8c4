// swift-tools-version: 6.2

import PackageDescription

let library: [Target.Dependency] = [
    .product(name: "Convolution", package: "swift-convolution"),
    .product(name: "ConvolutionLayers", package: "swift-convolution"),
    .product(name: "NetworkWeights", package: "NetworkWeights"),
]

let package = Package(
    name: "ResNet50",
    platforms: [.macOS(.v15)],
    products: [.library(name: "ResNet50Network", targets: ["ResNet50Network"])],
    dependencies: [
        .package(name: "swift-convolution", path: "../.."), .package(path: "../support/NetworkWeights"),
    ],
    targets: [
        .target(name: "ResNet50Network", dependencies: library),
        .executableTarget(name: "resnet50", dependencies: library + ["ResNet50Network"]),
    ],
    swiftLanguageModes: [.v6]
)
