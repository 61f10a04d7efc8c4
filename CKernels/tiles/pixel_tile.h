// SPDX-License-Identifier: Apache-2.0
//
// The register tile whose lanes are pixels: a few output channels by a few vectors of pixels. The file that includes
// this includes register_tiles_*.h of its instruction set first; if it defines TAIL_PIXELS and what
// tiles/pixel_tail.h wants, there is also the tile that has pixels beside it.

#ifndef CK_TILES_PIXEL_TILE_H
#define CK_TILES_PIXEL_TILE_H

#include "simd/common.h"

// Macros, which CK_UP_TO wants.
#define TILE_CHANNELS PIXEL_TILE_CHANNELS
#define TILE_VECTORS PIXEL_TILE_VECTORS
enum { TILE_PIXELS = TILE_VECTORS * VL };
_Static_assert(TILE_CHANNELS *TILE_VECTORS + TILE_VECTORS + 1 <= VEC_REGISTERS, "the tile must fit the registers");

// Vectors of the next panel when `vectors` remain. A panel of one vector spends a load a multiplication, so a remainder
// of TILE_VECTORS + 1 is cut into two panels of two or more.
static ptrdiff_t panel_vectors(ptrdiff_t vectors) {
    if (vectors <= TILE_VECTORS) return vectors;
    return TILE_VECTORS > 2 && vectors == TILE_VECTORS + 1 ? (TILE_VECTORS + 1) / 2 : TILE_VECTORS;
}

/// Output pixels that follow one another in memory: `count` of them, through rows of `width` pixels, the first of them
/// the first of a row.
typedef struct pixel_run {
    const float *input; ///< of the first pixel
    ptrdiff_t row_step; ///< in the input, from row to row
    ptrdiff_t width;
    ptrdiff_t count;
    ptrdiff_t offset; ///< of the first pixel in the output
} pixel_run;

/// Strided vectors that a tile packs as it multiplies, one of each of `count` channels: for tiles/strided_pixels.h.
typedef struct strided_share {
    const float *from;     ///< the first of every second element that are packed
    ptrdiff_t from_stride; ///< between channels
    float *to;
    ptrdiff_t pixels, count;
} strided_share;

/// One register tile: up to TILE_CHANNELS output channels by up to TILE_VECTORS vectors of pixels.
typedef struct pixel_tile {
    const float *input;     ///< channel 0, first pixel of the tile
    ptrdiff_t input_stride; ///< between channels
    ptrdiff_t fetch;        ///< from the tile's first pixel to one of the next panel, whose cache line is fetched
    ptrdiff_t depth;        ///< input channels
    const float *weights;   ///< the panel, [depth][TILE_CHANNELS]
    const float *bias;      ///< of the tile's first output channel, or NULL
    const float *residual;  ///< laid out as the output, or NULL
    float *output;
    ptrdiff_t output_stride; ///< between output channels
    ptrdiff_t tail;          ///< lanes in use of the last vector
    int is_far;              ///< whether the output is larger than what a cache near the core keeps of it
    int clamps;              ///< whether the clamp does anything
    float low, high;
    strided_share strided;
} pixel_tile;

typedef vec accumulators[TILE_CHANNELS][TILE_VECTORS];

/// The pixels of a tile: whole vectors, or a last one of fewer lanes.
enum { WHOLE, RAGGED, PIXEL_KINDS };

// The pixels of one channel.
CK_INLINE void load_pixels(vec x[TILE_VECTORS], const float *input, const pixel_tile *t, const int vectors,
                           const int kind) {
    for (int v = 0; v < vectors; v++) {
        x[v] =
            kind == RAGGED && v == vectors - 1 ? vec_load_lanes(input + v * VL, 0, t->tail) : vec_load(input + v * VL);
    }
}

// Adds the products of one channel.
CK_INLINE void add_products(accumulators sum, const vec x[TILE_VECTORS], const float *weights, const int rows,
                            const int vectors) {
    for (int r = 0; r < rows; r++) {
        const vec w = vec_set1(weights[r]);
        for (int v = 0; v < vectors; v++) {
            sum[r][v] = vec_fma(w, x[v], sum[r][v]);
        }
    }
}

// Each line of the next panel is the first of its channel: the hardware does not foresee it. An address as an integer:
// there may be no object to point into. Unless a tile multiplies twice for each of its loads, these leave no room for
// it: 10% slower.
enum { FETCHES = TILE_CHANNELS * TILE_VECTORS >= 2 * (TILE_CHANNELS + TILE_VECTORS) };

