// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution: 4 pixels x 8 output channels. Plain C: 4 pixels x 2 vectors of 4 lanes.
// See direct/direct_template.h.

#include "ck_kernels.h"

#include "simd/scalar.h"
#include "simd/epilogue.h"

#define CK_TILE_PIXELS 4
#define CK_STRIP_PIXELS 16
#include "gemm/channel_lanes.h"
#include "direct/direct_template.h"

const ck_kernel ck_f32_direct_4x8__scalar = {
    .name = "ck_f32_direct_4x8__scalar",
    .isa = CK_ISA,
    .algorithm = CK_DIRECT,
    .lanes = VL,
    .tile_pixels = CK_TILE_PIXELS,
    .tile_channels = CK_TILE_CHANNELS,
    .pack_weights = channel_lanes_pack_weights,
    .run = direct_run,
};
