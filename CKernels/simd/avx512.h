// SPDX-License-Identifier: Apache-2.0
//
// The vector vocabulary on AVX-512 F, VL, BW and DQ: sixteen lanes. Include it inside the target-attribute region.
// simd/README.md lists what each name means.

#ifndef CK_SIMD_AVX512_H
#define CK_SIMD_AVX512_H

#define CK_ISA CK_ISA_AVX512
#define CK_SUFFIX avx512
#define VL 16

#define VEC_REGISTERS 32
#define VEC_MASKED_STORES 1
#define VEC_IS_LINE 1
#include "simd/traits.h"

typedef __m512 vec;

static inline vec vec_zero(void) {
    return _mm512_setzero_ps();
}
static inline vec vec_set1(float x) {
    return _mm512_set1_ps(x);
}
static inline vec vec_load(const float *p) {
    return _mm512_loadu_ps(p);
}
static inline void vec_store(float *p, vec v) {
    _mm512_storeu_ps(p, v);
}

// Lane i is chosen when begin <= i < end, 0 <= begin, end <= 16. A masked access does not fault on the other lanes.
static inline __mmask16 vec_lane_mask(ptrdiff_t begin, ptrdiff_t end) {
    return (__mmask16)(((1u << end) - 1u) & ~((1u << begin) - 1u));
}

static inline vec vec_load_lanes(const float *p, ptrdiff_t begin, ptrdiff_t end) {
    return _mm512_maskz_loadu_ps(vec_lane_mask(begin, end), p);
}

static inline void vec_store_lanes(float *p, vec v, ptrdiff_t begin, ptrdiff_t end) {
    _mm512_mask_storeu_ps(p, vec_lane_mask(begin, end), v);
}

static inline vec vec_add(vec a, vec b) {
    return _mm512_add_ps(a, b);
}
static inline vec vec_sub(vec a, vec b) {
    return _mm512_sub_ps(a, b);
}
static inline vec vec_mul(vec a, vec b) {
    return _mm512_mul_ps(a, b);
}
static inline vec vec_div(vec a, vec b) {
    return _mm512_div_ps(a, b);
}
static inline vec vec_fma(vec a, vec b, vec c) {
    return _mm512_fmadd_ps(a, b, c);
}
static inline vec vec_fnma(vec a, vec b, vec c) {
    return _mm512_fnmadd_ps(a, b, c);
}
static inline vec vec_min(vec a, vec b) {
    return _mm512_min_ps(a, b);
}
static inline vec vec_max(vec a, vec b) {
    return _mm512_max_ps(a, b);
}
static inline vec vec_round(vec a) {
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
static inline vec vec_pow2(vec a) {
    return _mm512_scalef_ps(_mm512_set1_ps(1.0f), a);
}

static inline vec vec_select_negative(vec x, vec a, vec b) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ), b, a);
}

static inline void vec_transpose(vec v[VL]) {
    vec a[VL], b[VL];
    for (int i = 0; i < 8; i++) {
        a[2 * i] = _mm512_unpacklo_ps(v[2 * i], v[2 * i + 1]);
        a[2 * i + 1] = _mm512_unpackhi_ps(v[2 * i], v[2 * i + 1]);
    }
    for (int i = 0; i < 4; i++) {
        b[4 * i + 0] = _mm512_shuffle_ps(a[4 * i + 0], a[4 * i + 2], 0x44);
        b[4 * i + 1] = _mm512_shuffle_ps(a[4 * i + 0], a[4 * i + 2], 0xEE);
        b[4 * i + 2] = _mm512_shuffle_ps(a[4 * i + 1], a[4 * i + 3], 0x44);
        b[4 * i + 3] = _mm512_shuffle_ps(a[4 * i + 1], a[4 * i + 3], 0xEE);
    }
    // b[4g + c] holds column 4q + c of rows 4g ..< 4g + 4 in its quarter q.
    for (int c = 0; c < 4; c++) {
        vec low01 = _mm512_shuffle_f32x4(b[c], b[4 + c], 0x88), high01 = _mm512_shuffle_f32x4(b[c], b[4 + c], 0xDD);
        vec low23 = _mm512_shuffle_f32x4(b[8 + c], b[12 + c], 0x88);
        vec high23 = _mm512_shuffle_f32x4(b[8 + c], b[12 + c], 0xDD);
        v[c] = _mm512_shuffle_f32x4(low01, low23, 0x88);
        v[4 + c] = _mm512_shuffle_f32x4(high01, high23, 0x88);
        v[8 + c] = _mm512_shuffle_f32x4(low01, low23, 0xDD);
        v[12 + c] = _mm512_shuffle_f32x4(high01, high23, 0xDD);
    }
}

