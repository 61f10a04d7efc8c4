// SPDX-License-Identifier: Apache-2.0
//
// Depthwise strips: K x K kernels with stride 1 or 2 and dilation 1. A strip is a few vectors of columns; it runs down
// the image, loads each input row once and adds it to all the output rows that see it, which wait in registers.
//
// The file that includes the template defines STRIP_K3S1 and its like: the vectors of a strip, by what fits the
// registers; and STRIP_HOIST, whether nine broadcast weights fit beside a strip of a 3 x 3 kernel.

#ifndef CK_DEPTHWISE_STRIP_H
#define CK_DEPTHWISE_STRIP_H

enum { STRIP_VECTORS = 4, STRIP_KERNEL = 7 };

typedef struct strip {
    const float *input;           ///< row 0, the column of the first tap of the first output column
    const float *weights;
    const float *residual;        ///< row 0, first column, or NULL
    float *output;                ///< row 0, first column
    ptrdiff_t next_input, next_weights, next_output; ///< to the second channel of a pair
    float bias[2];
    ptrdiff_t column;             ///< input column of the first tap; negative in the padding
    ptrdiff_t columns;            ///< output columns
} strip;

typedef void strip_function(const ck_task *task, const strip *s);

// VL floats of which those outside the row, columns 0..<width, are zero and not read.
CK_INLINE vec load_inside(const float *p, ptrdiff_t column, ptrdiff_t width) {
    return vec_load_lanes(p, larger(0, smaller(-column, VL)), larger(0, smaller(width - column, VL)));
}

// `kernel`, `stride`, `vectors` (of columns), `channels` (1 or 2) and `edge` (whether the first and the last vector may
// reach over the ends of the row) are constants wherever this is inlined.
CK_INLINE void compute_strip(const ck_task *task, const strip *given, const int kernel, const int stride,
                             const int vectors, const int channels, const int edge) {
    const ck_geometry *g = task->geometry;
    // Copies, since a vector store may alias anything: fields read through a pointer would be read again each row, and
    // the masks of the edges computed again.
    const strip copy = *given, *const s = &copy;
    const ck_range rows = task->part.rows;
    const ptrdiff_t width = g->in_width, height = g->in_height, pad_top = g->pad_top;
    const ptrdiff_t input_row = g->in_row_stride, output_row = g->out_row_stride;
    const ptrdiff_t tail = s->columns - (vectors - 1) * VL;
    const int linear = task->activation == CK_ACTIVATION_CLAMP;
    const vec low = vec_set1(linear ? task->low : -INFINITY), high = vec_set1(linear ? task->high : INFINITY);
    // Output rows in the making: sum[i] is the row that began i steps ago.
    const int live = (kernel + stride - 1) / stride;
    vec sum[STRIP_KERNEL][2][STRIP_VECTORS];
    for (int i = 0; i < live; i++) {
        for (int c = 0; c < channels; c++) {
            for (int v = 0; v < vectors; v++) {
                sum[i][c][v] = vec_zero();
            }
        }
    }
    const int hoist = STRIP_HOIST && kernel == 3;
    vec held[2][9];
    for (int c = 0; hoist && c < channels; c++) {
        for (int i = 0; i < 9; i++) {
            held[c][i] = vec_set1(s->weights[c * s->next_weights + i]);
        }
    }
    const float *weights = s->weights;

    for (ptrdiff_t step = rows.begin; step < rows.end + live - 1; step++) {
        for (int phase = 0; phase < stride; phase++) {
            const ptrdiff_t y = step * stride + phase - pad_top;
            if (y < 0 || y >= height) continue;
            // Keeps the compiler from hoisting more broadcasts out of the loop than there are registers for.
            __asm__("" : "+r"(weights));
            const float *row = s->input + y * input_row;
            vec x[2][STRIP_VECTORS], odd[2][STRIP_VECTORS];
            for (int kx = 0; kx < kernel; kx++) {
                for (int c = 0; c < channels; c++) {
                    for (int v = 0; v < vectors; v++) {
                        const float *p = row + c * s->next_input + stride * v * VL + kx;
                        const ptrdiff_t column = s->column + stride * v * VL + kx;
                        const int partial = edge && (v == 0 || v == vectors - 1);
                        if (stride == 1) {
                            x[c][v] = partial ? load_inside(p, column, width) : vec_load(p);
                        } else if (kx % 2 == 1) {
                            x[c][v] = odd[c][v];
                        } else {
                            const vec a = partial ? load_inside(p, column, width) : vec_load(p);
                            const vec b = partial ? load_inside(p + VL, column + VL, width) : vec_load(p + VL);
                            x[c][v] = vec_even(a, b);
                            odd[c][v] = vec_odd(a, b);
                        }
                    }
                }
                for (int i = live - 1; i >= 0; i--) {
                    const int ky = stride * i + phase;
                    if (ky >= kernel) continue;
                    for (int c = 0; c < channels; c++) {
                        const vec w = hoist ? held[c][ky * 3 + kx]
                                            : vec_set1(weights[c * s->next_weights + ky * kernel + kx]);
                        for (int v = 0; v < vectors; v++) {
                            sum[i][c][v] = vec_fma(w, x[c][v], sum[i][c][v]);
                        }
                    }
                }
            }
        }
        const ptrdiff_t done = step - (live - 1);
        for (int c = 0; done >= rows.begin && c < channels; c++) {
            const ptrdiff_t at = done * output_row + c * s->next_output;
            for (int v = 0; v < vectors; v++) {
                const int partial = edge && v == vectors - 1;
                vec y = vec_add(sum[live - 1][c][v], vec_set1(s->bias[c]));
                if (s->residual) {
                    const float *residual = s->residual + at + v * VL;
                    y = vec_add(y, partial ? vec_load_lanes(residual, 0, tail) : vec_load(residual));
                }
                y = vec_min(high, vec_max(low, y));
                if (partial) {
                    store_first(s->output + at + v * VL, y, tail);
                } else {
                    vec_store(s->output + at + v * VL, y);
                }
            }
        }
        for (int c = 0; c < channels; c++) {
            for (int v = 0; v < vectors; v++) {
                for (int i = live - 1; i > 0; i--) {
                    sum[i][c][v] = sum[i - 1][c][v];
                }
                sum[0][c][v] = vec_zero();
            }
        }
    }
}

