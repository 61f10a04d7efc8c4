// SPDX-License-Identifier: Apache-2.0
//
// The sizes of what the register tiles of this folder read and write. Plain C: see sizes.h.

#ifndef CK_TILES_TILE_SIZES_H
#define CK_TILES_TILE_SIZES_H

#include "sizes.h"

/// Weights in panels of `tile_channels` output channels, the last one padded.
static inline ptrdiff_t panels_packed_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    return bytes_of_floats(size_product(size_round_up(g->out_channels, kernel->tile_channels), size_of_filter(g)));
}

/// Register tiles in channel lanes whose sums are stored together.
#define STRIP_TILES 8

/// Their sums.
static inline ptrdiff_t strip_scratch_bytes(const ck_kernel *kernel, const ck_geometry *g, const ck_region *region) {
    (void)g;
    (void)region;
    return bytes_of_floats(STRIP_TILES * kernel->tile_pixels * kernel->tile_channels);
}

/// Input channels of pixels apart that tiles in pixel lanes have brought into order at a time.
#define GATHER_DEPTH 256

static inline ptrdiff_t gathered_bytes(const ck_kernel *kernel) {
    return bytes_of_floats(GATHER_DEPTH * kernel->tile_pixels);
}

/// Whether what pixels multiply is copied: all but neighbours that each see one pixel.
static inline int packs_windows(const ck_geometry *g) {
    return g->stride_width > 1 || g->kernel_height > 1 || g->kernel_width > 1;
}

/// From tap to tap of a packed panel: a tile, the pixels joined to it and what is stored behind the last one.
#define PACKED_PANEL_STRIDE(tile_pixels, lanes) ((tile_pixels) + 2 * (lanes))

/// What the pixels of two panels multiply, or some channels of those that are not neighbours; of woven ones the pixels
/// of a panel, unless vectors are lines.
static inline ptrdiff_t pixel_product_scratch_bytes(const ck_kernel *kernel, const ck_geometry *g,
                                                    const ck_region *part) {
    (void)part;
    if (g->out_column_phases == 2) {
        return kernel->lanes == LINE_FLOATS ? 0 : bytes_of_floats(size_product(kernel->tile_pixels, g->channels));
    }
    if (g->in_pixel_stride != 1 || g->out_pixel_stride != 1) return gathered_bytes(kernel);
    if (!packs_windows(g)) return 0;
    return bytes_of_floats(
        size_product(2 * PACKED_PANEL_STRIDE(kernel->tile_pixels, kernel->lanes), size_of_filter(g)));
}

#endif
