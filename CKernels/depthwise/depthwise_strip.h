// SPDX-License-Identifier: Apache-2.0
//
// Depthwise strips: K x K kernels with stride 1 or 2 and dilation 1. A strip is a few vectors of columns; it runs down
// the image, loads each input row once and adds it to all the output rows that see it, which wait in registers.
//
// The vectors of a strip, STRIP_K3S1 and its like, are what the registers hold.

#ifndef CK_DEPTHWISE_STRIP_H
#define CK_DEPTHWISE_STRIP_H

enum { STRIP_VECTORS = 5, STRIP_KERNEL = 7 }; // five of wraps, up to four of strips
/// Where a strip may reach over the ends of the row: nowhere, in its first and last vector, or, of the two vectors of
/// input for each of those, in the outer ones.
enum { EDGE_NONE, EDGE, EDGE_OUTER };

_Static_assert(STRIP_K3S1 * 4 + (STRIP_HOIST(3, STRIP_K3S1) ? 9 : 1) <= VEC_REGISTERS, "a strip must fit");
_Static_assert(STRIP_K5S1 * 6 + 1 <= VEC_REGISTERS, "a strip must fit");
_Static_assert(STRIP_K7S1 * 8 + 1 <= VEC_REGISTERS, "a strip must fit");
_Static_assert(STRIP_K3S2 * 4 + (STRIP_HOIST(3, STRIP_K3S2) ? 9 : 1) <= VEC_REGISTERS, "a strip must fit");
_Static_assert(STRIP_K5S2 * 5 + 1 <= VEC_REGISTERS, "a strip must fit");
_Static_assert(STRIP_HOIST_K5S2 * 6 + 15 <= VEC_REGISTERS, "a strip with held weights must fit");

/// A strip of some channels of one image, which share the work of setting it up.
typedef struct strip {
    const float *input;    ///< input channel 0, row 0, the column of the first tap of the first output column
    const float *residual; ///< output channel 0, row 0, first column, or NULL
    float *output;         ///< output channel 0, row 0, first column
    ck_range channels;     ///< output channels, all of finite weights
    ptrdiff_t column;      ///< input column of the first tap; negative in the padding
    ptrdiff_t columns;     ///< output columns
    int overlap;           ///< whether they are a whole row, rows follow each other, and no residual is read
} strip;

typedef void strip_function(const ck_task *task, const strip *s);

// VL floats of which those outside the row, columns 0..<width, are zero. They are not read, unless `open` says that the
// memory around the row may be read.
CK_INLINE vec load_strip(const float *p, ptrdiff_t column, ptrdiff_t width, const int open) {
    const ptrdiff_t begin = larger(0, smaller(-column, VL)), end = larger(0, smaller(width - column, VL));
    return open ? vec_keep_lanes(vec_load(p), begin, end) : vec_load_lanes(p, begin, end);
}

/// What distinguishes the functions of strips, constants wherever they are inlined.
typedef struct strip_shape {
    int kernel, stride;
    int vectors;  ///< of columns
    int channels; ///< 1, or 2 side by side
    int edge;     ///< where the strip may reach over the ends of the row
} strip_shape;

/// The weights that stay in registers, by channel and tap.
typedef vec strip_weights[2][25];

// Whether those of kernel row `ky` do: all of a 3 x 3 kernel, and of a 5 x 5 one every other row, which with stride 2
// are all that one of two input rows meets.
CK_INLINE int is_held(const strip_shape f, const int ky) {
    return STRIP_HOIST(f.kernel, f.vectors) ||
           (f.kernel == 5 && f.stride == 2 && f.channels == 1 && f.vectors <= STRIP_HOIST_K5S2 && ky % 2 == 0);
}

// Whether strips with stride 2 keep the lanes of their sums in order, or bring them into it in the end.
CK_INLINE int is_sorted(const strip_shape f) {
    return STRIP_SORTED(f.kernel, f.vectors, f.edge);
}

typedef vec strip_sums[STRIP_KERNEL][2][STRIP_VECTORS];

// The row whose sums are complete makes room for one that begins.
CK_INLINE void begin_next(strip_sums sum, const int live, const int vectors, const int channels) {
    for (int c = 0; c < channels; c++) {
        for (int v = 0; v < vectors; v++) {
            for (int i = live - 1; i > 0; i--) {
                sum[i][c][v] = sum[i - 1][c][v];
            }
            sum[0][c][v] = vec_zero();
        }
    }
}

/// A row of input, as the first tap of a strip reads it.
typedef struct strip_row {
    const float *at;
    ptrdiff_t column, width; ///< the column where that is, of so many
    ptrdiff_t next_input;    ///< floats to the input of the next output channel
} strip_row;

