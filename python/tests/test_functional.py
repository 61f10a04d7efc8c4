# SPDX-License-Identifier: Apache-2.0
"""The functions and plans against the definition."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from reference import convolution

import swift_convolution as sc

FUNCTIONS = {1: sc.conv1d, 2: sc.conv2d, 3: sc.conv3d}

CASES: list[dict[str, Any]] = [
    {"input": (1, 1, 16), "weight": (1, 1, 3)},
    {"input": (2, 4, 33), "weight": (6, 2, 5), "stride": 2, "padding": 3, "dilation": 2, "groups": 2},
    {"input": (0, 3, 8), "weight": (5, 3, 3)},
    {"input": (5, 8, 10, 5), "weight": (14, 8, 3, 2), "stride": (2, 1)},
    {"input": (1, 24, 28, 30), "weight": (24, 1, 3, 3), "padding": 1, "groups": 24},
    {"input": (2, 16, 20, 20), "weight": (40, 16, 3, 3), "padding": (1, 1)},
    {"input": (1, 3, 9, 11), "weight": (4, 3, 2, 4), "padding": "same"},
    {"input": (1, 3, 9, 11), "weight": (4, 3, 2, 4), "padding": "valid", "stride": 2},
    {"input": (1, 3, 9, 11), "weight": (4, 3, 2, 4), "padding": ((0, 2), (3, 1)), "dilation": (1, 2)},
    {"input": (2, 4, 5, 6, 7), "weight": (6, 2, 3, 2, 3), "stride": (1, 2, 1), "padding": (1, 0, 2), "groups": 2},
]


def made(shape: tuple[int, ...], seed: int) -> sc._plan.Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def expected(case: dict[str, Any], x: Any, w: Any, b: Any) -> Any:
    rank = w.ndim - 2
    every = lambda value: list(value) if isinstance(value, tuple) else [value] * rank  # noqa: E731
    dilation = every(case.get("dilation", 1))
    padding = case.get("padding", 0)
    if padding == "same":
        total = [dilation[axis] * (w.shape[2 + axis] - 1) for axis in range(rank)]
        pads = [(each // 2, each - each // 2) for each in total]
    elif padding == "valid":
        pads = [(0, 0)] * rank
    else:
        pads = [each if isinstance(each, tuple) else (each, each) for each in every(padding)]
    return convolution(x, w, b, every(case.get("stride", 1)), pads, dilation, case.get("groups", 1))


def assert_close(y: Any, reference: Any) -> None:
    assert y.dtype == np.float32 and y.shape == reference.shape
    if reference.size:
        assert np.abs(y - reference).max() <= 1e-5 * max(1, np.abs(reference).max())


def parameters(case: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in case.items() if name not in ("input", "weight")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["input"]))
@pytest.mark.parametrize("has_bias", [False, True])
@pytest.mark.parametrize("precision", [None, "strict"])
def test_functions_and_plans(case: dict[str, Any], has_bias: bool, precision: str | None) -> None:
    x, w = made(case["input"], 1), made(case["weight"], 2)
    b = made(case["weight"][:1], 3) if has_bias else None
    reference = expected(case, x, w, b)
    function = FUNCTIONS[w.ndim - 2]
    assert_close(function(x, w, b, **parameters(case), precision=precision), reference)
    plan = sc.Plan(case["input"], w, b, **parameters(case), precision=precision, threads=2)
    assert plan.input_shape == x.shape and plan.output_shape == reference.shape
    assert_close(plan(x), reference)
    if case["input"][0] == 1:
        assert_close(function(x[0], w, b, **parameters(case)), reference[0])


def test_a_residual_is_added_before_the_activation() -> None:
    x, w, b = made((2, 8, 9, 9), 1), made((8, 8, 3, 3), 2), made((8,), 3)
    residual = made((2, 8, 9, 9), 4)
    sums = expected({"padding": 1}, x, w, b) + residual
    for activation, reference in [
        (None, sums),
        ("relu", np.maximum(sums, 0)),
        (("leakyReLU", 0.25), np.where(sums < 0, 0.25 * sums, sums)),
        (("clamp", -1, 2), np.clip(sums, -1, 2)),
        ("silu", sums / (1 + np.exp(-sums))),
        ("hardSwish", sums * np.clip(sums + 3, 0, 6) / 6),
    ]:
        assert_close(sc.conv2d(x, w, b, padding=1, activation=activation, residual=residual), reference)


TRANSPOSED: list[dict[str, Any]] = [
    {"input": (2, 4, 9), "weight": (4, 3, 5), "stride": 3, "padding": 1, "output_padding": 2},
    {"input": (1, 4, 6, 5), "weight": (4, 3, 3, 2), "stride": (2, 1), "dilation": (1, 2), "groups": 2},
    {"input": (1, 4, 6, 5), "weight": (4, 3, 4, 4), "stride": 2, "padding": 1, "output_size": (13, 11)},
    {"input": (1, 2, 3, 4, 5), "weight": (2, 3, 2, 3, 2), "stride": (1, 2, 2)},
]


@pytest.mark.parametrize("case", TRANSPOSED, ids=lambda case: str(case["input"]))
def test_transposed_functions_are_gradients(case: dict[str, Any]) -> None:
    """The convolution of an image with a kernel, times another image, is the image times that other one transposed."""
    x, w = made(case["input"], 1), made(case["weight"], 2)
    function = getattr(sc, f"conv_transpose{w.ndim - 2}d")
    y = function(x, w, **parameters(case))
    others = {name: case[name] for name in ("stride", "padding", "dilation", "groups") if name in case}
    g = made(y.shape, 3)
    forward = expected(others, g, w, None)
    assert forward.shape == x.shape
    assert np.isclose((forward * x).sum(), (g.astype(np.float64) * y).sum(), rtol=1e-4)
    plan = sc.Plan(x.shape, w, operation=f"conv_transpose{w.ndim - 2}d", **parameters(case))
    assert np.allclose(plan(x), y, rtol=1e-4, atol=1e-4) and plan.output_shape == y.shape
    with pytest.raises(sc.ConvolutionError, match="transposed"):
        sc.Plan(x.shape, w, output_padding=1)


def test_channels_last() -> None:
    x, w = made((2, 8, 9, 7), 1), made((8, 8, 3, 3), 2)
    y = sc.conv2d(np.ascontiguousarray(x.transpose(0, 2, 3, 1)), w, padding=1, layout="channelsLast")
    assert_close(y.transpose(0, 3, 1, 2), expected({"padding": 1}, x, w, None))


def test_nothing_is_copied() -> None:
    x, w = made((1, 4, 16, 16), 1), made((4, 4, 3, 3), 2)
    plan = sc.Plan(x.shape, w)
    out = np.full(plan.output_shape, np.nan, np.float32)
    assert plan(x, out=out) is out
    assert sc.conv2d(x, w, out=out) is out
    # The input is read where it lies: what is in it at the time of the run counts.
    x[:] = 0
    assert not plan(x, out=out).any()
    # The weight is copied when the plan is made.
    w[:] = np.nan
    assert not plan(x).any()


def test_views_are_brought_into_order() -> None:
    whole = made((4, 2, 20, 24), 1)
    w = made((4, 2, 3, 3), 2)
    for view in [whole[::2], whole[:, :, ::-1], whole.transpose(0, 1, 3, 2), whole[1:3, :, 3:-3, 1:]]:
        assert_close(sc.conv2d(view, w), expected({}, np.ascontiguousarray(view), w, None))
        assert_close(sc.conv2d(view, w[::-1, :, ::-1]), expected({}, view, w[::-1, :, ::-1], None))
    # Four bytes that begin at an odd address.
    memory = np.zeros(whole.nbytes + 1, np.uint8)
    crooked = memory[1:].view(np.float32).reshape(whole.shape)
    crooked[:] = whole
    assert_close(sc.conv2d(crooked, w), expected({}, whole, w, None))


def test_a_workspace_is_shared() -> None:
    x, w = made((1, 16, 20, 20), 1), made((8, 16, 3, 3), 2)
    plans = [sc.Plan(x.shape, w, padding=1, algorithm=name) for name in ["winograd4", "gemm", "direct"]]
    workspace = sc.aligned_empty(max(plan.workspace_bytes for plan in plans))
    assert plans[0].workspace_bytes > 0
    for plan in plans:
        workspace[:] = 0xFF
        assert np.array_equal(plan(x, workspace=workspace), plan(x))
    with pytest.raises(sc.ConvolutionError, match="workspace of at least") as error:
        plans[0](x, workspace=workspace[:64])
    assert error.value.code == "workspaceTooSmall"
    with pytest.raises(sc.ConvolutionError, match="aligned"):
        plans[0](x, workspace=workspace[4:])


def test_a_plan_is_resized() -> None:
    w = made((8, 4, 3, 3), 2)
    plan = sc.Plan((1, 4, 12, 12), w, padding=1)
    other = plan.resized(3, (20, 7))
    del plan
    x = made((3, 4, 20, 7), 1)
    assert other.output_shape == (3, 8, 20, 7)
    assert_close(other(x), expected({"padding": 1}, x, w, None))


def test_threads_run_one_plan_at_once() -> None:
    x, w = made((1, 16, 20, 20), 1), made((8, 16, 3, 3), 2)
    plan = sc.Plan(x.shape, w, threads=2)
    reference = plan(x)
    results: list[bool] = []
    workers = [
        threading.Thread(target=lambda: results.append(all(np.array_equal(plan(x), reference) for _ in range(50))))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert results == [True] * 4
