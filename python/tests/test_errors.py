# SPDX-License-Identifier: Apache-2.0
"""What is wrong is an exception that says so, and never a crash."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import swift_convolution as sc

X = np.zeros((1, 4, 8, 8), np.float32)
W = np.zeros((6, 4, 3, 3), np.float32)


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("channelMismatch", lambda: sc.conv2d(X, W[:, :3])),
        ("inputRank", lambda: sc.conv2d(X[0, 0], W)),
        ("weightRank", lambda: sc.conv2d(X, W[0])),
        ("biasShape", lambda: sc.conv2d(X, W, np.zeros(5, np.float32))),
        ("nonPositiveStride", lambda: sc.conv2d(X, W, stride=0)),
        ("valueCount", lambda: sc.conv2d(X, W, stride=(1, 1, 1))),
        ("negativePadding", lambda: sc.conv2d(X, W, padding=-1)),
        ("unknownPadding", lambda: sc.conv2d(X, W, padding="full")),
        ("samePaddingWithStride", lambda: sc.conv2d(X, W, padding="same", stride=2)),
        ("nonPositiveDilation", lambda: sc.conv2d(X, W, dilation=(1, 0))),
        ("nonPositiveGroups", lambda: sc.conv2d(X, W, groups=0)),
        ("kernelExceedsInput", lambda: sc.conv2d(X[:, :, :2], W)),
        ("sizeOverflow", lambda: sc.conv2d(X, W, padding=2**62)),
        ("invalidThreadCount", lambda: sc.conv2d(X, W, threads=0)),
        ("algorithmNotApplicable", lambda: sc.conv2d(X, W, stride=3, algorithm="winograd4")),
        ("unknownName", lambda: sc.conv2d(X, W, algorithm="wizardry")),
        ("unknownName", lambda: sc.conv2d(X, W, activation="tanh")),
        ("negativeExtent", lambda: sc.Plan((1, 4, -8, 8), W)),
        ("workspaceLimitExceeded", lambda: sc.Plan(X.shape, W, algorithm="im2col", workspace_limit=0)),
    ],
)
def test_the_library_refuses_by_its_code(code: str, call: Any) -> None:
    with pytest.raises(sc.ConvolutionError) as error:
        call()
    assert error.value.code == code
    assert isinstance(error.value, RuntimeError) and str(error.value)


def test_the_sentence_has_the_numbers() -> None:
    with pytest.raises(sc.ConvolutionError, match=r"weight of size \[6, 3, 3, 3\].*to have 3 channels, but got 4"):
        sc.conv2d(X, np.zeros((6, 3, 3, 3), np.float32))


def test_errors_cross_processes() -> None:
    error = pickle.loads(pickle.dumps(sc.ConvolutionError("channelMismatch", "a sentence")))
    assert error.code == "channelMismatch" and str(error) == "a sentence"


@pytest.mark.parametrize("value", [X.astype(np.float64), X.astype(np.float16), X.astype(">f4"), X.astype(int)])
def test_other_types_are_refused(value: Any) -> None:
    for arguments in [(value, W), (X, value), (X, W, value)]:
        with pytest.raises(TypeError, match="float32"):
            sc.conv2d(*arguments)


@pytest.mark.parametrize("value", [None, 3, [[1.0]], "x"])
def test_what_is_no_array_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="ndarray"):
        sc.conv2d(value, W)


def test_parameters_of_other_types_are_refused() -> None:
    for wrong in [{"stride": 1.5}, {"groups": "2"}, {"dilation": None}, {"threads": 1.0}, {"algorithm": 4}]:
        with pytest.raises(TypeError):
            sc.conv2d(X, W, **wrong)
    for wrong in [{"stride": ()}, {"padding": ((1, 2), (3,))}, {"padding": 2**64}, {"algorithm": "a\0b"}]:
        with pytest.raises(ValueError):
            sc.conv2d(X, W, **wrong)
    with pytest.raises(ValueError, match="takes 2 parameters"):
        sc.conv2d(X, W, activation=("clamp", 1))
    with pytest.raises(ValueError, match="one axis"):
        sc.conv2d(X, W, np.zeros((6, 1), np.float32))


def test_wrong_arrays_of_a_run_are_refused() -> None:
    plan = sc.Plan(X.shape, W)
    with pytest.raises(ValueError, match=r"input must have shape \(1, 4, 8, 8\)"):
        plan(X[:, :, 1:])
    with pytest.raises(ValueError, match="residual"):
        plan(X, X)
    with pytest.raises(ValueError, match="out"):
        plan(X, out=np.zeros((1, 6, 6, 7), np.float32)[..., :6])
    with pytest.raises(TypeError):
        plan(X, out=np.zeros((1, 6, 6, 6)))
    fixed = np.zeros((1, 6, 6, 6), np.float32)
    fixed.flags.writeable = False
    with pytest.raises(ValueError, match="writable"):
        plan(X, out=fixed)
    memory = np.zeros(1000, np.float32)
    with pytest.raises(sc.ConvolutionError, match="overlap"):
        plan(memory[:256].reshape(X.shape), out=memory[200:416].reshape(1, 6, 6, 6))


def test_a_plan_is_not_sent_elsewhere() -> None:
    with pytest.raises(TypeError, match="process"):
        pickle.dumps(sc.Plan(X.shape, W))