typedef struct strip_kernel {
    int kernel, stride, vectors;
    strip_function *inner;               ///< `vectors` whole vectors inside the row
    strip_function *edge[STRIP_VECTORS]; ///< 1, 2, ... vectors
    strip_function *pair;                ///< one vector of two channels
} strip_kernel;

#define CK_STRIP_FUNCTION(k, s, vectors, channels, edge)                                                               \
    static void strip_##k##_##s##_##vectors##x##channels##_##edge(const ck_task *task, const strip *at) {             \
        compute_strip(task, at, k, s, vectors, channels, edge);                                                        \
    }
#define CK_STRIP_NAME(k, s, vectors, channels, edge) strip_##k##_##s##_##vectors##x##channels##_##edge

#define CK_STRIP_1(k, s) CK_STRIP_FUNCTION(k, s, 1, 1, 0) CK_STRIP_FUNCTION(k, s, 1, 1, 1) CK_STRIP_FUNCTION(k, s, 1, 2, 1)
#define CK_STRIP_2(k, s)                                                                                               \
    CK_STRIP_FUNCTION(k, s, 2, 1, 0) CK_STRIP_FUNCTION(k, s, 1, 1, 1) CK_STRIP_FUNCTION(k, s, 2, 1, 1)                 \
    CK_STRIP_FUNCTION(k, s, 1, 2, 1)
#define CK_STRIP_3(k, s)                                                                                               \
    CK_STRIP_FUNCTION(k, s, 3, 1, 0) CK_STRIP_FUNCTION(k, s, 1, 1, 1) CK_STRIP_FUNCTION(k, s, 2, 1, 1)                 \
    CK_STRIP_FUNCTION(k, s, 3, 1, 1) CK_STRIP_FUNCTION(k, s, 1, 2, 1)
#define CK_STRIP_4(k, s)                                                                                               \
    CK_STRIP_FUNCTION(k, s, 4, 1, 0) CK_STRIP_FUNCTION(k, s, 1, 1, 1) CK_STRIP_FUNCTION(k, s, 2, 1, 1)                 \
    CK_STRIP_FUNCTION(k, s, 3, 1, 1) CK_STRIP_FUNCTION(k, s, 4, 1, 1) CK_STRIP_FUNCTION(k, s, 1, 2, 1)
#define CK_STRIP_EDGES_1(k, s) CK_STRIP_NAME(k, s, 1, 1, 1)
#define CK_STRIP_EDGES_2(k, s) CK_STRIP_EDGES_1(k, s), CK_STRIP_NAME(k, s, 2, 1, 1)
#define CK_STRIP_EDGES_3(k, s) CK_STRIP_EDGES_2(k, s), CK_STRIP_NAME(k, s, 3, 1, 1)
#define CK_STRIP_EDGES_4(k, s) CK_STRIP_EDGES_3(k, s), CK_STRIP_NAME(k, s, 4, 1, 1)
#define CK_PASTE(a, b) a##b
#define CK_STRIP_FUNCTIONS(k, s, vectors) CK_PASTE(CK_STRIP_, vectors)(k, s)
#define CK_STRIP_ENTRY(k, s, vectors)                                                                                  \
    {k, s, vectors, CK_STRIP_NAME(k, s, vectors, 1, 0), {CK_PASTE(CK_STRIP_EDGES_, vectors)(k, s)},                    \
     CK_STRIP_NAME(k, s, 1, 2, 1)}

