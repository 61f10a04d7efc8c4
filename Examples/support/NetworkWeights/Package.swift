// swift-tools-version: 6.2

import PackageDescription

// How the examples' networks read their weights.
let package = Package(
    name: "NetworkWeights",
    platforms: [.macOS(.v15)],
    products: [.library(name: "NetworkWeights", targets: ["NetworkWeights"])],
    dependencies: [.package(name: "swift-convolution", path: "../../..")],
    targets: [
        .target(
            name: "NetworkWeights", dependencies: [.product(name: "Convolution", package: "swift-convolution")])
    ],
    swiftLanguageModes: [.v6]
)