// Adds the products of the tile's first `depth` channels to the accumulators. `rows`, `vectors` and `kind` are
// constants wherever this is inlined, so that the loops unroll into registers.
CK_INLINE void multiply_pixel_lanes(accumulators sum, const pixel_tile *t, ptrdiff_t depth, const int rows,
                                    const int vectors, const int kind) {
    const float *input = t->input, *weights = t->weights;
    const ptrdiff_t input_stride = t->input_stride, fetch = t->fetch * (ptrdiff_t)sizeof *input;
#pragma clang loop unroll_count(4)
    for (ptrdiff_t k = 0; k < depth; k++) {
        vec x[TILE_VECTORS];
        load_pixels(x, input, t, vectors, kind);
        if (FETCHES && kind == WHOLE) __builtin_prefetch((const void *)((intptr_t)input + fetch), 0, 2);
        add_products(sum, x, weights, rows, vectors);
        input += input_stride;
        weights += TILE_CHANNELS;
    }
}

// The bias is added last where that hides between stores, else first; one order for all tiles.
enum { ADDS_BIAS_LAST = VEC_IS_LINE };

CK_INLINE void start_tile(accumulators sum, const pixel_tile *t, const int rows, const int vectors) {
    for (int r = 0; r < rows; r++) {
        const vec bias = t->bias && !ADDS_BIAS_LAST ? vec_set1(t->bias[r]) : vec_zero();
        for (int v = 0; v < vectors; v++) {
            sum[r][v] = bias;
        }
    }
}

// The last products, the bias, the clamp and the stores of a tile in whole vectors, one output channel after another:
// 24 stores of 512 bits in a row would hold up the tile behind them. From copies, which no store can change: else each
// store would have the pointers and the bias loaded again.
CK_INLINE void finish_rows(accumulators sum, const pixel_tile *t, const int rows, const int vectors, const int clamps) {
    static const float no_bias[TILE_CHANNELS];
    const float *weights = t->weights + (t->depth - 1) * TILE_CHANNELS, *bias = t->bias ? t->bias : no_bias;
    const vec low = vec_set1(t->low), high = vec_set1(t->high);
    float *output = t->output;
    const ptrdiff_t output_stride = t->output_stride;
    vec x[TILE_VECTORS];
    load_pixels(x, t->input + (t->depth - 1) * t->input_stride, t, vectors, WHOLE);
    for (int r = 0; r < rows; r++) {
        const vec w = vec_set1(weights[r]), b = vec_set1(bias[r]);
        for (int v = 0; v < vectors; v++) {
            vec y = vec_fma(w, x[v], sum[r][v]);
            if (ADDS_BIAS_LAST) y = vec_add(y, b);
            vec_store(output + r * output_stride + v * VL, clamps ? vec_min(high, vec_max(low, y)) : y);
        }
    }
}

CK_INLINE void finish_tile(accumulators sum, const pixel_tile *t, const int rows, const int vectors) {
    if (t->clamps) {
        finish_rows(sum, t, rows, vectors, 1);
    } else {
        finish_rows(sum, t, rows, vectors, 0);
    }
}

// Fetches the lines that a tile is stored to, and those of its residual: they come while the tile is multiplied. Of 256
// channels of 56 x 56 pixels with a residual that takes a tenth of the time; of 14 x 14 pixels of 64 channels, which
// are still in the second-level cache, fetching would cost three hundredths.
CK_INLINE void fetch_rows(const pixel_tile *t, const int rows, const int vectors) {
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) {
            __builtin_prefetch(t->output + r * t->output_stride + v * VL, 1, 3);
            if (t->residual) __builtin_prefetch(t->residual + r * t->output_stride + v * VL, 0, 3);
        }
    }
}

CK_INLINE void compute_tile(const pixel_tile *t, const int rows, const int vectors, const int kind) {
    accumulators sum;
    if (VEC_IS_LINE && kind == WHOLE && t->is_far) fetch_rows(t, rows, vectors);
    start_tile(sum, t, rows, vectors);
    if (VEC_IS_LINE && kind == WHOLE && !t->residual && t->depth > 0) {
        multiply_pixel_lanes(sum, t, t->depth - 1, rows, vectors, kind);
        finish_tile(sum, t, rows, vectors);
        return;
    }
    multiply_pixel_lanes(sum, t, t->depth, rows, vectors, kind);
    if (t->bias && ADDS_BIAS_LAST) {
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                sum[r][v] = vec_add(sum[r][v], vec_set1(t->bias[r]));
            }
        }
    }
    if (t->residual) {
        for (int r = 0; r < rows; r++) {
            const float *residual = t->residual + r * t->output_stride;
            for (int v = 0; v < vectors; v++) {
                sum[r][v] =
                    vec_add(sum[r][v], kind != WHOLE && v == vectors - 1 ? vec_load_lanes(residual + v * VL, 0, t->tail)
                                                                         : vec_load(residual + v * VL));
            }
        }
    }
    if (t->clamps) {
        const vec low = vec_set1(t->low), high = vec_set1(t->high);
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                sum[r][v] = vec_min(high, vec_max(low, sum[r][v]));
            }
        }
    }
    float *const first = t->output;
    const ptrdiff_t output_stride = t->output_stride, tail = t->tail;
    for (int r = 0; r < rows; r++) {
        float *output = first + r * output_stride;
        for (int v = 0; v < vectors; v++) {
            if (kind != WHOLE && v == vectors - 1 && tail < VL) {
                vec_store_first(output + v * VL, sum[r][v], tail);
            } else {
                vec_store(output + v * VL, sum[r][v]);
            }
        }
    }
}

