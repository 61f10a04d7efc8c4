// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing

/// Whole Winograd convolutions against double precision, on sizes around the tiles.
@Suite struct WinogradKernelTests {
    /// The error allowed, relative to the largest element of the output: a few times the largest that was seen in
    /// thousands of random convolutions of up to 64 channels (4e-7, 3e-6 and 2e-5).
    private func bound(_ kernel: WinogradKernel) -> Double {
        switch kernel.m {
        case 2: 2e-6
        case 4: 1e-5
        default: 6e-5
        }
    }

    private func random(_ count: Int) -> [Float] {
        (0..<count).map { _ in (0..<4).reduce(0) { sum, _ in sum + Float.random(in: -1...1) } }
    }

    private func check(_ problem: WinogradCase, _ kernel: WinogradKernel) {
        let input = random(problem.inputCount)
        let weight = random(problem.outputChannels * problem.channels * 9)
        let output = problem.run(kernel, input: input, weight: weight)
        let reference = problem.reference(input: input, weight: weight)
        let largest = reference.reduce(1) { max($0, abs($1)) }
        let error = zip(output, reference).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
        let isFinite = output.allSatisfy(\.isFinite)
        #expect(isFinite && error <= bound(kernel) * largest, "\(problem), error \(error), largest \(largest)")
    }

    @Test(arguments: WinogradKernel.runnable)
    func imagesAroundTheTile(kernel: WinogradKernel) {
        let m = kernel.m
        for height in [1, m - 1, m, m + 1, 2 * m + 1] {
            for width in [1, m, m + 1, 4 * m - 1, 16, 17, 33] {
                check(WinogradCase(height: height, width: width), kernel)
            }
        }
        check(WinogradCase(images: 3, height: 2 * m + 1, width: 7), kernel)
        // More than one strip of tiles.
        check(WinogradCase(channels: 2, height: 3, width: 250), kernel)
    }

    @Test(arguments: WinogradKernel.runnable)
    func channelsAroundTheVectorAndThePanel(kernel: WinogradKernel) {
        for channels in [1, kernel.lanes - 1, kernel.lanes, kernel.lanes + 1, 16, 33] {
            for outputChannels in [1, kernel.lanes, kernel.tileChannels - 1, kernel.tileChannels + 1] {
                for isChannelsLast in [false, true] {
                    check(
                        WinogradCase(
                            channels: channels, outputChannels: outputChannels, isChannelsLast: isChannelsLast), kernel)
                }
            }
        }
    }

    @Test(arguments: WinogradKernel.runnable)
    func paddingOfEverySide(kernel: WinogradKernel) {
        for padding in [(0, 0, 0, 0), (1, 0, 0, 2), (0, 2, 1, 0), (2, 1, 20, 3), (9, 0, 2, 40)] {
            check(WinogradCase(height: 6, width: 18, padding: padding), kernel)
        }
    }

    /// The bits of an output do not depend on how the work is cut.
    @Test(arguments: WinogradKernel.runnable)
    func bitsDoNotDependOnTheSplit(kernel: WinogradKernel) {
        let m = kernel.m
        let problem = WinogradCase(
            images: 2, channels: 35, outputChannels: 3 * kernel.tileChannels + 5, height: 4 * m + 1, width: 5 * m - 1)
        let input = random(problem.inputCount)
        let weight = random(problem.outputChannels * problem.channels * 9)
        let whole = problem.run(kernel, input: input, weight: weight)
        for (block, part) in [
            ((m, problem.outputWidth), (m, problem.outputWidth)), ((2 * m, 2 * m), (m, 2 * m)),
            ((4 * m, problem.outputWidth), (2 * m, m)),
        ] {
            let pieces = problem.run(
                kernel, input: input, weight: weight, block: block, part: part,
                outputChannelsAtOnce: kernel.tileChannels)
            let isSame = pieces == whole
            #expect(isSame, "block \(block), part \(part)")
        }
    }

    @Test(arguments: WinogradKernel.runnable)
    func epilogue(kernel: WinogradKernel) {
        for isChannelsLast in [false, true] {
            let problem = WinogradCase(outputChannels: kernel.lanes + 3, width: 21, isChannelsLast: isChannelsLast)
            let input = random(problem.inputCount)
            let weight = random(problem.outputChannels * problem.channels * 9)
            let bias = random(problem.outputChannels)
            let residual = random(problem.outputCount)
            let output = problem.run(
                kernel, input: input, weight: weight, bias: bias, residual: residual, low: -1, high: 6)
            let plain = problem.reference(input: input, weight: weight)
            let planeCount = problem.outputHeight * problem.outputWidth
            var error = 0.0
            for index in output.indices {
                let channel =
                    isChannelsLast ? index % problem.outputChannels : index / planeCount % problem.outputChannels
                let sum = plain[index] + Double(bias[channel]) + Double(residual[index])
                error = max(error, abs(min(max(sum, -1), 6) - Double(output[index])))
            }
            #expect(error <= bound(kernel) * plain.reduce(1) { max($0, abs($1)) })
        }
    }
}
