// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "Model",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-convolution", path: "../..")],
    targets: [
        .executableTarget(name: "Model", dependencies: [.product(name: "Convolution", package: "swift-convolution")])
    ],
    swiftLanguageModes: [.v6]
)
