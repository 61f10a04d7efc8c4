// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Convolution

/// Good files with a few bytes changed: each either loads or is refused, and no tensor has more elements than the file
/// could hold.
@Suite struct FileMutationTests {
    @Test(arguments: goodFiles)
    func `A changed file loads or is refused`(_ file: GoodFile) {
        #expect(throws: Never.self) { try file.load(file.bytes) }
        var generator = SeededGenerator(seed: 0xC0DE)
        var (loaded, refused) = (0, 0)
        for variant in 0..<3000 {
            let bytes = mutated(file.bytes, using: &generator)
            do throws(FileError) {
                for tensor in try file.load(bytes)
                where tensor.count != tensor.shape.reduce(1, *) || tensor.count > bytes.count {
                    Issue.record("variant \(variant): \(tensor.count) elements of shape \(tensor.shape)")
                }
                loaded += 1
            } catch {
                if !error.description.hasPrefix(file.name + ": ") {
                    Issue.record("variant \(variant): \(error)")
                }
                refused += 1
            }
        }
        // Some changes are of elements, most are of what they mean.
        #expect(loaded > 0 && refused > loaded, "\(loaded) loaded, \(refused) refused")
    }

    @Test(arguments: goodFiles)
    func `A file without its last bytes is refused`(_ file: GoodFile) {
        for count in 0..<file.bytes.count {
            do throws(FileError) {
                _ = try file.load(Array(file.bytes.prefix(count)))
                Issue.record("\(count) bytes of \(file.bytes.count) were read")
            } catch {
                // Refused, as is right.
            }
        }
    }

    /// What means something in a header is tried more often than chance would.
    private static let telling = Array("0123456789{}[]()'\":,\\-u. <>=FIBfi".utf8) + [0, 1, 0x7F, 0x80, 0xFF]

    /// One to four changes at random.
    private func mutated(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            guard !bytes.isEmpty else { break }
            let position = Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes[position] = Self.telling.randomElement(using: &generator)!
            case 2: bytes.insert(Self.telling.randomElement(using: &generator)!, at: position)
            case 3: bytes.remove(at: position)
            case 4: bytes.removeLast(Int.random(in: 1...min(16, bytes.count), using: &generator))
            default:
                // A piece stands twice.
                let end = min(bytes.count, position + Int.random(in: 1...24, using: &generator))
                bytes.insert(contentsOf: bytes[position..<end], at: end)
            }
        }
        return bytes
    }

    // MARK: The good files

    struct GoodFile: Sendable, CustomTestStringConvertible {
        let title: String
        let name: String
        let bytes: [UInt8]

        var testDescription: String { title }

        /// Reads bytes as a file of this name, without the file system, which takes longer than all else.
        func load(_ bytes: [UInt8]) throws(FileError) -> [Tensor] {
            let source = DataFile(path: FilePath(name), data: Data(bytes))
            guard name.hasSuffix(".safetensors") else { return [try TensorReader(source, key: nil).tensor()] }
            return try Array(SafetensorsFile(source).tensors().values)
        }
    }

    static let goodFiles: [GoodFile] = [
        .init(
            title: "npy version 1", name: "x.npy",
            bytes: FileBytes.numPy(
                FileBytes.numPyHeader(shape: "(2, 3)"), data: FileBytes.littleEndian([1, 2, 3, 4, 5, 6] as [Float]))),
        .init(
            title: "npy version 2 in the order of Fortran", name: "x.npy",
            bytes: FileBytes.numPy(
                FileBytes.numPyHeader("<f8", fortran: true, shape: "(2, 1, 3)"), version: 2,
                data: FileBytes.littleEndian([1.0, 2, 3, 4, 5, 6]))),
        .init(
            title: "npy version 3", name: "x.npy",
            bytes: FileBytes.numPy(
                FileBytes.numPyHeader("<i8", shape: "(3,)"), version: 3,
                data: FileBytes.littleEndian([1, 2, 3] as [Int64]))),
        .init(
            title: "npy of Python 2, big-endian", name: "x.npy",
            bytes: FileBytes.numPy(
                FileBytes.numPyHeader(">u2", shape: "(1L, 3L)"), data: FileBytes.littleEndian([1, 2, 3] as [UInt16]))),
        .init(
            title: "npy of a scalar", name: "x.npy",
            bytes: FileBytes.numPy(
                FileBytes.numPyHeader("<i4", shape: "()"), data: FileBytes.littleEndian([7] as [Int32]))),
        .init(
            title: "safetensors of one tensor", name: "x.safetensors",
            bytes: FileBytes.safetensors("F32", shape: [2, 2], data: FileBytes.littleEndian([1, 2, 3, 4] as [Float]))),
        .init(
            title: "safetensors with more than the format knows", name: "x.safetensors",
            bytes: FileBytes.safetensors(
                #"{"__metadata__":null,"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"#
                    + #""more":{"a":[1,-2.5e+3,{"b":[true,null,"x"]}]}}}"#,
                data: [UInt8](0..<4))),
        .init(
            title: "safetensors of four types", name: "x.safetensors",
            bytes: FileBytes.safetensors(
                #"{"__metadata__":{"a":"\u00e9\ud83d\ude00"},"w":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]},"#
                    + #""b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},"c":{"dtype":"F64","shape":[],"#
                    + #""data_offsets":[8,16]},"d":{"dtype":"I32","shape":[0,3],"data_offsets":[16,16]}}"#,
                data: [UInt8](0..<16))),
    ]
}
