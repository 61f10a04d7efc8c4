// SPDX-License-Identifier: Apache-2.0
//
// im2col, its product in pixel lanes, plain C.

#include <math.h>
#include <stddef.h>
#include <string.h>
#include "ck_kernels.h"
#include "im2col/im2col_sizes.h"

#include "simd/scalar.h"
#include "simd/epilogue.h"

#include "tiles/register_tiles_scalar.h"

#include "tiles/pixel_product.h"
#include "im2col/im2col_template.h"

extern const ck_kernel ck_f32_im2col_4x8__scalar;
const ck_kernel ck_f32_im2col_4x8__scalar = {
    .name = "ck_f32_im2col_4x8__scalar",
    .isa = CK_ISA,
    .algorithm = CK_IM2COL,
    .lanes = VL,
    .tile_pixels = TILE_PIXELS,
    .tile_channels = TILE_CHANNELS,
    .packed_bytes = panels_packed_bytes,
    .prepared_bytes = im2col_prepared_bytes,
    .scratch_bytes = im2col_scratch_bytes,
    .pack_weights = im2col_pack_weights,
    .prepare = im2col_prepare,
    .run = im2col_run,
};
