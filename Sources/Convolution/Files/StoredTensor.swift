// SPDX-License-Identifier: Apache-2.0

/// A tensor as a file has it: where its bytes are and what they mean.
struct StoredTensor {
    let coding: ElementCoding
    /// As the tensor's reader sees it.
    let shape: [Int]
    /// Whether the first axis, and not the last, is the one whose elements are neighbours.
    var isFortranOrder = false
    let offset: Int
    /// For errors: "the data", or the tensor's name in quotes.
    let what: String

    /// Converted elements are read in pieces of so many bytes, which stay in a core's cache.
    private static let pieceBytes = 1 << 18

    /// The tensor's bytes.
    func size(_ path: FilePath) throws(FileError) -> Int {
        do throws(ConvolutionError) {
            let count = try CheckedSize.elementCount(shape, of: "tensor")
            return try CheckedSize.product([count, coding.type.size], of: "the bytes of the tensor")
        } catch {
            throw .invalidShape(path: path.description, error: error)
        }
    }

    /// Reads the tensor, straight into its memory where its bytes are those of a `Float`.
    func read(_ source: any ByteSource) throws(FileError) -> Tensor {
        let size = try size(source.path)
        try source.require(offset, size, what: what)
        var tensor: Tensor
        do throws(ConvolutionError) {
            // The strides of Fortran's order fit too.
            if isFortranOrder { _ = try CheckedSize.elementCount(shape.reversed(), of: "tensor") }
            tensor = try Tensor(uninitializedShape: shape)
        } catch {
            if case .outOfMemory(let bytes) = error.storage {
                throw .outOfMemory(path: source.path.description, bytes: bytes)
            }
            throw .invalidShape(path: source.path.description, error: error)
        }
        var failure: FileError?
        tensor.withUnsafeMutableBufferPointer { elements in
            do throws(FileError) {
                if isFortranOrder, shape.filter({ $0 != 1 }).count > 1 {
                    try readPieces(source) { piece, first in scatter(piece, first, to: elements) }
                } else if coding.isNative {
                    try fill(UnsafeMutableRawBufferPointer(elements), source, at: offset, before: 0, of: size)
                } else {
                    try readPieces(source, into: elements)
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return tensor
    }

    private func fill(
        _ buffer: UnsafeMutableRawBufferPointer, _ source: any ByteSource, at offset: Int, before: Int, of size: Int
    ) throws(FileError) {
        let got = try source.read(into: buffer, at: offset)
        guard got == buffer.count else { throw source.truncated(what, expected: size, got: before + got) }
    }

    private var count: Int { shape.reduce(1, *) }

    /// Reads and converts the elements piece by piece into their place.
    private func readPieces(
        _ source: any ByteSource, into elements: UnsafeMutableBufferPointer<Float>
    ) throws(FileError) {
        let perPiece = Self.pieceBytes / coding.type.size
        let bytes = try ByteBuffer(count: min(count, perPiece) * coding.type.size, of: source.path)
        for first in stride(from: 0, to: elements.count, by: perPiece) {
            let target = UnsafeMutableBufferPointer(rebasing: elements[first...].prefix(perPiece))
            try readPiece(source, bytes, first, into: target)
        }
    }

    /// Reads the elements in the file's order; `body` gets each piece, and the place of its first element in that order.
    private func readPieces(
        _ source: any ByteSource, _ body: (UnsafeBufferPointer<Float>, Int) -> Void
    ) throws(FileError) {
        let perPiece = Self.pieceBytes / coding.type.size
        let bytes = try ByteBuffer(count: perPiece * coding.type.size, of: source.path)
        let floats = try ByteBuffer(count: perPiece * MemoryLayout<Float>.size, of: source.path)
        let piece = floats.bytes.bindMemory(to: Float.self)
        for first in stride(from: 0, to: count, by: perPiece) {
            let target = UnsafeMutableBufferPointer(rebasing: piece.prefix(count - first))
            try readPiece(source, bytes, first, into: target)
            body(UnsafeBufferPointer(target), first)
        }
    }

    private func readPiece(
        _ source: any ByteSource, _ buffer: ByteBuffer, _ first: Int, into target: UnsafeMutableBufferPointer<Float>
    ) throws(FileError) {
        let size = coding.type.size
        let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes.prefix(target.count * size))
        try fill(bytes, source, at: offset + first * size, before: first * size, of: count * size)
        if let inexact = coding.convert(UnsafeRawBufferPointer(bytes), to: target) {
            throw .inexactElement(
                path: source.path.description, tensor: what, index: index(of: first + inexact.offset),
                value: inexact.value)
        }
    }

    /// The index of an element by its place in the file's order.
    private func index(of place: Int) -> [Int] {
        var rest = place
        var index: [Int] = []
        for extent in isFortranOrder ? shape : shape.reversed() {
            index.append(rest % extent)
            rest /= extent
        }
        return isFortranOrder ? index : index.reversed()
    }

    /// Puts elements of Fortran's order where they belong.
    private func scatter(
        _ piece: UnsafeBufferPointer<Float>, _ first: Int, to elements: UnsafeMutableBufferPointer<Float>
    ) {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in strides.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] * shape[axis + 1]
        }
        var index = index(of: first)
        var target = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
        for element in piece {
            elements[target] = element
            for axis in shape.indices {
                index[axis] += 1
                target += strides[axis]
                if index[axis] < shape[axis] { break }
                target -= strides[axis] * shape[axis]
                index[axis] = 0
            }
        }
    }
}
