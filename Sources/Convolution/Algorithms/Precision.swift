// SPDX-License-Identifier: Apache-2.0

/// Which algorithms a plan may choose from, by the error of their answers. A later version of the library may have
/// further classes, between those that there are too.
public struct Precision: RawRepresentable, CaseIterable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// In the order of the error that they allow.
    enum Storage: String, CaseIterable, Comparable, Sendable {
        case strict, standard, fast

        private var rank: Int {
            switch self {
            case .strict: 0
            case .standard: 1
            case .fast: 2
            }
        }

        static func < (left: Storage, right: Storage) -> Bool { left.rank < right.rank }
    }

    let storage: Storage

    private init(_ storage: Storage) {
        self.storage = storage
    }

    /// Only algorithms that sum the true products: `direct`, `gemm`, `im2col` and `depthwise`.
    public static let strict = Precision(.strict)
    /// Also transforms whose measured error stays within four times that of a direct fp32 sum.
    public static let standard = Precision(.standard)
    /// Also Winograd where its error is larger, within sixteen times.
    public static let fast = Precision(.fast)

    /// All of them, the strictest first.
    public static let allCases = Storage.allCases.map(Precision.init)

    /// The class of this name, which is that of its constant; nil if there is none.
    public init?(rawValue: String) {
        guard let storage = Storage(rawValue: rawValue) else { return nil }
        self.storage = storage
    }

    /// The name of the constant.
    public var rawValue: String { storage.rawValue }

    /// The same as `rawValue`.
    public var description: String { rawValue }

    // Not of the names, as `RawRepresentable` has it.

    /// Whether both are the same class.
    public static func == (left: Precision, right: Precision) -> Bool { left.storage == right.storage }

    /// Hashes the class.
    public func hash(into hasher: inout Hasher) { hasher.combine(storage) }

    /// Whether the left allows fewer algorithms than the right.
    public static func < (left: Precision, right: Precision) -> Bool { left.storage < right.storage }
}
