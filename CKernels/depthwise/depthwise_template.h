// SPDX-License-Identifier: Apache-2.0
//
// Depthwise convolution: output channel k reads input channel k / out_channels alone.
//
//     output[k][y][x] = activation(sum over ky, kx of weights[k][ky][kx] * input[k / m][y * s + ky * d - pad][...]
//                                  + bias[k] + residual[k][y][x])
//
// with m = out_channels of a group. Weights stay as they are given, [channel][kernel_height][kernel_width]. Ten bodies
// share the work:
//
// * Planes (depthwise_planes.h): small planes, NCHW, dilation 1. Channel lanes, transposed to and fro.
// * Strips (depthwise_strip.h): the square kernels of networks, NCHW, dilation 1. Rolling accumulators.
// * Halves (depthwise_halves.h): the same for narrow planes and ends of rows, of two channels at once.
// * Wraps (depthwise_wrap.h): square kernels with dilation, likewise, where the output is as wide as the input: vectors
// run on from row to row.
// * Blocks (depthwise_block.h): the same, with few registers, for outputs of a vector of columns and some rows or more.
// * Lanes (depthwise_lanes.h): every other kernel, stride and dilation, of channels that fill vectors. Windows are
// copied to channel lanes: from NCHW (depthwise_lanes_first.h) where that takes less time than tiles, and from NHWC
// (depthwise_lanes_last.h) where many pixels are at an edge, or channels have several filters.
// * Rows (depthwise_rows.h): the same in NCHW; tiles of a vector of each of some rows.
// * Columns (depthwise_columns.h): the same for one row of output; tiles of some vectors of the row.
// * Lines (depthwise_line.h): the same, slower, for weights that are not finite and kernels too large for the others.
// * Channels (depthwise_channels.h): channel lanes for NHWC, in place; and, for any strides whatever, single elements.
//
// Rows and columns share the tile (depthwise_tile.h) and copies of input that has to be brought into order
// (depthwise_stage.h). What is too large for the stack is in the scratch (ck_kernels.h has its size).
//
// A padded tap is skipped: an infinite weight must not meet a padded zero. Strips, halves, wraps, blocks, lanes, rows
// and columns may add the weight times zero instead, so channels with a weight that is not finite go by lines, in NHWC
// in place. The order in which an element is summed depends on the geometry and the weights only: bodies that share the
// channels of one geometry share it, and bits do not depend on how the work is cut.
//
// The file that includes this defines, beside the vocabulary:
//
//     STRIP_K3S1, STRIP_K5S1, STRIP_K7S1, STRIP_K3S2, STRIP_K5S2   vectors of a strip, by kernel and stride
//     VECTOR_REGISTERS               what they must fit
//     TILE_OUTPUTS                   vectors of output in a tile of rows or columns, at most
//     STRIP_HOIST(kernel, vectors)   whether the nine weights of a 3 x 3 kernel stay in registers
//     STRIP_HOIST_K5S2               up to how many vectors 15 weights of a 5 x 5 kernel with stride 2 do
//     quad, quad_load, quad_store, quad_transpose
//                                    four floats, as a vector of them, and the matrix of four
//     quad_mask, quad_lanes(b, e), quad_load_masked(p, m)
//                                    a mask of lanes b..<e, of four, and a load of those: others are 0 and not read
//     vec_load_fours(p, a)           VL / 4 times four floats, the first at p, the next ones each a floats on
//     vec_store_fours(p, v, a)       stores them
//     vec_transpose_fours(v)         exchanges lane i of each four lanes of v[j] and lane j of those of v[i], i, j < 4
//     BLOCKS                         defined where there are blocks (and planes), with
//     lane_steps                     VL times 0, 2 VL times -1 and VL times 0; VL of them are a mask
//     vec_load_masked(p, m)          the floats at p where the mask at m is -1, the others 0 and not read
//     vec_masked(v, m)               v where the mask is -1, the others 0
//     STRIP_OPEN                     whether an unmasked load and a mask cost less than a masked load
//     STRIP_SORTED(kernel, vectors, edge)
//                                    whether strips with stride 2 keep lanes in order
//     vec_even(a, b), vec_odd(a, b)  every other lane of a and b, beginning with the first or the second
//     vec_even_unsorted(a, b), vec_odd_unsorted(a, b), vec_sorted(v)
//                                    the same in an order that costs less, and what brings it into order
//     TILE_TAP, LANE_TAP             what a multiplication takes by tiles and by lanes, in a unit of their own
//     TILE_COPIES(h, reach)          whether tiles of rows without a stride read copies, by the window's rows and
//     columns LANES_UNSTRIDED(h, w, rows, columns)
//                                    whether lanes pay without a stride along the rows, by kernel and output
//     TILE_SHIFTED                   where `vec_shift_in` is defined, how many vectors of a tile it makes
//     vec_shift_in(a, b)             lanes 1..<VL of a, then lane 0 of b
//     vec_keep_lanes(v, b, e)        lanes b..<e of v, the others 0
//     HALVES                         defined where there are halves, with
//     vec_halves(a, b, k)            VL / 2 lanes from lane k on of a, then those of b
//     vec_set_halves(a, b, k)        VL / 2 times lane k of a, then as often that of b
//     PLANES                         defined where there are planes, with
//     PLANES_K3S1(w), PLANES_K5S1(w), PLANES_K7S1(w), PLANES_K3S2(w), PLANES_K5S2(w)
//                                    whether outputs of w columns go by planes, by kernel and stride
//     WRAPS                          defined where there are wraps, with
//     lane_mask                      an integer with a bit for each lane
//     vec_load_chosen(p, m)          the floats at p of the lanes in the mask, the others 0 and not read
//     vec_fma_chosen(a, b, c, m)     a * b + c in the lanes of the mask, the others c

