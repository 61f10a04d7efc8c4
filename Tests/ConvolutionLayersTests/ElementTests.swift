// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers
import Testing

@Suite struct ElementTests {
    private static let functions: [String: ElementFunction] = [
        "relu": .relu, "relu6": .relu6, "leakyReLU": .leakyReLU(slope: 0.1), "sigmoid": .sigmoid, "tanh": .tanh,
        "silu": .silu, "gelu": .gelu, "hardSigmoid": .hardSigmoid, "hardSwish": .hardSwish,
    ]

    @Test(arguments: functions.keys.sorted())
    func `Functions of elements are PyTorch's`(_ name: String) throws {
        let fixture = try Fixture.shared.get().elements
        let input = try #require(fixture["input"])
        let x = try input.tensor([input.count])
        let expected = try #require(fixture[name]).tensor([input.count])
        let function = try #require(Self.functions[name])
        let y = try function(x)
        // PyTorch's GELU adds 1 to an error function near -1; the others are off where numbers are nearly denormal.
        let atol: Float = name == "gelu" ? 1e-6 : 1e-35
        #expect(isClose(y, expected, rtol: 2e-6, atol: atol), "\(y) is not \(expected)")
        var z = x
        var elements = z.mutableSpan
        function.apply(to: &elements)
        #expect(z == y)
    }

    @Test(arguments: functions.keys.sorted())
    func `The bits do not depend on where an element lies, and a NaN stays one`(_ name: String) throws {
        let function = try #require(Self.functions[name])
        let alone = try function(Tensor.full([1], 1.7))
        for count in 1...17 {
            var x = try Tensor.full([count], 1.7)
            x[count / 2] = .nan
            let y = try function(x)
            for index in 0..<count {
                #expect(index == count / 2 ? y[index].isNaN : y[index] == alone[0])
            }
        }
    }

    @Test func `Exponentials keep their accuracy over all numbers`() throws {
        let x = try Tensor.arange(-30, 30, step: 0.003_1)
        let (s, t) = (try sigmoid(x), try tanh(x))
        var worst = (0.0, 0.0)
        for index in 0..<x.count {
            let exact = Double(x[index])
            let logistic = 1 / (1 + exponential(-exact))
            worst.0 = max(worst.0, abs(Double(s[index]) - logistic) / logistic)
            let tangent = 1 - 2 / (exponential(2 * exact) + 1)
            if abs(exact) > 1e-3 { worst.1 = max(worst.1, abs((Double(t[index]) - tangent) / tangent)) }
        }
        #expect(worst.0 < 4e-7)
        #expect(worst.1 < 4e-7)
    }

    /// exp(x) by squaring a series, in double precision.
    private func exponential(_ x: Double) -> Double {
        let small = x / 1024
        var (sum, term) = (1.0, 1.0)
        for index in 1..<12 {
            term *= small / Double(index)
            sum += term
        }
        for _ in 0..<10 { sum *= sum }
        return sum
    }

    @Test func `Softmax is PyTorch's, along any axis`() throws {
        let x = try Tensor.ramp([2, 11, 3])
        for softmaxOf in try Fixture.shared.get().softmaxes {
            let expected = try softmaxOf.result.tensor(x.shape)
            #expect(isClose(try softmax(x, axis: softmaxOf.axis), expected, rtol: 2e-6))
            #expect(try softmax(x, axis: softmaxOf.axis - 3) == softmax(x, axis: softmaxOf.axis))
        }
        #expect(throws: ConvolutionError.axisOutOfRange(3, shape: [2, 11, 3])) { try softmax(x, axis: 3) }
        #expect(throws: ConvolutionError.axisOutOfRange(-4, shape: [2, 11, 3])) { try softmax(x, axis: -4) }
        #expect(try softmax(Tensor([1000, 1000], shape: [2])) == Tensor([0.5, 0.5], shape: [2]))
    }

    @Test func `Sums, and what is close`() throws {
        let (x, y) = (try Tensor.ramp([3, 5]), try Tensor.ramp([3, 5], step: 7))
        let sum = try Tensor(zip(x.elements, y.elements).map(+), shape: [3, 5])
        #expect(try add(x, y) == sum)
        var z = x
        var elements = z.mutableSpan
        try add(y.span, to: &elements)
        #expect(z == sum)
        #expect(try add(x, x) == Tensor(x.elements.map { 2 * $0 }, shape: [3, 5]))
        #expect(throws: ConvolutionError.shapeMismatch(tensor: "the second summand", expected: [3, 5], got: [5, 3])) {
            try add(x, y.view(5, 3))
        }
        #expect(isClose(x, x))
        #expect(!isClose(x, y))
        #expect(!isClose(x, try x.view(15)))
        let nan = try Tensor([.nan, .infinity], shape: [2])
        #expect(!isClose(nan, nan) && isClose(nan, nan, equalNaN: true))
        #expect(!isClose(try Tensor.ones(1), try Tensor.full([1], .infinity)))
        #expect(try relativeError(Tensor([1, 2], shape: [2]), of: Tensor([1, 4], shape: [2])) == 0.5)
        #expect(try relativeError(x, of: x) == 0)
        #expect(try relativeError(nan, of: Tensor.ones(2)).isNaN)
    }
}
