// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// What `Fixtures/make_fixtures.py` has written of PyTorch's answers.
struct Fixture: Decodable {
    struct Pooling: Decodable, CustomStringConvertible {
        let function: String
        let shape: [Int]
        let kernel, stride: [Int]?
        let padding, dilation: [Int]
        let ceil, include: Bool
        let output: [Int]?
        let resultShape: [Int]
        let result: [Number]

        var description: String {
            "\(function) of \(shape), kernel \(kernel ?? []), stride \(stride ?? []), padding \(padding), "
                + "dilation \(dilation), output \(output ?? []), ceil \(ceil), include \(include)"
        }
    }

    struct Norm: Decodable {
        let input, weight, resultShape: [Int]
        let result: [Number]
    }

    struct Softmax: Decodable {
        let axis: Int
        let result: [Number]
    }

    struct Linear: Decodable {
        let result: [Number]
    }

    /// A number, or the word for one that JSON lacks.
    struct Number: Decodable {
        let value: Float

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let word = try? container.decode(String.self) {
                value = Float(word) ?? .nan
            } else {
                value = try container.decode(Float.self)
            }
        }
    }

    let poolings: [Pooling]
    let elements: [String: [Number]]
    let softmaxes: [Softmax]
    let norms: [String: Norm]
    let linear: Linear

    static let shared = Result { () throws -> Fixture in
        let url = Bundle.module.url(forResource: "layers", withExtension: "json")
        guard let url else { throw CocoaError(.fileNoSuchFile) }
        return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
    }
}

extension [Fixture.Number] {
    func tensor(_ shape: [Int]) throws -> Tensor { try Tensor(map(\.value), shape: shape) }
}

extension Tensor {
    /// The numbers that the fixtures are made of.
    static func ramp(_ shape: [Int], step: Int = 37) throws -> Tensor {
        let count = shape.reduce(1, *)
        return try Tensor((0..<count).map { Float($0 * step % 101 - 50) / 8 }, shape: shape)
    }

    /// (N, C, *size) -> (N, *size, C), or without N.
    func channelsLast(isBatched: Bool) throws -> Tensor {
        let (batch, image) = isBatched ? (shape[0], Array(shape.dropFirst())) : (1, shape)
        let (channels, pixels) = (image[0], image.dropFirst().reduce(1, *))
        var elements: [Float] = []
        for n in 0..<batch {
            for pixel in 0..<pixels {
                for channel in 0..<channels { elements.append(span[(n * channels + channel) * pixels + pixel]) }
            }
        }
        return try Tensor(elements, shape: (isBatched ? [batch] : []) + image.dropFirst() + [channels])
    }
}