#ifndef CK_DEPTHWISE_TEMPLATE_H
#define CK_DEPTHWISE_TEMPLATE_H

#include "simd/common.h"

#include "depthwise/depthwise_strip.h"
#include "depthwise/depthwise_transpose.h"
#include "depthwise/depthwise_stage.h"
#ifdef PLANES
#    include "depthwise/depthwise_planes.h"
#endif
#ifdef WRAPS
#    include "depthwise/depthwise_wrap.h"
#endif
#include "depthwise/depthwise_tile.h"
#include "depthwise/depthwise_rows.h"
#include "depthwise/depthwise_columns.h"
#include "depthwise/depthwise_lanes.h"
#include "depthwise/depthwise_lanes_first.h"
#include "depthwise/depthwise_lanes_last.h"
#include "depthwise/depthwise_line.h"
#include "depthwise/depthwise_channels.h"
#ifdef BLOCKS
#    include "depthwise/depthwise_block.h"
#endif

static void pack_weights(const ck_geometry *g, const float *weight, float *packed, ck_range channels, float *scratch) {
    (void)scratch;
    const ptrdiff_t taps = g->kernel_height * g->kernel_width;
    memcpy(packed + channels.begin * taps, weight + channels.begin * taps,
           (size_t)((channels.end - channels.begin) * taps) * sizeof(float));
}

#ifdef WRAPS
// All channels, where wraps compute the geometry; otherwise 0. Parts of rows go by lines.
static int run_by_wraps(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const wrap_kernel *kernel = find_wraps(g);
    if (!kernel) return 0;
    const ptrdiff_t taps = g->kernel_height * g->kernel_width;
    const int whole = task->part.columns.end - task->part.columns.begin == g->out_width;
    wrap_plan *const plan = (wrap_plan *)task->scratch;
    plan_wraps(g, plan);
    // Channels whose bands are one strip go together, as those of strips do.
    const ptrdiff_t most = plan->vectors <= kernel->vectors ? PTRDIFF_MAX : 1;
    for (ptrdiff_t image = task->part.images.begin; image < task->part.images.end; image++) {
        for (ptrdiff_t c = task->channels.begin, end; c < task->channels.end; c = end) {
            end = c;
            while (end < task->channels.end && end - c < most && whole &&
                   all_finite(task->weights + end * taps, taps)) {
                end++;
            }
            if (end > c) {
                run_wraps(task, kernel, plan, image, (ck_range){c, end});
            } else {
                run_lines(task, image, end++);
            }
        }
    }
    return 1;
}
#endif

