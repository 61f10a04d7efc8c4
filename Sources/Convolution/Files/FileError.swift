// SPDX-License-Identifier: Apache-2.0

/// Why a tensor file can't be read or written. Each case names the file; `description` says it in one sentence.
public enum FileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file can't be opened or read.
    case unreadable(path: String, reason: String)
    /// The file can't be written.
    case unwritable(path: String, reason: String)
    /// The name ends in neither `.npy` nor `.safetensors`.
    case unknownFormat(path: String)
    /// The contents break the format's rules.
    case malformed(path: String, reason: String)
    /// The file declares `expected` bytes of something and has `got`.
    case truncated(path: String, what: String, expected: Int, got: Int)
    /// The elements have a type that isn't read.
    case unsupportedType(path: String, type: String)
    /// The file has no tensor of this name.
    case missingTensor(path: String, key: String)
    /// The file has several tensors, or none at all, and none was named.
    case ambiguousTensor(path: String, keys: [String])
    /// A tensor of this shape can't be made.
    case invalidShape(path: String, error: ConvolutionError)

    /// The error in one sentence.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): can't be read: \(reason)"
        case .unwritable(let path, let reason): "\(path): can't be written: \(reason)"
        case .unknownFormat(let path): "\(path): the name must end in .npy or .safetensors"
        case .malformed(let path, let reason): "\(path): \(reason)"
        case .truncated(let path, let what, let expected, let got):
            "\(path): \(what) should have \(expected) bytes, but the file has \(got)"
        case .unsupportedType(let path, let type): "\(path): elements of type \(type) are not read"
        case .missingTensor(let path, let key): "\(path): there is no tensor named '\(key)'"
        case .ambiguousTensor(let path, let keys) where keys.isEmpty: "\(path): it has no tensors"
        case .ambiguousTensor(let path, let keys):
            "\(path): it has \(keys.count) tensors; name one of \(keys.prefix(8).joined(separator: ", "))"
        case .invalidShape(let path, let error): "\(path): \(error)"
        }
    }
}
