// SPDX-License-Identifier: Apache-2.0
//
// Between tensors of any strides and rows in lanes, [pixel][VL]: the ends of the transforms. Nothing outside the
// tensors is read or written. Include it after the vocabulary and its epilogue.

#ifndef CK_FFT_ROWS_H
#define CK_FFT_ROWS_H

#include "simd/columns.h"

// One row in a lane: element x is at `first + x * stride` of its tensor for begin <= x < end, and zero elsewhere.
typedef struct fft_row {
    ptrdiff_t first, begin, end;
} fft_row;

// The pixels x ..< x + VL of each row.
static inline void fft_load_columns(const float *tensor, ptrdiff_t stride, const fft_row *rows, ptrdiff_t x,
                                    float *to) {
    vec v[VL];
#pragma clang loop unroll(full)
    for (int lane = 0; lane < VL; lane++) {
        const fft_row *row = &rows[lane];
        const float *from = tensor + row->first + x * stride;
        if (stride == 1 && row->begin <= x && x + VL <= row->end) {
            v[lane] = vec_load(from);
            continue;
        }
        const ptrdiff_t begin = larger(0, row->begin - x), end = smaller(VL, row->end - x);
        if (begin >= end) {
            v[lane] = vec_zero(); // most of the transform, where rows are short
        } else if (stride == 1) {
            v[lane] = vec_load_lanes(from, begin, end);
        } else {
            v[lane] = load_lanes_apart(from, stride, begin, end);
        }
    }
    vec_transpose(v);
    for (int i = 0; i < VL; i++) {
        vec_store(to + i * VL, v[i]);
    }
}

// Whether the rows lie beside one another, as those of a dilation do: each pixel of all of them is a vector.
static inline int fft_are_adjacent(const fft_row rows[VL]) {
    for (int lane = 1; lane < VL; lane++) {
        if (rows[lane].first != rows[0].first + lane) return 0;
    }
    return 1;
}

// Brings pixel x of each of such rows, which some of them may not have.
static inline vec fft_load_adjacent(const float *tensor, ptrdiff_t stride, const fft_row rows[VL], ptrdiff_t x) {
    float lanes[VL];
    for (int lane = 0; lane < VL; lane++) {
        lanes[lane] = x >= rows[lane].begin && x < rows[lane].end ? tensor[rows[lane].first + x * stride] : 0;
    }
    return vec_load(lanes);
}

// Brings the first n pixels of VL rows to `work`.
static void fft_load_rows(const float *tensor, ptrdiff_t stride, const fft_row rows[VL], ptrdiff_t n, float *work) {
    if (stride != 1 && fft_are_adjacent(rows)) {
        ptrdiff_t begin = 0, end = n;
        for (int lane = 0; lane < VL; lane++) {
            begin = larger(begin, rows[lane].begin);
            end = smaller(end, rows[lane].end);
        }
        for (ptrdiff_t x = 0; x < n; x++) {
            vec_store(work + x * VL, x >= begin && x < end ? vec_load(tensor + rows[0].first + x * stride)
                                                           : fft_load_adjacent(tensor, stride, rows, x));
        }
        return;
    }
    ptrdiff_t begin = n, end = 0;
    for (int lane = 0; lane < VL; lane++) {
        if (rows[lane].begin >= rows[lane].end) continue;
        begin = rows[lane].begin < begin ? rows[lane].begin : begin;
        end = rows[lane].end > end ? rows[lane].end : end;
    }
    for (ptrdiff_t x = 0; x < n; x += VL) {
        if (x < end && begin < x + VL) {
            fft_load_columns(tensor, stride, rows, x, work + x * VL);
            continue;
        }
        for (int i = 0; i < VL; i++) {
            vec_store(work + (x + i) * VL, vec_zero());
        }
    }
}

// The output of one segment in one channel, in a lane: `count` pixels from column `column` on, none if it is not above
// 0.
typedef struct fft_target {
    ptrdiff_t image, row, column, channel, count;
} fft_target;

static inline ptrdiff_t fft_target_offset(const ck_geometry *g, const fft_target *target) {
    return target->image * g->out_image_stride + target->channel * g->out_channel_stride +
           target->row * g->out_row_stride + target->column * g->out_pixel_stride;
}

// Stores rows of a dilation that lie beside one another in the output: pixel x of all of them is a vector.
static void fft_store_adjacent(const ck_task *task, ptrdiff_t stride, ptrdiff_t offset, const fft_target targets[VL],
                               ptrdiff_t longest, const float *work) {
    ptrdiff_t lanes = VL;
    for (ptrdiff_t x = 0; x < longest; x++) {
        // No row has more pixels than the one before.
        while (targets[lanes - 1].count <= x)
            lanes--;
        vec_store_output(task, vec_load(work + x * VL), offset + x * stride, lanes);
    }
}

// Stores the rows of `work`, which have their bias. Their pixels are `step` columns apart.
static void fft_store_rows(const ck_task *task, ptrdiff_t step, const fft_target targets[VL], ptrdiff_t longest,
                           const float *work) {
    const ptrdiff_t stride = step * task->geometry->out_pixel_stride;
    ptrdiff_t offsets[VL];
    for (int lane = 0; lane < VL; lane++) {
        offsets[lane] = fft_target_offset(task->geometry, &targets[lane]);
    }
    int are_adjacent = stride != 1;
    for (int lane = 1; lane < VL && are_adjacent; lane++) {
        // Lanes without a row come last.
        are_adjacent = targets[lane].count <= 0 ||
                       (offsets[lane] == offsets[0] + lane && targets[lane].count <= targets[lane - 1].count);
    }
    if (are_adjacent) {
        fft_store_adjacent(task, stride, offsets[0], targets, longest, work);
        return;
    }
    for (ptrdiff_t x = 0; x < longest; x += VL) {
        vec v[VL];
        float values[VL * VL];
        for (int i = 0; i < VL; i++) {
            v[i] = vec_load(work + (x + i) * VL);
        }
        vec_transpose(v);
        for (int lane = 0; lane < VL; lane++) {
            vec_store(values + lane * VL, v[lane]);
        }
        for (int lane = 0; lane < VL; lane++) {
            const ptrdiff_t count = targets[lane].count - x < VL ? targets[lane].count - x : VL;
            if (count <= 0) continue;
            const ptrdiff_t offset = offsets[lane] + x * stride;
            if (stride == 1) {
                vec_store_output(task, vec_load(values + lane * VL), offset, count);
                continue;
            }
            float residual[VL] = {0};
            for (ptrdiff_t i = 0; i < count && task->epilogue.residual != NULL; i++) {
                residual[i] = task->epilogue.residual[offset + i * stride];
            }
            vec_store(residual, vec_activate(vec_add(vec_load(values + lane * VL), vec_load(residual)), task));
            for (ptrdiff_t i = 0; i < count; i++) {
                task->output[offset + i * stride] = residual[i];
            }
        }
    }
}

#endif
