// SPDX-License-Identifier: Apache-2.0
//
// Convolution without padding in pixel lanes, AVX2 and FMA.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <math.h>
#    include <stddef.h>
#    include "ck_kernels.h"
#    include "tiles/tile_sizes.h"

#    pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#    include "simd/avx2.h"
#    include "simd/epilogue.h"

#    include "tiles/register_tiles_avx2.h"

#    include "tiles/pixel_product.h"

#    pragma clang attribute pop

extern const ck_kernel ck_f32_gemm_pixels_6x16__avx2;
const ck_kernel ck_f32_gemm_pixels_6x16__avx2 = {
    .name = "ck_f32_gemm_pixels_6x16__avx2",
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

#endif
