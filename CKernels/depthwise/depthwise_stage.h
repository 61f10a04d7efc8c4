// SPDX-License-Identifier: Apache-2.0
//
// Copies of input rows with their padding as zeros, and with the columns that one tap reads side by side, so that every
// tap of every output vector is one plain load.
//
// With a stride s and a dilation d, tap k of output x reads column x * s + k * d. Columns of one residue modulo s are a
// phase. If some phase serves several taps, there are s / gcd(s, d) phases, phase j of the columns from j * gcd(s, d)
// on; else each tap has its own, phase k of the columns from k * d on. What no tap reads is not copied.

#ifndef CK_DEPTHWISE_STAGE_H
#define CK_DEPTHWISE_STAGE_H

/// 32 KB, what a first-level cache holds; and the most that one vector of output may read.
enum { STAGE_FLOATS = 8192, MOST_STAGE = 262144 };

// Whether taps can be listed, and their offsets do not overflow.
static int offsets_fit(const ck_geometry *g) {
    const ptrdiff_t most = (ptrdiff_t)1 << 31;
    return count_taps(g) <= MOST_TAPS && g->stride_height <= most && g->stride_width <= most &&
           g->dilation_height <= most && g->dilation_width <= most;
}

/// The phases of the columns.
typedef struct phase_plan {
    ptrdiff_t count;
    ptrdiff_t unit;  ///< columns from the first of one phase to the first of the next
    ptrdiff_t reach; ///< pixels of a phase beyond those of the first tap, that the last taps read
    int by_tap;
} phase_plan;

