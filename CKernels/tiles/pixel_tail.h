// SPDX-License-Identifier: Apache-2.0
//
// The last pixels of an image, too few for a vector, with output channels in lanes instead: for
// tiles/pixel_product.h. A vector of 4 pixels costs a register tile as much as one of 16, which is 6% of an image
// of 14 x 14.
//
// Weights are packed with the output channels of a panel side by side, as this reads them. The sums of several panels
// hide the latency of the multiplier. Products are added in the order of the register tiles, so an output's bits do not
// depend on which of them computes it.
//
// The includer defines TAIL_PIXELS, the most pixels, 8 or fewer, and `channel_vec`, a vector of TILE_CHANNELS floats,
// with channels_load, channels_set1, channels_fma, channels_add, channels_min, channels_max and channels_store, and
// what tiles/pixel_tile.h wants for joined pixels.

#ifndef CK_TILES_PIXEL_TAIL_H
#define CK_TILES_PIXEL_TAIL_H

#include "tiles/pixel_panel.h"

// Panels that are computed together: eight sums or more.
#define TAIL_PANELS(pixels) ((8 + (pixels) - 1) / (pixels))

typedef struct pixel_tail {
    const float *input; // channel 0 of the first pixel
    ptrdiff_t input_stride;
    ptrdiff_t depth;
    const float *weights; // of the first panel
    float *sums;          // [panel][TILE_CHANNELS][VL], of each channel its pixels
} pixel_tail;

// `pixels` and `panels` are constants wherever this is inlined.
CK_INLINE void compute_tail(const pixel_tail *t, const int pixels, const int panels) {
    channel_vec sum[8][TAIL_PIXELS];
    for (int i = 0; i < panels; i++) {
        for (int p = 0; p < pixels; p++) {
            sum[i][p] = channels_set1(0);
        }
    }
    const float *input = t->input, *weights = t->weights;
    for (ptrdiff_t k = 0; k < t->depth; k++, input += t->input_stride, weights += TILE_CHANNELS) {
        channel_vec x[TAIL_PIXELS];
        for (int p = 0; p < pixels; p++) {
            x[p] = channels_set1(input[p]);
        }
        for (int i = 0; i < panels; i++) {
            const channel_vec w = channels_load(weights + i * t->depth * TILE_CHANNELS);
            for (int p = 0; p < pixels; p++) {
                sum[i][p] = channels_fma(w, x[p], sum[i][p]);
            }
        }
    }
    for (int i = 0; i < panels; i++) {
        for (int p = 0; p < pixels; p++) {
            float lanes[TILE_CHANNELS];
            channels_store(lanes, sum[i][p]);
            for (int c = 0; c < TILE_CHANNELS; c++) {
                t->sums[(i * TILE_CHANNELS + c) * VL + p] = lanes[c];
            }
        }
    }
}

#define CK_TAIL(pixels)                                                                                                \
    static void tail_##pixels##_alone(const pixel_tail *t) {                                                           \
        compute_tail(t, pixels, 1);                                                                                    \
    }                                                                                                                  \
    static void tail_##pixels##_together(const pixel_tail *t) {                                                        \
        compute_tail(t, pixels, TAIL_PANELS(pixels));                                                                  \
    }
#define CK_TAIL_ENTRY(pixels) {tail_##pixels##_alone, tail_##pixels##_together},

CK_UP_TO(TAIL_PIXELS, CK_TAIL)

static void (*const tails[TAIL_PIXELS][2])(const pixel_tail *) = {CK_UP_TO(TAIL_PIXELS, CK_TAIL_ENTRY)};

// Computes output channels `channels` of `pixels` pixels, the first of them at `input` and at `offset` of the output.
static void multiply_tail(const ck_task *task, const float *input, ptrdiff_t offset, ptrdiff_t pixels,
                          ck_range channels) {
    const ck_geometry *g = task->geometry;
    float sums[8 * TILE_CHANNELS * VL] = {0};
    for (ptrdiff_t c = channels.begin; c < channels.end;) {
        const pixel_tail t = {
            .input = input,
            .input_stride = g->in_channel_stride,
            .depth = g->channels,
            .weights = task->weights + c * g->channels,
            .sums = sums,
        };
        const ptrdiff_t together = TAIL_PANELS(pixels) * TILE_CHANNELS;
        const ptrdiff_t count = channels.end - c >= together ? together : smaller(channels.end - c, TILE_CHANNELS);
        tails[pixels - 1][count == together](&t);
        for (ptrdiff_t i = 0; i < count; i++) {
            const vec bias = vec_set1(task->epilogue.bias ? task->epilogue.bias[c + i] : 0);
            vec_store_output(task, vec_add(vec_load(sums + i * VL), bias), offset + (c + i) * g->out_channel_stride,
                             pixels);
        }
        c += count;
    }
}

// Computes the last panel of whole vectors, if there are any, with the tail behind it, and returns how many pixels that
// is; 0 if there is no tail that this is for.
static ptrdiff_t multiply_end(const ck_task *task, const pixel_run *run, pixel_tile *t) {
    const ptrdiff_t tail = run->count % VL;
    if (tail == 0 || tail > TAIL_PIXELS) return 0;
    const ptrdiff_t pixels = panel_vectors(run->count / VL) * VL, first = run->count - tail - pixels;
    const ptrdiff_t offset = run->offset + first;
    ptrdiff_t begin = task->channels.begin, end;
    t->input = run->input + first;
    if (tail <= JOINED_PIXELS && pixels == TILE_PIXELS && !task->epilogue.residual && t->depth > 0) {
        end = task->channels.end - (task->channels.end - begin) % TILE_CHANNELS;
        multiply_channels(task, t, (ck_range){begin, end}, pixels, tail, offset, WHOLE);
        begin = end;
    }
    // Some panels of weights at a time, while they are near.
    for (; begin < task->channels.end; begin = end) {
        end = smaller(begin + TAIL_PANELS(tail) * TILE_CHANNELS, task->channels.end);
        if (pixels > 0) {
            multiply_channels(task, t, (ck_range){begin, end}, pixels, 0, offset, WHOLE);
        }
        multiply_tail(task, t->input + pixels, offset + pixels, tail, (ck_range){begin, end});
    }
    return pixels + tail;
}

#endif
