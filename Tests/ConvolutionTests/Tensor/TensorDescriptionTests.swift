// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

/// The texts are what PyTorch 2 prints for the same tensors.
@Suite struct TensorDescriptionTests {
    @Test(
        arguments: [
            ([3], [], "tensor(3.)"),
            ([0.5], [], "tensor(0.5000)"),
            ([.nan], [], "tensor(nan)"),
            ([], [0], "tensor([])"),
            ([], [2, 0], "tensor([], size=(2, 0))"),
            ([], [0, 3], "tensor([], size=(0, 3))"),
            ([1, 2], [2], "tensor([1., 2.])"),
            ([.nan, 1], [2], "tensor([nan, 1.])"),
            ([.infinity, -.infinity, 2], [3], "tensor([inf, -inf, 2.])"),
            ([.nan, .infinity], [2], "tensor([nan, inf])"),
            ([0.5, .nan, -.infinity], [3], "tensor([0.5000,    nan,   -inf])"),
            ([0, -0.0], [2], "tensor([0., -0.])"),
            ([-0.0, 0.5], [2], "tensor([-0.0000, 0.5000])"),
            ([-1.5, 10.25], [2], "tensor([-1.5000, 10.2500])"),
            ([1e9, 1], [2], "tensor([1.0000e+09, 1.0000e+00])"),
            ([1000, 1], [2], "tensor([1000.,    1.])"),
            ([1001, 1], [2], "tensor([1.0010e+03, 1.0000e+00])"),
            ([1000.5, 1], [2], "tensor([1.0005e+03, 1.0000e+00])"),
            ([1e8], [1], "tensor([100000000.])"),
            ([1.1e8], [1], "tensor([1.1000e+08])"),
            ([0.0001], [1], "tensor([1.0000e-04])"),
            ([1e-05], [1], "tensor([1.0000e-05])"),
            ([1e-05, 1], [2], "tensor([1.0000e-05, 1.0000e+00])"),
            ([0, 0.001, 1.5], [3], "tensor([0.0000e+00, 1.0000e-03, 1.5000e+00])"),
            ([0.00012, -0.5], [2], "tensor([ 1.2000e-04, -5.0000e-01])"),
            ([123456.789], [1], "tensor([123456.7891])"),
            ([-1e10, .nan, .infinity], [3], "tensor([-1.0000e+10,         nan,         inf])"),
            ([.leastNonzeroMagnitude, 3.4e38], [2], "tensor([1.4013e-45, 3.4000e+38])"),
            ([-3.4e38, 1], [2], "tensor([-3.4000e+38,  1.0000e+00])"),
            ([0], [1, 1, 1], "tensor([[[0.]]])"),
            ([-0.0], [], "tensor(-0.)"),
            ([-0.0, 0], [2], "tensor([-0., 0.])"),
            ([.nan, 0, -.infinity], [3], "tensor([nan, 0., -inf])"),
            ([.nan, 12, -.infinity], [3], "tensor([nan, 12., -inf])"),
            ([], [0, 0, 0], "tensor([], size=(0, 0, 0))"),
            (
                [], [0, 1_000_000, 1_000_000, 1, 1, 1, 1, 1, 1, 1, 1],
                "tensor([], size=(0, 1000000, 1000000, 1, 1, 1, 1, 1, 1, 1, 1))"
            ),
            (
                [], [Int](repeating: 0, count: 20),
                "tensor([], size=(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))"
            ),
            (
                [], [Int](repeating: 0, count: 21),
                "tensor([],\n       size=(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))"
            ),
        ] as [([Float], [Int], String)])
    func `A few elements`(_ elements: [Float], _ shape: [Int], _ text: String) throws {
        #expect(try Tensor(elements, shape: shape).description == text)
    }

    @Test(arguments: longTensors)
    func `Lines are broken, and the middle of a large tensor is left out`(_ long: LongTensor) throws {
        let count = long.shape.reduce(1, *)
        let elements = (0..<count).map { (Float($0) + long.first) / long.divisor }
        #expect(try Tensor(elements, shape: long.shape).description == long.text)
    }

    @Test(arguments: repeatedTensors)
    func `Columns of zeros and of what isn't finite are as wide as PyTorch's`(_ repeated: RepeatedTensor) throws {
        let count = repeated.shape.reduce(1, *)
        let elements = (0..<count).map { repeated.elements[$0 % repeated.elements.count] }
        #expect(try Tensor(elements, shape: repeated.shape).description == repeated.text)
    }

    @Test func `The middle is left out of more than 1000 elements`() throws {
        #expect(try !Tensor.zeros([10, 100]).description.contains("..."))
        #expect(try Tensor.zeros([7, 143]).description.contains("..."))
    }

    /// Elements (first + i) / divisor.
    struct LongTensor: Sendable, CustomTestStringConvertible {
        let shape: [Int]
        var first: Float = 0
        var divisor: Float = 1
        let text: String

        var testDescription: String { "\(shape)" }
    }