CK_STRIP_FUNCTIONS(3, 1, STRIP_K3S1)
CK_STRIP_FUNCTIONS(5, 1, STRIP_K5S1)
CK_STRIP_FUNCTIONS(7, 1, STRIP_K7S1)
CK_STRIP_FUNCTIONS(3, 2, STRIP_K3S2)
CK_STRIP_FUNCTIONS(5, 2, STRIP_K5S2)

static const strip_kernel strip_kernels[] = {
    CK_STRIP_ENTRY(3, 1, STRIP_K3S1), CK_STRIP_ENTRY(5, 1, STRIP_K5S1), CK_STRIP_ENTRY(7, 1, STRIP_K7S1),
    CK_STRIP_ENTRY(3, 2, STRIP_K3S2), CK_STRIP_ENTRY(5, 2, STRIP_K5S2),
};

static const strip_kernel *find_strips(const ck_geometry *g) {
    for (size_t i = 0; i < sizeof strip_kernels / sizeof strip_kernels[0]; i++) {
        const strip_kernel *k = &strip_kernels[i];
        if (g->kernel_height == k->kernel && g->kernel_width == k->kernel && g->stride_height == k->stride &&
            g->stride_width == k->stride && g->dilation_height == 1 && g->dilation_width == 1) {
            return k;
        }
    }
    return NULL;
}

static int all_finite(const float *p, ptrdiff_t count) {
    int finite = 1;
    for (ptrdiff_t i = 0; i < count; i++) {
        finite &= fabsf(p[i]) < INFINITY;
    }
    return finite;
}

// Computes the part of one channel, or of two where one vector spans the part's columns. Returns how many, or 0 where
// the weights forbid it.
static ptrdiff_t run_strips(const ck_task *task, const strip_kernel *kernel, ptrdiff_t image, ptrdiff_t channel) {
    const ck_geometry *g = task->geometry;
    const ck_range columns = task->part.columns;
    const ptrdiff_t taps = g->kernel_height * g->kernel_width;
    const ptrdiff_t from = channel / g->out_channels;
    strip s = {
        .weights = task->weights + channel * taps,
        .next_input = ((channel + 1) / g->out_channels - from) * g->in_channel_stride,
        .next_weights = taps,
        .next_output = g->out_channel_stride,
        .bias = {task->bias ? task->bias[channel] : 0},
    };
    if (!all_finite(s.weights, taps)) return 0;
    const float *input = task->input + image * g->in_image_stride + from * g->in_channel_stride;
    const ptrdiff_t offset = image * g->out_image_stride + channel * g->out_channel_stride;

    ptrdiff_t vectors = (columns.end - columns.begin + VL - 1) / VL;
    const int pair = vectors == 1 && channel + 1 < task->channels.end && all_finite(s.weights + taps, taps);
    if (pair) s.bias[1] = task->bias ? task->bias[channel + 1] : 0;
    for (ptrdiff_t x = columns.begin; x < columns.end;) {
        const ptrdiff_t strips = (vectors + kernel->vectors - 1) / kernel->vectors;
        ptrdiff_t take = (vectors + strips - 1) / strips;
        s.column = x * kernel->stride - g->pad_left;
        // Whether all vectors but the first and the last lie inside the row.
        const ptrdiff_t last = s.column + kernel->kernel - 1 + (take - 1) * kernel->stride * VL;
        if (take > 2 && (s.column + kernel->stride * VL < 0 || last > g->in_width)) take = 2;
        s.columns = smaller(take * VL, columns.end - x);
        s.input = input + s.column;
        s.output = task->output + offset + x;
        s.residual = task->residual ? task->residual + offset + x : NULL;
        const int inside = s.columns == take * VL && s.column >= 0 &&
                           s.column + kernel->kernel - 1 + take * kernel->stride * VL <= g->in_width;
        (pair                                       ? kernel->pair
         : inside && take == kernel->vectors ? kernel->inner
                                                    : kernel->edge[take - 1])(task, &s);
        for (ptrdiff_t c = 0; task->activation != CK_ACTIVATION_CLAMP && c <= pair; c++) {
            for (ptrdiff_t y = task->part.rows.begin; y < task->part.rows.end; y++) {
                vec_activate_line(s.output + c * s.next_output + y * g->out_row_stride, s.columns, task);
            }
        }
        x += take * VL;
        vectors -= take;
    }
    return pair ? 2 : 1;
}

#endif
