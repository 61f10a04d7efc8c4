// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Convolution

/// Files larger than what is read of them, and streams.
@Suite struct LargeFileTests {
    /// A file of two tensors, the first of 3 GiB, of which the disk has next to nothing.
    private static func largeFile(_ folder: TemporaryFolder) throws -> String {
        let size = 3 << 30
        let header = """
            {"big":{"dtype":"F32","shape":[\(size / 4)],"data_offsets":[0,\(size)]},\
            "small":{"dtype":"F32","shape":[3],"data_offsets":[\(size),\(size + 12)]}}
            """
        let path = try folder.write("big.safetensors", FileBytes.safetensors(header))
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: UInt64(8 + header.utf8.count + size))
        try file.write(contentsOf: Data(FileBytes.littleEndian([1, 2, 3] as [Float])))
        try file.close()
        return path
    }

    @Test(.enabled(if: !isSanitized))
    func `Twelve bytes behind three gibibytes take no memory for the rest`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = try LargeFileTests.largeFile(folder)
            let before = LargeFileTests.peak
            let file = try SafetensorsFile(contentsOf: path)
            #expect(try file.tensor("small").elements == [1, 2, 3])
            #expect(try Tensor(contentsOf: path, key: "small").elements == [1, 2, 3])
            #expect(try file.tensors { $0 == "small" }.count == 1)
            #expect(LargeFileTests.peak - before < 64 << 20)
        }
    }

    @Test(.enabled(if: !isSanitized))
    func `All tensors are in memory once`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = folder.path + "/x.safetensors"
            let size = 64 << 20
            let half = try Tensor.ones([size / 8])
            try SafetensorsFile.write(["a": half, "b": half], to: path)
            let before = LargeFileTests.peak
            let tensors = try SafetensorsFile(contentsOf: path).tensors()
            #expect(tensors.count == 2)
            #expect(LargeFileTests.peak - before < size + (32 << 20))
        }
    }

    /// The most memory that this process has had, in bytes.
    private static var peak: Int {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss << 10
        #else
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #endif
    }

    @Test(.enabled(if: !isSanitized))
    func `A tensor that there is no memory for is an error that says how much`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = try LargeFileTests.largeFile(folder)
            var limit = rlimit()
            getrlimit(addressSpaceLimit, &limit)
            limit.rlim_cur = 2 << 30
            setrlimit(addressSpaceLimit, &limit)
            let error = FileError.outOfMemory(path: path, bytes: 3 << 30)
            #expect(throws: error) { try Tensor(contentsOf: path, key: "big") }
            #expect(error.isSystemFailure && error.description.contains("\(3 << 30) bytes"))
            #expect(throws: ConvolutionError.outOfMemory(bytes: 4 << 30)) { try Tensor.zeros([1 << 30]) }
            // What is left lets the process go on.
            #expect(try Tensor(contentsOf: path, key: "small").count == 3)
        }
    }

    // MARK: Streams

    /// A stream of the bytes, read to its end.
    private func stream<Result: Sendable>(
        _ bytes: [UInt8], _ read: (any ByteSource) throws -> Result
    ) throws -> Result {
        let pipe = Pipe()
        let writer = Thread {
            // A reader that has seen enough goes away.
            signal(SIGPIPE, SIG_IGN)
            for start in stride(from: 0, to: bytes.count, by: 1000) {
                try? pipe.fileHandleForWriting.write(contentsOf: Data(bytes[start...].prefix(1000)))
            }
            try? pipe.fileHandleForWriting.close()
        }
        writer.start()
        return try read(openSource(FilePath("/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)")))
    }

    private static let several = FileBytes.safetensors(
        """
        {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3000],"data_offsets":[8,3008]},\
        "c":{"dtype":"I64","shape":[],"data_offsets":[3008,3016]}}
        """,
        data: FileBytes.littleEndian([1, 2] as [Float]) + [UInt8](repeating: 7, count: 3000)
            + FileBytes.littleEndian([9] as [Int64]))

    @Test func `Tensors of a stream are read in any order`() throws {
        for (key, first) in [("a", 1), ("b", 7), ("c", 9)] as [(String, Float)] {
            let tensor = try stream(Self.several) { try TensorReader($0, key: key).tensor() }
            #expect(tensor.elements[0] == first)
        }
        let file = try stream(Self.several) { try SafetensorsFile($0) }
        #expect(try file.tensor("c").elements == [9])
        #expect(try file.tensor("a").elements == [1, 2])
        #expect(try file.tensors().count == 3)
    }

    @Test func `A stream that is too short or too long is refused`() throws {
        let numPy = FileBytes.numPy(
            FileBytes.numPyHeader(shape: "(2, 3)"), data: FileBytes.littleEndian([1, 2, 3, 4, 5, 6] as [Float]))
        #expect(try stream(numPy) { try TensorReader($0, key: nil).tensor() }.shape == [2, 3])
        var count = 0
        for whole in [numPy, Self.several] {
            for bytes in [Array(whole.dropLast()), whole + [0], Array(whole.prefix(20)), Array(whole.prefix(7)), []] {
                #expect(throws: FileError.self) { try stream(bytes) { try TensorReader($0, key: "a").tensor() } }
                count += 1
            }
            #expect(throws: FileError.self) { try stream(whole + [0]) { try SafetensorsFile($0) } }
        }
        #expect(count == 10)
    }
}

#if canImport(Glibc)
    let fileSizeLimit = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    let addressSpaceLimit = __rlimit_resource_t(RLIMIT_AS.rawValue)
#else
    let fileSizeLimit = RLIMIT_FSIZE
    let addressSpaceLimit = RLIMIT_AS
#endif
