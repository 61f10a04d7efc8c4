// SPDX-License-Identifier: Apache-2.0

// Channels last: the channels of a pixel are neighbours, and eight of them are combined over all taps at once.
extension PoolingPlan {
    /// One row of the output of an image.
    func poolRowOfPixels<By: PoolingReduction>(
        _ image: Int, _ row: Int, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, by: By.Type
    ) {
        let input = input + image * rows.inputSize * columns.inputSize * channels
        let output = output + (image * rows.outputSize + row) * columns.outputSize * channels
        for column in 0..<columns.outputSize {
            let pixel = output + column * channels
            poolPixel(rows.windows[row], columns.windows[column], input, pixel, by: by)
            guard By.isDivided else { continue }
            let count = rows.counts[row] * columns.counts[column]
            for channel in 0..<channels { pixel[channel] /= count }
        }
    }

    private func poolPixel<By: PoolingReduction>(
        _ rowWindow: PoolingAxis.Window, _ window: PoolingAxis.Window, _ input: UnsafePointer<Float>,
        _ output: UnsafeMutablePointer<Float>, by: By.Type
    ) {
        let pitch = columns.inputSize * channels
        var channel = 0
        while channel + 8 <= channels {
            var result = SIMD8(repeating: By.identity)
            for row in stride(from: rowWindow.first, to: rowWindow.end, by: rows.dilation) {
                let line = input + row * pitch + channel
                for column in stride(from: window.first, to: window.end, by: columns.dilation) {
                    result = By.combined(result, Vector.load(line + column * channels))
                }
            }
            Vector.store(result, output + channel)
            channel += 8
        }
        while channel < channels {
            var result = By.identity
            for row in stride(from: rowWindow.first, to: rowWindow.end, by: rows.dilation) {
                let line = input + row * pitch + channel
                for column in stride(from: window.first, to: window.end, by: columns.dilation) {
                    result = By.combined(result, line[column * channels])
                }
            }
            output[channel] = result
            channel += 1
        }
    }
}
