// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution in pixel lanes, AVX-512.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <math.h>
#    include <stddef.h>
#    include <string.h>
#    include "ck_kernels.h"
#    include "direct/pixel_stage_sizes.h"

#    pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))),               \
                                 apply_to = function)

#    include "simd/avx512.h"
#    include "simd/epilogue.h"

// 12 accumulators + 3 pixel vectors + 1 broadcast weight = 16 of 32 registers; of 3 channels, 18 + 1 + 3.
#    define TILE_CHANNELS 4
#    define TILE_VECTORS 3
#    define MAX_VECTORS(rows) ((rows) == 4 ? 3 : 6)
#    define KEEP_ORDER(pointer, a, b, c)
_Static_assert(TILE_CHANNELS *TILE_VECTORS + TILE_VECTORS + 1 <= 32, "the tile must fit the registers");

#    include "direct/direct_pixels_template.h"

#    pragma clang attribute pop

extern const ck_kernel ck_f32_direct_pixels_4x48__avx512;
const ck_kernel ck_f32_direct_pixels_4x48__avx512 = {
    .name = "ck_f32_direct_pixels_4x48__avx512",
    .isa = CK_ISA,
    .algorithm = CK_DIRECT_PIXELS,
    .types = {CK_F32, CK_F32, CK_F32},
    .lanes = VL,
    .tile_pixels = TILE_PIXELS,
    .tile_channels = TILE_CHANNELS,
    .packed_bytes = direct_pixels_packed_bytes,
    .scratch_bytes = direct_pixels_scratch_bytes,
    .pack_weights = pack_weights,
    .run = run,
};

#endif
