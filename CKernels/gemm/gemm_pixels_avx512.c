// SPDX-License-Identifier: Apache-2.0
//
// 1 x 1 convolution in pixel lanes, AVX-512.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <math.h>
#    include <stddef.h>
#    include "ck_kernels.h"

#    pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))),               \
                                 apply_to = function)

#    include "simd/avx512.h"
#    include "simd/epilogue.h"

// 24 accumulators + 3 pixel vectors + 1 broadcast weight = 28 of 32 registers.
#    define TILE_CHANNELS 8
#    define TILE_VECTORS 3
_Static_assert(TILE_CHANNELS *TILE_VECTORS + TILE_VECTORS + 1 <= 32, "the tile must fit the registers");

// Half a vector of output channels: where a vector takes the multiplier two cycles, as on Zen 4, half of one takes one.
#    define TAIL_PIXELS 8
typedef __m256 channel_vec;
static inline channel_vec channels_load(const float *p) {
    return _mm256_loadu_ps(p);
}
static inline channel_vec channels_set1(float x) {
    return _mm256_set1_ps(x);
}
static inline channel_vec channels_fma(channel_vec a, channel_vec b, channel_vec c) {
    return _mm256_fmadd_ps(a, b, c);
}
static inline void channels_store(float *p, channel_vec v) {
    _mm256_storeu_ps(p, v);
}

#    include "gemm/gemm_pixels_template.h"

#    pragma clang attribute pop

extern const ck_kernel ck_f32_gemm_pixels_8x48__avx512;
const ck_kernel ck_f32_gemm_pixels_8x48__avx512 = {
    .name = "ck_f32_gemm_pixels_8x48__avx512",
    .isa = CK_ISA,
    .algorithm = CK_GEMM_PIXELS,
    .lanes = VL,
    .tile_pixels = TILE_PIXELS,
    .tile_channels = TILE_CHANNELS,
    .tail_pixels = TAIL_PIXELS,
    .pack_weights = pack_weights,
    .run = run,
};

#endif
