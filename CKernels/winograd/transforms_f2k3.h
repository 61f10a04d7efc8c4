// SPDX-License-Identifier: Apache-2.0
//
// The one-dimensional transforms of F(2, 3) on the points 0, 1, -1 and infinity: see winograd_template.h.

#ifndef CK_WINOGRAD_TRANSFORMS_F2K3_H
#define CK_WINOGRAD_TRANSFORMS_F2K3_H

// x^2 - 1, x^2 + x, x^2 - x and x^3 - x.
static inline __attribute__((always_inline)) void input_1d_f2k3(const vec d[4], vec v[4]) {
    v[0] = vec_sub(d[2], d[0]);
    v[1] = vec_add(d[2], d[1]);
    v[2] = vec_sub(d[2], d[1]);
    v[3] = vec_sub(d[3], d[1]);
}

static inline __attribute__((always_inline)) void output_1d_f2k3(const vec m[4], vec y[2]) {
    y[0] = vec_add(m[0], vec_add(m[1], m[2]));
    y[1] = vec_add(m[3], vec_sub(m[1], m[2]));
}

// Rows 1, a, a^2 over the product of the differences to the other points.
static const double weights_f2k3[4][3] = {{-1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};

#endif
