// SPDX-License-Identifier: Apache-2.0
//
// Register tiles of direct convolution in pixel lanes: a few vectors of pixels, beside or below one another, by a few
// output channels. For each channel of each tap a tile loads its vectors from the stage, broadcasts one weight of every
// output channel and multiplies all with all.
//
// Tiles are smaller than the registers would allow. With few channels and taps there is a store for every ten or twenty
// multiplications, and the core hides the stores of one tile behind the multiplications of the next only where it holds
// both at once.

#ifndef CK_DIRECT_PIXEL_TILES_H
#define CK_DIRECT_PIXEL_TILES_H

#include "simd/common.h"

enum { WIDEST_TILE = 6 };

/// A block of the vectors of a band: lines of vectors, along a row of output or down a column.
typedef struct pixel_lines {
    const float *from;                ///< the place of the first vector in the stage
    ptrdiff_t to;                     ///< and in channel 0 of the output
    ptrdiff_t lines, count;           ///< and the vectors of each
    ptrdiff_t line_from, line_to;     ///< from one line to the next
    ptrdiff_t vector_from, vector_to; ///< from one vector of a line to the next
    ptrdiff_t back_from, back_to;     ///< what the last vector of a line overlaps of the one before
    ptrdiff_t lanes, last_lanes;      ///< in use, of the last vector of a line and of the others
    ptrdiff_t row, column;            ///< of the output, of the first vector
    int is_down;                      ///< whether a line is a column
} pixel_lines;

/// What tiles of up to TILE_CHANNELS output channels have in common.
typedef struct pixel_tiles {
    const float *tap_offsets; ///< `taps` of them
    const float *weights;     ///< the panel
    ptrdiff_t channels, taps;
    ptrdiff_t channel_length; ///< between channels in the stage
    const float *bias;        ///< of the panel's first output channel
    const float *residual;    ///< of that channel, laid out as the output, or NULL
    float *output;            ///< of that channel
    ptrdiff_t output_stride;  ///< between output channels
    float low, high;          ///< the clamp
    int clamps;               ///< whether it changes anything
} pixel_tiles;

static const float no_bias[TILE_CHANNELS];

// `rows` and `vectors` are constants wherever these are inlined, so that the sums stay in registers.

CK_INLINE void start_tile(const pixel_tiles *t, vec sum[TILE_CHANNELS][WIDEST_TILE], const int rows,
                          const int vectors) {
    for (int r = 0; r < rows; r++) {
        const vec bias = vec_set1(t->bias[r]);
        for (int v = 0; v < vectors; v++) {
            sum[r][v] = bias;
        }
    }
}

// The products of one tap of a channel; its vectors are `at` floats behind `from`.
CK_INLINE void multiply_tap(const float *const from[WIDEST_TILE], ptrdiff_t at, const float *weights,
                            vec sum[TILE_CHANNELS][WIDEST_TILE], const int rows, const int vectors) {
    vec x[WIDEST_TILE], w[TILE_CHANNELS];
    if (vectors > rows || VEC_REGISTERS >= 32) {
        // There are registers for the weights of all rows, of 32 for any tile.
        for (int r = 0; r < rows; r++) {
            w[r] = vec_set1(weights[r]);
        }
        for (int v = 0; v < vectors; v++) {
            x[v] = vec_load(from[v] + at);
            for (int r = 0; r < rows; r++) {
                sum[r][v] = vec_fma(w[r], x[v], sum[r][v]);
            }
        }
        return;
    }
    for (int v = 0; v < vectors; v++) {
        x[v] = vec_load(from[v] + at);
    }
    for (int r = 0; r < rows; r++) {
        w[r] = vec_set1(weights[r]);
        for (int v = 0; v < vectors; v++) {
            sum[r][v] = vec_fma(w[r], x[v], sum[r][v]);
        }
        // The tile may fill the registers: the next weight must not be loaded before this one is done with.
        if (vectors == 3) KEEP_ORDER(weights, sum[r][0], sum[r][1], sum[r][2]);
    }
}

