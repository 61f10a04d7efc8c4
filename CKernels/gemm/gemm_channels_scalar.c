// SPDX-License-Identifier: Apache-2.0
//
// Channel-lane GEMM: 4 pixels x 8 output channels. Plain C: 4 pixels x 2 vectors of 4 lanes.
// See gemm/gemm_channels_template.h.

#include "ck_kernels.h"

#include "simd/scalar.h"
#include "simd/epilogue.h"

#define CK_TILE_PIXELS 4
#define CK_STRIP_PIXELS 16
#include "gemm/channel_lanes.h"
#include "gemm/gemm_channels_template.h"

const ck_kernel ck_f32_gemm_channels_4x8__scalar = {
    .name = "ck_f32_gemm_channels_4x8__scalar",
    .isa = CK_ISA,
    .algorithm = CK_GEMM_CHANNELS,
    .lanes = VL,
    .tile_pixels = CK_TILE_PIXELS,
    .tile_channels = CK_TILE_CHANNELS,
    .pack_weights = channel_lanes_pack_weights,
    .prepare = gemm_channels_prepare,
    .run = gemm_channels_run,
};
