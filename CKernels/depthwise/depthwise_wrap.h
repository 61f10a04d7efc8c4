// SPDX-License-Identifier: Apache-2.0
//
// Depthwise wraps: K x K kernels with dilation and stride 1, where rows of the output are as long as those of the input
// and follow each other in memory. As many rows as the dilation are one long row, a band: a tap one row of the kernel
// down reads the next band, and vectors run on from the end of a row to the next. Strips of a few vectors run down the
// bands. Lanes whose tap falls beside the row that it reads are masked, and so are those behind the band.
//
// Sums are in the order of strips: row after row of taps, column after column. Lines share it.

#ifndef CK_DEPTHWISE_WRAP_H
#define CK_DEPTHWISE_WRAP_H

enum { MOST_MASKS = 1024 };

/// A plane as bands, and the lanes that read inside their row and band, for each vector of a band and tap of a row: the
/// plan.
typedef struct wrap_plan {
    const struct wrap_kernel *kernel;
    ptrdiff_t vectors;   ///< of a band
    ptrdiff_t period;    ///< floats of a band
    ptrdiff_t pad, high; ///< bands above the input, and of the input
    vec_mask masks[MOST_MASKS];
    vec_mask last[MOST_MASKS]; ///< of the last band of the input, which may be short
} wrap_plan;

/// A strip of some channels of one image.
typedef struct wrap {
    const wrap_plan *plan;
    const float *input; ///< input channel 0, the first output column, as far left as the first tap
    ptrdiff_t offset;   ///< of output channel 0, first column
    ptrdiff_t x;        ///< the first column in the band
    ck_range channels;  ///< output channels, all of finite weights
} wrap;

typedef void wrap_function(const ck_task *task, const wrap *s);

// `lanes` of a vector of output at `at`.
CK_INLINE void store_wrap(const ck_task *task, ptrdiff_t at, vec y, ck_range lanes, vec low, vec high) {
    const int whole = lanes.end - lanes.begin == VL;
    if (task->epilogue.residual) y = vec_add(y, vec_load_lanes(task->epilogue.residual + at, lanes.begin, lanes.end));
    y = vec_min(high, vec_max(low, y));
    if (whole) {
        vec_store(task->output + at, y);
    } else {
        vec_store_lanes(task->output + at, y, lanes.begin, lanes.end);
    }
}

// The bands of input that `vectors` from column x on read without a lane outside the plane; never the last.
static ck_range uncut_bands(const ck_geometry *g, const wrap_plan *p, ptrdiff_t x, ptrdiff_t vectors) {
    const ptrdiff_t first = x - g->pad_left, last = first + (g->kernel_width - 1) * g->dilation_width + vectors * VL;
    const ptrdiff_t size = g->in_height * g->in_width;
    ck_range bands = {0, p->high - 1};
    while (bands.begin < bands.end && bands.begin * p->period + first < 0) {
        bands.begin++;
    }
    while (bands.begin < bands.end && (bands.end - 1) * p->period + last > size) {
        bands.end--;
    }
    return bands;
}

/// What distinguishes the functions of wraps, constants wherever they are inlined.
typedef struct wrap_shape {
    int kernel, vectors, channels;
} wrap_shape;

/// A band of input, as the first tap of a strip reads it.
typedef struct wrap_row {
    const float *at;
    const vec_mask *masks; ///< for each vector and tap of a row of the kernel
    ptrdiff_t dilation;
    ptrdiff_t next_input; ///< floats to the input of the next output channel
} wrap_row;

