// SPDX-License-Identifier: Apache-2.0
//
// Copies of the input rows that a band of output reads, for vectors of neighbouring output pixels: padding is zeros,
// and with a stride of s the columns that one tap reads, every s-th of a row, are side by side. Every tap of every
// output vector is then one plain load, at the same distance from the vector's own place for all vectors of the band.
//
//     staged  [channel][staged row][phase][phase_stride]
//
// A phase is a residue of the columns modulo the stride or, where the kernel is narrower than the stride, a tap. A band
// of several output rows holds all input rows from its first to its last; one of a single row those of its taps alone.
//
// Narrow rows may be joined: staged so close that the zeros behind one are those before the next. Vectors of pixels
// then run on from row to row, and only the few lanes between two rows are lost; those of rows apart would be mostly
// empty.

#ifndef CK_DIRECT_PIXEL_STAGE_H
#define CK_DIRECT_PIXEL_STAGE_H

#include "direct/pixel_stage_sizes.h"
#include "simd/columns.h"

/// As few pieces of at most `most` as make up `count`, as even as can be: the size of the largest.
static inline ptrdiff_t even_piece(ptrdiff_t count, ptrdiff_t most) {
    const ptrdiff_t pieces = (count + most - 1) / most;
    return (count + pieces - 1) / pieces;
}

/// As `taps_inside`, but an empty range lies within 0...count.
static inline ck_range steps_inside(ptrdiff_t start, ptrdiff_t step, ptrdiff_t count, ptrdiff_t extent) {
    const ck_range inside = taps_inside(start, step, count, extent);
    const ptrdiff_t begin = smaller(inside.begin, count);
    return (ck_range){begin, larger(begin, inside.end)};
}

/// Whether a row of so many output pixels ends with a whole vector, some of whose pixels the one before has computed
/// too. Not where that would show: the residual may be the output, and activations follow the stores.
static inline int overlaps(const ck_task *task, ptrdiff_t columns) {
    return columns >= VL && !task->epilogue.residual && task->epilogue.activation == CK_ACTIVATION_CLAMP;
}

/// How a part of the output is cut into bands whose input fits the stage.
typedef struct stage {
    float *tap_offsets; ///< an int32_t in the memory of each: from an output vector's place to the element of a tap
    float *staged;
    ptrdiff_t rows, columns; ///< the most outputs of a band
    ptrdiff_t row_step;      ///< staged rows from one row of taps to the next
    ptrdiff_t input_step;    ///< input rows from one staged row to the next
    ptrdiff_t phases, phase_step, phase_stride, row_length, channel_length;
    int is_joined;
    ptrdiff_t joined_rows, joined_columns; ///< from a vector of joined rows to the next
} stage;

static stage plan_stage(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t rows = task->part.rows.end - task->part.rows.begin;
    const ptrdiff_t columns = task->part.columns.end - task->part.columns.begin;
    const int by_tap = g->kernel_width < g->stride_width;
    stage s = {
        .tap_offsets = task->scratch,
        .staged = task->scratch + tap_offset_floats(g),
        .phases = stage_phases(g),
        .phase_step = by_tap ? g->dilation_width : 1,
    };
    const ptrdiff_t budget = CK_STAGE_FLOATS / larger(1, g->channels) - STAGE_MARGIN;
    ptrdiff_t most = round_up(columns, VL);
    while (most > TILE_PIXELS && g->kernel_height * s.phases * stage_phase_stride(g, most, VL) > budget) {
        most = larger(TILE_PIXELS, round_up(most / 2, VL));
    }
    s.columns = round_up(even_piece(columns, most), VL);
    s.phase_stride = stage_phase_stride(g, s.columns, VL);
    s.row_length = s.phases * s.phase_stride;
    s.rows = 1;
    if (rows > 1 && input_rows(g, 2) * s.row_length <= budget) {
        const ptrdiff_t more = (budget / s.row_length - input_rows(g, 2)) / g->stride_height;
        s.rows = even_piece(rows, 2 + more);
    }
    s.row_step = s.rows == 1 ? 1 : g->dilation_height;
    s.input_step = s.rows == 1 ? g->dilation_height : 1;
    s.channel_length = staged_rows(g, s.rows) * s.row_length + STAGE_MARGIN;
    const ptrdiff_t joined = s.rows > 1 ? joined_length(g, columns, VL) : 0;
    if (joined > 0) {
        // No longer than before: a row is by VL and what a tap reaches shorter at the least.
        s.is_joined = 1;
        s.joined_rows = VL / joined;
        s.joined_columns = VL % joined;
        s.row_length = joined;
        s.channel_length = input_rows(g, s.rows) * joined + (g->kernel_width - 1) * g->dilation_width + STAGE_MARGIN;
    }
    for (ptrdiff_t ky = 0; ky < g->kernel_height; ky++) {
        for (ptrdiff_t kx = 0; kx < g->kernel_width; kx++) {
            const ptrdiff_t column = kx * g->dilation_width;
            const int32_t offset =
                (int32_t)(ky * s.row_step * s.row_length +
                          (by_tap ? kx * s.phase_stride
                                  : column % g->stride_width * s.phase_stride + column / g->stride_width));
            memcpy(s.tap_offsets + ky * g->kernel_width + kx, &offset, sizeof offset);
        }
    }
    return s;
}

