// SPDX-License-Identifier: Apache-2.0
//
// Convolution without padding in pixel lanes, plain C.

#include <math.h>
#include <stddef.h>
#include "ck_kernels.h"
#include "gemm/gemm_sizes.h"

#include "simd/scalar.h"
#include "simd/epilogue.h"

// Eight accumulators of four lanes fit the sixteen 128-bit registers of plain x86-64 and aarch64 beside their operands.
#define TILE_CHANNELS 4
#define TILE_VECTORS 2

#include "gemm/gemm_pixels_template.h"

extern const ck_kernel ck_f32_gemm_pixels_4x8__scalar;
const ck_kernel ck_f32_gemm_pixels_4x8__scalar = {
    .name = "ck_f32_gemm_pixels_4x8__scalar",
    .isa = CK_ISA,
    .algorithm = CK_GEMM_PIXELS,
    .lanes = VL,
    .tile_pixels = TILE_PIXELS,
    .tile_channels = TILE_CHANNELS,
    .packed_bytes = panels_packed_bytes,
    .scratch_bytes = gemm_pixels_scratch_bytes,
    .pack_weights = pack_weights,
    .run = run,
};