// Adds a band of input to the sums. Masked multiplications cost nothing, masked loads a fifth; `cut`, a constant, tells
// that there may be masked lanes that must not be read.
CK_INLINE void add_band(strip_sums sum, const strip_weights held, const wrap_row row, const float *weights,
                        const wrap_shape f, const int cut) {
    const int hoist = STRIP_HOIST(f.kernel, f.vectors);
    const float *at = row.at;
#pragma clang loop unroll(full)
    for (int kx = 0; kx < f.kernel; kx++, at += row.dilation) {
#pragma clang loop unroll(full)
        for (int c = 0; c < f.channels; c++) {
            vec x[STRIP_VECTORS];
            for (int v = 0; v < f.vectors; v++) {
                const float *p = at + c * row.next_input + v * VL;
                x[v] = cut ? vec_load_masked(p, row.masks[v * f.kernel + kx]) : vec_load(p);
            }
#pragma clang loop unroll(full)
            for (int i = f.kernel - 1; i >= 0; i--) {
                const vec w = hoist ? held[c][i * 3 + kx] : vec_set1(weights[(c * f.kernel + i) * f.kernel + kx]);
                for (int v = 0; v < f.vectors; v++) {
                    sum[i][c][v] = cut || kx == f.kernel / 2
                                       ? vec_fma(w, x[v], sum[i][c][v])
                                       : vec_fma_masked(w, x[v], sum[i][c][v], row.masks[v * f.kernel + kx]);
                }
            }
        }
    }
}

CK_INLINE void compute_wrap(const ck_task *task, const wrap *given, const wrap_shape f) {
    const int kernel = f.kernel, vectors = f.vectors, channels = f.channels;
    const ck_geometry *g = task->geometry;
    const wrap copy = *given, *const s = &copy;
    const wrap_plan *plan = s->plan;
    const ptrdiff_t width = g->out_width, period = plan->period, high_bands = plan->high, pad = plan->pad;
    const ptrdiff_t dilation = g->dilation_width;
    const ck_range part = {task->part.rows.begin * width, task->part.rows.end * width};
    const ck_range bands = {part.begin / period, (part.end + period - 1) / period};
    const vec low = vec_set1(activation_low(task)), high = vec_set1(activation_high(task));
    vec_mask masks[STRIP_VECTORS * STRIP_KERNEL];
    for (int i = 0; i < vectors * kernel; i++) {
        masks[i] = plan->masks[s->x / VL * kernel + i];
    }
    const ck_range uncut = uncut_bands(g, plan, s->x, vectors);
    const int hoist = STRIP_HOIST(kernel, vectors);

    for (ptrdiff_t channel = s->channels.begin; channel < s->channels.end; channel += channels) {
        const ptrdiff_t from = channel / g->out_channels;
        const ptrdiff_t next_input = ((channel + 1) / g->out_channels - from) * g->in_channel_stride;
        const float *input = s->input + from * g->in_channel_stride;
        const ptrdiff_t offset = s->offset + channel * g->out_channel_stride;
        const float *weights = task->weights + channel * kernel * kernel;
        // Output bands in the making: sum[i] is the band that began i steps ago.
        strip_sums sum;
        strip_weights held;
        vec bias[2];
        for (int c = 0; c < channels; c++) {
            bias[c] = vec_set1(task->epilogue.bias ? task->epilogue.bias[channel + c] : 0);
            for (int i = 0; i < kernel * vectors; i++) {
                sum[i / vectors][c][i % vectors] = vec_zero();
            }
            for (int i = 0; hoist && i < 9; i++) {
                held[c][i] = vec_set1(weights[c * 9 + i]);
            }
        }
        for (ptrdiff_t step = bands.begin; step < bands.end + kernel - 1; step++) {
            const ptrdiff_t y = step - pad;
            if (y >= 0 && y < high_bands) {
                // Keeps the compiler from hoisting more broadcasts out of the loop than there are registers for.
                __asm__("" : "+r"(weights));
                wrap_row row = {input + y * period, masks, dilation, next_input};
                if (y >= uncut.begin && y < uncut.end) {
                    add_band(sum, held, row, weights, f, 0);
                } else {
                    row.masks = (y < high_bands - 1 ? plan->masks : plan->last) + s->x / VL * kernel;
                    add_band(sum, held, row, weights, f, 1);
                }
            }
            const ptrdiff_t done = step - (kernel - 1);
            if (done >= bands.begin) {
                const int within = done * period >= part.begin && (done + 1) * period <= part.end;
                for (int c = 0; c < channels; c++) {
                    const ptrdiff_t at = offset + done * period + c * g->out_channel_stride;
                    for (int v = 0; v < vectors; v++) {
                        ck_range lanes = {0, v < vectors - 1 ? VL : smaller(VL, period - s->x - v * VL)};
                        if (!within) {
                            const ptrdiff_t first = done * period + s->x + v * VL;
                            lanes.begin = larger(0, smaller(VL, part.begin - first));
                            lanes.end = smaller(lanes.end, larger(lanes.begin, part.end - first));
                        }
                        if (lanes.begin >= lanes.end) continue;
                        store_wrap(task, at + v * VL, vec_add(sum[kernel - 1][c][v], bias[c]), lanes, low, high);
                    }
                }
            }
            begin_next(sum, kernel, vectors, channels);
        }
    }
}

