// SPDX-License-Identifier: Apache-2.0
//
// Depthwise convolution, AVX-512.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <math.h>
#    include <stddef.h>
#    include <string.h>
#    include "ck_kernels.h"

#    pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))),               \
                                 apply_to = function)

#    include "simd/avx512.h"
#    include "simd/epilogue.h"

// Of 32 registers: sums of a tile, three weights, an input and a mask. Of a strip: accumulators, a row of input vectors
// (of even and odd columns with stride 2), one broadcast weight or all nine of a 3 x 3 kernel.
#    define VECTOR_REGISTERS 32
#    define TILE_OUTPUTS 14
#    define STRIP_K3S1 4 // 12 + 4 + 9
#    define STRIP_K5S1 4 // 20 + 4 + 1
#    define STRIP_K7S1 3 // 21 + 3 + 1
#    define STRIP_K3S2 4 // 8 + 8 + 9
#    define STRIP_K5S2 2 // 6 + 4 + 15
#    define STRIP_HOIST(kernel, vectors) (kernel == 3)
#    define STRIP_HOIST_K5S2 2 // 6 + 6 + 15, and three of the epilogue
#    define STRIP_OPEN 0
#    define TILE_TAP 20
#    define LANE_TAP 29
// Masks cost nothing. A vector of a kernel of one row, though, is loaded for each of its taps, by lanes as well.
#    define TILE_COPIES(h, reach) 0
#    define LANES_UNSTRIDED(h, w, rows, columns)                                                                       \
        ((w) > 1 && ((columns) <= 10 || ((columns) > 16 && (columns) <= 20 && (h) * (w) <= 100) ||                     \
                     ((h) == 1 && (w) >= 7 && (rows) > 1)))
// Where there are few masks, more loads and shuffles within quarters of a vector cost less than permutations.
#    define STRIP_SORTED(kernel, vectors, edge) (vectors > 1 && (kernel == 3 || edge == 1))

static inline vec vec_even(vec a, vec b) {
    const __m512i evens = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    return _mm512_permutex2var_ps(a, evens, b);
}
static inline vec vec_odd(vec a, vec b) {
    const __m512i odds = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    return _mm512_permutex2var_ps(a, odds, b);
}
static inline vec vec_even_unsorted(vec a, vec b) {
    return _mm512_shuffle_ps(a, b, 0x88);
}
static inline vec vec_odd_unsorted(vec a, vec b) {
    return _mm512_shuffle_ps(a, b, 0xDD);
}
static inline vec vec_sorted(vec v) {
    const __m512i pairs = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    return _mm512_castpd_ps(_mm512_permutexvar_pd(pairs, _mm512_castps_pd(v)));
}
static inline vec vec_keep_lanes(vec v, ptrdiff_t begin, ptrdiff_t end) {
    return _mm512_maskz_mov_ps(vec_lane_mask(begin, end), v);
}

#    define HALVES
static inline vec vec_halves(vec a, vec b, int k) {
    const __m512i first = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    return _mm512_permutex2var_ps(a, _mm512_add_epi32(first, _mm512_set1_epi32(k)), b);
}
static inline vec vec_set_halves(vec a, vec b, int k) {
    const __m512i first = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 16, 16, 16, 16, 16, 16, 16, 16);
    return _mm512_permutex2var_ps(a, _mm512_add_epi32(first, _mm512_set1_epi32(k)), b);
}

typedef __m128 quad;
static inline quad quad_load(const float *p) {
    return _mm_loadu_ps(p);
}
typedef __mmask8 quad_mask;
static inline quad_mask quad_lanes(ptrdiff_t begin, ptrdiff_t end) {
    return (__mmask8)vec_lane_mask(begin, end);
}
static inline quad quad_load_masked(const float *p, quad_mask mask) {
    return _mm_maskz_loadu_ps(mask, p);
}
static inline void quad_store(float *p, quad v) {
    _mm_storeu_ps(p, v);
}
static inline void quad_transpose(quad v[4]) {
    _MM_TRANSPOSE4_PS(v[0], v[1], v[2], v[3]);
}

#    define PLANES
#    define PLANES_K3S1(w) ((w) <= 9)
#    define PLANES_K5S1(w) ((w) <= 14 || ((w) > 16 && (w) <= 20))
#    define PLANES_K7S1(w) ((w) <= 30)
#    define PLANES_K3S2(w) ((w) <= 7)
#    define PLANES_K5S2(w) ((w) <= 10 || ((w) > 16 && (w) <= 20))
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

#    define WRAPS
typedef __mmask16 lane_mask;
static inline vec vec_load_chosen(const float *p, lane_mask lanes) {
    return _mm512_maskz_loadu_ps(lanes, p);
}
static inline vec vec_fma_chosen(vec a, vec b, vec c, lane_mask lanes) {
    return _mm512_mask3_fmadd_ps(a, b, c, lanes);
}

// A load that is not aligned crosses a cache line and takes two cycles of the load ports; five shifts and nine loads
// keep up with fourteen multiplications.
#    define TILE_SHIFTED 5
static inline vec vec_shift_in(vec a, vec b) {
    return _mm512_castsi512_ps(_mm512_alignr_epi32(_mm512_castps_si512(b), _mm512_castps_si512(a), 1));
}

#    include "depthwise/depthwise_template.h"

#    pragma clang attribute pop

extern const ck_kernel ck_f32_depthwise_1x64__avx512;
const ck_kernel ck_f32_depthwise_1x64__avx512 = {
    .name = "ck_f32_depthwise_1x64__avx512",
    .isa = CK_ISA,
    .algorithm = CK_DEPTHWISE,
    .lanes = VL,
    .tile_pixels = STRIP_K3S1 * VL,
    .tile_channels = 1,
    .pack_weights = pack_weights,
    .run = run,
};

#endif
