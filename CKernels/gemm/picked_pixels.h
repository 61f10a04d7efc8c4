// SPDX-License-Identifier: Apache-2.0
//
// The pixels that the stride of a 1 x 1 convolution picks, packed panel by panel for gemm/gemm_pixels_template.h, which
// defines TILE_PIXELS before it includes this.

#ifndef CK_GEMM_PICKED_PIXELS_H
#define CK_GEMM_PICKED_PIXELS_H

#include "simd/columns.h"

/// Output pixels that follow one another in memory: `count` of them, through rows of `width` pixels, the first of them
/// the first of a row.
typedef struct pixel_run {
    const float *input; ///< of the first pixel
    ptrdiff_t row_step; ///< in the input, from row to row
    ptrdiff_t width;
    ptrdiff_t count;
    ptrdiff_t offset; ///< of the first pixel in the output
} pixel_run;

/// Up to a vector of the pixels of a panel, of one row.
typedef struct picked_vector {
    const float *input; ///< of the first pixel, of channel 0
    ptrdiff_t count;
    ptrdiff_t place; ///< of the first pixel in the panel
} picked_vector;

/// From channel to channel of a packed panel: a tile, the pixels joined to it and what is stored behind the last one.
enum { PACKED_STRIDE = TILE_PIXELS + 2 * VL };

typedef struct picked_panel {
    float *buffer;    ///< [channels][PACKED_STRIDE]
    ptrdiff_t pixels; ///< up to TILE_PIXELS, or that many and up to JOINED_PIXELS
    ptrdiff_t offset; ///< of the first pixel in the output
    picked_vector vector[TILE_PIXELS + JOINED_PIXELS];
    ptrdiff_t vectors;
} picked_panel;

// The panel of a run from pixel `first` on; no pixels if `first` is the end.
static picked_panel panel_from(const ck_geometry *g, const pixel_run *run, ptrdiff_t first, float *buffer) {
    const ptrdiff_t left = run->count - first, tail = left - TILE_PIXELS;
    picked_panel panel = {.buffer = buffer, .offset = run->offset + first};
    panel.pixels = tail > 0 && tail <= JOINED_PIXELS ? left : smaller(left, panel_vectors((left + VL - 1) / VL) * VL);
    for (ptrdiff_t place = 0, count; place < panel.pixels; place += count) {
        const ptrdiff_t row = (first + place) / run->width, column = (first + place) % run->width;
        count = smaller(smaller(run->width - column, panel.pixels - place), VL);
        panel.vector[panel.vectors++] =
            (picked_vector){run->input + row * run->row_step + column * g->stride_width, count, place};
    }
    return panel;
}

// to[i] = from[2 * i] for i < count <= VL; what follows, up to a vector, is undefined.
CK_INLINE void pick_second(const float *from, ptrdiff_t count, float *to) {
    const ptrdiff_t extent = 2 * count - 1;
    const vec first = vec_load_lanes(from, 0, smaller(VL, extent));
    const vec second = vec_load_lanes(from + VL - 1, 0, larger(0, extent - (VL - 1)));
    vec_store(to, vec_even_odd(first, second));
}

// Packs channels `channels` of a vector. What is stored behind its pixels is replaced if the vectors of a channel are
// packed in order.
static void pack_vector(const ck_geometry *g, const picked_panel *panel, const picked_vector *v, ck_range channels) {
    const ptrdiff_t step = g->stride_width;
    for (ptrdiff_t k = channels.begin; k < channels.end; k++) {
        const float *from = v->input + k * g->in_channel_stride;
        float *to = panel->buffer + k * PACKED_STRIDE + v->place;
        if (step == 2) {
            pick_second(from, v->count, to);
        } else {
            for (ptrdiff_t i = 0; i < v->count; i++) {
                to[i] = from[i * step];
            }
        }
    }
}

// buffer[k][i] = channel k of pixel i of the panel.
static void pack_panel(const ck_geometry *g, const picked_panel *panel) {
    for (ptrdiff_t k = 0; k < g->channels; k++) {
        for (ptrdiff_t i = 0; i < panel->vectors; i++) {
            pack_vector(g, panel, &panel->vector[i], (ck_range){k, k + 1});
        }
    }
}

// MARK: While the panel before is multiplied

/// Channels between a vector that is packed and the one that is fetched: some hundred multiplications each, the latency
/// of memory together.
enum { PICKS_AHEAD = 4 };

// A tile of whole vectors and all channels, without residual. The loads, the shuffle and the store of a vector to pack
// find ports that the multiplications leave idle.
CK_INLINE void compute_picking(const pixel_tile *t, const int vectors) {
    const tile_picks picks = t->picks;
    const ptrdiff_t depth = t->depth - 1, interval = depth / picks.count;
    const float *from = picks.from;
    float *to = picks.to;
    pixel_tile part = *t;
    accumulators sum;
    start_tile(sum, t, TILE_CHANNELS, vectors);
    for (ptrdiff_t i = 0; i < picks.count; i++) {
        pick_second(from, picks.pixels, to);
        // The rows of one channel after another are too short and too far apart for the hardware to foresee. Addresses
        // as integers: behind the last channel there is no object to point into.
        const intptr_t later = (intptr_t)from + PICKS_AHEAD * picks.from_stride * (ptrdiff_t)sizeof *from;
        __builtin_prefetch((const void *)later, 0, 3);
        __builtin_prefetch((const void *)(later + (2 * picks.pixels - 2) * (ptrdiff_t)sizeof *from), 0, 3);
        from += picks.from_stride;
        to += PACKED_STRIDE;
        multiply_tile(sum, &part, interval, TILE_CHANNELS, vectors, WHOLE);
        part.input += interval * t->input_stride;
        part.weights += interval * TILE_CHANNELS;
    }
    multiply_tile(sum, &part, depth - interval * picks.count, TILE_CHANNELS, vectors, WHOLE);
    finish_tile(sum, t, TILE_CHANNELS, vectors);
}

#define CK_PICKING(vectors)                                                                                            \
    static void picking_##vectors(const pixel_tile *t) {                                                               \
        compute_picking(t, vectors);                                                                                   \
    }
#define CK_PICKING_ENTRY(vectors) picking_##vectors,

CK_UP_TO(TILE_VECTORS, CK_PICKING)

static void (*const picking_tiles[TILE_VECTORS])(const pixel_tile *) = {CK_UP_TO(TILE_VECTORS, CK_PICKING_ENTRY)};

#endif
