// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A place in an image: pixels to the right and down of the middle of the first.
public struct Point: Equatable, Sendable, Codable {
    /// To the right.
    public var x: Double
    /// Down.
    public var y: Double

    /// A place that lies `x` to the right and `y` down.
    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }

    static func + (a: Point, b: Point) -> Point { Point(x: a.x + b.x, y: a.y + b.y) }
    static func - (a: Point, b: Point) -> Point { Point(x: a.x - b.x, y: a.y - b.y) }
    static func * (a: Point, factor: Double) -> Point { Point(x: a.x * factor, y: a.y * factor) }
    func dot(_ other: Point) -> Double { x * other.x + y * other.y }
    func cross(_ other: Point) -> Double { x * other.y - y * other.x }
    var length: Double { dot(self).squareRoot() }
    /// A quarter of a turn further.
    var turned: Point { Point(x: -y, y: x) }
}

/// The smallest convex polygon around points: its corners, none of them between two others (Andrew's monotone chain).
func convexHull(_ points: [Point]) -> [Point] {
    let sorted = points.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
    guard let first = sorted.first, let last = sorted.last, first != last else { return Array(sorted.prefix(1)) }
    func half(_ points: some Sequence<Point>) -> [Point] {
        var chain: [Point] = []
        for point in points {
            while chain.count >= 2,
                (chain[chain.count - 1] - chain[chain.count - 2]).cross(point - chain[chain.count - 1]) <= 0
            {
                chain.removeLast()
            }
            chain.append(point)
        }
        return chain.dropLast()
    }
    return half(sorted) + half(sorted.reversed())
}

/// A rectangle at any angle.
struct Rectangle {
    /// In order around it.
    let corners: [Point]
    let sides: (Double, Double)

    var shorterSide: Double { min(sides.0, sides.1) }
    var area: Double { sides.0 * sides.1 }

    /// The smallest one around points, which has a side along one of their hull's.
    ///
    /// - Precondition: There is a point.
    init(around points: [Point]) {
        let hull = convexHull(points)
        var best: (area: Double, corners: [Point], sides: (Double, Double))?
        for index in hull.indices {
            let edge = hull[(index + 1) % hull.count] - hull[index]
            let along = edge.length > 0 ? edge * (1 / edge.length) : Point(x: 1, y: 0)
            let across = along.turned
            let (first, second) = (hull.map(along.dot), hull.map(across.dot))
            let (left, right) = (first.min() ?? 0, first.max() ?? 0)
            let (top, bottom) = (second.min() ?? 0, second.max() ?? 0)
            let area = (right - left) * (bottom - top)
            guard area < best?.area ?? .infinity else { continue }
            let corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
            best = (area, corners.map { along * $0.0 + across * $0.1 }, (right - left, bottom - top))
        }
        guard let best else { preconditionFailure("a rectangle around no point") }
        (corners, sides) = (best.corners, best.sides)
    }

    /// The corners from the upper left one on: of the two to the left the upper one first, then the upper one of the
    /// two to the right, the lower one, and the lower one to the left.
    var ordered: [Point] {
        let sorted = corners.sorted { $0.x < $1.x }
        let left = sorted[..<2].sorted { $0.y < $1.y }
        let right = sorted[2...].sorted { $0.y < $1.y }
        return [left[0], right[0], right[1], left[1]]
    }
}

extension [Point] {
    /// The outline of a convex polygon moved outwards by a distance, with round corners, as points of whole numbers: as
    /// Clipper has it, which rapidocr grows its boxes by. The polygon's corners are cut to whole numbers before.
    func grown(by distance: Double) -> [Point] {
        var corners: [Point] = []
        for corner in self {
            let whole = Point(x: corner.x.rounded(.towardZero), y: corner.y.rounded(.towardZero))
            if whole != corners.last { corners.append(whole) }
        }
        if corners.count > 1, corners.first == corners.last { corners.removeLast() }
        // An arc is at most a quarter of a pixel off the circle.
        let tolerance = 0.25
        let stepsPerTurn = Swift.min(.pi / acos(1 - tolerance / Swift.max(distance, tolerance)), distance * .pi)
        let area = corners.indices.reduce(0) { $0 + corners[$1].cross(corners[($1 + 1) % corners.count]) }
        let outwards = area >= 0 ? 1.0 : -1.0
        func normal(_ index: Int) -> Point {
            let edge = corners[(index + 1) % corners.count] - corners[index]
            return edge.length > 0 ? edge.turned * (-outwards / edge.length) : Point(x: 0, y: 0)
        }
        return corners.indices.flatMap { index -> [Point] in
            let before = normal((index + corners.count - 1) % corners.count)
            let after = normal(index)
            let turn = atan2(before.cross(after), before.dot(after))
            let steps = Swift.max(1, (stepsPerTurn * abs(turn) / (2 * .pi)).rounded())
            let angles = (0..<Int(steps)).map { Double($0) * (turn < 0 ? -2 : 2) * .pi / stepsPerTurn }
            let directions = angles.map { before * cos($0) + before.turned * sin($0) } + [after]
            return directions.map { direction in
                let point = corners[index] + direction * distance
                return Point(x: point.x.rounded(), y: point.y.rounded())
            }
        }
    }

    /// Of a polygon.
    var area: Double { abs(indices.reduce(0) { $0 + self[$1].cross(self[($1 + 1) % count]) }) / 2 }
    /// Of a polygon.
    var circumference: Double { indices.reduce(0) { $0 + (self[($1 + 1) % count] - self[$1]).length } }
}
