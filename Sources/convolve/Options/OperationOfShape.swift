// SPDX-License-Identifier: Apache-2.0

import Convolution

extension Operation {
    /// The convolution that a weight of this shape, (K, C / groups, *kernel), is of.
    /// - Throws: `Failure` with exit code 65 where there is none with so many axes.
    init(weightShape: [Int]) throws {
        guard let operation = Operation.allCases.first(where: { $0.rank + 2 == weightShape.count }) else {
            let axes = Operation.allCases.filter { !$0.isTransposed }.map { "\($0.rank + 2) for \($0.rawValue)" }
                .joined(separator: ", ")
            throw Failure.badData(
                "the weight's shape \(tuple(weightShape)) has \(weightShape.count) axes, which no operation takes "
                    + "(\(axes))")
        }
        self = operation
    }
}
