// SPDX-License-Identifier: Apache-2.0

extension FileError {
    /// What is wrong, without the file. A later version of the library may have more codes: a `switch` over one
    /// takes a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) {
            self.name = name
        }

        /// The name of the constant.
        public var description: String { name }

        /// Lets `catch FileError.Code.missingTensor` catch every error of this code.
        public static func ~= (code: Code, error: any Error) -> Bool {
            (error as? FileError)?.code == code
        }

        /// The file can't be opened or read: it does not exist, or it is a directory.
        public static let unreadable = Code("unreadable")
        /// The file can't be written.
        public static let unwritable = Code("unwritable")
        /// The system could not read the file: there are too many open files, or a disk is broken.
        public static let readFailure = Code("readFailure")
        /// The system could not write the file: the disk is full, or the file larger than a limit. A file that was
        /// there before is as it was.
        public static let writeFailure = Code("writeFailure")
        /// The system has no memory for `bytes` of the file.
        public static let outOfMemory = Code("outOfMemory")
        /// The name of a file to be written ends in neither `.npy` nor `.safetensors`.
        public static let unknownFormat = Code("unknownFormat")
        /// The contents break the format's rules.
        public static let malformed = Code("malformed")
        /// The file declares `expected` bytes of something and has `got`.
        public static let truncated = Code("truncated")
        /// The elements have a type that isn't read.
        public static let unsupportedType = Code("unsupportedType")
        /// The elements of one tensor of several have a type that isn't read.
        public static let unsupportedTensor = Code("unsupportedTensor")
        /// An integer that no `Float` equals. `tensor` says which one has it: "the data", or its name in quotes.
        public static let inexactElement = Code("inexactElement")
        /// The file has no tensor of this name.
        public static let missingTensor = Code("missingTensor")
        /// The file has several tensors, or none at all, and none was named.
        public static let ambiguousTensor = Code("ambiguousTensor")
        /// A tensor of this shape can't be made.
        public static let invalidShape = Code("invalidShape")
    }

    /// What is wrong, without the file.
    public var code: Code {
        switch storage {
        case .unreadable: .unreadable
        case .unwritable: .unwritable
        case .readFailure: .readFailure
        case .writeFailure: .writeFailure
        case .outOfMemory: .outOfMemory
        case .unknownFormat: .unknownFormat
        case .malformed: .malformed
        case .truncated: .truncated
        case .unsupportedType: .unsupportedType
        case .unsupportedTensor: .unsupportedTensor
        case .inexactElement: .inexactElement
        case .missingTensor: .missingTensor
        case .ambiguousTensor: .ambiguousTensor
        case .invalidShape: .invalidShape
        }
    }

    /// Lets `catch FileError.missingTensor(path: path, key: key)` catch this error among others.
    public static func ~= (pattern: FileError, error: any Error) -> Bool {
        error as? FileError == pattern
    }
}

// What an error names, each nil where an error names no such thing. A later version may name more.
extension FileError {
    /// The file, as it was named.
    public var path: String {
        switch storage {
        case .unreadable(let path, _): path
        case .unwritable(let path, _): path
        case .readFailure(let path, _): path
        case .writeFailure(let path, _): path
        case .outOfMemory(let path, _): path
        case .unknownFormat(let path): path
        case .malformed(let path, _): path
        case .truncated(let path, _, _, _): path
        case .unsupportedType(let path, _): path
        case .unsupportedTensor(let path, _, _): path
        case .inexactElement(let path, _, _, _): path
        case .missingTensor(let path, _): path
        case .ambiguousTensor(let path, _): path
        case .invalidShape(let path, _): path
        }
    }

    /// Why the file can't be read or written, or which rule of its format it breaks, as a clause.
    public var reason: String? {
        switch storage {
        case .unreadable(_, let reason), .unwritable(_, let reason), .malformed(_, let reason): reason
        default: nil
        }
    }

    /// The system's number for its failure, as `ENOSPC`.
    public var errorNumber: Int32? {
        switch storage {
        case .readFailure(_, let number), .writeFailure(_, let number): number
        default: nil
        }
    }

    /// How many bytes there are, or there is no memory for.
    public var bytes: Int? {
        switch storage {
        case .outOfMemory(_, let bytes), .truncated(_, _, _, let bytes): bytes
        default: nil
        }
    }

    /// How many bytes there should be.
    public var expectedBytes: Int? {
        if case .truncated(_, _, let bytes, _) = storage { bytes } else { nil }
    }

    /// The type of the elements, in the format's word.
    public var elementType: String? {
        switch storage {
        case .unsupportedType(_, let type), .unsupportedTensor(_, _, let type): type
        default: nil
        }
    }

    /// The name of the tensor.
    public var key: String? {
        switch storage {
        case .unsupportedTensor(_, let key, _), .missingTensor(_, let key): key
        default: nil
        }
    }

    /// The names of the tensors that there are.
    public var keys: [String]? {
        if case .ambiguousTensor(_, let keys) = storage { keys } else { nil }
    }

    /// The element that no `Float` equals, and where it is.
    public var element: (value: String, index: [Int])? {
        if case .inexactElement(_, _, let index, let value) = storage { (value, index) } else { nil }
    }

    /// Why a tensor of the file's shape can't be made.
    public var underlyingError: ConvolutionError? {
        if case .invalidShape(_, let error) = storage { error } else { nil }
    }
}
