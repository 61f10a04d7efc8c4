// SPDX-License-Identifier: Apache-2.0
//
// Depthwise lines: any kernel, stride and dilation where the pixels of a row are neighbours (NCHW). A few vectors of
// an output row at a time, one broadcast weight for all of them.

#ifndef CK_DEPTHWISE_LINE_H
#define CK_DEPTHWISE_LINE_H

// Whether the pixels of a row are neighbours, as all bodies but those of channels want them.
static int has_neighbours(const ck_geometry *g) {
    return g->in_pixel_stride == 1 && g->out_pixel_stride == 1;
}

/// One output row, or a piece of it, of one channel.
typedef struct line {
    const ck_task *task;
    const float *input;   ///< the row of the first tap, column 0; the row may lie in the padding
    const float *weights; ///< the channel's
    ck_range kernel_rows; ///< those that see a row of the input
    float bias;
    const float *residual; ///< column 0 of the row, or NULL
    float *output;         ///< column 0 of the row
} line;

// VL floats at p, p + stride, p + 2 stride, ...
CK_INLINE vec load_strided(const float *p, ptrdiff_t stride) {
    float lane[VL];
    for (int i = 0; i < VL; i++) {
        lane[i] = p[i * stride];
    }
    return vec_load(lane);
}

// Every second of 2 VL floats.
CK_INLINE vec load_even(const float *p) {
    vec even, odd;
    vec_deinterleave(vec_load(p), vec_load(p + VL), &even, &odd);
    return even;
}

CK_INLINE void store_line(const line *l, ptrdiff_t x, vec sum, ptrdiff_t lanes) {
    vec y = vec_add(sum, vec_set1(l->bias));
    if (l->residual) {
        y = vec_add(y, lanes == VL ? vec_load(l->residual + x) : vec_load_lanes(l->residual + x, 0, lanes));
    }
    y = vec_activate(y, l->task);
    if (lanes == VL) {
        vec_store(l->output + x, y);
    } else {
        vec_store_lanes(l->output + x, y, 0, lanes);
    }
}

// Output columns x ..< x + vectors * VL, all of whose taps lie inside the row. `vectors` and `stride` (1, 2, or 0 for
// what the geometry says) are constants.
CK_INLINE void compute_line(const line *l, ptrdiff_t x, const int vectors, const int stride) {
    const ck_geometry *g = l->task->geometry;
    const ptrdiff_t step = stride ? stride : g->stride_width;
    const float *first = l->input + x * step - g->pad_left;
    vec sum[8];
    for (int v = 0; v < vectors; v++) {
        sum[v] = vec_zero();
    }
    for (ptrdiff_t ky = l->kernel_rows.begin; ky < l->kernel_rows.end; ky++) {
        const float *w = l->weights + ky * g->kernel_width;
        const float *p = first + ky * g->dilation_height * g->in_row_stride;
        for (ptrdiff_t kx = 0; kx < g->kernel_width; kx++, p += g->dilation_width) {
            const vec weight = vec_set1(w[kx]);
            for (int v = 0; v < vectors; v++) {
                const float *q = p + v * VL * step;
                const vec value = stride == 1 ? vec_load(q) : stride == 2 ? load_even(q) : load_strided(q, step);
                sum[v] = vec_fma(weight, value, sum[v]);
            }
        }
    }
    for (int v = 0; v < vectors; v++) {
        store_line(l, x + v * VL, sum[v], VL);
    }
}

static void compute_line_8_1(const line *l, ptrdiff_t x) {
    compute_line(l, x, 8, 1);
}
static void compute_line_4_1(const line *l, ptrdiff_t x) {
    compute_line(l, x, 4, 1);
}
static void compute_line_2_1(const line *l, ptrdiff_t x) {
    compute_line(l, x, 2, 1);
}
static void compute_line_1_1(const line *l, ptrdiff_t x) {
    compute_line(l, x, 1, 1);
}
static void compute_line_4_2(const line *l, ptrdiff_t x) {
    compute_line(l, x, 4, 2);
}
static void compute_line_1_2(const line *l, ptrdiff_t x) {
    compute_line(l, x, 1, 2);
}
static void compute_line_4_n(const line *l, ptrdiff_t x) {
    compute_line(l, x, 4, 0);
}
static void compute_line_1_n(const line *l, ptrdiff_t x) {
    compute_line(l, x, 1, 0);
}

