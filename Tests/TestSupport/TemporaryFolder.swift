// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A folder that is removed with the value.
public final class TemporaryFolder {
    /// The folder, without a slash at its end.
    public let path: String

    /// Makes a new folder among the system's temporary ones.
    public init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("convolve-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a text file and returns its path.
    public func write(_ name: String, _ text: String) throws -> String {
        try write(name, Array(text.utf8))
    }

    /// Writes a file of the bytes and returns its path.
    public func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = self.path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Writes a .safetensors file of F32 tensors.
    public func writeSafetensors(_ name: String, _ tensors: [(name: String, shape: [Int], elements: [Float])]) throws {
        var data = Data()
        var entries: [String] = []
        for tensor in tensors {
            let begin = data.count
            for element in tensor.elements {
                withUnsafeBytes(of: element.bitPattern.littleEndian) { data.append(contentsOf: $0) }
            }
            entries.append(
                "\"\(tensor.name)\":{\"dtype\":\"F32\",\"shape\":\(tensor.shape),\"data_offsets\":[\(begin),\(data.count)]}"
            )
        }
        let header = Data("{\(entries.joined(separator: ","))}".utf8)
        var file = Data()
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { file.append(contentsOf: $0) }
        try (file + header + data).write(to: URL(fileURLWithPath: path + "/" + name))
    }
}
