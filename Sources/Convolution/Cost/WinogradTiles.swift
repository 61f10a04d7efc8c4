// SPDX-License-Identifier: Apache-2.0

extension Axis {
    /// Whether Winograd's algorithm leaves the axis as it is.
    private var isUntransformed: Bool { kernel == 1 && stride == 1 }

    /// The side of a tile of so many outputs along this axis: a stride makes kernels of kernel / stride taps of its phases.
    func winogradSide(outputs: Int) -> WinogradShape.Side {
        isUntransformed
            ? WinogradShape.Side(outputs: 1, taps: 1)
            : WinogradShape.Side(outputs: outputs, taps: Split.units(kernel, stride))
    }

    /// Tiles of `outputs` outputs, `dilation` apart, that cover `extent` outputs.
    func winogradTiles(_ extent: Int, outputs: Int) -> Int {
        // As in `tiles_along` of the kernels. The span is no larger than the padded input.
        let span = outputs * dilation
        return extent / span * dilation + min(extent % span, dilation)
    }

    /// What the points of an axis multiply, summed over the phases of its stride.
    func winogradProducts(_ side: WinogradShape.Side) -> Int {
        (side.points - 1) * stride + kernel - (side.taps - 1) * stride
    }
}

extension KernelProblem {
    /// The tile of `outputs` along each axis that has a kernel.
    func winogradShape(outputs: WinogradOutputs) -> WinogradShape {
        WinogradShape(
            height: height.winogradSide(outputs: outputs.height), width: width.winogradSide(outputs: outputs.width))
    }
}
