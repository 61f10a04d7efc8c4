// SPDX-License-Identifier: Apache-2.0

import Benchmark
import PlanBenchmarks
import PlanCases

/// Layers of networks as a plan computes them by itself, on one thread and on two.
let benchmarks: @Sendable () -> Void = {
    let names = [
        "resnet50.s1.3x3", "resnet50.s3.1x1", "resnext50.g32", "mobilenetv2.dw14", "encodec.stem", "tcn.dw.k31",
        "x3d.dw", "unet3d.1", "dcgan.g4", "unet.up2",
    ]
    do {
        for threads in 1...2 {
            for planCase in try PlanCase.layers(named: names, threads: threads) { planCase.registerBenchmark() }
        }
    } catch {
        fatalError("\(error)")
    }
}
