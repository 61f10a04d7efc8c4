// SPDX-License-Identifier: Apache-2.0

// Channels first. The rows of a window are combined first, into a strip of the plane one element high, whose elements
// are neighbours; then its columns.
extension PoolingPlan {
    /// The elements of a strip: 1 KiB, which `withUnsafeTemporaryAllocation` takes from the stack.
    private static var stripSize: Int { 256 }
    /// What is read behind a strip's last element.
    private static var slack: Int { 16 }

    /// One row of the output of a plane.
    func poolRowOfPlane<By: PoolingReduction>(
        _ plane: Int, _ row: Int, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, by: By.Type
    ) {
        let input = input + plane * rows.inputSize * columns.inputSize
        let output = output + (plane * rows.outputSize + row) * columns.outputSize
        let room = Self.stripSize - Self.slack
        if isOfWholePlanes {
            output[0] = Self.reduced(input, count: rows.inputSize * columns.inputSize, by: by)
            return divide(output, row, by: by)
        }
        guard columns.span <= room else {
            for column in 0..<columns.outputSize {
                output[column] = reduced(rows.windows[row], columns.windows[column], input, by: by)
            }
            return divide(output, row, by: by)
        }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.stripSize) { memory in
            guard let strip = memory.baseAddress else { return }
            var first = 0
            while first < columns.outputSize {
                let start = beginning(of: first)
                var last = first
                while last + 1 < columns.outputSize, beginning(of: last + 1) + columns.span - start <= room {
                    last += 1
                }
                let width = beginning(of: last) + columns.span - start
                combineRows(rows.windows[row], input, from: start, width: width, strip, by: by)
                if let (taps, stride, _) = columns.regular {
                    Self.combineColumns(
                        strip, output + first, count: last - first + 1, taps: taps, stride: stride,
                        dilation: columns.dilation, by: by)
                } else {
                    for column in first...last {
                        let window = columns.windows[column]
                        var result = strip[window.first - start]
                        for index in (window.first + 1)..<window.end {
                            result = By.combined(result, strip[index - start])
                        }
                        output[column] = result
                    }
                }
                first = last + 1
            }
        }
        divide(output, row, by: by)
    }

    /// Where the window of an output begins, in the padding too.
    private func beginning(of column: Int) -> Int {
        if let (_, stride, padding) = columns.regular {
            column * stride - padding
        } else {
            columns.windows[column].first
        }
    }

    /// The rows of a window, combined, of `width` columns from `start` on, those of the padding too.
    private func combineRows<By: PoolingReduction>(
        _ window: PoolingAxis.Window, _ input: UnsafePointer<Float>, from start: Int, width: Int,
        _ strip: UnsafeMutablePointer<Float>, by: By.Type
    ) {
        let (low, high) = (max(0, start), min(columns.inputSize, start + width))
        for index in 0..<(low - start) { strip[index] = By.identity }
        for index in max(0, high - start)..<(width + Self.slack) { strip[index] = By.identity }
        guard high > low, window.end > window.first else {
            return strip.update(repeating: By.identity, count: width)
        }
        let (source, target, count) = (input + low, strip + (low - start), high - low)
        let pitch = columns.inputSize
        target.update(from: source + window.first * pitch, count: count)
        var row = window.first + rows.dilation
        while row < window.end {
            Self.combine(source + row * pitch, into: target, count: count, by: by)
            row += rows.dilation
        }
    }

    private static func combine<By: PoolingReduction>(
        _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, count: Int, by: By.Type
    ) {
        var index = 0
        while index + 8 <= count {
            Vector.store(By.combined(Vector.load(target + index), Vector.load(source + index)), target + index)
            index += 8
        }
        while index < count {
            target[index] = By.combined(target[index], source[index])
            index += 1
        }
    }

    /// Windows that are all alike: eight of them at once where their elements are one or two apart.
    private static func combineColumns<By: PoolingReduction>(
        _ strip: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, count: Int, taps: Int, stride: Int,
        dilation: Int, by: By.Type
    ) {
        var column = 0
        if stride == 1 {
            while column + 8 <= count {
                var result = Vector.load(strip + column)
                for tap in 1..<max(1, taps) {
                    result = By.combined(result, Vector.load(strip + column + tap * dilation))
                }
                Vector.store(result, output + column)
                column += 8
            }
        } else if stride == 2 {
            // Of sixteen elements every other one: the last is not used, and may lie in the slack.
            func evens(_ address: UnsafePointer<Float>) -> SIMD8<Float> {
                UnsafeRawPointer(address).loadUnaligned(as: SIMD16<Float>.self).evenHalf
            }
            while column + 8 <= count {
                var result = evens(strip + 2 * column)
                for tap in 1..<max(1, taps) {
                    result = By.combined(result, evens(strip + 2 * column + tap * dilation))
                }
                Vector.store(result, output + column)
                column += 8
            }
        }
        while column < count {
            var result = strip[column * stride]
            for tap in 1..<max(1, taps) { result = By.combined(result, strip[column * stride + tap * dilation]) }
            output[column] = result
            column += 1
        }
    }

    /// One window, of any width.
    private func reduced<By: PoolingReduction>(
        _ rowWindow: PoolingAxis.Window, _ window: PoolingAxis.Window, _ input: UnsafePointer<Float>, by: By.Type
    ) -> Float {
        var result = By.identity
        for row in stride(from: rowWindow.first, to: rowWindow.end, by: rows.dilation) {
            let line = input + row * columns.inputSize
            if columns.dilation == 1 {
                let ofRow = Self.reduced(line + window.first, count: window.end - window.first, by: by)
                result = By.combined(result, ofRow)
            } else {
                for index in stride(from: window.first, to: window.end, by: columns.dilation) {
                    result = By.combined(result, line[index])
                }
            }
        }
        return result
    }

    /// Neighbours.
    private static func reduced<By: PoolingReduction>(
        _ elements: UnsafePointer<Float>, count: Int, by: By.Type
    ) -> Float {
        var lanes = SIMD8(repeating: By.identity)
        var index = 0
        while index + 8 <= count {
            lanes = By.combined(lanes, Vector.load(elements + index))
            index += 8
        }
        var result = By.identity
        for lane in 0..<8 { result = By.combined(result, lanes[lane]) }
        while index < count {
            result = By.combined(result, elements[index])
            index += 1
        }
        return result
    }

    /// Divides a row of sums by the number of elements of each.
    private func divide<By: PoolingReduction>(_ output: UnsafeMutablePointer<Float>, _ row: Int, by: By.Type) {
        guard By.isDivided else { return }
        let count = rows.counts[row]
        columns.counts.withUnsafeBufferPointer { counts in
            for column in 0..<columns.outputSize { output[column] /= count * counts[column] }
        }
    }
}