// Lanes `first`, `first` + 2 ... of a and, behind them, of b, in order or not: one result at a time, since the compiler
// runs out of registers where one call has both.
CK_INLINE vec every_second(vec a, vec b, const int first, const int sorted) {
    vec lanes[2];
    if (sorted) {
        vec_deinterleave(a, b, &lanes[0], &lanes[1]);
    } else {
        vec_deinterleave_unsorted(a, b, &lanes[0], &lanes[1]);
    }
    return lanes[first];
}

// Adds row `phase` of the `stride` rows of this step to the sums. `open` tells whether the memory around the row may be
// read; it and `phase` are constants.
CK_INLINE void add_row(strip_sums sum, const strip_weights held, const strip_row row, const float *weights,
                       const strip_shape f, const int phase, const int open) {
    const int live = (f.kernel + f.stride - 1) / f.stride, sorted = is_sorted(f);
    vec even[2][STRIP_VECTORS], odd[2][STRIP_VECTORS];
    for (int kx = 0; kx < f.kernel; kx++) {
        for (int c = 0; c < f.channels; c++) {
            vec x[STRIP_VECTORS];
            for (int v = 0; v < f.vectors; v++) {
                const float *p = row.at + c * row.next_input + f.stride * v * VL + kx;
                const ptrdiff_t column = row.column + f.stride * v * VL + kx;
                const int partial = f.edge && (v == 0 || v == f.vectors - 1);
                if (f.stride == 1) {
                    x[v] = partial ? load_strip(p, column, row.width, open) : vec_load(p);
                } else if (kx % 2 == 1) {
                    x[v] = odd[c][v];
#ifdef TILE_SHIFTED
                } else if (sorted && kx > 0 && v < f.vectors - 1) {
                    // Two columns on is one lane on; loads, most of which cross a cache line, take longer.
                    x[v] = even[c][v] = vec_shift_in(even[c][v], even[c][v + 1]);
                    odd[c][v] = vec_shift_in(odd[c][v], odd[c][v + 1]);
#endif
                } else {
                    const vec a = partial && (f.edge != EDGE_OUTER || v == 0) ? load_strip(p, column, row.width, open)
                                                                              : vec_load(p);
                    const int outer = f.edge != EDGE_OUTER || v == f.vectors - 1;
                    const vec b =
                        partial && outer ? load_strip(p + VL, column + VL, row.width, open) : vec_load(p + VL);
                    x[v] = even[c][v] = every_second(a, b, 0, sorted);
                    odd[c][v] = every_second(a, b, 1, sorted);
                }
            }
            for (int i = live - 1; i >= 0; i--) {
                const int ky = f.stride * i + phase;
                if (ky >= f.kernel) continue;
                const vec w = is_held(f, ky) ? held[c][ky * f.kernel + kx]
                                             : vec_set1(weights[(c * f.kernel + ky) * f.kernel + kx]);
                for (int v = 0; v < f.vectors; v++) {
                    sum[i][c][v] = vec_fma(w, x[v], sum[i][c][v]);
                }
            }
        }
    }
}

