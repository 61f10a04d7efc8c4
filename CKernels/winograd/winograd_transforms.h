// SPDX-License-Identifier: Apache-2.0
//
// The one-dimensional transforms of F(m, r), alpha = m + r - 1: see winograd_template.h. They depend on alpha and its
// points, B^T on nothing else; A^T on m and G on r besides. Points come in pairs +-a, whose rows share their even and
// their odd powers. Of those that cost the same these had the least error of the ones tried; every constant of the
// input and output transforms is exact in fp32.

#ifndef CK_WINOGRAD_TRANSFORMS_H
#define CK_WINOGRAD_TRANSFORMS_H

// Where the shape of a tile is a constant, arrays of vectors become registers once their loops are gone.
#if WINOGRAD_IS_UNROLLED
#    define WINOGRAD_UNROLL _Pragma("clang loop unroll(full)")
#else
#    define WINOGRAD_UNROLL
#endif

// The points of each alpha but the last, which is infinity. An even alpha has the point 0 first.
static const float winograd_points[WINOGRAD_MAX_ALPHA + 1][WINOGRAD_MAX_ALPHA - 1] = {
    [3] = {1, -1},
    [4] = {0, 1, -1},
    [5] = {0.375f, -0.375f, 1.25f, -1.25f},
    [6] = {0, 0.625f, -0.625f, 1.5f, -1.5f},
    [7] = {0.375f, -0.375f, 0.875f, -0.875f, 1.75f, -1.75f},
    [8] = {0, 0.5f, -0.5f, 1, -1, 1.75f, -1.75f},
    [9] = {0.25f, -0.25f, 0.6875f, -0.6875f, 1.125f, -1.125f, 2, -2},
    [10] = {0, 0.5f, -0.5f, 0.75f, -0.75f, 1.25f, -1.25f, 2, -2},
};

// MARK: Input

// d[1] * a^2 b^2 - d[3] * (a^2 + b^2) + d[5], for all d two apart.
CK_UNROLLED vec winograd_quartic(const vec *d, const float a, const float b) {
    return vec_fma(vec_set1(a * a * b * b), d[0], vec_fnma(vec_set1(a * a + b * b), d[2], d[4]));
}

// The rows of the points +-a from the sums of their even and odd powers.
CK_UNROLLED void winograd_pair(vec even, vec odd, const float a, vec *v) {
    if (a != 1) {
        odd = vec_mul(vec_set1(a), odd);
    }
    v[0] = vec_add(even, odd);
    v[1] = vec_sub(even, odd);
}

CK_UNROLLED void winograd_input_3(const vec *d, vec *v) {
    v[0] = vec_add(d[1], d[0]);
    v[1] = vec_sub(d[1], d[0]);
    v[2] = vec_sub(d[2], d[0]);
}

CK_UNROLLED void winograd_input_4(const vec *d, vec *v) {
    v[0] = vec_sub(d[2], d[0]);
    v[1] = vec_add(d[2], d[1]);
    v[2] = vec_sub(d[2], d[1]);
    v[3] = vec_sub(d[3], d[1]);
}

// (x +- a) (x^2 - b^2), and at infinity (x^2 - a^2) (x^2 - b^2).
CK_UNROLLED void winograd_input_5(const vec *d, vec *v) {
    const float p = winograd_points[5][0], q = winograd_points[5][2];
    const vec pp = vec_set1(p * p), qq = vec_set1(q * q);
    winograd_pair(vec_fnma(qq, d[1], d[3]), vec_fnma(qq, d[0], d[2]), p, v);
    winograd_pair(vec_fnma(pp, d[1], d[3]), vec_fnma(pp, d[0], d[2]), q, v + 2);
    v[4] = winograd_quartic(d, p, q);
}

// (x^2 - p^2) (x^2 - q^2), and the same times x at infinity; (x^2 +- p x) (x^2 - q^2).
CK_UNROLLED void winograd_input_6(const vec *d, vec *v) {
    const float p = winograd_points[6][1], q = winograd_points[6][3];
    const vec pp = vec_set1(p * p), qq = vec_set1(q * q);
    v[0] = winograd_quartic(d, p, q);
    v[5] = winograd_quartic(d + 1, p, q);
    winograd_pair(vec_fnma(qq, d[2], d[4]), vec_fnma(qq, d[1], d[3]), p, v + 1);
    winograd_pair(vec_fnma(pp, d[2], d[4]), vec_fnma(pp, d[1], d[3]), q, v + 3);
}

