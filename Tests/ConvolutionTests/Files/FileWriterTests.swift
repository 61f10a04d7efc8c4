// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Convolution

/// What the system does to a file while it is written.
@Suite struct FileWriterTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func write(_ tensor: Tensor, _ path: String, _ calls: FileWriter.Calls) throws {
        try tensor.write(to: FilePath(path), key: nil, calls)
    }

    /// Calls that do what `write` says of the number of the call, the memory and its size.
    private func calls(
        _ write: @escaping @Sendable (Int, Int32, UnsafeRawPointer, Int) -> Int, hasUnnamedFiles: Bool = true
    ) -> FileWriter.Calls {
        let count = Mutex(0)
        var calls = FileWriter.Calls()
        calls.hasUnnamedFiles = hasUnnamedFiles
        calls.write = { file, memory, size in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return write(number, file, memory, size)
        }
        return calls
    }

    @Test(arguments: ["x.npy", "x.safetensors"], [true, false])
    func `Short and interrupted writes write all`(_ name: String, _ hasUnnamedFiles: Bool) throws {
        let path = folder.path + "/" + name
        let tensor = try Tensor.randn([5, 7, 3], seed: 1)
        try tensor.write(to: path)
        let expected = try bytes(path)
        try FileManager.default.removeItem(atPath: path)
        let largest = Mutex(0)
        var calls = calls(
            { number, file, memory, size in
                largest.withLock { $0 = max($0, size) }
                guard number % 3 != 0 else {
                    errno = EINTR
                    return -1
                }
                return Foundation.write(file, memory, min(size, 1 + number % 13))
            }, hasUnnamedFiles: hasUnnamedFiles)
        // As the system's limit of 2 GiB, in small.
        calls.mostBytesAtOnce = 100
        try write(tensor, path, calls)
        #expect(try bytes(path) == expected)
        #expect(largest.withLock { $0 } == 100)
        #expect(try names() == [name])
    }

    @Test(arguments: ["x.npy", "x.safetensors"], [true, false])
    func `A disk that fills up leaves the old file and nothing else`(_ name: String, _ hasUnnamedFiles: Bool) throws {
        let path = folder.path + "/" + name
        try Tensor.ones([2]).write(to: path)
        let old = try bytes(path)
        for (code, fails) in [(ENOSPC, 1), (EDQUOT, 2), (EIO, 5), (EFBIG, 3)] {
            var calls = calls(
                { number, file, memory, size in
                    guard number < fails else {
                        errno = code
                        return -1
                    }
                    return Foundation.write(file, memory, size)
                }, hasUnnamedFiles: hasUnnamedFiles)
            calls.mostBytesAtOnce = 64
            let error = FileError.writeFailure(path: path, errorNumber: code)
            #expect(throws: error) { try write(Tensor.ones([1000]), path, calls) }
            #expect(error.isSystemFailure)
            #expect(try bytes(path) == old)
            #expect(try names() == [name])
        }
    }

    @Test(arguments: [true, false])
    func `A file keeps its permissions, and a link its target`(_ hasUnnamedFiles: Bool) throws {
        let (path, link, dangling) = (folder.path + "/x.npy", folder.path + "/l.npy", folder.path + "/d.npy")
        var calls = FileWriter.Calls()
        calls.hasUnnamedFiles = hasUnnamedFiles
        let manager = FileManager.default
        try write(Tensor.ones([1]), path, calls)
        try manager.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        try manager.createSymbolicLink(atPath: link, withDestinationPath: "x.npy")
        try manager.createSymbolicLink(atPath: dangling, withDestinationPath: folder.path + "/new.npy")
        let tensor = try Tensor.arange(3)
        try write(tensor, link, calls)
        try write(tensor, dangling, calls)
        #expect(try manager.destinationOfSymbolicLink(atPath: link) == "x.npy")
        #expect(try manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
        #expect(try Tensor(contentsOf: path) == tensor)
        #expect(try Tensor(contentsOf: folder.path + "/new.npy") == tensor)
        #expect(try names() == ["d.npy", "l.npy", "new.npy", "x.npy"])
    }

    @Test func `A pipe is written and read as it is`() throws {
        let tensor = try Tensor.randn([100, 200], seed: 3)
        for name in ["p.npy", "p.safetensors", "p"] {
            let path = folder.path + "/" + name
            try #require(mkfifo(path, 0o600) == 0)
            let group = DispatchGroup()
            let failure = Mutex<FileError?>(nil)
            DispatchQueue.global().async(group: group) {
                do throws(FileError) {
                    try tensor.write(to: path)
                } catch {
                    failure.withLock { $0 = error }
                }
            }
            #expect(try Tensor(contentsOf: path) == tensor)
            group.wait()
            #expect(failure.withLock { $0 } == nil)
        }
    }

    #if os(Linux)
        @Test func `A device is written as it is, and may be full`() throws {
            let tensor = try Tensor.ones([10])
            try tensor.write(to: "/dev/null")
            let full = FileError.writeFailure(path: "/dev/full", errorNumber: ENOSPC)
            #expect(throws: full) { try tensor.write(to: "/dev/full") }
            #expect(full.description == "/dev/full: can't be written: No space left on device")
            #expect(throws: FileError.self) { try Tensor(contentsOf: "/dev/null") }
        }
    #endif

    @Test func `A limit on the size of files is an error and no signal`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = folder.path + "/x.npy"
            try Tensor.ones([2]).write(to: path)
            var limit = rlimit()
            getrlimit(fileSizeLimit, &limit)
            limit.rlim_cur = 10_000
            setrlimit(fileSizeLimit, &limit)
            // The signal would end this process, which has no handler for it.
            #expect(throws: FileError.writeFailure(path: path, errorNumber: EFBIG)) {
                try Tensor.ones([2500]).write(to: path)
            }
            #expect(try Tensor(contentsOf: path) == Tensor.ones([2]))
            try Tensor.ones([2400]).write(to: path)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.npy"])
        }
    }
}
