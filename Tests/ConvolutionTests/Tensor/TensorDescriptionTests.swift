// SPDX-License-Identifier: Apache-2.0

import Convolution
import Testing

/// Literals are what PyTorch 2.15 prints.
@Suite struct TensorDescriptionTests {
    private func expect(_ tensor: Tensor, _ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect("\(tensor)" == text, sourceLocation: sourceLocation)
    }

    @Test func smallTensors() throws {
        expect(try .arange(5), "tensor([0., 1., 2., 3., 4.])")
        expect(try .zeros([2, 3]), "tensor([[0., 0., 0.],\n        [0., 0., 0.]])")
        expect(try Tensor([0, 0.5, 1, 1.5], shape: [2, 2]), "tensor([[0.0000, 0.5000],\n        [1.0000, 1.5000]])")
        expect(try Tensor([3.5], shape: []), "tensor(3.5000)")
        expect(try Tensor([0.1, 0.22, -3], shape: [3]), "tensor([ 0.1000,  0.2200, -3.0000])")
        expect(
            try .arange(24).view([2, 3, 4]),
            """
            tensor([[[ 0.,  1.,  2.,  3.],
                     [ 4.,  5.,  6.,  7.],
                     [ 8.,  9., 10., 11.]],

                    [[12., 13., 14., 15.],
                     [16., 17., 18., 19.],
                     [20., 21., 22., 23.]]])
            """)
    }

    @Test func emptyTensors() throws {
        expect(try .zeros([0]), "tensor([])")
        expect(try .zeros([2, 0]), "tensor([], size=(2, 0))")
    }

    @Test func numbersOfVeryDifferentSize() throws {
        expect(try Tensor([1e-5, 1, 1e5], shape: [3]), "tensor([1.0000e-05, 1.0000e+00, 1.0000e+05])")
        expect(try Tensor([1.5, 1e9], shape: [2]), "tensor([1.5000e+00, 1.0000e+09])")
        expect(try Tensor([.infinity, .nan, -1], shape: [3]), "tensor([inf, nan, -1.])")
    }

    @Test func longTensorsAreShortened() throws {
        expect(
            try .arange(2000),
            """
            tensor([0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 1.9970e+03, 1.9980e+03,
                    1.9990e+03])
            """)
        expect(
            try .zeros([1100, 2]),
            """
            tensor([[0., 0.],
                    [0., 0.],
                    [0., 0.],
                    ...,
                    [0., 0.],
                    [0., 0.],
                    [0., 0.]])
            """)
    }
}
