// SPDX-License-Identifier: Apache-2.0
//
// How the tiles of a region are numbered: images first, then rows of tiles, then columns. Plain C, the same for every m
// and every instruction set.

#ifndef CK_WINOGRAD_TILES_H
#define CK_WINOGRAD_TILES_H

// A region of the output in tiles of m x m pixels. The first tile begins at the region's first row and column.
typedef struct tile_grid {
    const ck_region *region;
    ptrdiff_t m;
    ptrdiff_t images, rows, columns;
} tile_grid;

static inline tile_grid tile_grid_of(const ck_region *region, ptrdiff_t m) {
    return (tile_grid){region, m, region->images.end - region->images.begin,
                       (region->rows.end - region->rows.begin + m - 1) / m,
                       (region->columns.end - region->columns.begin + m - 1) / m};
}

static inline ptrdiff_t tile_count(const tile_grid *grid) {
    return grid->images * grid->rows * grid->columns;
}

// The number within `block` of the tile at an image, row and column of tiles of `part`.
static inline ptrdiff_t tile_index(const tile_grid *block, const tile_grid *part, ptrdiff_t image, ptrdiff_t row,
                                   ptrdiff_t column) {
    image += part->region->images.begin - block->region->images.begin;
    row += (part->region->rows.begin - block->region->rows.begin) / block->m;
    column += (part->region->columns.begin - block->region->columns.begin) / block->m;
    return (image * block->rows + row) * block->columns + column;
}

static inline ptrdiff_t round_up(ptrdiff_t count, ptrdiff_t unit) {
    return (count + unit - 1) / unit * unit;
}

// Floats from one point to the next when each holds `count`: an odd number of cache lines, so that the points of a
// tile, which are written together, fall into different sets.
static inline ptrdiff_t point_stride(ptrdiff_t count) {
    return ((count + 15) / 16 | 1) * 16;
}

#endif
