// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that whoever imports the library resolves none of this.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "swift-convolution", path: ".."),
        // Its own counts of allocations come from interposers that are packages of their own, behind these traits;
        // CAllocationCounter counts without them.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        // MARK: Suites
        //
        // The command plugin takes for a suite every executable target whose folder lies in a folder `Benchmarks`.

        .executableTarget(
            name: "KernelBenchmarks",
            dependencies: ["PlanBenchmarks", "PlanCases", .product(name: "Benchmark", package: "benchmark")],
            path: "Kernels",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
        .executableTarget(
            name: "LayerBenchmarks",
            dependencies: ["PlanBenchmarks", "PlanCases", .product(name: "Benchmark", package: "benchmark")],
            path: "Layers",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
        .executableTarget(
            name: "StreamBenchmarks",
            dependencies: ["PlanBenchmarks", "PlanCases", .product(name: "Benchmark", package: "benchmark")],
            path: "Streams",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),

        // MARK: Instruction counts

        .executableTarget(
            name: "CountInstructions", dependencies: ["CCallgrind", "PlanCases"],
            path: "instructions/CountInstructions"),

        // MARK: Shared

        .target(
            name: "PlanCases", dependencies: [.product(name: "Convolution", package: "swift-convolution")],
            path: "Support/PlanCases"),
        .target(
            name: "PlanBenchmarks",
            dependencies: ["CAllocationCounter", "PlanCases", .product(name: "Benchmark", package: "benchmark")],
            path: "Support/PlanBenchmarks"),
        .target(name: "CAllocationCounter", path: "Support/CAllocationCounter"),
        .target(name: "CCallgrind", path: "Support/CCallgrind"),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11
)
