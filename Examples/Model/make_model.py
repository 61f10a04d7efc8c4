#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes model.safetensors and example.safetensors with PyTorch: a small network's weights, an image and its answer.

Needs torch and safetensors from PyPI. Without a training loop, the weights are PyTorch's initial ones.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 8, kernel_size=3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.depthwise = nn.Conv2d(8, 8, kernel_size=3, padding=1, groups=8, padding_mode="reflect")
        self.pointwise = nn.Conv2d(8, 8, kernel_size=1)
        self.head = nn.Conv2d(8, 10, kernel_size=1)

    def forward(self, images):
        x = torch.relu(self.norm(self.stem(images)))
        y = torch.relu(self.pointwise(self.depthwise(x)) + x)
        return self.head(y).mean(dim=(2, 3))


def main():
    folder = Path(__file__).parent
    torch.manual_seed(0)
    model = Network()
    # What training would have left in them.
    model.norm.running_mean.normal_()
    model.norm.running_var.uniform_(0.5, 2)

    image = torch.randn(1, 1, 28, 28)
    scores = model.eval()(image).detach()
    save_file({"image": image, "scores": scores}, folder / "example.safetensors")

    model.eval()
    model.stem = fuse_conv_bn_eval(model.stem, model.norm)
    del model.norm
    save_file(model.state_dict(), folder / "model.safetensors")


if __name__ == "__main__":
    main()
