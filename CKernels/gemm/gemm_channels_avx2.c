// SPDX-License-Identifier: Apache-2.0
//
// Channel-lane GEMM: 6 pixels x 16 output channels. Register budget: 6 x 2 sums + 2 weights + 1 broadcast = 15 of 16 ymm.
// See gemm/gemm_channels_template.h.

#if defined(__x86_64__)

#include <immintrin.h>
#include "ck_kernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#include "simd/avx2.h"
#include "simd/epilogue.h"

#define CK_TILE_PIXELS 6
#define CK_STRIP_PIXELS 48
#include "gemm/channel_lanes.h"
#include "gemm/gemm_channels_template.h"

_Static_assert(6 * 2 + 2 + 1 <= 16, "the sums, weights and broadcast stay in registers");

#pragma clang attribute pop

const ck_kernel ck_f32_gemm_channels_6x16__avx2 = {
    .name = "ck_f32_gemm_channels_6x16__avx2",
    .isa = CK_ISA,
    .algorithm = CK_GEMM_CHANNELS,
    .lanes = VL,
    .tile_pixels = CK_TILE_PIXELS,
    .tile_channels = CK_TILE_CHANNELS,
    .pack_weights = channel_lanes_pack_weights,
    .prepare = gemm_channels_prepare,
    .run = gemm_channels_run,
};

#endif
