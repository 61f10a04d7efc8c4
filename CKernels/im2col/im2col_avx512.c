// SPDX-License-Identifier: Apache-2.0
//
// im2col, its product in pixel lanes, AVX-512.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <math.h>
#    include <stddef.h>
#    include <string.h>
#    include "ck_kernels.h"
#    include "im2col/im2col_sizes.h"

#    pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))),               \
                                 apply_to = function)

#    include "simd/avx512.h"
#    include "simd/epilogue.h"

#    include "tiles/register_tiles_avx512.h"

#    include "tiles/pixel_product.h"
#    include "im2col/im2col_template.h"

#    pragma clang attribute pop

extern const ck_kernel ck_f32_im2col_8x48__avx512;
const ck_kernel ck_f32_im2col_8x48__avx512 = {
    .name = "ck_f32_im2col_8x48__avx512",
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

#endif
