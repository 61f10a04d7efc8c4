// SPDX-License-Identifier: Apache-2.0

/// A picture of pixels that are set or not.
struct Bitmap {
    let width: Int
    let height: Int
    private(set) var isSet: [Bool]

    /// Sets the pixels above a threshold, and of each set pixel the three below and to the right.
    init(_ likelihoods: Span<Float>, width: Int, height: Int, threshold: Float) {
        precondition(likelihoods.count == width * height, "\(likelihoods.count) likelihoods for \(width) x \(height)")
        self.width = width
        self.height = height
        isSet = [Bool](repeating: false, count: width * height)
        for y in 0..<height {
            for x in 0..<width where likelihoods[y * width + x] > threshold {
                for row in y...min(y + 1, height - 1) {
                    for column in x...min(x + 1, width - 1) { isSet[row * width + column] = true }
                }
            }
        }
    }

    /// The borders of the regions of set pixels, which touch each other along sides or corners, and of the holes in
    /// them: of each the pixels that are set.
    func borders() -> [[Point]] {
        var isSeen = [Bool](repeating: false, count: isSet.count)
        // What lies outside is no hole.
        for x in 0..<width { for y in [0, height - 1] { _ = fill(from: (x, y), &isSeen, of: false) } }
        for y in 0..<height { for x in [0, width - 1] { _ = fill(from: (x, y), &isSeen, of: false) } }
        var borders: [[Point]] = []
        for y in 0..<height {
            for x in 0..<width where !isSeen[y * width + x] {
                borders.append(fill(from: (x, y), &isSeen, of: isSet[y * width + x]))
            }
        }
        return borders
    }

    /// Marks the region of set pixels, or of those that are not, around one of them.
    ///
    /// - Returns: The set pixels that have a neighbour of the other kind.
    private func fill(from start: (x: Int, y: Int), _ isSeen: inout [Bool], of kind: Bool) -> [Point] {
        guard isSet[start.y * width + start.x] == kind, !isSeen[start.y * width + start.x] else { return [] }
        isSeen[start.y * width + start.x] = true
        var border: [Point] = []
        var open = [start]
        while let (x, y) = open.popLast() {
            var isBorder = false
            for dy in -1...1 {
                for dx in -1...1 where dx != 0 || dy != 0 {
                    let isSide = dx == 0 || dy == 0
                    let (column, row) = (x + dx, y + dy)
                    guard 0..<width ~= column, 0..<height ~= row else {
                        isBorder = isBorder || isSide
                        continue
                    }
                    let at = row * width + column
                    if isSet[at] == kind {
                        // Regions that are not set touch along sides only: a diagonal of set pixels parts them.
                        guard !isSeen[at], kind || isSide else { continue }
                        isSeen[at] = true
                        open.append((column, row))
                    } else if isSide {
                        isBorder = true
                        if !kind { border.append(Point(x: Double(column), y: Double(row))) }
                    }
                }
            }
            if kind, isBorder { border.append(Point(x: Double(x), y: Double(y))) }
        }
        return border
    }
}

/// The mean of the likelihoods in a convex polygon and on its outline, whose corners are cut to whole pixels.
func mean(of likelihoods: Span<Float>, width: Int, height: Int, in polygon: [Point]) -> Double {
    let (left, top) = (polygon.map(\.x).min() ?? 0, polygon.map(\.y).min() ?? 0)
    let origin = Point(
        x: min(max(left.rounded(.down), 0), Double(width - 1)), y: min(max(top.rounded(.down), 0), Double(height - 1)))
    let corners = polygon.map { corner in
        origin
            + Point(
                x: (corner.x - origin.x).rounded(.towardZero), y: (corner.y - origin.y).rounded(.towardZero))
    }
    let rows = (corners.map(\.y).min() ?? 0, corners.map(\.y).max() ?? 0)
    var sum = 0.0
    var count = 0
    let last = min(height - 1, Int(rows.1))
    for row in stride(from: max(0, Int(rows.0)), through: last, by: 1) {
        // What the outline covers of the row's height lies within these columns.
        let (above, below) = (Double(row) - 0.5, Double(row) + 0.5)
        var columns = (Double.infinity, -Double.infinity)
        for index in corners.indices {
            let (a, b) = (corners[index], corners[(index + 1) % corners.count])
            guard min(a.y, b.y) <= below, max(a.y, b.y) >= above else { continue }
            for y in [max(above, min(a.y, b.y)), min(below, max(a.y, b.y))] {
                let xs = a.y == b.y ? [a.x, b.x] : [a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y)]
                for x in xs { columns = (min(columns.0, x), max(columns.1, x)) }
            }
        }
        guard columns.0 <= columns.1 else { continue }
        for column in stride(from: max(0, Int(columns.0.rounded())), through: Int(columns.1.rounded()), by: 1)
        where column < width {
            sum += Double(likelihoods[row * width + column])
            count += 1
        }
    }
    return count > 0 ? sum / Double(count) : 0
}
