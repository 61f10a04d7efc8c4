// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution in pixel lanes, plain C.

#include <math.h>
#include <stddef.h>
#include <string.h>
#include "ck_kernels.h"
#include "direct/pixel_stage_sizes.h"

#include "simd/scalar.h"
#include "simd/epilogue.h"

// Eight accumulators of four lanes fit the sixteen 128-bit registers of plain x86-64 and aarch64 beside their operands.
#define TILE_CHANNELS 4
#define TILE_VECTORS 2
#define MAX_VECTORS(rows) 2
#define KEEP_ORDER(pointer, a, b, c)
_Static_assert(TILE_CHANNELS *TILE_VECTORS + TILE_VECTORS + 1 <= 16, "the tile must fit the registers");

#include "direct/direct_pixels_template.h"

extern const ck_kernel ck_f32_direct_pixels_4x8__scalar;
const ck_kernel ck_f32_direct_pixels_4x8__scalar = {
    .name = "ck_f32_direct_pixels_4x8__scalar",
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