CK_INLINE void compute_strip(const ck_task *task, const strip *given, const strip_shape f) {
    const ck_geometry *g = task->geometry;
    // Copies, since a vector store may alias anything: fields read through a pointer would be read again each row, and
    // the masks of the edges computed again.
    const strip copy = *given, *const s = &copy;
    const ck_range rows = task->part.rows;
    const ptrdiff_t width = g->in_width, height = g->in_height, pad_top = g->pad_top;
    const ptrdiff_t input_row = g->in_row_stride, output_row = g->out_row_stride, next_output = g->out_channel_stride;
    const ptrdiff_t tail = s->columns - (f.vectors - 1) * VL;
    const vec low = vec_set1(activation_low(task)), high = vec_set1(activation_high(task));
    const int live = (f.kernel + f.stride - 1) / f.stride, taps = f.kernel * f.kernel;
    // Every row but the first and the last has rows before and behind it in memory: what reaches over its ends can be
    // read and dropped, which on AVX2 costs less than a masked load.
    const int at_large =
        input_row == width && s->column >= -width && s->column + f.kernel + f.stride * f.vectors * VL <= 2 * width;
    // A whole vector may be stored over the end of a row where the next row comes after it in memory and in time.
    const int over = f.edge && s->overlap && f.vectors * VL <= 2 * s->columns;

    for (ptrdiff_t channel = s->channels.begin; channel < s->channels.end; channel += f.channels) {
        const ptrdiff_t from = channel / g->out_channels;
        const ptrdiff_t next_input = ((channel + 1) / g->out_channels - from) * g->in_channel_stride;
        const float *input = s->input + from * g->in_channel_stride;
        const ptrdiff_t offset = channel * next_output;
        const float *weights = task->weights + channel * taps;
        // Output rows in the making: sum[i] is the row that began i steps ago.
        strip_sums sum;
        strip_weights held;
        vec bias[2];
        for (int c = 0; c < f.channels; c++) {
            bias[c] = vec_set1(task->epilogue.bias ? task->epilogue.bias[channel + c] : 0);
            for (int i = 0; i < live * f.vectors; i++) {
                sum[i / f.vectors][c][i % f.vectors] = vec_zero();
            }
            for (int i = 0; f.kernel <= 5 && i < taps; i++) {
                if (is_held(f, i / f.kernel)) held[c][i] = vec_set1(weights[c * taps + i]);
            }
        }
        for (ptrdiff_t step = rows.begin; step < rows.end + live - 1; step++) {
            for (int phase = 0; phase < f.stride; phase++) {
                const ptrdiff_t y = step * f.stride + phase - pad_top;
                if (y < 0 || y >= height) continue;
                // Keeps the compiler from hoisting more broadcasts out of the loop than there are registers for.
                __asm__("" : "+r"(weights));
                const strip_row row = {input + y * input_row, s->column, width, next_input};
                if (f.edge && STRIP_OPEN && at_large && y > 0 && y < height - 1) {
                    add_row(sum, held, row, weights, f, phase, 1);
                } else {
                    add_row(sum, held, row, weights, f, phase, 0);
                }
            }
            const ptrdiff_t done = step - (live - 1);
            for (int c = 0; done >= rows.begin && c < f.channels; c++) {
                const ptrdiff_t at = offset + done * output_row + c * next_output;
                for (int v = 0; v < f.vectors; v++) {
                    const int partial = f.edge && v == f.vectors - 1 && !(over && done + 1 < rows.end);
                    const vec complete = sum[live - 1][c][v];
                    vec y = vec_add(f.stride == 2 && !is_sorted(f) ? vec_sorted(complete) : complete, bias[c]);
                    if (s->residual) {
                        const float *residual = s->residual + at + v * VL;
                        y = vec_add(y, partial ? vec_load_lanes(residual, 0, tail) : vec_load(residual));
                    }
                    y = vec_min(high, vec_max(low, y));
                    if (partial) {
                        vec_store_first(s->output + at + v * VL, y, tail);
                    } else {
                        vec_store(s->output + at + v * VL, y);
                    }
                }
            }
            begin_next(sum, live, f.vectors, f.channels);
        }
    }
}

/// The functions of one kernel and stride.
typedef struct strip_kernel {
    int kernel, stride, vectors;
    strip_function *inner[STRIP_VECTORS]; ///< 1, 2, ... whole vectors inside the row
    strip_function *edge[STRIP_VECTORS];  ///< 1, 2, ... vectors
    strip_function
        *outer; ///< two vectors whose outer input alone may reach over the ends, where masks are many; or NULL
    strip_function *pair;   ///< one vector of two channels
    strip_function *halves; ///< up to half a vector of two channels each; NULL where there are no halves
} strip_kernel;

#ifdef HALVES
#    include "depthwise/depthwise_halves.h"
#endif

#define STRIP_TAPS 3
#define STRIP_STRIDE 1
#define STRIP_MOST STRIP_K3S1
#include "depthwise/depthwise_strip_kernel.h"
#define STRIP_TAPS 5
#define STRIP_STRIDE 1
#define STRIP_MOST STRIP_K5S1
#include "depthwise/depthwise_strip_kernel.h"
#define STRIP_TAPS 7
#define STRIP_STRIDE 1
#define STRIP_MOST STRIP_K7S1
#include "depthwise/depthwise_strip_kernel.h"
#define STRIP_TAPS 3
#define STRIP_STRIDE 2
#define STRIP_MOST STRIP_K3S2
#include "depthwise/depthwise_strip_kernel.h"
#define STRIP_TAPS 5
#define STRIP_STRIDE 2
#define STRIP_MOST STRIP_K5S2
#include "depthwise/depthwise_strip_kernel.h"

static const strip_kernel *const strip_kernels[] = {&strips_3_1, &strips_5_1, &strips_7_1, &strips_3_2, &strips_5_2};

static const strip_kernel *find_strips(const ck_geometry *g) {
    for (size_t i = 0; i < sizeof strip_kernels / sizeof strip_kernels[0]; i++) {
        const strip_kernel *k = strip_kernels[i];
        if (has_neighbours(g) && g->kernel_height == k->kernel && g->kernel_width == k->kernel &&
            g->stride_height == k->stride && g->stride_width == k->stride && g->dilation_height == 1 &&
            g->dilation_width == 1) {
            return k;
        }
    }
    return NULL;
}

