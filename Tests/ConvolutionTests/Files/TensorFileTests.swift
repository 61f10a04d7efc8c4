// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Convolution

/// What the formats have in common: names, paths and the system's refusals.
@Suite struct TensorFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test(arguments: ["x", "x.txt", "x.NPY", "npy", ".npy/x", "x.npz", "x.safetensors.json", ""])
    func `The name decides the format`(_ name: String) throws {
        let path = folder.path + "/" + name
        let tensor = try Tensor.ones([1])
        let error = FileError.unknownFormat(path: path)
        #expect(throws: error) { try Tensor(contentsOf: path) }
        #expect(throws: error) { try tensor.write(to: path) }
        #expect(error.description == "\(path): the name must end in .npy or .safetensors")
    }

    @Test(arguments: ["x.npy", "x.safetensors"])
    func `A missing file and a folder can't be read`(_ name: String) throws {
        let path = folder.path + "/" + name
        for _ in 0..<2 {
            let error = #expect(throws: FileError.self) { try Tensor(contentsOf: path) }
            guard case .unreadable(path, let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(!reason.isEmpty)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    @Test(arguments: ["x.npy", "x.safetensors"])
    func `A file can't be written into a missing folder or over one`(_ name: String) throws {
        let tensor = try Tensor.ones([1])
        try FileManager.default.createDirectory(atPath: folder.path + "/" + name, withIntermediateDirectories: true)
        for path in [folder.path + "/missing/" + name, folder.path + "/" + name] {
            let error = #expect(throws: FileError.self) { try tensor.write(to: path) }
            guard case .unwritable(path, let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(!reason.isEmpty)
        }
    }

    @Test(arguments: ["x.npy", "x.safetensors"], [[], [1], [0], [2, 3, 4], [1, 0, 2], [5, 1, 1, 7]])
    func `A tensor comes back as it was written`(_ name: String, _ shape: [Int]) throws {
        let path = folder.path + "/" + name
        let tensor = try Tensor.randn(shape, seed: 11)
        try tensor.write(to: path)
        #expect(try Tensor(contentsOf: path) == tensor)
    }
}
