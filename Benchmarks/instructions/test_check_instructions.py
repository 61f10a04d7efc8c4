# SPDX-License-Identifier: Apache-2.0
"""Tests of the verdict of scripts/check_instructions.py; `make scripts-test` runs them."""

import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "scripts"))
import check_instructions  # noqa: E402


def case(instructions):
    return {"kernel": "ck_f32_a__avx2", "instructions": instructions}


class Comparison(unittest.TestCase):
    def test_up_to_two_percent_more_passes(self):
        _, errors, falls = check_instructions.compare({"a": case(1000)}, {"a": case(1020)})
        self.assertEqual((errors, falls), ([], False))

    def test_over_two_percent_more_fails_and_names_the_kernel(self):
        _, errors, _ = check_instructions.compare({"a": case(1000)}, {"a": case(1021)})
        self.assertEqual(len(errors), 1)
        self.assertIn("ck_f32_a__avx2 takes 2.1% more", errors[0])

    def test_over_two_percent_fewer_passes_as_an_improvement(self):
        _, errors, falls = check_instructions.compare({"a": case(1000)}, {"a": case(979)})
        self.assertEqual((errors, falls), ([], True))

    def test_cases_without_a_partner_fail(self):
        _, errors, _ = check_instructions.compare({"a": case(1)}, {"b": case(1)})
        self.assertEqual(len(errors), 2)


class Dumps(unittest.TestCase):
    def test_a_region(self):
        text = "version: 1\ndesc: Trigger: Client Request: fft.avx2\nsummary: 5\n\ntotals: 5\n"
        self.assertEqual(check_instructions.parse_dump(text), ("fft.avx2", 5))

    def test_the_rest_of_the_program_is_no_region(self):
        self.assertIsNone(check_instructions.parse_dump("desc: Trigger: Program termination\ntotals: 11\n"))


class ExitCode(unittest.TestCase):
    def code(self, version="v", measured=None, valgrind="/usr/bin/valgrind"):
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            baseline = pathlib.Path(folder) / "baseline.json"
            baseline.write_text(json.dumps({"compiler": "v", "cases": {"a": case(1000)}}))
            patch = lambda name, value: stack.enter_context(mock.patch.object(check_instructions, name, value))
            patch("BASELINE", baseline)
            patch("compiler", lambda: version)
            if measured is not None:
                patch("count", lambda: measured)
            stack.enter_context(mock.patch("shutil.which", lambda _: valgrind))
            stack.enter_context(mock.patch("sys.argv", ["check_instructions.py"]))
            stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
            stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
            return check_instructions.main()

    def test_the_same_counts_pass(self):
        self.assertEqual(self.code(measured={"a": case(1000)}), 0)

    def test_more_instructions_are_1(self):
        self.assertEqual(self.code(measured={"a": case(1100)}), 1)

    def test_another_compiler_is_2(self):
        self.assertEqual(self.code(version="w", measured={"a": case(1000)}), 2)

    def test_no_valgrind_is_2(self):
        self.assertEqual(self.code(valgrind=None), 2)


if __name__ == "__main__":
    unittest.main()
