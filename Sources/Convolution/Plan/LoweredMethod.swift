// SPDX-License-Identifier: Apache-2.0

/// The kernels of the parts of a lowered problem, and the weights that they share.
///
/// Parts write different elements of the output. Those of a single phase are computed together, as one phase of all their
/// tasks; those that share what they prepare come after them, one by one.
final class LoweredMethod: Method {
    /// A part's kernel, where it reads and writes, and its tasks.
    private struct Part: Sendable {
        let method: any PartMethod
        let inputOffset: Int
        let outputOffset: Int
        let weightOffset: Int
        /// Its tasks in the first phase begin with this; nil if its phases follow.
        var firstTask: Int?
        /// Its first phase.
        var firstPhase: Int
    }

    /// Weights of one form: who packs them, and from where to where.
    private struct Packing: Sendable {
        let method: KernelMethod
        let source: Int
        let target: Int
        let firstTask: Int
    }

    /// The kernel of each part.
    let kernelMethods: [KernelMethod]

    /// Whether there is one part, which reads and writes from the first element on.
    private let isWhole: Bool
    private let parts: [Part]
    /// The parts of the first phase, in the order of their tasks.
    private let together: [Int]
    private let packings: [Packing]
    let phases: [Int]
    let kernelName: String
    let loadImbalance: Double
    let sharedCount: Int
    let workerCount: Int
    let packedWeightCount: Int
    let packingTasks: Int
    let packingScratchCount: Int
    let packedFormats: [PackedFormat?]

    /// - Parameters:
    ///   - methods: A method for each part of `lowering`.
    ///   - threads: Those that share `workspaceLimit`.
    ///   - workspaceLimit: The most workspace in bytes, or nil.
    init(
        _ lowering: Lowering, _ methods: [KernelMethod], threads: Int, workspaceLimit: Int?
    ) throws(ConvolutionError) {
        kernelMethods = methods
        // Who packs each form: any part whose kernel wants weights of that size.
        var packings: [Packing] = []
        var formats: [PackedFormat?] = []
        var targets: [Int] = []
        var (source, target, tasks) = (CheckedSize(0), CheckedSize(0), 0)
        for form in lowering.weights {
            targets.append(target.value ?? 0)
            // Sums over nothing may look like those of an input without channels, and are another kernel's.
            let index = lowering.parts.firstIndex { $0.terms > 0 && form.isPacked(for: $0.problem) }
            formats.append(index.map { methods[$0].packedFormat })
            let first = source.value ?? 0
            source = source + form.count
            guard let index else { continue }
            let method = methods[index]
            packings.append(
                Packing(method: method, source: first, target: target.value ?? 0, firstTask: tasks))
            target = target + method.packedWeightCount
            tasks += method.packingTasks
        }
        packedWeightCount = try target.floats("the packed weights", lowering.parts[0].problem.packing)
        self.packings = packings
        packingTasks = tasks
        packingScratchCount = packings.map(\.method.packingScratchCount).max() ?? 0
        packedFormats = formats

        var parts: [Part] = []
        var members: [InterleavedMethod.Member] = []
        for (index, part) in lowering.parts.enumerated() {
            let terms = KernelMethod.Terms(count: max(1, part.terms), inputStride: part.termStride)
            let method = part.terms > 1 ? KernelMethod(methods[index], terms: terms) : methods[index]
            let weightOffset = part.terms == 0 ? 0 : targets[part.firstWeights]
            guard let phases = part.interleaved else {
                parts.append(
                    Part(
                        method: method, inputOffset: part.inputOffset, outputOffset: part.outputOffset,
                        weightOffset: weightOffset, firstTask: nil, firstPhase: 0))
                continue
            }
            members.append(
                InterleavedMethod.Member(
                    method: method, problem: part.problem, phases: phases, inputOffset: part.inputOffset,
                    weightOffset: weightOffset))
            // Parts of a set follow one another.
            let next = index + 1 < lowering.parts.count ? lowering.parts[index + 1].interleaved : nil
            guard next?.set != phases.set else { continue }
            let joined = try InterleavedMethod(members, threads: threads, workspaceLimit: workspaceLimit)
            members = []
            parts.append(
                Part(
                    method: joined, inputOffset: 0, outputOffset: part.outputOffset, weightOffset: 0, firstTask: nil,
                    firstPhase: 0))
        }
        together = parts.indices.filter { !parts[$0].method.isShared }
        var tasksTogether = 0
        for index in together {
            parts[index].firstTask = tasksTogether
            tasksTogether += parts[index].method.phases[0]
        }
        var phases = tasksTogether > 0 ? [tasksTogether] : []
        for index in parts.indices where parts[index].firstTask == nil {
            parts[index].firstPhase = phases.count
            phases += parts[index].method.phases
        }
        self.phases = phases
        self.parts = parts
        let isMoved = parts[0].inputOffset != 0 || parts[0].outputOffset != 0 || parts[0].weightOffset != 0
        isWhole = parts.count == 1 && !isMoved
        let largest = lowering.parts.indices.max { lowering.parts[$0].work < lowering.parts[$1].work } ?? 0
        kernelName = methods[largest].kernel.name
        let work = lowering.parts.map(\.work)
        let total = work.reduce(0, +)
        loadImbalance =
            total > 0 ? zip(work, methods).reduce(0) { $0 + $1.0 * $1.1.loadImbalance } / total : 1
        sharedCount = parts.map(\.method.sharedCount).max() ?? 0
        workerCount = parts.map(\.method.workerCount).max() ?? 0
    }

