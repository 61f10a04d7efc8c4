// SPDX-License-Identifier: Apache-2.0
//
// The sizes of the kernels of this folder: winograd_template.h has the layouts. Plain C: see sizes.h.

#ifndef CK_WINOGRAD_SIZES_H
#define CK_WINOGRAD_SIZES_H

#include "sizes.h"
#include "winograd/winograd_tiles.h"

// The most points of an axis.
#define WINOGRAD_MAX_ALPHA 10

// Columns of a strip with its halo. The ring holds up to a vector less one more before them for the alignment and as
// many behind. Odd, so that the rows of a tile do not share cache sets.
#define WINOGRAD_STRIP 128
#define WINOGRAD_RING_OF(lanes) ((WINOGRAD_STRIP + 2 * (lanes)) | 1)

// Tiles that are gathered before they are stored: those whose columns make whole vectors, or VL neighbours of a span.
#define WINOGRAD_GATHERED 16

// Columns of a row of theirs, odd so that rows do not share cache sets.
CK_INLINE ptrdiff_t gathered_row(const tile_shape *s) {
    return WINOGRAD_GATHERED * s->mw + 1;
}

static inline tile_shape tile_shape_of(const ck_kernel *kernel) {
    const int mh = (int)kernel->winograd.mh, rh = (int)kernel->winograd.rh;
    const int mw = (int)kernel->winograd.mw, rw = (int)kernel->winograd.rw;
    return (tile_shape){mh, rh, mw, rw, mh + rh - 1, mw + rw - 1};
}

// Input channels of all phases of the stride.
static inline ptrdiff_t winograd_depth(const ck_geometry *g) {
    return size_product(size_product(g->channels, g->stride_height), g->stride_width);
}

static inline ptrdiff_t winograd_packed_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    const tile_shape s = tile_shape_of(kernel);
    // The transform, then the filter and its scale.
    const ptrdiff_t each = size_sum(size_product(tile_points(&s), winograd_depth(g)), size_sum(size_of_filter(g), 1));
    return bytes_of_floats(size_product(size_round_up(g->out_channels, kernel->tile_channels), each));
}

// Matrices of a panel in double precision, [WINOGRAD_MAX_ALPHA ^ 2][panel], that the transform has in its scratch: the
// taps of one phase, half of their transform, and all of it.
#define PANEL_MATRIX_OF(panel) (WINOGRAD_MAX_ALPHA * WINOGRAD_MAX_ALPHA * (panel))
#define PANEL_MATRICES 3

static inline ptrdiff_t winograd_packing_scratch_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    (void)g;
    return PANEL_MATRICES * PANEL_MATRIX_OF(kernel->tile_channels) * (ptrdiff_t)sizeof(double);
}

static inline ptrdiff_t winograd_prepared_bytes(const ck_kernel *kernel, const ck_geometry *g, const ck_region *block) {
    const tile_shape s = tile_shape_of(kernel);
    const tile_grid grid = tile_grid_of(g, block, &s);
    const ptrdiff_t point = size_product(tile_count(&grid), size_round_up(winograd_depth(g), kernel->lanes));
    return bytes_of_floats(size_product(tile_points(&s), odd_lines(point)));
}

// The products of the tiles that are multiplied at once and the output of a few of them, or a ring of input rows.
static inline ptrdiff_t winograd_scratch_bytes(const ck_kernel *kernel, const ck_geometry *g, const ck_region *block) {
    const tile_shape s = tile_shape_of(kernel);
    const tile_grid grid = tile_grid_of(g, block, &s);
    const ptrdiff_t tiles = smaller(tile_count(&grid), kernel->winograd.tiles);
    const ptrdiff_t products = tile_points(&s) * odd_lines(tiles * kernel->tile_channels);
    const ptrdiff_t gathered = s.mh * gathered_row(&s) * kernel->lanes;
    const ptrdiff_t ring = s.ah * WINOGRAD_RING_OF(kernel->lanes) * kernel->lanes;
    return bytes_of_floats(larger(products + gathered, ring));
}

#endif
