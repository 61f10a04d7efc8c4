// SPDX-License-Identifier: Apache-2.0

/// A size under computation. An overflow sticks, and is reported once at the end, so that a formula reads as a formula:
///
///     try (CheckedSize(height) * width * channels * batch).floats("the number of input elements", shape)
///
/// Multiply from the innermost extent outwards: a zero batch then doesn't hide a plane or an image that overflows, and
/// every stride of the tensor is known to fit as well.
struct CheckedSize: Sendable {
    /// `nil` after an overflow.
    let value: Int?

    init(_ value: Int) {
        self.value = value
    }

    private init(_ result: (partialValue: Int, overflow: Bool)) {
        value = result.overflow ? nil : result.partialValue
    }

    static func + (left: CheckedSize, right: Int) -> CheckedSize {
        guard let value = left.value else { return left }
        return CheckedSize(value.addingReportingOverflow(right))
    }

    static func * (left: CheckedSize, right: Int) -> CheckedSize {
        guard let value = left.value else { return left }
        return CheckedSize(value.multipliedReportingOverflow(by: right))
    }

    static func + (left: CheckedSize, right: CheckedSize) -> CheckedSize {
        guard let value = right.value else { return right }
        return left + value
    }

    static func * (left: CheckedSize, right: CheckedSize) -> CheckedSize {
        guard let value = right.value else { return right }
        return left * value
    }

    /// The size, or an error that names `quantity` and the `values` it was computed from.
    func get(_ quantity: @autoclosure () -> String, _ values: @autoclosure () -> [Int]) throws(ConvolutionError) -> Int
    {
        guard let value else { throw .sizeOverflow(quantity: quantity(), values: values()) }
        return value
    }

    /// The size as a number of `Float`s, whose bytes must fit in `Int` too.
    func floats(_ quantity: @autoclosure () -> String, _ values: @autoclosure () -> [Int]) throws(ConvolutionError)
        -> Int
    {
        _ = try (self * MemoryLayout<Float>.stride).get(quantity(), values())
        return try get(quantity(), values())
    }

    // MARK: Common sizes

    /// The product of `factors`.
    static func product(_ factors: [Int], of quantity: @autoclosure () -> String = "a size") throws(ConvolutionError)
        -> Int
    {
        var product = CheckedSize(1)
        for factor in factors { product = product * factor }
        return try product.get(quantity(), factors)
    }

    /// `left + right`.
    static func sum(
        _ left: Int, _ right: Int, of quantity: @autoclosure () -> String = "a size"
    ) throws(ConvolutionError) -> Int {
        try (CheckedSize(left) + right).get(quantity(), [left, right])
    }

    /// `size`, which is not negative, rounded up to a multiple of `unit`, which is positive.
    static func roundUp(_ size: Int, toMultipleOf unit: Int) throws(ConvolutionError) -> Int {
        try sum(size, unit - 1, of: "a size rounded up to a multiple of \(unit)") / unit * unit
    }

    /// The number of `Float`s in a tensor of `shape`, all of whose strides and bytes fit in `Int`.
    static func elementCount(
        _ shape: [Int], of tensor: @autoclosure () -> String = "tensor"
    ) throws(ConvolutionError) -> Int {
        var count = CheckedSize(1)
        for extent in shape.reversed() {
            guard extent >= 0 else { throw .negativeExtent(tensor: tensor(), shape: shape) }
            count = count * extent
        }
        return try count.floats("the number of elements of the \(tensor())", shape)
    }
}

/// The largest number that divides two positive ones.
func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
    var (larger, smaller) = (first, second)
    while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
    return larger
}
