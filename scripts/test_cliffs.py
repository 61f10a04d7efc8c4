# SPDX-License-Identifier: Apache-2.0
"""Tests of the arithmetic of scripts/cliffs.py; `make scripts-test` runs them. Nothing is timed."""

import dataclasses
import itertools
import pathlib
import sys
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cliffs  # noqa: E402

PEAK = 5e10


def timing(point, excess, algorithm="direct"):
    """A timing so many times as long as the least possible."""
    return cliffs.Timing(excess * point.least(PEAK), PEAK, algorithm)


def walk(excesses, kind="size", is_ring=False):
    points = tuple(cliffs.layer(index, 64, 64, (40 + index, 40), 3) for index in range(len(excesses)))
    made = cliffs.Walk(kind, "a walk", points, is_ring)
    return made, [timing(point, excess) for point, excess in zip(points, excesses)]


class Work(unittest.TestCase):
    def test_multiplications_are_those_of_taps_on_the_input(self):
        count = 0
        extents = itertools.product((1, 4, 9), (1, 2, 5), (1, 3), (0, 2, 7), (1, 4))
        for size, kernel, stride, padding, dilation in extents:
            point = cliffs.layer("x", 6, 10, (size,), kernel, stride, padding, dilation, groups=2, batch=3)
            if size + 2 * padding < dilation * (kernel - 1) + 1:
                continue
            taps = sum(0 <= out * stride + tap * dilation - padding < size
                       for out in range(point.outputs[0]) for tap in range(kernel))
            self.assertEqual(point.multiplications, 3 * 10 * 3 * taps)
            count += 1
        self.assertGreater(count, 50)

    def test_a_layer_is_as_long_as_the_greater_of_its_work_and_its_bytes(self):
        many = cliffs.layer("x", 512, 512, (64, 64), 3)
        self.assertAlmostEqual(many.least(PEAK), many.multiplications / PEAK + cliffs.START)
        few = cliffs.layer("x", 512, 512, (64, 64), 1, groups=512)
        self.assertGreater(few.least(PEAK), 8 * few.multiplications / PEAK)
        self.assertEqual(few.bytes, 4 * (2 * 512 * 64 * 64 + 512))
        # Of a kernel larger than its image most taps meet nothing.
        self.assertEqual(cliffs.layer("x", 1, 1, (1, 1), 9, 1, 4).bytes, 4 * 3)

    def test_bytes_take_no_less_time_where_there_are_more(self):
        times = [cliffs.transfer(count) for count in range(0, 4 << 20, 4096)]
        self.assertEqual(times, sorted(times))

    def test_threads_share_the_work_but_not_the_start(self):
        one, two = (cliffs.layer("x", 512, 512, (64, 64), 3, threads=threads) for threads in (1, 2))
        self.assertAlmostEqual(two.least(PEAK) - cliffs.START - cliffs.WAKING, (one.least(PEAK) - cliffs.START) / 2)


class Jumps(unittest.TestCase):
    def test_a_point_is_compared_with_its_better_neighbour(self):
        made, timings = walk([1, 2, 1.6])
        self.assertEqual(cliffs.better_neighbour(made, timings, 1)[0], 0)
        self.assertAlmostEqual(cliffs.better_neighbour(made, timings, 1)[1], 2, 3)
        self.assertEqual(cliffs.better_neighbour(made, timings, 0)[0], 1)

    def test_in_a_ring_all_are_neighbours(self):
        made, timings = walk([1, 3, 3, 3], is_ring=True)
        self.assertEqual([cliffs.better_neighbour(made, timings, index)[0] for index in (1, 2, 3)], [0, 0, 0])

    def test_what_was_disturbed_once_is_no_jump(self):
        made, timings = walk([1, 4, 1])
        again = mock.Mock(side_effect=lambda point: timing(point, 1.1))
        self.assertEqual(cliffs.measure_again(made, timings, again, 1.5), [])
        self.assertLessEqual(again.call_count, 2)

    def test_what_stays_slow_is_a_jump(self):
        made, timings = walk([1, 4, 1])
        excess = {point: value for point, value in zip(made.points, (1, 3.9, 1))}
        again = mock.Mock(side_effect=lambda point: timing(point, excess[point]))
        (index, _, ratio), = cliffs.measure_again(made, timings, again, 1.5)
        self.assertEqual(index, 1)
        self.assertAlmostEqual(ratio, 3.9, 3)
        self.assertEqual(again.call_count, 2 * cliffs.UNEXPLAINED_ROUNDS)

    def test_a_neighbour_that_was_disturbed_hides_no_jump_of_its_own(self):
        made, timings = walk([1, 1, 9, 1])
        again = mock.Mock(side_effect=lambda point: timing(point, 9 if point == made.points[2] else 1))
        self.assertEqual([jump[0] for jump in cliffs.measure_again(made, timings, again, 1.5)], [2])


