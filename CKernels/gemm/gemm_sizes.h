// SPDX-License-Identifier: Apache-2.0
//
// The sizes of the kernels in channel lanes. Plain C: see sizes.h.

#ifndef CK_GEMM_SIZES_H
#define CK_GEMM_SIZES_H

#include "tiles/tile_sizes.h"

/// From pixel to pixel of the channels-last input. The line beyond the channels keeps the pixels of one register tile
/// out of one cache set when the channels are a power of two.
static inline ptrdiff_t prepared_pixel_stride(ptrdiff_t channels) {
    return size_sum(size_round_up(channels, CK_CHANNEL_ALIGNMENT), LINE_FLOATS);
}

/// The input that a block reads, with every pixel's channels.
static inline ptrdiff_t gemm_channels_prepared_bytes(const ck_kernel *kernel, const ck_geometry *g,
                                                     const ck_region *block) {
    (void)kernel;
    const ptrdiff_t rows = size_smaller(
        g->in_height, size_read(range_length(block->rows), g->kernel_height, g->stride_height, g->dilation_height));
    const ptrdiff_t columns = size_smaller(
        g->in_width, size_read(range_length(block->columns), g->kernel_width, g->stride_width, g->dilation_width));
    const ptrdiff_t pixels = size_product(size_product(range_length(block->images), rows), columns);
    return bytes_of_floats(size_product(pixels, prepared_pixel_stride(g->channels)));
}

#endif
