# SPDX-License-Identifier: Apache-2.0
"""Tests of the layers: shapes and answers of each operation, the tables, and how layers are told to libraries. Needs
numpy, and no library that is measured."""

import contextlib
import io
import math
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

try:
    import numpy as np
except ImportError as error:
    raise unittest.SkipTest("numpy is not installed") from error

import compare
import layers
from libraries import litert, ncnn_cpu


def layer(**more):
    values = {"name": "l", "rank": 2, "n": 2, "c": 4, "size": [5, 6], "k": 6, "kernel": [3, 2], "stride": [2, 1],
              "padding": [1, 2], "dilation": [1, 2], "groups": 2, **more}
    return layers.Layer.from_row(values)


def upscaling(**more):
    """A transposed convolution of 2 x 4 channels to 2 x 3, with an output padding."""
    return layer(op="conv_transpose2d", c=4, k=6, output_padding=[1, 0], **more)


def shaped(rank, op, **more):
    """The first of three axes that differ in all, and as many as the operation has."""
    extents = {"size": [5, 4, 6], "kernel": [2, 3, 1], "stride": [2, 1, 3], "padding": [1, 2, 0], "dilation": [2, 1, 1]}
    return layer(op=op, rank=rank, **{key: value[:rank] for key, value in extents.items()}, **more)


