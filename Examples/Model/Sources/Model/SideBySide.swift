// SPDX-License-Identifier: Apache-2.0

import Convolution

/// Calls of PyTorch and what they are in Swift, as the article "Coming from PyTorch" has them.
func sideBySide() throws {
    // x = torch.arange(16.).view(1, 1, 16)
    let x = try Tensor.arange(16).view(1, 1, 16)
    // w = torch.tensor([0.1, 0.2, 0.3]).view(1, 1, 3)
    let w = try Tensor([0.1, 0.2, 0.3], shape: [1, 1, 3])
    // y = F.conv1d(x, w, stride=2, padding=1)
    let y = try conv1d(x, weight: w, stride: 2, padding: 1)
    // print(y)
    print(y)

    // images, kernels, bias = torch.randn(5, 8, 10, 5), torch.ones(14, 8, 3, 2), torch.zeros(14)
    let (images, kernels, bias) = try (Tensor.randn(5, 8, 10, 5), Tensor.ones(14, 8, 3, 2), Tensor.zeros(14))
    // z = F.conv2d(images, kernels, bias, stride=(2, 1), dilation=1)
    let z = try conv2d(images, weight: kernels, bias: bias, stride: [2, 1], dilation: 1)
    // print(z.shape)
    print(z.shape)

    // clip, filters = torch.randn(1, 3, 8, 28, 28), torch.randn(16, 3, 3, 7, 7)
    let (clip, filters) = try (Tensor.randn(1, 3, 8, 28, 28), Tensor.randn(16, 3, 3, 7, 7))
    // v = F.conv3d(clip, filters, stride=(1, 2, 2), padding=(1, 3, 3))
    let v = try conv3d(clip, weight: filters, stride: [1, 2, 2], padding: [1, 3, 3])
    // print(v.shape)
    print(v.shape)

    // back = F.conv_transpose2d(z, kernels, stride=(2, 1), output_padding=(1, 0))
    let back = try convTranspose2d(z, weight: kernels, stride: [2, 1], outputPadding: [1, 0])
    // print(back.shape)
    print(back.shape)

    // conv = nn.Conv2d(8, 14, (3, 2), stride=(2, 1))
    let conv = try Conv2d(8, 14, kernelSize: [3, 2], stride: [2, 1])
    // print(conv, conv(images).shape)
    print(conv, try conv(images).shape)

    // up = nn.ConvTranspose2d(14, 8, (3, 2), stride=(2, 1))
    let up = try ConvTranspose2d(14, 8, kernelSize: [3, 2], stride: [2, 1])
    // print(up, up(z, output_size=(10, 5)).shape)
    print(up, try up(z, outputSize: [10, 5]).shape)

    // k = 3; conv = nn.Conv1d(4, 8, k, padding="same", padding_mode="circular")
    let k = 3
    let line = try Conv1d(4, 8, kernelSize: k, padding: .same, paddingMode: .circular)
    // conv.weight.shape, conv.weight[0, 0, 0].item()
    print(line.weight.shape, line.weight[0, 0, 0].isFinite)
}
