// SPDX-License-Identifier: Apache-2.0

/// A block of bytes whose size comes from a file: where there is no memory for it, its making throws, and an array's would
/// trap.
struct ByteBuffer {
    private let storage: FloatBuffer
    let count: Int

    var bytes: UnsafeMutableRawBufferPointer { .init(start: storage.base, count: count) }

    /// The contents are undefined.
    init(count: Int, of path: FilePath) throws(FileError) {
        let floats = count / MemoryLayout<Float>.size + 1
        do throws(ConvolutionError) {
            storage = try FloatBuffer(count: floats)
        } catch {
            throw .outOfMemory(path: path.description, bytes: count)
        }
        self.count = count
    }

    subscript(index: Int) -> UInt8 {
        precondition(index < count, "byte \(index) of \(count)")
        return bytes[index]
    }
}
