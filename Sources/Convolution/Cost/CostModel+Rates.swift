// SPDX-License-Identifier: Apache-2.0

extension CostModel {
    /// What the pieces of the work cost, in nanoseconds: least-squares fits to the times of 140 layers of many shapes.
    struct Rates {
        /// A multiplication at full register tiles. The peak is about 58 a nanosecond on a 3.7 GHz core that starts two
        /// 8-lane or one 16-lane fused multiply-add a cycle.
        var multiplication = 0.0170
        /// By how much longer it takes where the input is read in place.
        var inPlace = 1.01
        /// The same where pixels are the lanes.
        var pixelMultiplication = 0.0159
        /// A tap of a register tile, beside its multiplications: with the input in place, and brought into order.
        var directTap = 4.4
        var gemmTap = 0.4
        /// An element of the input brought into channel lanes.
        var transposedInput = 0.13
        /// An element of the output stored from channel lanes and from pixel lanes.
        var transposedOutput = 0.27
        var output = 0.085
        /// A panel of output channels of an image.
        var panel = 120.0
        /// An element of the matrix of windows, and a row of them; a group of an image whose matrix is made.
        var window = 0.13
        var windowRow = 6.7
        var matrix = 150.0
        /// A multiplication of one channel a group with stride 1, and with a larger one; a row of the output.
        var depthwise = 0.0197
        var depthwiseStrided = 0.037
        var depthwiseRow = 0.0
        /// A multiplication of one channel a group in channel lanes; by how much longer an input takes than with AVX-512.
        var depthwiseLane = 0.029
        var depthwiseInput = 1.0
        /// An element of the output of one channel whose phases are woven into one another, and a tap of it.
        var wovenOutput = 0.2
        var wovenTap = 0.022
        /// A point of a tile transformed: of the input and of the output.
        var winogradInput = 0.25
        var winogradOutput = 0.07

        /// By how much longer an input of a tile of one channel takes than with AVX-512.
        var singleInput = 1.0

        /// An element of the input gathered into pixel lanes, beside what is copied anyway.
        var gatheredInput = 0.0

        /// With the channels last in the tensors: what has them in its lanes need not transpose, and what has pixels there
        /// reads and writes lane by lane.
        mutating func putChannelsLast() {
            transposedInput *= 0.5
            transposedOutput *= 0.3
            output *= 14
            window *= 30
            gatheredInput = 8 * transposedInput
        }

        static let avx512 = Rates()
        static let avx2 = Rates(
            multiplication: 0.0174, inPlace: 1.05, pixelMultiplication: 0.0175, directTap: 1.5, gemmTap: 0.7,
            transposedInput: 0.17,
            transposedOutput: 0.29, output: 0.07, panel: 170, window: 0.15, depthwise: 0.0235,
            depthwiseStrided: 0.042, depthwiseRow: 0.6, depthwiseLane: 0.030, depthwiseInput: 1.1,
            wovenOutput: 0.2, wovenTap: 0.024, winogradInput: 0.29, winogradOutput: 0.12, singleInput: 2)
        /// Plain C, about as much slower in everything.
        static let scalar = Rates(
            multiplication: 0.16, pixelMultiplication: 0.16, directTap: 4, gemmTap: 4, transposedInput: 0.6,
            transposedOutput: 0.9, output: 0.5, panel: 300, window: 0.3, windowRow: 10, depthwise: 0.2,
            depthwiseStrided: 0.3,
            depthwiseRow: 1, depthwiseLane: 0.15, depthwiseInput: 2, winogradInput: 1.5, winogradOutput: 1,
            singleInput: 2)
    }
}
