// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// No kernel takes more than `CK_MAX_STACK` bytes of stack: threads have 128 KiB where musl makes them, and the caller
/// has used some of it.
@Suite struct KernelStackTests {
    /// What the threads' start and the closures around a call may differ by.
    private static let slack = 512

    @Test(arguments: ListedKernel.runnable)
    func noCallTakesMoreStackThanIsPromised(kernel: ListedKernel) {
        // Sanitizers put guards around every variable, at every call that is inlined.
        let most = Int(CK_MAX_STACK) * (PaintedStack.isSanitized ? 8 : 1)
        let stack = PaintedStack(size: 8 * Int(CK_MAX_STACK) + (64 << 10))
        let start = stack.run {}
        var largest = 0
        var cases = 0
        var calls = 0
        for shape in kernel.stackShapes where shape.isFor(kernel) {
            for data in [KernelData(shape), KernelData(shape, withInfinitiesAmong: .integers)] {
                for hasScratch in kernel.algorithm == CK_DIRECT ? [true, false] : [true] {
                    cases += 1
                    _ = KernelRun(kernel, shape, data, hasScratch: hasScratch) { call in
                        // Once before: the first call of a function in a library looks it up, which takes stack as well.
                        call()
                        let used = stack.run(call) - start
                        calls += 1
                        largest = max(largest, used)
                        if used > most + Self.slack {
                            Issue.record("\(kernel.name) takes \(used) bytes of stack, not \(most): \(shape)")
                        }
                    }
                }
            }
        }
        #expect(cases >= 20 && calls >= 2 * cases, "\(kernel.name): \(calls) calls in \(cases) cases")
        print("\(kernel.name): at most \(largest) bytes of stack in \(calls) calls of \(cases) cases")
    }
}

extension KernelData {
    /// Where a kernel computes by the definition what its transforms cannot.
    fileprivate init(_ shape: KernelCase, withInfinitiesAmong numbers: Numbers) {
        self.init(shape, numbers)
        for index in stride(from: 0, to: input.count, by: 7) where !input[index].isNaN { input[index] = .infinity }
    }
}

extension ListedKernel {
    /// Cases that reach the different ways through a kernel: windows of all kinds, each with a different layout, tail of
    /// pixels, number of channels and activation.
    fileprivate var stackShapes: [KernelCase] {
        var windows = Window.all + Window.rows + Window.dilatedSquares
        // Of the many shapes of tiles, whose transforms alone differ, a few each.
        if algorithm == CK_WINOGRAD { windows = winogradWindows }
        let layouts: [Layout] = [.channelsFirst, .channelsLast, .apart]
        let activations = KernelActivation.allCases
        var shapes: [KernelCase] = []
        for (number, window) in (windows + windows.reversed()).enumerated() {
            let widths = [2 * lanes + 3, tilePixels + 4, 2 * tilePixels + 1, lanes]
            var shape = shape(
                width: widths[number % widths.count], height: [9, 4, 7][number % 3],
                channels: [5, 2 * lanes + 1][number % 2],
                outputChannels: [tileChannels + lanes + 3, 2 * tileChannels, 3][number % 3])
            window.apply(to: &shape)
            shape.inputLayout = layouts[number % 5 % 3]
            shape.outputLayout = layouts[number % 7 % 3]
            (shape.hasBias, shape.hasResidual) = (number % 3 != 0, number % 4 < 2)
            shape.activation = activations[number % activations.count]
            if shape.output.height > 0 && shape.output.width > 0 { shapes.append(shape) }
        }
        // Bodies that are for few of these windows and layouts.
        for window in algorithm == CK_DEPTHWISE ? self.windows : [] {
            for (width, activation) in zip([lanes, 2 * lanes + 3, lanes, lanes + 1, 3 * lanes], activations) {
                for hasResidual in [false, true] {
                    var shape = shape(width: width, height: 9, outputChannels: lanes + 3)
                    window.apply(to: &shape)
                    (shape.hasBias, shape.hasResidual, shape.activation) = (true, hasResidual, activation)
                    shapes.append(shape)
                }
            }
        }
        for points in algorithm == CK_FFT ? [32, 96, 512, 8192] : [] {
            for (taps, dilation) in [(9, 1), (points / 2 + 1, 1), (11, 70)] {
                for outputChannels in [2, lanes] {
                    // The definition of a long output would take seconds.
                    let isShort = points > 512 && dilation == 1
                    let width = isShort ? taps + 40 : points + 5, margin = isShort ? 3 : taps / 2 * dilation
                    var shape = shape(width: width, height: 1, channels: 2, outputChannels: outputChannels)
                    (shape.kernel, shape.dilation) = (Extent(1, taps), Extent(1, dilation))
                    shape.padding = Margin(left: margin, right: margin)
                    (shape.images, shape.transformPoints, shape.activation) = (1, points, .gelu)
                    shapes.append(shape)
                }
            }
        }
        return shapes
    }
}
