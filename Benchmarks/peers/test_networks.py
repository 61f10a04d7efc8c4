# SPDX-License-Identifier: Apache-2.0
"""Tests of the table of whole networks. Needs no library that is measured."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import network_report


def row(network, library, ms, variant="auto", threads=1, status="timed", **more):
    return {"network": network, "library": library, "variant": variant, "threads": threads, "status": status,
            **({"ms": ms, "spread": 1.0, "peak_mb": 100.4, "network_mb": 30.2} if status == "timed" else {}), **more}


ROWS = [
    row("a", "convolve", 2.0), row("a", "OpenVINO", 4.0), row("a", "PyTorch", 9.0, "contiguous"),
    row("a", "PyTorch", 3.0, "frozen", spread=1.4), row("a", "PyTorch", 1.0, "channels_last", status="wrong", reason="off"),
    row("b", "convolve", 2.0), row("b", "OpenVINO", 1.0), row("b", "PyTorch", 0, status="skipped", reason="no model"),
]


class TestNetworkReport(unittest.TestCase):
    def test_a_ratio_is_over_the_fastest_way_that_is_right(self):
        self.assertEqual(network_report.ratios(ROWS, 1), [1.5, 0.5])
        self.assertEqual(network_report.ratios(ROWS, 2), [])
        self.assertIsNone(network_report.ratio([row("a", "convolve", 1.0)]))

    def test_the_table_names_the_way_and_marks_noise_and_losses(self):
        lines = network_report.table(ROWS, 1, network_report.cell, (" | ratio", network_report.ratio_cell)).split("\n")
        self.assertEqual(lines[0], "| network | ours | OpenVINO | PyTorch | ratio |")
        self.assertEqual(lines[1], "| --- | ---: | ---: | ---: | ---: |")
        self.assertEqual(lines[2], "| a | 2 | 4 | 3~ (frozen) | 1.50 |")
        self.assertEqual(lines[3], "| b | 2 | 1 | - | **0.50** |")

    def test_the_page_has_memory_and_what_was_not_timed(self):
        machine = {"versions": {"OpenVINO": "1"}, "processor": "p", "cores": 2, "frequency": "f", "kernel": "k",
                   "swift": "s", "commit": "c", "date": "d"}
        page = network_report.report({"rows": ROWS, "machine": machine})
        self.assertIn("| a | 30 / 100 | 30 / 100 | 30 / 100 |", page)
        self.assertIn("- a: PyTorch (channels_last): off", page)
        self.assertIn("- b: PyTorch (auto): no model", page)
        self.assertIn("over 2 networks: 0.87, the least 0.50", page)


if __name__ == "__main__":
    unittest.main()
