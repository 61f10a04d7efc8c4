// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution in channel lanes over a channels-last copy of the input, plain C.

#include <stddef.h>
#include "ck_kernels.h"
#include "gemm/gemm_sizes.h"

#include "simd/scalar.h"
#include "simd/epilogue.h"

#include "tiles/register_tiles_scalar.h"

#include "gemm/gemm_channels_template.h"

extern const ck_kernel ck_f32_gemm_channels_4x8__scalar;
const ck_kernel ck_f32_gemm_channels_4x8__scalar = {
    .name = "ck_f32_gemm_channels_4x8__scalar",
    .isa = CK_ISA,
    .algorithm = CK_GEMM_CHANNELS,
    .types = {CK_F32, CK_F32, CK_F32},
    .lanes = VL,
    .tile_pixels = TILE_PIXELS,
    .tile_channels = TILE_CHANNELS,
    .packed_bytes = panels_packed_bytes,
    .prepared_bytes = gemm_channels_prepared_bytes,
    .scratch_bytes = strip_scratch_bytes,
    .pack_weights = pack_weights,
    .prepare = prepare,
    .run = run_prepared,
};
