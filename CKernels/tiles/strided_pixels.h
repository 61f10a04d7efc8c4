// SPDX-License-Identifier: Apache-2.0
//
// What pixels multiply where it is not read in place: those that are strided, and the windows of larger kernels.
// Packed panel by panel.

#ifndef CK_TILES_STRIDED_PIXELS_H
#define CK_TILES_STRIDED_PIXELS_H

#include "simd/columns.h"
#include "tiles/pixel_tile.h"
#include "tiles/tile_sizes.h"

/// Up to a vector of the pixels of a panel, of one row.
typedef struct strided_vector {
    const float *input; ///< of the first pixel, of channel 0
    ptrdiff_t count;
    ptrdiff_t place; ///< of the first pixel in the panel
} strided_vector;

/// From tap to tap of a packed panel.
enum { PACKED_STRIDE = PACKED_PANEL_STRIDE(TILE_PIXELS, VL) };

typedef struct packed_panel {
    float *buffer;    ///< [depth][PACKED_STRIDE]
    ptrdiff_t pixels; ///< up to TILE_PIXELS, or that many and up to JOINED_PIXELS
    ptrdiff_t offset; ///< of the first pixel in the output
    strided_vector vector[TILE_PIXELS + JOINED_PIXELS];
    ptrdiff_t vectors;
} packed_panel;

// The panel of a run from pixel `first` on; no pixels if `first` is the end.
static packed_panel panel_from(const ck_geometry *g, const pixel_run *run, ptrdiff_t first, float *buffer) {
    const ptrdiff_t left = run->count - first, tail = left - TILE_PIXELS;
    packed_panel panel = {.buffer = buffer, .offset = run->offset + first};
    panel.pixels = tail > 0 && tail <= JOINED_PIXELS ? left : smaller(left, panel_vectors((left + VL - 1) / VL) * VL);
    for (ptrdiff_t place = 0, count; place < panel.pixels; place += count) {
        const ptrdiff_t row = (first + place) / run->width, column = (first + place) % run->width;
        count = smaller(smaller(run->width - column, panel.pixels - place), VL);
        panel.vector[panel.vectors++] =
            (strided_vector){run->input + row * run->row_step + column * g->stride_width, count, place};
    }
    return panel;
}

// Floats `begin`..<`begin` + VL of those at `from`, of which there are `extent`; `whole` tells that there are as many.
CK_INLINE vec load_extent(const float *from, ptrdiff_t begin, ptrdiff_t extent, const int whole) {
    return whole ? vec_load(from + begin) : load_columns(from, begin, extent);
}

// Every second of them from `begin` on, and every fourth.
CK_INLINE vec second_of(const float *from, ptrdiff_t begin, ptrdiff_t extent, const int whole) {
    return vec_even_odd(load_extent(from, begin, extent, whole), load_extent(from, begin + VL - 1, extent, whole));
}
CK_INLINE vec fourth_of(const float *from, ptrdiff_t extent, const int whole) {
    return vec_even_odd(second_of(from, 0, extent, whole), second_of(from, 2 * VL - 2, extent, whole));
}

// to[i] = from[step * i] for i < count <= VL; what follows, up to a vector, may be replaced.
CK_INLINE void load_strided(const float *from, ptrdiff_t count, const ptrdiff_t step, float *to) {
    const ptrdiff_t extent = step * (count - 1) + 1;
    switch (step) {
    case 1:
        vec_store(to, load_extent(from, 0, extent, count == VL));
        break;
    case 2:
        vec_store(to, count == VL ? second_of(from, 0, extent, 1) : second_of(from, 0, extent, 0));
        break;
    case 4:
        vec_store(to, count == VL ? fourth_of(from, extent, 1) : fourth_of(from, extent, 0));
        break;
    default:
        for (ptrdiff_t i = 0; i < count; i++) {
            to[i] = from[i * step];
        }
    }
}

// `step` neighbouring taps of the pixels, PACKED_STRIDE floats apart: every float of a row is read once.
CK_INLINE void load_strided_taps(const float *from, ptrdiff_t count, const ptrdiff_t step, float *to, const int whole) {
    vec x[4], tap[4];
    for (ptrdiff_t i = 0; i < step; i++) {
        x[i] = load_extent(from, i * VL, step * count, whole);
    }
    if (step == 2) {
        vec_deinterleave(x[0], x[1], &tap[0], &tap[1]);
    } else {
        vec even[2], odd[2];
        vec_deinterleave(x[0], x[1], &even[0], &odd[0]);
        vec_deinterleave(x[2], x[3], &even[1], &odd[1]);
        vec_deinterleave(even[0], even[1], &tap[0], &tap[2]);
        vec_deinterleave(odd[0], odd[1], &tap[1], &tap[3]);
    }
    for (ptrdiff_t i = 0; i < step; i++) {
        vec_store(to + i * PACKED_STRIDE, tap[i]);
    }
}

