# SPDX-License-Identifier: Apache-2.0
"""Tests of the arithmetic of scripts/fit_costs.py; `make scripts-test` runs them. Nothing is timed or built."""

import pathlib
import random
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cliffs  # noqa: E402
import fit_costs  # noqa: E402

SOURCES = fit_costs.ROOT / "Sources/Convolution"


def point(label, n=40):
    return cliffs.layer(label, 64, 32, (n, 30), (3, 5), (1, 2), 1, batch=2)


class Rows(unittest.TestCase):
    def test_rows_come_back_as_they_were_written(self):
        rows = [fit_costs.Row(point("a"), "avx2", "gemm", 12.5),
                fit_costs.Row(cliffs.layer("b", 3, 4, (100,), 9), "avx512", "fft", 1234)]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "rows.csv"
            fit_costs.write_rows(path, rows)
            self.assertEqual(fit_costs.read_rows(path), rows)

    def test_the_rows_that_are_here_are_times_of_many_layers(self):
        rows = fit_costs.read_rows(fit_costs.ROWS)
        self.assertGreater(len({row.point for row in rows}), 100)
        self.assertEqual({row.algorithm for row in rows}, set(fit_costs.ALGORITHMS))
        self.assertEqual({row.isa for row in rows}, {"avx2", "avx512"})
        self.assertEqual(len({(row.point, row.isa, row.algorithm) for row in rows}), len(rows))
        self.assertTrue(all(0.1 < row.microseconds < 1e6 for row in rows))

    def test_layers_are_of_many_kinds_and_none_twice(self):
        layers = [*fit_costs.mixed_layers(), *fit_costs.walked_layers()]
        self.assertGreater(len(layers), 100)
        self.assertEqual(len({layer.label for layer in layers}) > 80, True)
        self.assertEqual(len(set(layers)), len(layers))


class Server:
    """Answers as a tool does that has two algorithms."""

    def __init__(self):
        self.isa, self.asked = None, []

    def time(self, layer, algorithm):
        self.asked.append(algorithm)
        if algorithm not in ("direct", "gemm"):
            raise cliffs.CouldNotMeasure(f"The algorithm '{algorithm}' doesn't apply: it is an example")
        return cliffs.Timing(1e-6 * len(self.asked), 5e10, algorithm)


class Measuring(unittest.TestCase):
    def test_algorithms_that_do_not_apply_are_left_out_and_the_least_time_counts(self):
        server = Server()
        rows = fit_costs.measure(server, [point("a")], "avx2", lambda text: None)
        self.assertEqual([(row.isa, row.algorithm) for row in rows], [("avx2", "direct"), ("avx2", "gemm")])
        self.assertAlmostEqual(rows[0].microseconds, 1)
        self.assertEqual(len(server.asked), 2 * len(fit_costs.ALGORITHMS))

    def test_a_tool_that_dies_is_not_one_whose_algorithms_do_not_apply(self):
        server = Server()
        server.time = lambda layer, algorithm: (_ for _ in ()).throw(cliffs.CouldNotMeasure("it answered nothing"))
        with self.assertRaises(cliffs.CouldNotMeasure):
            fit_costs.measure(server, [point("a")], "avx2", lambda text: None)


