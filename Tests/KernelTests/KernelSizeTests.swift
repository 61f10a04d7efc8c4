// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// What the descriptors answer for memory. That it is enough, every other test sees: buffers end at a protected page.
@Suite struct KernelSizeTests {
    /// Cases whose sizes are no multiples of anything.
    private func shapes(_ kernel: ListedKernel) -> [KernelCase] {
        kernel.windows.prefix(4).flatMap { window in
            [kernel.body.isForChannels ? Layout.channelsLast : .channelsFirst, .apart].map { layout in
                var shape = kernel.shape(
                    width: 3 * kernel.tilePixels + 5, height: 9, channels: 35,
                    outputChannels: kernel.tileChannels + kernel.lanes + 1)
                window.apply(to: &shape)
                shape.images = 1
                (shape.inputLayout, shape.outputLayout) = (layout, layout)
                return shape
            }
        }.filter { $0.isFor(kernel) }
    }

    /// Every float of packed weights is written (`KernelRun` checks that); of what is prepared and of the scratch, the
    /// case that needs the most of it leaves little.
    @Test(.countsCases, arguments: ListedKernel.runnable.filter { $0.algorithm != CK_DEPTHWISE })
    func noMoreMemoryIsAskedForThanIsUsed(kernel: ListedKernel) {
        var prepared = 0.0, scratch = 0.0
        let shapes = shapes(kernel)
        for shape in shapes {
            let run = KernelRun(kernel, shape, KernelData(shape), watchesSizes: true)
            prepared = max(prepared, run.traces.preparedShare)
            scratch = max(scratch, run.traces.scratchShare)
        }
        #expect(shapes.count >= 2)
        #expect(!kernel.hasPrepare || prepared > 0.5, "\(kernel.name) prepares \(prepared) of what it asks for")
        let asks = shapes.contains { kernel.scratchCount($0, kernel.whole($0)) > 0 }
        #expect(!asks || scratch > 0.5, "\(kernel.name) uses \(scratch) of its scratch")
    }

    /// A plan takes memory for the largest of its blocks and parts.
    @Test(arguments: ListedKernel.runnable)
    func aSmallerRegionNeedsNoMore(kernel: ListedKernel) {
        var pairs = 0
        for shape in shapes(kernel) {
            let (whole, unit) = (kernel.whole(shape), kernel.regionUnit(shape))
            let axes: [(WritableKeyPath<ck_region, ck_range>, Int)] = [
                (\.images, 1), (\.rows, unit.height), (\.columns, unit.width),
            ]
            for (axis, unit) in axes {
                var region = whole
                for extent in stride(from: 0, through: min(whole[keyPath: axis].end, 24 * unit), by: unit) {
                    let before = (kernel.preparedCount(shape, region), kernel.scratchCount(shape, region))
                    let isFirst = extent == 0
                    region[keyPath: axis].end = extent
                    let (prepared, scratch) = (
                        kernel.preparedCount(shape, region), kernel.scratchCount(shape, region)
                    )
                    guard !isFirst else { continue }
                    pairs += 1
                    #expect(prepared >= before.0 && scratch >= before.1, "\(kernel.name), \(region): \(shape)")
                }
            }
        }
        #expect(pairs > 10)
    }

    /// Sizes that no memory has are told, not computed modulo 2^64.
    @Test(arguments: ListedKernel.all.filter { $0.algorithm != CK_DEPTHWISE })
    func overflowIsTold(kernel: ListedKernel) throws {
        var shape = kernel.shape(width: 9, height: 9)
        shape.images = 1
        var geometry = shape.geometry
        var region = kernel.whole(shape)
        let packed = try #require(kernel.descriptor.pointee.packed_bytes)
        for channels in [Int.max / 2, .max / 8, .max / 64, .max] {
            (geometry.channels, geometry.out_channels) = (channels, 1 << 20)
            #expect(packed(kernel.descriptor, &geometry) == -1)
            if let prepared = kernel.descriptor.pointee.prepared_bytes {
                #expect(prepared(kernel.descriptor, &geometry, &region) == -1)
            }
        }
        (geometry.channels, geometry.out_channels) = (16, .max)
        #expect(packed(kernel.descriptor, &geometry) == -1)
        (geometry.kernel_height, geometry.kernel_width, geometry.out_channels) = (1 << 31, 1 << 31, 16)
        #expect(packed(kernel.descriptor, &geometry) == -1)
    }
}

extension ListedKernel {
    /// The whole output as a kernel's regions have it; one image where blocks are images.
    fileprivate func whole(_ shape: KernelCase) -> ck_region {
        ck_region(
            images: ck_range(begin: 0, end: algorithm == CK_IM2COL ? 1 : shape.images),
            rows: ck_range(begin: 0, end: shape.output.height), columns: ck_range(begin: 0, end: columns(shape)))
    }
}
