// SPDX-License-Identifier: Apache-2.0
//
// Copies of input rows with their padding as zeros, and with the columns of each residue of the stride side by side, so
// that every tap of every output vector is one plain load.

#ifndef CK_DEPTHWISE_STAGE_H
#define CK_DEPTHWISE_STAGE_H

/// 32 KB, what a first-level cache holds.
enum { STAGE_FLOATS = 8192 };

// Floats of one residue of the stride, for `columns` columns of output.
static ptrdiff_t phase_length(const ck_geometry *g, ptrdiff_t columns) {
    return round_up(columns + (g->kernel_width - 1) * g->dilation_width / g->stride_width, VL);
}

// VL floats of which those outside the row, columns 0..<width, are zero and not read.
CK_INLINE vec load_inside(const float *p, ptrdiff_t column, ptrdiff_t width) {
    if (column >= 0 && column + VL <= width) return vec_load(p);
    return vec_load_lanes(p, larger(0, smaller(-column, VL)), larger(0, smaller(width - column, VL)));
}

// Copies columns `column` and following of input row `y`, `count` for each residue, which are `length` apart. Rows and
// columns in the padding become zeros.
static void stage_row(const ck_geometry *g, const float *plane, ptrdiff_t y, ptrdiff_t column, ptrdiff_t count,
                      ptrdiff_t length, float *to) {
    const ptrdiff_t stride = g->stride_width, width = g->in_width;
    const float *row = plane + y * g->in_row_stride;
    const int outside = y < 0 || y >= g->in_height;
    if (outside || stride > 2) {
        for (ptrdiff_t phase = 0; phase < stride; phase++, to += length, column++) {
            memset(to, 0, (size_t)count * sizeof(float));
            const ck_range inside = outside ? (ck_range){0, 0} : taps_inside(column, stride, count, width);
            for (ptrdiff_t i = inside.begin; i < inside.end; i++) {
                to[i] = row[column + i * stride];
            }
        }
    } else if (stride == 2) {
        for (ptrdiff_t i = 0; i < count; i += VL) {
            const ptrdiff_t at = column + 2 * i;
            const vec a = load_inside(row + at, at, width), b = load_inside(row + at + VL, at + VL, width);
            vec_store(to + i, vec_even(a, b));
            vec_store(to + length + i, vec_odd(a, b));
        }
    } else {
        // Of a long row most vectors are inside, which is not asked for each of them.
        ptrdiff_t i = 0;
        for (; i < count && column + i < 0; i += VL) {
            vec_store(to + i, load_inside(row + column + i, column + i, width));
        }
        for (const ptrdiff_t end = smaller(count, width - column - VL + 1); i < end; i += VL) {
            vec_store(to + i, vec_load(row + column + i));
        }
        for (; i < count; i += VL) {
            vec_store(to + i, load_inside(row + column + i, column + i, width));
        }
    }
}

#endif