// to[i] = from[i] inside, zero elsewhere below `count`, a multiple of VL. A row of few channels is multiplied in little
// more time than it takes to copy, so that the lanes of the two ragged vectors are derived from the range, once a row.
CK_INLINE void copy_columns(const float *from, ck_range inside, float *to, ptrdiff_t count) {
    ptrdiff_t i = 0;
    for (; i + VL <= inside.begin; i += VL) {
        vec_store(to + i, vec_zero());
    }
    if (i < inside.begin && i < inside.end) {
        vec_store(to + i, vec_load_lanes(from + i, inside.begin - i, smaller(VL, inside.end - i)));
        i += VL;
    }
    for (; i + VL <= inside.end; i += VL) {
        vec_store(to + i, vec_load(from + i));
    }
    if (i < inside.end) {
        vec_store(to + i, vec_load_lanes(from + i, 0, inside.end - i));
        i += VL;
    }
    for (; i < count; i += VL) {
        vec_store(to + i, vec_zero());
    }
}

// phase[p][i] = column `first + p * phase_step + i * stride_width` of the row for i < count, zero where there is none.
static void stage_input_row(const ck_geometry *g, const stage *s, const float *row, ptrdiff_t first, float *to,
                            ptrdiff_t count) {
    const ptrdiff_t stride = g->stride_width, width = g->in_width;
    if (g->in_pixel_stride == 1 && stride == 1) {
        copy_columns(row + first, steps_inside(first, 1, count, width), to, count);
        return;
    }
    if (g->in_pixel_stride == 1 && stride == 2 && s->phases == 2) {
        for (ptrdiff_t i = 0; i < count; i += VL) {
            vec even, odd;
            load_column_pairs(row, first + 2 * i, width, &even, &odd);
            vec_store(to + i, even);
            vec_store(to + s->phase_stride + i, odd);
        }
        return;
    }
    for (ptrdiff_t p = 0; p < s->phases; p++, to += s->phase_stride) {
        const ptrdiff_t column = first + p * s->phase_step;
        const ck_range inside = steps_inside(column, stride, count, width);
        const float *from = row + column * g->in_pixel_stride;
        const ptrdiff_t step = stride * g->in_pixel_stride;
        memset(to, 0, (size_t)inside.begin * sizeof(float));
        for (ptrdiff_t i = inside.begin; i < inside.end; i++) {
            to[i] = from[i * step];
        }
        memset(to + inside.end, 0, (size_t)(count - inside.end) * sizeof(float));
    }
}

/// Stages the input of a band of the output, row by row.
static void stage_band(const ck_task *task, const stage *s, ptrdiff_t image, ck_range rows, ck_range columns) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t top = rows.begin * g->stride_height - g->pad_top;
    const ptrdiff_t left = columns.begin * g->stride_width - g->pad_left;
    const ptrdiff_t height = s->rows == 1 ? g->kernel_height : input_rows(g, rows.end - rows.begin);
    // Lanes behind the last column are multiplied, though not stored, unless the last vector of a row ends with it.
    const ptrdiff_t width = columns.end - columns.begin;
    const ptrdiff_t reach = g->kernel_width < g->stride_width ? 0 : (g->kernel_width - 1) * g->dilation_width;
    // Joined rows reach into the next, which is staged after them.
    const ptrdiff_t count = s->is_joined            ? round_up(s->row_length + reach, VL)
                            : overlaps(task, width) ? round_up(width + reach / g->stride_width, VL)
                                                    : stage_phase_stride(g, width, VL);
    for (ptrdiff_t c = 0; c < g->channels; c++) {
        const float *plane = task->input + image * g->in_image_stride + c * g->in_channel_stride;
        float *to = s->staged + c * s->channel_length;
        for (ptrdiff_t r = 0; r < height; r++, to += s->row_length) {
            const ptrdiff_t row = top + r * s->input_step;
            if (row >= 0 && row < g->in_height) {
                stage_input_row(g, s, plane + row * g->in_row_stride, left, to, count);
            } else {
                for (ptrdiff_t p = 0; p < s->phases; p++) {
                    memset(to + p * s->phase_stride, 0, (size_t)count * sizeof(float));
                }
            }
        }
    }
}

#endif
