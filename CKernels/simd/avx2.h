// SPDX-License-Identifier: Apache-2.0
//
// The vector vocabulary on AVX2 and FMA: eight lanes. Include it inside the region of a target attribute.
// simd/README.md lists what each name means.

#ifndef CK_SIMD_AVX2_H
#define CK_SIMD_AVX2_H

#define CK_ISA CK_ISA_AVX2
#define CK_SUFFIX avx2
#define VL 8

// A masked store takes some twenty cycles on AMD's processors, which run it as microcode.
#define VEC_REGISTERS 16
#define VEC_MASKED_STORES 0
#define VEC_IS_LINE 0
#include "simd/traits.h"

typedef __m256 vec;

static inline vec vec_zero(void) {
    return _mm256_setzero_ps();
}
static inline vec vec_set1(float x) {
    return _mm256_set1_ps(x);
}
static inline vec vec_load(const float *p) {
    return _mm256_loadu_ps(p);
}
static inline void vec_store(float *p, vec v) {
    _mm256_storeu_ps(p, v);
}

// Lane i is chosen when begin <= i < end. vmaskmov neither reads nor faults on the other lanes.
static inline __m256i vec_lane_mask(ptrdiff_t begin, ptrdiff_t end) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_andnot_si256(_mm256_cmpgt_epi32(_mm256_set1_epi32((int)begin), lane),
                               _mm256_cmpgt_epi32(_mm256_set1_epi32((int)end), lane));
}

static inline vec vec_load_lanes(const float *p, ptrdiff_t begin, ptrdiff_t end) {
    return _mm256_maskload_ps(p, vec_lane_mask(begin, end));
}

static inline void vec_store_lanes(float *p, vec v, ptrdiff_t begin, ptrdiff_t end) {
    _mm256_maskstore_ps(p, vec_lane_mask(begin, end), v);
}

static inline vec vec_add(vec a, vec b) {
    return _mm256_add_ps(a, b);
}
static inline vec vec_sub(vec a, vec b) {
    return _mm256_sub_ps(a, b);
}
static inline vec vec_mul(vec a, vec b) {
    return _mm256_mul_ps(a, b);
}
static inline vec vec_div(vec a, vec b) {
    return _mm256_div_ps(a, b);
}
static inline vec vec_fma(vec a, vec b, vec c) {
    return _mm256_fmadd_ps(a, b, c);
}
static inline vec vec_fnma(vec a, vec b, vec c) {
    return _mm256_fnmadd_ps(a, b, c);
}
static inline vec vec_min(vec a, vec b) {
    return _mm256_min_ps(a, b);
}
static inline vec vec_max(vec a, vec b) {
    return _mm256_max_ps(a, b);
}
static inline vec vec_round(vec a) {
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

static inline vec vec_pow2(vec a) {
    __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(a), _mm256_set1_epi32(127));
    return _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23));
}

static inline vec vec_select_negative(vec x, vec a, vec b) {
    return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LT_OQ));
}

static inline void vec_transpose(vec v[VL]) {
    vec a[VL], b[VL];
    for (int i = 0; i < 4; i++) {
        a[2 * i] = _mm256_unpacklo_ps(v[2 * i], v[2 * i + 1]);
        a[2 * i + 1] = _mm256_unpackhi_ps(v[2 * i], v[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        b[4 * i + 0] = _mm256_shuffle_ps(a[4 * i + 0], a[4 * i + 2], 0x44);
        b[4 * i + 1] = _mm256_shuffle_ps(a[4 * i + 0], a[4 * i + 2], 0xEE);
        b[4 * i + 2] = _mm256_shuffle_ps(a[4 * i + 1], a[4 * i + 3], 0x44);
        b[4 * i + 3] = _mm256_shuffle_ps(a[4 * i + 1], a[4 * i + 3], 0xEE);
    }
    for (int i = 0; i < 4; i++) {
        v[i] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x20);
        v[i + 4] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x31);
    }
}

static inline void vec_deinterleave(vec a, vec b, vec *even, vec *odd) {
    *even = _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(_mm256_shuffle_ps(a, b, 0x88)), 0xD8));
    *odd = _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(_mm256_shuffle_ps(a, b, 0xDD)), 0xD8));
}

static inline void vec_interleave(vec a, vec b, vec *first, vec *second) {
    const vec low = _mm256_unpacklo_ps(a, b), high = _mm256_unpackhi_ps(a, b);
    *first = _mm256_permute2f128_ps(low, high, 0x20);
    *second = _mm256_permute2f128_ps(low, high, 0x31);
}

static inline vec vec_pick(vec a, const int32_t *lanes) {
    return _mm256_permutevar8x32_ps(a, _mm256_loadu_si256((const __m256i *)lanes));
}

static inline vec vec_pick_from(vec a, const int32_t *lanes, ptrdiff_t first) {
    const __m256i from = _mm256_loadu_si256((const __m256i *)lanes);
    return _mm256_permutevar8x32_ps(a, _mm256_add_epi32(from, _mm256_set1_epi32((int)first)));
}

static inline vec vec_pick_where(vec other, vec a, const int32_t *lanes, const int32_t *keys, int32_t key) {
    const __m256i mask = _mm256_cmpeq_epi32(_mm256_loadu_si256((const __m256i *)keys), _mm256_set1_epi32(key));
    return _mm256_blendv_ps(other, vec_pick(a, lanes), _mm256_castsi256_ps(mask));
}

static inline vec vec_even_odd(vec a, vec b) {
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(_mm256_shuffle_ps(a, b, 0xD8)), 0xD8));
}

static inline void vec_deinterleave_unsorted(vec a, vec b, vec *even, vec *odd) {
    *even = _mm256_shuffle_ps(a, b, 0x88);
    *odd = _mm256_shuffle_ps(a, b, 0xDD);
}
static inline vec vec_sorted(vec v) {
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(v), 0xD8));
}
static inline vec vec_keep_lanes(vec v, ptrdiff_t begin, ptrdiff_t end) {
    return _mm256_and_ps(v, _mm256_castsi256_ps(vec_lane_mask(begin, end)));
}

// Masks that are made once for many loads lie in memory.
typedef const int *vec_mask;
static const int vec_mask_steps[4 * VL] = {0,  0,  0,  0,  0,  0,  0,  0,  -1, -1, -1, -1, -1, -1, -1, -1,
                                           -1, -1, -1, -1, -1, -1, -1, -1, 0,  0,  0,  0,  0,  0,  0,  0};
static inline vec vec_load_masked(const float *p, vec_mask mask) {
    return _mm256_maskload_ps(p, _mm256_loadu_si256((const __m256i *)mask));
}
static inline vec vec_keep_masked(vec v, vec_mask mask) {
    return _mm256_and_ps(v, _mm256_loadu_ps((const float *)mask));
}

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

typedef __m128 quad;
static inline quad quad_load(const float *p) {
    return _mm_loadu_ps(p);
}
static inline void quad_store(float *p, quad v) {
    _mm_storeu_ps(p, v);
}
static inline void quad_transpose(quad v[4]) {
    _MM_TRANSPOSE4_PS(v[0], v[1], v[2], v[3]);
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

#endif
