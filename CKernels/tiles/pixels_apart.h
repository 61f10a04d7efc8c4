// SPDX-License-Identifier: Apache-2.0
//
// Pixels that are not neighbours, in the input or in the output: the input is brought into order some channels at a
// time, and the sums are stored one by one.

#ifndef CK_TILES_PIXELS_APART_H
#define CK_TILES_PIXELS_APART_H

#include "tiles/pixel_tile.h"
#include "tiles/tile_sizes.h"

// buffer[k][p] = input[p * stride_width * in_pixel_stride + k * in_channel_stride] for k < depth, p < pixels; zero for
// further pixels.
static void gather_panel(const ck_geometry *g, const float *input, ptrdiff_t depth, ptrdiff_t pixels, float *buffer) {
    const ptrdiff_t step = g->stride_width * g->in_pixel_stride;
    for (ptrdiff_t k = 0; k < depth; k += VL) {
        const ptrdiff_t lanes = depth - k < VL ? depth - k : VL;
        for (ptrdiff_t p = 0; p < TILE_PIXELS; p += VL) {
            vec v[VL];
            for (ptrdiff_t i = 0; i < VL; i++) {
                const float *from = input + (p + i) * step + k * g->in_channel_stride;
                if (p + i >= pixels) {
                    v[i] = vec_zero();
                } else if (g->in_channel_stride == 1) {
                    v[i] = lanes == VL ? vec_load(from) : vec_load_lanes(from, 0, lanes);
                } else {
                    float lane[VL] = {0};
                    for (ptrdiff_t j = 0; j < lanes; j++) {
                        lane[j] = from[j * g->in_channel_stride];
                    }
                    v[i] = vec_load(lane);
                }
            }
            vec_transpose(v);
            for (ptrdiff_t i = 0; i < VL; i++) {
                vec_store(buffer + (k + i) * TILE_PIXELS + p, v[i]);
            }
        }
    }
}

static __attribute__((noinline)) void scatter_tile(const ck_task *task, const accumulators sum, ptrdiff_t offset,
                                                   ptrdiff_t channel, ptrdiff_t rows, ptrdiff_t pixels) {
    const ck_geometry *g = task->geometry;
    float value[TILE_CHANNELS][TILE_PIXELS];
    for (ptrdiff_t r = 0; r < rows; r++) {
        const float bias = task->epilogue.bias ? task->epilogue.bias[channel + r] : 0;
        const ptrdiff_t at = offset + (channel + r) * g->out_channel_stride;
        for (ptrdiff_t v = 0; v < TILE_VECTORS; v++) {
            vec_store(&value[r][v * VL], vec_add(sum[r][v], vec_set1(bias)));
        }
        for (ptrdiff_t p = 0; task->epilogue.residual && p < pixels; p++) {
            value[r][p] += task->epilogue.residual[at + p * g->out_pixel_stride];
        }
        for (ptrdiff_t v = 0; v < TILE_VECTORS; v++) {
            vec_store(&value[r][v * VL], vec_activate(vec_load(&value[r][v * VL]), task));
        }
    }
    float *output = task->output + offset + channel * g->out_channel_stride;
    for (ptrdiff_t p = 0; p < pixels; p++) {
        for (ptrdiff_t r = 0; r < rows; r++) {
            output[p * g->out_pixel_stride + r * g->out_channel_stride] = value[r][p];
        }
    }
}

static __attribute__((noinline)) void multiply_row_apart(const ck_task *task, const float *input, ptrdiff_t offset,
                                                         ptrdiff_t count) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t depth = g->channels;
    float *const buffer = task->scratch;
    for (ptrdiff_t p = 0; p < count; p += TILE_PIXELS) {
        const ptrdiff_t pixels = count - p < TILE_PIXELS ? count - p : TILE_PIXELS;
        const float *first = input + p * g->stride_width * g->in_pixel_stride;
        if (depth <= GATHER_DEPTH) gather_panel(g, first, depth, pixels, buffer);
        for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c += TILE_CHANNELS) {
            const ptrdiff_t left = task->channels.end - c;
            accumulators sum;
            for (int i = 0; i < TILE_CHANNELS * TILE_VECTORS; i++) {
                sum[i / TILE_VECTORS][i % TILE_VECTORS] = vec_zero();
            }
            for (ptrdiff_t k = 0; k < depth; k += GATHER_DEPTH) {
                const ptrdiff_t held = depth - k < GATHER_DEPTH ? depth - k : GATHER_DEPTH;
                if (depth > GATHER_DEPTH) gather_panel(g, first + k * g->in_channel_stride, held, pixels, buffer);
                const pixel_tile t = {
                    .input = buffer,
                    .input_stride = TILE_PIXELS,
                    .depth = held,
                    .weights = task->weights + c * depth + k * TILE_CHANNELS,
                };
                multiply_pixel_lanes(sum, &t, held, TILE_CHANNELS, TILE_VECTORS, WHOLE);
            }
            scatter_tile(task, sum, offset + p * g->out_pixel_stride, c, left < TILE_CHANNELS ? left : TILE_CHANNELS,
                         pixels);
        }
    }
}

#endif