static inline void vec_deinterleave(vec a, vec b, vec *even, vec *odd) {
    const __m512i evens = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odds = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    *even = _mm512_permutex2var_ps(a, evens, b);
    *odd = _mm512_permutex2var_ps(a, odds, b);
}

static inline void vec_interleave(vec a, vec b, vec *first, vec *second) {
    const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    *first = _mm512_permutex2var_ps(a, low, b);
    *second = _mm512_permutex2var_ps(a, high, b);
}

static inline vec vec_pick(vec a, const int32_t *lanes) {
    return _mm512_permutexvar_ps(_mm512_loadu_si512(lanes), a);
}

static inline vec vec_pick_from(vec a, const int32_t *lanes, ptrdiff_t first) {
    return _mm512_permutexvar_ps(_mm512_add_epi32(_mm512_loadu_si512(lanes), _mm512_set1_epi32((int)first)), a);
}

static inline vec vec_pick_where(vec other, vec a, const int32_t *lanes, const int32_t *keys, int32_t key) {
    const __mmask16 mask = _mm512_cmpeq_epi32_mask(_mm512_loadu_si512(keys), _mm512_set1_epi32(key));
    return _mm512_mask_permutexvar_ps(other, mask, _mm512_loadu_si512(lanes), a);
}

static inline vec vec_even_odd(vec a, vec b) {
    const __m512i lanes = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31);
    return _mm512_permutex2var_ps(a, lanes, b);
}

static inline void vec_deinterleave_unsorted(vec a, vec b, vec *even, vec *odd) {
    *even = _mm512_shuffle_ps(a, b, 0x88);
    *odd = _mm512_shuffle_ps(a, b, 0xDD);
}
static inline vec vec_sorted(vec v) {
    const __m512i pairs = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    return _mm512_castpd_ps(_mm512_permutexvar_pd(pairs, _mm512_castps_pd(v)));
}
static inline vec vec_keep_lanes(vec v, ptrdiff_t begin, ptrdiff_t end) {
    return _mm512_maskz_mov_ps(vec_lane_mask(begin, end), v);
}
static inline vec vec_shift_in(vec a, vec b) {
    return _mm512_castsi512_ps(_mm512_alignr_epi32(_mm512_castps_si512(b), _mm512_castps_si512(a), 1));
}

typedef __mmask16 vec_mask;
static inline vec vec_load_masked(const float *p, vec_mask mask) {
    return _mm512_maskz_loadu_ps(mask, p);
}
static inline vec vec_fma_masked(vec a, vec b, vec c, vec_mask mask) {
    return _mm512_mask3_fmadd_ps(a, b, c, mask);
}

static inline vec vec_halves(vec a, vec b, int k) {
    const __m512i first = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    return _mm512_permutex2var_ps(a, _mm512_add_epi32(first, _mm512_set1_epi32(k)), b);
}
static inline vec vec_set_halves(vec a, vec b, int k) {
    const __m512i first = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 16, 16, 16, 16, 16, 16, 16, 16);
    return _mm512_permutex2var_ps(a, _mm512_add_epi32(first, _mm512_set1_epi32(k)), b);
}

static inline vec vec_load_fours(const float *p, ptrdiff_t apart) {
    const __m256 low = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + apart), 1);
    const float *q = p + 2 * apart;
    const __m256 high = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(q)), _mm_loadu_ps(q + apart), 1);
    return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}
static inline void vec_store_fours(float *p, vec v, ptrdiff_t apart) {
    _mm_storeu_ps(p, _mm512_castps512_ps128(v));
    _mm_storeu_ps(p + apart, _mm512_extractf32x4_ps(v, 1));
    _mm_storeu_ps(p + 2 * apart, _mm512_extractf32x4_ps(v, 2));
    _mm_storeu_ps(p + 3 * apart, _mm512_extractf32x4_ps(v, 3));
}
static inline void vec_transpose_fours(vec v[4]) {
    const vec low01 = _mm512_unpacklo_ps(v[0], v[1]), high01 = _mm512_unpackhi_ps(v[0], v[1]);
    const vec low23 = _mm512_unpacklo_ps(v[2], v[3]), high23 = _mm512_unpackhi_ps(v[2], v[3]);
    v[0] = _mm512_shuffle_ps(low01, low23, 0x44);
    v[1] = _mm512_shuffle_ps(low01, low23, 0xEE);
    v[2] = _mm512_shuffle_ps(high01, high23, 0x44);
    v[3] = _mm512_shuffle_ps(high01, high23, 0xEE);
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
typedef __mmask8 quad_mask;
static inline quad_mask quad_lanes(ptrdiff_t begin, ptrdiff_t end) {
    return (__mmask8)vec_lane_mask(begin, end);
}
static inline quad quad_load_masked(const float *p, quad_mask mask) {
    return _mm_maskz_loadu_ps(mask, p);
}

#endif
