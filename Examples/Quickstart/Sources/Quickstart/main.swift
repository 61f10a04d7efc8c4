// SPDX-License-Identifier: Apache-2.0

import Convolution

let x = try Tensor.arange(16).view([1, 1, 16])  // N, C, L
let w = try Tensor([0.1, 0.2, 0.3], shape: [1, 1, 3])  // K, C, kernel
let y = try conv1d(x, weight: w)
print(y)

let layer = try Conv2d(8, 14, kernelSize: [3, 2], stride: [2, 1])
let z = try layer(Tensor.ones([5, 8, 10, 5]))
print(layer, z.shape)
