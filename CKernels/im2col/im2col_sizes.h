// SPDX-License-Identifier: Apache-2.0
//
// The sizes of the kernels of this folder. Plain C: see sizes.h.

#ifndef CK_IM2COL_SIZES_H
#define CK_IM2COL_SIZES_H

#include "tiles/tile_sizes.h"

/// The matrix of input windows of one image.
static inline ptrdiff_t im2col_prepared_bytes(const ck_kernel *kernel, const ck_geometry *g, const ck_region *block) {
    (void)kernel;
    (void)block;
    return bytes_of_floats(size_product(size_product(size_of_filter(g), g->out_height), g->out_width));
}

/// That of CK_GEMM_PIXELS for the matrix, whose pixels are neighbours.
static inline ptrdiff_t im2col_scratch_bytes(const ck_kernel *kernel, const ck_geometry *g, const ck_region *block) {
    (void)block;
    return g->out_pixel_stride == 1 ? 0 : gathered_bytes(kernel);
}

#endif