class ReferenceTests(unittest.TestCase):
    def test_a_convolution_is_the_sum_over_the_window(self):
        conv = layer()
        source, weight = layers.make_data(conv)
        expected = np.zeros(conv.output_shape)
        for n, k, y, x in np.ndindex(*conv.output_shape):
            for c, ky, kx in np.ndindex(*conv.weight_shape[1:]):
                iy, ix = y * 2 - 1 + ky, x - 2 + kx * 2
                if 0 <= iy < 5 and 0 <= ix < 6:
                    expected[n, k, y, x] += float(source[n, k // 3 * 2 + c, iy, ix]) * float(weight[k, c, ky, kx])
        self.assertEqual(conv.output_shape, (2, 6, 3, 8))
        np.testing.assert_allclose(layers.reference(conv, source, weight), expected, rtol=1e-12, atol=1e-12)

    def test_a_transposed_convolution_spreads_each_input_over_the_window(self):
        conv = upscaling()
        source, weight = layers.make_data(conv)
        expected = np.zeros(conv.output_shape)
        for n, c, iy, ix in np.ndindex(*conv.input_shape):
            for k, ky, kx in np.ndindex(*conv.weight_shape[1:]):
                y, x = iy * 2 - 1 + ky, ix - 2 + kx * 2
                if 0 <= y < 10 and 0 <= x < 4:
                    expected[n, c // 2 * 3 + k, y, x] += float(source[n, c, iy, ix]) * float(weight[c, k, ky, kx])
        self.assertEqual((conv.weight_shape, conv.output_shape), ((4, 3, 3, 2), (2, 6, 10, 4)))
        np.testing.assert_allclose(layers.reference(conv, source, weight), expected, rtol=1e-12, atol=1e-12)

    def test_a_transposed_convolution_is_the_transpose_of_the_convolution(self):
        for rank in (1, 2, 3):
            conv = shaped(rank, f"conv{rank}d")
            # What a stride leaves over at the end of the convolution's input.
            covered = [(o - 1) * s + span - 2 * p for o, s, span, p in
                       zip(conv.output_size, conv.stride, conv.spans, conv.padding)]
            over = [extent - part for extent, part in zip(conv.size, covered)]
            back = layer(**{**conv.row(), "op": f"conv_transpose{rank}d", "c": conv.k, "k": conv.c,
                            "size": list(conv.output_size), "output_padding": over})
            self.assertEqual((back.weight_shape, back.output_shape), (conv.weight_shape, conv.input_shape))
            source, weight = layers.make_data(conv)
            other = np.cos(np.arange(math.prod(conv.output_shape))).reshape(conv.output_shape)
            self.assertAlmostEqual(float(np.sum(layers.reference(conv, source, weight) * other)),
                                   float(np.sum(source * layers.reference(back, other, weight))), places=9)
            self.assertEqual(back.flops, conv.flops)

    def test_the_work_is_that_of_each_value_with_each_tap(self):
        self.assertEqual(layer().flops, 2 * (2 * 6 * 3 * 8) * (2 * 3 * 2))
        self.assertEqual(upscaling().flops, 2 * (2 * 4 * 5 * 6) * (3 * 3 * 2))

    def test_a_sequence_is_an_image_one_pixel_high(self):
        for op in ("conv1d", "conv_transpose1d"):
            sequence = layer(op=op, rank=1, size=[9], kernel=[3], stride=[2], padding=[1], dilation=[2])
            source, weight = layers.make_data(sequence)
            image = sequence.as_images()
            same = layers.reference(image, source.reshape(image.input_shape), weight.reshape(image.weight_shape))
            np.testing.assert_array_equal(same.reshape(sequence.output_shape),
                                          layers.reference(sequence, source, weight))
            self.assertEqual((image.op, image.flops), (op.replace("1d", "2d"), sequence.flops))
        volume = shaped(3, "conv3d")
        self.assertIs(volume.as_images(), volume)

    def test_the_error_is_relative_to_the_largest_output(self):
        expected = np.array([[1.0, -4.0]])
        self.assertEqual(layers.error_of(np.array([1, -4], np.float32), expected), 0)
        self.assertAlmostEqual(layers.error_of(np.array([1.5, -4], np.float32), expected), 0.125)
        self.assertEqual(layers.error_of(np.array([1, math.nan], np.float32), expected), math.inf)
        self.assertEqual(layers.error_of(np.array([1], np.float32), expected), math.inf)


class RowTests(unittest.TestCase):
    def test_a_row_of_each_operation_comes_back(self):
        for op, rank in layers.OPERATIONS.items():
            conv = shaped(rank, op)
            self.assertEqual((conv.op, conv.rank, conv.is_transposed), (op, rank, "transpose" in op))
            self.assertEqual(layers.Layer.from_row(conv.row()), conv)
            self.assertEqual("output_padding" in conv.row(), conv.is_transposed)

    def test_the_operation_is_that_of_the_rank_where_the_row_does_not_say(self):
        self.assertEqual(layer().op, "conv2d")
        self.assertEqual(shaped(3, None).op, "conv3d")

    def test_rows_that_only_convolve_understands_are_refused_by_name(self):
        with self.assertRaisesRegex(ValueError, "layer l: padding is 'same', not 2 whole numbers"):
            layer(padding="same")
        with self.assertRaisesRegex(ValueError, "layer x: no rank"):
            layers.Layer.from_row({"name": "x"})

    def test_rows_of_no_operation_are_refused_by_name(self):
        with self.assertRaisesRegex(ValueError, "layer l: there is no operation conv_transpose3d of 2 axes"):
            layer(op="conv_transpose3d")
        with self.assertRaisesRegex(ValueError, "layer l: there is no operation conv4d of 4 axes"):
            layer(rank=4)
        with self.assertRaisesRegex(ValueError, "layer l: output_padding is of transposed convolutions"):
            layer(output_padding=[1, 0])
        with self.assertRaisesRegex(ValueError, r"layer l: output_padding is \[1\], not 2 whole numbers"):
            layer(op="conv_transpose2d", output_padding=[1])


class TableTests(unittest.TestCase):
    def test_all_of_the_family_is_compared(self):
        options = compare.parse(["--network", "family"])
        selected, skipped = compare.select_layers(layers.load_table(options.layers), None, False, lambda text: None)
        self.assertEqual(skipped, {})
        self.assertEqual({conv.op for conv in selected}, set(layers.OPERATIONS) - {"conv1d", "conv2d"})
        self.assertEqual(options.output, compare.ROOT / ".build/peers")

    def test_the_mixed_table_is_what_is_published(self):
        options = compare.parse([])
        self.assertEqual((options.layers, options.output), (compare.TABLE, compare.ROOT / "docs/peers"))

    def test_layers_of_one_table_are_timed(self):
        for arguments in (["--network", "none"], ["--network", "family", "--layers", "x.json"],
                          ["--program", "/nowhere/convolve"]):
            with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
                compare.parse(arguments)

    def test_quick_layers_are_in_the_tables(self):
        names = {row["name"] for network in ("mixed", "family")
                 for row in layers.load_table(compare.NETWORKS[network])}
        self.assertEqual(set(compare.QUICK) - names, set())


class LibraryTests(unittest.TestCase):
    """What our code must get right by itself, since a wrong answer only shows when the library is there."""

    def test_ncnn_numbers_the_axes_from_the_last(self):
        line = ncnn_cpu.node_of(shaped(3, "conv_transpose3d", groups=1, output_padding=[1, 0, 2]))
        self.assertTrue(line.startswith("Deconvolution3D layer 1 1 x y "), line)
        values = dict(entry.split("=") for entry in line.split()[6:])
        keys = {1: "1", 11: "3", 21: "2", 2: "1", 22: "2", 3: "3", 13: "1", 23: "2", 4: "0", 14: "2", 24: "1",
                18: "2", 19: "0", 20: "1", 0: "6", 6: "144"}
        self.assertEqual({key: values[str(key)] for key in keys}, keys)
        self.assertTrue(ncnn_cpu.node_of(layer()).startswith("ConvolutionDepthWise layer "))
        self.assertIn(" 7=2", ncnn_cpu.node_of(layer()))

    def test_ncnn_has_the_filters_outside(self):
        conv = upscaling()
        _, weight = layers.make_data(conv)
        turned = ncnn_cpu.weight_of(conv, weight)
        self.assertEqual(turned.shape, (2, 3, 2, 3, 2))
        np.testing.assert_array_equal(turned[1, 2, 0], weight[2, 2])

    def test_litert_takes_same_for_the_padding_that_it_means(self):
        def is_same(kernel, stride, padding, extra=0):
            return litert.has_same_padding(layer(
                op="conv_transpose2d", kernel=[kernel] * 2, stride=[stride] * 2, padding=[padding] * 2,
                dilation=[1, 1], output_padding=[extra] * 2))

        self.assertTrue(is_same(4, 2, 1))
        self.assertTrue(is_same(3, 1, 1))
        self.assertTrue(is_same(2, 2, 0))
        self.assertFalse(is_same(4, 2, 3))  # the output is smaller than the input times the stride
        self.assertFalse(is_same(4, 2, 0))  # it is larger
        self.assertFalse(is_same(3, 2, 1, 1))  # SAME cuts the odd pixel off at the other end
        self.assertFalse(is_same(1, 2, 0))  # the taps leave gaps


if __name__ == "__main__":
    unittest.main()
