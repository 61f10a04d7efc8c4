// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution
import Foundation

/// The tables that come with the tool. Resources/layers/README.md has their sources.
enum Network: String, CaseIterable, Sendable, ExpressibleByArgument {
    case resnet18
    case resnet50
    case vgg16
    case mobilenetv1
    case mobilenetv2
    case efficientnetb0
    case unet
    case whisper
    case wavenet
    case crepe
    case encodec
    /// Transposed layers of several networks, and layers along three axes.
    case family
    /// Representative layers of many networks, 1-D ones among them.
    case mixed

    /// What it is, on one line.
    var summary: String {
        switch self {
        case .resnet18: "ResNet-18 (He et al. 2015), 224 x 224"
        case .resnet50: "ResNet-50 (He et al. 2015), 224 x 224"
        case .vgg16: "VGG-16 (Simonyan, Zisserman 2014), 224 x 224"
        case .mobilenetv1: "MobileNetV1 (Howard et al. 2017), 224 x 224"
        case .mobilenetv2: "MobileNetV2 (Sandler et al. 2018), 224 x 224"
        case .efficientnetb0: "EfficientNet-B0 (Tan, Le 2019), 224 x 224"
        case .unet: "U-Net (Ronneberger et al. 2015), 572 x 572"
        case .whisper: "Whisper base, encoder stem (Radford et al. 2022)"
        case .wavenet: "WaveNet (van den Oord et al. 2016), 1 s at 16 kHz"
        case .crepe: "CREPE (Kim et al. 2018), 8 frames"
        case .encodec: "EnCodec encoder (Defossez et al. 2022), 1 s at 24 kHz"
        case .family: "transposed layers, and layers along three axes"
        case .mixed: "layers of many networks that differ in shape"
        }
    }

    /// The bytes of the network's table.
    var table: [UInt8] {
        switch self {
        case .resnet18: PackageResources.resnet18_json
        case .resnet50: PackageResources.resnet50_json
        case .vgg16: PackageResources.vgg16_json
        case .mobilenetv1: PackageResources.mobilenetv1_json
        case .mobilenetv2: PackageResources.mobilenetv2_json
        case .efficientnetb0: PackageResources.efficientnetb0_json
        case .unet: PackageResources.unet_json
        case .whisper: PackageResources.whisper_json
        case .wavenet: PackageResources.wavenet_json
        case .crepe: PackageResources.crepe_json
        case .encodec: PackageResources.encodec_json
        case .family: PackageResources.family_json
        case .mixed: PackageResources.layers_json
        }
    }
}

/// What `--network` takes: a network, or `list`.
enum NetworkArgument: ExpressibleByArgument, Equatable, Sendable {
    case list
    case network(Network)

    init?(argument: String) {
        if argument == "list" {
            self = .list
        } else if let network = Network(rawValue: argument) {
            self = .network(network)
        } else {
            return nil
        }
    }

    static var allValueStrings: [String] { Network.allCases.map(\.rawValue) + ["list"] }

    static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}

extension [Layer] {
    /// Multiplications of all their direct convolutions, each as often as its network has it.
    var multiplications: Double {
        get throws { try map { try $0.problem().multiplications * Double($0.multiplicity) }.reduce(0, +) }
    }
}
