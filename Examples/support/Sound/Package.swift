// swift-tools-version: 6.2

import PackageDescription

// What the examples that listen share: files of sound, and their sample rates.
let package = Package(
    name: "Sound",
    platforms: [.macOS(.v15)],
    products: [.library(name: "Sound", targets: ["Sound"])],
    targets: [.target(name: "Sound")],
    swiftLanguageModes: [.v6]
)
