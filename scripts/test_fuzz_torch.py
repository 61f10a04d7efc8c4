# SPDX-License-Identifier: Apache-2.0
"""Tests of the calls that scripts/fuzz_torch.py draws; `make scripts-test` runs them, without PyTorch."""

import dataclasses
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import fuzz_torch  # noqa: E402


def calls(op, count=250):
    return [fuzz_torch.make_call(7, op, index) for index in range(count)]


class Calls(unittest.TestCase):
    def test_a_seed_gives_the_same_calls_however_many_are_drawn(self):
        for op in fuzz_torch.OPERATIONS:
            drawn = calls(op, 40)
            self.assertEqual(drawn[33], fuzz_torch.make_call(7, op, 33))
            self.assertNotEqual(drawn, [fuzz_torch.make_call(8, op, index) for index in range(40)])

    def test_every_rule_of_an_operation_is_broken(self):
        for op in fuzz_torch.OPERATIONS:
            self.assertEqual({call.breaks for call in calls(op)}, {None, *fuzz_torch.rules(op)})

    def test_legal_calls_are_small_and_have_outputs(self):
        count = 0
        for op in fuzz_torch.OPERATIONS:
            for call in calls(op):
                if call.breaks:
                    continue
                self.assertGreaterEqual(min(call.outputs), 1)
                self.assertLessEqual(call.work, fuzz_torch.MOST_WORK)
                count += 1
        self.assertGreater(count, 1200)

    def test_legal_calls_are_of_every_kind(self):
        for op in fuzz_torch.OPERATIONS:
            legal = [call for call in calls(op, 600) if not call.breaks]
            kinds = {
                "unbatched": lambda call: call.is_unbatched,
                "an empty batch": lambda call: call.batch == 0,
                "a bias": lambda call: call.bias_shape,
                "groups": lambda call: call.groups > 1,
                "depthwise": lambda call: call.groups == call.out_channels == call.input_shape[-call.rank - 1] > 1,
                "stride above the kernel": lambda call: any(s > k for s, k in zip(call.stride, call.kernel)),
                "stride below the kernel": lambda call: any(1 < s < k for s, k in zip(call.stride, call.kernel)),
                "dilation": lambda call: max(call.dilation) > 1,
                "padding beyond the taps": lambda call: any(
                    max(ends) > d * (k - 1) for ends, d, k in zip(call.ends, call.dilation, call.kernel)),
                "work for threads": lambda call: call.work >= fuzz_torch.LARGE_WORK,
            }
            if "transpose" in op:
                kinds["output padding"] = lambda call: max(call.output_padding or (0,)) > 0
                kinds["output size"] = lambda call: call.output_size
            for name, is_kind in kinds.items():
                self.assertTrue(any(map(is_kind, legal)), f"{op}: {name}")

    def test_outputs_are_those_of_the_formulas(self):
        forward = fuzz_torch.Call("conv2d", (5, 8, 10, 5), (14, 8, 3, 2), None, (2, 1), (1, 1), (0, 0), 1)
        self.assertEqual(forward.outputs, (4, 4))
        self.assertEqual(dataclasses.replace(forward, stride=(1, 1), padding="same").outputs, (10, 5))
        back = fuzz_torch.Call("conv_transpose2d", (4, 5, 5), (4, 3, 3, 3), None, (2, 2), (1, 1), (1, 1), 2)
        self.assertEqual((back.outputs, back.out_channels, back.batch), ((9, 9), 6, 1))
        self.assertEqual(dataclasses.replace(back, output_padding=(1, 0)).outputs, (10, 9))
        self.assertEqual(dataclasses.replace(back, output_size=(4, 10, 9)).outputs, (10, 9))


class Tools(unittest.TestCase):
    """Against programs that stand in for the tool."""

    def run_with(self, script, rows):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "tool"
            path.write_text(f"#!{sys.executable}\nimport json, os, sys\nrows = json.load(open(sys.argv[2]))\n{script}")
            path.chmod(0o755)
            return fuzz_torch.Tool(path, [], pathlib.Path(folder)).run(rows)

    def test_failures_are_read_from_the_output(self):
        script = "print('FAIL b: shape (1)'); print('1 passed, 1 failed, 3 skipped'); sys.exit(1)"
        self.assertEqual(self.run_with(script, [{"id": "a"}, {"id": "b"}]), (1, 3, {"b": "shape (1)"}))

    def test_the_case_that_ends_the_process_is_found(self):
        script = """
ids = [row["id"] for row in rows]
if "e" in ids:
    os.abort()
print(f"{len(ids)} passed, 0 failed, 0 skipped")
"""
        passed, skipped, failures = self.run_with(script, [{"id": name} for name in "abcdefg"])
        self.assertEqual((passed, skipped, list(failures)), (6, 0, ["e"]))
        self.assertIn("died (-6)", failures["e"])

    def test_all_cases_run_with_the_first_configuration_alone(self):
        made = list(fuzz_torch.configurations(["auto", "gemm"], ["avx2", "scalar"], 3000, 600))
        self.assertEqual(made, [("auto", "avx2", 3000), ("gemm", "avx2", 600), ("auto", "scalar", 600),
                                ("gemm", "scalar", 600)])


if __name__ == "__main__":
    unittest.main()
