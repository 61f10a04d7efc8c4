// SPDX-License-Identifier: Apache-2.0
//
// Depthwise planes: small planes, of which a row does not fill a vector. VL channels at a time are brought into lanes,
// computed pixel by pixel, and brought back: no lane is idle, no tap on padding is computed, and no vector of input has
// to be brought into place. As the pixels of a plane follow each other, it does not matter to the transposition where a
// row ends.
//
// Sums are in the order of strips: row after row of taps, column after column. Taps on padding are skipped, so weights
// need not be finite.

#ifndef CK_DEPTHWISE_PLANES_H
#define CK_DEPTHWISE_PLANES_H

/// Pixels of input and of output that are in lanes, and output columns that are computed together, at most.
enum { PLANE_INPUT = 400, PLANE_OUTPUT = 200, PLANE_COLUMNS = 8 };

/// VL channels of one image, in lanes: [pixel][VL], and the weights [tap][VL]. In the scratch.
typedef struct plane_lanes {
    _Alignas(64) float weights[STRIP_KERNEL * STRIP_KERNEL * VL];
    _Alignas(64) float input[PLANE_INPUT * VL];
    // Rows that are narrower than the columns that are computed together are written over their end.
    _Alignas(64) float output[(PLANE_OUTPUT + PLANE_COLUMNS) * VL];
} plane_lanes;

// All columns of `rows`, whose input from row `first` on is in lanes. `kernel`, `stride` and `columns` are constants
// wherever this is inlined.
CK_INLINE void compute_plane(const ck_task *task, plane_lanes *lanes, vec bias, ck_range rows, ptrdiff_t first,
                             const int kernel, const int stride, const int columns) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t width = g->in_width, out_width = g->out_width, pad = g->pad_left;
    const vec low = vec_set1(task->epilogue.residual ? -__builtin_inff() : activation_low(task));
    const vec high = vec_set1(task->epilogue.residual ? __builtin_inff() : activation_high(task));
    // Pointers: the first tap of a row may be in front of the array.
    const float *const input = lanes->input, *const first_weights = lanes->weights;
    float *to = lanes->output;
    for (ptrdiff_t y = rows.begin; y < rows.end; y++, to += out_width * VL) {
        const ptrdiff_t top = y * stride - g->pad_top;
        const ck_range ky = taps_inside(top, 1, kernel, g->in_height);
        for (ptrdiff_t next = 0; next < out_width; next += columns) {
            const ptrdiff_t x = larger(0, smaller(next, out_width - columns));
            const ptrdiff_t left = pad - x * stride, right = width + left;
            const float *row = input + ((top + ky.begin - first) * width - left) * VL;
            const float *weights = first_weights + ky.begin * kernel * VL;
            vec sum[PLANE_COLUMNS];
            for (int i = 0; i < columns; i++) {
                sum[i] = vec_zero();
            }
            for (ptrdiff_t r = ky.begin; r < ky.end; r++, row += width * VL, weights += kernel * VL) {
                vec w[STRIP_KERNEL];
                for (int k = 0; k < kernel; k++) {
                    w[k] = vec_load(weights + k * VL);
                }
#pragma clang loop unroll(full)
                for (int j = 0; j < (columns - 1) * stride + kernel; j++) {
                    if (j < left || j >= right) continue;
                    const vec v = vec_load(row + j * VL);
#pragma clang loop unroll(full)
                    for (int i = 0; i < columns; i++) {
                        const int k = j - i * stride;
                        if (k >= 0 && k < kernel) sum[i] = vec_fma(w[k], v, sum[i]);
                    }
                }
            }
            for (int i = 0; i < columns; i++) {
                vec_store(to + (x + i) * VL, vec_min(high, vec_max(low, vec_add(sum[i], bias))));
            }
        }
    }
}

typedef struct plane_kernel {
    int kernel, stride;
    ptrdiff_t columns;
    void (*compute)(const ck_task *task, plane_lanes *lanes, vec bias, ck_range rows, ptrdiff_t first);
} plane_kernel;

#define CK_PLANES(k, s, columns)                                                                                       \
    static void planes_##k##_##s##_##columns(const ck_task *task, plane_lanes *lanes, vec bias, ck_range rows,         \
                                             ptrdiff_t first) {                                                        \
        compute_plane(task, lanes, bias, rows, first, k, s, columns);                                                  \
    }
#define CK_PLANES_OF(k, s) CK_PLANES(k, s, 5) CK_PLANES(k, s, 7) CK_PLANES(k, s, 8)
#define CK_PLANES_ENTRY(k, s)                                                                                          \
    {k, s, 5, planes_##k##_##s##_5}, {k, s, 7, planes_##k##_##s##_7}, {                                                \
        k, s, 8, planes_##k##_##s##_8                                                                                  \
    }

CK_PLANES_OF(3, 1)
CK_PLANES_OF(5, 1)
CK_PLANES_OF(7, 1)
CK_PLANES_OF(3, 2)
CK_PLANES_OF(5, 2)

static const plane_kernel plane_kernels[] = {
    CK_PLANES_ENTRY(3, 1), CK_PLANES_ENTRY(5, 1), CK_PLANES_ENTRY(7, 1), CK_PLANES_ENTRY(3, 2), CK_PLANES_ENTRY(5, 2),
};

// The most rows of output that are in lanes at a time.
static ptrdiff_t plane_rows(const ck_geometry *g) {
    const ptrdiff_t out_rows = PLANE_OUTPUT / g->out_width, in_rows = PLANE_INPUT / g->in_width;
    if (in_rows >= g->in_height) return out_rows;
    return in_rows < g->kernel_height ? 0 : smaller(out_rows, (in_rows - g->kernel_height) / g->stride_height + 1);
}

