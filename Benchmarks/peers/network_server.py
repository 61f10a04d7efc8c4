# SPDX-License-Identifier: Apache-2.0
"""Runs whole networks in one library, with the line protocol of `Benchmarks/Networks`: `network_server.py LIBRARY` reads a
JSON request a line and answers a JSON row a line. Only that library is imported, so that the process's memory is its."""

import gc
import statistics
import sys
import time
from functools import partial

import numpy as np

from server import Unsupported, measure, serve


def extra_inputs(request):
    """The inputs of the ONNX model behind the first: an integer, or zeros of a shape."""
    for name, value in request["extra"].items():
        yield name, np.array(value, np.int64) if isinstance(value, int) else np.zeros(value, np.float32)


def onnx_runtime(request, source):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = request["threads"], 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(request["onnx"], options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    given = [onnxruntime.OrtValue.ortvalue_from_numpy(source)]
    binding.bind_ortvalue_input(session.get_inputs()[0].name, given[0])
    for name, array in extra_inputs(request):
        given.append(onnxruntime.OrtValue.ortvalue_from_numpy(array))
        binding.bind_ortvalue_input(name, given[-1])
    binding.bind_output(session.get_outputs()[0].name, "cpu")
    run = partial(session._sess.run_with_iobinding, binding._iobinding, None)
    return run, lambda: (session, given, binding.get_outputs()[0].numpy())[2]


def openvino(request, source):
    import openvino

    core = openvino.Core()
    model = core.read_model(request["onnx"])
    compiled = core.compile_model(model, "CPU", {
        "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": request["threads"], "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "f32"})
    infer = compiled.create_infer_request()
    given = openvino.Tensor(source, shared_memory=True)
    infer.set_input_tensor(0, given)
    for name, array in extra_inputs(request):
        infer.set_tensor(name, openvino.Tensor(array))
    run = partial(openvino._pyopenvino.InferRequest.infer, infer, {}, True, False)
    return run, lambda: (given, np.array(infer.get_output_tensor(0).data))[1]


def pytorch(request, source):
    import torch

    import network_models

    torch.set_num_threads(request["threads"])
    # Of the whole process: it ends with the object.
    kept = [torch.inference_mode()]
    kept[0].__enter__()
    model = network_models.torch_model(request["network"])
    if model is None:
        raise Unsupported("its weights come with no PyTorch model")
    source = torch.from_numpy(source)
    if request["variant"] == "channels_last":
        if source.dim() != 4:
            raise Unsupported("its input is no image")
        model, source = model.to(memory_format=torch.channels_last), source.contiguous(
            memory_format=torch.channels_last)
    if request["variant"] == "frozen":
        # Traced, its batch norms folded and its convolutions handed to oneDNN with what follows them.
        model = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, source)))
    kept.append(None)

    def run():
        kept[1] = model(source)

    return run, lambda: kept[1].contiguous().numpy()


# Library: its module, what runs a network, its ways.
LIBRARIES = {
    "onnxruntime": ("onnxruntime", onnx_runtime, ["auto"]),
    "openvino": ("openvino", openvino, ["auto"]),
    "pytorch": ("torch", pytorch, ["contiguous", "channels_last", "frozen"]),
}


class Server:
    def __init__(self, library):
        self.module, self.prepare, self.variants = LIBRARIES[library]
        self.key = self.prepared = None

    def answer(self, request):
        if request.get("describe"):
            module = __import__(self.module)
            return {"version": module.__version__, "variants": self.variants}
        key = {name: request[name] for name in ("network", "variant", "threads", "input")}
        if key != self.key:
            self.key = self.prepared = None
            gc.collect()
            source = np.fromfile(request["input"], np.float32).reshape(request["shape"])
            self.prepared = self.prepare(request, source)
            self.key = key
        run, output = self.prepared
        gc.disable()
        # A first run tells how long one takes; `measure` runs one untimed before each that counts.
        start = time.perf_counter()
        run()
        times = measure(run, max(1, request["repetitions"]), time.perf_counter() - start)
        gc.enable()
        if request.get("answer"):
            np.ascontiguousarray(output(), np.float32).tofile(request["answer"])
        return {"median_ms": statistics.median(times) * 1e3, "min_ms": min(times) * 1e3, "repetitions": len(times)}


if __name__ == "__main__":
    serve(Server(sys.argv[1]))
