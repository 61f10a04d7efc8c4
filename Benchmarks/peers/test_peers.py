# SPDX-License-Identifier: Apache-2.0
"""Tests of the comparison: arithmetic, tables, skipping, checking; test_layers.py has those of the layers. Needs no
library that is measured; the tests of servers want numpy and are skipped by name without it.

    python3 -m unittest discover -s Benchmarks/peers -p 'test_*.py'
"""

import io
import json
import math
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import report
import statistic
from progress import Progress

try:
    import numpy as np
except ImportError:
    np = None

needs_numpy = unittest.skipIf(np is None, "numpy is not installed")


def row(layer="a", library="convolve", variant="auto", ms=1.0, layout="nchw", threads=1, status="timed", **more):
    result = {"layer": layer, "library": library, "variant": variant, "layout": layout, "threads": threads,
              "status": status, "error": 1e-7}
    if status == "timed":
        result.update(ms=ms, min_ms=ms, spread=1.0, bursts=3, peak_share=0.5)
    return {**result, **more}


ROWS = [
    row("a", resolved="gemm"), row("a", variant="direct", ms=0.5),
    row("a", "oneDNN", "any", 0.8, "own"), row("a", "oneDNN", "plain", 2.0), row("a", "ncnn", "nchw", 4.0, spread=1.3),
    row("a", "MNN", "nchw", status="wrong", error=1e-3, reason="the answer is off by 1.0e-03 of the largest output"),
    row("b", ms=0.001, resolved="direct"), row("b", "oneDNN", "any", 0.004, "own", least_call_ms=0.002),
    row("b", "ncnn", "nchw", status="skipped", reason="no such layer")]


def result():
    machine = {
        "processor": "P", "cores": 2, "frequency": "virtual machine", "kernel": "Linux 6", "swift": "Swift 6.3",
        "commit": "c0ffee", "date": "2026-01-01", "minutes": 3.0, "versions": {"convolve": "1", "oneDNN": "2.6.3"},
        "noise": {"libraries": {"convolve": {"median_spread": 1.04, "noisy_rows": 1, "rows": 2}}},
        "skipped_libraries": {"PyTorch": "ModuleNotFoundError: No module named 'torch'"},
        "skipped_layers": {"c": "layer c: padding is 'same', not 2 whole numbers"}}
    return {"machine": machine, "layers": [], "rows": ROWS}


class StatisticsTests(unittest.TestCase):
    def test_quantiles_lie_between_values(self):
        self.assertEqual(statistic.quantile([3, 1, 2], 0.5), 2)
        self.assertAlmostEqual(statistic.quantile([1, 2], 0.25), 1.25)
        self.assertEqual(statistic.quantile([7], 0.9), 7)

    def test_spread_is_that_of_the_middle(self):
        self.assertEqual(statistic.spread([2, 2, 2]), 1)
        self.assertAlmostEqual(statistic.spread(list(range(10, 21))), 19 / 11)

    def test_geometric_mean(self):
        self.assertAlmostEqual(statistic.geometric_mean([0.5, 2, 8]), 2)
        self.assertTrue(math.isnan(statistic.geometric_mean([])))

    def test_a_row_is_the_median_of_its_bursts(self):
        summary = statistic.summarise([5.0, 1.0, 1.2])
        self.assertEqual((summary["ms"], summary["min_ms"], summary["bursts"]), (1.2, 1.0, 3))
        self.assertGreater(summary["spread"], statistic.STEADY_SPREAD)

    def test_bursts_have_at_least_three_blocks(self):
        self.assertEqual(statistic.burst_repetitions(500), 3)
        self.assertEqual(statistic.burst_repetitions(1), 10)
        self.assertEqual(statistic.burst_repetitions(0.0001), 50)

    def test_rounds_fit_the_time_but_are_three_or_as_few_as_asked(self):
        self.assertEqual(statistic.rounds_for(10, 1, 9), 9)
        self.assertEqual(statistic.rounds_for(5.5, 1, 9), 5)
        self.assertEqual(statistic.rounds_for(-1, 1, 9), 3)
        self.assertEqual(statistic.rounds_for(-1, 1, 2), 2)

    def test_each_round_begins_with_another(self):
        self.assertEqual([statistic.rotated("abc", by)[0] for by in range(4)], ["a", "b", "c", "a"])
        self.assertEqual(sorted(statistic.rotated("abc", 2)), ["a", "b", "c"])
        self.assertEqual(statistic.rotated([], 1), [])


