// SPDX-License-Identifier: Apache-2.0

/// Why text can't be looked for in an image.
public enum TextError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The image is so long and narrow that, with its shorter side enlarged as the network needs it, it would be too
    /// large.
    case tooNarrow(width: Int, height: Int, neededWidth: Int, neededHeight: Int, mostPixels: Int)

    /// The error in one sentence.
    public var description: String {
        switch self {
        case .tooNarrow(let width, let height, let neededWidth, let neededHeight, let most):
            "an image of \(width) x \(height) would have to be enlarged to \(neededWidth) x \(neededHeight), "
                + "which are more than the \(most) pixels that are searched"
        }
    }
}