    static let longTensors: [LongTensor] = [
        .init(
            shape: [30],
            text: """
                tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,
                        14., 15., 16., 17., 18., 19., 20., 21., 22., 23., 24., 25., 26., 27.,
                        28., 29.])
                """),
        .init(
            shape: [20], divisor: 7,
            text: """
                tensor([0.0000, 0.1429, 0.2857, 0.4286, 0.5714, 0.7143, 0.8571, 1.0000, 1.1429,
                        1.2857, 1.4286, 1.5714, 1.7143, 1.8571, 2.0000, 2.1429, 2.2857, 2.4286,
                        2.5714, 2.7143])
                """),
        .init(
            shape: [2, 3, 4], first: -12,
            text: """
                tensor([[[-12., -11., -10.,  -9.],
                         [ -8.,  -7.,  -6.,  -5.],
                         [ -4.,  -3.,  -2.,  -1.]],

                        [[  0.,   1.,   2.,   3.],
                         [  4.,   5.,   6.,   7.],
                         [  8.,   9.,  10.,  11.]]])
                """),
        .init(
            shape: [2, 2, 2, 2], divisor: 8,
            text: """
                tensor([[[[0.0000, 0.1250],
                          [0.2500, 0.3750]],

                         [[0.5000, 0.6250],
                          [0.7500, 0.8750]]],


                        [[[1.0000, 1.1250],
                          [1.2500, 1.3750]],

                         [[1.5000, 1.6250],
                          [1.7500, 1.8750]]]])
                """),
        .init(
            shape: [1001],
            text: """
                tensor([   0.,    1.,    2.,  ...,  998.,  999., 1000.])
                """),
        .init(
            shape: [2, 501],
            text: """
                tensor([[0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 4.9800e+02, 4.9900e+02,
                         5.0000e+02],
                        [5.0100e+02, 5.0200e+02, 5.0300e+02,  ..., 9.9900e+02, 1.0000e+03,
                         1.0010e+03]])
                """),
        .init(
            shape: [1000, 2], first: -1000, divisor: 4,
            text: """
                tensor([[-250.0000, -249.7500],
                        [-249.5000, -249.2500],
                        [-249.0000, -248.7500],
                        ...,
                        [ 248.5000,  248.7500],
                        [ 249.0000,  249.2500],
                        [ 249.5000,  249.7500]])
                """),
        .init(
            shape: [8, 2, 64], first: 1024, divisor: 2048,
            text: """
                tensor([[[0.5000, 0.5005, 0.5010,  ..., 0.5298, 0.5303, 0.5308],
                         [0.5312, 0.5317, 0.5322,  ..., 0.5610, 0.5615, 0.5620]],

                        [[0.5625, 0.5630, 0.5635,  ..., 0.5923, 0.5928, 0.5933],
                         [0.5938, 0.5942, 0.5947,  ..., 0.6235, 0.6240, 0.6245]],

                        [[0.6250, 0.6255, 0.6260,  ..., 0.6548, 0.6553, 0.6558],
                         [0.6562, 0.6567, 0.6572,  ..., 0.6860, 0.6865, 0.6870]],

                        ...,

                        [[0.8125, 0.8130, 0.8135,  ..., 0.8423, 0.8428, 0.8433],
                         [0.8438, 0.8442, 0.8447,  ..., 0.8735, 0.8740, 0.8745]],

                        [[0.8750, 0.8755, 0.8760,  ..., 0.9048, 0.9053, 0.9058],
                         [0.9062, 0.9067, 0.9072,  ..., 0.9360, 0.9365, 0.9370]],

                        [[0.9375, 0.9380, 0.9385,  ..., 0.9673, 0.9678, 0.9683],
                         [0.9688, 0.9692, 0.9697,  ..., 0.9985, 0.9990, 0.9995]]])
                """),
        .init(
            shape: [2, 2, 2, 128], first: 1, divisor: 1024,
            text: """
                tensor([[[[9.7656e-04, 1.9531e-03, 2.9297e-03,  ..., 1.2305e-01,
                           1.2402e-01, 1.2500e-01],
                          [1.2598e-01, 1.2695e-01, 1.2793e-01,  ..., 2.4805e-01,
                           2.4902e-01, 2.5000e-01]],

                         [[2.5098e-01, 2.5195e-01, 2.5293e-01,  ..., 3.7305e-01,
                           3.7402e-01, 3.7500e-01],
                          [3.7598e-01, 3.7695e-01, 3.7793e-01,  ..., 4.9805e-01,
                           4.9902e-01, 5.0000e-01]]],


                        [[[5.0098e-01, 5.0195e-01, 5.0293e-01,  ..., 6.2305e-01,
                           6.2402e-01, 6.2500e-01],
                          [6.2598e-01, 6.2695e-01, 6.2793e-01,  ..., 7.4805e-01,
                           7.4902e-01, 7.5000e-01]],

                         [[7.5098e-01, 7.5195e-01, 7.5293e-01,  ..., 8.7305e-01,
                           8.7402e-01, 8.7500e-01],
                          [8.7598e-01, 8.7695e-01, 8.7793e-01,  ..., 9.9805e-01,
                           9.9902e-01, 1.0000e+00]]]])
                """),
        .init(
            shape: [1, 1, 1200], divisor: -8,
            text: """
                tensor([[[-0.0000e+00, -1.2500e-01, -2.5000e-01,  ..., -1.4962e+02,
                          -1.4975e+02, -1.4988e+02]]])
                """),
    ]
}