// `taps` neighbouring taps of one channel, 1 or `step`, `from` floats behind the first of channel 0, for all pixels of
// the panel. What is stored behind the pixels of a vector is replaced by the next.
CK_INLINE void pack_taps(const packed_panel *panel, ptrdiff_t from, float *to, const ptrdiff_t step, ptrdiff_t taps) {
    for (ptrdiff_t i = 0; i < panel->vectors; i++) {
        const strided_vector *v = &panel->vector[i];
        if (taps == 1) {
            load_strided(v->input + from, v->count, step, to + v->place);
        } else if (v->count == VL) {
            load_strided_taps(v->input + from, VL, step, to + v->place, 1);
        } else {
            load_strided_taps(v->input + from, v->count, step, to + v->place, 0);
        }
    }
}

// buffer[k][i] = what pixel i of the panel multiplies with weight k.
static void pack_windows(const ck_geometry *g, const packed_panel *panel) {
    const ptrdiff_t step = g->stride_width;
    const ptrdiff_t together = g->dilation_width == 1 && (step == 2 || step == 4) ? step : 1;
    float *to = panel->buffer;
    for (ptrdiff_t c = 0; c < g->channels; c++) {
        for (ptrdiff_t ky = 0; ky < g->kernel_height; ky++) {
            const ptrdiff_t row = c * g->in_channel_stride + ky * g->dilation_height * g->in_row_stride;
            for (ptrdiff_t kx = 0, taps; kx < g->kernel_width; kx += taps, to += taps * PACKED_STRIDE) {
                const ptrdiff_t from = row + kx * g->dilation_width;
                taps = kx + together <= g->kernel_width ? together : 1;
                switch (step) {
                case 1:
                    pack_taps(panel, from, to, 1, 1);
                    break;
                case 2:
                    pack_taps(panel, from, to, 2, taps);
                    break;
                case 4:
                    pack_taps(panel, from, to, 4, taps);
                    break;
                default:
                    pack_taps(panel, from, to, step, 1);
                }
            }
        }
    }
}

// MARK: While the panel before is multiplied

/// Channels between a vector that is packed and the one that is fetched: some hundred multiplications each, the latency
/// of memory together.
enum { STRIDED_AHEAD = 4 };

// A tile of whole vectors and all channels, without residual. The loads, the shuffle and the store of a vector to pack
// find ports that the multiplications leave idle.
CK_INLINE void compute_packing(const pixel_tile *t, const int vectors) {
    const strided_share strided = t->strided;
    const ptrdiff_t depth = t->depth - 1, interval = depth / strided.count;
    const float *from = strided.from;
    float *to = strided.to;
    pixel_tile part = *t;
    accumulators sum;
    start_tile(sum, t, TILE_CHANNELS, vectors);
    for (ptrdiff_t i = 0; i < strided.count; i++) {
        load_strided(from, strided.pixels, 2, to);
        // The rows of one channel after another are too short and too far apart for the hardware to foresee. Addresses
        // as integers: behind the last channel there is no object to point into.
        const intptr_t later = (intptr_t)from + STRIDED_AHEAD * strided.from_stride * (ptrdiff_t)sizeof *from;
        __builtin_prefetch((const void *)later, 0, 3);
        __builtin_prefetch((const void *)(later + (2 * strided.pixels - 2) * (ptrdiff_t)sizeof *from), 0, 3);
        from += strided.from_stride;
        to += PACKED_STRIDE;
        multiply_pixel_lanes(sum, &part, interval, TILE_CHANNELS, vectors, WHOLE);
        part.input += interval * t->input_stride;
        part.weights += interval * TILE_CHANNELS;
    }
    multiply_pixel_lanes(sum, &part, depth - interval * strided.count, TILE_CHANNELS, vectors, WHOLE);
    finish_tile(sum, t, TILE_CHANNELS, vectors);
}

#define CK_PACKING(vectors)                                                                                            \
    static void packing_##vectors(const pixel_tile *t) {                                                               \
        compute_packing(t, vectors);                                                                                   \
    }
#define CK_PACKING_ENTRY(vectors) packing_##vectors,

CK_UP_TO(TILE_VECTORS, CK_PACKING)

static void (*const packing_tiles[TILE_VECTORS])(const pixel_tile *) = {CK_UP_TO(TILE_VECTORS, CK_PACKING_ENTRY)};

#endif
