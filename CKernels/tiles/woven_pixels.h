// SPDX-License-Identifier: Apache-2.0
//
// Pairs of output channels that are one channel's even and odd columns, as the phases of a transposed convolution of
// stride 2 are: woven into one another in registers as a tile is stored. Several pairs may be rows of one channel. For
// 1 x 1 kernels whose pixels are neighbours.

#ifndef CK_TILES_WOVEN_PIXELS_H
#define CK_TILES_WOVEN_PIXELS_H

#include "tiles/pixel_panel.h"

_Static_assert(TILE_CHANNELS % 2 == 0, "the channels of a pair must be in one tile");

/// A tile of whole panels of weights, whose vectors may be of different rows.
typedef struct woven_tile {
    pixel_tile pixels;
    ptrdiff_t pairs;                  ///< to be stored
    ptrdiff_t row[TILE_CHANNELS / 2]; ///< of each pair, in the output and in the residual
    float bias[TILE_CHANNELS / 2];    ///< of each pair
    ptrdiff_t place[TILE_VECTORS];    ///< of each vector's first pixel in its row
} woven_tile;

CK_INLINE void store_woven_vector(const pixel_tile *t, ptrdiff_t at, vec y, ptrdiff_t count, const int clamps) {
    if (t->residual) {
        const float *residual = t->residual + at;
        y = vec_add(y, count >= VL ? vec_load(residual) : vec_load_lanes(residual, 0, count));
    }
    // The data is the second operand, so that a NaN stays one.
    if (clamps) y = vec_min(vec_set1(t->high), vec_max(vec_set1(t->low), y));
    vec_store_first(t->output + at, y, count);
}

CK_INLINE void store_woven(accumulators sum, const woven_tile *w, const int vectors, const int kind, const int clamps) {
    const pixel_tile t = w->pixels;
    for (int pair = 0; pair < TILE_CHANNELS / 2 && pair < w->pairs; pair++) {
        for (int v = 0; v < vectors; v++) {
            const ptrdiff_t at = w->row[pair] + w->place[v];
            const ptrdiff_t count = kind == RAGGED && v == vectors - 1 ? 2 * t.tail : 2 * VL;
            vec first, second;
            vec_interleave(sum[2 * pair][v], sum[2 * pair + 1][v], &first, &second);
            store_woven_vector(&t, at, first, smaller(count, VL), clamps);
            if (count > VL) store_woven_vector(&t, at + VL, second, count - VL, clamps);
        }
    }
}

CK_INLINE void compute_woven(const woven_tile *w, const int vectors, const int kind) {
    const pixel_tile *t = &w->pixels;
    accumulators sum;
    // The lines that are stored to come while the sums are taken: else the stores of a tile, which are as many as its
    // sums, may not be done when the next one's are.
    for (int pair = 0; pair < TILE_CHANNELS / 2 && pair < w->pairs; pair++) {
        for (int v = 0; v < vectors; v++) {
            const float *line = t->output + w->row[pair] + w->place[v];
            __builtin_prefetch(line, 1, 3);
            if (VEC_IS_LINE) __builtin_prefetch(line + VL, 1, 3);
        }
    }
    for (int r = 0; r < TILE_CHANNELS; r++) {
        const vec bias = vec_set1(w->bias[r / 2]);
        for (int v = 0; v < vectors; v++) {
            sum[r][v] = bias;
        }
    }
    multiply_pixel_lanes(sum, t, t->depth, TILE_CHANNELS, vectors, kind);
    if (t->clamps) {
        store_woven(sum, w, vectors, kind, 1);
    } else {
        store_woven(sum, w, vectors, kind, 0);
    }
}

#define CK_WOVEN_TILE(vectors)                                                                                         \
    static void woven_whole_tile_##vectors(const woven_tile *w) {                                                      \
        compute_woven(w, vectors, WHOLE);                                                                              \
    }                                                                                                                  \
    static void woven_ragged_tile_##vectors(const woven_tile *w) {                                                     \
        compute_woven(w, vectors, RAGGED);                                                                             \
    }
#define CK_WOVEN_TILE_ENTRY(vectors) {woven_whole_tile_##vectors, woven_ragged_tile_##vectors},

CK_UP_TO(TILE_VECTORS, CK_WOVEN_TILE)

static void (*const woven_tiles[TILE_VECTORS][PIXEL_KINDS])(const woven_tile *) = {
    CK_UP_TO(TILE_VECTORS, CK_WOVEN_TILE_ENTRY)};