class ComparisonTests(unittest.TestCase):
    def setUp(self):
        self.rows = statistic.Rows(ROWS)

    def test_ratio_is_the_best_of_the_others_over_ours(self):
        self.assertAlmostEqual(self.rows.ratio("a", 1), 0.8)
        self.assertAlmostEqual(self.rows.ratio("a", 1, "nchw"), 2.0)
        self.assertAlmostEqual(self.rows.ratio("a", 1, library="ncnn"), 4.0)

    def test_ours_is_the_automatic_choice_even_if_another_is_faster(self):
        self.assertEqual(self.rows.ours("a", 1)["ms"], 1.0)

    def test_wrong_and_skipped_rows_are_never_best(self):
        self.assertIsNone(self.rows.best_peer("a", 1, library="MNN"))
        self.assertIsNone(self.rows.best_peer("b", 1, "nchw"))
        self.assertIsNone(self.rows.ratio("b", 1, "nchw"))

    def test_true_sums_are_compared_with_true_sums(self):
        rows = statistic.Rows([
            row(ms=0.2, resolved="winograd4"), row(variant="winograd4", ms=0.2), row(variant="im2col", ms=0.1),
            row(variant="direct", ms=1.0), row(variant="gemm", ms=0.8), row(library="ncnn", variant="nchw", ms=0.3),
            row(library="oneDNN", variant="winograd", ms=0.4, layout="own"),
            row(library="oneDNN", variant="any", ms=1.2, layout="own"), row(library="oneDNN", variant="plain", ms=1.6)])
        self.assertEqual(rows.true_sum_ratios(1), {"a": 1.2 / 0.8})
        self.assertEqual(rows.true_sum_ratios(1, "nchw"), {"a": 1.6 / 0.8})
        self.assertEqual(rows.true_sum_ratios(2), {})

    def test_nothing_is_said_of_threads_that_were_not_timed(self):
        self.assertEqual(self.rows.ratios(2), {})

    def test_short_layers_can_be_left_out(self):
        self.assertEqual(list(self.rows.ratios(1)), ["a", "b"])
        self.assertEqual(list(self.rows.ratios(1, shortest=statistic.SHORT_MS)), ["a"])

    def test_answers_that_are_off_do_not_count(self):
        self.assertEqual(statistic.verdict(9e-5), ("timed", None))
        for error in (1.1e-4, math.inf, math.nan):
            status, reason = statistic.verdict(error)
            self.assertEqual(status, "wrong")
            self.assertIn("off by", reason)
        self.assertEqual(statistic.verdict(None)[0], "wrong")


