// SPDX-License-Identifier: Apache-2.0

/// The order of the axes of an input and an output. A weight is (K, C / groups, *kernel) in each, of a transposed
/// convolution (C, K / groups, *kernel). A later version of the library may have more of them.
public struct TensorLayout: RawRepresentable, CaseIterable, Hashable, Sendable, CustomStringConvertible {
    /// What the library switches over, so that the compiler finds what a layout is missing.
    enum Storage: String, CaseIterable, Sendable {
        case channelsFirst, channelsLast
    }

    let storage: Storage

    private init(_ storage: Storage) {
        self.storage = storage
    }

    /// (N, C, *size): each channel is a plane. PyTorch's contiguous format, NCHW.
    public static let channelsFirst = TensorLayout(.channelsFirst)
    /// (N, *size, C): the channels of a pixel lie side by side. NHWC, the bytes of PyTorch's `channels_last`.
    public static let channelsLast = TensorLayout(.channelsLast)

    /// All of them.
    public static let allCases = Storage.allCases.map(TensorLayout.init)

    /// The layout of this name, which is that of its constant; nil if there is none.
    public init?(rawValue: String) {
        guard let storage = Storage(rawValue: rawValue) else { return nil }
        self.storage = storage
    }

    /// The name of the constant.
    public var rawValue: String { storage.rawValue }

    /// The same as `rawValue`.
    public var description: String { rawValue }

    // Not of the names, as `RawRepresentable` has it.

    /// Whether both are the same layout.
    public static func == (left: TensorLayout, right: TensorLayout) -> Bool { left.storage == right.storage }

    /// Hashes the layout.
    public func hash(into hasher: inout Hasher) { hasher.combine(storage) }

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
