// SPDX-License-Identifier: Apache-2.0

extension ConvolutionModule: CustomStringConvertible {
    /// The layer as PyTorch prints it: kernel and stride always, the rest where it isn't the default. An activation, which
    /// PyTorch's layers don't have, comes last.
    var description: String {
        var parts = [
            "\(inChannels)", "\(outChannels)", "kernel_size=\(Self.tuple(kernelSize))", "stride=\(Self.tuple(stride))",
        ]
        if let padding = paddingText { parts.append("padding=\(padding)") }
        if dilation.contains(where: { $0 != 1 }) { parts.append("dilation=\(Self.tuple(dilation))") }
        if outputPadding.contains(where: { $0 != 0 }) { parts.append("output_padding=\(Self.tuple(outputPadding))") }
        if groups != 1 { parts.append("groups=\(groups)") }
        if bias == nil { parts.append("bias=False") }
        if paddingMode != .zeros { parts.append("padding_mode=\(paddingMode.rawValue)") }
        if activation != .none { parts.append("activation=\(activation)") }
        return "\(operation.moduleName(rank: rank))(\(parts.joined(separator: ", ")))"
    }

    /// `nil` for no padding; "valid" is said, as PyTorch does.
    private var paddingText: String? {
        switch padding.storage {
        case .same, .valid, .causal:
            return padding.description
        case .symmetric(let extents):
            let values = extents.values.count == 1 ? Array(repeating: extents.values[0], count: rank) : extents.values
            return values.contains { $0 != 0 } ? Self.tuple(values) : nil
        case .pairs(let pairs):
            guard pairs.contains(where: { $0.before != 0 || $0.after != 0 }) else { return nil }
            let all = pairs.count == 1 ? Array(repeating: pairs[0], count: rank) : pairs
            return "(" + all.map { Self.tuple([$0.before, $0.after]) }.joined(separator: ", ")
                + (rank == 1 ? ",)" : ")")
        }
    }

    /// A tuple as Python writes it: `(3, 2)`, `(3,)`.
    private static func tuple(_ values: [Int]) -> String {
        values.count == 1 ? "(\(values[0]),)" : "(" + values.map(String.init).joined(separator: ", ") + ")"
    }
}