// Where the pairs from `first` on are stored, and what their bias is.
static void place_pairs(const ck_task *task, woven_tile *w, ptrdiff_t first) {
    const ck_geometry *g = task->geometry;
    ptrdiff_t channel = first / g->out_row_phases, row = first - channel * g->out_row_phases;
    for (ptrdiff_t pair = 0; pair < TILE_CHANNELS / 2; pair++) {
        const int is_stored = pair < w->pairs;
        w->row[pair] = channel * g->out_channel_stride + row * g->out_phase_stride;
        w->bias[pair] = is_stored && task->epilogue.bias ? task->epilogue.bias[channel] : 0;
        if (++row == g->out_row_phases) {
            row = 0;
            channel++;
        }
    }
}

// The activations that are no clamp, on what a tile has stored.
static void activate_woven(const ck_task *task, const woven_tile *w, ptrdiff_t vectors) {
    const pixel_tile *t = &w->pixels;
    for (ptrdiff_t pair = 0; task->epilogue.activation != CK_ACTIVATION_CLAMP && pair < w->pairs; pair++) {
        for (ptrdiff_t v = 0; v < vectors; v++) {
            const ptrdiff_t count = v == vectors - 1 ? 2 * t->tail : 2 * VL;
            activate_line(t->output + w->row[pair] + w->place[v], count, task);
        }
    }
}

// Copies a panel. Its channels, which may be an even number of pages apart, would fall on few lines of the cache.
static void pack_panel(const float *input, ptrdiff_t input_stride, ptrdiff_t depth, ptrdiff_t pixels, float *panel) {
    for (ptrdiff_t k = 0; k < depth; k++) {
        for (ptrdiff_t p = 0; p < pixels; p += VL) {
            const float *from = input + k * input_stride + p;
            vec_store(panel + k * TILE_PIXELS + p,
                      pixels - p >= VL ? vec_load(from) : vec_load_lanes(from, 0, pixels - p));
        }
    }
}

// Fetches some channels of the next panel. Addresses as integers: there may be no object to point into.
static void fetch_panel(const float *input, ptrdiff_t input_stride, ck_range channels) {
    for (ptrdiff_t k = channels.begin; k < channels.end; k++) {
        const intptr_t line = (intptr_t)input + k * input_stride * (ptrdiff_t)sizeof *input;
        for (ptrdiff_t p = 0; p < TILE_PIXELS; p += LINE_FLOATS) {
            __builtin_prefetch((const void *)(line + p * (ptrdiff_t)sizeof *input), 0, 2);
        }
    }
}

/// Pixels of one row, or of rows of whole vectors that follow one another in the input.
static __attribute__((noinline)) void multiply_woven(const ck_task *task, const pixel_run *run) {
    const ck_geometry *g = task->geometry;
    woven_tile w = {.pixels = first_tile(task)};
    pixel_tile *const t = &w.pixels;
    t->output = task->output + run->offset;
    t->residual = task->epilogue.residual ? task->epilogue.residual + run->offset : NULL;
    const ptrdiff_t input_stride = t->input_stride;
    const ptrdiff_t tiles = (task->channels.end - task->channels.begin + TILE_CHANNELS - 1) / TILE_CHANNELS;
    // A vector that is a line is worth no copy: it comes from the second-level cache as fast as it is multiplied.
    const int is_packed = !VEC_IS_LINE && task->scratch != NULL && tiles > 2;
    if (is_packed) {
        t->input_stride = TILE_PIXELS;
        t->fetch = 0;
    }
    for (ptrdiff_t p = 0, pixels; p < run->count; p += pixels) {
        const ptrdiff_t left = run->count - p, vectors = panel_vectors((left + VL - 1) / VL);
        pixels = smaller(left, vectors * VL);
        for (ptrdiff_t v = 0; v < vectors; v++) {
            const ptrdiff_t pixel = p + v * VL, row = pixel / run->width;
            w.place[v] = row * g->out_row_stride + 2 * (pixel - row * run->width);
        }
        t->tail = pixels - (vectors - 1) * VL;
        t->input = run->input + p;
        if (is_packed) {
            pack_panel(t->input, input_stride, t->depth, pixels, task->scratch);
            t->input = task->scratch;
        }
        ck_range fetched = {0, 0};
        for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c += TILE_CHANNELS) {
            t->weights = task->weights + c * t->depth;
            w.pairs = smaller(task->channels.end - c, TILE_CHANNELS) / 2;
            place_pairs(task, &w, c / 2);
            if (is_packed) {
                fetched = (ck_range){fetched.end, smaller(t->depth, fetched.end + (t->depth + tiles - 1) / tiles)};
                fetch_panel(run->input + p + pixels, input_stride, fetched);
            }
            woven_tiles[vectors - 1][pixels % VL == 0 ? WHOLE : RAGGED](&w);
            activate_woven(task, &w, vectors);
            if (!is_packed) t->fetch = t->fetch + VL < 2 * TILE_PIXELS ? t->fetch + VL : TILE_PIXELS;
        }
    }
}

#endif
