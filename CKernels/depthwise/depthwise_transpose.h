// SPDX-License-Identifier: Apache-2.0
//
// Some floats of each of VL channels brought into channel lanes and back, four by four.

#ifndef CK_DEPTHWISE_TRANSPOSE_H
#define CK_DEPTHWISE_TRANSPOSE_H

// Four neighbouring columns of VL rows that are `apart` floats from each other, a vector each.
CK_INLINE void load_four_columns(vec v[4], const float *from, ptrdiff_t apart) {
    for (int k = 0; k < 4; k++) {
        v[k] = vec_load_fours(from + k * apart, 4 * apart);
    }
    vec_transpose_fours(v);
}

static __attribute__((noinline)) void gather_few(float *to, const float *from, ptrdiff_t apart, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < VL * count; i++) {
        to[i] = from[i % VL * apart + i / VL];
    }
}

static __attribute__((noinline)) void scatter_few(float *to, const float *from, ptrdiff_t apart, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < VL * count; i++) {
        to[i % VL * apart + i / VL] = from[i];
    }
}

// Brings `count` floats of VL channels, `apart` floats from each other, into lanes.
CK_INLINE void gather_lanes(float *to, const float *from, ptrdiff_t apart, ptrdiff_t count) {
    if (count < 4) {
        gather_few(to, from, apart, count);
        return;
    }
    for (ptrdiff_t i = 0; i < count; i += 4) {
        const ptrdiff_t at = smaller(i, count - 4);
        vec v[4];
        load_four_columns(v, from + at, apart);
        for (int k = 0; k < 4; k++) {
            vec_store(to + (at + k) * VL, v[k]);
        }
    }
}

// Brings them back.
CK_INLINE void scatter_lanes(float *to, const float *from, ptrdiff_t apart, ptrdiff_t count) {
    if (count < 4) {
        scatter_few(to, from, apart, count);
        return;
    }
    ptrdiff_t i = 0;
    for (; count >= VL && count - i > 4; i += VL) {
        const ptrdiff_t at = smaller(i, count - VL);
        for (int c = 0; c < VL; c += 4) {
            vec v[4];
            load_four_columns(v, from + at * VL + c, VL);
            for (int k = 0; k < 4; k++) {
                vec_store(to + at + (c + k) * apart, v[k]);
            }
        }
    }
    for (; i < count; i += 4) {
        const ptrdiff_t at = smaller(i, count - 4);
        vec v[4];
        for (int k = 0; k < 4; k++) {
            v[k] = vec_load(from + (at + k) * VL);
        }
        vec_transpose_fours(v);
        for (int k = 0; k < 4; k++) {
            vec_store_fours(to + at + k * apart, v[k], 4 * apart);
        }
    }
}

// Adds `count` floats of VL channels of the residual to what is in lanes, and applies the clamp.
static void add_residual(const ck_task *task, float *to, const float *from, ptrdiff_t apart, ptrdiff_t count) {
    const vec low = vec_set1(activation_low(task)), high = vec_set1(activation_high(task));
    for (ptrdiff_t i = 0; i < count; i += 4) {
        const ptrdiff_t at = larger(0, smaller(i, count - 4));
        vec v[4];
        if (count >= 4) {
            load_four_columns(v, from + at, apart);
        } else {
            float few[4 * VL];
            gather_few(few, from, apart, count);
            for (ptrdiff_t k = 0; k < count; k++) {
                v[k] = vec_load(few + k * VL);
            }
        }
        for (int k = 0; k < 4 && k < count; k++) {
            float *p = to + (at + k) * VL;
            if (at + k >= i) vec_store(p, vec_min(high, vec_max(low, vec_add(vec_load(p), v[k]))));
        }
    }
}

#endif