class Reasons(unittest.TestCase):
    def explain(self, kind, excess, algorithm="direct", other="direct", point=None, neighbour=None):
        point = point or cliffs.layer("x", 64, 64, (56, 56), 3, 1, 1)
        neighbour = neighbour or cliffs.layer("y", 64, 64, (57, 57), 3, 1, 1)
        return cliffs.explanation(
            kind, point, timing(point, excess, algorithm), neighbour, timing(neighbour, 0.4, other))

    def test_true_sums_at_the_peak_are_no_cliff(self):
        self.assertIn("0.7 of the peak", self.explain("size", 1.3, other="winograd4"))
        self.assertIsNone(self.explain("size", 1.6, other="winograd4"))

    def test_forms_dilations_and_threads_have_no_excuse(self):
        for kind in ("form", "dilation", "threads"):
            self.assertIsNone(self.explain(kind, 1.1, other="fft"))

    def test_a_channel_more_than_vectors_hold_is_explained_by_them(self):
        wide, wider = (cliffs.layer(c, c, c, (28, 28), 3, 1, 1) for c in (16, 17))
        self.assertIn("vectors", self.explain("channels", 2, point=wider, neighbour=wide))
        self.assertIsNone(self.explain("channels", 2, point=wide, neighbour=wider))

    def test_a_transform_of_fewer_taps_may_take_as_long(self):
        few, many = (cliffs.layer(taps, 16, 16, (3000,), taps, 1, taps // 2) for taps in (65, 96))
        self.assertIn("however many taps", cliffs.explanation(
            "kernel", few, cliffs.Timing(1e-4, PEAK, "fft"), many, cliffs.Timing(1e-4, PEAK, "fft")))
        self.assertIsNone(cliffs.explanation(
            "kernel", few, cliffs.Timing(2e-4, PEAK, "fft"), many, cliffs.Timing(1e-4, PEAK, "fft")))

    def test_strides_read_rows_and_lines(self):
        every = cliffs.layer("x", 1, 1, (64, 64), 1)
        fourth = cliffs.layer("x", 1, 1, (64, 64), 1, 4)
        self.assertEqual(every.bytes - 4 * (64 * 64 + 1), 4 * 64 * 64)
        # A row of four, and each line of it.
        self.assertEqual(fourth.bytes - 4 * (16 * 16 + 1), 4 * 16 * 64)

    def test_what_takes_no_time_has_no_jump(self):
        one = cliffs.layer("x", 4, 4, (2, 2), 3, 1, 1)
        self.assertIn("microseconds", self.explain("size", 3, point=one))


class Report(unittest.TestCase):
    def run_walk(self, excesses, **options):
        made, timings = walk(excesses, **options)
        timings = [dataclasses.replace(each, seconds=2 * each.seconds) for each in timings]
        table = dict(zip(made.points, timings))
        return cliffs.run([made], table.__getitem__, 1.5, 60, lambda text: None)

    def test_an_even_walk_prints_nothing(self):
        self.assertEqual(self.run_walk([1, 1.2, 1.4]), ([], 0))

    def test_a_jump_without_a_reason_counts(self):
        lines, unexplained = self.run_walk([1, 3, 1])
        self.assertEqual((len(lines), unexplained), (1, 1))
        self.assertIn("not explained", lines[0])

    def test_a_reason_is_printed_and_does_not_count(self):
        rule = (("size",), lambda *_: True, "because")
        with mock.patch.object(cliffs, "EXPLAINED", [rule]):
            lines, unexplained = self.run_walk([1, 3, 1])
            self.assertEqual(unexplained, 0)
            self.assertIn("because", lines[0])
            # A reason is for its kinds of walks alone.
            self.assertEqual(self.run_walk([1, 3, 1], kind="batch")[1], 1)

    def test_a_walk_that_takes_too_long_is_no_verdict(self):
        made, timings = walk([1, 1])
        table = dict(zip(made.points, timings))
        with self.assertRaises(cliffs.CouldNotMeasure):
            cliffs.run([made], table.__getitem__, 1.5, -1, lambda text: None)

    def test_every_layer_of_every_walk_is_a_convolution(self):
        made = cliffs.walks([*cliffs.KINDS, "threads"], 1, False)
        self.assertGreater(len(made), 100)
        for point in (point for each in made for point in each.points):
            self.assertTrue(all(extent > 0 for extent in point.outputs), point)
            self.assertEqual((point.channels % point.groups, point.out_channels % point.groups), (0, 0), point)
            self.assertGreater(point.multiplications, 0, point)

    def test_a_quick_run_has_walks_of_every_kind(self):
        self.assertEqual({each.kind for each in cliffs.walks([*cliffs.KINDS], 1, True)}, set(cliffs.KINDS))


if __name__ == "__main__":
    unittest.main()
