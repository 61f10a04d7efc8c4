// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution in channel lanes over a channels-last copy of the input, AVX-512.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <stddef.h>
#    include "ck_kernels.h"
#    include "gemm/gemm_sizes.h"

#    pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))),               \
                                 apply_to = function)

#    include "simd/avx512.h"
#    include "simd/epilogue.h"

#    include "tiles/register_tiles_avx512.h"

#    include "gemm/gemm_channels_template.h"

#    pragma clang attribute pop

extern const ck_kernel ck_f32_gemm_channels_14x32__avx512;
const ck_kernel ck_f32_gemm_channels_14x32__avx512 = {
    .name = "ck_f32_gemm_channels_14x32__avx512",
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

#endif
