// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing

@testable import Convolution

@Suite struct TaskCutTests {
    /// Blocks of one size, but for those at the ends, which are smaller.
    private static func blocks(_ images: Int, _ rows: Int, _ columns: Int) -> RegionSplit {
        RegionSplit(images: Split(images, most: 2), rows: Split(rows, most: 12), columns: Split(columns, most: 40))
    }

    @Test(arguments: [1, 2, 3, 5, 16, 64], [(0, 5, 9), (3, 1, 1), (40, 5, 100), (1, 30, 1), (100, 24, 40)])
    func tasksCoverEachBlockOnce(threads: Int, extents: (channels: Int, rows: Int, columns: Int)) {
        let blocks = Self.blocks(3, extents.rows, extents.columns)
        let cut = TaskCut(
            channels: extents.channels, channelUnit: 16, block: blocks, rowUnit: 4, columnUnit: 6, wanted: 4 * threads,
            threads: threads)
        for index in 0..<blocks.count {
            let block = blocks.region(index)
            var seen = [Int](repeating: 0, count: extents.channels * 3 * extents.rows * extents.columns)
            for task in 0..<cut.count {
                let (channels, part) = cut.task(task, of: block)
                #expect(channels.begin % 16 == 0)
                for channel in channels.begin..<channels.end {
                    for image in part.images.begin..<part.images.end {
                        for row in part.rows.begin..<part.rows.end {
                            for column in part.columns.begin..<part.columns.end {
                                seen[((channel * 3 + image) * extents.rows + row) * extents.columns + column] += 1
                            }
                        }
                    }
                }
            }
            #expect(seen.allSatisfy { $0 <= 1 })
            let pixels =
                (block.images.end - block.images.begin) * (block.rows.end - block.rows.begin)
                * (block.columns.end - block.columns.begin)
            #expect(seen.reduce(0, +) == extents.channels * pixels)
        }
    }

    /// A cut by channels costs nothing, so parts are made only where channels are too few.
    @Test func channelsAreCutFirst() {
        let block = RegionSplit.whole(images: 8, rows: 64, columns: 64)
        func cut(_ channels: Int, threads: Int) -> TaskCut {
            TaskCut(
                channels: channels, channelUnit: 16, block: block, rowUnit: 4, columnUnit: 4, wanted: 4 * threads,
                threads: threads)
        }
        #expect(cut(128, threads: 2).count == 8)
        #expect(cut(128, threads: 2).channels.count == 8)
        #expect(cut(16, threads: 2).count >= 2)
        #expect(cut(128, threads: 64).count >= 64)
    }
}
