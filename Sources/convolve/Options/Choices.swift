// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution

extension Algorithm: ExpressibleByArgument {}
extension InstructionSet: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension ExecutorKind: ExpressibleByArgument {}
extension PaddingMode: ExpressibleByArgument {}

/// A named value, or `auto`: the library chooses.
enum Choice<Value>: ExpressibleByArgument, Equatable, Sendable
where Value: ExpressibleByArgument & RawRepresentable & CaseIterable & Equatable & Sendable, Value.RawValue == String {
    case auto
    case named(Value)

    init?(argument: String) {
        if argument == "auto" {
            self = .auto
        } else if let value = Value(rawValue: argument) {
            self = .named(value)
        } else {
            return nil
        }
    }

    /// The value, nil for `auto`: what `ConvolutionOptions` takes.
    var value: Value? {
        if case .named(let value) = self { value } else { nil }
    }

    var name: String { value?.rawValue ?? "auto" }

    var defaultValueDescription: String { name }

    static var allValueStrings: [String] { ["auto"] + Value.allCases.map(\.rawValue) }

    static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}

/// The convolutions that the library offers. `convolve run-cases` skips the others by name.
enum Operation: String, ExpressibleByArgument, CaseIterable, Sendable {
    case conv1d
    case conv2d
    case conv3d
    case convTranspose1d = "conv_transpose1d"
    case convTranspose2d = "conv_transpose2d"
    case convTranspose3d = "conv_transpose3d"

    var rank: Int {
        switch self {
        case .conv1d, .convTranspose1d: 1
        case .conv2d, .convTranspose2d: 2
        case .conv3d, .convTranspose3d: 3
        }
    }

    var isTransposed: Bool {
        switch self {
        case .conv1d, .conv2d, .conv3d: false
        case .convTranspose1d, .convTranspose2d, .convTranspose3d: true
        }
    }

    /// The convolution of so many axes.
    init(rank: Int) { self = rank == 1 ? .conv1d : rank == 2 ? .conv2d : .conv3d }
}
