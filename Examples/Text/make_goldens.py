#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes Goldens: images with text, and what ONNX Runtime and rapidocr make of them.

Needs numpy, onnxruntime, Pillow, safetensors and rapidocr-onnxruntime 1.4.4 from PyPI; the model is the one of that
package, which weights.py takes the weights from.
"""

import json
import math
from pathlib import Path

import numpy as np
import onnxruntime
import rapidocr_onnxruntime
from PIL import Image, ImageDraw, ImageFont
from rapidocr_onnxruntime import RapidOCR
from safetensors.numpy import save_file

FOLDER = Path(__file__).resolve().parent / "Goldens"
MODEL = Path(rapidocr_onnxruntime.__file__).parent / "models/ch_PP-OCRv4_det_infer.onnx"


def write(image: Image.Image, text: str, place: tuple, size: int, colour: tuple, angle: float = 0):
    """Writes a line around a place, turned by degrees."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    line = Image.new("L", (right + 8, bottom + 8))
    ImageDraw.Draw(line).text((4, 4), text, fill=255, font=font)
    line = line.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    image.paste(colour, (place[0] - line.width // 2, place[1] - line.height // 2), line)


def sign() -> Image.Image:
    """A sign at a wall, with lines of several sizes, colours and angles."""
    wall = Image.new("RGB", (640, 420))
    draw = ImageDraw.Draw(wall)
    for y in range(420):
        draw.line((0, y, 640, y), fill=(190 - y // 6, 170 - y // 6, 150 - y // 8))
    for row in range(0, 420, 28):
        for column in range(-32 + row // 28 % 2 * 32, 640, 64):
            draw.rectangle((column, row, column + 62, row + 26), outline=(140, 110, 95))
    draw.rounded_rectangle((60, 50, 430, 330), 18, fill=(20, 60, 110), outline=(240, 240, 235), width=5)
    white, yellow = (245, 245, 240), (250, 205, 60)
    write(wall, "CONVOLUTION", (245, 100), 44, white)
    write(wall, "Street 3 x 3", (245, 160), 30, yellow)
    write(wall, "stride 2, padding 1", (245, 212), 24, white)
    write(wall, "open daily from 8 to 18", (245, 262), 18, white)
    write(wall, "no dogs", (160, 300), 15, yellow)
    write(wall, "no bikes", (330, 300), 15, yellow)
    write(wall, "SALE", (535, 120), 54, (190, 30, 40), 18)
    write(wall, "this way up", (540, 260), 26, (30, 60, 40), -32)
    write(wall, "EXIT", (610, 350), 22, (40, 40, 40), 90)
    write(wall, "Pixels are sold by the dozen.", (250, 380), 22, (40, 30, 30), 2)
    return wall


def banner() -> Image.Image:
    """More than eight times as wide as high."""
    image = Image.new("L", (480, 40), 235)
    text = "A banner is wide, and seldom high:  7.5 m"
    ImageDraw.Draw(image).text((12, 8), text, fill=30, font=ImageFont.load_default(20))
    return image


def note() -> Image.Image:
    """Higher than wide, with lines around the edges."""
    image = Image.new("RGB", (150, 260), (252, 244, 190))
    for row, (text, size) in enumerate([("Milk", 26), ("Bread", 22), ("12 apples", 18), ("a kernel", 20), ("Tea", 30)]):
        write(image, text, (75, 30 + 50 * row), size, (60, 50, 120), (row - 2) * 4)
    return image


def ring() -> Image.Image:
    """Letters on a circle, whose middle is no text."""
    image = Image.new("RGB", (360, 360), (230, 235, 240))
    for index, letter in enumerate("around and around and around "):
        angle = 2 * math.pi * index / 29
        place = (180 + round(120 * math.sin(angle)), 180 - round(120 * math.cos(angle)))
        write(image, letter, place, 30, (20, 20, 20), -math.degrees(angle))
    return image


def main():
    FOLDER.mkdir(exist_ok=True)
    images = {"sign.png": sign(), "banner.png": banner(), "note.png": note(), "ring.png": ring()}
    reader = RapidOCR()
    answers = []
    for name, image in images.items():
        image.save(FOLDER / name, optimize=True)
        boxes, _ = reader(FOLDER / name, use_cls=False, use_rec=False)
        answers.append({"image": name, "boxes": boxes or []})
    lines = ",\n".join(json.dumps(answer) for answer in answers)
    (FOLDER / "boxes.json").write_text(f"[\n{lines}\n]\n")

    session = onnxruntime.InferenceSession(MODEL, providers=["CPUExecutionProvider"])
    goldens = {}
    # Parts of the sign as the network would take them, of sizes that share none of their sides.
    pixels = np.asarray(images["sign.png"])[..., ::-1]
    for name, (y, x, height, width) in {"wide": (128, 160, 64, 192), "high": (64, 500, 128, 64)}.items():
        samples = np.ascontiguousarray(pixels[y : y + height, x : x + width].transpose(2, 0, 1)[None])
        planes = ((samples.astype(np.float32) / 255 - 0.5) / 0.5).astype(np.float32)
        (likelihoods,) = session.run(None, {"x": planes})
        goldens |= {f"{name}.samples": samples, f"{name}.likelihoods": likelihoods}
    detector = reader.text_det
    prepared = detector.get_preprocess(max(pixels.shape[:2]))(np.ascontiguousarray(pixels))
    count = prepared.size // 64
    parts = prepared.ravel()[: 64 * count].astype(np.float64).reshape(64, count)
    goldens["sign.checksums"] = parts.mean(1).astype(np.float32)
    source = f"ONNX Runtime {onnxruntime.__version__}, {MODEL.name}"
    save_file(goldens, FOLDER / "goldens.safetensors", {"source": source})


if __name__ == "__main__":
    main()