class ReportTests(unittest.TestCase):
    def setUp(self):
        self.text = report.report(result(), {"ratio.svg": "Ratios"})
        self.lines = self.text.splitlines()

    def line(self, start):
        return next(line for line in self.lines if line.startswith(start))

    def test_a_line_has_ours_and_both_bests(self):
        self.assertEqual(
            self.line("| a |"),
            "| a | gemm | 1 | 50% | 1e-07 | oneDNN any | 0.8 | **0.80** | oneDNN plain | 2 | 2.00 |")

    def test_a_missing_best_leaves_its_cells_empty(self):
        self.assertTrue(self.line("| b |").endswith("| 0.004' | 4.00 |  |  |  |"), self.line("| b |"))

    def test_a_ratio_that_rounds_to_one_is_no_loss(self):
        self.assertEqual(report.marked_ratio(0.996), "1.00")
        self.assertEqual(report.marked_ratio(0.994), "**0.99**")
        self.assertEqual(report.marked_ratio(None), "")

    def test_noise_is_marked(self):
        self.assertEqual(report.marked_time(row(ms=4.0, spread=1.3)), "4~")
        self.assertEqual(report.marked_time(row(ms=4.0, spread=1.1)), "4")

    def test_means_name_the_layers_where_we_are_slower(self):
        line = self.line("- Against the best in any layout")
        self.assertIn(f"{math.sqrt(0.8 * 4):.2f} over 2 layers", line)
        self.assertIn("Slower on 1: a (0.80).", line)

    def test_what_was_skipped_is_there_by_name_with_its_reason(self):
        self.assertIn("| PyTorch |  | all | ModuleNotFoundError: No module named 'torch' |", self.lines)
        self.assertIn("| ncnn | nchw | 1: b | no such layer |", self.lines)
        self.assertIn("|  |  | c | layer c: padding is 'same', not 2 whole numbers |", self.lines)
        reason = "answers off by more than 0.0001 do not count (up to 1.0e-03)"
        self.assertIn(f"| MNN | nchw | 1: a | {reason} |", self.lines)

    def test_the_machine_and_its_noise_are_told(self):
        self.assertIn("virtual machine", self.text)
        self.assertIn("oneDNN 2.6.3", self.text)
        self.assertIn("less than about 4% says nothing", self.text)

    def test_tables_are_well_formed(self):
        widths = None
        for line in self.lines:
            if line.startswith("|"):
                widths = widths or line.count("|")
                self.assertEqual(line.count("|"), widths, line)
            else:
                widths = None

    def test_the_readme_shows_a_few_layers_and_all_means(self):
        table = report.readme_table(statistic.Rows(result()["rows"]), ("a", "absent"))
        self.assertEqual(len(table.splitlines()), 3)
        self.assertIn("| a | gemm | 1 | 50% | oneDNN any | 0.8 | **0.80** |", table)
        block = report.readme_block(result()).replace("\n", " ")
        self.assertIn(f"{math.sqrt(0.8 * 4):.2f} with 1 thread", block)
        self.assertIn("on 1 of them another library is faster", block)

    def test_only_what_stands_between_the_marks_is_replaced(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "README.md"
            path.write_text("before\n<!-- measured -->\nold\n<!-- /measured -->\nafter\n", encoding="utf-8")
            report.replace_block(path, r"new \1")
            self.assertEqual(path.read_text(encoding="utf-8"),
                             "before\n<!-- measured -->\n\nnew \\1\n\n<!-- /measured -->\nafter\n")

    def test_plots_are_shown(self):
        self.assertIn("![Ratios](ratio.svg)", self.lines)


class ProgressTests(unittest.TestCase):
    def setUp(self):
        self.now = 0.0
        self.stream = io.StringIO()
        self.progress = Progress(100, self.stream, lambda: self.now)
        self.progress.plan([1, 3])

    def test_steps_share_the_time_by_their_weights(self):
        self.assertAlmostEqual(self.progress.share(), 25)
        self.now = 10.0
        self.progress.done()
        self.assertAlmostEqual(self.progress.share(), 90)
        self.now = 200.0
        self.assertEqual(self.progress.share(), 0)

    def test_time_left_goes_by_the_steps_so_far(self):
        self.assertIsNone(self.progress.time_left())
        self.now = 10.0
        self.progress.done()
        self.assertAlmostEqual(self.progress.time_left(), 30)
        self.progress.show("b")
        self.assertEqual(self.stream.getvalue(), "[2/2] b, about 30 s left\n")


# A library that doubles its input: 1 x 1 weights of 2. It spoils its answer, refuses a way, or dies, as it is told.
SERVER = """
import json, sys
import numpy as np
for line in sys.stdin:
    request = json.loads(line)
    way = request.get("algorithm")
    if way == "dies":
        sys.exit(3)
    if request.get("describe"):
        reply = {"library": "fake", "version": "1", "variants": []}
    elif way == "refuses":
        reply = {"error": "not this layer"}
    else:
        reply = {"min_ms": 1.0, "median_ms": 1.0}
        if "answer" in request:
            answer = np.fromfile(request["data"] + "/input.f32", np.float32) * 2
            answer[0] += 0.1 if way == "wrong" else 0
            answer.tofile(request["answer"])
    print(json.dumps(reply), flush=True)
"""


@needs_numpy
class ConductorTests(unittest.TestCase):
    def setUp(self):
        import conductor
        import layers

        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        layer = layers.Layer("l", "conv1d", 1, 1, (8,), 1, (1,), (1,), (0,), (1,), 1, (0,))
        source, weight = np.linspace(-1, 1, 8, dtype=np.float32).reshape(1, 1, 8), np.full((1, 1, 1), 2, np.float32)
        source.tofile(Path(folder.name) / "input.f32")
        weight.tofile(Path(folder.name) / "weight.f32")
        layouts = {"right": "nchw", "wrong": "nchw", "refuses": "own", "dies": "nchw"}
        self.server = conductor.Server("fake", [sys.executable, "-c", SERVER])
        self.log = []
        library = conductor.Library("fake", "1", self.server, layouts)
        self.conductor = conductor.Conductor([library], None, folder.name, self.log.append)
        self.addCleanup(self.conductor.close)
        rows = self.conductor.measure(layer, 1, layers.reference(layer, source, weight), 1, 3, True)
        self.rows = {row["variant"]: row for row in rows}

    def test_a_right_answer_is_timed(self):
        row = self.rows["right"]
        self.assertEqual((row["status"], row["ms"], row["bursts"], row["error"]), ("timed", 1.0, 3, 0.0))

    def test_a_wrong_answer_does_not_count_and_its_error_is_kept(self):
        row = self.rows["wrong"]
        self.assertEqual(row["status"], "wrong")
        self.assertAlmostEqual(row["error"], 0.05, places=3)
        self.assertNotIn("ms", row)

    def test_what_a_library_refuses_is_skipped_with_its_reason(self):
        row = self.rows["refuses"]
        self.assertEqual((row["status"], row["reason"]), ("skipped", "not this layer"))

    def test_a_library_that_dies_is_skipped_and_started_again(self):
        self.assertEqual(self.rows["dies"]["reason"], "the library ended its process (exit code 3)")
        self.assertEqual(self.server.ask({"describe": True})["version"], "1")

    def test_each_of_them_is_reported_by_name(self):
        self.assertEqual(len(self.log), 3)
        self.assertTrue(all(line.startswith("l: fake ") for line in self.log), self.log)

    def test_a_library_that_is_not_there_says_why(self):
        import conductor

        with self.assertRaisesRegex(conductor.ServerError, "has not been built"):
            conductor.start_library("oneDNN", {}, ["/nowhere/server"])
        answer = f"print({json.dumps(json.dumps({'error': 'No module named x'}))})"
        with self.assertRaisesRegex(conductor.ServerError, "No module named x"):
            conductor.start_library("x", {}, [sys.executable, "-c", "input(); " + answer])

    def test_a_library_that_does_not_answer_is_given_up(self):
        import conductor

        server = conductor.Server("slow", [sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.2)
        with self.assertRaisesRegex(conductor.ServerError, "no answer within 0 s"):
            server.ask({})
        self.assertIsNone(server.process)


if __name__ == "__main__":
    unittest.main()
