// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A file that the work of a program is written into at its end.
///
/// A file that is there already is replaced as a whole, or left as it was; a pipe or a device is written as it is.
public struct OutputFile {
    private let path: String
    /// Whether it is a file that is there, or none yet.
    private let isReplaced: Bool

    /// Checks that it can be written, before the work and not after it.
    ///
    /// - Throws: `UnwritableFile`.
    public init(_ path: String) throws(UnwritableFile) {
        self.path = path
        guard !path.isEmpty else { throw UnwritableFile(path: "''", errorNumber: ENOENT) }
        var status = stat()
        let kind = stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
        guard kind != S_IFDIR else { throw UnwritableFile(path: path, errorNumber: EISDIR) }
        isReplaced = kind == nil || kind == S_IFREG
        // The new file is made beside the old one.
        let written = isReplaced ? target.deletingLastPathComponent().path + "/." : path
        guard access(written, W_OK) == 0 else { throw UnwritableFile(path: path, errorNumber: errno) }
    }

    /// Behind a link to a file, which stays.
    private var target: URL { URL(fileURLWithPath: path).resolvingSymlinksInPath() }

    /// Writes it.
    ///
    /// - Throws: `UnwritableFile`.
    public func write(_ data: Data) throws(UnwritableFile) {
        do {
            if isReplaced {
                try data.write(to: target, options: .atomic)
            } else {
                let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
                try file.write(contentsOf: data)
                try file.close()
            }
        } catch {
            throw UnwritableFile(path: path, error)
        }
    }
}

/// A file that can't be written.
public struct UnwritableFile: SystemError, CustomStringConvertible {
    let path: String
    let reason: String

    init(path: String, errorNumber: Int32) {
        self.path = path
        reason = String(cString: strerror(errorNumber))
    }

    /// With what the system said, without the path.
    init(path: String, _ error: any Error) {
        self.path = path
        let code = ((error as? CocoaError)?.underlying as? POSIXError)?.code.rawValue
        reason = code.map { String(cString: strerror($0)) } ?? error.localizedDescription
    }

    /// The error in one sentence.
    public var description: String { "\(path) can't be written: \(reason)" }

    /// A disk may be full, a folder made and a right given.
    public var isSystemFailure: Bool { true }
}
