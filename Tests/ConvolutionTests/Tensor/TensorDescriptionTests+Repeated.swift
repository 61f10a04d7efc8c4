// SPDX-License-Identifier: Apache-2.0

import Testing

extension TensorDescriptionTests {
    /// Elements that are repeated until the shape is full.
    struct RepeatedTensor: Sendable, CustomTestStringConvertible {
        let elements: [Float]
        let shape: [Int]
        let text: String

        var testDescription: String { "\(elements) in \(shape)" }
    }

    static let repeatedTensors: [RepeatedTensor] = [
        .init(
            elements: [0], shape: [100],
            text: """
                tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., \
                0., 0.,
                        0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., \
                0., 0.,
                        0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., \
                0., 0.,
                        0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., \
                0., 0.,
                        0., 0., 0., 0.])
                """),
        .init(
            elements: [0], shape: [26],
            text: """
                tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., \
                0., 0.,
                        0., 0.])
                """),
        .init(
            elements: [0], shape: [27],
            text: """
                tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., \
                0., 0.,
                        0., 0., 0.])
                """),
        .init(
            elements: [-0.0], shape: [40],
            text: """
                tensor([-0., -0., -0., -0., -0., -0., -0., -0., -0., -0., -0., -0., -0., -0., -0., -0., -0., \
                -0., -0., -0., -0., -0., -0., -0.,
                        -0., -0., -0., -0., -0., -0., -0., -0., -0., -0., -0., -0., -0., -0., -0., -0.])
                """),
        .init(
            elements: [0], shape: [2, 30],
            text: """
                tensor([[0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., \
                0., 0., 0.,
                         0., 0., 0., 0., 0., 0.],
                        [0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., \
                0., 0., 0.,
                         0., 0., 0., 0., 0., 0.]])
                """),
        .init(
            elements: [0, -0.0], shape: [40],
            text: """
                tensor([0., -0., 0., -0., 0., -0., 0., -0., 0., -0., 0., -0., 0., -0., 0., -0., 0., -0., 0., \
                -0., 0., -0., 0., -0.,
                        0., -0., 0., -0., 0., -0., 0., -0., 0., -0., 0., -0., 0., -0., 0., -0.])
                """),
        .init(
            elements: [.infinity], shape: [40],
            text: """
                tensor([inf, inf, inf, inf, inf, inf, inf, inf, inf, inf, inf, inf, inf, inf, inf, inf, inf, \
                inf, inf, inf, inf, inf, inf, inf,
                        inf, inf, inf, inf, inf, inf, inf, inf, inf, inf, inf, inf, inf, inf, inf, inf])
                """),
        .init(
            elements: [-.infinity, .nan], shape: [40],
            text: """
                tensor([-inf, nan, -inf, nan, -inf, nan, -inf, nan, -inf, nan, -inf, nan, -inf, nan, -inf, nan, \
                -inf, nan, -inf, nan, -inf, nan, -inf, nan,
                        -inf, nan, -inf, nan, -inf, nan, -inf, nan, -inf, nan, -inf, nan, -inf, nan, -inf, nan])
                """),
        .init(
            elements: [.nan], shape: [3, 30],
            text: """
                tensor([[nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, \
                nan, nan, nan, nan, nan, nan, nan,
                         nan, nan, nan, nan, nan, nan],
                        [nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, \
                nan, nan, nan, nan, nan, nan, nan,
                         nan, nan, nan, nan, nan, nan],
                        [nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, \
                nan, nan, nan, nan, nan, nan, nan,
                         nan, nan, nan, nan, nan, nan]])
                """),
        .init(
            elements: [.infinity, 0, .nan], shape: [40],
            text: """
                tensor([inf, 0., nan, inf, 0., nan, inf, 0., nan, inf, 0., nan, inf, 0., nan, inf, 0., nan, \
                inf, 0., nan, inf, 0., nan,
                        inf, 0., nan, inf, 0., nan, inf, 0., nan, inf, 0., nan, inf, 0., nan, inf])
                """),
        .init(
            elements: [0], shape: [1200],
            text: """
                tensor([0., 0., 0.,  ..., 0., 0., 0.])
                """),
        .init(
            elements: [.nan], shape: [7, 200],
            text: """
                tensor([[nan, nan, nan,  ..., nan, nan, nan],
                        [nan, nan, nan,  ..., nan, nan, nan],
                        [nan, nan, nan,  ..., nan, nan, nan],
                        ...,
                        [nan, nan, nan,  ..., nan, nan, nan],
                        [nan, nan, nan,  ..., nan, nan, nan],
                        [nan, nan, nan,  ..., nan, nan, nan]])
                """),
        .init(
            elements: [0], shape: [2, 1, 45],
            text: """
                tensor([[[0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., \
                0., 0.,
                          0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.]],

                        [[0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., \
                0., 0.,
                          0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.]]])
                """),
        .init(
            elements: [.infinity, 12, .nan, -3], shape: [45],
            text: """
                tensor([inf, 12., nan, -3., inf, 12., nan, -3., inf, 12., nan, -3., inf, 12.,
                        nan, -3., inf, 12., nan, -3., inf, 12., nan, -3., inf, 12., nan, -3.,
                        inf, 12., nan, -3., inf, 12., nan, -3., inf, 12., nan, -3., inf, 12.,
                        nan, -3., inf])
                """),
        .init(
            elements: [0, .nan, -.infinity, 1500000000.0], shape: [12],
            text: """
                tensor([0.0000e+00,        nan,       -inf, 1.5000e+09, 0.0000e+00,        nan,
                              -inf, 1.5000e+09, 0.0000e+00,        nan,       -inf, 1.5000e+09])
                """),
    ]
}