// The kernel for the geometry that computes the fewest columns, if there is one.
static const plane_kernel *find_planes(const ck_geometry *g) {
    if (!has_neighbours(g) || g->dilation_height != 1 || g->dilation_width != 1 || g->out_channels != 1 ||
        g->in_row_stride != g->in_width || g->out_row_stride != g->out_width || g->in_width < 4 || g->out_width < 4 ||
        plane_rows(g) < 1) {
        return NULL;
    }
    const plane_kernel *best = NULL;
    for (size_t i = 0; i < sizeof plane_kernels / sizeof plane_kernels[0]; i++) {
        const plane_kernel *k = &plane_kernels[i];
        if (k->kernel == g->kernel_height && k->kernel == g->kernel_width && k->stride == g->stride_height &&
            k->stride == g->stride_width &&
            (!best || round_up(g->out_width, k->columns) <= round_up(g->out_width, best->columns))) {
            best = k;
        }
    }
    return best;
}

// Channels `channel` ..< `channel` + VL of one image, whose weights are in lanes, `height` rows at a time.
static void run_plane(const ck_task *task, const plane_kernel *kernel, plane_lanes *lanes, ptrdiff_t height,
                      ptrdiff_t image, ptrdiff_t channel) {
    const ck_geometry *g = task->geometry;
    const ck_range part = task->part.rows;
    const ptrdiff_t stride = kernel->stride;
    const float *input = task->input + image * g->in_image_stride + channel * g->in_channel_stride;
    const ptrdiff_t output = image * g->out_image_stride + channel * g->out_channel_stride;
    const vec bias = task->epilogue.bias ? vec_load(task->epilogue.bias + channel) : vec_zero();
    for (ptrdiff_t y = part.begin; y < part.end; y += height) {
        const ck_range rows = {y, smaller(y + height, part.end)};
        const ptrdiff_t first = larger(0, y * stride - g->pad_top);
        const ptrdiff_t end = smaller(g->in_height, (rows.end - 1) * stride - g->pad_top + kernel->kernel);
        const ptrdiff_t at = output + y * g->out_width, count = (rows.end - y) * g->out_width;
        if (first < end) {
            gather_lanes(lanes->input, input + first * g->in_width, g->in_channel_stride, (end - first) * g->in_width);
        }
        kernel->compute(task, lanes, bias, rows, first);
        if (task->epilogue.residual)
            add_residual(task, lanes->output, task->epilogue.residual + at, g->out_channel_stride, count);
        scatter_lanes(task->output + at, lanes->output, g->out_channel_stride, count);
        if (task->epilogue.activation == CK_ACTIVATION_CLAMP) continue;
        for (ptrdiff_t c = 0; c < VL; c++) {
            activate_line(task->output + at + c * g->out_channel_stride, count, task);
        }
    }
}

static int planes_apply(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel;
    return find_planes(g) != NULL;
}

/// What strips keep, for the channels that are left, and the rows in lanes at a time.
typedef struct plane_plan {
    strip_plan rest;
    const plane_kernel *planes;
    ptrdiff_t rows;
} plane_plan;

static ptrdiff_t plane_plan_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel, (void)g;
    return sizeof(plane_plan);
}

static void make_plane_plan(const ck_kernel *kernel, const ck_geometry *g, void *plan) {
    plane_plan *p = plan;
    make_strip_plan(kernel, g, &p->rest);
    p->planes = find_planes(g);
    p->rows = plane_rows(g);
}

static void count_planes(const ck_kernel *kernel, const ck_geometry *g, ck_depthwise_work *work) {
    (void)kernel;
    const ptrdiff_t rows = smaller(PLANE_INPUT / g->in_width, g->in_height);
    *work = (ck_depthwise_work){
        .outputs = (double)(plane_rows(g) * g->out_width),
        .copied = (double)(rows * g->in_width),
    };
}

static ptrdiff_t plane_scratch_bytes(const ck_kernel *kernel, const ck_geometry *g, const ck_region *part) {
    (void)kernel, (void)g, (void)part;
    return sizeof(plane_lanes);
}

// Channels from the first on go by planes: all that there are, or, where a residual must not be added twice, whole
// vectors of them. Strips, whose sums are the same, compute the others, and parts of rows.
static void run_by_planes(const ck_task *task) {
    const plane_plan *p = task->plan;
    const ck_region part = task->part;
    const ck_range channels = task->channels;
    const ptrdiff_t count = channels.end - channels.begin, rows = part.rows.end - part.rows.begin;
    if (count < VL || rows < 1 || part.columns.end - part.columns.begin != task->geometry->out_width) {
        run_strip_channels(task, p->rest.strips, channels);
        return;
    }
    const ptrdiff_t done = task->epilogue.residual ? count / VL * VL : count;
    const ptrdiff_t bands = (rows + p->rows - 1) / p->rows;
    const ptrdiff_t taps = p->planes->kernel * p->planes->kernel;
    plane_lanes *const lanes = (plane_lanes *)task->scratch;
    for (ptrdiff_t c = 0; c < done; c += VL) {
        const ptrdiff_t channel = channels.begin + smaller(c, done - VL);
        gather_lanes(lanes->weights, task->weights + channel * taps, taps, taps);
        for (ptrdiff_t image = part.images.begin; image < part.images.end; image++) {
            run_plane(task, p->planes, lanes, (rows + bands - 1) / bands, image, channel);
        }
    }
    run_strip_channels(task, p->rest.strips, (ck_range){channels.begin + done, channels.end});
}

#endif
