// SPDX-License-Identifier: Apache-2.0
//
// The one-dimensional transforms of F(4, 3) on the points 0, p, -p, q, -q and infinity with p = 5/8 and q = 3/2: see
// winograd_template.h. These points cost what 0, 1, -1, 2, -2 cost and have two to five times less error, as the
// powers in A^T stay closer to 1. Every constant of the input and output transforms is exact in fp32.

#ifndef CK_WINOGRAD_TRANSFORMS_F4K3_H
#define CK_WINOGRAD_TRANSFORMS_F4K3_H

#define F4K3_P 0.625
#define F4K3_Q 1.5
#define F4K3_PP (F4K3_P * F4K3_P)
#define F4K3_QQ (F4K3_Q * F4K3_Q)

static inline __attribute__((always_inline)) void input_1d_f4k3(const vec d[6], vec v[6]) {
    const vec pp = vec_set1(F4K3_PP), qq = vec_set1(F4K3_QQ);
    const vec sum = vec_set1(F4K3_PP + F4K3_QQ), product = vec_set1(F4K3_PP * F4K3_QQ);
    // (x^2 - p^2) (x^2 - q^2), and the same times x at infinity.
    v[0] = vec_fma(product, d[0], vec_fnma(sum, d[2], d[4]));
    v[5] = vec_fma(product, d[1], vec_fnma(sum, d[3], d[5]));
    // (x^2 +- p x) (x^2 - q^2): the even powers plus or minus the odd ones.
    vec even = vec_fnma(qq, d[2], d[4]), odd = vec_mul(vec_set1(F4K3_P), vec_fnma(qq, d[1], d[3]));
    v[1] = vec_add(even, odd);
    v[2] = vec_sub(even, odd);
    even = vec_fnma(pp, d[2], d[4]), odd = vec_mul(vec_set1(F4K3_Q), vec_fnma(pp, d[1], d[3]));
    v[3] = vec_add(even, odd);
    v[4] = vec_sub(even, odd);
}

static inline __attribute__((always_inline)) void output_1d_f4k3(const vec m[6], vec y[4]) {
    vec sum_p = vec_add(m[1], m[2]), difference_p = vec_sub(m[1], m[2]);
    vec sum_q = vec_add(m[3], m[4]), difference_q = vec_sub(m[3], m[4]);
    y[0] = vec_add(m[0], vec_add(sum_p, sum_q));
    y[1] = vec_fma(vec_set1(F4K3_P), difference_p, vec_mul(vec_set1(F4K3_Q), difference_q));
    y[2] = vec_fma(vec_set1(F4K3_PP), sum_p, vec_mul(vec_set1(F4K3_QQ), sum_q));
    y[3] = vec_fma(vec_set1(F4K3_PP * F4K3_P), difference_p, vec_fma(vec_set1(F4K3_QQ * F4K3_Q), difference_q, m[5]));
}

// Rows 1, a, a^2 over the product of the differences to the other points: p^2 q^2, 2 p^2 (p^2 - q^2), 2 q^2 (q^2 -
// p^2).
#define F4K3_ROW(a, n) {1 / (n), (a) / (n), (a) * (a) / (n)}
#define F4K3_NP (2 * F4K3_PP * (F4K3_PP - F4K3_QQ))
#define F4K3_NQ (2 * F4K3_QQ * (F4K3_QQ - F4K3_PP))
static const double weights_f4k3[6][3] = {F4K3_ROW(0, F4K3_PP *F4K3_QQ), F4K3_ROW(F4K3_P, F4K3_NP),
                                          F4K3_ROW(-F4K3_P, F4K3_NP),    F4K3_ROW(F4K3_Q, F4K3_NQ),
                                          F4K3_ROW(-F4K3_Q, F4K3_NQ),    {0, 0, 1}};

#undef F4K3_ROW
#undef F4K3_NP
#undef F4K3_NQ
#undef F4K3_P
#undef F4K3_Q
#undef F4K3_PP
#undef F4K3_QQ

#endif
