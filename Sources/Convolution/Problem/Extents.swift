// SPDX-License-Identifier: Apache-2.0

/// What can be given as a stride, a dilation or a kernel size: an `Int`, which stands for every axis, an array or a slice
/// of them, one per axis, or `Extents`.
///
/// ```swift
/// let k = 3
/// let layer = try Conv2d(8, 14, kernelSize: k, stride: [2, 1], padding: k / 2)
/// ```
///
/// Whatever can be given here can be given as a padding too.
public protocol ExtentsConvertible: PaddingConvertible {
    /// The value as the convolutions take it.
    var convolutionExtents: Extents { get }
}

extension ExtentsConvertible {
    /// So many elements at both ends of each axis.
    public var convolutionPadding: Padding { Padding(convolutionExtents) }
}

extension Int: ExtentsConvertible {
    /// This value on every axis.
    public var convolutionExtents: Extents { Extents(self) }
}

extension Array: ExtentsConvertible, PaddingConvertible where Element == Int {
    /// One value per axis, first axis first; a single value stands for every axis.
    public var convolutionExtents: Extents { Extents(self) }
}

extension ArraySlice: ExtentsConvertible, PaddingConvertible where Element == Int {
    /// One value per axis, first axis first; a single value stands for every axis.
    public var convolutionExtents: Extents { Extents(Array(self)) }
}

extension Extents: ExtentsConvertible {
    /// The value itself.
    public var convolutionExtents: Extents { self }
}

/// One integer for every axis, or one integer per axis, as a value: what strides, dilations and kernel sizes are made of.
///
/// Functions, modules and problems take an `Int` or an `[Int]` as well (``ExtentsConvertible``). A list of one value means
/// that value on every axis. That the number of values fits the convolution is checked when a problem is built, not here.
public struct Extents: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, Sendable, Hashable,
    CustomStringConvertible
{
    private enum Storage: Sendable, Hashable {
        // Up to three values are stored inline: describing a convolution doesn't allocate.
        case every(Int)
        case two(Int, Int)
        case three(Int, Int, Int)
        case list([Int])
    }

    private let storage: Storage

    /// `value` on every axis.
    public init(_ value: Int) {
        storage = .every(value)
    }

    /// One value per axis, first axis first; a single value stands for every axis.
    public init(_ values: [Int]) {
        switch values.count {
        case 1: storage = .every(values[0])
        case 2: storage = .two(values[0], values[1])
        case 3: storage = .three(values[0], values[1], values[2])
        default: storage = .list(values)
        }
    }

    /// `value` on every axis.
    public init(integerLiteral value: Int) {
        self.init(value)
    }

    /// One value per axis, first axis first.
    public init(arrayLiteral elements: Int...) {
        self.init(elements)
    }

    /// The values as written: one for "every axis", else one per axis.
    public var values: [Int] {
        switch storage {
        case .every(let value): [value]
        case .two(let first, let second): [first, second]
        case .three(let first, let second, let third): [first, second, third]
        case .list(let values): values
        }
    }

    /// The values as written, `2` or `[2, 1]`.
    public var description: String {
        if case .every(let value) = storage { "\(value)" } else { "\(values)" }
    }

    /// The values for the axes of a convolution of `rank` axes; those that it lacks have the value `absent`.
    func resolved(rank: Int, absent: Int, parameter: StaticString) throws(ConvolutionError) -> Axes<Int> {
        switch storage {
        case .every(let value):
            return Axes(rank: rank, absent: absent) { _ in value }
        case .two(let first, let second) where rank == 2:
            return Axes(depth: absent, height: first, width: second)
        case .three(let first, let second, let third) where rank == 3:
            return Axes(depth: first, height: second, width: third)
        default:
            throw .valueCount(parameter: "\(parameter)", rank: rank, values: values)
        }
    }
}
