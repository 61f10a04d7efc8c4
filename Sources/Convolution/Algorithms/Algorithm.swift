// SPDX-License-Identifier: Apache-2.0

/// A way of computing a convolution, or the phases of a transposed one. A later version of the library may have more of
/// them.
public struct Algorithm: RawRepresentable, CaseIterable, Hashable, Sendable, CustomStringConvertible {
    /// What the library switches over, so that the compiler finds what an algorithm is missing.
    enum Storage: String, CaseIterable, Sendable {
        case reference, im2col, direct, gemm, depthwise
        case winograd2, winograd3, winograd4, winograd4x2, winograd6, winograd7x4
        case fft
    }

    let storage: Storage

    init(_ storage: Storage) {
        self.storage = storage
    }

    /// The definition, summed in double precision: slow, and what the others are compared with.
    public static let reference = Algorithm(.reference)
    /// The full matrix of input windows, then a matrix product (Chellapilla, Puri and Simard 2006, section 3). Kept for
    /// comparison, and never chosen by a plan: its matrix is `kernel` times as large as the input.
    public static let im2col = Algorithm(.im2col)
    /// Register tiles over pixels and output channels, the input read in place.
    public static let direct = Algorithm(.direct)
    /// Implicit matrix product: the input is brought into the order of the product a block at a time, or read in place
    /// where it already has that order.
    public static let gemm = Algorithm(.gemm)
    /// For one input channel per group: each output channel filters one plane.
    public static let depthwise = Algorithm(.depthwise)
    /// Winograd's minimal filtering in tiles of 2 outputs along each axis: for 3 x 3 kernels 2.25 times fewer
    /// multiplications (Lavin and Gray 2016, equation 8).
    public static let winograd2 = Algorithm(.winograd2)
    /// The same in tiles of 3, between `winograd2` and `winograd4` in multiplications and in error.
    public static let winograd3 = Algorithm(.winograd3)
    /// The same in tiles of 4: for 3 x 3 kernels 4 times fewer multiplications (Lavin and Gray 2016, section 4.2).
    public static let winograd4 = Algorithm(.winograd4)
    /// The same in tiles of 4 rows and 2 columns: for 3 x 3 kernels 3 times fewer multiplications. Its transformed
    /// weights are two thirds of those of `winograd4`, for small images that do not hide how they stream from memory.
    public static let winograd4x2 = Algorithm(.winograd4x2)
    /// The same in tiles of 6: for 3 x 3 kernels 5.06 times fewer multiplications, with a larger rounding error.
    public static let winograd6 = Algorithm(.winograd6)
    /// The same in tiles of 7 rows and 4 columns: for 3 x 3 kernels 4.67 times fewer multiplications. Many networks have
    /// images whose sides are multiples of 7.
    public static let winograd7x4 = Algorithm(.winograd7x4)
    /// Fourier transforms of overlapping segments of each row: few multiplications per output where the rows of the
    /// kernel are long (Stockham 1966).
    public static let fft = Algorithm(.fft)

    /// All of them, in the order in which they are shown.
    public static let allCases = Storage.allCases.map(Algorithm.init)

    /// The algorithm of this name, which is that of its constant; nil if there is none.
    public init?(rawValue: String) {
        guard let storage = Storage(rawValue: rawValue) else { return nil }
        self.storage = storage
    }

    /// The name of the constant.
    public var rawValue: String { storage.rawValue }

    /// The same as `rawValue`.
    public var description: String { rawValue }

    // Not of the names, as `RawRepresentable` has it.

    /// Whether both are the same algorithm.
    public static func == (left: Algorithm, right: Algorithm) -> Bool { left.storage == right.storage }

    /// Hashes the algorithm.
    public func hash(into hasher: inout Hasher) { hasher.combine(storage) }
}

extension Algorithm {
    /// Whether it is there to be compared with, and no plan chooses it by itself.
    var isForComparison: Bool { self == .reference || self == .im2col }

    /// The strictest precision under which the algorithm may be chosen.
    public var precision: Precision {
        switch storage {
        case .reference, .im2col, .direct, .gemm, .depthwise: .strict
        case .winograd2, .winograd3, .winograd4, .winograd4x2, .winograd6, .winograd7x4, .fft: .standard
        }
    }
}
