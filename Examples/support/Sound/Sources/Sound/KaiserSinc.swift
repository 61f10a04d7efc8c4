// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One wing of a low-pass filter: a sinc function under a Kaiser window, tabulated.
///
/// Its numbers are those of the filter "kaiser_best" of resampy, with which the sounds were resampled that pitch trackers
/// were trained on.
struct KaiserSinc: Sendable {
    /// Where the window ends, in samples of the lower of the two rates.
    static let width = 50
    private static let rolloff = 0.9173473712608761
    private static let beta = 12.984585247040012
    // Between two entries the filter is taken for a line, which is off by 2e-6 of its height at most.
    private static let steps = 1024

    private let table: [Float]

    init() {
        table = (0...Self.width * Self.steps).map { index in
            let x = Double(index) / Double(Self.steps)
            let angle = Double.pi * Self.rolloff * x
            let ratio = x / Double(Self.width)
            let window = besselI0(Self.beta * (1 - ratio * ratio).squareRoot()) / besselI0(Self.beta)
            return Float(Self.rolloff * (index == 0 ? 1 : sin(angle) / angle) * window)
        }
    }

    /// The filter at a distance from its middle, in samples of the lower rate.
    func callAsFunction(_ distance: Double) -> Float {
        let position = abs(distance) * Double(Self.steps)
        let index = Int(position)
        guard index < table.count - 1 else { return 0 }
        let part = Float(position - Double(index))
        return table[index] + part * (table[index + 1] - table[index])
    }
}

/// The modified Bessel function of the first kind and order zero, by its power series.
private func besselI0(_ x: Double) -> Double {
    let square = x * x / 4
    var (sum, term, index) = (1.0, 1.0, 1.0)
    while term > sum * 1e-16 {
        term *= square / (index * index)
        sum += term
        index += 1
    }
    return sum
}
