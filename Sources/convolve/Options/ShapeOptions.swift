// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The shapes of a convolution without its tensors.
struct ShapeOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: ArgumentHelp("(N, C, *size), or (C, *size): 5,8,10,5", valueName: "n,..."))
    var inputShape: IntegerList?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "(K, C / groups, *kernel), transposed (C, K / groups, *kernel): 14,8,3,2", valueName: "n,..."))
    var weightShape: IntegerList?

    var isGiven: Bool { inputShape != nil || weightShape != nil }
}