static void call_strip(const ck_task *task, strip_function *function, const strip *s) {
    const ck_geometry *g = task->geometry;
    function(task, s);
    if (task->epilogue.activation == CK_ACTIVATION_CLAMP) return;
    for (ptrdiff_t c = s->channels.begin; c < s->channels.end; c++) {
        for (ptrdiff_t y = task->part.rows.begin; y < task->part.rows.end; y++) {
            activate_line(s->output + c * g->out_channel_stride + y * g->out_row_stride, s->columns, task);
        }
    }
}

// Columns at the end of a row that are left to halves: all of a narrow plane, or what is over where a vector takes so
// many multiplications that half of them pay for the second pass.
static ptrdiff_t half_columns(const strip_kernel *kernel, ck_range columns) {
#ifdef HALVES
    const ptrdiff_t count = columns.end - columns.begin, tail = count % VL;
    return tail <= HALF && (count == tail || (kernel->kernel > 3 && kernel->stride == 1)) ? tail : 0;
#else
    (void)kernel, (void)columns;
    return 0;
#endif
}

// All of the part's columns, strip after strip, of channels of finite weights.
static void run_strips(const ck_task *task, const strip_kernel *kernel, ptrdiff_t image, ck_range channels) {
    const ck_geometry *g = task->geometry;
    const ck_range columns = task->part.columns;
    ptrdiff_t vectors = (columns.end - columns.begin - half_columns(kernel, columns) + VL - 1) / VL;
    for (ptrdiff_t x = columns.begin; x < columns.end;) {
        const ptrdiff_t strips = (vectors + kernel->vectors - 1) / kernel->vectors;
        ptrdiff_t take = strips > 0 ? (vectors + strips - 1) / strips : 0;
        const ptrdiff_t column = x * kernel->stride - g->pad_left, step = kernel->stride * VL;
        // Whether all vectors but the first and the last lie inside the row.
        const ptrdiff_t last = column + kernel->kernel - 1 + (take - 1) * step;
        if (take > 2 && (column + step < 0 || last > g->in_width)) take = 2;
        const ptrdiff_t at = image * g->out_image_stride + x;
        strip s = {
            .input = task->input + image * g->in_image_stride + column,
            .residual = task->epilogue.residual ? task->epilogue.residual + at : NULL,
            .output = task->output + at,
            .channels = channels,
            .column = column,
            .columns = take > 0 ? smaller(take * VL, columns.end - x) : columns.end - x,
        };
        if (take == 0) {
            call_strip(task, kernel->halves, &s);
            return;
        }
        s.overlap = s.columns == g->out_row_stride && !task->epilogue.residual;
        const int inside =
            s.columns == take * VL && column >= 0 && column + kernel->kernel - 1 + take * step <= g->in_width;
        if (take == 1 && !inside) {
            s.channels.end -= (channels.end - channels.begin) % 2;
            call_strip(task, kernel->pair, &s);
            s.channels = (ck_range){s.channels.end, channels.end};
        }
        strip_function *function = (inside ? kernel->inner : kernel->edge)[take - 1];
        if (!inside && take == 2 && kernel->outer && column + VL >= 0 &&
            column + (kernel->stride + 1) * VL + kernel->kernel - 1 <= g->in_width) {
            function = kernel->outer;
        }
        call_strip(task, function, &s);
        x += take * VL;
        vectors -= take;
    }
}

static int strips_apply(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel;
    return find_strips(g) != NULL;
}

// What does not go by whole vectors of planes goes by strips as well, so their plan begins as this one.
typedef struct strip_plan {
    const strip_kernel *strips;
} strip_plan;

static ptrdiff_t strip_plan_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel, (void)g;
    return sizeof(strip_plan);
}

static void make_strip_plan(const ck_kernel *kernel, const ck_geometry *g, void *plan) {
    (void)kernel;
    ((strip_plan *)plan)->strips = find_strips(g);
}

// Some channels, lines computing those whose weights are not finite. Channels whose columns are one strip go together;
// of wider images one after the other, which reads a plane once, or two where halves want two.
static void run_strip_channels(const ck_task *task, const strip_kernel *strips, ck_range channels) {
    const ck_range images = task->part.images, columns = task->part.columns;
    const int together = columns.end - columns.begin <= strips->vectors * VL;
    const ptrdiff_t most = together ? PTRDIFF_MAX : half_columns(strips, columns) > 0 ? 2 : 1;
    for (ptrdiff_t image = images.begin; image < images.end; image++) {
        for (ptrdiff_t c = channels.begin, end; c < channels.end; c = end) {
            end = finite_end(task, (ck_range){c, channels.end - c > most ? c + most : channels.end});
            if (end > c) {
                run_strips(task, strips, image, (ck_range){c, end});
            } else {
                run_lines(task, image, end++);
            }
        }
    }
}

static void run_by_strips(const ck_task *task) {
    run_strip_channels(task, ((const strip_plan *)task->plan)->strips, task->channels);
}

#endif
