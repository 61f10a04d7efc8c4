#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes goldens.safetensors: what silero-vad 6.2.3 says of example.wav, its model run by ONNX Runtime.

Needs silero-vad (pip install --no-deps silero-vad==6.2.3), torch, onnxruntime, packaging, numpy and safetensors.
"""

import wave
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from silero_vad import VADIterator, load_silero_vad

RATE, CHUNK = 16000, 512


def main():
    folder = Path(__file__).parent
    with wave.open(str(folder / "example.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    samples = np.pad(samples, (0, -samples.size % CHUNK))
    chunks = torch.from_numpy(samples).split(CHUNK)

    model = load_silero_vad(onnx=True)
    probabilities = [model(chunk, RATE).item() for chunk in chunks]
    iterator = VADIterator(model, sampling_rate=RATE)
    events = [event for event in map(iterator, chunks) if event]
    goldens = {
        "probabilities": np.array(probabilities, np.float32),
        "begins": np.array([event["start"] for event in events if "start" in event], np.float32),
        "ends": np.array([event["end"] for event in events if "end" in event], np.float32),
    }
    save_file(goldens, folder / "goldens.safetensors")
    print({name: values.tolist() for name, values in goldens.items()})


if __name__ == "__main__":
    main()
