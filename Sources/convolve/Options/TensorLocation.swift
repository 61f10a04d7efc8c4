// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution

/// Where a tensor is: `x.npy`, `model.safetensors`, `model.safetensors:conv1.weight`, a pipe, or `-` for standard input or
/// output.
struct TensorLocation: ExpressibleByArgument, Hashable, Sendable {
    let path: String
    /// The tensor's name within a .safetensors file.
    let key: String?

    /// Splits at a colon. Paths and keys may contain colons too, and ".safetensors:": the first that follows the name of a
    /// file that exists is the one, one behind ".safetensors" before any other. Where none exists, it is the first behind
    /// ".safetensors".
    init(argument: String) {
        self = TensorLocation.chosen(among: argument)
    }

    /// A file whose name is no argument, and is not split.
    init(path: String) { self.init(path: path, key: nil) }

    private init(path: String, key: String?) {
        self.path = path
        self.key = key
    }

    private static func chosen(among argument: String) -> TensorLocation {
        let whole = TensorLocation(path: argument, key: nil)
        var (named, others): ([TensorLocation], [TensorLocation]) = ([], [])
        for colon in argument.utf8.indices where argument.utf8[colon] == UInt8(ascii: ":") {
            let key = argument[argument.utf8.index(after: colon)...]
            let location = TensorLocation(path: String(argument[..<colon]), key: String(key))
            if location.isSafetensors { named.append(location) } else { others.append(location) }
        }
        return (named + [whole] + others).first { $0.path == "-" || fileExists($0.path) } ?? named.first ?? whole
    }

    static var defaultCompletionKind: CompletionKind { .tensorFiles }

    private func hasEnd(_ end: String) -> Bool { path.utf8.suffix(end.utf8.count).elementsEqual(end.utf8) }

    var isSafetensors: Bool { hasEnd(".safetensors") }
    var isNumPy: Bool { hasEnd(".npy") }
}

extension TensorLocation {
    /// Reads the tensor.
    func load() throws -> Tensor { try open().tensor() }

    /// Opens the file and reads the tensor's shape. Without a key, that of a .safetensors file is its only one.
    /// - Throws: `FileError`; `Failure` with exit code 65 if a key is missing.
    func open() throws -> TensorReader {
        if let key, isNumPy {
            throw Failure.badData("\(path): the tensor of a .npy file has no name, but ':\(key)' was given")
        }
        do {
            return try TensorReader(contentsOf: inputLocation(path), key: key)
        } catch {
            guard error.code == .ambiguousTensor, let keys = error.keys, !keys.isEmpty else { throw error }
            throw Failure.badData(
                """
                \(path): it has \(keys.count) tensors; choose one with \(path):KEY \
                (\(keys.prefix(8).joined(separator: ", ")))
                """)
        }
    }

    private var outputLocation: [UInt8] { path == "-" ? "/dev/stdout".pathBytes : encodeArgument(path) }

    /// Whether a tensor can be written there: the name says a format, or it is a pipe or a device, which gets a .npy file.
    var isOutput: Bool { isNumPy || isSafetensors || !isRegularOrNone(outputLocation) }

    /// Checks that the tensor could be written, without touching a file.
    /// - Throws: `FileError`.
    func requireWritable() throws(FileError) {
        try Convolution.requireWritable(outputLocation)
    }

    /// Writes the tensor.
    func save(_ tensor: Tensor) throws(FileError) {
        try tensor.write(to: outputLocation, key: isSafetensors ? key ?? "output" : nil)
    }
}
