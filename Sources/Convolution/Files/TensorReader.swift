// SPDX-License-Identifier: Apache-2.0

/// A tensor of a file whose shape has been read, and whose elements will be.
package struct TensorReader: Sendable {
    private let source: any ByteSource
    private let stored: StoredTensor
    /// Where the file ends.
    private let end: Int
    /// The tensor of a stream, whose writer may wait for it to be read before it goes on to another.
    private let read: Tensor?

    package var shape: [Int] { stored.shape }

    /// Opens a file as `Tensor.init(contentsOf:key:)` does.
    package init(contentsOf location: some FileLocation, key: String?) throws(FileError) {
        try self.init(openSource(FilePath(location)), key: key)
    }

    init(_ source: any ByteSource, key: String?) throws(FileError) {
        self.source = source
        switch try FileFormat(source) {
        case .numPy:
            stored = try NumPyFormat.stored(source)
            end = stored.offset + (try stored.size(source.path))
        case .safetensors:
            let header = try SafetensorsHeader(source)
            guard let key = key ?? (header.entries.count == 1 ? header.entries[0].name : nil) else {
                throw .ambiguousTensor(path: source.path.description, keys: header.entries.map(\.name))
            }
            stored = try header.stored(key, source.path)
            end = header.dataOffset + header.dataCount
        }
        guard source.size == nil else {
            read = nil
            return
        }
        read = try stored.read(source)
        try source.checkEnd(at: end)
    }

    /// Reads the elements.
    package func tensor() throws(FileError) -> Tensor {
        if let read { read } else { try stored.read(source) }
    }
}
