// SPDX-License-Identifier: Apache-2.0
//
// The register tile whose lanes are output channels:
//
//     sums[i][n] (+)= sum over ky, kx, c of pixel[i][begin + ky * row_step + kx * column_step + c * channel_step]
//                                         * weights[ky * weight_row_step + kx * weight_step + c * TILE_CHANNELS + n]
//
// for i < pixels and n < vectors * VL. For each channel of each tap it loads one or two vectors of weights, broadcasts
// one element of every pixel, and multiplies all with all. Each pixel comes with its own pointer, so a tile may be cut
// from any pixels that share their taps: neighbours in a row, a column, several images.
//
// An element of `sums` is summed in the order ky, kx, c, whatever tile it belongs to: its bits do not depend on how the
// work is cut.
//
// The file that includes this includes register_tiles_*.h of its instruction set first.

#ifndef CK_TILES_CHANNEL_LANES_H
#define CK_TILES_CHANNEL_LANES_H

#include "simd/common.h"

// The most pixels of a tile; a macro, which CK_UP_TO wants.
#define TILE_PIXELS CHANNEL_TILE_PIXELS
enum { TILE_VECTORS = 2, TILE_CHANNELS = TILE_VECTORS * VL };
_Static_assert(TILE_PIXELS *TILE_VECTORS + TILE_VECTORS + 1 <= VEC_REGISTERS, "the tile must fit the registers");

/// What a tile sums over. Steps in the input are in floats.
typedef struct lane_sum {
    ptrdiff_t rows, columns;                       ///< taps
    ptrdiff_t channels;                            ///< of each tap
    ptrdiff_t begin;                               ///< from a pixel's pointer to its first element
    ptrdiff_t row_step, column_step, channel_step; ///< in the input
    ptrdiff_t weight_row_step, weight_step;        ///< in the weights, between rows of taps and between taps
    ptrdiff_t ahead;                               ///< from the weights in use to those fetched meanwhile; 0 for none
    int accumulate;                                ///< go on from what `sums` holds, do not begin with zero
} lane_sum;

typedef vec tile_sums[TILE_PIXELS][TILE_VECTORS];

CK_INLINE void multiply_channel(tile_sums sum, const float *const *pixel, ptrdiff_t at, const float *weights,
                                const int pixels, const int vectors) {
    vec w[TILE_VECTORS];
    for (int v = 0; v < vectors; v++) {
        w[v] = vec_load(weights + v * VL);
    }
    for (int i = 0; i < pixels; i++) {
        const vec x = vec_set1(pixel[i][at]);
        for (int v = 0; v < vectors; v++) {
            sum[i][v] = vec_fma(x, w[v], sum[i][v]);
        }
    }
}

/// Where channels are neighbours, those that are multiplied in one turn of the loop, and in that a prefetch.
enum { UNROLLED_CHANNELS = 4, PREFETCH_CHANNELS = TILE_CHANNELS > 16 ? 2 : 4 };

// `pixels` and `vectors` are constants wherever this is inlined, so that the sums stay in registers.
CK_INLINE void multiply_pixels(const float *const *from, const float *weights, const lane_sum *over, float *sums,
                               const int pixels, const int vectors) {
    const ptrdiff_t step = over->channel_step, ahead = over->ahead;
    const ptrdiff_t gap = over->weight_step - over->channels * TILE_CHANNELS;
    const float *pixel[TILE_PIXELS];
    tile_sums sum;
    for (int i = 0; i < pixels; i++) {
        pixel[i] = from[i];
        for (int v = 0; v < vectors; v++) {
            sum[i][v] = over->accumulate ? vec_load(sums + i * TILE_CHANNELS + v * VL) : vec_zero();
        }
    }
    for (ptrdiff_t row = 0; row < over->rows; row++) {
        const float *w = weights + row * over->weight_row_step;
        for (ptrdiff_t column = 0; column < over->columns; column++, w += gap) {
            ptrdiff_t at = over->begin + row * over->row_step + column * over->column_step, c = 0;
            // In each of the loops, hides where the offset comes from: the compiler would otherwise keep, and step, one
            // pointer a pixel, more than there are registers.
            if (step != 1) {
#pragma clang loop unroll(disable)
                for (; c < over->channels; c++, at += step, w += TILE_CHANNELS) {
                    __asm__("" : "+r"(at));
                    __builtin_prefetch(w + ahead, 0, 2);
                    multiply_channel(sum, pixel, at, w, pixels, vectors);
                }
                continue;
            }
            for (; c + UNROLLED_CHANNELS <= over->channels; c += UNROLLED_CHANNELS) {
                __asm__("" : "+r"(at));
                __builtin_prefetch(w + ahead, 0, 2);
                if (PREFETCH_CHANNELS == 2) __builtin_prefetch(w + ahead + 2 * TILE_CHANNELS, 0, 2);
                for (int k = 0; k < UNROLLED_CHANNELS; k++, w += TILE_CHANNELS) {
                    multiply_channel(sum, pixel, at + k, w, pixels, vectors);
                }
                at += UNROLLED_CHANNELS;
            }
#pragma clang loop unroll(disable)
            for (; c < over->channels; c++, at++, w += TILE_CHANNELS) {
                __asm__("" : "+r"(at));
                multiply_channel(sum, pixel, at, w, pixels, vectors);
            }
        }
    }
    for (int i = 0; i < pixels; i++) {
        for (int v = 0; v < vectors; v++) {
            vec_store(sums + i * TILE_CHANNELS + v * VL, sum[i][v]);
        }
    }
}

typedef void multiply_function(const float *const *pixel, const float *weights, const lane_sum *over, float *sums);

#define CK_TILE(pixels, vectors)                                                                                       \
    static void multiply_##pixels##x##vectors(const float *const *pixel, const float *weights, const lane_sum *over,   \
                                              float *sums) {                                                           \
        multiply_pixels(pixel, weights, over, sums, pixels, vectors);                                                  \
    }
#define CK_TILE_PAIR(pixels) CK_TILE(pixels, 1) CK_TILE(pixels, 2)
#define CK_TILE_ENTRY(pixels) {multiply_##pixels##x1, multiply_##pixels##x2},

CK_UP_TO(TILE_PIXELS, CK_TILE_PAIR)

static multiply_function *const multiply_functions[TILE_PIXELS][TILE_VECTORS] = {CK_UP_TO(TILE_PIXELS, CK_TILE_ENTRY)};

/// Computes one tile of `pixels` in 1...TILE_PIXELS pixels and `vectors` in 1...2 vectors of channels.
///
/// - Parameters:
///   - pixel: The element of each pixel at the first tap and channel 0.
///   - weights: The panel's at the first tap; TILE_CHANNELS floats a channel even where `vectors` is 1.
///   - sums: [pixels][TILE_CHANNELS]; with one vector the second half of each row is left alone.
static inline void multiply_channel_lanes(const float *const *pixel, ptrdiff_t pixels, ptrdiff_t vectors,
                                          const float *weights, const lane_sum *over, float *sums) {
    multiply_functions[pixels - 1][vectors - 1](pixel, weights, over, sums);
}

/// Cache lines of weights that pass between two prefetches.
static inline ptrdiff_t lines_a_prefetch(const lane_sum *over) {
    return (over->channel_step == 1 ? PREFETCH_CHANNELS : 1) * ((TILE_CHANNELS + 15) / 16);
}

#endif