// d[6] - d[4] * (p^2 + q^2 + r^2) + d[2] * (p^2 q^2 + p^2 r^2 + q^2 r^2) - d[0] * p^2 q^2 r^2.
CK_UNROLLED vec winograd_sextic(const vec *d, const float p, const float q, const float r) {
    const float pp = p * p, qq = q * q, rr = r * r;
    return vec_fnma(vec_set1(pp * qq * rr), d[0],
                    vec_fma(vec_set1(pp * qq + pp * rr + qq * rr), d[2], vec_fnma(vec_set1(pp + qq + rr), d[4], d[6])));
}

// (x +- a) (x^2 - b^2) (x^2 - c^2), and at infinity (x^2 - a^2) (x^2 - b^2) (x^2 - c^2).
CK_UNROLLED void winograd_input_7(const vec *d, vec *v) {
    const float p = winograd_points[7][0], q = winograd_points[7][2], r = winograd_points[7][4];
    winograd_pair(winograd_quartic(d + 1, q, r), winograd_quartic(d, q, r), p, v);
    winograd_pair(winograd_quartic(d + 1, p, r), winograd_quartic(d, p, r), q, v + 2);
    winograd_pair(winograd_quartic(d + 1, p, q), winograd_quartic(d, p, q), r, v + 4);
    v[6] = winograd_sextic(d, p, q, r);
}

// As with alpha = 6.
CK_UNROLLED void winograd_input_8(const vec *d, vec *v) {
    const float p = winograd_points[8][1], q = winograd_points[8][3], r = winograd_points[8][5];
    v[0] = winograd_sextic(d, p, q, r);
    v[7] = winograd_sextic(d + 1, p, q, r);
    winograd_pair(winograd_quartic(d + 2, q, r), winograd_quartic(d + 1, q, r), p, v + 1);
    winograd_pair(winograd_quartic(d + 2, p, r), winograd_quartic(d + 1, p, r), q, v + 3);
    winograd_pair(winograd_quartic(d + 2, p, q), winograd_quartic(d + 1, p, q), r, v + 5);
}

// d[8] - d[6] * e1 + d[4] * e2 - d[2] * e3 + d[0] * e4, e the elementary symmetric polynomials of p^2, q^2, r^2, t^2.
CK_UNROLLED vec winograd_octic(const vec *d, const float p, const float q, const float r, const float t) {
    const float e1 = p * p + q * q + r * r, e2 = p * p * q * q + p * p * r * r + q * q * r * r;
    const float e3 = p * p * q * q * r * r, tt = t * t;
    const vec high = vec_fma(vec_set1(e2 + e1 * tt), d[4], vec_fnma(vec_set1(e1 + tt), d[6], d[8]));
    return vec_fma(vec_set1(e3 * tt), d[0], vec_fnma(vec_set1(e3 + e2 * tt), d[2], high));
}

// As with alpha = 7.
CK_UNROLLED void winograd_input_9(const vec *d, vec *v) {
    const float *a = winograd_points[9];
    const float p = a[0], q = a[2], r = a[4], t = a[6];
    winograd_pair(winograd_sextic(d + 1, q, r, t), winograd_sextic(d, q, r, t), p, v);
    winograd_pair(winograd_sextic(d + 1, p, r, t), winograd_sextic(d, p, r, t), q, v + 2);
    winograd_pair(winograd_sextic(d + 1, p, q, t), winograd_sextic(d, p, q, t), r, v + 4);
    winograd_pair(winograd_sextic(d + 1, p, q, r), winograd_sextic(d, p, q, r), t, v + 6);
    v[8] = winograd_octic(d, p, q, r, t);
}

