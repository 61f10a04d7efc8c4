# SPDX-License-Identifier: Apache-2.0
"""The repository's conformance cases, whose answers are PyTorch's and ONNX's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import swift_convolution as sc

FOLDER = Path(__file__).resolve().parents[2] / "Tests/ConvolutionTests/Fixtures/conformance"
NAMES = [f"{name}{rank}d" for name in ("conv", "conv_transpose") for rank in (1, 2, 3)]
FUNCTIONS = {name: getattr(sc, name) for name in NAMES}


def cases() -> list[dict[str, Any]]:
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    # The functions pad with zeros, as torch's do. Not all files of the manifest are in the repository.
    return [
        case
        for case in manifest
        if case["op"] in FUNCTIONS and case["padding_mode"] == "zeros" and (FOLDER / case["file"]).exists()
    ]


def tensors(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    found = {}
    for name, entry in header.items():
        if name != "__metadata__":
            first, last = (8 + length + offset for offset in entry["data_offsets"])
            found[name] = np.frombuffer(data[first:last], "<f4").reshape(entry["shape"]).astype(np.float32)
    return found


def test_there_are_cases() -> None:
    assert len(cases()) > 200


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    given = tensors(FOLDER / case["file"])
    padding = case["padding"]
    if case.get("pads"):
        padding = [case["pads"][axis : axis + 2] for axis in range(0, len(case["pads"]), 2)]

    transposed = {name: case[name] for name in ("output_padding", "output_size") if case.get(name)}

    def call() -> Any:
        return FUNCTIONS[case["op"]](
            given["input"],
            given["weight"],
            given["bias"] if case["has_bias"] else None,
            case["stride"],
            padding,
            dilation=case["dilation"],
            groups=case["groups"],
            **(transposed if "transpose" in case["op"] else {}),
        )

    if case["expected"] == "error":
        with pytest.raises(sc.ConvolutionError):
            call()
        return
    np.testing.assert_allclose(call(), given["output"], rtol=case["tol"]["rtol"], atol=case["tol"]["atol"])
