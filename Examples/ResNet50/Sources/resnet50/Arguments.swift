// SPDX-License-Identifier: Apache-2.0

import Convolution
import ResNet50Network

/// What the program is asked for.
struct Arguments {
    static let usage = """
        usage: resnet50 [--network resnet50|mobilenetv2] [--weights FILE] [--input FILE] [--size N]
                        [--threads N] [--channels-last] [--runs N]
               resnet50 --check FILE

          --network NAME    which network (default: resnet50)
          --weights FILE    its state dict as .safetensors, by torchvision's names; random numbers without
          --input FILE      normalised images (N, 3, H, W), as .npy, .npz or .safetensors; random ones without
          --size N          height and width of the random image (default: 224)
          --threads N       at most so many threads (default: one for each core)
          --channels-last   computes with the channels last
          --runs N          times the network so often (default: 20)
          --check FILE      compares both networks, of random weights, with PyTorch's answers in goldens.safetensors

        """

    /// A wrong command, as a sentence.
    struct Fault: Error {
        let message: String
    }

    var network = ImageClassifier.Architecture.resnet50
    var weights: String?
    var input: String?
    var size = 224
    var options = ConvolutionOptions()
    var layout = TensorLayout.channelsFirst
    var runs = 20
    var check: String?
    var wantsHelp = false

    init(_ arguments: [String]) throws(Fault) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            switch option {
            case "--network": network = try Self.architecture(of: option, &rest)
            case "--weights": weights = try Self.value(of: option, &rest)
            case "--input": input = try Self.value(of: option, &rest)
            case "--size": size = try Self.number(of: option, &rest)
            case "--threads": options.threads = try Self.number(of: option, &rest)
            case "--channels-last": layout = .channelsLast
            case "--runs": runs = try Self.number(of: option, &rest)
            case "--check": check = try Self.value(of: option, &rest)
            case "--help", "-h": wantsHelp = true
            default: throw Fault(message: "there is no option '\(option)'")
            }
        }
    }

    private static func value(of option: String, _ rest: inout ArraySlice<String>) throws(Fault) -> String {
        guard let value = rest.popFirst() else { throw Fault(message: "\(option) needs a value") }
        return value
    }

    private static func architecture(
        of option: String, _ rest: inout ArraySlice<String>
    ) throws(Fault) -> ImageClassifier.Architecture {
        let name = try value(of: option, &rest)
        guard let architecture = ImageClassifier.Architecture(rawValue: name) else {
            throw Fault(message: "\(option) is '\(name)', not resnet50 or mobilenetv2")
        }
        return architecture
    }

    private static func number(of option: String, _ rest: inout ArraySlice<String>) throws(Fault) -> Int {
        let text = try value(of: option, &rest)
        guard let number = Int(text), (1...1_000_000).contains(number) else {
            throw Fault(message: "\(option) is '\(text)', not a whole number from 1 to 1000000")
        }
        return number
    }
}