// One vector at either end of the row, `lanes` output columns of it. Where a tap falls into the padding both its weight
// and its value become zero. Subtracting the product with the negated weight leaves a sum of -0 alone, as skipping
// does.
static void compute_line_end(const line *l, ptrdiff_t x, ptrdiff_t lanes) {
    const ck_geometry *g = l->task->geometry;
    const ptrdiff_t stride = g->stride_width;
    vec sum = vec_zero();
    for (ptrdiff_t ky = l->kernel_rows.begin; ky < l->kernel_rows.end; ky++) {
        const float *row = l->input + ky * g->dilation_height * g->in_row_stride;
        for (ptrdiff_t kx = 0; kx < g->kernel_width; kx++) {
            const ptrdiff_t column = x * stride + kx * g->dilation_width - g->pad_left;
            const ck_range inside = taps_inside(column, stride, lanes, g->in_width);
            if (inside.begin >= inside.end) continue;
            float weight[VL], value[VL] = {0};
            vec_store(weight, vec_set1(-l->weights[ky * g->kernel_width + kx]));
            if (stride > 1) {
                for (ptrdiff_t i = inside.begin; i < inside.end; i++) {
                    value[i] = row[column + i * stride];
                }
            }
            const vec v = stride > 1 ? vec_load(value) : vec_load_lanes(row + column, inside.begin, inside.end);
            sum = vec_fnma(vec_load_lanes(weight, inside.begin, inside.end), v, sum);
        }
    }
    store_line(l, x, sum, lanes);
}

typedef void line_function(const line *l, ptrdiff_t x);

static const struct line_step {
    ptrdiff_t stride, vectors; ///< stride 0: any
    line_function *compute;
} line_steps[] = {
    {1, 8, compute_line_8_1}, {1, 4, compute_line_4_1}, {1, 2, compute_line_2_1}, {1, 1, compute_line_1_1},
    {2, 4, compute_line_4_2}, {2, 1, compute_line_1_2}, {0, 4, compute_line_4_n}, {0, 1, compute_line_1_n},
};

static void run_lines(const ck_task *task, ptrdiff_t image, ptrdiff_t channel) {
    const ck_geometry *g = task->geometry;
    const ck_region part = task->part;
    const ptrdiff_t offset = image * g->out_image_stride + channel * g->out_channel_stride;
    line l = {
        .task = task,
        .weights = task->weights + channel * g->kernel_height * g->kernel_width,
        .bias = task->epilogue.bias ? task->epilogue.bias[channel] : 0,
    };
    const float *plane = task->input + image * g->in_image_stride + channel / g->out_channels * g->in_channel_stride;
    const size_t steps = sizeof line_steps / sizeof line_steps[0];
    const ptrdiff_t stride = g->stride_width;
    // load_even reads one float beyond the last that it needs.
    const ptrdiff_t reach = (g->kernel_width - 1) * g->dilation_width + (stride == 2);
    for (ptrdiff_t y = part.rows.begin; y < part.rows.end; y++) {
        const ptrdiff_t top = y * g->stride_height - g->pad_top;
        l.kernel_rows = taps_inside(top, g->dilation_height, g->kernel_height, g->in_height);
        l.input = plane + top * g->in_row_stride;
        l.output = task->output + offset + y * g->out_row_stride;
        l.residual = task->epilogue.residual ? task->epilogue.residual + offset + y * g->out_row_stride : NULL;
        for (ptrdiff_t x = part.columns.begin; x < part.columns.end;) {
            const ptrdiff_t column = x * stride - g->pad_left;
            size_t i = 0;
            for (; column >= 0 && i < steps; i++) {
                const struct line_step *step = &line_steps[i];
                const ptrdiff_t columns = step->vectors * VL;
                if ((step->stride == stride || (step->stride == 0 && stride > 2)) && x + columns <= part.columns.end &&
                    column + (columns - 1) * stride + reach < g->in_width) {
                    break;
                }
            }
            if (column >= 0 && i < steps) {
                line_steps[i].compute(&l, x);
                x += line_steps[i].vectors * VL;
            } else {
                compute_line_end(&l, x, smaller(VL, part.columns.end - x));
                x += VL;
            }
        }
    }
}

static int lines_apply(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel;
    return has_neighbours(g);
}

static void run_by_lines(const ck_task *task) {
    const ck_range images = task->part.images, channels = task->channels;
    for (ptrdiff_t image = images.begin; image < images.end; image++) {
        for (ptrdiff_t c = channels.begin; c < channels.end; c++) {
            run_lines(task, image, c);
        }
    }
}

#endif
