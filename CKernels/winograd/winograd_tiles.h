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

// Neighbouring tiles of one row of tiles, and their output.
typedef struct tile_segment {
    ptrdiff_t tiles;
    ptrdiff_t height, width; // of the output, in pixels
    ptrdiff_t offset;        // from the output's element 0 to the first pixel in channel 0
} tile_segment;

// The longest segment that begins at tile `first` of the part and ends before tile `end`.
static inline tile_segment tile_segment_at(const ck_geometry *g, const tile_grid *part, ptrdiff_t first,
                                           ptrdiff_t end) {
    const ck_region *region = part->region;
    const ptrdiff_t m = part->m, row = first / part->columns, column = first % part->columns;
    const ptrdiff_t tiles = part->columns - column < end - first ? part->columns - column : end - first;
    const ptrdiff_t y = region->rows.begin + row % part->rows * m, height = region->rows.end - y;
    const ptrdiff_t x = region->columns.begin + column * m, width = region->columns.end - x;
    const ptrdiff_t image = region->images.begin + row / part->rows;
    return (tile_segment){tiles, height < m ? height : m, width < tiles * m ? width : tiles * m,
                          image * g->out_image_stride + y * g->out_row_stride + x * g->out_pixel_stride};
}

// Floats from one point to the next when each holds `count`: an odd number of cache lines, so that the points of a
// tile, which are written together, fall into different sets.
static inline ptrdiff_t point_stride(ptrdiff_t count) {
    return ((count + 15) / 16 | 1) * 16;
}

#endif
