// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution in pixel lanes, AVX2.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <math.h>
#    include <stddef.h>
#    include <string.h>
#    include "ck_kernels.h"
#    include "direct/pixel_stage_sizes.h"

#    pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#    include "simd/avx2.h"
#    include "simd/epilogue.h"

// 12 accumulators + 3 pixel vectors + 1 broadcast weight = 16 of 16 registers.
#    define TILE_CHANNELS 4
#    define TILE_VECTORS 3
#    define MAX_VECTORS(rows) ((rows) <= 2 ? 6 : 3)
#    define KEEP_ORDER(pointer, a, b, c) __asm__("" : "+r"(pointer) : "x"(a), "x"(b), "x"(c))
_Static_assert(TILE_CHANNELS *TILE_VECTORS + TILE_VECTORS + 1 <= 16, "the tile must fit the registers");

#    include "direct/direct_pixels_template.h"

#    pragma clang attribute pop

extern const ck_kernel ck_f32_direct_pixels_4x24__avx2;
const ck_kernel ck_f32_direct_pixels_4x24__avx2 = {
    .name = "ck_f32_direct_pixels_4x24__avx2",
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
