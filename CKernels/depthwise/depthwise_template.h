// SPDX-License-Identifier: Apache-2.0
//
// Depthwise convolution: output channel k reads input channel k / out_channels alone.
//
//     output[k][y][x] = activation(sum over ky, kx of weights[k][ky][kx] * input[k / m][y * s + ky * d - pad][...]
//                                  + bias[k] + residual[k][y][x])
//
// Weights stay as they are given, [channel][kernel_height][kernel_width]. Three bodies share the work:
//
// * Strips (depthwise_strip.h): the square kernels of networks, NCHW, dilation 1. Rolling accumulators.
// * Lines (below): every other kernel, stride and dilation in NCHW, a few vectors of an output row at a time.
// * Channel lanes (depthwise_channels.h): NHWC, where the channels of a pixel are neighbours; and, for any strides
//   whatever, a loop over single elements.
//
// A padded tap is skipped: an infinite weight must not meet a padded zero. Strips add a masked zero times the weight
// instead, so channels with a weight that is not finite go by lines. Which body computes an element depends on the
// geometry and the weights only, and each sums in the order ky, kx: bits do not depend on how the work is cut.

#ifndef CK_DEPTHWISE_TEMPLATE_H
#define CK_DEPTHWISE_TEMPLATE_H

#define CK_INLINE static inline __attribute__((always_inline))

static inline ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

/// The range of taps at start + i * step, 0 <= i < count, that fall into 0..<extent.
static inline ck_range taps_inside(ptrdiff_t start, ptrdiff_t step, ptrdiff_t count, ptrdiff_t extent) {
    const ptrdiff_t begin = start >= 0 ? 0 : (-start + step - 1) / step;
    const ptrdiff_t end = start >= extent ? 0 : (extent - start + step - 1) / step;
    return (ck_range){begin, smaller(end, count)};
}

// Stores the first `count` lanes, 0 < count < VL. A masked store of AVX2 takes some twenty cycles on AMD processors, as
// long as a whole 3 x 3 strip step; a whole store beside and copies of 4, 2 and 1 floats take two or three.
CK_INLINE void store_first(float *p, vec v, ptrdiff_t count) {
    if (VL != 8) {
        vec_store_lanes(p, v, 0, count);
        return;
    }
    float lane[VL];
    vec_store(lane, v);
    ptrdiff_t at = 0;
    for (ptrdiff_t piece = VL / 2; piece > 0; piece /= 2) {
        if (count & piece) {
            memcpy(p + at, lane + at, (size_t)piece * sizeof(float));
            at += piece;
        }
    }
}

#include "depthwise/depthwise_strip.h"
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
    for (ptrdiff_t image = task->part.images.begin; image < task->part.images.end; image++) {
        for (ptrdiff_t channel = task->channels.begin; channel < task->channels.end;) {
            const ptrdiff_t done = strips ? run_strips(task, strips, image, channel) : 0;
            if (done == 0) run_lines(task, image, channel);
            channel += done ? done : 1;
        }
    }
}

#endif