typedef struct wrap_kernel {
    int kernel, vectors;
    wrap_function *strips[STRIP_VECTORS]; ///< 1, 2, ... vectors
    wrap_function *pair;                  ///< one vector of two channels
} wrap_kernel;

#define CK_WRAP_FUNCTION(k, vectors, channels)                                                                         \
    static void wrap_##k##_##vectors##x##channels(const ck_task *task, const wrap *s) {                                \
        compute_wrap(task, s, (wrap_shape){k, vectors, channels});                                                     \
    }

CK_WRAP_FUNCTION(3, 1, 1)
CK_WRAP_FUNCTION(3, 2, 1)
CK_WRAP_FUNCTION(3, 3, 1)
CK_WRAP_FUNCTION(3, 4, 1)
CK_WRAP_FUNCTION(3, 5, 1) // 15 + 5 + 9, and three of the epilogue
CK_WRAP_FUNCTION(3, 1, 2)
CK_WRAP_FUNCTION(5, 1, 1)
CK_WRAP_FUNCTION(5, 2, 1)
CK_WRAP_FUNCTION(5, 3, 1)
CK_WRAP_FUNCTION(5, 4, 1)
CK_WRAP_FUNCTION(5, 1, 2)
CK_WRAP_FUNCTION(7, 1, 1)
CK_WRAP_FUNCTION(7, 2, 1)
CK_WRAP_FUNCTION(7, 3, 1)
CK_WRAP_FUNCTION(7, 1, 2)

static const wrap_kernel wrap_kernels[] = {
    {3, 5, {wrap_3_1x1, wrap_3_2x1, wrap_3_3x1, wrap_3_4x1, wrap_3_5x1}, wrap_3_1x2},
    {5, 4, {wrap_5_1x1, wrap_5_2x1, wrap_5_3x1, wrap_5_4x1}, wrap_5_1x2},
    {7, 3, {wrap_7_1x1, wrap_7_2x1, wrap_7_3x1}, wrap_7_1x2},
};

// For each vector of a band, and each tap of a row, the lanes that read inside the row, of `count` floats of the band.
static void list_masks(const ck_geometry *g, ptrdiff_t count, ptrdiff_t vectors, vec_mask *masks) {
    const ptrdiff_t width = g->out_width;
    for (ptrdiff_t x = 0; x < vectors * VL; x += VL) {
        for (ptrdiff_t k = 0; k < g->kernel_width; k++, masks++) {
            const ptrdiff_t shift = k * g->dilation_width - g->pad_left;
            unsigned lanes = 0;
            for (ptrdiff_t row = -(x % width); row < smaller(VL, count - x); row += width) {
                const ptrdiff_t begin = larger(0, row + larger(0, -shift));
                const ptrdiff_t end = smaller(VL, row + smaller(width, width - shift));
                if (begin < end) lanes |= ((1u << end) - 1) & ~0u << begin;
            }
            *masks = (vec_mask)lanes;
        }
    }
}

