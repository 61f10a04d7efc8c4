// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing

@testable import Convolution

@Suite struct SplitTests {
    @Test(arguments: [1, 2, 7, 13, 14, 15, 224, 1000], [1, 3, 4, 16])
    func piecesCoverTheRangeInOrderAndBeginAtUnits(extent: Int, unit: Int) {
        for pieces in [1, 2, 3, 8, 64, 5000] {
            let split = Split(extent, unit: unit, pieces: pieces)
            #expect(split.count <= pieces)
            var next = 0
            for index in 0..<split.count {
                let range = split.range(index)
                #expect(range.begin == next)
                #expect(range.begin % unit == 0)
                #expect(range.end > range.begin)
                #expect(range.end - range.begin <= split.largest)
                next = range.end
            }
            #expect(next == extent)
        }
    }

    @Test func piecesAreEven() {
        let split = Split(49, pieces: 4)
        let sizes = (0..<4).map { split.range($0).end - split.range($0).begin }
        #expect(sizes == [13, 12, 12, 12])
    }

    @Test(arguments: [4, (1 << 31) + 2])
    func neighboursMakeEvenShares(pieces: Int) {
        let split = Split(pieces / 2 * 7, pieces: pieces)
        for index in [0, 1, 2, 3, pieces - 2, pieces - 1] {
            let range = split.range(index)
            #expect(range.end - range.begin == (index % 2 == 0 ? 4 : 3))
        }
        #expect(split.range(pieces - 1).end == split.extent)
    }

    @Test(arguments: [1, 47, 48, 49, 52, 53, 96, 100, 196])
    func aShortTailJoinsTheLastUnit(extent: Int) {
        for pieces in [1, 2, 3, 64] {
            let split = Split(extent, unit: 48, joining: 4, pieces: pieces)
            let sizes = (0..<split.count).map { split.range($0).end - split.range($0).begin }
            #expect(sizes.reduce(0, +) == extent)
            #expect(sizes.max() == split.largest)
            #expect(sizes.allSatisfy { extent <= 4 || $0 > 4 })
            #expect((0..<split.count).map(split.units(of:)).reduce(0, +) == split.units)
        }
        #expect(Split(196, unit: 48, joining: 4, most: 128).count == 2)
        #expect(Split(197, unit: 48, joining: 4, most: 128).count == 3)
    }

    @Test func anExtentOfZeroIsOneEmptyPiece() {
        let split = Split(0, unit: 4, pieces: 3)
        #expect(split.count == 1)
        #expect(split.range(0).begin == 0 && split.range(0).end == 0)
    }

    @Test func aLargestSizeGivesTheFewestPieces() {
        #expect(Split(100, most: 50).count == 2)
        #expect(Split(100, most: 49).count == 3)
        #expect(Split(100, unit: 32, most: 40).count == 4)
        #expect(Split(100, unit: 32, most: 99).count == 2)
        #expect(Split(100, unit: 32, most: 100).count == 1)
        #expect(Split(100, unit: 32, most: 1).count == 4)
    }

    @Test func hugeExtentsDoNotOverflow() {
        let split = Split(Int.max - 1, pieces: 64)
        #expect(split.range(63).end == Int.max - 1)
    }

    @Test func regionsCoverTheBoxOnce() {
        let split = RegionSplit(images: Split(3, pieces: 2), rows: Split(7, pieces: 3), columns: Split(5, pieces: 2))
        var seen = [Int](repeating: 0, count: 3 * 7 * 5)
        for index in 0..<split.count {
            let region = split.region(index)
            for image in region.images.begin..<region.images.end {
                for row in region.rows.begin..<region.rows.end {
                    for column in region.columns.begin..<region.columns.end {
                        seen[(image * 7 + row) * 5 + column] += 1
                    }
                }
            }
        }
        #expect(seen.allSatisfy { $0 == 1 })
    }
}
