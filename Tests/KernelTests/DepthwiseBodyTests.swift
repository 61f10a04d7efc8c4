// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// What every depthwise kernel has in common, whatever its body.
@Suite struct DepthwiseBodyTests {
    /// Channels of more than a vector, and the windows that the body is for, in the layout that it is for.
    private func shapes(_ listed: ListedKernel) -> [KernelCase] {
        listed.windows.flatMap { window in
            [listed.lanes + 1, 3 * listed.lanes].map { width in
                var shape = listed.shape(width: width, height: 9, outputChannels: listed.lanes + 3)
                window.apply(to: &shape)
                shape.hasBias = width % 2 == 0
                return shape
            }
        }.filter { $0.isFor(listed) }
    }

    /// Each instruction set has the bodies that all have, and some of the others; each of them once.
    @Test func bodiesAreListedOnce() {
        let common: Set<UInt32> = Set(
            [
                CK_DEPTHWISE_STRIPS, CK_DEPTHWISE_COLUMN_LANES, CK_DEPTHWISE_ROW_LANES, CK_DEPTHWISE_COLUMNS,
                CK_DEPTHWISE_ROWS, CK_DEPTHWISE_LINES, CK_DEPTHWISE_WINDOWS, CK_DEPTHWISE_CHANNELS,
                CK_DEPTHWISE_ELEMENTS,
            ].map(\.rawValue))
        let listed = ListedKernel.all.filter { $0.algorithm == CK_DEPTHWISE }
        for (_, kernels) in Dictionary(grouping: listed, by: { $0.descriptor.pointee.isa.rawValue }) {
            let bodies = kernels.map(\.body.rawValue)
            #expect(Set(bodies).count == bodies.count && Set(bodies).isSuperset(of: common))
        }
        #expect(ListedKernel.all.allSatisfy { ($0.body == CK_DEPTHWISE_NONE) == ($0.algorithm != CK_DEPTHWISE) })
        #expect(listed.count >= 9)
    }

    /// Of channels with an infinite weight no padded tap makes a NaN, and the bits of no other channel change.
    @Test(.countsCases, arguments: ListedKernel.depthwise())
    func anInfiniteWeightStaysInItsChannel(listed: ListedKernel) {
        var cases = 0
        for shape in shapes(listed) {
            var data = KernelData(shape, .integers)
            // Positive input, so that infinite products of one output never meet with both signs.
            data.input = data.input.map { $0.isNaN ? $0 : abs($0) + 1 }
            let taps = shape.kernel.height * shape.kernel.width
            for (channel, value) in [(1, Float.infinity), (listed.lanes + 1, .nan)] {
                data.weight[channel * taps] = value
            }
            expectCorrect(listed, shape, data, placements: [.endsAtGuard])
            cases += 1
        }
        #expect(cases >= 2, "\(cases) cases")
    }

    /// What is known of the weights is found when they are packed, in pieces of any channels, and not in runs.
    @Test(arguments: ListedKernel.depthwise())
    func packedWeightsSayWhichChannelsAreFinite(listed: ListedKernel) throws {
        var shape = listed.shape(width: 3 * listed.lanes, height: 9, outputChannels: 7)
        shape.images = 1
        let geometry = shape.geometry
        let taps = shape.kernel.height * shape.kernel.width
        var weight = (0..<7 * taps).map(Float.init)
        weight[taps] = .infinity
        weight[5 * taps - 1] = -.infinity
        weight[6 * taps + 4] = .nan
        let pack = try #require(listed.descriptor.pointee.pack_weights)
        let packed = GuardedBuffer(count: listed.packedCount(shape), placement: .endsAtGuard)
        #expect(packed.count == 7 * (taps + 1))
        for channels in [0..<3, 3..<4, 4..<7] {
            withUnsafePointer(to: geometry) {
                pack($0, weight, packed.base, ck_range(begin: channels.lowerBound, end: channels.upperBound), nil)
            }
        }
        let isFinite = (0..<7).map { packed.base[7 * taps + $0] == 0 }
        #expect(isFinite == [true, false, true, true, false, true, false])
    }
}