// The kernel for the geometry, if there is one.
static const wrap_kernel *find_wraps(const ck_geometry *g) {
    const ptrdiff_t width = g->out_width, dilation = g->dilation_height;
    if (!has_neighbours(g) || g->stride_height > 1 || g->stride_width > 1 ||
        (dilation == 1 && g->dilation_width == 1) || g->kernel_width != g->kernel_height || g->in_width != width ||
        g->in_row_stride != width || g->out_row_stride != width || width > MOST_MASKS || dilation > MOST_MASKS ||
        g->pad_top % dilation != 0) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof wrap_kernels / sizeof wrap_kernels[0]; i++) {
        const wrap_kernel *k = &wrap_kernels[i];
        if (k->kernel == g->kernel_width && k->kernel / 2 * g->dilation_width == g->pad_left &&
            (dilation * width + VL - 1) / VL * k->kernel <= MOST_MASKS) {
            return k;
        }
    }
    return NULL;
}

static int wraps_apply(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel;
    return find_wraps(g) != NULL;
}

static ptrdiff_t wrap_plan_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel, (void)g;
    return sizeof(wrap_plan);
}

static void make_wrap_plan(const ck_kernel *kernel, const ck_geometry *g, void *plan) {
    (void)kernel;
    wrap_plan *p = plan;
    p->kernel = find_wraps(g);
    p->period = g->dilation_height * g->out_width;
    p->vectors = (smaller(p->period, g->out_height * g->out_width) + VL - 1) / VL;
    p->pad = g->pad_top / g->dilation_height;
    p->high = (g->in_height + g->dilation_height - 1) / g->dilation_height;
    list_masks(g, p->period, p->vectors, p->masks);
    list_masks(g, g->in_height * g->out_width - (p->high - 1) * p->period, p->vectors, p->last);
}

// All bands, strip after strip, of channels of finite weights.
static void run_wraps(const ck_task *task, const wrap_plan *plan, ptrdiff_t image, ck_range channels) {
    const ck_geometry *g = task->geometry;
    const wrap_kernel *kernel = plan->kernel;
    for (ptrdiff_t left = plan->vectors, x = 0, take; left > 0; left -= take, x += take * VL) {
        const ptrdiff_t strips = (left + kernel->vectors - 1) / kernel->vectors;
        take = (left + strips - 1) / strips;
        wrap s = {
            .plan = plan,
            .input = task->input + image * g->in_image_stride + x - g->pad_left,
            .offset = image * g->out_image_stride + x,
            .x = x,
            .channels = channels,
        };
        if (take == 1) {
            s.channels.end -= (channels.end - channels.begin) % 2;
            kernel->pair(task, &s);
            s.channels = (ck_range){s.channels.end, channels.end};
        }
        kernel->strips[take - 1](task, &s);
    }
    const ptrdiff_t first = task->part.rows.begin * g->out_width, end = task->part.rows.end * g->out_width;
    for (ptrdiff_t c = channels.begin; c < channels.end; c++) {
        activate_line(task->output + image * g->out_image_stride + c * g->out_channel_stride + first, end - first,
                      task);
    }
}

// Parts of rows, and channels whose weights are not finite, go by lines. Channels whose bands are one strip go
// together, as those of strips do.
static void run_by_wraps(const ck_task *task) {
    const wrap_plan *plan = task->plan;
    const ck_region part = task->part;
    const ck_range channels = task->channels;
    if (part.columns.end - part.columns.begin != task->geometry->out_width) {
        run_by_lines(task);
        return;
    }
    const ptrdiff_t most = plan->vectors <= plan->kernel->vectors ? PTRDIFF_MAX : 1;
    for (ptrdiff_t image = part.images.begin; image < part.images.end; image++) {
        for (ptrdiff_t c = channels.begin, end; c < channels.end; c = end) {
            end = finite_end(task, (ck_range){c, channels.end - c > most ? c + most : channels.end});
            if (end > c) {
                run_wraps(task, plan, image, (ck_range){c, end});
            } else {
                run_lines(task, image, end++);
            }
        }
    }
}

#endif
