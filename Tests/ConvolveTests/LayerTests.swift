// SPDX-License-Identifier: Apache-2.0

import Convolution
import TestSupport
import Testing

@testable import convolve

@Suite struct LayerTests {
    /// Convolutions and 10^9 multiplications of the networks at 224 x 224, as their papers and torchvision count them;
    /// MobileNetV2 without its classifier.
    @Test(arguments: [
        (Network.resnet50, 23, 53, 4.087136256), (.vgg16, 9, 13, 15.346630656), (.mobilenetv2, 30, 52, 0.299494272),
    ])
    func networksAreComplete(network: Network, shapes: Int, convolutions: Int, multiplications: Double) throws {
        let layers = try LayerTable.load(network)
        #expect(layers.count == shapes)
        #expect(layers.map(\.multiplicity).reduce(0, +) == convolutions)
        let sum = try layers.map { try $0.problem().multiplications * Double($0.multiplicity) }.reduce(0, +)
        #expect(abs(sum / 1e9 - multiplications) < 1e-9)
    }

    @Test(arguments: Network.allCases)
    func tablesHaveDistinctNames(network: Network) throws {
        let names = try LayerTable.load(network).map(\.name)
        #expect(Set(names).count == names.count)
        #expect(!names.isEmpty)
    }

    /// Each layer follows from one before it: its channels and size are those of the network's input or of an output.
    @Test(arguments: [Network.vgg16, .resnet50, .mobilenetv2])
    func layersFollowFromOneAnother(network: Network) throws {
        var produced: Set<[Int]> = [[3, 224]]
        for layer in try LayerTable.load(network) {
            let shape = [layer.c, layer.size[0]]
            // Between the stages a pooling halves the image.
            #expect(produced.contains(shape) || produced.contains([layer.c, layer.size[0] * 2]), "\(layer.name)")
            produced.insert([layer.k, try layer.problem().height.output])
        }
    }

    @Test func aLayerIsFoundByName() throws {
        let layer = try LayerTable.layer(named: "wavenet.d64")
        #expect(try layer.problem().outputShape == [1, 128, 15936])
        let failure = #expect(throws: Failure.self) { try LayerTable.layer(named: "none") }
        #expect(failure?.status == .badData)
    }

    private func failure(_ row: String) throws -> Failure? {
        let folder = try TemporaryFolder()
        let path = try folder.write("layers.json", "[\(row)]")
        return #expect(throws: Failure.self) { _ = try LayerTable.load(path: path).map { try $0.problem() } }
    }

    @Test(arguments: [
        (3, 4, "[5]", 1, 1), (1, 4, "[1]", 1, 1), (1, 4, "[5]", 0, 1), (1, -4, "[5]", 1, 1), (1, 5, "[9]", 1, 2),
        (1, 1_000_000, "[1000000]", 1, 1), (1, Int.max, "[9]", 1, 1),
    ])
    func badRowsAreBadData(rank: Int, c: Int, size: String, stride: Int, groups: Int) throws {
        let failure = try failure(
            """
            {"name": "odd", "rank": \(rank), "n": 1, "c": \(c), "size": \(size), "k": 4, "kernel": [3],
             "stride": [\(stride)], "padding": [0], "dilation": [1], "groups": \(groups)}
            """)
        #expect(failure?.status == .badData)
        #expect(failure?.message?.contains("odd") == true)
    }

    @Test func sampleAgreesWithSumsByHand() throws {
        let problem = try ConvolutionProblem(
            inputShape: [1, 2, 2, 2], weightShape: [2, 1, 2, 2], rank: 2, padding: 1, groups: 2)
        // 3 x 3 outputs; channel 1 reads input channel 1 only.
        let input: [Float] = [1, 2, 3, 4, 10, 20, 30, 40]
        let weight: [Float] = [1, 0, 0, 0, 0, 0, 0, 2]
        let sample = ReferenceSample(problem, input: input, weight: weight, limit: 4096)
        #expect(sample.largest == 80)
        var output: [Float] = [0, 0, 0, 0, 1, 2, 0, 3, 4, 20, 40, 0, 60, 80, 0, 0, 0, 0]
        #expect(sample.error(of: output) == 0)
        output[17] = 8
        #expect(sample.error(of: output) == 0.1)
        output[3] = .nan
        #expect(sample.error(of: output).isNaN)
    }

    @Test func sampleHasTheCornersAndIsDeterministic() {
        let offsets = ReferenceSample.offsets(count: 6400, plane: 64, width: 8, limit: 100)
        #expect(offsets.count == 100)
        #expect(offsets == ReferenceSample.offsets(count: 6400, plane: 64, width: 8, limit: 100))
        for corner in [0, 7, 56, 63, 6336, 6343, 6392, 6399] { #expect(offsets.contains(corner)) }
        #expect(offsets == offsets.sorted())
        #expect(ReferenceSample.offsets(count: 50, plane: 25, width: 5, limit: 100) == Array(0..<50))
    }
}
