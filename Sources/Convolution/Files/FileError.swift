// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Why a tensor file can't be read or written. `description` names the file and says it in one sentence, and so does
/// `localizedDescription`.
///
/// ``code`` says what is wrong, for a program; a later version of the library may have more of them. As with
/// ``ConvolutionError``, `catch FileError.Code.missingTensor` catches any error of a code.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What the library switches over, so that the compiler finds what an error is missing.
    enum Storage: Equatable, Sendable {
        case unreadable(path: String, reason: String)
        case unwritable(path: String, reason: String)
        case readFailure(path: String, errorNumber: Int32)
        case writeFailure(path: String, errorNumber: Int32)
        case outOfMemory(path: String, bytes: Int)
        case unknownFormat(path: String)
        case malformed(path: String, reason: String)
        case truncated(path: String, what: String, expected: Int, got: Int)
        case unsupportedType(path: String, type: String)
        case unsupportedTensor(path: String, key: String, type: String)
        case inexactElement(path: String, tensor: String, index: [Int], value: String)
        case missingTensor(path: String, key: String)
        case ambiguousTensor(path: String, keys: [String])
        case invalidShape(path: String, error: ConvolutionError)
    }

    let storage: Storage

    private init(_ storage: Storage) {
        self.storage = storage
    }

    /// The file can't be opened or read: it does not exist, or it is a directory.
    public static func unreadable(path: String, reason: String) -> Self {
        Self(.unreadable(path: path, reason: reason))
    }

    /// The file can't be written.
    public static func unwritable(path: String, reason: String) -> Self {
        Self(.unwritable(path: path, reason: reason))
    }

    /// The system could not read the file, by its `errno`: there are too many open files, or a disk is broken.
    public static func readFailure(path: String, errorNumber: Int32) -> Self {
        Self(.readFailure(path: path, errorNumber: errorNumber))
    }

    /// The system could not write the file, by its `errno`: the disk is full, or the file larger than a limit. A file
    /// that was there before is as it was.
    public static func writeFailure(path: String, errorNumber: Int32) -> Self {
        Self(.writeFailure(path: path, errorNumber: errorNumber))
    }

    /// The system has no memory for `bytes` of the file.
    public static func outOfMemory(path: String, bytes: Int) -> Self {
        Self(.outOfMemory(path: path, bytes: bytes))
    }

    /// The name of a file to be written ends in neither `.npy` nor `.safetensors`.
    public static func unknownFormat(path: String) -> Self {
        Self(.unknownFormat(path: path))
    }

    /// The contents break the format's rules.
    public static func malformed(path: String, reason: String) -> Self {
        Self(.malformed(path: path, reason: reason))
    }

    /// The file declares `expected` bytes of something and has `got`.
    public static func truncated(path: String, what: String, expected: Int, got: Int) -> Self {
        Self(.truncated(path: path, what: what, expected: expected, got: got))
    }

    /// The elements have a type that isn't read.
    public static func unsupportedType(path: String, type: String) -> Self {
        Self(.unsupportedType(path: path, type: type))
    }

    /// The elements of one tensor of several have a type that isn't read.
    public static func unsupportedTensor(path: String, key: String, type: String) -> Self {
        Self(.unsupportedTensor(path: path, key: key, type: type))
    }

    /// An integer that no `Float` equals. `tensor` says which one has it: "the data", or its name in quotes.
    public static func inexactElement(path: String, tensor: String, index: [Int], value: String) -> Self {
        Self(.inexactElement(path: path, tensor: tensor, index: index, value: value))
    }

    /// The file has no tensor of this name.
    public static func missingTensor(path: String, key: String) -> Self {
        Self(.missingTensor(path: path, key: key))
    }

    /// The file has several tensors, or none at all, and none was named.
    public static func ambiguousTensor(path: String, keys: [String]) -> Self {
        Self(.ambiguousTensor(path: path, keys: keys))
    }

    /// A tensor of this shape can't be made.
    public static func invalidShape(path: String, error: ConvolutionError) -> Self {
        Self(.invalidShape(path: path, error: error))
    }

    /// The error in one sentence.
    public var description: String {
        switch storage {
        case .unreadable(let path, let reason): "\(path): can't be read: \(reason)"
        case .unwritable(let path, let reason): "\(path): can't be written: \(reason)"
        case .readFailure(let path, let number): "\(path): can't be read: \(Self.text(of: number))"
        case .writeFailure(let path, let number): "\(path): can't be written: \(Self.text(of: number))"
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
        switch storage {
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
            return .readFailure(path: path.description, errorNumber: code)
        }
        return .unreadable(path: path.description, reason: reason)
    }

    /// What an `errno` of making or writing a file means.
    static func writing(_ path: FilePath, _ code: Int32) -> FileError {
        guard let reason = reason(code, missing: "its folder does not exist") else {
            return .writeFailure(path: path.description, errorNumber: code)
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
