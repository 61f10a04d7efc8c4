// SPDX-License-Identifier: Apache-2.0
//
// Depthwise convolution, plain C.

#include <math.h>
#include <stddef.h>
#include <string.h>
#include "ck_kernels.h"

#include "simd/scalar.h"
#include "simd/epilogue.h"

// Of the 16 registers of plain x86-64, of four lanes. Of a tile: sums, three weights, an input and a mask. Of a strip:
// accumulators, a row of input vectors (of even and odd columns with stride 2), one broadcast weight.
#define VECTOR_REGISTERS 16
#define TILE_OUTPUTS 10
#define STRIP_K3S1 3 // 9 + 3 + 1
#define STRIP_K5S1 2 // 10 + 2 + 1
#define STRIP_K7S1 1 // 7 + 1 + 1
#define STRIP_K3S2 3 // 6 + 6 + 1
#define STRIP_K5S2 2 // 6 + 4 + 1
#define STRIP_HOIST(kernel, vectors) 0
#define STRIP_HOIST_K5S2 0
#define STRIP_OPEN 0
#define TILE_TAP 21
#define LANE_TAP 30
#define TILE_COPIES(h, reach) ((h) >= 5 && (reach) >= 8)
#define LANES_UNSTRIDED(h, w, rows, columns) ((h) * (w) > 1)
#define STRIP_SORTED(kernel, vectors, edge) 1

static inline vec vec_even(vec a, vec b) {
    return (vec){{a.lane[0], a.lane[2], b.lane[0], b.lane[2]}};
}
static inline vec vec_odd(vec a, vec b) {
    return (vec){{a.lane[1], a.lane[3], b.lane[1], b.lane[3]}};
}
static inline vec vec_even_unsorted(vec a, vec b) {
    return vec_even(a, b);
}
static inline vec vec_odd_unsorted(vec a, vec b) {
    return vec_odd(a, b);
}
static inline vec vec_sorted(vec v) {
    return v;
}
static inline vec vec_keep_lanes(vec v, ptrdiff_t begin, ptrdiff_t end) {
    return vec_load_lanes(v.lane, begin, end);
}

typedef vec quad;
static inline quad quad_load(const float *p) {
    return vec_load(p);
}
typedef ck_range quad_mask;
static inline quad_mask quad_lanes(ptrdiff_t begin, ptrdiff_t end) {
    return (ck_range){begin, end};
}
static inline quad quad_load_masked(const float *p, quad_mask mask) {
    return vec_load_lanes(p, mask.begin, mask.end);
}
static inline void quad_store(float *p, quad v) {
    vec_store(p, v);
}
static inline void quad_transpose(quad v[4]) {
    vec_transpose(v);
}
static inline vec vec_load_fours(const float *p, ptrdiff_t apart) {
    (void)apart; // one four is all
    return vec_load(p);
}
static inline void vec_store_fours(float *p, vec v, ptrdiff_t apart) {
    (void)apart;
    vec_store(p, v);
}
static inline void vec_transpose_fours(vec v[4]) {
    vec_transpose(v);
}

#include "depthwise/depthwise_template.h"

extern const ck_kernel ck_f32_depthwise_1x12__scalar;
const ck_kernel ck_f32_depthwise_1x12__scalar = {
    .name = "ck_f32_depthwise_1x12__scalar",
    .isa = CK_ISA,
    .algorithm = CK_DEPTHWISE,
    .lanes = VL,
    .tile_pixels = STRIP_K3S1 * VL,
    .tile_channels = 1,
    .pack_weights = pack_weights,
    .run = run,
};
