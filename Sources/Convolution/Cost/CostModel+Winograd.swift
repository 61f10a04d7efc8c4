// SPDX-License-Identifier: Apache-2.0

extension CostModel {
    /// What an image takes beside its transforms and products, in nanoseconds.
    static let winogradStart = 700.0

    /// Transform of every tile of the input, a product for each point, transform of every tile of the output.
    var winograd: Cost {
        let shape = kernel.winogradShape
        let tiles =
            Double(problem.batch)
            * Double(problem.height.winogradTiles(problem.height.output, outputs: shape.height.outputs))
            * Double(problem.width.winogradTiles(problem.width.output, outputs: shape.width.outputs))
        let channels = Double(problem.channelsPerGroup)
        // The points, times the phases that each of them multiplies.
        let pointPhases = Double(
            problem.height.winogradProducts(shape.height) * problem.width.winogradProducts(shape.width))
        let phases = Double(problem.height.stride * problem.width.stride)
        // Vectors of several phases are gathered lane by lane, those of a stride that no shuffle splits at every point.
        let isMixed = phases > 1 && problem.channelsPerGroup % kernel.lanes != 0
        let gathering = isMixed ? (problem.width.stride > 2 ? 5.0 : 2.0) : 1
        let inputs =
            padded(Int(phases) * problem.channelsPerGroup, kernel.lanes) * Double(problem.groups) * gathering
        // Large tiles do not fit the registers, and sum their products in pieces. Fewer than 4 tiles wait for their sums.
        let (points, isLarge) = (Double(shape.points), shape.points > 49)
        let transforms = tiles * points * inputs * rates.winogradInput * (isLarge ? 1.4 : 1)
        let inverses = tiles * points * paddedOutputChannels * rates.winogradOutput * (isLarge ? 1.4 : 1)
        // Sums over few channels wait for their ends.
        let products =
            max(tiles, 4) * (pointPhases * channels + 2 * points) * paddedOutputChannels * rates.multiplication
            * (isLarge ? 1.03 : 1)
        // The transformed weights pass once through the core; from memory if they are large, which few tiles do not hide.
        let weights = pointPhases * channels * paddedOutputChannels
        let streaming =
            weights * problem.weightsOfRun >= 6e6
            ? max(0, weights * 0.12 * memoryWait - products) + weights * 0.02
            : weights * (weights * problem.weightsOfRun >= 2.5e5 ? 0.02 : 0.065)
        // An image that leaves the second-level cache, stored in short runs of many planes.
        // So do narrow images, whatever their size.
        let width = problem.width.output
        let isNarrow = problem.layout == .channelsFirst && width < 16 && problem.height.output > 1
        let stores =
            outputElements
            * ((outputElements > 1e6 * Double(problem.batch) ? 0.15 : 0) + (isNarrow ? 1 / Double(width) : 0))
        return cost(
            prepare: transforms, compute: products + inverses + streaming + stores,
            start: CostModel.winogradStart * Double(max(1, problem.batch)))
    }
}
