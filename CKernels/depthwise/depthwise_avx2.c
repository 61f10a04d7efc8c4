// SPDX-License-Identifier: Apache-2.0
//
// Depthwise convolution, AVX2 and FMA.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <math.h>
#    include <stddef.h>
#    include <string.h>
#    include "ck_kernels.h"

#    pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#    include "simd/avx2.h"
#    include "simd/epilogue.h"

// Of 16 registers: sums of a tile, three weights, an input and a mask. Of a strip, which is for outputs that are too
// small for blocks: accumulators, a row of input vectors (of even and odd columns with stride 2), one broadcast weight.
// One vector of a 5 x 5 kernel is faster than two, whose edges need more masks than there are registers for.
#    define VECTOR_REGISTERS 16
#    define TILE_OUTPUTS 10
#    define STRIP_K3S1 3 // 9 + 3 + 1
#    define STRIP_K5S1 1 // 5 + 1 + 1
#    define STRIP_K7S1 1 // 7 + 1 + 1
#    define STRIP_K3S2 3 // 6 + 6 + 1
#    define STRIP_K5S2 1 // 3 + 2 + 1
#    define STRIP_HOIST(kernel, vectors) (kernel == 3 && vectors <= 2)
#    define STRIP_HOIST_K5S2 0
#    define STRIP_OPEN 1
#    define TILE_TAP 23
#    define LANE_TAP 30
#    define TILE_COPIES(h, reach) ((h) >= 5 && (reach) >= 8)
#    define LANES_UNSTRIDED(h, w, rows, columns) ((w) > 1 && ((columns) <= 10 || ((columns) <= 20 && (h) * (w) >= 7)))
#    define STRIP_SORTED(kernel, vectors, edge) 0

#    define BLOCKS

static const int lane_steps[4 * VL] = {0,  0,  0,  0,  0,  0,  0,  0,  -1, -1, -1, -1, -1, -1, -1, -1,
                                       -1, -1, -1, -1, -1, -1, -1, -1, 0,  0,  0,  0,  0,  0,  0,  0};
static inline vec vec_load_masked(const float *p, const int *mask) {
    return _mm256_maskload_ps(p, _mm256_loadu_si256((const __m256i *)mask));
}
static inline vec vec_masked(vec v, const int *mask) {
    return _mm256_and_ps(v, _mm256_loadu_ps((const float *)mask));
}

static inline vec vec_even_unsorted(vec a, vec b) {
    return _mm256_shuffle_ps(a, b, 0x88);
}
static inline vec vec_odd_unsorted(vec a, vec b) {
    return _mm256_shuffle_ps(a, b, 0xDD);
}
static inline vec vec_sorted(vec v) {
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(v), 0xD8));
}
static inline vec vec_even(vec a, vec b) {
    return vec_sorted(vec_even_unsorted(a, b));
}
static inline vec vec_odd(vec a, vec b) {
    return vec_sorted(vec_odd_unsorted(a, b));
}
static inline vec vec_keep_lanes(vec v, ptrdiff_t begin, ptrdiff_t end) {
    return _mm256_and_ps(v, _mm256_castsi256_ps(vec_lane_mask(begin, end)));
}

typedef __m128 quad;
static inline quad quad_load(const float *p) {
    return _mm_loadu_ps(p);
}
typedef __m128i quad_mask;
static inline quad_mask quad_lanes(ptrdiff_t begin, ptrdiff_t end) {
    const __m128i lane = _mm_setr_epi32(0, 1, 2, 3);
    return _mm_andnot_si128(_mm_cmpgt_epi32(_mm_set1_epi32((int)begin), lane),
                            _mm_cmpgt_epi32(_mm_set1_epi32((int)end), lane));
}
static inline quad quad_load_masked(const float *p, quad_mask mask) {
    return _mm_maskload_ps(p, mask);
}
static inline void quad_store(float *p, quad v) {
    _mm_storeu_ps(p, v);
}
static inline void quad_transpose(quad v[4]) {
    _MM_TRANSPOSE4_PS(v[0], v[1], v[2], v[3]);
}

#    define PLANES
#    define PLANES_K3S1(w) ((w) <= 7)
#    define PLANES_K5S1(w) ((w) <= 14 || ((w) > 16 && (w) <= 22))
#    define PLANES_K7S1(w) ((w) <= 28)
#    define PLANES_K3S2(w) ((w) <= 7 || (w) == 9 || (w) == 10)
#    define PLANES_K5S2(w) ((w) <= 14 || ((w) > 16 && (w) <= 19))
static inline vec vec_load_fours(const float *p, ptrdiff_t apart) {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + apart), 1);
}
static inline void vec_store_fours(float *p, vec v, ptrdiff_t apart) {
    _mm_storeu_ps(p, _mm256_castps256_ps128(v));
    _mm_storeu_ps(p + apart, _mm256_extractf128_ps(v, 1));
}
static inline void vec_transpose_fours(vec v[4]) {
    const vec low01 = _mm256_unpacklo_ps(v[0], v[1]), high01 = _mm256_unpackhi_ps(v[0], v[1]);
    const vec low23 = _mm256_unpacklo_ps(v[2], v[3]), high23 = _mm256_unpackhi_ps(v[2], v[3]);
    v[0] = _mm256_shuffle_ps(low01, low23, 0x44);
    v[1] = _mm256_shuffle_ps(low01, low23, 0xEE);
    v[2] = _mm256_shuffle_ps(high01, high23, 0x44);
    v[3] = _mm256_shuffle_ps(high01, high23, 0xEE);
}

#    include "depthwise/depthwise_template.h"

#    pragma clang attribute pop

extern const ck_kernel ck_f32_depthwise_5x16__avx2;
const ck_kernel ck_f32_depthwise_5x16__avx2 = {
    .name = "ck_f32_depthwise_5x16__avx2",
    .isa = CK_ISA,
    .algorithm = CK_DEPTHWISE,
    .lanes = VL,
    .tile_pixels = 2 * VL,
    .tile_channels = 1,
    .pack_weights = pack_weights,
    .run = run,
};

#endif