class Tables(unittest.TestCase):
    def test_every_struct_of_rates_is_found_with_all_its_sets(self):
        found = fit_costs.find_tables(SOURCES)
        self.assertEqual(set(found), set(fit_costs.STRUCTS))
        for struct, (_, tables) in found.items():
            self.assertEqual(set(tables), set(fit_costs.SETS))
            for table in tables.values():
                self.assertGreaterEqual(len(table.rates), 7)
                self.assertEqual(list(table.rates), list(tables["avx512"].rates))
            self.assertGreater(tables["scalar"].rates["multiplication"], tables["avx2"].rates["multiplication"])

    def test_a_table_is_printed_as_it_is_read(self):
        for struct, (_, tables) in fit_costs.find_tables(SOURCES).items():
            for isa, table in tables.items():
                text = "\n".join(f"var {name} = 1.0" for name in table.rates) + "\n" + table.swift(isa)
                self.assertEqual(fit_costs.read_table(struct, text, isa), table)
                self.assertLessEqual(max(map(len, table.swift(isa).splitlines())), 120)

    def test_a_copy_takes_its_rates_from_the_environment(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "Convolution"
            shutil.copytree(SOURCES, copy)
            before = {struct: tables for struct, (_, tables) in fit_costs.find_tables(copy).items()}
            fit_costs.make_adjustable(copy)
            after = fit_costs.find_tables(copy)
            self.assertEqual({struct: tables for struct, (_, tables) in after.items()}, before)
            for struct, (path, tables) in after.items():
                text = path.read_text()
                for isa in fit_costs.SETS:
                    self.assertIn(f'given("{isa}") ?? {struct}(', text)
                for name in tables["avx2"].rates:
                    self.assertIn(f"rates.{name} = value", text)


class LeastSquares(unittest.TestCase):
    def test_linear_equations_are_solved(self):
        generator = random.Random(1)
        for size in range(1, 8):
            matrix = [[generator.uniform(-1, 1) for _ in range(size)] for _ in range(size)]
            solution = [generator.uniform(-5, 5) for _ in range(size)]
            right = [sum(a * x for a, x in zip(row, solution)) for row in matrix]
            for found, meant in zip(fit_costs.solve(matrix, right), solution):
                self.assertAlmostEqual(found, meant, places=6)

    def model(self, work):
        """Times in which two things are done one after the other and a third meanwhile."""
        return lambda rates: [max(a * rates[0] + b * rates[1], c * rates[2]) + 1 for a, b, c in work]

    def work(self, count=200):
        generator = random.Random(2)
        return [(generator.uniform(0, 10), generator.uniform(0, 10), generator.uniform(0, 5)) for _ in range(count)]

    def test_rates_are_found_again(self):
        model = self.model(self.work())
        meant = [0.5, 2, 3]
        rates, before, after = fit_costs.fit(model, [1, 1, 1], model(meant), rounds=8, slope_rounds=8, draw=1e-4)
        for found, rate in zip(rates, meant):
            self.assertAlmostEqual(found / rate, 1, places=2)
        self.assertGreater(before, 0.2)
        self.assertLess(after, 0.01)

    def test_a_rate_that_no_row_tells_of_stays(self):
        work = [(a, 0, c) for a, _, c in self.work()]
        model = self.model(work)
        rates, _, after = fit_costs.fit(model, [1, 7, 1], model([2, 1, 3]), rounds=8, slope_rounds=8, draw=1e-3)
        self.assertAlmostEqual(rates[1], 7)
        self.assertLess(after, 0.01)

    def test_a_rate_of_nothing_stays_nothing(self):
        rates, _, _ = fit_costs.fit(self.model(self.work()), [1, 0, 1], self.model(self.work())([2, 1, 3]))
        self.assertEqual(rates[1], 0)

    def test_rows_of_another_kernel_do_not_count(self):
        work = self.work()
        model = self.model(work)
        times = model([0.5, 2, 3])
        times[:20] = [1000 * time for time in times[:20]]
        rates, _, _ = fit_costs.fit(lambda rates: [None] * 20 + model(rates)[20:], [1, 1, 1], times, rounds=8,
                                    slope_rounds=8, draw=1e-4)
        self.assertAlmostEqual(rates[0], 0.5, places=2)

    def test_the_fit_is_never_worse_than_the_start(self):
        model = self.model(self.work())
        generator = random.Random(3)
        times = [time * generator.uniform(0.5, 2) for time in model([1, 1, 1])]
        _, before, after = fit_costs.fit(model, [1, 1, 1], times)
        self.assertLessEqual(after, before)


if __name__ == "__main__":
    unittest.main()
