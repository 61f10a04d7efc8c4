// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// One convolution of a batch.
struct BatchJob {
    /// What a job may say, and the options say for those that do not.
    struct Parameters {
        var operation: Operation?
        var weight: TensorLocation?
        var bias: TensorLocation?
        var geometry = Geometry()
        var paddingMode = PaddingMode.zeros
        var layout = LayoutArgument.nchw

        /// Refuses what only transposed convolutions have for another operation.
        func check(_ operation: Operation) throws {
            guard !operation.isTransposed, geometry.outputSize != nil || geometry.outputPadding != [0] else { return }
            throw Failure.badData(
                "job: output_padding and output_size are of transposed convolutions, and this is a \(operation.rawValue)"
            )
        }
    }

    /// The caller's name for it.
    var id: String?
    /// As the manifest and the answer name them.
    let input: String
    let output: String
    /// Where they are.
    let source: TensorLocation
    let target: TensorLocation
    let parameters: Parameters

    /// A file of a folder.
    init(input: String, output: String, source: String, target: String, _ parameters: Parameters) {
        (self.input, self.output) = (input, output)
        (self.source, self.target) = (TensorLocation(path: source), TensorLocation(path: target))
        self.parameters = parameters
    }

    /// A line of JSON.
    /// - Throws: `Failure` with exit code 65 that says what is wrong with it.
    init(_ line: Data, _ defaults: Parameters) throws {
        let fields = try decodeJSON(Fields.self, from: line, named: "job")
        (id, input, output) = (fields.id, fields.input, fields.output)
        (source, target) = (TensorLocation(argument: input), TensorLocation(argument: output))
        parameters = try fields.parameters(defaults)
        guard source.path != "-", parameters.weight?.path != "-", parameters.bias?.path != "-" else {
            throw Failure.badData("job: its tensors are read from files, not from standard input")
        }
        guard target.isNumPy || target.isSafetensors else {
            throw Failure.badData("job: output must end in .npy or .safetensors, but is '\(target.path)'")
        }
        guard parameters.weight != nil else { throw Failure.badData("job: 'weight' is missing, and so is --weight") }
    }
}

extension BatchJob {
    /// Refuses an output that is a file which the job reads, by whatever names: written as one, it would be lost.
    /// - Throws: `Failure` with exit code 65.
    func requireOwnOutput() throws {
        guard let written = FileIdentity(target) else { return }
        let read: [(String, TensorLocation?)] = [
            ("input", source), ("weight", parameters.weight), ("bias", parameters.bias),
        ]
        for case (let name, let location?) in read where FileIdentity(location) == written {
            throw Failure.badData("job: the output '\(output)' is the same file as the \(name) '\(location.path)'")
        }
    }
}

/// What is the same for all names of a file, links among them.
private struct FileIdentity: Equatable {
    private let device: dev_t
    private let number: ino_t

    /// nil if there is none.
    init?(_ location: TensorLocation) {
        guard let status = fileStatus(encodeArgument(location.path)) else { return nil }
        (device, number) = (status.st_dev, status.st_ino)
    }
}

/// The keys of a job.
private struct Fields: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case id, input, output, op, weight, bias, stride, padding, pads, dilation, groups, layout
        case paddingMode = "padding_mode"
        case outputPadding = "output_padding"
        case outputSize = "output_size"
    }

    /// Any key, to find those that are not known: a misspelt one would be left out of the computation.
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    let id: String?
    let input: String
    let output: String
    private let op: Operation?
    private let weight: String?
    private let bias: String?
    private let stride: OneOrMore?
    private let padding: PaddingArgument?
    private let pads: [Int]?
    private let dilation: OneOrMore?
    private let groups: Int?
    private let outputPadding: OneOrMore?
    private let outputSize: [Int]?
    private let paddingMode: String?
    private let layout: LayoutArgument?

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: Key.self).allKeys.map(\.stringValue)
        if let unknown = keys.sorted().first(where: { CodingKeys(rawValue: $0) == nil }) {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(unknown)' is no key of a job"))
        }
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decodeIfPresent(String.self, forKey: .id)
        input = try values.decode(String.self, forKey: .input)
        output = try values.decode(String.self, forKey: .output)
        op = try values.decodeIfPresent(Operation.self, forKey: .op)
        weight = try values.decodeIfPresent(String.self, forKey: .weight)
        bias = try values.decodeIfPresent(String.self, forKey: .bias)
        stride = try values.decodeIfPresent(OneOrMore.self, forKey: .stride)
        padding = try values.decodeIfPresent(PaddingArgument.self, forKey: .padding)
        pads = try values.decodeIfPresent([Int].self, forKey: .pads)
        dilation = try values.decodeIfPresent(OneOrMore.self, forKey: .dilation)
        groups = try values.decodeIfPresent(Int.self, forKey: .groups)
        outputPadding = try values.decodeIfPresent(OneOrMore.self, forKey: .outputPadding)
        outputSize = try values.decodeIfPresent([Int].self, forKey: .outputSize)
        paddingMode = try values.decodeIfPresent(String.self, forKey: .paddingMode)
        layout = try values.decodeIfPresent(LayoutArgument.self, forKey: .layout)
    }

    func parameters(_ defaults: BatchJob.Parameters) throws -> BatchJob.Parameters {
        guard padding == nil || pads == nil else {
            throw Failure.badData("job: 'padding' and 'pads' exclude each other")
        }
        guard outputPadding == nil || outputSize == nil else {
            throw Failure.badData("job: 'output_padding' and 'output_size' exclude each other")
        }
        var parameters = defaults
        if let op { parameters.operation = op }
        if let weight { parameters.weight = TensorLocation(argument: weight) }
        if let bias { parameters.bias = TensorLocation(argument: bias) }
        if let stride { parameters.geometry.stride = stride.values }
        if let padding = padding ?? pads.map({ .pairs($0) }) { parameters.geometry.padding = padding }
        if let dilation { parameters.geometry.dilation = dilation.values }
        if let groups { parameters.geometry.groups = groups }
        if let outputPadding {
            (parameters.geometry.outputPadding, parameters.geometry.outputSize) = (outputPadding.values, nil)
        }
        if let outputSize { (parameters.geometry.outputPadding, parameters.geometry.outputSize) = ([0], outputSize) }
        if let paddingMode { parameters.paddingMode = try PaddingMode(parsing: paddingMode) }
        if let layout { parameters.layout = layout }
        return parameters
    }
}

/// `2` or `[2, 1]`.
private struct OneOrMore: Decodable {
    let values: [Int]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        values = try (try? container.decode(Int.self)).map { [$0] } ?? container.decode([Int].self)
    }
}

extension Operation: Decodable {}
