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

static inline vec vec_pick(vec a, const int32_t *lanes) {
    return _mm512_permutexvar_ps(_mm512_loadu_si512(lanes), a);
}

static inline vec vec_even_odd(vec a, vec b) {
    const __m512i lanes = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31);
    return _mm512_permutex2var_ps(a, lanes, b);
}

#endif
