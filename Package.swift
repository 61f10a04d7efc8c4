// swift-tools-version: 6.2

import PackageDescription

// What fills tensors and computes the definition in tests takes many times as long in a build without optimisation.
let optimized: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
    name: "swift-convolution",
    platforms: [.macOS(.v15)],
    products: [
        // The command-line tool is not a product: `swift run convolve` needs none, and what any product depends on is
        // resolved by every package that imports the library.
        .library(name: "Convolution", targets: ["Convolution"]),
        // What stands between the convolutions of a network: pooling, linear layers, batch norms, functions of elements.
        .library(name: "ConvolutionLayers", targets: ["ConvolutionLayers"]),
        // The same for C and what calls C, as a shared library: scripts/install_library.sh builds it.
        .library(name: "ConvolutionC", type: .dynamic, targets: ["ConvolutionC"]),
    ],
    traits: [
        .trait(
            name: "OpenMP",
            description: "Compiles the OpenMP executor and links LLVM's libomp (Debian and Ubuntu: libomp-dev).")
    ],
    dependencies: [
        // Only the command-line tool and the documentation command use these: a package that imports the library
        // `Convolution` resolves neither.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
    ],
    targets: [
        // MARK: Public

        .target(
            name: "Convolution",
            dependencies: ["CConvolutionKernels"],
            swiftSettings: [
                .define("CONVOLUTION_OPENMP", .when(traits: ["OpenMP"])),
                // For the properties of Tensor that return a Span, as the standard library's own are declared.
                .enableExperimentalFeature("Lifetimes"),
            ]
        ),
        .target(name: "ConvolutionLayers", dependencies: ["Convolution"]),
        // The functions of convolution.h.
        .target(name: "ConvolutionC", dependencies: ["Convolution", "CConvolutionInterface"]),
        // The program: `main`, in C, which hands its arguments to the commands.
        .executableTarget(name: "convolve", dependencies: ["ConvolveCommands"], path: "Sources/convolve-main"),

        // MARK: Implementation details

        .target(
            name: "ConvolveCommands",
            dependencies: [
                "CConvolveHash",
                "Convolution",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/convolve",
            exclude: ["Resources/layers/README.md"],
            // In the program itself, so that it runs wherever it is copied to.
            resources: [
                .embedInCode("Resources/layers/crepe.json"),
                .embedInCode("Resources/layers/efficientnetb0.json"),
                .embedInCode("Resources/layers/encodec.json"),
                .embedInCode("Resources/layers/family.json"),
                .embedInCode("Resources/layers/layers.json"),
                .embedInCode("Resources/layers/mobilenetv1.json"),
                .embedInCode("Resources/layers/mobilenetv2.json"),
                .embedInCode("Resources/layers/resnet18.json"),
                .embedInCode("Resources/layers/resnet50.json"),
                .embedInCode("Resources/layers/unet.json"),
                .embedInCode("Resources/layers/vgg16.json"),
                .embedInCode("Resources/layers/wavenet.json"),
                .embedInCode("Resources/layers/whisper.json"),
            ]
        ),

        .target(
            name: "CConvolutionKernels",
            path: "CKernels",
            cSettings: [
                // SwiftPM builds C at -O0 in debug, which makes the kernels useless there, and -O2 in release, which
                // does not unroll the register tiles of the kernel bodies as -O3 does. No instruction set is chosen
                // by a flag: each kernel carries a target attribute. Packages may depend on this one by version all the
                // same, as scripts/import_check.sh checks.
                .unsafeFlags(["-O3"]),
                .headerSearchPath("."),
                .define("CK_OPENMP", .when(traits: ["OpenMP"])),
            ],
            linkerSettings: [
                // Debian's libomp-dev puts libomp5.so, and no libomp.so, on the default search path.
                .linkedLibrary("omp5", .when(platforms: [.linux], traits: ["OpenMP"]))
            ]
        ),

        // SHA-256, for the manifests of the tool.
        .target(name: "CConvolveHash"),
        // convolution.h, and the last error of each thread.
        .target(name: "CConvolutionInterface"),

        // MARK: Tests

        .target(
            name: "TestSupport", dependencies: ["Convolution", "CConvolutionKernels"], path: "Tests/TestSupport",
            swiftSettings: optimized),
        .testTarget(
            name: "ConvolutionTests",
            dependencies: ["Convolution", "TestSupport"],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(
            name: "ConvolutionLayersTests", dependencies: ["ConvolutionLayers"],
            exclude: ["Fixtures/make_fixtures.py"], resources: [.copy("Fixtures/layers.json")]),
        .testTarget(
            name: "KernelTests", dependencies: ["CConvolutionKernels", "TestSupport"], swiftSettings: optimized),
        .testTarget(
            name: "ConvolveTests",
            dependencies: [
                "CConvolveHash", "ConvolveCommands", "Convolution", "CConvolutionKernels", "TestSupport",
            ]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11
)
