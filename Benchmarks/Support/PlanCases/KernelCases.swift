// SPDX-License-Identifier: Apache-2.0

import Convolution

extension PlanCase {
    /// One case for each family of kernels that an instruction set has, of a layer's typical channels and kernel on a small
    /// image, so that time goes to the kernel and a count of its instructions takes a moment. On one thread, without an
    /// executor.
    public static func kernels(_ instructionSet: InstructionSet) throws(ConvolutionError) -> [PlanCase] {
        var cases: [PlanCase] = []
        for family in families where family.only == nil || family.only == instructionSet {
            cases.append(
                PlanCase(
                    name: "\(family.name).\(instructionSet)", problem: try family.problem(),
                    options: ConvolutionOptions(
                        algorithm: family.algorithm, precision: .fast, instructionSet: instructionSet,
                        executor: .serial, threads: 1),
                    kernel: "ck_f32_\(family.name)_"))
        }
        return cases
    }

    private struct Family {
        let name: String
        var operation = ConvolutionOperation.convolution
        let algorithm: Algorithm
        let channels: Int
        let outputChannels: Int
        let size: [Int]
        let kernel: [Int]
        var stride = 1
        let padding: Padding
        var dilation = 1
        var groups = 1
        var layout = TensorLayout.channelsFirst
        /// The instruction set that alone has these kernels.
        var only: InstructionSet?

        func problem() throws(ConvolutionError) -> ConvolutionProblem {
            let image = [channels] + size
            let inputShape = [1] + (layout == .channelsFirst ? image : size + [channels])
            if operation == .transposed {
                return try .transposed(
                    inputShape: inputShape, weightShape: [channels, outputChannels / groups] + kernel,
                    rank: size.count, stride: Extents(stride), padding: padding, groups: groups,
                    dilation: Extents(dilation), layout: layout)
            }
            return try ConvolutionProblem(
                inputShape: inputShape, weightShape: [outputChannels, channels / groups] + kernel, rank: size.count,
                stride: Extents(stride), padding: padding, dilation: Extents(dilation), groups: groups,
                layout: layout)
        }

        /// A filter of each of 32 planes: a body of depthwise convolution.
        static func depthwise(
            _ body: String, _ operation: ConvolutionOperation = .convolution, size: [Int], kernel: [Int],
            stride: Int = 1, padding: Padding, dilation: Int = 1, layout: TensorLayout = .channelsFirst,
            only: InstructionSet? = nil
        ) -> Family {
            Family(
                name: "depthwise_\(body)", operation: operation, algorithm: .depthwise, channels: 32,
                outputChannels: 32, size: size,
                kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: 32, layout: layout,
                only: only)
        }
    }

    private static let families = [
        Family(
            name: "direct", algorithm: .direct, channels: 64, outputChannels: 64, size: [14, 14], kernel: [3, 3],
            padding: 1),
        Family(
            name: "direct_pixels", algorithm: .direct, channels: 3, outputChannels: 32, size: [56, 56], kernel: [3, 3],
            padding: 1),
        Family(
            name: "gemm_channels", algorithm: .gemm, channels: 64, outputChannels: 64, size: [28, 28], kernel: [3, 3],
            padding: 1),
        Family(
            name: "gemm_pixels", algorithm: .gemm, channels: 64, outputChannels: 128, size: [28, 28], kernel: [1, 1],
            padding: 0),
        Family(
            name: "im2col", algorithm: .im2col, channels: 32, outputChannels: 32, size: [28, 28], kernel: [3, 3],
            padding: 1),
        .depthwise("planes", size: [7, 7], kernel: [5, 5], padding: 2),
        .depthwise("blocks", size: [56, 56], kernel: [3, 3], padding: 1, only: .avx2),
        .depthwise("wraps", size: [28, 28], kernel: [3, 3], padding: 2, dilation: 2, only: .avx512),
        .depthwise("strips", size: [56, 56], kernel: [3, 3], padding: 1, only: .avx512),
        .depthwise("row_lanes", size: [28, 28], kernel: [3, 3], stride: 4, padding: 1),
        .depthwise("rows", size: [30, 30], kernel: [4, 4], padding: 1),
        .depthwise("columns", size: [1000], kernel: [31], padding: 15),
        .depthwise("phases", .transposed, size: [28, 28], kernel: [4, 4], stride: 2, padding: 1),
        .depthwise("windows", size: [7, 7], kernel: [7, 7], padding: 3, layout: .channelsLast),
        .depthwise("channels", size: [28, 28], kernel: [3, 3], padding: 1, layout: .channelsLast),
        Family(
            name: "winograd_f2k3", algorithm: .winograd2, channels: 64, outputChannels: 64, size: [28, 28],
            kernel: [3, 3], padding: 1),
        Family(
            name: "winograd_f4k3", algorithm: .winograd4, channels: 64, outputChannels: 64, size: [28, 28],
            kernel: [3, 3], padding: 1),
        Family(
            name: "winograd_f6k3", algorithm: .winograd6, channels: 64, outputChannels: 64, size: [28, 28],
            kernel: [3, 3], padding: 1),
        Family(
            name: "fft", algorithm: .fft, channels: 16, outputChannels: 16, size: [2048], kernel: [63], padding: 31),
    ]
}
