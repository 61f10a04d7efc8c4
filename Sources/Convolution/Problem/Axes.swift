// SPDX-License-Identifier: Apache-2.0

/// A value for each spatial axis of a convolution, the outermost first. One of fewer than three axes has a value for the
/// outer ones that leaves them alone: an extent, a kernel and a stride of 1 and no padding.
struct Axes<Value> {
    var depth: Value
    var height: Value
    var width: Value

    init(depth: Value, height: Value, width: Value) {
        (self.depth, self.height, self.width) = (depth, height, width)
    }

    /// The last axes of a convolution of `rank` axes, which `value` is asked for by their index, and `absent` for the others.
    init<Failure: Error>(
        rank: Int, absent: Value, _ value: (_ axis: Int) throws(Failure) -> Value
    ) throws(Failure) {
        depth = rank > 2 ? try value(rank - 3) : absent
        height = rank > 1 ? try value(rank - 2) : absent
        width = try value(rank - 1)
    }

    func map<Other, Failure: Error>(
        _ transform: (Value) throws(Failure) -> Other
    ) throws(Failure) -> Axes<Other> {
        Axes<Other>(depth: try transform(depth), height: try transform(height), width: try transform(width))
    }

    func zip<Other, Result, Failure: Error>(
        _ other: Axes<Other>, _ transform: (Value, Other) throws(Failure) -> Result
    ) throws(Failure) -> Axes<Result> {
        Axes<Result>(
            depth: try transform(depth, other.depth), height: try transform(height, other.height),
            width: try transform(width, other.width))
    }

    func allSatisfy(_ predicate: (Value) -> Bool) -> Bool {
        predicate(depth) && predicate(height) && predicate(width)
    }

    /// The values of the axes that a convolution of `rank` has, first axis first.
    func values(rank: Int) -> [Value] {
        switch rank {
        case 1: [width]
        case 2: [height, width]
        default: [depth, height, width]
        }
    }
}

extension Axes where Value == Int {
    /// The values' product, under which an overflow sticks.
    var product: CheckedSize { CheckedSize(width) * height * depth }
}

extension Axes: Sendable where Value: Sendable {}
extension Axes: Equatable where Value: Equatable {}
extension Axes: Hashable where Value: Hashable {}
