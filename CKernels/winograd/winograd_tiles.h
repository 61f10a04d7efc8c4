// SPDX-License-Identifier: Apache-2.0
//
// How the tiles of a region are numbered: images first, then rows of tiles, then columns. With a dilation d the outputs
// of a tile are d apart, and d tiles lie within one another: tile t of an axis is residue t % d of span t / d, and a
// span is m d outputs long. Plain C, the same for every m and every instruction set.

#ifndef CK_WINOGRAD_TILES_H
#define CK_WINOGRAD_TILES_H

#include "simd/common.h"

// F(mh x mw, rh x rw), and the ah x aw = (mh + rh - 1) x (mw + rw - 1) points of its transforms.
typedef struct tile_shape {
    int mh, rh, mw, rw;
    int ah, aw;
} tile_shape;

CK_INLINE int tile_points(const tile_shape *s) {
    return s->ah * s->aw;
}

// One axis of a tile of outputs.
typedef struct tile_axis {
    ptrdiff_t m, dilation;
} tile_axis;

// Tiles that cover `extent` outputs. The last span may have fewer outputs than residues.
static inline ptrdiff_t tiles_along(tile_axis axis, ptrdiff_t extent) {
    const ptrdiff_t span = axis.m * axis.dilation, rest = extent % span;
    return extent / span * axis.dilation + (rest < axis.dilation ? rest : axis.dilation);
}

// The first output of a tile.
static inline ptrdiff_t tile_begin(tile_axis axis, ptrdiff_t tile) {
    return axis.dilation == 1 ? tile * axis.m : tile / axis.dilation * axis.m * axis.dilation + tile % axis.dilation;
}

// A region of the output in tiles. The first tile begins at the region's first row and column.
typedef struct tile_grid {
    const ck_region *region;
    tile_axis vertical, horizontal;
    ptrdiff_t images, rows, columns;
} tile_grid;

static __attribute__((noinline)) tile_grid tile_grid_of(const ck_geometry *g, const ck_region *region,
                                                        const tile_shape *s) {
    const tile_axis vertical = {s->mh, g->dilation_height}, horizontal = {s->mw, g->dilation_width};
    return (tile_grid){region,
                       vertical,
                       horizontal,
                       region->images.end - region->images.begin,
                       tiles_along(vertical, region->rows.end - region->rows.begin),
                       tiles_along(horizontal, region->columns.end - region->columns.begin)};
}

static inline ptrdiff_t tile_count(const tile_grid *grid) {
    return grid->images * grid->rows * grid->columns;
}

// The number within `block` of the tile at an image, row and column of tiles of `part`, which begins at a whole span.
static inline ptrdiff_t tile_index(const tile_grid *block, const tile_grid *part, ptrdiff_t image, ptrdiff_t row,
                                   ptrdiff_t column) {
    image += part->region->images.begin - block->region->images.begin;
    row += (part->region->rows.begin - block->region->rows.begin) / block->vertical.m;
    column += (part->region->columns.begin - block->region->columns.begin) / block->horizontal.m;
    return (image * block->rows + row) * block->columns + column;
}

// Neighbouring tiles of one row of tiles, within one span if there is a dilation.
typedef struct tile_segment {
    ptrdiff_t tiles;
    ptrdiff_t image, y, x; // the first output pixel of the first tile
} tile_segment;

// The longest segment that begins at tile `first` of the part and ends before tile `end`.
static inline tile_segment tile_segment_at(const tile_grid *part, ptrdiff_t first, ptrdiff_t end) {
    const ck_region *region = part->region;
    const ptrdiff_t row = first / part->columns, column = first % part->columns;
    ptrdiff_t tiles = part->columns - column;
    if (part->horizontal.dilation > 1) {
        const ptrdiff_t in_span = part->horizontal.dilation - column % part->horizontal.dilation;
        tiles = in_span < tiles ? in_span : tiles;
    }
    return (tile_segment){tiles < end - first ? tiles : end - first, region->images.begin + row / part->rows,
                          region->rows.begin + tile_begin(part->vertical, row % part->rows),
                          region->columns.begin + tile_begin(part->horizontal, column)};
}

// MARK: Phases

// A stride s splits the input and the kernel of an axis into s phases: y[o] = sum over p and q of x[s (o + q) + p]
// w[s q + p]. The phases are input channels more; those past the kernel's end have no tap at the point at infinity,
// which belongs to the last tap, and are left out there. Rows of phases follow one another; to leave out columns takes
// whole vectors of channels.
typedef struct stride_phases {
    ptrdiff_t rows, columns;           // phases of each axis
    ptrdiff_t last_rows, last_columns; // those at infinity
    ptrdiff_t channels;                // of one phase
} stride_phases;

static __attribute__((noinline)) stride_phases phases_of(const ck_geometry *g, const tile_shape *s, ptrdiff_t lanes) {
    stride_phases plan = {g->stride_height, g->stride_width, g->stride_height, g->stride_width, g->channels};
    plan.last_rows = g->kernel_height - (s->rh - 1) * g->stride_height;
    if (g->depth_channels % lanes == 0) {
        plan.last_columns = g->kernel_width - (s->rw - 1) * g->stride_width;
    }
    return plan;
}

// Channels of all phases, in the order phase row, phase column, channel.
static inline ptrdiff_t phase_depth(const stride_phases *plan) {
    return plan->rows * plan->columns * plan->channels;
}

// Those that a point multiplies: of a point at infinity on the vertical or the horizontal axis.
static inline ptrdiff_t point_depth(const stride_phases *plan, int vertical, int horizontal) {
    return (vertical ? plan->last_rows : plan->rows) * (horizontal ? plan->last_columns : plan->columns) *
           plan->channels;
}

// Where a point keeps phase (row, column) among its own; -1 where it has none.
static inline ptrdiff_t phase_slot(const stride_phases *plan, ptrdiff_t row, ptrdiff_t column, int vertical,
                                   int horizontal) {
    const ptrdiff_t columns = horizontal ? plan->last_columns : plan->columns;
    return row >= (vertical ? plan->last_rows : plan->rows) || column >= columns ? -1 : row * columns + column;
}

#endif
