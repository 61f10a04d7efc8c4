// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution

/// The order of the axes of input and output, by the names of conv2d's; of conv1d they are NCL and NLC.
enum LayoutArgument: String, CaseIterable, ExpressibleByArgument, Decodable, Sendable {
    case nchw
    case nhwc

    /// The same as the library takes it.
    var library: TensorLayout { self == .nchw ? .channelsFirst : .channelsLast }
}