static void run(const ck_task *given) {
    // Where planes compute some channels, those that are left.
    ck_task left = *given;
    const ck_task *const task = &left;
    const ck_geometry *g = task->geometry;
    if (g->in_pixel_stride != 1 || g->out_pixel_stride != 1) {
        run_apart(task);
        return;
    }
#ifdef PLANES
    const plane_kernel *planes = find_planes(g);
    if (planes) left.channels.begin += run_planes(task, planes);
    if (left.channels.begin == left.channels.end) return;
#endif
#ifdef BLOCKS
    // What planes leave goes by strips, whose order of sums is theirs.
    const block_kernel *blocks = find_planes(g) ? NULL : find_blocks(g);
    if (blocks) {
        run_blocks(task, blocks);
        return;
    }
#endif
#ifdef WRAPS
    if (run_by_wraps(task)) return;
#endif
    const strip_kernel *strips = find_strips(g);
    const scratch_parts scratch = divide_scratch(task);
    const ptrdiff_t taps = g->kernel_height * g->kernel_width, filters = g->out_channels;
    chain_list list = {.chains = scratch.chains};
    column_plan columns;
    row_plan rows;
    lane_plan lanes;
    const int by_tiles = !strips && offsets_fit(g);
    const int by_columns = by_tiles && plan_columns(g, &columns, &list);
    const int by_rows = by_tiles && !by_columns && plan_rows(g, task->part.columns, &rows, &list);
    const int by_lanes = (by_columns || by_rows) && plan_lanes(g, &lanes, &scratch) && lanes_pay(g, &lanes);
    if (by_lanes) order_taps(g, &lanes, &list);
    // Channels whose columns are one strip go together; of wider images one after the other, which reads a plane once,
    // or two where halves want two.
    const ck_range part = task->part.columns, channels = task->channels;
    const int together = strips && part.end - part.begin <= strips->vectors * VL;
    const ptrdiff_t several = together ? PTRDIFF_MAX : strips && half_columns(strips, part) > 0 ? 2 : 1;
    for (ptrdiff_t image = task->part.images.begin; image < task->part.images.end; image++) {
        ptrdiff_t in_lanes = 0; // so many channels before this one
        for (ptrdiff_t c = channels.begin, end; c < channels.end; c = end) {
            const ptrdiff_t most = by_lanes && c % filters == 0 ? VL * filters : several;
            for (end = c; end < channels.end && end - c < most && all_finite(task->weights + end * taps, taps); end++) {
            }
            // The last channels, with some before them again, where a residual is not added twice.
            const ptrdiff_t first =
                end == channels.end && in_lanes > 0 && !task->epilogue.residual ? end - VL * filters : c;
            if (by_lanes && end - first == VL * filters && first % filters == 0) {
                run_lanes(task, &lanes, image, first / filters);
                in_lanes = VL * filters;
                continue;
            }
            in_lanes = 0;
            if (end > c && strips) {
                run_strips(task, strips, image, (ck_range){c, end});
                continue;
            }
            if (end > c && by_columns) {
                run_columns(task, &columns, &list, scratch.rest, image, c);
            } else if (end > c && by_rows) {
                run_rows(task, &rows, &list, scratch.rest, image, c);
            } else {
                run_lines(task, image, c);
            }
            end = c + 1;
        }
    }
}

#endif
