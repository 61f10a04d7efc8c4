// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// What a kernel says of itself.
public struct KernelInfo: Sendable, Hashable {
    /// Its symbol, by the grammar `ck_<type>_<algorithm>[_<case>]_<tile>__<instruction set>`.
    public let name: String
    /// The algorithm whose plans run it.
    public let algorithm: Algorithm
    /// The instruction set it is written for.
    public let instructionSet: InstructionSet
    /// Whether this processor can run it.
    public let isSupported: Bool
    /// Output pixels in a register tile.
    public let tilePixels: Int
    /// Output channels in a register tile.
    public let tileChannels: Int

    /// Every kernel that is compiled into the library.
    public static var all: [KernelInfo] {
        Kernel.all.map {
            KernelInfo(
                name: $0.name, algorithm: $0.algorithmOfPlans, instructionSet: $0.instructionSet,
                isSupported: $0.instructionSet.isAvailable,
                tilePixels: $0.tilePixels, tileChannels: $0.tileChannels)
        }
    }
}

extension Kernel {
    /// The algorithm whose plans run the kernel.
    var algorithmOfPlans: Algorithm {
        switch algorithm {
        case CK_DIRECT, CK_DIRECT_PIXELS: return .direct
        case CK_DEPTHWISE: return .depthwise
        case CK_IM2COL: return .im2col
        case CK_FFT: return .fft
        case CK_WINOGRAD:
            // An axis that is not transformed has one output, whatever the algorithm's tile.
            let (height, width) = (winogradShape.height.outputs, winogradShape.width.outputs)
            let outputs = WinogradOutputs(height: height == 1 ? width : height, width: width == 1 ? height : width)
            guard let found = Algorithm.allCases.first(where: { $0.winogradOutputs == outputs }) else {
                preconditionFailure("no algorithm has tiles of \(height) x \(width) outputs")
            }
            return found
        default: return .gemm
        }
    }
}
