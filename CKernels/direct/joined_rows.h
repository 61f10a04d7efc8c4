// SPDX-License-Identifier: Apache-2.0
//
// Tiles of narrow rows that are staged end to end (direct/pixel_stage.h): vectors of pixels run on from row to row. The
// sums go to a small buffer first, and from there without the lanes between the rows, whose place in the output is
// none.

#ifndef CK_DIRECT_JOINED_ROWS_H
#define CK_DIRECT_JOINED_ROWS_H

#include "direct/pixel_stage.h"
#include "direct/pixel_tiles.h"

/// Vectors whose sums are in the buffer: whole tiles of any number of channels.
enum { JOINED_VECTORS = WIDEST_TILE };

/// Where a vector begins: in which of the rows, and which of the columns from one row to the next.
typedef struct joined_place {
    ptrdiff_t row, column;
} joined_place;

/// The lanes of a vector that lie in a row, by the column that the vector begins with. In bytes, to be small on the
/// stack.
typedef struct joined_lanes {
    int8_t pick[2 * VL][VL];   ///< those of the sums, in order
    int8_t spread[2 * VL][VL]; ///< of pixels end to end, those of the stage; the last lane, a zero, between rows
} joined_lanes;

CK_INLINE vec pick_lanes(vec v, const int8_t *lanes) {
    int32_t wide[VL];
    for (int lane = 0; lane < VL; lane++) {
        wide[lane] = lanes[lane];
    }
    return vec_pick(v, wide);
}

static void find_joined_lanes(joined_lanes *lanes, const ck_geometry *g, const stage *s) {
    memset(lanes, 0, sizeof *lanes);
    for (ptrdiff_t first = 0; first < s->row_length; first++) {
        int8_t picked = 0, spread = 0;
        ptrdiff_t column = first;
        for (int8_t lane = 0; lane < VL; lane++) {
            const ptrdiff_t in = column - g->pad_left;
            if (column < g->out_width) lanes->pick[first][picked++] = lane;
            lanes->spread[first][lane] = in >= 0 && in < g->in_width ? spread++ : VL - 1;
            if (++column == s->row_length) column = 0;
        }
    }
}

/// The place a vector further.
static joined_place next_joined(joined_place place, const stage *s) {
    place.row += s->joined_rows;
    place.column += s->joined_columns;
    if (place.column >= s->row_length) {
        place.column -= s->row_length;
        place.row++;
    }
    return place;
}

/// Pixels before a place, in rows of `width` that begin at column `first`.
static ptrdiff_t pixels_before(joined_place place, ptrdiff_t first, ptrdiff_t width) {
    return place.row * width + smaller(larger(0, place.column - first), width);
}

// MARK: Staging

/// Stages the input of a band, whose rows must be end to end.
static void stage_joined(const ck_task *task, const stage *s, const joined_lanes *lanes, ptrdiff_t image,
                         ck_range rows) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t top = rows.begin - g->pad_top, height = input_rows(g, rows.end - rows.begin);
    // The staged rows that are rows of the image.
    const ptrdiff_t begin = smaller(height, larger(0, -top)), end = larger(begin, smaller(height, g->in_height - top));
    const ptrdiff_t pixels = (end - begin) * g->in_width;
    for (ptrdiff_t c = 0; c < g->channels; c++) {
        const float *from = task->input + image * g->in_image_stride + c * g->in_channel_stride;
        float *to = s->staged + c * s->channel_length, *const behind = to + s->channel_length;
        memset(to, 0, (size_t)(begin * s->row_length) * sizeof(float));
        to += begin * s->row_length;
        if (pixels > 0) from += (top + begin) * g->in_width;
        joined_place place = {0, 0};
        for (ptrdiff_t at = 0; at < pixels; to += VL) {
            const joined_place next = next_joined(place, s);
            const ptrdiff_t stop = smaller(pixels_before(next, g->pad_left, g->in_width), pixels), count = stop - at;
            const vec x = count == VL ? vec_load(from + at) : vec_load_lanes(from + at, 0, count);
            vec_store(to, pick_lanes(x, lanes->spread[place.column]));
            at = stop;
            place = next;
        }
        memset(to, 0, (size_t)(behind - to) * sizeof(float));
    }
}

// MARK: Tiles

/// Computes `rows` whole rows of output for the output channels of a panel.
///
/// - tiles: what the tiles have in common, as for rows apart.
/// - from: the first row in the stage.
/// - to: its first pixel, in channel 0 of the output.
static void compute_joined(const ck_task *task, const stage *s, const joined_lanes *lanes, const pixel_tiles *tiles,
                           ptrdiff_t channels, ptrdiff_t rows, const float *from, ptrdiff_t to) {
    const ptrdiff_t width = task->geometry->out_width, end = rows * width, step = tiles->output_stride;
    const ptrdiff_t vectors = (rows * s->row_length + VL - 1) / VL;
    _Alignas(64) float sums[TILE_CHANNELS * JOINED_VECTORS * VL];
    pixel_tiles alone = *tiles;
    alone.residual = NULL;
    alone.output = sums;
    alone.output_stride = JOINED_VECTORS * VL;
    alone.clamps = 0;
    pixel_lines line = {.lines = 1, .vector_from = VL, .vector_to = VL, .lanes = VL, .last_lanes = VL};
    joined_place place = {0, 0};
    for (ptrdiff_t i = 0, at = 0; i < vectors; i += line.count) {
        line.from = from + i * VL;
        line.count = smaller(JOINED_VECTORS, vectors - i);
        compute_tiles(&alone, &line, channels);
        for (ptrdiff_t v = 0; v < line.count; v++) {
            const joined_place next = next_joined(place, s);
            const ptrdiff_t stop = smaller(pixels_before(next, 0, width), end), count = stop - at;
            const int8_t *pick = lanes->pick[place.column];
            for (ptrdiff_t r = 0; r < channels; r++) {
                vec x = pick_lanes(vec_load(sums + (r * JOINED_VECTORS + v) * VL), pick);
                if (tiles->residual) x = vec_add(x, vec_load_lanes(tiles->residual + r * step + to + at, 0, count));
                vec_store_first(tiles->output + r * step + to + at, vec_activate(x, task), count);
            }
            at = stop;
            place = next;
        }
    }
}

#endif
