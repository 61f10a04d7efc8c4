// SPDX-License-Identifier: Apache-2.0

/// The ways of computing a convolution.
public enum Algorithm: String, CaseIterable, Sendable {
    /// The definition, summed in double precision: slow, and what the others are compared with.
    case reference
    /// The full matrix of input windows, then a matrix product (Chellapilla, Puri and Simard 2006, section 3). Kept for
    /// comparison, and never chosen by a plan: its matrix is `kernel` times as large as the input.
    case im2col
    /// Register tiles over pixels and output channels, the input read in place.
    case direct
    /// Implicit matrix product: the input is brought into the order of the product a block at a time, or read in place
    /// where it already has that order.
    case gemm
    /// For one input channel per group: each output channel filters one plane.
    case depthwise
    /// Winograd's minimal filtering in tiles of 2 outputs along each axis: for 3 x 3 kernels 2.25 times fewer
    /// multiplications (Lavin and Gray 2016, equation 8).
    case winograd2
    /// The same in tiles of 3, between `winograd2` and `winograd4` in multiplications and in error.
    case winograd3
    /// The same in tiles of 4: for 3 x 3 kernels 4 times fewer multiplications (Lavin and Gray 2016, section 4.2).
    case winograd4
    /// The same in tiles of 4 rows and 2 columns: for 3 x 3 kernels 3 times fewer multiplications. Its transformed
    /// weights are two thirds of those of `winograd4`, for small images that do not hide how they stream from memory.
    case winograd4x2
    /// The same in tiles of 6: for 3 x 3 kernels 5.06 times fewer multiplications, with a larger rounding error.
    case winograd6
    /// The same in tiles of 7 rows and 4 columns: for 3 x 3 kernels 4.67 times fewer multiplications. Many networks have
    /// images whose sides are multiples of 7.
    case winograd7x4
    /// Fourier transforms of overlapping segments of each row: few multiplications per output where the rows of the
    /// kernel are long (Stockham 1966).
    case fft
}

/// Which algorithms a plan may choose from, by the error of their answers.
public enum Precision: String, CaseIterable, Sendable, Comparable {
    /// Only algorithms that sum the true products: `direct`, `gemm`, `im2col` and `depthwise`.
    case strict
    /// Also transforms whose measured error stays within four times that of a direct fp32 sum.
    case standard
    /// Also Winograd where its error is larger, within sixteen times.
    case fast

    /// Whether the left allows fewer algorithms than the right.
    public static func < (left: Precision, right: Precision) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .strict: 0
        case .standard: 1
        case .fast: 2
        }
    }
}

extension Algorithm {
    /// Whether it is there to be compared with, and no plan chooses it by itself.
    var isForComparison: Bool { self == .reference || self == .im2col }

    /// The strictest precision under which the algorithm may be chosen.
    public var precision: Precision {
        switch self {
        case .reference, .im2col, .direct, .gemm, .depthwise: .strict
        case .winograd2, .winograd3, .winograd4, .winograd4x2, .winograd6, .winograd7x4, .fft: .standard
        }
    }
}