// As with alpha = 6.
CK_UNROLLED void winograd_input_10(const vec *d, vec *v) {
    const float *a = winograd_points[10];
    const float p = a[1], q = a[3], r = a[5], t = a[7];
    v[0] = winograd_octic(d, p, q, r, t);
    v[9] = winograd_octic(d + 1, p, q, r, t);
    winograd_pair(winograd_sextic(d + 2, q, r, t), winograd_sextic(d + 1, q, r, t), p, v + 1);
    winograd_pair(winograd_sextic(d + 2, p, r, t), winograd_sextic(d + 1, p, r, t), q, v + 3);
    winograd_pair(winograd_sextic(d + 2, p, q, t), winograd_sextic(d + 1, p, q, t), r, v + 5);
    winograd_pair(winograd_sextic(d + 2, p, q, r), winograd_sextic(d + 1, p, q, r), t, v + 7);
}

// B^T d. `alpha` is a constant wherever this is inlined; alpha = 1 is an axis that is not transformed.
CK_UNROLLED void winograd_input(const vec *d, vec *v, const int alpha) {
    switch (alpha) {
    case 1:
        v[0] = d[0];
        break;
    case 3:
        winograd_input_3(d, v);
        break;
    case 4:
        winograd_input_4(d, v);
        break;
    case 5:
        winograd_input_5(d, v);
        break;
    case 6:
        winograd_input_6(d, v);
        break;
    case 7:
        winograd_input_7(d, v);
        break;
    case 8:
        winograd_input_8(d, v);
        break;
    case 9:
        winograd_input_9(d, v);
        break;
    case 10:
        winograd_input_10(d, v);
        break;
    }
}

// MARK: Output

// A^T p: y[k] is the sum of a^k p over the points a, the last one also the product at infinity.
CK_UNROLLED void winograd_output(const vec *p, vec *y, const int m, const int alpha) {
    if (alpha == 1) {
        y[0] = p[0];
        return;
    }
    const int zero = alpha % 2 == 0, pairs = (alpha - 1) / 2;
    vec sum[4], difference[4];
    float power[4] = {1, 1, 1, 1};
    WINOGRAD_UNROLL
    for (int i = 0; i < pairs; i++) {
        sum[i] = vec_add(p[zero + 2 * i], p[zero + 2 * i + 1]);
        difference[i] = vec_sub(p[zero + 2 * i], p[zero + 2 * i + 1]);
    }
    WINOGRAD_UNROLL
    for (int k = 0; k < m; k++) {
        vec rest = vec_zero();
        int empty = 1;
        if (k == 0 && zero) {
            rest = p[0];
            empty = 0;
        }
        if (k == m - 1) {
            rest = empty ? p[alpha - 1] : vec_add(rest, p[alpha - 1]);
            empty = 0;
        }
        WINOGRAD_UNROLL
        for (int i = 0; i < pairs; i++) {
            const vec term = k % 2 == 0 ? sum[i] : difference[i];
            if (power[i] == 1) {
                rest = empty ? term : vec_add(term, rest);
            } else {
                rest = empty ? vec_mul(vec_set1(power[i]), term) : vec_fma(vec_set1(power[i]), term, rest);
            }
            empty = 0;
            power[i] *= winograd_points[alpha][zero + 2 * i];
        }
        y[k] = rest;
    }
}

// MARK: Weights

// G, [alpha][r]: row i holds 1, a, a^2 ... over the product of a - b for all other points b, the last row 0 ... 0, 1.
typedef double winograd_matrix[WINOGRAD_MAX_ALPHA][WINOGRAD_MAX_ALPHA];

static __attribute__((noinline)) void winograd_weights(winograd_matrix g, int alpha, int r) {
    for (int i = 0; i < alpha - 1; i++) {
        const double a = (double)winograd_points[alpha][i];
        double divisor = 1, power = 1;
        for (int j = 0; j < alpha - 1; j++) {
            divisor *= j == i ? 1 : a - (double)winograd_points[alpha][j];
        }
        for (int j = 0; j < r; j++, power *= a) {
            g[i][j] = power / divisor;
        }
    }
    for (int j = 0; j < r; j++) {
        g[alpha - 1][j] = j == r - 1;
    }
}

#endif
