// SPDX-License-Identifier: Apache-2.0
//
// Depthwise convolution: output channel k reads input channel k / out_channels alone.
//
//     output[k][y][x] = activation(sum over ky, kx of weights[k][ky][kx] * input[k / m][y * s + ky * d - pad][...]
//                                  + bias[k] + residual[k][y][x])
//
// with m = out_channels of a group. Weights stay as they are given, [channel][kernel_height][kernel_width]. Four bodies
// share the work:
//
// * Strips (depthwise_strip.h): the square kernels of networks, NCHW, dilation 1. Rolling accumulators.
// * Stages (depthwise_stage.h): every other kernel, stride and dilation in NCHW, from padded copies of some rows.
// * Lines (depthwise_line.h): the same without a copy, for weights that are not finite and kernels too wide to copy.
// * Channels (depthwise_channels.h): channel lanes for NHWC; and, for any strides whatever, single elements.
//
// A padded tap is skipped: an infinite weight must not meet a padded zero. Strips and stages add the weight times zero
// instead, so channels with a weight that is not finite go by lines. Which body computes an element depends on the
// geometry and the weights only, and each sums in the order ky, kx: bits do not depend on how the work is cut.
//
// The file that includes this defines, beside the vocabulary:
//
//     STRIP_K3S1, STRIP_K5S1, STRIP_K7S1, STRIP_K3S2, STRIP_K5S2   vectors of a strip, by kernel and stride
//     STRIP_REGISTERS                what they must fit
//     STRIP_HOIST(kernel, vectors)   whether the nine weights of a 3 x 3 kernel stay in registers
//     STRIP_OPEN                     whether an unmasked load and a mask cost less than a masked load
//     STAGE_SHIFTED                  where defined, how many vectors of a tile of eight `vec_shift_in` makes
//     vec_even(a, b), vec_odd(a, b)  every other lane of a and b, beginning with the first or the second
//     vec_keep_lanes(v, b, e)        lanes b..<e of v, the others 0
//     vec_shift_in(a, b)             lanes 1..<VL of a, then lane 0 of b

#ifndef CK_DEPTHWISE_TEMPLATE_H
#define CK_DEPTHWISE_TEMPLATE_H

#include "simd/common.h"

#include "depthwise/depthwise_strip.h"
#include "depthwise/depthwise_stage.h"
#include "depthwise/depthwise_line.h"
#include "depthwise/depthwise_channels.h"

static void pack_weights(const ck_geometry *g, const float *weight, float *packed, ck_range channels) {
    const ptrdiff_t taps = g->kernel_height * g->kernel_width;
    memcpy(packed + channels.begin * taps, weight + channels.begin * taps,
           (size_t)((channels.end - channels.begin) * taps) * sizeof(float));
}

static void run(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    if (g->in_pixel_stride != 1 || g->out_pixel_stride != 1) {
        run_apart(task);
        return;
    }
    const strip_kernel *strips = find_strips(g);
    const ptrdiff_t taps = g->kernel_height * g->kernel_width;
    stage plan;
    const int staged = plan_stage(g, task->part, &plan);
    // Channels whose columns are one strip go together; of wider images one after the other, which reads a plane once.
    const int together = strips && task->part.columns.end - task->part.columns.begin <= strips->vectors * VL;
    for (ptrdiff_t image = task->part.images.begin; image < task->part.images.end; image++) {
        for (ptrdiff_t c = task->channels.begin; c < task->channels.end;) {
            ptrdiff_t end = c;
            while (end < (together ? task->channels.end : c + 1) && all_finite(task->weights + end * taps, taps)) {
                end++;
            }
            if (end > c && strips) {
                run_strips(task, strips, image, (ck_range){c, end});
                c = end;
            } else {
                (end > c && staged) ? run_staged(task, &plan, image, c) : run_lines(task, image, c);
                c++;
            }
        }
    }
}

#endif
