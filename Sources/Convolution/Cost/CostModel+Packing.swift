// SPDX-License-Identifier: Apache-2.0

extension CostModel {
    /// The packing of the weights in panels, as they are.
    var panelPacking: Double { packing(paddedOutputChannels * Double(problem.channelsPerGroup) * taps, 0.35) }

    /// The transform of the weights for Winograd's algorithm.
    var winogradPacking: Double {
        let points = Double(
            problem.height.winogradProducts(kernel.winogradShape.height)
                * problem.width.winogradProducts(kernel.winogradShape.width))
        return packing(paddedOutputChannels * Double(problem.channelsPerGroup) * (points + taps), 0.8)
    }

    /// The transform of the weights for `fft`.
    func fftPacking(_ size: TransformSize) -> Double {
        let spectra = Double(size.components * size.kernelRows * size.parts) * Double(size.points + 2)
        return packing(spectra * Double(size.packedChannels * problem.groups), 1.4)
    }

    /// So many floats written; what passes through memory takes longer. Plain C takes some four times as long.
    private func packing(_ floats: Double, _ rate: Double) -> Double {
        floats * rate * (kernel.isPlainC ? 4 : 1) * (floats > 2e6 ? 1.4 : 1) / threads + 200
    }
}
