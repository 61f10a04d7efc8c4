// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// The kernel of a convolution and what surrounds it, independent of its channels.
struct Window: Sendable {
    var kernel = Extent(3, 3)
    var stride = Extent(1, 1)
    var dilation = Extent(1, 1)
    var padding = Margin()

    static let strided = Window(stride: Extent(2, 2), padding: .all(1))

    static let all: [Window] = [
        Window(kernel: Extent(1, 1)),
        Window(),
        Window(padding: .all(1)),
        Window(padding: Margin(top: 1, left: 0, bottom: 0, right: 2)),
        Window(padding: Margin(top: 5, left: 4, bottom: 3, right: 21)),
        Window(kernel: Extent(1, 1), stride: Extent(2, 3), padding: .all(1)),
        Window(kernel: Extent(1, 3), padding: Margin(left: 1, right: 1)),
        Window(kernel: Extent(3, 1), padding: Margin(top: 1, bottom: 1)),
        Window(kernel: Extent(2, 2), stride: Extent(2, 2)),
        Window(kernel: Extent(4, 2), stride: Extent(1, 3), padding: Margin(top: 2, left: 1)),
        strided,
        Window(stride: Extent(3, 2), padding: Margin(top: 0, left: 2, bottom: 4, right: 0)),
        Window(kernel: Extent(5, 5), padding: .all(2)),
        Window(kernel: Extent(5, 5), stride: Extent(2, 2), padding: .all(2)),
        Window(kernel: Extent(7, 7), padding: .all(3)),
        Window(kernel: Extent(7, 7), stride: Extent(2, 2), padding: .all(3)),
        Window(dilation: Extent(2, 2), padding: .all(2)),
        Window(stride: Extent(2, 1), dilation: Extent(1, 3), padding: Margin(top: 1, left: 3, bottom: 1, right: 3)),
        // Larger than the image in one direction or both, so that some taps never fall on it.
        Window(kernel: Extent(11, 3), padding: .all(5)),
        Window(dilation: Extent(9, 31), padding: Margin(top: 10, left: 33, bottom: 9, right: 30)),
        Window(dilation: Extent(1100, 2), padding: Margin(top: 1100, left: 2, bottom: 1100, right: 2)),
        Window(kernel: Extent(1, 64), padding: Margin(left: 31, right: 32)),
        // A stride larger than the kernel, and one larger than the image.
        Window(kernel: Extent(2, 2), stride: Extent(5, 4)),
        Window(stride: Extent(40, 90), padding: .all(1)),
        // Strided pixels.
        Window(kernel: Extent(1, 1), stride: Extent(2, 2)),
        Window(kernel: Extent(1, 1), stride: Extent(3, 1)),
        Window(kernel: Extent(1, 1), stride: Extent(1, 3)),
        Window(kernel: Extent(1, 1), stride: Extent(2, 60)),
    ]

    /// The few for tests that are not about windows: kernels with a body of their own for common ones take it for some
    /// of these, and not for others.
    static let several: [Window] = [
        Window(kernel: Extent(1, 1)),
        Window(padding: .all(1)),
        strided,
        Window(kernel: Extent(5, 5), stride: Extent(2, 2), padding: .all(2)),
        Window(kernel: Extent(4, 2), stride: Extent(1, 3), padding: Margin(top: 2, left: 1)),
        Window(kernel: Extent(2, 3), dilation: Extent(2, 2), padding: .all(2)),
        Window(kernel: Extent(1, 1), stride: Extent(2, 2)),
    ]

