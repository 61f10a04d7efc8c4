// SPDX-License-Identifier: Apache-2.0
//
// The register tile of tiles/channel_lanes.h for one, two or three pixels, which takes the output channels of several
// panels at once: the two sums that a pixel has in one panel would wait for the multiplier. Each sum is taken in the
// order of the other tiles.
//
// No prefetch: the panels are a few streams that the hardware foresees, and they pass as fast as the second-level cache
// gives them.

#ifndef CK_TILES_FEW_PIXELS_H
#define CK_TILES_FEW_PIXELS_H

#include "tiles/channel_lanes.h"

enum { FEW_PIXELS = 3, MAX_PANELS = 4, MAX_FEW_VECTORS = MAX_PANELS * TILE_VECTORS };

/// How many panels a tile of so many pixels takes.
static inline ptrdiff_t panels_together(ptrdiff_t pixels) {
    return pixels == 1 ? MAX_PANELS : pixels <= FEW_PIXELS ? 2 : 1;
}

typedef vec few_sums[FEW_PIXELS][MAX_FEW_VECTORS];

/// Where the vector `v` of panels is that are `panel_step` floats apart.
CK_INLINE ptrdiff_t vector_place(int v, ptrdiff_t panel_step) {
    return v / TILE_VECTORS * panel_step + v % TILE_VECTORS * VL;
}

CK_INLINE void multiply_few_channel(few_sums sum, const float *const *pixel, ptrdiff_t at, const float *weights,
                                    ptrdiff_t panel_step, const int pixels, const int vectors) {
    vec x[FEW_PIXELS];
    for (int i = 0; i < pixels; i++) {
        x[i] = vec_set1(pixel[i][at]);
    }
    for (int v = 0; v < vectors; v++) {
        const vec w = vec_load(weights + vector_place(v, panel_step));
        for (int i = 0; i < pixels; i++) {
            sum[i][v] = vec_fma(x[i], w, sum[i][v]);
        }
        // The tile may fill the registers: nothing must be loaded before this vector is done with.
        if (pixels == FEW_PIXELS) __asm__("" : : : "memory");
    }
}

// `pixels` and `vectors` are constants wherever this is inlined, so that the sums stay in registers.
CK_INLINE void multiply_few(const float *const *from, const float *weights, ptrdiff_t panel_step, const lane_sum *over,
                            float *sums, const int pixels, const int vectors) {
    const ptrdiff_t channels = over->channels, step = over->channel_step;
    const ptrdiff_t gap = over->weight_step - channels * TILE_CHANNELS, sums_step = pixels * TILE_CHANNELS;
    const float *pixel[FEW_PIXELS];
    few_sums sum;
    for (int i = 0; i < pixels; i++) {
        pixel[i] = from[i];
        for (int v = 0; v < vectors; v++) {
            const float *held = sums + i * TILE_CHANNELS + vector_place(v, sums_step);
            sum[i][v] = over->accumulate ? vec_load(held) : vec_zero();
        }
    }
    for (ptrdiff_t row = 0; row < over->rows; row++) {
        const float *w = weights + row * over->weight_row_step;
        for (ptrdiff_t column = 0; column < over->columns; column++, w += gap) {
            ptrdiff_t at = over->begin + row * over->row_step + column * over->column_step;
#pragma clang loop unroll_count(4)
            for (ptrdiff_t c = 0; c < channels; c++, at += step, w += TILE_CHANNELS) {
                multiply_few_channel(sum, pixel, at, w, panel_step, pixels, vectors);
            }
        }
    }
    for (int i = 0; i < pixels; i++) {
        for (int v = 0; v < vectors; v++) {
            vec_store(sums + i * TILE_CHANNELS + vector_place(v, sums_step), sum[i][v]);
        }
    }
}

/// Computes one tile of several panels, `panel_step` floats apart, to sums [panel][pixels][TILE_CHANNELS].
typedef void few_function(const float *const *pixel, const float *weights, ptrdiff_t panel_step, const lane_sum *over,
                          float *sums);

#define CK_FEW(pixels, vectors)                                                                                        \
    static void multiply_few_##pixels##x##vectors(const float *const *pixel, const float *weights,                     \
                                                  ptrdiff_t panel_step, const lane_sum *over, float *sums) {           \
        multiply_few(pixel, weights, panel_step, over, sums, pixels, vectors);                                         \
    }

CK_FEW(1, 3)
CK_FEW(1, 4)
CK_FEW(1, 5)
CK_FEW(1, 6)
CK_FEW(1, 7)
CK_FEW(1, 8)
CK_FEW(2, 3)
CK_FEW(2, 4)
CK_FEW(3, 3)
CK_FEW(3, 4)

static few_function *const few_functions[FEW_PIXELS][MAX_FEW_VECTORS - TILE_VECTORS] = {
    {multiply_few_1x3, multiply_few_1x4, multiply_few_1x5, multiply_few_1x6, multiply_few_1x7, multiply_few_1x8},
    {multiply_few_2x3, multiply_few_2x4},
    {multiply_few_3x3, multiply_few_3x4},
};

#endif
