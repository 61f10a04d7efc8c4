// SPDX-License-Identifier: Apache-2.0

/// Undoes the filter of a row, which its first byte names, and puts it in the place of the row above.
///
/// - Parameter distance: From a byte to that of the pixel to the left.
func unfilter(_ row: inout [UInt8], above: inout [UInt8], distance: Int) throws(CodingFailure) {
    let filter = row[0]
    switch filter {
    case 0:
        for i in above.indices { above[i] = row[i + 1] }
    case 1:
        for i in above.indices { above[i] = row[i + 1] &+ (i < distance ? 0 : above[i - distance]) }
    case 2:
        for i in above.indices { above[i] = row[i + 1] &+ above[i] }
    case 3:
        for i in above.indices {
            let left = i < distance ? 0 : above[i - distance]
            above[i] = row[i + 1] &+ mean(left, above[i])
        }
    case 4:
        // The byte above and to the left is overwritten before it is needed, and so kept in the row.
        for i in above.indices {
            let up = above[i]
            let left = i < distance ? 0 : above[i - distance]
            let corner = i < distance ? 0 : row[i + 1 - distance]
            above[i] = row[i + 1] &+ paeth(left, up, corner)
            row[i + 1] = up
        }
    default:
        throw CodingFailure(reason: "filter \(filter) is none of the five")
    }
}

/// A row as each of the five filters leaves it, of which the one with the smallest differences is mostly the best to be
/// compressed.
///
/// - Returns: The name of the filter, then the bytes.
func filtered(_ row: [UInt8], above: [UInt8], distance: Int, into best: inout [UInt8], scratch: inout [UInt8]) {
    var least = Int.max
    for filter in UInt8(0)...4 {
        scratch[0] = filter
        var sum = 0
        for i in row.indices {
            let left = i < distance ? 0 : row[i - distance]
            let predicted: UInt8 =
                switch filter {
                case 0: 0
                case 1: left
                case 2: above[i]
                case 3: mean(left, above[i])
                default: paeth(left, above[i], i < distance ? 0 : above[i - distance])
                }
            let difference = row[i] &- predicted
            scratch[i + 1] = difference
            sum += Int(Int8(bitPattern: difference).magnitude)
        }
        if sum < least {
            least = sum
            swap(&best, &scratch)
        }
    }
}

private func mean(_ a: UInt8, _ b: UInt8) -> UInt8 {
    UInt8((Int(a) + Int(b)) / 2)
}

/// The one of the three that is nearest to left + up - corner, in this order where they are equally near.
private func paeth(_ left: UInt8, _ up: UInt8, _ corner: UInt8) -> UInt8 {
    let estimate = Int(left) + Int(up) - Int(corner)
    let (toLeft, toUp, toCorner) = (
        abs(estimate - Int(left)), abs(estimate - Int(up)), abs(estimate - Int(corner))
    )
    if toLeft <= toUp && toLeft <= toCorner { return left }
    return toUp <= toCorner ? up : corner
}
