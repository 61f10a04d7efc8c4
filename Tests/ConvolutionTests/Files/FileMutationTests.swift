// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation
import TestSupport
import Testing

/// Files with a few bytes changed, lost or added: each is read or refused with a typed error, and never traps.
@Suite struct FileMutationTests {
    private static let data = [Float(1), -2, .nan, 4, 5, 6].flatMap { bytes($0.bitPattern) }

    private static let files: [(name: String, bytes: [UInt8])] = [
        ("a.npy", NumPyTests.file(NumPyTests.header("<f4", "(2, 3)"), data)),
        ("b.npy", NumPyTests.file(NumPyTests.header("<i8", "(3,)", fortran: true), data, version: 3)),
        (
            "c.safetensors",
            SafetensorsTests.file(
                #"{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[2,4],"data_offsets":[8,24]}}"#,
                data)
        ),
    ]

    @Test(arguments: files.indices)
    func changedFilesAreReadOrRefused(index: Int) throws {
        let (name, original) = Self.files[index]
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: UInt64(index) + 1)
        // Where the headers are, most changes matter.
        let digits = Array("0123456789{}[]():,'\"\\ -".utf8)
        var refused = 0
        for _ in 0..<1500 {
            var file = original
            for _ in 0..<Int.random(in: 1...3, using: &generator) where !file.isEmpty {
                let position = Int.random(in: 0..<file.count, using: &generator)
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: file[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 1: file[position] = digits.randomElement(using: &generator) ?? 0
                case 2: file.insert(digits.randomElement(using: &generator) ?? 0, at: position)
                case 3: file.remove(at: position)
                case 4: file.removeSubrange(position...)
                default: file[position] = UInt8.random(in: 0...255, using: &generator)
                }
            }
            let path = try folder.write(name, file)
            do throws(FileError) {
                if name.hasSuffix(".npy") {
                    _ = try Tensor(contentsOf: path)
                } else {
                    _ = try SafetensorsFile(contentsOf: path).tensors()
                }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 500)
    }
}
