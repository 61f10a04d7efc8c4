// SPDX-License-Identifier: Apache-2.0
//
// The vector vocabulary in plain C: four lanes in an array. It compiles everywhere and is the truth that the other
// instruction sets are tested against. simd/README.md lists what each name means.

#ifndef CK_SIMD_SCALAR_H
#define CK_SIMD_SCALAR_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CK_ISA CK_ISA_SCALAR
#define CK_SUFFIX scalar
#define VL 4

// Those of plain x86-64 and of aarch64 at the least; a store of some lanes is a loop, as any is.
#define VEC_REGISTERS 16
#define VEC_MASKED_STORES 1
#define VEC_IS_LINE 0
#include "simd/traits.h"

typedef struct vec {
    float lane[VL];
} vec;

static inline vec vec_zero(void) {
    return (vec){{0, 0, 0, 0}};
}

static inline vec vec_set1(float x) {
    return (vec){{x, x, x, x}};
}

static inline vec vec_load(const float *p) {
    vec r;
    memcpy(&r, p, sizeof r);
    return r;
}

static inline void vec_store(float *p, vec v) {
    memcpy(p, &v, sizeof v);
}

static inline vec vec_load_lanes(const float *p, ptrdiff_t begin, ptrdiff_t end) {
    vec r = vec_zero();
    for (ptrdiff_t i = begin; i < end; i++) {
        r.lane[i] = p[i];
    }
    return r;
}

static inline void vec_store_lanes(float *p, vec v, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t i = begin; i < end; i++) {
        p[i] = v.lane[i];
    }
}

#define CK_LANEWISE(expression)                                                                                        \
    vec r;                                                                                                             \
    for (int i = 0; i < VL; i++) {                                                                                     \
        r.lane[i] = (expression);                                                                                      \
    }                                                                                                                  \
    return r

static inline vec vec_add(vec a, vec b) {
    CK_LANEWISE(a.lane[i] + b.lane[i]);
}
static inline vec vec_sub(vec a, vec b) {
    CK_LANEWISE(a.lane[i] - b.lane[i]);
}
static inline vec vec_mul(vec a, vec b) {
    CK_LANEWISE(a.lane[i] * b.lane[i]);
}
static inline vec vec_div(vec a, vec b) {
    CK_LANEWISE(a.lane[i] / b.lane[i]);
}
static inline vec vec_fma(vec a, vec b, vec c) {
    CK_LANEWISE(a.lane[i] * b.lane[i] + c.lane[i]);
}
static inline vec vec_fnma(vec a, vec b, vec c) {
    CK_LANEWISE(c.lane[i] - a.lane[i] * b.lane[i]);
}
static inline vec vec_min(vec a, vec b) {
    CK_LANEWISE(a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]);
}
static inline vec vec_max(vec a, vec b) {
    CK_LANEWISE(a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]);
}
static inline vec vec_round(vec a) {
    CK_LANEWISE(rintf(a.lane[i]));
}
static inline vec vec_pow2(vec a) {
    CK_LANEWISE(ldexpf(1.0f, (int)a.lane[i]));
}
static inline vec vec_select_negative(vec x, vec a, vec b) {
    CK_LANEWISE(x.lane[i] < 0 ? a.lane[i] : b.lane[i]);
}

static inline void vec_transpose(vec v[VL]) {
    for (int i = 0; i < VL; i++) {
        for (int j = i + 1; j < VL; j++) {
            float t = v[i].lane[j];
            v[i].lane[j] = v[j].lane[i];
            v[j].lane[i] = t;
        }
    }
}

static inline void vec_deinterleave(vec a, vec b, vec *even, vec *odd) {
    for (int i = 0; i < VL / 2; i++) {
        even->lane[i] = a.lane[2 * i];
        odd->lane[i] = a.lane[2 * i + 1];
        even->lane[VL / 2 + i] = b.lane[2 * i];
        odd->lane[VL / 2 + i] = b.lane[2 * i + 1];
    }
}

static inline void vec_interleave(vec a, vec b, vec *first, vec *second) {
    for (int i = 0; i < VL / 2; i++) {
        first->lane[2 * i] = a.lane[i];
        first->lane[2 * i + 1] = b.lane[i];
        second->lane[2 * i] = a.lane[VL / 2 + i];
        second->lane[2 * i + 1] = b.lane[VL / 2 + i];
    }
}

static inline vec vec_pick(vec a, const int32_t *lanes) {
    CK_LANEWISE(a.lane[lanes[i]]);
}

static inline vec vec_pick_where(vec other, vec a, const int32_t *lanes, const int32_t *keys, int32_t key) {
    CK_LANEWISE(keys[i] == key ? a.lane[lanes[i]] : other.lane[i]);
}

static inline vec vec_even_odd(vec a, vec b) {
    vec v;
    for (int i = 0; i < VL / 2; i++) {
        v.lane[i] = a.lane[2 * i];
        v.lane[VL / 2 + i] = b.lane[2 * i + 1];
    }
    return v;
}

static inline void vec_deinterleave_unsorted(vec a, vec b, vec *even, vec *odd) {
    vec_deinterleave(a, b, even, odd);
}
static inline vec vec_sorted(vec v) {
    return v;
}
static inline vec vec_keep_lanes(vec v, ptrdiff_t begin, ptrdiff_t end) {
    return vec_load_lanes(v.lane, begin, end);
}

// One four is all of a vector.
static inline vec vec_load_fours(const float *p, ptrdiff_t apart) {
    (void)apart;
    return vec_load(p);
}
static inline void vec_store_fours(float *p, vec v, ptrdiff_t apart) {
    (void)apart;
    vec_store(p, v);
}
static inline void vec_transpose_fours(vec v[4]) {
    vec_transpose(v);
}

typedef vec quad;
static inline quad quad_load(const float *p) {
    return vec_load(p);
}
static inline void quad_store(float *p, quad v) {
    vec_store(p, v);
}
static inline void quad_transpose(quad v[4]) {
    vec_transpose(v);
}
typedef struct quad_mask {
    ptrdiff_t begin, end;
} quad_mask;
static inline quad_mask quad_lanes(ptrdiff_t begin, ptrdiff_t end) {
    return (quad_mask){begin, end};
}
static inline quad quad_load_masked(const float *p, quad_mask mask) {
    return vec_load_lanes(p, mask.begin, mask.end);
}

#undef CK_LANEWISE

#endif
