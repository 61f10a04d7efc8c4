// SPDX-License-Identifier: Apache-2.0

import Convolution

extension PlanCase {
    /// One case for each family of kernels, of a layer's typical channels and kernel on a small image, so that time goes
    /// to the kernel and a count of its instructions takes a moment. On one thread, without an executor.
    public static func kernels(_ instructionSet: InstructionSet) throws(ConvolutionError) -> [PlanCase] {
        var cases: [PlanCase] = []
        for family in families {
            let problem = try ConvolutionProblem(
                inputShape: [1, family.channels] + family.size,
                weightShape: [family.outputChannels, family.channels / family.groups] + family.kernel,
                rank: family.size.count, padding: family.padding, groups: family.groups)
            cases.append(
                PlanCase(
                    name: "\(family.name).\(instructionSet)", problem: problem,
                    options: ConvolutionOptions(
                        algorithm: family.algorithm, precision: .fast, instructionSet: instructionSet,
                        executor: .serial, threads: 1),
                    kernel: "ck_f32_\(family.name)_"))
        }
        return cases
    }

    private struct Family {
        let name: String
        let algorithm: Algorithm
        let channels: Int
        let outputChannels: Int
        let size: [Int]
        let kernel: [Int]
        let padding: Padding
        var groups = 1
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
        Family(
            name: "depthwise", algorithm: .depthwise, channels: 32, outputChannels: 32, size: [56, 56], kernel: [3, 3],
            padding: 1, groups: 32),
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
