// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

// swift run Model [folder with model.safetensors and example.safetensors]
let folder = CommandLine.arguments.dropFirst().first ?? "."
let model = folder + "/model.safetensors"

print("-- Side by side")
try sideBySide()

print("-- The model")
let network = try Network(contentsOf: model)
let example = try SafetensorsFile(contentsOf: folder + "/example.safetensors").tensors()
guard let image = example["image"], let expected = example["scores"] else {
    fatalError("the example has other tensors")
}
let scores = try network(image)
print(scores)
let difference = zip(scores.elements, expected.elements).map { abs($0 - $1) }.max() ?? .infinity
guard difference < 1e-5 else { fatalError("PyTorch answers \(expected)") }
print("as PyTorch answers")

print("-- The service")
let service = try Service(modelAt: model)
let body = image.elements.withUnsafeBytes { Data($0) }
let answers = try await withThrowingTaskGroup(of: [Float].self) { group in
    for _ in 0..<32 {
        group.addTask { try service.answer(body) }
    }
    var answers: [[Float]] = []
    for try await answer in group { answers.append(answer) }
    return answers
}
guard answers.allSatisfy({ $0 == answers[0] }), zip(answers[0], expected.elements).allSatisfy({ abs($0 - $1) < 1e-5 })
else { fatalError("the service answers \(answers)") }
print("\(answers.count) requests answered")
do {
    _ = try service.answer(Data(count: 100))
} catch let error as ConvolutionError {
    print("error:", error)
}

print("-- A layer")
let stem = network.stem
var sums: [Float] = []
try forEachOutput(of: stem, on: [image, image]) { output in sums.append(output.elements.reduce(0, +)) }
guard sums.count == 2, sums[0] == sums[1] else { fatalError("the same image gives \(sums)") }
let serial = try Network(contentsOf: model, options: .init(executor: .serial))
try serial.prepare(inputShape: image.shape)
describe(serial.stem)
