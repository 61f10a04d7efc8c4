// SPDX-License-Identifier: Apache-2.0
//
// Vectors of columns of a row: zeros beside the row, which is not read there. Include it after the vocabulary.

#ifndef CK_SIMD_COLUMNS_H
#define CK_SIMD_COLUMNS_H

#include "simd/common.h"

// Columns column ..< column + VL of a row of `width`.
CK_INLINE vec load_columns(const float *row, ptrdiff_t column, ptrdiff_t width) {
    if (column >= 0 && column + VL <= width) return vec_load(row + column);
    const ptrdiff_t end = smaller(VL, larger(0, width - column));
    return vec_load_lanes(row + column, smaller(end, larger(0, -column)), end);
}

// Lanes begin ..< end, `apart` floats from one to the next, lane 0 at p; zeros in the others, which are not read.
CK_INLINE vec load_lanes_apart(const float *p, ptrdiff_t apart, ptrdiff_t begin, ptrdiff_t end) {
    float lanes[VL];
    if (begin == 0 && end == VL) {
        for (int i = 0; i < VL; i++) {
            lanes[i] = p[i * apart];
        }
        return vec_load(lanes);
    }
    for (ptrdiff_t i = 0; i < VL; i++) {
        lanes[i] = i >= begin && i < end ? p[i * apart] : 0;
    }
    return vec_load(lanes);
}

// Columns first, first + stride ..., VL of them, of a row whose pixels are `pixel_stride` floats apart.
static inline vec load_strided_columns(const float *row, ptrdiff_t first, ptrdiff_t stride, ptrdiff_t pixel_stride,
                                       ptrdiff_t width) {
    const ck_range inside = taps_inside(first, stride, VL, width);
    return load_lanes_apart(row + first * pixel_stride, stride * pixel_stride, inside.begin, inside.end);
}

// Columns column, column + 2 ... and column + 1, column + 3 ..., VL each.
CK_INLINE void load_column_pairs(const float *row, ptrdiff_t column, ptrdiff_t width, vec *even, vec *odd) {
    if (column >= 0 && column + 2 * VL <= width) {
        vec_deinterleave(vec_load(row + column), vec_load(row + column + VL), even, odd);
        return;
    }
    vec_deinterleave(load_columns(row, column, width), load_columns(row, column + VL, width), even, odd);
}

#endif
