// SPDX-License-Identifier: Apache-2.0
//
// The register tile of gemm/gemm_pixels_template.h, which defines TILE_CHANNELS, TILE_VECTORS and TILE_PIXELS;
// with TAIL_PIXELS and what gemm/pixel_tail.h wants beside it, also the tile that has pixels beside it.

#ifndef CK_GEMM_PIXEL_TILE_H
#define CK_GEMM_PIXEL_TILE_H

/// One register tile: up to TILE_CHANNELS output channels by up to TILE_VECTORS vectors of pixels.
typedef struct pixel_tile {
    const float *input;     ///< channel 0, first pixel of the tile
    ptrdiff_t input_stride; ///< between channels
    ptrdiff_t depth;        ///< input channels
    const float *weights;   ///< the panel, [depth][TILE_CHANNELS]
    const float *fetch;     ///< fetched into the second-level cache meanwhile, a line for each input channel,
    ptrdiff_t fetch_stride; ///< and the distance between them; for packed pixels alone
    const float *bias;      ///< of the tile's first output channel, or NULL
    const float *residual;  ///< laid out as the output, or NULL
    float *output;
    ptrdiff_t output_stride; ///< between output channels
    ptrdiff_t tail;          ///< lanes in use of the last vector
    int clamps;              ///< whether the clamp does anything
    float low, high;
} pixel_tile;

typedef vec accumulators[TILE_CHANNELS][TILE_VECTORS];

/// The pixels of a tile: whole vectors read in place, a last one of fewer lanes, or a packed panel.
enum { WHOLE, RAGGED, PACKED, PIXEL_KINDS };

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

// Adds the products of the tile's first `depth` channels to the accumulators. `rows`, `vectors` and `kind` are
// constants wherever this is inlined, so that the loops unroll into registers.
CK_INLINE void multiply_tile(accumulators sum, const pixel_tile *t, ptrdiff_t depth, const int rows, const int vectors,
                             const int kind) {
    const float *input = t->input, *weights = t->weights, *fetch = t->fetch;
    const ptrdiff_t input_stride = kind == PACKED ? TILE_PIXELS : t->input_stride;
#pragma clang loop unroll_count(4)
    for (ptrdiff_t k = 0; k < depth; k++) {
        vec x[TILE_VECTORS];
        load_pixels(x, input, t, vectors, kind);
        if (kind == PACKED) {
            __builtin_prefetch(fetch, 0, 2);
            fetch += t->fetch_stride;
        }
        add_products(sum, x, weights, rows, vectors);
        input += input_stride;
        weights += TILE_CHANNELS;
    }
}

// The last products, the bias, the clamp and the stores of a tile in whole vectors, one output channel after another:
// 24 stores of 512 bits in a row would hold up the tile behind them.
CK_INLINE void finish_tile(accumulators sum, const pixel_tile *t, const int rows, const int vectors, const int clamps) {
    static const float no_bias[TILE_CHANNELS];
    const float *weights = t->weights + (t->depth - 1) * TILE_CHANNELS, *bias = t->bias ? t->bias : no_bias;
    const vec low = vec_set1(t->low), high = vec_set1(t->high);
    vec x[TILE_VECTORS];
    load_pixels(x, t->input + (t->depth - 1) * t->input_stride, t, vectors, WHOLE);
    for (int r = 0; r < rows; r++) {
        const vec w = vec_set1(weights[r]);
        for (int v = 0; v < vectors; v++) {
            const vec y = vec_add(vec_fma(w, x[v], sum[r][v]), vec_set1(bias[r]));
            vec_store(t->output + r * t->output_stride + v * VL, clamps ? vec_min(high, vec_max(low, y)) : y);
        }
    }
}

