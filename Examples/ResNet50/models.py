# SPDX-License-Identifier: Apache-2.0
"""ResNet-50 and MobileNetV2 in PyTorch, with torchvision's layers and names, which is not needed; their parameters are
random ones of a seed (parameters.py)."""

import torch
from parameters import parameter
from torch import nn


def norm_of(convolution, activation=None):
    layers = [convolution, nn.BatchNorm2d(convolution.out_channels)]
    return nn.Sequential(*layers, *([activation] if activation else []))


class Bottleneck(nn.Module):
    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.relu = nn.ReLU()
        self.downsample = norm_of(nn.Conv2d(channels, 4 * width, 1, stride, bias=False)) \
            if channels != 4 * width else None

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + (self.downsample(x) if self.downsample else x))


class ResNet50(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels = 64
        for stage, (width, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)]):
            layers = []
            for block in range(blocks):
                layers.append(Bottleneck(channels, width, 2 if stage > 0 and block == 0 else 1))
                channels = 4 * width
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(2048, 1000)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class InvertedResidual(nn.Module):
    def __init__(self, channels, out_channels, expansion, stride):
        super().__init__()
        width = channels * expansion
        layers = [norm_of(nn.Conv2d(channels, width, 1, bias=False), nn.ReLU6())] if expansion > 1 else []
        layers.append(norm_of(nn.Conv2d(width, width, 3, stride, 1, groups=width, bias=False), nn.ReLU6()))
        layers += [nn.Conv2d(width, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels)]
        self.conv = nn.Sequential(*layers)
        self.adds = stride == 1 and channels == out_channels

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [norm_of(nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.ReLU6())]
        channels = 32
        for expansion, out_channels, count, stride in [
                (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
                (6, 320, 1, 1)]:
            for block in range(count):
                layers.append(InvertedResidual(channels, out_channels, expansion, stride if block == 0 else 1))
                channels = out_channels
        layers.append(norm_of(nn.Conv2d(channels, 1280, 1, bias=False), nn.ReLU6()))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


NETWORKS = {"resnet50": ResNet50, "mobilenetv2": MobileNetV2}


def make(name, seed=1):
    """The network, ready to answer, with the parameters of a seed."""
    model = NETWORKS[name]()
    state = model.state_dict()
    for key, tensor in state.items():
        if not key.endswith("num_batches_tracked"):
            state[key] = torch.from_numpy(parameter(key, tuple(tensor.shape), seed))
    model.load_state_dict(state)
    return model.eval()
