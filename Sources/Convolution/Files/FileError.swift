// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Why a tensor file can't be read or written. Each case names the file; `description` says it in one sentence, and so
/// does `localizedDescription`.
public enum FileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file can't be opened or read: it does not exist, or it is a directory.
    case unreadable(path: String, reason: String)
    /// The file can't be written.
    case unwritable(path: String, reason: String)
    /// The system could not read the file, with this `errno`: there are too many open files, or a disk is broken.
    case readFailure(path: String, code: Int32)
    /// The system could not write the file, with this `errno`: the disk is full, or the file larger than a limit. A file
    /// that was there before is as it was.
    case writeFailure(path: String, code: Int32)
    /// The system has no memory for `bytes` of the file.
    case outOfMemory(path: String, bytes: Int)
    /// The name of a file to be written ends in neither `.npy` nor `.safetensors`.
    case unknownFormat(path: String)
    /// The contents break the format's rules.
    case malformed(path: String, reason: String)
    /// The file declares `expected` bytes of something and has `got`.
    case truncated(path: String, what: String, expected: Int, got: Int)
    /// The elements have a type that isn't read.
    case unsupportedType(path: String, type: String)
    /// The elements of one tensor of several have a type that isn't read.
    case unsupportedTensor(path: String, key: String, type: String)
    /// An integer that no `Float` equals. `tensor` says which one has it: "the data", or its name in quotes.
    case inexactElement(path: String, tensor: String, index: [Int], value: String)
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
        case .readFailure(let path, let code): "\(path): can't be read: \(Self.text(of: code))"
        case .writeFailure(let path, let code): "\(path): can't be written: \(Self.text(of: code))"
        case .outOfMemory(let path, let bytes): "\(path): there is no memory for its \(bytes) bytes"
        case .unknownFormat(let path): "\(path): the name must end in .npy or .safetensors"
        case .malformed(let path, let reason): "\(path): \(reason)"
        case .truncated(let path, let what, let expected, let got):
            "\(path): \(what) should have \(expected) bytes, but the file has \(got)"
        case .unsupportedType(let path, let type):
            "\(path): elements of type \(type) are not read; those of \(ElementType.numPyNames) are"
        case .unsupportedTensor(let path, let key, let type):
            "\(path): '\(key)' has elements of type \(type), which are not read; those of "
                + "\(ElementType.safetensorsNames) are"
        case .inexactElement(let path, let tensor, let index, let value):
            "\(path): element \(index) of \(tensor) is \(value), which no Float equals"
        case .missingTensor(let path, let key): "\(path): there is no tensor named '\(key)'"
        case .ambiguousTensor(let path, let keys) where keys.isEmpty: "\(path): it has no tensors"
        case .ambiguousTensor(let path, let keys):
            "\(path): it has \(keys.count) tensors; name one of \(keys.prefix(8).joined(separator: ", "))"
        case .invalidShape(let path, let error): "\(path): \(error)"
        }
    }

    /// Whether the system would not, and not the file or its path is wrong: the same may succeed with more space, memory
    /// or open files.
    public var isSystemFailure: Bool {
        switch self {
        case .readFailure, .writeFailure, .outOfMemory: true
        case .invalidShape(_, let error): error.isSystemFailure
        default: false
        }
    }

    private static func text(of code: Int32) -> String {
        String(cString: strerror(code))
    }

    // MARK: The system's refusals

    /// What an `errno` of opening or reading a file means.
    static func reading(_ path: FilePath, _ code: Int32) -> FileError {
        guard let reason = reason(code, missing: "no such file") else {
            return .readFailure(path: path.description, code: code)
        }
        return .unreadable(path: path.description, reason: reason)
    }

    /// What an `errno` of making or writing a file means.
    static func writing(_ path: FilePath, _ code: Int32) -> FileError {
        guard let reason = reason(code, missing: "its folder does not exist") else {
            return .writeFailure(path: path.description, code: code)
        }
        return .unwritable(path: path.description, reason: reason)
    }

    /// What is wrong with a path; nil if nothing is, and the system is to blame.
    private static func reason(_ code: Int32, missing: String) -> String? {
        switch code {
        case ENOENT: missing
        case EISDIR: "it is a directory"
        case ENOTDIR: "a part of its path is no directory"
        case EACCES, EPERM: "permission denied"
        case EROFS: "the file system is read-only"
        case EINVAL: "the path is not valid"
        case ELOOP, ENAMETOOLONG, ENXIO: text(of: code)
        default: nil
        }
    }
}

extension FileError: LocalizedError {
    /// The same as `description`.
    public var errorDescription: String? { description }
}
