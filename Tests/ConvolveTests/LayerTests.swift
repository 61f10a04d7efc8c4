// SPDX-License-Identifier: Apache-2.0

import Convolution
import TestSupport
import Testing

@testable import ConvolveCommands

@Suite struct LayerTests {
    private struct Network: Sendable {
        let name: ConvolveCommands.Network
        let shapes: Int
        let convolutions: Int
        let multiplications: Double
        /// What literature has for the convolutions, in 10^9, where it counts; to its last digit.
        let published: Double?
    }

    /// Shapes, convolutions and multiplications. The published counts are those of the papers (MobileNets, EfficientNet)
    /// and of torchvision; classifiers, which the tables do not have, take at most 0.002.
    private static let networks = [
        Network(name: .resnet18, shapes: 11, convolutions: 20, multiplications: 1.813561344, published: 1.81),
        Network(name: .resnet50, shapes: 23, convolutions: 53, multiplications: 4.087136256, published: 4.09),
        Network(name: .vgg16, shapes: 9, convolutions: 13, multiplications: 15.346630656, published: 15.35),
        Network(name: .mobilenetv1, shapes: 19, convolutions: 27, multiplications: 0.567716352, published: 0.57),
        Network(name: .mobilenetv2, shapes: 30, convolutions: 52, multiplications: 0.299494272, published: 0.30),
        Network(name: .efficientnetb0, shapes: 46, convolutions: 81, multiplications: 0.384534752, published: 0.39),
        Network(name: .unet, shapes: 19, convolutions: 19, multiplications: 144.79704704, published: nil),
        Network(name: .whisper, shapes: 2, convolutions: 2, multiplications: 1.548288, published: nil),
        Network(name: .wavenet, shapes: 14, convolutions: 92, multiplications: 20.250624, published: nil),
        Network(name: .crepe, shapes: 6, convolutions: 6, multiplications: 11.274289152, published: nil),
        Network(name: .encodec, shapes: 18, convolutions: 18, multiplications: 1.1751936, published: nil),
        Network(name: .family, shapes: 21, convolutions: 21, multiplications: 16.733703808, published: nil),
    ]