    /// Strides and dilations of one axis, and kernels of one row: shorter and longer than the transforms of 32 points, and
    /// with a stride or a dilation.
    static let rows: [Window] = [
        Window(kernel: Extent(3, 5), dilation: Extent(2, 1), padding: Margin(top: 2, left: 2, bottom: 1, right: 2)),
        Window(kernel: Extent(2, 4), stride: Extent(1, 3), padding: Margin(top: 1, left: 4)),
        Window(kernel: Extent(1, 9), padding: Margin(left: 4, right: 4)),
        Window(kernel: Extent(1, 10), stride: Extent(1, 2), padding: Margin(left: 3)),
        Window(kernel: Extent(1, 17), padding: Margin(left: 16, right: 16)),
        Window(kernel: Extent(1, 40), padding: Margin(left: 20, right: 20)),
        Window(kernel: Extent(1, 70), stride: Extent(1, 3), padding: Margin(left: 35, right: 80)),
        Window(kernel: Extent(1, 9), dilation: Extent(1, 3), padding: Margin(left: 13, right: 11)),
        Window(kernel: Extent(3, 5), dilation: Extent(1, 2), padding: Margin(top: 1, left: 5, bottom: 2, right: 3)),
        Window(kernel: Extent(1, 35), dilation: Extent(1, 2), padding: Margin(left: 40, right: 29)),
    ]

    /// Square kernels with dilation that leave the width as it is.
    static let dilatedSquares: [Window] = [
        Window(dilation: Extent(2, 2), padding: .all(2)),
        Window(dilation: Extent(1, 3), padding: Margin(top: 1, left: 3, bottom: 2, right: 3)),
        Window(kernel: Extent(5, 5), dilation: Extent(4, 2), padding: Margin(top: 12, left: 4, bottom: 5, right: 4)),
        Window(kernel: Extent(7, 7), dilation: Extent(3, 3), padding: .all(9)),
    ]

    func apply(to shape: inout KernelCase) {
        shape.kernel = kernel
        shape.stride = stride
        shape.dilation = dilation
        shape.padding = padding
    }
}

extension ListedKernel {
    /// Those of `Window.several` that the kernel's algorithm applies to.
    var windows: [Window] {
        let windows =
            switch algorithm {
            case CK_WINOGRAD: Array(winogradWindows.prefix(3))
            case CK_FFT: Window.several + Window.rows
            case CK_DEPTHWISE: Window.several + (body == CK_DEPTHWISE_WRAPS ? Window.dilatedSquares : [])
            default: Window.several
            }
        return windows.filter { window in
            var shape = shape(width: 9, height: 9)
            window.apply(to: &shape)
            return shape.isFor(self)
        }
    }

    /// Windows that a Winograd kernel is for: strides of 1 to 3 with a whole and an incomplete last phase, dilations of
    /// less and of more than a strip of its input holds.
    var winogradWindows: [Window] {
        func extent(_ value: Int) -> Extent {
            Extent(winograd.rh > 1 ? value : 1, winograd.rw > 1 ? value : 1)
        }
        func window(_ kernel: Int, stride: Int = 1, dilation: Int = 1, padding: Int) -> Window {
            let across = Margin(
                top: winograd.rh > 1 ? padding : 0, left: winograd.rw > 1 ? padding : 0,
                bottom: winograd.rh > 1 ? padding + 1 : 0, right: winograd.rw > 1 ? padding : 0)
            return Window(
                kernel: extent(kernel), stride: extent(stride), dilation: extent(dilation), padding: across)
        }
        let taps = tileTaps
        return [
            window(taps, padding: taps / 2), window(2 * taps - 1, stride: 2, padding: taps - 1),
            window(taps, dilation: 2, padding: taps), window(2 * taps, stride: 2, padding: taps),
            window(3 * taps - 1, stride: 3, padding: taps + 2), window(taps, padding: taps + 7),
            window(taps, dilation: 5, padding: 5 * (taps - 1)),
            // One axis alone, or there would be a great many outputs.
            Window(
                kernel: extent(taps), dilation: winograd.rw > 1 ? Extent(1, 37) : Extent(37, 1),
                padding: winograd.rw > 1
                    ? Margin(left: 19 * (taps - 1), right: 18 * (taps - 1)) : Margin(top: 37, bottom: 36 * (taps - 1))),
        ]
    }
}
