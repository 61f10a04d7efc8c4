// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Where a file is: a `String` or a `URL`, or the bytes of a path, which need not be UTF-8.
public protocol FileLocation {
    /// The path as the system takes it, without a zero byte at its end.
    var pathBytes: [UInt8] { get }
}

extension String: FileLocation {
    /// The path in UTF-8.
    public var pathBytes: [UInt8] { Array(utf8) }
}

extension [UInt8]: FileLocation {
    /// The bytes themselves.
    public var pathBytes: [UInt8] { self }
}

extension URL: FileLocation {
    /// The path of a file's URL, with its percent escapes as bytes. Nothing is fetched: the URL of something else is read
    /// as the name of a file that does not exist.
    public var pathBytes: [UInt8] {
        guard isFileURL else { return Array(absoluteString.utf8) }
        var bytes: [UInt8] = []
        var rest = absoluteURL.path(percentEncoded: true).utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}

/// The bytes of a path, and its text for errors.
struct FilePath: FileLocation, Hashable, Sendable, CustomStringConvertible {
    let bytes: [UInt8]

    var pathBytes: [UInt8] { bytes }

    init(_ location: some FileLocation) {
        bytes = location.pathBytes
    }

    /// The text of a path of UTF-8; of another, bytes that are not ASCII are written as Python does: `\xff`.
    var description: String {
        String(validating: bytes, as: UTF8.self)
            ?? bytes.map { $0 < 0x80 ? String(Unicode.Scalar($0)) : "\\x" + String($0, radix: 16) }.joined()
    }

    func hasSuffix(_ suffix: String) -> Bool { bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }

    /// The folder that the file is in.
    var folder: FilePath {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return FilePath(".") }
        return FilePath(slash == 0 ? "/".pathBytes : Array(bytes[..<slash]))
    }

    /// Another file of this folder, or one of its own if its path is absolute.
    func appending(_ path: [UInt8]) -> FilePath {
        path.first == UInt8(ascii: "/") ? FilePath(path) : FilePath(bytes + [UInt8(ascii: "/")] + path)
    }

    /// The number of the open file that the name stands for: /dev/stdin, /dev/stdout, /dev/fd/3. Opened by name, such a
    /// file would begin anew, and some, as a socket, can't be.
    var descriptor: Int32? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        if let index = ["/dev/stdin", "/dev/stdout", "/dev/stderr"].firstIndex(of: text) { return Int32(index) }
        for folder in ["/dev/fd/", "/proc/self/fd/"] where text.hasPrefix(folder) {
            return Int32(text.dropFirst(folder.count))
        }
        return nil
    }

    /// Calls a function of the system again for as long as a signal interrupts it. Returns its value, or its `errno`.
    func call(_ body: (UnsafePointer<CChar>) -> Int32) -> SystemResult {
        // What follows a zero byte would be lost, and another file meant.
        guard !bytes.contains(0) else { return .failure(EINVAL) }
        return (bytes + [0]).withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { path in
                systemCall { path.baseAddress.map(body) ?? -1 }
            }
        }
    }
}

/// The value of a call of the system, or its `errno`.
enum SystemResult: Equatable {
    case success(Int32)
    case failure(Int32)

    var value: Int32? { if case .success(let value) = self { value } else { nil } }
    var code: Int32? { if case .failure(let code) = self { code } else { nil } }
}

/// Calls a function of the system again for as long as a signal interrupts it.
func systemCall(_ body: () -> Int32) -> SystemResult {
    while true {
        let value = body()
        if value >= 0 { return .success(value) }
        if errno != EINTR { return .failure(errno) }
    }
}