CK_INLINE void clamp_tile(const pixel_tiles *t, vec sum[TILE_CHANNELS][WIDEST_TILE], const int rows,
                          const int vectors) {
    const vec low = vec_set1(t->low), high = vec_set1(t->high);
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) {
            sum[r][v] = vec_min(high, vec_max(low, sum[r][v]));
        }
    }
}

CK_INLINE ptrdiff_t tap_offset(const pixel_tiles *t, ptrdiff_t tap) {
    int32_t offset;
    memcpy(&offset, t->tap_offsets + tap, sizeof offset);
    return offset;
}

// A tile of whole vectors side by side, without residual: one pointer is all that it needs.
CK_INLINE void compute_along(const pixel_tiles *t, const float *from, float *output, const int rows,
                             const int vectors) {
    vec sum[TILE_CHANNELS][WIDEST_TILE];
    start_tile(t, sum, rows, vectors);
    const float *weights = t->weights;
    const ptrdiff_t taps = t->taps;
    for (ptrdiff_t c = 0; c < t->channels; c++, from += t->channel_length) {
        const float *places[WIDEST_TILE];
        for (int v = 0; v < vectors; v++) {
            places[v] = from + v * VL;
        }
        for (ptrdiff_t tap = 0; tap < taps; tap++, weights += TILE_CHANNELS) {
            multiply_tap(places, tap_offset(t, tap), weights, sum, rows, vectors);
        }
    }
    if (t->clamps) clamp_tile(t, sum, rows, vectors);
    for (int r = 0; r < rows; r++, output += t->output_stride) {
        for (int v = 0; v < vectors; v++) {
            vec_store(output + v * VL, sum[r][v]);
        }
    }
}

// The tile of `vectors` vectors of a line from `from` on, to `at` of the output.
CK_INLINE void compute_tile(const pixel_tiles *t, const pixel_lines *lines, const float *from, ptrdiff_t at,
                            const int is_last, const int rows, const int vectors) {
    vec sum[TILE_CHANNELS][WIDEST_TILE];
    const float *places[WIDEST_TILE];
    ptrdiff_t to[WIDEST_TILE];
    for (int v = 0; v < vectors; v++) {
        const int overlaps = is_last && v == vectors - 1;
        places[v] = from + v * lines->vector_from - (overlaps ? lines->back_from : 0);
        to[v] = at + v * lines->vector_to - (overlaps ? lines->back_to : 0);
    }
    start_tile(t, sum, rows, vectors);
    const float *weights = t->weights;
    const ptrdiff_t taps = t->taps;
    ptrdiff_t channel = 0;
    for (ptrdiff_t c = 0; c < t->channels; c++, channel += t->channel_length) {
        for (ptrdiff_t tap = 0; tap < taps; tap++, weights += TILE_CHANNELS) {
            ptrdiff_t place = channel + tap_offset(t, tap);
            // Hides where the offset comes from: the compiler would otherwise keep a pointer for each channel of each
            // vector, more than there are registers.
            __asm__("" : "+r"(place));
            multiply_tap(places, place, weights, sum, rows, vectors);
        }
    }
    const ptrdiff_t lanes = lines->lanes, last_lanes = is_last ? lines->last_lanes : lanes;
    if (t->residual) {
        for (int v = 0; v < vectors; v++) {
            const ptrdiff_t used = v == vectors - 1 ? last_lanes : lanes;
            const float *residual = t->residual + to[v];
            for (int r = 0; r < rows; r++, residual += t->output_stride) {
                sum[r][v] = vec_add(sum[r][v], used == VL ? vec_load(residual) : vec_load_lanes(residual, 0, used));
            }
        }
    }
    if (t->clamps) clamp_tile(t, sum, rows, vectors);
    for (int v = 0; v < vectors; v++) {
        const ptrdiff_t used = v == vectors - 1 ? last_lanes : lanes;
        float *output = t->output + to[v];
        if (used == VL) {
            for (int r = 0; r < rows; r++) {
                vec_store(output + r * t->output_stride, sum[r][v]);
            }
        } else {
            for (int r = 0; r < rows; r++) {
                vec_store_lanes(output + r * t->output_stride, sum[r][v], 0, used);
            }
        }
    }
}

