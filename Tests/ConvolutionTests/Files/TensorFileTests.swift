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
    func `The name decides the format that is written`(_ name: String) throws {
        let path = folder.path + "/" + name
        let tensor = try Tensor.ones([1])
        let error = FileError.unknownFormat(path: path)
        #expect(throws: error) { try tensor.write(to: path) }
        #expect(error.description == "\(path): the name must end in .npy or .safetensors")
        #expect(throws: FileError.self) { try Tensor(contentsOf: path) }
    }

    @Test(arguments: ["npy", "safetensors"])
    func `The first bytes tell the format where the name says nothing`(_ format: String) throws {
        let tensor = try Tensor.randn([2, 3], seed: 1)
        try tensor.write(to: "\(folder.path)/x.\(format)")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/x.\(format)"))
        let path = try folder.write("x", Array(bytes))
        #expect(try Tensor(contentsOf: path) == tensor)
        #expect(try Tensor(fileData: bytes) == tensor)
        let other = try folder.write("other", "PK, and more than sixteen bytes")
        let error = #expect(throws: FileError.self) { try Tensor(contentsOf: other) }
        #expect(error?.description.hasPrefix(other + ": its first bytes are neither") == true)
    }

    @Test func `A file is named by a path, a URL or bytes that are not UTF-8`() throws {
        let tensor = try Tensor.randn([3], seed: 2)
        let bytes = Array(folder.path.utf8) + Array("/\u{E9} %41 ".utf8) + [0xFF, 0xC3] + Array(".npy".utf8)
        try tensor.write(to: bytes)
        #expect(try Tensor(contentsOf: bytes) == tensor)
        // What URL has of it are the escapes.
        let url = try #require(URL(string: "file://\(folder.path)/%C3%A9%20%2541%20%FF%C3.npy"))
        #expect(url.pathBytes == bytes)
        #expect(try Tensor(contentsOf: url) == tensor)
        let plain = URL(fileURLWithPath: folder.path + "/a b.safetensors")
        try SafetensorsFile.write(["x": tensor], to: plain)
        #expect(try SafetensorsFile(contentsOf: plain).tensor("x") == tensor)
        #expect(try SafetensorsFile(data: Data(contentsOf: plain)).tensors() == ["x": tensor])
        let missing = #expect(throws: FileError.self) { try Tensor(contentsOf: bytes.dropLast() + [0x59]) }
        #expect(missing?.description.hasSuffix("%41 \\xff\\xc3.npY: can't be read: no such file") == true)
    }

    @Test func `Errors say the same where Foundation asks`() throws {
        let path = folder.path + "/x.npy"
        let error = #expect(throws: FileError.self) { try Tensor(contentsOf: path) }
        #expect((error as (any Error)?)?.localizedDescription == "\(path): can't be read: no such file")
        let other: any Error = ConvolutionError.outOfMemory(bytes: 12)
        #expect(other.localizedDescription == "There is no memory for a buffer of 12 bytes")
        #expect(throws: FileError.unreadable(path: "http://a/x.npy", reason: "no such file")) {
            try Tensor(contentsOf: #require(URL(string: "http://a/x.npy")))
        }
        // What stands behind a zero byte would be another file's name.
        #expect(throws: FileError.self) { try Tensor(contentsOf: folder.path + "/x.npy\0.npy") }
    }

    @Test(arguments: ["x.npy", "x.safetensors"])
    func `A missing file and a folder can't be read`(_ name: String) throws {
        let path = folder.path + "/" + name
        for _ in 0..<2 {
            let error = #expect(throws: FileError.self) { try Tensor(contentsOf: path) }
            #expect(error?.code == .unreadable && error?.path == path)
            #expect(error?.reason?.isEmpty == false)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    @Test(arguments: ["x.npy", "x.safetensors"])
    func `A file can't be written into a missing folder or over one`(_ name: String) throws {
        let tensor = try Tensor.ones([1])
        try FileManager.default.createDirectory(atPath: folder.path + "/" + name, withIntermediateDirectories: true)
        for path in [folder.path + "/missing/" + name, folder.path + "/" + name] {
            let error = #expect(throws: FileError.self) { try tensor.write(to: path) }
            #expect(error?.code == .unwritable && error?.path == path)
            #expect(error?.reason?.isEmpty == false)
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
