// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Standard output was closed by its reader.
struct OutputClosed: Error {}

/// Standard output, unbuffered: each write has reached the reader when it returns.
enum StandardOutput {
    static func write(_ text: String) throws {
        let code = writeAll(text, to: STDOUT_FILENO)
        if code == EPIPE { throw OutputClosed() }
        if code != 0 { throw Failure(.system, "cannot write to standard output: \(String(cString: strerror(code)))") }
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// The width of the terminal; nil if it is none.
    static var columns: Int? { isTerminal ? terminalColumns(STDOUT_FILENO) : nil }
}

/// Standard error, for notes, progress and errors. That nobody reads it is no reason to stop.
enum StandardError {
    static func write(_ text: String) {
        _ = writeAll(text, to: STDERR_FILENO)
    }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// The width of the terminal.
    static var columns: Int { terminalColumns(STDERR_FILENO) }
}

/// The width of a terminal; 80 where it does not say.
private func terminalColumns(_ descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
}

/// Writes all of the text. Returns 0, or the `errno` that stopped it.
func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)[...]
        while !rest.isEmpty {
            let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                return errno
            }
            rest = rest.dropFirst(written)
        }
        return 0
    }
}
