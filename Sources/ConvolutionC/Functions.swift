// SPDX-License-Identifier: Apache-2.0

// The functions of convolution.h, by their names in C.

import CConvolutionInterface
import Convolution

private let version = CText(ConvolutionLibrary.version)

/// `convolution_version`, as convolution.h describes it.
@_cdecl("convolution_version")
public func convolutionVersion() -> UnsafePointer<CChar> { version.pointer }

/// `convolution_interface_version`, as convolution.h describes it.
@_cdecl("convolution_interface_version")
public func convolutionInterfaceVersion() -> Int32 { CONVOLUTION_INTERFACE_VERSION }

// MARK: A convolution

/// `convolution_description_init`, as convolution.h describes it.
@_cdecl("convolution_description_init")
public func convolutionDescriptionInit(
    _ description: UnsafeMutablePointer<convolution_description>?, _ size: Int
) -> convolution_status {
    status { try Description.initialize(description, size: size) }
}

/// `convolution_output_shape`, as convolution.h describes it.
@_cdecl("convolution_output_shape")
public func convolutionOutputShape(
    _ description: UnsafePointer<convolution_description>?, _ shape: UnsafeMutablePointer<Int64>?, _ capacity: Int,
    _ axes: UnsafeMutablePointer<Int>?
) -> convolution_status {
    status { try store(Description(description).problem().outputShape, shape, capacity, axes) }
}

/// Stores a shape where a program wants it.
private func store(
    _ values: [Int], _ shape: UnsafeMutablePointer<Int64>?, _ capacity: Int, _ axes: UnsafeMutablePointer<Int>?
) throws(CallError) {
    axes?.pointee = values.count
    guard values.count <= capacity else {
        throw CallError("capacity", "a shape of \(values.count) axes does not fit into \(UInt(bitPattern: capacity))")
    }
    guard let shape else { throw .null("shape") }
    for (index, value) in values.enumerated() { shape[index] = Int64(value) }
}

// MARK: Plans

/// `convolution_plan_create`, as convolution.h describes it.
@_cdecl("convolution_plan_create")
public func convolutionPlanCreate(
    _ description: UnsafePointer<convolution_description>?, _ plan: UnsafeMutablePointer<OpaquePointer?>?
) -> convolution_status {
    create(plan) { try Description(description).plan() }
}

/// `convolution_plan_resize`, as convolution.h describes it.
@_cdecl("convolution_plan_resize")
public func convolutionPlanResize(
    _ plan: OpaquePointer?, _ batch: Int64, _ size: convolution_integers,
    _ resized: UnsafeMutablePointer<OpaquePointer?>?
) -> convolution_status {
    create(resized) {
        let size = try Description.list(size, "size")
        return try PlanHandle.of(plan).plan.resized(batch: Int(batch), inputSize: size)
    }
}

private func create(
    _ place: UnsafeMutablePointer<OpaquePointer?>?, _ make: () throws -> ConvolutionPlan
) -> convolution_status {
    status {
        guard let place else { throw CallError.null("plan") }
        place.pointee = nil
        place.pointee = PlanHandle(try make()).retained()
    }
}

/// `convolution_plan_destroy`, as convolution.h describes it.
@_cdecl("convolution_plan_destroy")
public func convolutionPlanDestroy(_ plan: OpaquePointer?) {
    if let plan { PlanHandle.destroy(plan) }
}

/// `convolution_plan_workspace_bytes`, as convolution.h describes it.
@_cdecl("convolution_plan_workspace_bytes")
public func convolutionPlanWorkspaceBytes(_ plan: OpaquePointer?) -> Int {
    (try? PlanHandle.of(plan))?.plan.workspaceBytes ?? 0
}

/// `convolution_plan_run`, as convolution.h describes it.
@_cdecl("convolution_plan_run")
public func convolutionPlanRun(
    _ plan: OpaquePointer?, _ input: UnsafePointer<Float>?, _ inputCount: Int, _ residual: UnsafePointer<Float>?,
    _ residualCount: Int, _ output: UnsafeMutablePointer<Float>?, _ outputCount: Int,
    _ workspace: UnsafeMutableRawPointer?, _ workspaceBytes: Int
) -> convolution_status {
    status {
        let call = RunCall(
            input: input, inputCount: inputCount, residual: residual, residualCount: residualCount, output: output,
            outputCount: outputCount, workspace: workspace, workspaceBytes: workspaceBytes)
        try PlanHandle.of(plan).run(call)
    }
}

/// `convolution_plan_input_shape`, as convolution.h describes it.
@_cdecl("convolution_plan_input_shape")
public func convolutionPlanInputShape(
    _ plan: OpaquePointer?, _ shape: UnsafeMutablePointer<Int64>?, _ capacity: Int, _ axes: UnsafeMutablePointer<Int>?
) -> convolution_status {
    status { try store(PlanHandle.of(plan).plan.problem.inputShape, shape, capacity, axes) }
}

/// `convolution_plan_output_shape`, as convolution.h describes it.
@_cdecl("convolution_plan_output_shape")
public func convolutionPlanOutputShape(
    _ plan: OpaquePointer?, _ shape: UnsafeMutablePointer<Int64>?, _ capacity: Int, _ axes: UnsafeMutablePointer<Int>?
) -> convolution_status {
    status { try store(PlanHandle.of(plan).plan.problem.outputShape, shape, capacity, axes) }
}

/// `convolution_plan_algorithm`, as convolution.h describes it.
@_cdecl("convolution_plan_algorithm")
public func convolutionPlanAlgorithm(_ plan: OpaquePointer?) -> UnsafePointer<CChar>? {
    (try? PlanHandle.of(plan))?.algorithm.pointer
}

/// `convolution_plan_instruction_set`, as convolution.h describes it.
@_cdecl("convolution_plan_instruction_set")
public func convolutionPlanInstructionSet(_ plan: OpaquePointer?) -> UnsafePointer<CChar>? {
    (try? PlanHandle.of(plan))?.instructionSet.pointer
}

/// `convolution_plan_kernel`, as convolution.h describes it.
@_cdecl("convolution_plan_kernel")
public func convolutionPlanKernel(_ plan: OpaquePointer?) -> UnsafePointer<CChar>? {
    (try? PlanHandle.of(plan))?.kernel.pointer
}

/// `convolution_plan_threads`, as convolution.h describes it.
@_cdecl("convolution_plan_threads")
public func convolutionPlanThreads(_ plan: OpaquePointer?) -> Int64 {
    Int64((try? PlanHandle.of(plan))?.plan.threads ?? 0)
}
