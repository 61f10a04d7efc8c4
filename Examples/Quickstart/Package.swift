// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "Quickstart",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-convolution", path: "../..")],
    targets: [
        .executableTarget(
            name: "Quickstart", dependencies: [.product(name: "Convolution", package: "swift-convolution")])
    ],
    swiftLanguageModes: [.v6]
)
