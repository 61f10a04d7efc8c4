// SPDX-License-Identifier: Apache-2.0
//
// Convolution without padding in pixel lanes, AVX-512.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <math.h>
#    include <stddef.h>
#    include "ck_kernels.h"
#    include "tiles/tile_sizes.h"

#    pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))),               \
                                 apply_to = function)

#    include "simd/avx512.h"
#    include "simd/epilogue.h"

#    include "tiles/register_tiles_avx512.h"

// Half a vector of output channels: where a vector takes the multiplier two cycles, as on Zen 4, half of one takes one.
#    define TAIL_PIXELS 8
#    define KEEP_ORDER(pointer, a, b, c) __asm__("" : "+r"(pointer) : "v"(a), "v"(b), "v"(c))
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
static inline channel_vec channels_add(channel_vec a, channel_vec b) {
    return _mm256_add_ps(a, b);
}
static inline channel_vec channels_min(channel_vec a, channel_vec b) {
    return _mm256_min_ps(a, b);
}
static inline channel_vec channels_max(channel_vec a, channel_vec b) {
    return _mm256_max_ps(a, b);
}
static inline void channels_store(float *p, channel_vec v) {
    _mm256_storeu_ps(p, v);
}
// p[lane * stride + i] = that lane of v[i], for i < count <= 4.
static inline void channels_store_across(float *p, ptrdiff_t stride, const channel_vec v[4], int count) {
    const __m256 low01 = _mm256_unpacklo_ps(v[0], v[1]), high01 = _mm256_unpackhi_ps(v[0], v[1]);
    const __m256 low23 = _mm256_unpacklo_ps(v[2], v[3]), high23 = _mm256_unpackhi_ps(v[2], v[3]);
    const __m256 lanes[4] = {_mm256_shuffle_ps(low01, low23, 0x44), _mm256_shuffle_ps(low01, low23, 0xEE),
                             _mm256_shuffle_ps(high01, high23, 0x44), _mm256_shuffle_ps(high01, high23, 0xEE)};
    const __mmask8 mask = (__mmask8)((1u << count) - 1);
    for (int i = 0; i < 4; i++) {
        _mm_mask_storeu_ps(p + i * stride, mask, _mm256_castps256_ps128(lanes[i]));
        _mm_mask_storeu_ps(p + (i + 4) * stride, mask, _mm256_extractf128_ps(lanes[i], 1));
    }
}

#    include "tiles/pixel_product.h"

#    pragma clang attribute pop

extern const ck_kernel ck_f32_gemm_pixels_8x48__avx512;
const ck_kernel ck_f32_gemm_pixels_8x48__avx512 = {
    .name = "ck_f32_gemm_pixels_8x48__avx512",
    .isa = CK_ISA,
    .algorithm = CK_GEMM_PIXELS,
    .types = {CK_F32, CK_F32, CK_F32},
    .lanes = VL,
    .tile_pixels = TILE_PIXELS,
    .tile_channels = TILE_CHANNELS,
    .tail_pixels = TAIL_PIXELS,
    .joined_pixels = JOINED_PIXELS,
    .packed_bytes = panels_packed_bytes,
    .scratch_bytes = pixel_product_scratch_bytes,
    .pack_weights = pack_weights,
    .run = run,
};

#endif
