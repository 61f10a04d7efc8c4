// SPDX-License-Identifier: Apache-2.0
//
// Depthwise halves: what strips leave of a row, or all of a narrow one, where half a vector holds it. A vector has the
// same columns of two channels. A tile is some rows of it, whose sums are in registers; every input row is loaded once
// for the tile, and brought into place for each column of taps.
//
// Sums are in the order of strips: row after row of taps, column after column.

#ifndef CK_DEPTHWISE_HALVES_H
#define CK_DEPTHWISE_HALVES_H

enum { HALF = VL / 2, HALF_ROWS = 7 };

_Static_assert(STRIP_KERNEL - 1 + HALF <= VL, "a vector of input must hold what half a vector of output reads");

/// A tile: two channels, and where its rows begin.
typedef struct half_tile {
    const vec *weights;    ///< one for each tap
    const float *input[2]; ///< what tap (0, 0) of the first output row reads for the first column
    ptrdiff_t first;       ///< the input row where that is
    vec bias;
    ptrdiff_t output[2]; ///< offsets of the first output row
} half_tile;

// `rows` output rows, of which no more than `count` are stored. `kernel`, `stride` and `rows` are constants wherever
// this is inlined.
CK_INLINE void compute_half_tile(const ck_task *task, const strip *s, const half_tile *t, ptrdiff_t count,
                                 const int kernel, const int stride, const int rows) {
    const ck_geometry *g = task->geometry;
    vec sum[HALF_ROWS];
    for (int i = 0; i < rows; i++) {
        sum[i] = vec_zero();
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < (rows - 1) * stride + kernel; r++) {
        if (t->first + r < 0 || t->first + r >= g->in_height) continue;
        const ptrdiff_t row = r * g->in_row_stride;
        vec a = vec_zero(), b = vec_zero(), even = vec_zero(), odd = vec_zero();
#pragma clang loop unroll(full)
        for (int kx = 0; kx < kernel; kx++) {
            if (kx == 0 || (stride == 2 && kx % 2 == 0)) {
                a = load_strip(t->input[0] + row + kx, s->column + kx, g->in_width, 0);
                b = load_strip(t->input[1] + row + kx, s->column + kx, g->in_width, 0);
                if (stride == 2) vec_deinterleave(a, b, &even, &odd);
            }
            const vec x = stride == 1 ? vec_halves(a, b, kx) : kx % 2 == 0 ? even : odd;
#pragma clang loop unroll(full)
            for (int i = 0; i < rows; i++) {
                const int ky = r - i * stride;
                if (ky >= 0 && ky < kernel) sum[i] = vec_fma(t->weights[ky * kernel + kx], x, sum[i]);
            }
        }
    }
    const vec low = vec_set1(activation_low(task)), high = vec_set1(activation_high(task));
    for (int i = 0; i < rows && i < count; i++) {
        const ptrdiff_t row = i * g->out_row_stride;
        vec v = vec_add(sum[i], t->bias);
        if (s->residual) {
            const vec a = vec_load_lanes(s->residual + t->output[0] + row, 0, s->columns);
            const vec b = vec_load_lanes(s->residual + t->output[1] + row, 0, s->columns);
            v = vec_add(v, vec_halves(a, b, 0));
        }
        v = vec_min(high, vec_max(low, v));
        vec_store_lanes(s->output + t->output[0] + row, v, 0, s->columns);
        vec_store_lanes(s->output + t->output[1] + row, vec_halves(v, v, HALF), 0, s->columns);
    }
}

// The weights of two channels, each in half a vector. From vectors of them: broadcasts take twice as long.
CK_INLINE void expand_weights(vec *to, const float *a, const float *b, const int taps) {
    for (int t = 0; t < taps; t += VL) {
        const int count = taps - t < VL ? taps - t : VL;
        const vec of_a = vec_load_lanes(a + t, 0, count), of_b = vec_load_lanes(b + t, 0, count);
        for (int i = 0; i < count; i++) {
            to[t + i] = vec_set_halves(of_a, of_b, i);
        }
    }
}

// Tiles of HALF_ROWS rows, or of fewer where these divide the rows better.
CK_INLINE void compute_halves(const ck_task *task, const strip *given, const int kernel, const int stride) {
    // A copy, as for strips.
    const strip copy = *given, *const s = &copy;
    const ck_geometry *g = task->geometry;
    const ck_range part = task->part.rows;
    const ptrdiff_t tiles = larger(1, (part.end - part.begin + HALF_ROWS - 1) / HALF_ROWS);
    const ptrdiff_t rows = (part.end - part.begin + tiles - 1) / tiles > 4 ? HALF_ROWS : 4;
    for (ptrdiff_t c = s->channels.begin; c < s->channels.end; c += 2) {
        // The last of an odd number beside itself.
        const ptrdiff_t channels[2] = {c, smaller(c + 1, s->channels.end - 1)};
        vec weights[STRIP_KERNEL * STRIP_KERNEL];
        half_tile t = {.weights = weights, .bias = vec_zero()};
        const float *of_channel = task->weights + c * kernel * kernel;
        expand_weights(weights, of_channel, of_channel + (channels[1] - c) * kernel * kernel, kernel * kernel);
        if (task->epilogue.bias) {
            t.bias =
                vec_halves(vec_set1(task->epilogue.bias[channels[0]]), vec_set1(task->epilogue.bias[channels[1]]), 0);
        }
        const float *input[2];
        for (int k = 0; k < 2; k++) {
            // A division takes as long as a row.
            const ptrdiff_t from = g->out_channels == 1 ? channels[k] : channels[k] / g->out_channels;
            input[k] = s->input + from * g->in_channel_stride;
        }
        for (ptrdiff_t y = part.begin; y < part.end; y += rows) {
            t.first = y * stride - g->pad_top;
            for (int k = 0; k < 2; k++) {
                t.input[k] = input[k] + t.first * g->in_row_stride;
                t.output[k] = channels[k] * g->out_channel_stride + y * g->out_row_stride;
            }
            if (rows == HALF_ROWS) {
                compute_half_tile(task, s, &t, part.end - y, kernel, stride, HALF_ROWS);
            } else {
                compute_half_tile(task, s, &t, part.end - y, kernel, stride, 4);
            }
        }
    }
}

#endif
