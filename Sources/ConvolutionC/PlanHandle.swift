// SPDX-License-Identifier: Apache-2.0

import Convolution

/// What a `convolution_plan` points to.
final class PlanHandle: Sendable {
    let plan: ConvolutionPlan
    let algorithm: CText
    let instructionSet: CText
    let kernel: CText

    init(_ plan: ConvolutionPlan) {
        self.plan = plan
        algorithm = CText(plan.algorithm.rawValue)
        instructionSet = CText(plan.instructionSet.rawValue)
        kernel = CText(plan.kernelName)
    }

    /// The pointer that a program gets, which keeps the plan until it is destroyed.
    func retained() -> OpaquePointer { OpaquePointer(Unmanaged.passRetained(self).toOpaque()) }

    static func destroy(_ pointer: OpaquePointer) {
        Unmanaged<PlanHandle>.fromOpaque(UnsafeRawPointer(pointer)).release()
    }

    static func of(_ pointer: OpaquePointer?) throws(CallError) -> PlanHandle {
        guard let pointer else { throw .null("plan") }
        return Unmanaged<PlanHandle>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }

    /// Runs the plan on what a program points to.
    func run(_ call: RunCall) throws {
        let problem = plan.problem
        // By their counts first: a wrong one is then told as such, and not as a pointer's fault.
        func require(_ count: Int, _ expected: Int, _ tensor: String) throws(ConvolutionError) {
            guard count == expected else { throw .countMismatch(tensor: tensor, expected: expected, got: count) }
        }
        try require(call.inputCount, problem.inputCount, "input")
        try require(call.outputCount, problem.outputCount, "output")
        let hasResidual = call.residual != nil || call.residualCount != 0
        if hasResidual { try require(call.residualCount, problem.outputCount, "residual") }
        let input = try floats(call.input, call.inputCount, "input")
        let residual = hasResidual ? try floats(call.residual, call.residualCount, "residual") : nil
        let output = try floats(UnsafePointer(call.output), call.outputCount, "output")
        let workspace = try call.floatsOfWorkspace()
        // One by one: a run allocates nothing, and a list only as long as the optimiser puts it on the stack.
        try requireApart(input, "input", output, "output")
        if let residual { try requireApart(residual, "residual", output, "output") }
        if let workspace {
            let workspace = UnsafeBufferPointer(workspace)
            try requireApart(workspace, "workspace", output, "output")
            try requireApart(input, "input", workspace, "workspace")
            if let residual { try requireApart(residual, "residual", workspace, "workspace") }
        }
        var elements = UnsafeMutableBufferPointer(mutating: output).mutableSpan
        if let workspace {
            var scratch = workspace.mutableSpan
            try plan.run(
                input: input.span, residual: residual?.span, output: &elements, workspace: &scratch)
        } else {
            try plan.run(input: input.span, residual: residual?.span, output: &elements)
        }
    }
}

/// The arguments of `convolution_plan_run`.
struct RunCall {
    let input: UnsafePointer<Float>?
    let inputCount: Int
    let residual: UnsafePointer<Float>?
    let residualCount: Int
    let output: UnsafeMutablePointer<Float>?
    let outputCount: Int
    let workspace: UnsafeMutableRawPointer?
    let workspaceBytes: Int

    /// The workspace that is brought; nil for the plan's own.
    func floatsOfWorkspace() throws -> UnsafeMutableBufferPointer<Float>? {
        guard let workspace else {
            if workspaceBytes != 0 { throw CallError.null("workspace") }
            return nil
        }
        let alignment = ConvolutionPlan.workspaceAlignment
        guard UInt(bitPattern: workspace).isMultiple(of: UInt(alignment)) else {
            throw ConvolutionError.workspaceMisaligned(address: UInt(bitPattern: workspace), alignment: alignment)
        }
        // A size beyond those of Swift is of no memory that there is.
        guard workspaceBytes >= 0 else {
            throw CallError("workspaceBytes", "workspace_bytes is \(UInt(bitPattern: workspaceBytes))")
        }
        let count = workspaceBytes / MemoryLayout<Float>.stride
        return UnsafeMutableBufferPointer(start: workspace.assumingMemoryBound(to: Float.self), count: count)
    }
}

/// A string that C may point to as long as the value lives.
final class CText: Sendable {
    // Written by its maker alone.
    nonisolated(unsafe) let pointer: UnsafePointer<CChar>

    init(_ text: String) {
        let bytes = text.utf8CString
        let memory = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (index, byte) in bytes.enumerated() { memory[index] = byte }
        pointer = UnsafePointer(memory)
    }

    deinit { pointer.deallocate() }
}

/// Refuses floats that share memory with others.
private func requireApart(
    _ first: UnsafeBufferPointer<Float>, _ firstName: String, _ second: UnsafeBufferPointer<Float>,
    _ secondName: String
) throws(CallError) {
    guard let one = first.baseAddress, let other = second.baseAddress, !first.isEmpty, !second.isEmpty,
        one < other + second.count, other < one + first.count
    else { return }
    throw .overlap(firstName, secondName)
}