typedef void tile_function(const pixel_tiles *t, const pixel_lines *lines, ptrdiff_t first, ptrdiff_t end);

// The vectors first ..< end of each line. From copies, which no store can change.
#define CK_TILE(rows, vectors)                                                                                         \
    static void tiles_##rows##x##vectors(const pixel_tiles *t, const pixel_lines *l, ptrdiff_t first, ptrdiff_t end) { \
        const pixel_tiles tiles = *t;                                                                                  \
        const pixel_lines lines = *l;                                                                                  \
        const int is_along = !tiles.residual && lines.lanes == VL && lines.vector_from == VL && lines.vector_to == VL; \
        for (ptrdiff_t line = 0; line < lines.lines; line++) {                                                         \
            const float *from = lines.from + line * lines.line_from + first * lines.vector_from;                       \
            ptrdiff_t to = lines.to + line * lines.line_to + first * lines.vector_to;                                  \
            ptrdiff_t i = first;                                                                                       \
            for (; is_along && i < end && i + (vectors) < lines.count; i += (vectors)) {                               \
                compute_along(&tiles, from, tiles.output + to, rows, vectors);                                         \
                from += (vectors) * VL;                                                                                \
                to += (vectors) * VL;                                                                                  \
            }                                                                                                          \
            for (; i < end; i += (vectors)) {                                                                          \
                compute_tile(&tiles, &lines, from, to, i + (vectors) == lines.count, rows, vectors);                   \
                from += (vectors) * lines.vector_from;                                                                 \
                to += (vectors) * lines.vector_to;                                                                     \
            }                                                                                                          \
        }                                                                                                              \
    }
#define CK_TILE_ROW(rows)                                                                                              \
    CK_TILE(rows, 1) CK_TILE(rows, 2) CK_TILE(rows, 3) CK_TILE(rows, 4) CK_TILE(rows, 5) CK_TILE(rows, 6)
// Tiles of more vectors than there are registers for are not compiled.
#define CK_TILE_ENTRY(rows, vectors) ((vectors) <= MAX_VECTORS(rows) ? tiles_##rows##x##vectors : NULL)
#define CK_TILE_ROW_ENTRY(rows)                                                                                        \
    {CK_TILE_ENTRY(rows, 1), CK_TILE_ENTRY(rows, 2), CK_TILE_ENTRY(rows, 3),                                           \
     CK_TILE_ENTRY(rows, 4), CK_TILE_ENTRY(rows, 5), CK_TILE_ENTRY(rows, 6)},

CK_UP_TO(TILE_CHANNELS, CK_TILE_ROW)

static tile_function *const tile_functions[TILE_CHANNELS][WIDEST_TILE] = {CK_UP_TO(TILE_CHANNELS, CK_TILE_ROW_ENTRY)};

// The lines in tiles as even as can be: the sums of a small one would wait for one another.
static void compute_tiles(const pixel_tiles *t, const pixel_lines *lines, ptrdiff_t rows) {
    const ptrdiff_t most = MAX_VECTORS(rows), tiles = (lines->count + most - 1) / most;
    const ptrdiff_t vectors = lines->count / tiles, larger = lines->count % tiles;
    const ptrdiff_t rest = larger * (vectors + 1);
    if (larger > 0) tile_functions[rows - 1][vectors](t, lines, 0, rest);
    tile_functions[rows - 1][vectors - 1](t, lines, rest, lines->count);
}

#endif
