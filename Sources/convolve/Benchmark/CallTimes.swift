// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution

/// What can be timed of a convolution besides the run of a prepared plan.
enum TimedCall: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// A prepared plan, run warm: always timed.
    case prepared
    /// Making a plan: choosing an algorithm, packing the weights, allocating the workspace.
    case plan
    /// The first run of a plan just made.
    case first
    /// conv1d, conv2d or conv3d: all of it at once, and a new output.
    case functional
}

/// A list of calls, or `all`.
struct TimedCalls: ExpressibleByArgument, Equatable, Sendable {
    let calls: Set<TimedCall>

    static let prepared = TimedCalls(calls: [.prepared])

    init(calls: Set<TimedCall>) { self.calls = calls }

    init?(argument: String) {
        if argument == "all" {
            calls = Set(TimedCall.allCases)
        } else if let list = ValueList<TimedCall>(argument: argument) {
            calls = Set(list.values)
        } else {
            return nil
        }
    }

    /// Whether anything but the prepared run is wanted.
    var areMore: Bool { !calls.subtracting([.prepared]).isEmpty }

    var defaultValueDescription: String {
        TimedCall.allCases.filter(calls.contains).map(\.rawValue).joined(separator: ",")
    }

    static var allValueStrings: [String] { TimedCall.allCases.map(\.rawValue) + ["all"] }

    static var defaultCompletionKind: CompletionKind { .commaSeparated(allValueStrings) }
}

/// Medians of the calls around a prepared run, in seconds.
struct CallTimes: Equatable, Sendable {
    var plan: Double?
    var first: Double?
    var functional: Double?
}

extension LayerBenchmark {
    /// Times the calls around a prepared run, in turns.
    func measureCalls(
        _ prepared: Prepared, _ wanted: TimedCalls, minimumTime: Double, repetitions: Int?
    ) throws -> CallTimes {
        guard wanted.areMore else { return CallTimes() }
        let options = prepared.candidate.options
        let clock = ContinuousClock()
        let start = clock.now
        var (plans, firsts, functionals) = ([Double](), [Double](), [Double]())
        var output = try Tensor.zeros(problem.outputShape)
        func isEnough(_ count: Int) -> Bool {
            if let repetitions { return count >= repetitions }
            if count >= Schedule.most { return true }
            let elapsed = (clock.now - start) / .seconds(1)
            return elapsed > minimumTime && (count >= Schedule.fewest || elapsed > 2 * minimumTime)
        }
        repeat {
            if wanted.calls.contains(.plan) || wanted.calls.contains(.first) {
                let begin = clock.now
                let plan = try ConvolutionPlan(problem, weight: weight, options: options)
                plans.append((clock.now - begin) / .seconds(1))
                if wanted.calls.contains(.first) { firsts.append(try time(plan, runs: 1, &output)) }
            }
            if wanted.calls.contains(.functional) {
                let begin = clock.now
                try callFunction(options)
                functionals.append((clock.now - begin) / .seconds(1))
            }
        } while !isEnough(max(plans.count, functionals.count))
        func median(_ times: [Double], of call: TimedCall) -> Double? {
            wanted.calls.contains(call) && !times.isEmpty ? Timings(times).median : nil
        }
        return CallTimes(
            plan: median(plans, of: .plan), first: median(firsts, of: .first),
            functional: median(functionals, of: .functional))
    }

    private func callFunction(_ options: ConvolutionOptions) throws {
        let geometry = layer.geometry
        let padding = try geometry.padding.library(rank: layer.rank)
        if problem.isTransposed {
            try callTransposed(geometry, padding, options)
            return
        }
        switch layer.rank {
        case 1:
            _ = try conv1d(
                input, weight: weight, stride: geometry.stride, padding: padding, dilation: geometry.dilation,
                groups: geometry.groups, layout: layer.tensorLayout, options: options)
        case 2:
            _ = try conv2d(
                input, weight: weight, stride: geometry.stride, padding: padding, dilation: geometry.dilation,
                groups: geometry.groups, layout: layer.tensorLayout, options: options)
        default:
            _ = try conv3d(
                input, weight: weight, stride: geometry.stride, padding: padding, dilation: geometry.dilation,
                groups: geometry.groups, layout: layer.tensorLayout, options: options)
        }
    }

    private func callTransposed(_ geometry: Geometry, _ padding: Padding, _ options: ConvolutionOptions) throws {
        switch layer.rank {
        case 1:
            _ = try convTranspose1d(
                input, weight: weight, stride: geometry.stride, padding: padding,
                outputPadding: geometry.outputPadding, groups: geometry.groups, dilation: geometry.dilation,
                layout: layer.tensorLayout, options: options)
        case 2:
            _ = try convTranspose2d(
                input, weight: weight, stride: geometry.stride, padding: padding,
                outputPadding: geometry.outputPadding, groups: geometry.groups, dilation: geometry.dilation,
                layout: layer.tensorLayout, options: options)
        default:
            _ = try convTranspose3d(
                input, weight: weight, stride: geometry.stride, padding: padding,
                outputPadding: geometry.outputPadding, groups: geometry.groups, dilation: geometry.dilation,
                layout: layer.tensorLayout, options: options)
        }
    }
}

/// The calls around the prepared run of each layer: of what `auto` takes, since that is what a user's call does.
struct CallsView {
    private let results: [LayerResult]

    init(_ results: [LayerResult]) {
        self.results = results
    }

    private var table: TextTable? {
        let rows = results.flatMap { result in
            result.settings.compactMap { result.automaticChoice(in: $0) ?? result.fastest(in: $0) }
        }
        guard rows.contains(where: { $0.planMs != nil || $0.firstRunMs != nil || $0.functionalMs != nil }) else {
            return nil
        }
        let hasSettings = results.flatMap(\.settings).uniqued().count > 1
        var table = TextTable([
            TextTable.Column("layer"), TextTable.Column("setting", dispensable: hasSettings ? nil : 2),
            TextTable.Column("algorithm", dispensable: 1), TextTable.Column("prepared", .right),
            TextTable.Column("plan", .right), TextTable.Column("first run", .right),
            TextTable.Column("function", .right), TextTable.Column("x prepared", .right, dispensable: 3),
        ])
        for row in rows {
            table.add([
                singleLine(row.layer), "\(row.isa), \(row.threads)", row.resolved, compact(row.medianMs),
                row.planMs.map(compact) ?? "-", row.firstRunMs.map(compact) ?? "-",
                row.functionalMs.map(compact) ?? "-",
                row.functionalMs.map { row.medianMs > 0 ? fixed($0 / row.medianMs, 2) : "-" } ?? "-",
            ])
        }
        return table
    }

    private static let explanation = """
        Times in ms. plan: choosing and packing; first run: of a plan just made; function: conv1d, conv2d or conv3d with the \
        weights as they are, a new output included.
        """

    func text(style: Style) -> String {
        guard let table else { return "" }
        let lines = style.paragraph(CallsView.explanation, indent: 2)
        return style.bold("Calls around the prepared run") + "\n" + table.text(style: style, indent: 2)
            + style.faint(lines)
    }

    var markdown: String {
        guard let table else { return "" }
        return "Calls around the prepared run. " + CallsView.explanation + "\n\n"
            + table.markdown
    }
}
