// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution

/// Where a tensor is: `x.npy`, `model.safetensors` or `model.safetensors:conv1.weight`.
struct TensorLocation: ExpressibleByArgument, Equatable, Sendable {
    let path: String
    /// The tensor's name within a .safetensors file.
    let key: String?

    /// Splits at the colon that follows ".safetensors", and at no other: paths may contain colons.
    init(argument: String) {
        if let separator = argument.ranges(of: ".safetensors:").last {
            path = String(argument[..<argument.index(before: separator.upperBound)])
            key = String(argument[separator.upperBound...])
        } else {
            path = argument
            key = nil
        }
    }

    static var defaultCompletionKind: CompletionKind { .tensorFiles }

    var isSafetensors: Bool { path.hasSuffix(".safetensors") }
    var isNumPy: Bool { path.hasSuffix(".npy") }
}

extension TensorLocation {
    /// Reads the tensor. Without a key, that of a .safetensors file is its only one.
    /// - Throws: `FileError`; `Failure` with exit code 65 if a key is missing.
    func load() throws -> Tensor {
        guard isSafetensors else { return try Tensor(contentsOf: path) }
        let file = try SafetensorsFile(contentsOf: path)
        if let key { return try file.tensor(key) }
        guard file.names.count == 1 else {
            throw Failure.badData(
                """
                \(path): it has \(file.names.count) tensors; choose one with \(path):KEY \
                (\(file.names.sorted().prefix(8).joined(separator: ", ")))
                """)
        }
        return try file.tensor(file.names[0])
    }

    /// Writes the tensor.
    func save(_ tensor: Tensor) throws {
        try tensor.write(to: path, key: isSafetensors ? key ?? "output" : nil)
    }
}
