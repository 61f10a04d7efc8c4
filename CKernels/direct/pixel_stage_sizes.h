// SPDX-License-Identifier: Apache-2.0
//
// The sizes of direct convolution in pixel lanes, and of its copies of input rows: see direct/pixel_stage.h. Plain C:
// see sizes.h.

#ifndef CK_DIRECT_PIXEL_STAGE_SIZES_H
#define CK_DIRECT_PIXEL_STAGE_SIZES_H

#include "tiles/tile_sizes.h"

/// A panel is followed by a float that is not 0 if one of its weights is not finite.
static inline ptrdiff_t direct_pixels_packed_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    const ptrdiff_t panel = size_sum(size_product(size_of_filter(g), kernel->tile_channels), 1);
    const ptrdiff_t channels = size_round_up(g->out_channels, kernel->tile_channels);
    return channels < 0 ? -1 : bytes_of_floats(size_product(channels / kernel->tile_channels, panel));
}

/// Input rows from the first to the last that so many rows of output read.
static inline ptrdiff_t input_rows(const ck_geometry *g, ptrdiff_t rows) {
    return size_read(rows, g->kernel_height, g->stride_height, g->dilation_height);
}

/// Those that are staged: of a single row those of its taps alone.
static inline ptrdiff_t staged_rows(const ck_geometry *g, ptrdiff_t rows) {
    return rows <= 1 ? g->kernel_height : input_rows(g, rows);
}

/// What lies behind the rows of a channel: vectors of the last row may end there.
#define STAGE_MARGIN LINE_FLOATS

/// From phase to phase of a staged row of so many columns of output.
static inline ptrdiff_t stage_phase_stride(const ck_geometry *g, ptrdiff_t columns, ptrdiff_t lanes) {
    const ptrdiff_t whole = size_round_up(columns, lanes);
    if (g->kernel_width < g->stride_width) return whole;
    const ptrdiff_t reach = size_product(g->kernel_width - 1, g->dilation_width);
    return reach < 0 ? -1 : size_sum(whole, size_round_up(reach / g->stride_width, lanes));
}

/// Phases of a staged row: the residues of its columns or, where they are fewer, the taps.
static inline ptrdiff_t stage_phases(const ck_geometry *g) {
    return smaller(g->kernel_width, g->stride_width);
}

/// The whole input of so many output rows and columns.
static inline ptrdiff_t stage_floats(const ck_geometry *g, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t lanes) {
    const ptrdiff_t row = size_product(stage_phases(g), stage_phase_stride(g, columns, lanes));
    return size_product(g->channels, size_sum(size_product(staged_rows(g, rows), row), STAGE_MARGIN));
}

/// What comes before the stage: an offset for each tap.
static inline ptrdiff_t tap_offset_floats(const ck_geometry *g) {
    return size_round_up(size_product(g->kernel_height, g->kernel_width), LINE_FLOATS);
}

/// Offsets of the taps, and the input of the part if it fits, else of bands of it.
static inline ptrdiff_t direct_pixels_scratch_bytes(const ck_kernel *kernel, const ck_geometry *g,
                                                    const ck_region *part) {
    const ptrdiff_t tile = stage_floats(g, 1, kernel->tile_pixels, kernel->lanes);
    if (tile < 0) return -1;
    const ptrdiff_t whole = stage_floats(g, range_length(part->rows), range_length(part->columns), kernel->lanes);
    return bytes_of_floats(size_sum(tap_offset_floats(g), size_smaller(whole, larger(CK_STAGE_FLOATS, tile))));
}

/// What lies from one joined row of so many columns of output to the next: the longer of the two paddings serves both.
/// 0 where rows are not joined: if that would save less than a tenth of the lanes, if their outputs are not end to end,
/// with a stride, or in images so small that finding the lanes takes as long as they save.
static inline ptrdiff_t joined_length(const ck_geometry *g, ptrdiff_t columns, ptrdiff_t lanes) {
    if (g->stride_width != 1 || g->stride_height != 1 || columns != g->out_width || columns >= 2 * lanes) return 0;
    if (g->out_pixel_stride != 1 || g->out_row_stride != columns || g->out_height * columns < 128) return 0;
    const ptrdiff_t reach = (g->kernel_width - 1) * g->dilation_width;
    const ptrdiff_t behind = columns + reach - g->in_width - g->pad_left;
    const ptrdiff_t length = larger(columns, g->in_width + larger(g->pad_left, behind));
    return 10 * length <= 9 * round_up(columns, lanes) ? length : 0;
}

#endif
