// SPDX-License-Identifier: Apache-2.0

/// The order of the axes of an input and an output. A weight is (K, C / groups, *kernel) in either.
public enum TensorLayout: String, CaseIterable, Sendable {
    /// (N, C, *size): each channel is a plane. PyTorch's contiguous format, NCHW.
    case channelsFirst
    /// (N, *size, C): the channels of a pixel lie side by side. NHWC, the bytes of PyTorch's `channels_last`.
    case channelsLast

    /// A tensor's shape in this layout.
    ///
    /// - Parameters:
    ///   - batch: nil for a tensor without that axis.
    ///   - channels: The extent of the channels.
    ///   - size: One extent for each spatial axis.
    public func shape(batch: Int?, channels: Int, size: [Int]) -> [Int] {
        // In one allocation: a call on a few elements takes no longer than a dozen of them.
        var shape: [Int] = []
        shape.reserveCapacity(size.count + 2)
        if let batch { shape.append(batch) }
        if self == .channelsFirst { shape.append(channels) }
        shape.append(contentsOf: size)
        if self == .channelsLast { shape.append(channels) }
        return shape
    }

    /// The index of the channels in a shape of so many axes, `rank` of which are spatial.
    func channelAxis(count: Int, rank: Int) -> Int {
        self == .channelsFirst ? count - rank - 1 : count - 1
    }

    /// The index of the last spatial axis in a shape of so many axes.
    func widthAxis(count: Int) -> Int {
        self == .channelsFirst ? count - 1 : count - 2
    }
}
