// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The weights of a network in a .safetensors file, all of them finite: of one that is not, a network would make
/// answers that are no numbers, or numbers that look like answers.
public struct WeightsFile: Sendable {
    private let path: String
    private let file: SafetensorsFile

    /// Reads the file's header.
    ///
    /// - Throws: `FileError` if it can't be read.
    public init(contentsOf path: String) throws(FileError) {
        self.path = path
        file = try SafetensorsFile(contentsOf: path)
    }

    /// The tensor of a name.
    ///
    /// - Throws: `FileError` if the file has none or it can't be read, `NonFiniteElement`.
    public func tensor(_ name: String) throws -> Tensor {
        let tensor = try file.tensor(name)
        try tensor.requireFinite(name, of: path)
        return tensor
    }

    /// All tensors by their names.
    ///
    /// - Throws: As for one of them.
    public func tensors() throws -> [String: Tensor] {
        try Dictionary(uniqueKeysWithValues: file.names.map { ($0, try tensor($0)) })
    }
}

/// An element of a file that is infinite or not a number.
public struct NonFiniteElement: Error, Equatable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// The tensor's name.
    public let tensor: String
    /// The element's index along each axis.
    public let index: [Int]
    /// The element: infinite or not a number.
    public let value: Float

    /// What is wrong, in one sentence.
    public var description: String { "\(path): element \(index) of '\(tensor)' is \(value), which is no finite number" }
}

extension Tensor {
    /// Refuses the tensor of a file if it has an element that is infinite or not a number.
    ///
    /// - Throws: `NonFiniteElement`.
    public func requireFinite(_ name: String, of path: String) throws(NonFiniteElement) {
        let elements = span
        if let place = elements.indices.first(where: { !elements[$0].isFinite }) {
            throw NonFiniteElement(path: path, tensor: name, index: indices(of: place), value: elements[place])
        }
    }

    /// The index along each axis of the element at a place of the row-major order.
    fileprivate func indices(of place: Int) -> [Int] {
        var rest = place
        return shape.reversed().map { extent in
            defer { rest /= extent }
            return rest % extent
        }.reversed()
    }
}
