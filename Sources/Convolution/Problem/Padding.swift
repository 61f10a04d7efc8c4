// SPDX-License-Identifier: Apache-2.0

/// The padding of one axis, in elements: `before` the first element and `after` the last.
public struct AxisPadding: Sendable, Hashable {
    /// Elements before the first.
    public var before: Int
    /// Elements after the last.
    public var after: Int

    /// `before` elements before the first and `after` after the last.
    public init(before: Int, after: Int) {
        self.before = before
        self.after = after
    }
}

/// What can be given as a padding: an `Int`, which stands for both ends of every axis, an `[Int]`, one per axis, or a
/// `Padding` such as `.same`, `.valid` or `.pairs([AxisPadding(before: 0, after: 1)])`.
public protocol PaddingConvertible {
    /// The value as the convolutions take it.
    var convolutionPadding: Padding { get }
}

extension Padding: PaddingConvertible {
    /// The value itself.
    public var convolutionPadding: Padding { self }
}

// What makes `padding: .same` mean something where any of these types may stand.
extension PaddingConvertible where Self == Padding {
    /// As much padding as keeps the size at stride 1; ``Padding/same``.
    public static var same: Padding { Padding(storage: .same) }

    /// No padding; ``Padding/valid``.
    public static var valid: Padding { Padding(storage: .valid) }

    /// All padding before the first element; ``Padding/causal``.
    public static var causal: Padding { Padding(storage: .causal) }

    /// Elements before and after, per axis; ``Padding/pairs(_:)``.
    public static func pairs(_ pairs: [AxisPadding]) -> Padding { Padding(storage: .pairs(pairs)) }
}

/// How far the input is padded, as a value: the same number of elements on both ends of an axis, `same`, `valid`, or an
/// explicit pair per axis. Of a transposed convolution it is what is left out at the ends of the output, and no word.
///
/// Functions, modules and problems take an `Int` or an `[Int]` as well (``PaddingConvertible``).
public struct Padding: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, Sendable, Hashable,
    CustomStringConvertible
{
    enum Storage: Sendable, Hashable {
        case symmetric(Extents)
        case same
        case valid
        case causal
        case pairs([AxisPadding])
    }

    let storage: Storage

    fileprivate init(storage: Storage) {
        self.storage = storage
    }

    /// As much padding as keeps the size at stride 1: `dilation * (kernel - 1)` in total, half of it, rounded down,
    /// before. With a stride above 1 it is an error.
    public static let same = Padding(storage: .same)

    /// No padding.
    public static let valid = Padding(storage: .valid)

    /// `dilation * (kernel - 1)` elements before the first and none after the last, at any stride: no output sees an
    /// element that lies after its own. What a stream (``StreamingConv1d``) is usually padded with.
    public static let causal = Padding(storage: .causal)

    /// Elements before and after, per axis, first axis first; a single pair stands for every axis.
    public static func pairs(_ pairs: [AxisPadding]) -> Padding {
        Padding(storage: .pairs(pairs))
    }

    /// `value` elements at both ends of every axis.
    public init(_ value: Int) {
        storage = .symmetric(Extents(value))
    }

    /// Elements at both ends, one value per axis, first axis first.
    public init(_ values: [Int]) {
        storage = .symmetric(Extents(values))
    }

    /// Elements at both ends of each axis.
    public init(_ extents: Extents) {
        storage = .symmetric(extents)
    }

    /// `value` elements at both ends of every axis.
    public init(integerLiteral value: Int) {
        self.init(value)
    }

    /// Elements at both ends, one value per axis, first axis first.
    public init(arrayLiteral elements: Int...) {
        self.init(elements)
    }

    /// The padding that PyTorch calls `word`: "same" or "valid".
    ///
    /// - Throws: `ConvolutionError.unknownPadding` for any other word.
    public init(parsing word: String) throws(ConvolutionError) {
        switch word {
        case "same": self = .same
        case "valid": self = .valid
        default: throw .unknownPadding(word)
        }
    }

    /// `1`, `[1, 2]`, `same`, `valid`, `causal`, or the pairs as `[(0, 1), (1, 1)]`.
    public var description: String {
        switch storage {
        case .symmetric(let extents): "\(extents)"
        case .same: "same"
        case .valid: "valid"
        case .causal: "causal"
        case .pairs(let pairs): "[" + pairs.map { "(\($0.before), \($0.after))" }.joined(separator: ", ") + "]"
        }
    }

    /// The padding of each axis of a convolution of `rank` axes. Those that it lacks have none.
    func resolved(
        rank: Int, kernel: Axes<Int>, stride: Axes<Int>, dilation: Axes<Int>
    ) throws(ConvolutionError) -> Axes<AxisPadding> {
        let none = AxisPadding(before: 0, after: 0)
        switch storage {
        case .valid:
            return Axes(depth: none, height: none, width: none)
        case .same:
            guard stride.allSatisfy({ $0 == 1 }) else { throw .samePaddingWithStride(stride.values(rank: rank)) }
            return try kernel.zip(dilation, Padding.same)
        case .causal:
            return try kernel.zip(dilation) { (kernel, dilation) throws(ConvolutionError) in
                AxisPadding(before: try Padding.total(kernel: kernel, dilation: dilation, "causal"), after: 0)
            }
        case .symmetric(let extents):
            let each = try extents.resolved(rank: rank, absent: 0, parameter: "padding")
            guard each.allSatisfy({ $0 >= 0 }) else { throw .negativePadding(each.values(rank: rank)) }
            return each.map { AxisPadding(before: $0, after: $0) }
        case .pairs(let pairs):
            guard pairs.count == rank || pairs.count == 1 else {
                throw .valueCount(parameter: "padding", rank: rank, values: pairs.flatMap { [$0.before, $0.after] })
            }
            guard pairs.allSatisfy({ $0.before >= 0 && $0.after >= 0 }) else {
                throw .negativePadding(pairs.flatMap { [$0.before, $0.after] })
            }
            return Axes(rank: rank, absent: none) { pairs[pairs.count == 1 ? 0 : $0] }
        }
    }

    private static func same(kernel: Int, dilation: Int) throws(ConvolutionError) -> AxisPadding {
        let total = try total(kernel: kernel, dilation: dilation, "same")
        return AxisPadding(before: total / 2, after: total - total / 2)
    }

    /// What all taps but one span, which keeps the size at stride 1.
    private static func total(kernel: Int, dilation: Int, _ word: String) throws(ConvolutionError) -> Int {
        try (CheckedSize(dilation) * (kernel - 1)).get("the padding of '\(word)'", [dilation, kernel])
    }
}
