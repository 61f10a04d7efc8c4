// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution: 14 pixels x 32 output channels. Register budget: 14 x 2 sums + 2 weights + 1 broadcast = 31 of 32 zmm.
// See direct/direct_template.h.

#if defined(__x86_64__)

#include <immintrin.h>
#include "ck_kernels.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)

#include "simd/avx512.h"
#include "simd/epilogue.h"

#define CK_TILE_PIXELS 14
#define CK_STRIP_PIXELS 112
#include "gemm/channel_lanes.h"
#include "direct/direct_template.h"

_Static_assert(14 * 2 + 2 + 1 <= 32, "the sums, weights and broadcast stay in registers");

#pragma clang attribute pop

const ck_kernel ck_f32_direct_14x32__avx512 = {
    .name = "ck_f32_direct_14x32__avx512",
    .isa = CK_ISA,
    .algorithm = CK_DIRECT,
    .lanes = VL,
    .tile_pixels = CK_TILE_PIXELS,
    .tile_channels = CK_TILE_CHANNELS,
    .pack_weights = channel_lanes_pack_weights,
    .run = direct_run,
};

#endif