    @Test(arguments: networks)
    private func networksAreComplete(network: Network) throws {
        let layers = try LayerTable.load(network.name)
        #expect(layers.count == network.shapes)
        #expect(layers.map(\.multiplicity).reduce(0, +) == network.convolutions)
        let sum = try layers.multiplications / 1e9
        #expect(abs(sum - network.multiplications) < 1e-9)
        if let published = network.published { #expect(abs(sum - published) < 0.007) }
    }

    /// Each layer follows from one before it: its channels and size are those of the network's input, of an output, or
    /// of an output that something between them has changed.
    @Test(arguments: ConvolveCommands.Network.allCases.filter { $0 != .mixed && $0 != .family })
    private func layersFollowFromOneAnother(network: ConvolveCommands.Network) throws {
        let layers = try LayerTable.load(network)
        var produced: Set<[Int]> = [[layers[0].c] + layers[0].size]
        for layer in layers {
            let input = [layer.c] + layer.size
            #expect(sources(of: input, network).contains { produced.contains($0) }, "\(layer.name)")
            let problem = try layer.problem()
            let height = layer.rank == 2 ? [problem.height.output] : []
            let output = [layer.k] + height + [problem.width.output]
            produced.insert(output)
            // The squeeze of squeeze-and-excitation averages whole planes.
            if network == .efficientnetb0 { produced.insert([layer.k, 1, 1]) }
        }
    }

    /// The outputs that can become this input.
    private func sources(of input: [Int], _ network: ConvolveCommands.Network) -> [[Int]] {
        let (channels, size) = (input[0], input.dropFirst())
        switch network {
        // A pooling halves the image between stages.
        case .resnet18, .resnet50, .vgg16, .crepe: return [input, [channels] + size.map { $0 * 2 }]
        // The up-convolution doubles the image and halves the channels; the copy from the way down makes up for them.
        case .unet: return [input, [channels] + size.map { $0 * 2 }, [channels] + size.map { $0 / 2 }]
        // The gate multiplies one half of the channels with the other.
        case .wavenet: return [input, [channels * 2] + size]
        default: return [input]
        }
    }

    @Test(arguments: ConvolveCommands.Network.allCases)
    private func tablesHaveDistinctNames(network: ConvolveCommands.Network) throws {
        let names = try LayerTable.load(network).map(\.name)
        #expect(Set(names).count == names.count)
        #expect(!names.isEmpty)
    }

    /// `convolve info --layer` takes a name from any table.
    @Test func aNameMeansOneShape() throws {
        var shapes: [String: ConvolutionProblem] = [:]
        for network in ConvolveCommands.Network.allCases {
            for layer in try LayerTable.load(network) {
                let problem = try layer.problem()
                #expect(shapes[layer.name, default: problem] == problem, "\(layer.name)")
                shapes[layer.name] = problem
            }
        }
    }

    @Test func theListHasEveryNetworkOnALine() throws {
        let lines = try NetworkListing().text(.table, style: .plain).split(separator: "\n")
        #expect(lines.count == ConvolveCommands.Network.allCases.count + 1)
        #expect(lines.contains { $0.hasPrefix("resnet50 ") && $0.hasSuffix(" 4.09") })
        let narrow = try NetworkListing().text(.table, style: Style(isColoured: false, columns: 80))
        for line in narrow.split(separator: "\n") { #expect(line.count <= 80) }
    }

    @Test(arguments: ConvolveCommands.Network.allCases, [80, 200])
    private func everyListOfLayersFits(network: ConvolveCommands.Network, columns: Int) throws {
        let layers = try LayerTable.load(network)
        let text = try LayerListing(layers, title: network.summary)
            .text(.table, style: Style(isColoured: false, columns: columns))
        for layer in layers where layer.name.count <= 24 { #expect(text.contains(layer.name + " ")) }
        for line in text.split(separator: "\n") { #expect(line.count <= columns, "\(line)") }
    }

    /// What `--list --format json` prints is a table that `--layers` reads, of the same layers.
    @Test(arguments: ConvolveCommands.Network.allCases, [false, true])
    private func listedLayersAreReadAgain(network: ConvolveCommands.Network, areChannelsLast: Bool) throws {
        let layers = try LayerTable.load(network).map { areChannelsLast ? $0.channelsLast : $0 }
        let folder = try TemporaryFolder()
        let path = try folder.write("layers.json", LayerListing(layers, title: "").text(.json, style: .plain))
        #expect(try LayerTable.load(path: path) == layers)
    }

    @Test(arguments: [
        ("whisper", "--network whisper"), ("Whisper", "--network whisper"), ("mobilenet", "--network mobilenetv2"),
        ("whisper.base.conv1", "--network whisper"), ("wavenet.d64", "--network mixed"), ("CONV1", "resnet50.conv1"),
    ])
    func filtersThatSelectNothingSayWhereThereIsSomething(filter: String, hint: String) throws {
        let failure = #expect(throws: Failure.self) {
            try LayerTable.filtered(try LayerTable.load(.resnet50), by: filter)
        }
        #expect(failure?.status == .badData)
        #expect(failure?.message?.contains(hint) == true, "\(failure?.message ?? "")")
    }

    @Test func namesThatAreNoLayersBringTheirLike() {
        let failure = #expect(throws: Failure.self) { try LayerTable.layer(named: "whisper") }
        #expect(failure?.message?.contains("whisper.base.conv1") == true)
        let unknown = #expect(throws: Failure.self) { try LayerTable.layer(named: "zzz") }
        #expect(unknown?.message?.contains("--list") == true)
    }

    @Test func paddingBeforeAndAfterIsRead() throws {
        let layer = try LayerTable.layer(named: "encodec.down8")
        #expect(layer.padding == .pairs([8, 0]))
        #expect(try layer.problem().outputShape == [1, 512, 75])
    }

    @Test func aLayerIsFoundByName() throws {
        let layer = try LayerTable.layer(named: "wavenet.d64")
        #expect(try layer.problem().outputShape == [1, 128, 15936])
        let failure = #expect(throws: Failure.self) { try LayerTable.layer(named: "none") }
        #expect(failure?.status == .badData)
    }

    @Test(arguments: [
        (#"[[1], [2]]"#, "1"), (#""full""#, "full"), ("[0], \"count\": 0", "less than 1"),
    ])
    func badPaddingAndCountsAreBadData(padding: String, text: String) throws {
        let failure = try failure(
            """
            {"name": "odd", "rank": 1, "n": 1, "c": 4, "size": [9], "k": 4, "kernel": [3], "stride": [1],
             "padding": \(padding), "dilation": [1], "groups": 1}
            """)
        #expect(failure?.status == .badData)
        #expect(failure?.message?.contains(text) == true)
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

    @Test(arguments: [
        (#"{"name": "a"}"#, "l.json: not a list"), ("[1]", "l.json: not an object at [0]"),
        (#"[{"name": 1}]"#, "l.json: not a string at [0].name"),
        (#"[{"name": "a", "rank": "2"}]"#, "l.json: not an integer at [0].rank"),
        (#"[{"name": "a"}]"#, "l.json: 'rank' is missing at [0]"),
    ])
    func malformedTablesSayWhere(text: String, message: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("l.json", text)
        let failure = #expect(throws: Failure.self) { try LayerTable.load(path: path) }
        #expect(failure?.message?.hasSuffix(message) == true, "\(failure?.message ?? "")")
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

extension ReferenceSample {
    fileprivate init(_ problem: ConvolutionProblem, input: [Float], weight: [Float], limit: Int) {
        self.init(problem, input: input.span, weight: weight.span, limit: limit)
    }

    fileprivate func error(of output: [Float]) -> Double { error(of: output.span) }
}
