// SPDX-License-Identifier: Apache-2.0

import CConvolutionInterface
import Convolution

/// What a program asks for, read from its description and checked as far as C needs it.
struct Description {
    private let fields: convolution_description

    /// The fields of the first version. A program that was compiled later may say more, and one that was compiled before
    /// fields were added less, as soon as there are any.
    private static let leastSize = MemoryLayout<convolution_description>.size

    /// No shape has so many axes, and no list so many values: a count beyond it is no count.
    private static let mostValues = 64

    static var defaults: convolution_description {
        var fields = convolution_description()
        fields.size = MemoryLayout<convolution_description>.size
        fields.groups = 1
        fields.workspace_limit = -1
        fields.spin_microseconds = Int64(ConvolutionOptions().spinMicroseconds)
        return fields
    }

    /// Fills in the defaults of a description of `size` bytes, which may be larger than this version's.
    static func initialize(_ description: UnsafeMutablePointer<convolution_description>?, size: Int) throws(CallError) {
        guard let description else { throw .null("description") }
        guard size >= leastSize else { throw .descriptionSize(size, least: leastSize) }
        let memory = UnsafeMutableRawPointer(description)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        withUnsafeBytes(of: defaults) { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        description.pointee.size = size
    }

    init(_ description: UnsafePointer<convolution_description>?) throws(CallError) {
        guard let description else { throw .null("description") }
        let size = description.pointee.size
        guard size >= Self.leastSize else { throw .descriptionSize(size, least: Self.leastSize) }
        // What this version does not know must not be asked for. No version has pages of fields.
        let known = MemoryLayout<convolution_description>.size
        guard size <= known + 4096 else { throw .descriptionSize(size, least: Self.leastSize) }
        let unknown = UnsafeRawBufferPointer(start: UnsafeRawPointer(description) + known, count: size - known)
        guard unknown.allSatisfy({ $0 == 0 }) else { throw .unknownFields(size: size, known: known) }
        fields = description.pointee
    }

    // MARK: What is computed

    func problem() throws -> ConvolutionProblem {
        let inputShape = try Self.list(fields.input_shape, "input_shape")
        let weightShape = try Self.list(fields.weight_shape, "weight_shape")
        guard fields.bias != nil || fields.bias_count == 0 else {
            throw CallError("null", "bias is NULL, but has \(fields.bias_count) elements")
        }
        let biasShape = fields.bias == nil ? nil : [fields.bias_count]
        let stride = try extents(fields.stride, "stride")
        let dilation = try extents(fields.dilation, "dilation")
        let layout: TensorLayout = try value(fields.layout, "layout") ?? .channelsFirst
        let outputPadding = try Self.list(fields.output_padding, "output_padding")
        let outputSize = try Self.list(fields.output_size, "output_size")
        let operation = try operation()
        guard operation.isTransposed else {
            guard outputPadding.isEmpty, outputSize.isEmpty else {
                throw CallError("outputPadding", "output_padding and output_size are of transposed convolutions")
            }
            return try ConvolutionProblem(
                inputShape: inputShape, weightShape: weightShape, biasShape: biasShape, rank: operation.rank,
                stride: stride, padding: padding(), dilation: dilation, groups: Int(fields.groups), layout: layout)
        }
        guard outputSize.isEmpty else {
            guard outputPadding.isEmpty else {
                throw CallError("outputPadding", "only one of output_padding and output_size may be given")
            }
            return try .transposed(
                inputShape: inputShape, weightShape: weightShape, biasShape: biasShape, rank: operation.rank,
                stride: stride, padding: padding(), outputSize: outputSize, groups: Int(fields.groups),
                dilation: dilation, layout: layout)
        }
        return try .transposed(
            inputShape: inputShape, weightShape: weightShape, biasShape: biasShape, rank: operation.rank,
            stride: stride, padding: padding(), outputPadding: Extents(outputPadding.isEmpty ? [0] : outputPadding),
            groups: Int(fields.groups), dilation: dilation, layout: layout)
    }

    /// The plan of the problem: with a copy of the weight, from which it is packed.
    func plan() throws -> ConvolutionPlan {
        let problem = try problem()
        let weight = try tensor(fields.weight, problem.weightShape, "weight")
        let bias = fields.bias == nil ? nil : try tensor(fields.bias, [problem.outputChannels], "bias")
        return try ConvolutionPlan(
            problem, weight: weight, bias: bias, activation: activation(), options: options(),
            isForOneRun: fields.is_for_one_run != 0)
    }

    private static let operations = ["conv1d", "conv2d", "conv3d"].flatMap { [$0, "conv_transpose" + $0.suffix(2)] }

    /// What is computed, and along how many axes; nil for as many as the weight has.
    private func operation() throws(CallError) -> (rank: Int?, isTransposed: Bool) {
        guard let name = try Self.text(fields.operation, "operation") else { return (nil, false) }
        guard let index = Self.operations.firstIndex(of: name) else {
            throw .unknownName("operation", name, Self.operations)
        }
        return (index / 2 + 1, index % 2 == 1)
    }

    private func padding() throws -> Padding {
        let amounts = try Self.list(fields.padding, "padding")
        let pairs = try Self.list(fields.padding_pairs, "padding_pairs")
        let word = try Self.text(fields.padding_word, "padding_word")
        guard [!amounts.isEmpty, !pairs.isEmpty, word != nil].count(where: { $0 }) <= 1 else {
            throw CallError(
                "padding", "only one of padding, padding_pairs and padding_word may be given, but several are")
        }
        if let word { return try Padding(parsing: word) }
        guard !pairs.isEmpty else { return Padding(amounts.isEmpty ? [0] : amounts) }
        guard pairs.count.isMultiple(of: 2) else {
            throw CallError(
                "padding", "padding_pairs has a before and an after for each axis, but \(pairs.count) values")
        }
        return .pairs(
            stride(from: 0, to: pairs.count, by: 2).map { AxisPadding(before: pairs[$0], after: pairs[$0 + 1]) })
    }

    private func activation() throws(CallError) -> Activation {
        let (first, second) = fields.activation_parameters
        switch try Self.text(fields.activation, "activation") {
        case nil, "none": return .none
        case "relu": return .relu
        case "relu6": return .relu6
        case "leakyReLU": return .leakyReLU(slope: first)
        case "silu": return .silu
        case "gelu": return .gelu
        case "hardSwish": return .hardSwish
        case "clamp": return .clamp(first, second)
        case let name?:
            throw .unknownName(
                "activation", name, ["none", "relu", "relu6", "leakyReLU", "silu", "gelu", "hardSwish", "clamp"])
        }
    }

    // MARK: How it is computed

    private func options() throws(CallError) -> ConvolutionOptions {
        ConvolutionOptions(
            algorithm: try value(fields.algorithm, "algorithm", or: "auto"),
            precision: try value(fields.precision, "precision") ?? .standard,
            instructionSet: try value(fields.instruction_set, "instruction_set", or: "auto"),
            executor: try value(fields.executor, "executor") ?? .dispatch,
            threads: fields.threads == 0 ? nil : Int(fields.threads),
            workspaceLimit: fields.workspace_limit < 0 ? nil : Int(fields.workspace_limit),
            spinMicroseconds: Int(fields.spin_microseconds))
    }

    // MARK: Reading

    /// The value of a name; nil for NULL, and for the word that stands for none.
    private func value<Value: RawRepresentable<String> & CaseIterable>(
        _ name: UnsafePointer<CChar>?, _ field: String, or none: String? = nil
    ) throws(CallError) -> Value? {
        guard let name = try Self.text(name, field), name != none else { return nil }
        guard let value = Value(rawValue: name) else {
            throw .unknownName(field, name, [none].compactMap(\.self) + Value.allCases.map(\.rawValue))
        }
        return value
    }

    private func extents(_ list: convolution_integers, _ field: String) throws(CallError) -> Extents {
        let values = try Self.list(list, field)
        return values.isEmpty ? 1 : Extents(values)
    }

    private func tensor(_ elements: UnsafePointer<Float>?, _ shape: [Int], _ field: String) throws -> Tensor {
        let count = shape.reduce(1, *)
        return try Tensor(floats(elements, count, field).span, shape: shape)
    }

    static func list(_ list: convolution_integers, _ field: String) throws(CallError) -> [Int] {
        guard (0...mostValues).contains(list.count) else {
            throw CallError(
                "valueCount", "\(field) has \(UInt(bitPattern: list.count)) values, more than \(mostValues)")
        }
        guard list.count > 0 else { return [] }
        guard let values = list.values else { throw .null(field) }
        guard UInt(bitPattern: values).isMultiple(of: UInt(MemoryLayout<Int64>.alignment)) else {
            throw .misaligned(field, MemoryLayout<Int64>.alignment)
        }
        return (0..<list.count).map { Int(values[$0]) }
    }

    private static func text(_ text: UnsafePointer<CChar>?, _ field: String) throws(CallError) -> String? {
        guard let text else { return nil }
        guard let string = String(validatingCString: text) else {
            throw CallError("unknownName", "\(field) is not UTF-8")
        }
        return string
    }
}

/// `count` floats that a program points to, which may be NULL if there are none.
func floats(_ elements: UnsafePointer<Float>?, _ count: Int, _ name: String) throws(CallError) -> UnsafeBufferPointer<
    Float
> {
    guard count > 0 else { return UnsafeBufferPointer(start: nil, count: 0) }
    guard let elements else { throw .null(name) }
    guard UInt(bitPattern: elements).isMultiple(of: UInt(MemoryLayout<Float>.alignment)) else {
        throw .misaligned(name, MemoryLayout<Float>.alignment)
    }
    return UnsafeBufferPointer(start: elements, count: count)
}
