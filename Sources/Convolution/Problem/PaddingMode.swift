// SPDX-License-Identifier: Apache-2.0

/// What the padding of a module is filled with. A later version of the library may have more modes.
public struct PaddingMode: RawRepresentable, CaseIterable, Hashable, Sendable, CustomStringConvertible {
    /// What the library switches over, so that the compiler finds what a mode is missing.
    enum Storage: String, CaseIterable, Sendable {
        case zeros, reflect, replicate, circular
    }

    let storage: Storage

    private init(_ storage: Storage) {
        self.storage = storage
    }

    /// Zeros.
    public static let zeros = PaddingMode(.zeros)
    /// The input mirrored at its edge, the edge itself not repeated. The padding must be smaller than the input.
    public static let reflect = PaddingMode(.reflect)
    /// The element at the edge.
    public static let replicate = PaddingMode(.replicate)
    /// The input's other end. The padding must not be larger than the input.
    public static let circular = PaddingMode(.circular)

    /// All of them, in PyTorch's order.
    public static let allCases = Storage.allCases.map(PaddingMode.init)

    /// The mode that PyTorch calls `word`.
    ///
    /// - Throws: `ConvolutionError.unknownPaddingMode` for a word that is none of the four.
    public init(parsing word: String) throws(ConvolutionError) {
        guard let mode = PaddingMode(rawValue: word) else { throw .unknownPaddingMode(word) }
        self = mode
    }

    /// The mode of this name, which is that of its constant; nil if there is none.
    public init?(rawValue: String) {
        guard let storage = Storage(rawValue: rawValue) else { return nil }
        self.storage = storage
    }

    /// The name of the constant.
    public var rawValue: String { storage.rawValue }

    /// The same as `rawValue`.
    public var description: String { rawValue }

    // Not of the names, as `RawRepresentable` has it.

    /// Whether both are the same mode.
    public static func == (left: PaddingMode, right: PaddingMode) -> Bool { left.storage == right.storage }

    /// Hashes the mode.
    public func hash(into hasher: inout Hasher) { hasher.combine(storage) }
}
