// SPDX-License-Identifier: Apache-2.0

/// The ranges that an extent is cut into, all of one length: for each length a session would be needed. The last one
/// begins early where the length does not divide the extent, and computes a few pixels a second time.
struct Tiles {
    let length: Int
    let ranges: [Range<Int>]

    /// - Parameter most: The most elements of a range.
    init(_ extent: Int, most: Int) {
        let count = (extent + most - 1) / most
        let length = (extent + count - 1) / count
        self.length = length
        ranges = (0..<count).map { index in
            let start = min(index * length, extent - length)
            return start..<start + length
        }
    }
}
