// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution

/// Stride, padding, dilation and groups, as PyTorch's conv1d, conv2d and conv3d take them, and what its transposed ones take
/// beside.
struct GeometryOptions: ParsableArguments {
    // The values are read unconditionally, so that `--stride -1` reaches the library and gets its error.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The step of the window: one number, or one per axis. (default: 1)", valueName: "n[,n...]"))
    var stride: IntegerList?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Padding at both ends: one number, one per axis, 'same' or 'valid'. (default: 0)",
            valueName: "n[,n...]|same|valid"))
    var padding: PaddingArgument?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            Padding before and after each axis: L,R for conv1d, T,B,L,R for conv2d, front,back,T,B,L,R for conv3d. \
            Instead of --padding.
            """,
            valueName: "before,after,..."))
    var pads: IntegerList?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The distance between the kernel's taps: one number, or one per axis. (default: 1)", valueName: "n[,n...]"))
    var dilation: IntegerList?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many groups the channels are split into.", valueName: "count"))
    var groups: Int = 1

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Of a transposed convolution: what is added to the output's size: one number, or one per axis. (default: 0)",
            valueName: "n[,n...]"))
    var outputPadding: IntegerList?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Of a transposed convolution: the output's size, one number per axis. Instead of --output-padding.",
            valueName: "n,..."))
    var outputSize: IntegerList?

    mutating func validate() throws {
        if outputPadding != nil, outputSize != nil {
            throw ValidationError("--output-padding and --output-size exclude each other.")
        }
        if padding != nil, pads != nil {
            throw ValidationError("--padding and --pads exclude each other.")
        }
        if let pads, !pads.values.count.isMultiple(of: 2) {
            throw ValidationError(
                "--pads takes a before and an after for each axis, but got \(pads.values.count) values.")
        }
    }

    /// Whether any of them was given.
    var isGiven: Bool {
        stride != nil || padding != nil || pads != nil || dilation != nil || groups != 1 || isOfTransposed
    }

    /// Whether an option was given that only transposed convolutions have.
    private var isOfTransposed: Bool { outputPadding != nil || outputSize != nil }

    /// Refuses the options of transposed convolutions for another operation.
    func check(_ operation: Operation) throws {
        guard isOfTransposed, !operation.isTransposed else { return }
        throw ValidationError(
            "\(outputSize == nil ? "--output-padding" : "--output-size") is of transposed convolutions, and the operation is "
                + "\(operation.rawValue).")
    }

    /// The same as values.
    var geometry: Geometry {
        Geometry(
            stride: stride?.values ?? [1], padding: pads.map { .pairs($0.values) } ?? padding ?? .amounts([0]),
            dilation: dilation?.values ?? [1], groups: groups, outputPadding: outputPadding?.values ?? [0],
            outputSize: outputSize?.values)
    }
}

/// Padding as it is written on the command line or in a manifest.
enum PaddingArgument: ExpressibleByArgument, Equatable, Sendable {
    case amounts([Int])
    case same
    case valid
    /// Before and after, axis by axis.
    case pairs([Int])

    static var defaultCompletionKind: CompletionKind { .list(["same", "valid"]) }

    init?(argument: String) {
        switch argument {
        case "same": self = .same
        case "valid": self = .valid
        default:
            guard let list = IntegerList(argument: argument) else { return nil }
            self = .amounts(list.values)
        }
    }
}

/// How the window moves over the input.
struct Geometry: Equatable, Sendable {
    var stride: [Int] = [1]
    var padding: PaddingArgument = .amounts([0])
    var dilation: [Int] = [1]
    var groups: Int = 1
    /// Of transposed convolutions.
    var outputPadding: [Int] = [0]
    /// Of transposed convolutions: the size instead.
    var outputSize: [Int]?
}