static ptrdiff_t greatest_common_divisor(ptrdiff_t a, ptrdiff_t b) {
    while (b != 0) {
        const ptrdiff_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static phase_plan plan_phases(const ck_geometry *g) {
    const ptrdiff_t stride = g->stride_width, dilation = g->dilation_width;
    const ptrdiff_t common = greatest_common_divisor(stride, dilation);
    if (g->kernel_width <= stride / common) return (phase_plan){g->kernel_width, dilation, 0, 1};
    return (phase_plan){stride / common, common, (g->kernel_width - 1) * dilation / stride, 0};
}

// Where the taps of a row find their first column, in phases `length` floats long.
static ptrdiff_t phase_offset(const ck_geometry *g, const phase_plan *p, ptrdiff_t tap, ptrdiff_t length) {
    if (p->by_tap) return tap * length;
    const ptrdiff_t column = tap * g->dilation_width;
    return column / g->stride_width + column % g->stride_width / p->unit * length;
}

// Floats of one phase, for `columns` columns of output.
static ptrdiff_t phase_length(const phase_plan *p, ptrdiff_t columns) {
    return round_up(columns + p->reach, VL);
}

// VL floats of which those outside the row, columns 0..<width, are zero and not read.
CK_INLINE vec load_inside(const float *p, ptrdiff_t column, ptrdiff_t width) {
    if (column >= 0 && column + VL <= width) return vec_load(p);
    return vec_load_lanes(p, larger(0, smaller(-column, VL)), larger(0, smaller(width - column, VL)));
}

/// The rows of a tile: `lines` neighbouring taps of the kernel for each row of output, and for the last of them all
/// taps.
typedef struct staged_rows {
    const float *plane;
    ptrdiff_t first;       ///< input row of the first
    ptrdiff_t step;        ///< input rows from one to the next
    ptrdiff_t lines, skip; ///< after so many, so many input rows more
    ptrdiff_t count;
    ptrdiff_t column, columns; ///< input column of the first tap, columns of output
    float *to;
    ptrdiff_t pitch, length; ///< floats from a row to the next, and of a phase
} staged_rows;

/// A row of a tile.
typedef struct staged_row {
    ptrdiff_t y;    ///< its input row
    ptrdiff_t line; ///< its place among those of a row of output
} staged_row;

CK_INLINE staged_row next_row(const staged_rows *s, staged_row row) {
    const int is_last = row.line + 1 == s->lines;
    return (staged_row){row.y + s->step + (is_last ? s->skip : 0), is_last ? 0 : row.line + 1};
}

// Pixels `pixels`, a multiple of 4 of them, of some phases of a row: `phases` of them, `unit` columns apart and all
// within four columns, constants wherever this is inlined. All columns are inside.
CK_INLINE void stage_inside(const float *p, ptrdiff_t stride, ck_range pixels, float *to, ptrdiff_t length,
                            const int phases, const int unit) {
    ptrdiff_t i = pixels.begin;
    p += i * stride;
    for (; i + VL <= pixels.end; i += VL, p += VL * stride) {
        vec v[4];
        load_four_columns(v, p, stride);
        for (int m = 0; m < phases; m++) {
            vec_store(to + m * length + i, v[m * unit]);
        }
    }
    for (; i < pixels.end; i += 4, p += 4 * stride) {
        quad q[4];
        for (int k = 0; k < 4; k++) {
            q[k] = quad_load(p + k * stride);
        }
        quad_transpose(q);
        for (int m = 0; m < phases; m++) {
            quad_store(to + m * length + i, q[m * unit]);
        }
    }
}

// Four pixels of some phases of all rows, of which columns may lie outside: the masks are made once.
CK_INLINE void stage_edge(const ck_geometry *g, const staged_rows *s, ptrdiff_t column, float *to, const int phases,
                          const int unit) {
    const ptrdiff_t stride = g->stride_width, width = g->in_width;
    quad_mask masks[4];
    for (int k = 0; k < 4; k++) {
        const ptrdiff_t at = column + k * stride;
        masks[k] = quad_lanes(larger(0, smaller(-at, 4)), larger(0, smaller(width - at, 4)));
    }
    staged_row row = {s->first, 0};
    for (ptrdiff_t r = 0; r < s->count; r++, to += s->pitch, row = next_row(s, row)) {
        if (row.y < 0 || row.y >= g->in_height) continue;
        const float *p = s->plane + row.y * g->in_row_stride + column;
        quad q[4];
        for (int k = 0; k < 4; k++) {
            q[k] = quad_load_masked(p + k * stride, masks[k]);
        }
        quad_transpose(q);
        for (int m = 0; m < phases; m++) {
            quad_store(to + m * s->length, q[m * unit]);
        }
    }
}

// Some neighbouring phases of all rows.
CK_INLINE void stage_some(const ck_geometry *g, const phase_plan *p, const staged_rows *s, ptrdiff_t phase,
                          const int phases, const int unit) {
    const ptrdiff_t stride = g->stride_width, column = s->column + phase * p->unit;
    const ptrdiff_t count = round_up(s->columns + p->reach, 4);
    // The quads whose columns are all inside.
    ck_range inside = {column < 0 ? round_up((stride - 1 - column) / stride, 4) : 0, 0};
    const ptrdiff_t room = g->in_width - 4 - column;
    inside.end = smaller(count, room < 0 ? 0 : (room / stride + 1) / 4 * 4);
    inside.begin = smaller(inside.begin, count);
    inside.end = larger(inside.begin, inside.end);
    float *const to = s->to + phase * s->length;
    staged_row row = {s->first, 0};
    for (ptrdiff_t r = 0; r < s->count; r++, row = next_row(s, row)) {
        float *const copy = to + r * s->pitch;
        if (row.y < 0 || row.y >= g->in_height) {
            for (int m = 0; m < phases; m++) {
                memset(copy + m * s->length, 0, (size_t)count * sizeof(float));
            }
        } else {
            stage_inside(s->plane + row.y * g->in_row_stride + column, stride, inside, copy, s->length, phases, unit);
        }
    }
    for (ptrdiff_t i = 0; i < count; i += 4) {
        if (i == inside.begin) i = inside.end;
        if (i < count) stage_edge(g, s, column + i * stride, to + i, phases, unit);
    }
}

// All phases, as many at a time as four neighbouring columns hold.
static void stage_phases(const ck_geometry *g, const phase_plan *p, const staged_rows *s) {
    const ptrdiff_t most = p->unit == 1 ? 4 : p->unit <= 3 ? 2 : 1;
    for (ptrdiff_t j = 0; j < p->count; j += most) {
        const ptrdiff_t left = smaller(most, p->count - j);
        if (left == 1) {
            stage_some(g, p, s, j, 1, 1);
        } else if (p->unit == 2) {
            stage_some(g, p, s, j, 2, 2);
        } else if (p->unit == 3) {
            stage_some(g, p, s, j, 2, 3);
        } else if (left == 2) {
            stage_some(g, p, s, j, 2, 1);
        } else if (left == 3) {
            stage_some(g, p, s, j, 3, 1);
        } else {
            stage_some(g, p, s, j, 4, 1);
        }
    }
}

// A row with stride 1 or, both phases, with stride 2.
static void stage_vectors(const ck_geometry *g, const phase_plan *p, const staged_rows *s, ptrdiff_t y, float *to) {
    const ptrdiff_t width = g->in_width, column = s->column, count = phase_length(p, s->columns);
    const float *row = s->plane + y * g->in_row_stride;
    if (y < 0 || y >= g->in_height) {
        for (ptrdiff_t phase = 0; phase < p->count; phase++, to += s->length) {
            memset(to, 0, (size_t)count * sizeof(float));
        }
    } else if (g->stride_width == 2) {
        for (ptrdiff_t i = 0; i < count; i += VL) {
            const ptrdiff_t at = column + 2 * i;
            const vec a = load_inside(row + at, at, width), b = load_inside(row + at + VL, at + VL, width);
            vec even, odd;
            vec_deinterleave(a, b, &even, &odd);
            vec_store(to + i, even);
            vec_store(to + s->length + i, odd);
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

// Copies the rows. Rows and columns in the padding become zeros.
static void stage_rows(const ck_geometry *g, const phase_plan *p, const staged_rows *s) {
    if (g->stride_width > 2 || (g->stride_width == 2 && (p->count != 2 || p->unit != 1))) {
        stage_phases(g, p, s);
        return;
    }
    staged_row row = {s->first, 0};
    for (ptrdiff_t r = 0; r < s->count; r++, row = next_row(s, row)) {
        stage_vectors(g, p, s, row.y, s->to + r * s->pitch);
    }
}

#endif
