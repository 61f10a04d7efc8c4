// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution in channel lanes, the input read in place, plain C.

#include <stddef.h>
#include "ck_kernels.h"
#include "tiles/tile_sizes.h"

#include "simd/scalar.h"
#include "simd/epilogue.h"

#include "tiles/register_tiles_scalar.h"
#define BLOCK_STEPS 288
#define MAX_BLOCK_CHANNELS 64
#define SET_CHANNELS 64

#include "direct/direct_template.h"

extern const ck_kernel ck_f32_direct_4x8__scalar;
const ck_kernel ck_f32_direct_4x8__scalar = {
    .name = "ck_f32_direct_4x8__scalar",
    .isa = CK_ISA,
    .algorithm = CK_DIRECT,
    .types = {CK_F32, CK_F32, CK_F32},
    .lanes = VL,
    .tile_pixels = TILE_PIXELS,
    .tile_channels = TILE_CHANNELS,
    .packed_bytes = panels_packed_bytes,
    .scratch_bytes = strip_scratch_bytes,
    .pack_weights = pack_weights,
    .run = run_in_place,
};