    func packWeights(
        _ weight: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, task: Int,
        scratch: UnsafeMutablePointer<Float>?
    ) {
        let packing = packing(of: task)
        packing.method.packWeights(
            weight + packing.source, into: packed + packing.target, task: task - packing.firstTask, scratch: scratch)
    }

    func weights(ofPackingTask task: Int) -> Range<Int>? {
        let packing = packing(of: task)
        let range = packing.method.weights(ofPackingTask: task - packing.firstTask)
        return packing.source + range.lowerBound..<packing.source + range.upperBound
    }

    private func packing(of task: Int) -> Packing {
        packings.count == 1 ? packings[0] : packings[lastIndex(packings.count) { packings[$0].firstTask <= task }]
    }

    func run(phase: Int, task: Int, worker: Int, buffers: Buffers) {
        if isWhole {
            parts[0].method.run(phase: phase, task: task, worker: worker, buffers: buffers)
        } else if parts.count == 1 {
            run(parts[0], phase: phase, task: task, worker, buffers)
        } else if phase == 0, let index = partIndex(ofFirstPhase: task) {
            run(parts[index], phase: 0, task: task - (parts[index].firstTask ?? 0), worker, buffers)
        } else if let part = parts.last(where: { $0.firstTask == nil && $0.firstPhase <= phase }) {
            run(part, phase: phase - part.firstPhase, task: task, worker, buffers)
        }
    }

    /// The part that a task of the first phase belongs to; nil if that phase is of a part of its own.
    private func partIndex(ofFirstPhase task: Int) -> Int? {
        guard !together.isEmpty else { return nil }
        return together[lastIndex(together.count) { parts[together[$0]].firstTask ?? 0 <= task }]
    }

    private func run(_ part: Part, phase: Int, task: Int, _ worker: Int, _ buffers: Buffers) {
        part.method.run(
            phase: phase, task: task, worker: worker,
            buffers: buffers.moved(
                input: part.inputOffset, weights: part.weightOffset, output: part.outputOffset))
    }
}

/// The last of `count` indices that a predicate holds for, which holds for all before it.
private func lastIndex(_ count: Int, where holds: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while high - low > 1 {
        let middle = (low + high) / 2
        if holds(middle) { low = middle } else { high = middle }
    }
    return low
}
