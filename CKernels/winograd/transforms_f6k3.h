// SPDX-License-Identifier: Apache-2.0
//
// The one-dimensional transforms of F(6, 3) on the points 0, p, -p, q, -q, r, -r and infinity with p = 1/2, q = 1 and
// r = 7/4: see winograd_template.h. Every constant of the input and output transforms is exact in fp32.

#ifndef CK_WINOGRAD_TRANSFORMS_F6K3_H
#define CK_WINOGRAD_TRANSFORMS_F6K3_H

#define F6K3_R 1.75
#define F6K3_RR (F6K3_R * F6K3_R)

// (x^2 +- a x) (x^2 - b) (x^2 - c): the even powers plus or minus the odd ones.
static inline __attribute__((always_inline)) void input_pair_f6k3(const vec d[8], vec v[2], float a, float b, float c) {
    const vec sum = vec_set1(b + c), product = vec_set1(b * c);
    vec even = vec_fma(product, d[2], vec_fnma(sum, d[4], d[6]));
    vec odd = vec_fma(product, d[1], vec_fnma(sum, d[3], d[5]));
    if (a != 1) {
        odd = vec_mul(vec_set1(a), odd);
    }
    v[0] = vec_add(even, odd);
    v[1] = vec_sub(even, odd);
}

static inline __attribute__((always_inline)) void input_1d_f6k3(const vec d[8], vec v[8]) {
    // (x^2 - 1/4) (x^2 - 1) (x^2 - r^2), and the same times x at infinity.
    const vec c4 = vec_set1(1.25 + F6K3_RR), c2 = vec_set1(0.25 + 1.25 * F6K3_RR), c0 = vec_set1(0.25 * F6K3_RR);
    v[0] = vec_fnma(c0, d[0], vec_fma(c2, d[2], vec_fnma(c4, d[4], d[6])));
    v[7] = vec_fnma(c0, d[1], vec_fma(c2, d[3], vec_fnma(c4, d[5], d[7])));
    input_pair_f6k3(d, v + 1, 0.5f, 1, F6K3_RR);
    input_pair_f6k3(d, v + 3, 1, 0.25f, F6K3_RR);
    input_pair_f6k3(d, v + 5, F6K3_R, 0.25f, 1);
}

static inline __attribute__((always_inline)) void output_1d_f6k3(const vec m[8], vec y[6]) {
    vec sum_p = vec_add(m[1], m[2]), difference_p = vec_sub(m[1], m[2]);
    vec sum_q = vec_add(m[3], m[4]), difference_q = vec_sub(m[3], m[4]);
    vec sum_r = vec_add(m[5], m[6]), difference_r = vec_sub(m[5], m[6]);
    y[0] = vec_add(vec_add(m[0], sum_p), vec_add(sum_q, sum_r));
    y[1] = vec_fma(vec_set1(0.5f), difference_p, vec_fma(vec_set1(F6K3_R), difference_r, difference_q));
    y[2] = vec_fma(vec_set1(0.25f), sum_p, vec_fma(vec_set1(F6K3_RR), sum_r, sum_q));
    y[3] = vec_fma(vec_set1(0.125f), difference_p, vec_fma(vec_set1(F6K3_RR * F6K3_R), difference_r, difference_q));
    y[4] = vec_fma(vec_set1(0.0625f), sum_p, vec_fma(vec_set1(F6K3_RR * F6K3_RR), sum_r, sum_q));
    y[5] = vec_fma(vec_set1(0.03125f), difference_p,
                   vec_fma(vec_set1(F6K3_RR * F6K3_RR * F6K3_R), difference_r, vec_add(difference_q, m[7])));
}

// Rows 1, a, a^2 over the product of the differences to the other points: -p^2 q^2 r^2, 2 p^2 (p^2 - q^2) (p^2 -
// r^2)...
#define F6K3_ROW(a, n) {1 / (n), (a) / (n), (a) * (a) / (n)}
#define F6K3_NP (2 * 0.25 * (0.25 - 1) * (0.25 - F6K3_RR))
#define F6K3_NQ (2 * (1 - 0.25) * (1 - F6K3_RR))
#define F6K3_NR (2 * F6K3_RR * (F6K3_RR - 0.25) * (F6K3_RR - 1))
static const double weights_f6k3[8][3] = {
    F6K3_ROW(0, -0.25 * F6K3_RR), F6K3_ROW(0.5, F6K3_NP),    F6K3_ROW(-0.5, F6K3_NP),    F6K3_ROW(1.0, F6K3_NQ),
    F6K3_ROW(-1.0, F6K3_NQ),      F6K3_ROW(F6K3_R, F6K3_NR), F6K3_ROW(-F6K3_R, F6K3_NR), {0, 0, 1}};

#undef F6K3_ROW
#undef F6K3_NP
#undef F6K3_NQ
#undef F6K3_NR
#undef F6K3_R
#undef F6K3_RR

#endif
