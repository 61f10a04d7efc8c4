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

/// Pixels of a panel in one row.
typedef struct row_piece {
    const float *input; ///< of the first pixel
    ptrdiff_t count;
    ptrdiff_t extent; ///< elements from the first pixel's to the last one's, both included
} row_piece;

typedef struct panel_rows {
    row_piece piece[TILE_PIXELS];
    ptrdiff_t pieces;
} panel_rows;

// The `pixels` pixels of a run from `first` on.
static panel_rows rows_of_panel(const ck_geometry *g, const pixel_run *run, ptrdiff_t first, ptrdiff_t pixels) {
    panel_rows rows;
    const float *row = run->input + first / run->width * run->row_step;
    ptrdiff_t column = first % run->width;
    for (rows.pieces = 0; pixels > 0; row += run->row_step, column = 0) {
        const ptrdiff_t count = smaller(run->width - column, pixels);
        rows.piece[rows.pieces++] =
            (row_piece){row + column * g->stride_width, count, (count - 1) * g->stride_width + 1};
        pixels -= count;
    }
    return rows;
}

// buffer[k][i] = channel k of pixel i of the panel, in rows of TILE_PIXELS; what follows the pixels is undefined. The
// buffer is a vector longer than its rows.
static void pack_panel(const ck_geometry *g, const panel_rows *panel, float *buffer) {
    const ptrdiff_t step = g->stride_width;
    for (ptrdiff_t k = 0; k < g->channels; k++, buffer += TILE_PIXELS) {
        float *to = buffer;
        for (ptrdiff_t r = 0; r < panel->pieces; r++) {
            const row_piece piece = panel->piece[r];
            const float *from = piece.input + k * g->in_channel_stride;
            if (step == 2) {
                for (ptrdiff_t i = 0; i < piece.count; i += VL) {
                    vec even, odd;
                    load_column_pairs(from, 2 * i, piece.extent, &even, &odd);
                    vec_store(to + i, even); // the next piece, or channel, replaces what lies behind the last pixel
                }
            } else {
                for (ptrdiff_t i = 0; i < piece.count; i++) {
                    to[i] = from[i * step];
                }
            }
            to += piece.count;
        }
    }
}

// The cache line number `line` of those that hold channel 0 of a panel; NULL if they are fewer.
static const float *line_of_panel(const panel_rows *panel, ptrdiff_t line) {
    for (ptrdiff_t r = 0; r < panel->pieces; r++) {
        const row_piece *piece = &panel->piece[r];
        // One more than the floats fill, if they do not begin with a line.
        const ptrdiff_t lines = (piece->extent + 14) / 16 + 1;
        if (line < lines) return piece->input + smaller(line * 16, piece->extent - 1);
        line -= lines;
    }
    return NULL;
}

#endif
