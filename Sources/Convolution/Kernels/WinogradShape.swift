// SPDX-License-Identifier: Apache-2.0

/// A tile of Winograd's algorithm, F(outputs of the height x outputs of the width, taps x taps).
struct WinogradShape: Sendable, Equatable {
    /// One axis: F(outputs, taps), or F(1, 1) where it is not transformed.
    struct Side: Sendable, Equatable {
        let outputs: Int
        let taps: Int

        /// Interpolation points, the one at infinity included.
        var points: Int { outputs + taps - 1 }
    }

    let height: Side
    let width: Side

    var points: Int { height.points * width.points }
    var outputs: Int { height.outputs * width.outputs }
}

extension WinogradShape: CustomStringConvertible {
    var description: String {
        "F(\(height.outputs) x \(width.outputs), \(height.taps) x \(width.taps))"
    }
}

/// The outputs of a tile along the axes that have a kernel.
struct WinogradOutputs: Sendable, Equatable {
    let height: Int
    let width: Int
}

extension WinogradOutputs {
    /// As many along each axis.
    init(_ outputs: Int) {
        self.init(height: outputs, width: outputs)
    }
}
