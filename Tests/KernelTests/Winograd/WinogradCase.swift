// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// A 3 x 3 convolution of stride 1 on random data, and its result in double precision.
struct WinogradCase {
    var images = 1
    var channels = 5
    var outputChannels = 7
    var height = 9
    var width = 9
    /// Zeros above, below, left and right.
    var padding = (top: 1, bottom: 1, left: 1, right: 1)
    var isChannelsLast = false

    var outputHeight: Int { height + padding.top + padding.bottom - 2 }
    var outputWidth: Int { width + padding.left + padding.right - 2 }
    var inputCount: Int { images * channels * height * width }
    var outputCount: Int { images * outputChannels * outputHeight * outputWidth }

    var geometry: ck_geometry {
        var geometry = ck_geometry()
        geometry.groups = 1
        geometry.channels = channels
        geometry.out_channels = outputChannels
        (geometry.in_height, geometry.in_width) = (height, width)
        (geometry.out_height, geometry.out_width) = (outputHeight, outputWidth)
        (geometry.kernel_height, geometry.kernel_width) = (3, 3)
        (geometry.stride_height, geometry.stride_width) = (1, 1)
        (geometry.dilation_height, geometry.dilation_width) = (1, 1)
        (geometry.pad_top, geometry.pad_left) = (padding.top, padding.left)
        geometry.in_pixel_stride = isChannelsLast ? channels : 1
        geometry.in_channel_stride = isChannelsLast ? 1 : height * width
        geometry.in_row_stride = width * geometry.in_pixel_stride
        geometry.in_image_stride = channels * height * width
        geometry.out_pixel_stride = isChannelsLast ? outputChannels : 1
        geometry.out_channel_stride = isChannelsLast ? 1 : outputHeight * outputWidth
        geometry.out_row_stride = outputWidth * geometry.out_pixel_stride
        geometry.out_image_stride = outputChannels * outputHeight * outputWidth
        return geometry
    }

    /// The output in the layout of the geometry, without bias or residual.
    func reference(input: [Float], weight: [Float]) -> [Double] {
        let g = geometry
        var output = [Double](repeating: 0, count: outputCount)
        for image in 0..<images {
            for k in 0..<outputChannels {
                for y in 0..<outputHeight {
                    for x in 0..<outputWidth {
                        var sum = 0.0
                        for i in 0..<3 where (0..<height).contains(y + i - padding.top) {
                            for j in 0..<3 where (0..<width).contains(x + j - padding.left) {
                                for c in 0..<channels {
                                    let pixel =
                                        image * g.in_image_stride + c * g.in_channel_stride
                                        + (y + i - padding.top) * g.in_row_stride
                                        + (x + j - padding.left) * g.in_pixel_stride
                                    sum += Double(input[pixel]) * Double(weight[((k * channels + c) * 3 + i) * 3 + j])
                                }
                            }
                        }
                        output[
                            image * g.out_image_stride + k * g.out_channel_stride + y * g.out_row_stride
                                + x * g.out_pixel_stride] = sum
                    }
                }
            }
        }
        return output
    }

    /// The whole convolution by one kernel.
    ///
    /// - Parameters:
    ///   - block: Rows and columns of the block that is prepared at once, multiples of m.
    ///   - part: Rows and columns that `run` computes at once, multiples of m.
    ///   - outputChannelsAtOnce: Output channels that `run` computes at once, a multiple of `tile_channels`.
    func run(
        _ kernel: WinogradKernel, input: [Float], weight: [Float], bias: [Float]? = nil, residual: [Float]? = nil,
        low: Float = -.infinity, high: Float = .infinity, block: (rows: Int, columns: Int)? = nil,
        part: (rows: Int, columns: Int)? = nil, outputChannelsAtOnce: Int? = nil
    ) -> [Float] {
        let block = block ?? (outputHeight, outputWidth)
        let part = part ?? block
        let descriptor = kernel.descriptor.pointee
        let tiles = images * ((block.rows + kernel.m - 1) / kernel.m) * ((block.columns + kernel.m - 1) / kernel.m)
        var geometry = geometry
        var packed = [Float](repeating: .nan, count: kernel.packedCount(geometry))
        // NaN wherever a kernel reads what it has not written.
        var prepared = [Float](repeating: .nan, count: kernel.preparedCount(geometry, tiles: tiles))
        var scratch = [Float](repeating: .nan, count: kernel.scratchCount(tiles: tiles))
        var output = [Float](repeating: .nan, count: outputCount)
        descriptor.pack_weights(&geometry, weight, &packed, ck_range(begin: 0, end: outputChannels))
        input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                withUnsafePointer(to: &geometry) { geometry in
                    packed.withUnsafeBufferPointer { packed in
                        prepared.withUnsafeMutableBufferPointer { prepared in
                            scratch.withUnsafeMutableBufferPointer { scratch in
                                bias.withOptionalPointer { bias in
                                    residual.withOptionalPointer { residual in
                                        var task = ck_task()
                                        task.geometry = geometry
                                        task.input = input.baseAddress
                                        task.weights = packed.baseAddress
                                        task.bias = bias
                                        task.residual = residual
                                        task.output = output.baseAddress
                                        task.prepared = prepared.baseAddress
                                        task.scratch = scratch.baseAddress
                                        (task.low, task.high) = (low, high)
                                        runBlocks(&task, descriptor, block, part, outputChannelsAtOnce)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return output
    }

    private func runBlocks(
        _ task: inout ck_task, _ kernel: ck_kernel, _ block: (rows: Int, columns: Int),
        _ part: (rows: Int, columns: Int), _ outputChannelsAtOnce: Int?
    ) {
        func pieces(_ range: ck_range, _ size: Int) -> [ck_range] {
            stride(from: range.begin, to: range.end, by: size).map {
                ck_range(begin: $0, end: min($0 + size, range.end))
            }
        }
        for rows in pieces(ck_range(begin: 0, end: outputHeight), block.rows) {
            for columns in pieces(ck_range(begin: 0, end: outputWidth), block.columns) {
                task.block = ck_region(images: ck_range(begin: 0, end: images), rows: rows, columns: columns)
                task.part = task.block
                for input in pieces(ck_range(begin: 0, end: channels), Int(CK_CHANNEL_ALIGNMENT)) {
                    task.channels = input
                    kernel.prepare(&task)
                }
                let all = ck_range(begin: 0, end: outputChannels)
                for output in pieces(all, outputChannelsAtOnce ?? outputChannels) {
                    for partRows in pieces(rows, part.rows) {
                        for partColumns in pieces(columns, part.columns) {
                            task.part.rows = partRows
                            task.part.columns = partColumns
                            task.channels = output
                            kernel.run(&task)
                        }
                    }
                }
            }
        }
    }
}

extension Optional<[Float]> {
    fileprivate func withOptionalPointer(_ body: (UnsafePointer<Float>?) -> Void) {
        if let self {
            self.withUnsafeBufferPointer { body($0.baseAddress) }
        } else {
            body(nil)
        }
    }
}