CK_INLINE void compute_tile(const pixel_tile *t, const int rows, const int vectors, const int kind) {
    accumulators sum;
    for (int r = 0; r < rows; r++) {
        // With fewer lanes the bias is better added first than last.
        const vec bias = t->bias && VL < 16 ? vec_set1(t->bias[r]) : vec_zero();
        for (int v = 0; v < vectors; v++) {
            sum[r][v] = bias;
        }
    }
    if (VL == 16 && kind == WHOLE && !t->residual && t->depth > 0) {
        multiply_tile(sum, t, t->depth - 1, rows, vectors, kind);
        if (t->clamps) {
            finish_tile(sum, t, rows, vectors, 1);
        } else {
            finish_tile(sum, t, rows, vectors, 0);
        }
        return;
    }
    multiply_tile(sum, t, t->depth, rows, vectors, kind);
    if (t->bias && VL == 16) {
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
    for (int r = 0; r < rows; r++) {
        float *output = t->output + r * t->output_stride;
        for (int v = 0; v < vectors; v++) {
            if (kind != WHOLE && v == vectors - 1 && t->tail < VL) {
                vec_store_lanes(output + v * VL, sum[r][v], 0, t->tail);
            } else {
                vec_store(output + v * VL, sum[r][v]);
            }
        }
    }
}

// One function for each number of channels, so that a ragged panel multiplies nothing in vain, of vectors, and for each
// kind of pixels.
#define CK_TILE_KIND(rows, vectors, kind)                                                                              \
    static void tile_##rows##x##vectors##_##kind(const pixel_tile *t) {                                                \
        compute_tile(t, rows, vectors, kind);                                                                          \
    }
#define CK_TILE(rows, vectors)                                                                                         \
    CK_TILE_KIND(rows, vectors, WHOLE) CK_TILE_KIND(rows, vectors, RAGGED) CK_TILE_KIND(rows, vectors, PACKED)
#define CK_TILE_ENTRY(rows, vectors)                                                                                   \
    {tile_##rows##x##vectors##_WHOLE, tile_##rows##x##vectors##_RAGGED, tile_##rows##x##vectors##_PACKED}

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

// MARK: One or two pixels beside a whole tile

// So few find registers beside the sums, with the output channels in lanes: see gemm/pixel_tail.h.
#    define JOINED_PIXELS 2

// A whole tile and the `pixels` pixels behind it; without residual, at least one input channel deep.
CK_INLINE void compute_joined(const pixel_tile *t, const int pixels) {
    accumulators sum;
    channel_vec tail[JOINED_PIXELS];
    for (int i = 0; i < TILE_CHANNELS * TILE_VECTORS; i++) {
        sum[i / TILE_VECTORS][i % TILE_VECTORS] = vec_zero();
    }
    for (int p = 0; p < pixels; p++) {
        tail[p] = channels_set1(0);
    }
    const float *input = t->input, *weights = t->weights;
    for (ptrdiff_t k = 0;; k++, input += t->input_stride, weights += TILE_CHANNELS) {
        for (int p = 0; p < pixels; p++) {
            tail[p] = channels_fma(channels_load(weights), channels_set1(input[TILE_PIXELS + p]), tail[p]);
        }
        if (k == t->depth - 1) break;
        vec x[TILE_VECTORS];
        load_pixels(x, input, t, TILE_VECTORS, WHOLE);
        add_products(sum, x, weights, TILE_CHANNELS, TILE_VECTORS);
    }
    finish_tile(sum, t, TILE_CHANNELS, TILE_VECTORS, 1);
    for (int p = 0; p < pixels; p++) {
        float lanes[TILE_CHANNELS];
        channels_store(lanes, tail[p]);
        for (int r = 0; r < TILE_CHANNELS; r++) {
            // Comparisons that leave a NaN as it is.
            float y = lanes[r] + (t->bias ? t->bias[r] : 0);
            y = t->low > y ? t->low : y;
            t->output[r * t->output_stride + TILE_PIXELS + p] = t->high < y ? t->high : y;
        }
    }
}

static void joined_1(const pixel_tile *t) {
    compute_joined(t, 1);
}
static void joined_2(const pixel_tile *t) {
    compute_joined(t, 2);
}

#endif

typedef void (*tile_function)(const pixel_tile *);

// The tile of so many rows and vectors; or the whole one with `joined` pixels beside it.
static tile_function tile_of(ptrdiff_t rows, ptrdiff_t vectors, int kind, ptrdiff_t joined) {
#ifdef TAIL_PIXELS
    if (joined > 0) return joined == 1 ? joined_1 : joined_2;
#endif
    (void)joined;
    return tiles[rows - 1][vectors - 1][kind];
}

#endif