// One function for each number of channels, so that a ragged panel multiplies nothing in vain, of vectors, and for each
// kind of pixels.
#define CK_TILE(rows, vectors)                                                                                         \
    static void whole_tile_##rows##x##vectors(const pixel_tile *t) {                                                   \
        compute_tile(t, rows, vectors, WHOLE);                                                                         \
    }                                                                                                                  \
    static void ragged_tile_##rows##x##vectors(const pixel_tile *t) {                                                  \
        compute_tile(t, rows, vectors, RAGGED);                                                                        \
    }
#define CK_TILE_ENTRY(rows, vectors) {whole_tile_##rows##x##vectors, ragged_tile_##rows##x##vectors}

#if TILE_VECTORS == 2
#    define CK_TILE_ROW(rows) CK_TILE(rows, 1) CK_TILE(rows, 2)
#    define CK_TILE_ROW_ENTRY(rows) {CK_TILE_ENTRY(rows, 1), CK_TILE_ENTRY(rows, 2)},
#elif TILE_VECTORS == 3
#    define CK_TILE_ROW(rows) CK_TILE(rows, 1) CK_TILE(rows, 2) CK_TILE(rows, 3)
#    define CK_TILE_ROW_ENTRY(rows) {CK_TILE_ENTRY(rows, 1), CK_TILE_ENTRY(rows, 2), CK_TILE_ENTRY(rows, 3)},
#endif

CK_UP_TO(TILE_CHANNELS, CK_TILE_ROW)

static void (*const tiles[TILE_CHANNELS][TILE_VECTORS][PIXEL_KINDS])(const pixel_tile *) = {
    CK_UP_TO(TILE_CHANNELS, CK_TILE_ROW_ENTRY)};

#ifdef TAIL_PIXELS

// MARK: A few pixels beside a whole tile

// So many find registers beside the sums, with the output channels in lanes: see tiles/pixel_tail.h. 24 + 4 sums + 3
// pixel vectors + 1 for weights = 32.
#    define JOINED_PIXELS 4

// A whole tile and the `pixels` pixels behind it; without residual, at least one input channel deep.
CK_INLINE void compute_joined(const pixel_tile *t, const int pixels) {
    accumulators sum;
    channel_vec beside[JOINED_PIXELS];
    start_tile(sum, t, TILE_CHANNELS, TILE_VECTORS);
    for (int p = 0; p < JOINED_PIXELS; p++) {
        beside[p] = channels_set1(0);
    }
    const float *input = t->input, *weights = t->weights;
    for (ptrdiff_t k = 0;; k++, input += t->input_stride, weights += TILE_CHANNELS) {
        const channel_vec w = channels_load(weights);
        for (int p = 0; p < pixels; p++) {
            beside[p] = channels_fma(w, channels_set1(input[TILE_PIXELS + p]), beside[p]);
        }
        if (k == t->depth - 1) break;
        vec x[TILE_VECTORS];
        load_pixels(x, input, t, TILE_VECTORS, WHOLE);
        // Hides that these are the weights in w: the compiler would shuffle them into place.
        __asm__("" : "+r"(weights));
        for (int r = 0; r < TILE_CHANNELS; r++) {
            add_products(&sum[r], x, weights + r, 1, TILE_VECTORS);
            KEEP_ORDER(weights, sum[r][0], sum[r][1], sum[r][2]); // a second weight at a time would spill a sum
        }
    }
    for (int p = 0; p < pixels && t->bias; p++) {
        beside[p] = channels_add(beside[p], channels_load(t->bias));
    }
    for (int p = 0; p < pixels && t->clamps; p++) {
        // The data is the second operand, so that a NaN stays one.
        beside[p] = channels_min(channels_set1(t->high), channels_max(channels_set1(t->low), beside[p]));
    }
    finish_tile(sum, t, TILE_CHANNELS, TILE_VECTORS);
    channels_store_across(t->output + TILE_PIXELS, t->output_stride, beside, pixels);
}

#    define CK_JOINED(pixels)                                                                                          \
        static void joined_##pixels(const pixel_tile *t) {                                                             \
            compute_joined(t, pixels);                                                                                 \
        }
#    define CK_JOINED_ENTRY(pixels) joined_##pixels,

CK_UP_TO(JOINED_PIXELS, CK_JOINED)

static void (*const joined_tiles[JOINED_PIXELS])(const pixel_tile *) = {CK_UP_TO(JOINED_PIXELS, CK_JOINED_ENTRY)};

#else
#    define JOINED_PIXELS 0
#endif

#endif
