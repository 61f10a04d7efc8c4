// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// What a kernel keeps of a geometry, found once for all runs.
final class KernelPlan: Sendable {
    private let buffer: FloatBuffer

    var address: UnsafeRawPointer { UnsafeRawPointer(buffer.base) }

    /// nil for kernels that keep nothing.
    ///
    /// - Throws: `ConvolutionError.outOfMemory`.
    init?(_ kernel: Kernel, _ geometry: ck_geometry) throws(ConvolutionError) {
        let bytes = kernel.planBytes(geometry)
        guard bytes > 0 else { return nil }
        buffer = try FloatBuffer(count: Split.units(bytes, MemoryLayout<Float>.stride))
        kernel.makePlan(geometry, buffer.base)
    }
}
