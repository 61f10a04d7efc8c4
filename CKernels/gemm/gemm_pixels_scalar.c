// SPDX-License-Identifier: Apache-2.0
//
// Convolution without padding in pixel lanes, plain C.

#include <math.h>
#include <stddef.h>
#include "ck_kernels.h"
#include "tiles/tile_sizes.h"

#include "simd/scalar.h"
#include "simd/epilogue.h"

#include "tiles/register_tiles_scalar.h"

#include "tiles/pixel_product.h"

extern const ck_kernel ck_f32_gemm_pixels_4x8__scalar;
const ck_kernel ck_f32_gemm_pixels_4x8__scalar = {
    .name = "ck_f32_gemm_pixels_4x8__scalar",
    .isa = CK_ISA,
    .algorithm = CK_GEMM_PIXELS,
    .types = {CK_F32, CK_F32, CK_F32},
    .lanes = VL,
    .tile_pixels = TILE_PIXELS,
    .tile_channels = TILE_CHANNELS,
    .packed_bytes = panels_packed_bytes,
    .scratch_bytes = pixel_product_scratch_bytes,
    .pack_weights = pack_weights,
    .run = run,
};
