// SPDX-License-Identifier: Apache-2.0
//
// Depthwise convolution where the pixels of a row are apart: channel lanes for NHWC, and a loop over single elements
// for all other strides.

#ifndef CK_DEPTHWISE_CHANNELS_H
#define CK_DEPTHWISE_CHANNELS_H

/// Output pixels of the largest tile.
enum { BLOCK_PIXELS = 12 };

/// VL channels, or fewer.
typedef struct channel_block {
    const ck_task *task;
    ptrdiff_t channel;    ///< the first
    ptrdiff_t lanes;      ///< how many
    const float *weights; ///< [taps][VL], padded with zeros
} channel_block;

// `pixels` output pixels from `x` on, whose taps `kx` all lie inside the row. `input` is the tap at row top, column 0.
CK_INLINE void compute_pixels(const channel_block *b, const float *input, ptrdiff_t offset, ptrdiff_t x, ck_range ky,
                              ck_range kx, const int pixels, const int ragged) {
    const ck_geometry *g = b->task->geometry;
    const ptrdiff_t step = g->stride_width * g->in_pixel_stride;
    input += b->channel;
    offset += b->channel;
    vec sum[BLOCK_PIXELS];
    for (int i = 0; i < pixels; i++) {
        sum[i] = vec_zero();
    }
    for (ptrdiff_t r = ky.begin; r < ky.end; r++) {
        const float *row =
            input + r * g->dilation_height * g->in_row_stride + x * step - g->pad_left * g->in_pixel_stride;
        for (ptrdiff_t k = kx.begin; k < kx.end; k++) {
            const float *p = row + k * g->dilation_width * g->in_pixel_stride;
            const vec w = vec_load(b->weights + (r * g->kernel_width + k) * VL);
            for (int i = 0; i < pixels; i++) {
                if (i > 0 && i % 4 == 0) {
                    p += 4 * step;
                    // Otherwise the compiler steps twelve pointers, which no instruction set has registers for.
                    __asm__("" : "+r"(p));
                }
                const float *q = p + i % 4 * step;
                sum[i] = vec_fma(w, ragged ? vec_load_lanes(q, 0, b->lanes) : vec_load(q), sum[i]);
            }
        }
    }
    const ck_task *task = b->task;
    const vec bias = task->epilogue.bias ? vec_load_lanes(task->epilogue.bias + b->channel, 0, b->lanes) : vec_zero();
    const vec low = vec_set1(activation_low(task)), high = vec_set1(activation_high(task));
    offset += x * g->out_pixel_stride;
    for (int i = 0; i < pixels; i++) {
        const ptrdiff_t at = offset + i * g->out_pixel_stride;
        vec y = vec_add(sum[i], bias);
        if (task->epilogue.residual) y = vec_add(y, vec_load_lanes(task->epilogue.residual + at, 0, b->lanes));
        y = vec_min(high, vec_max(low, y));
        if (ragged) {
            vec_store_lanes(task->output + at, y, 0, b->lanes);
        } else {
            vec_store(task->output + at, y);
        }
    }
    for (int i = 0; i < pixels; i++) {
        activate_line(task->output + offset + i * g->out_pixel_stride, b->lanes, task);
    }
}

#define CK_PIXELS_FUNCTION(name, pixels, ragged)                                                                       \
    static void name(const channel_block *b, const float *input, ptrdiff_t offset, ptrdiff_t x, ck_range ky,           \
                     ck_range kx) {                                                                                    \
        compute_pixels(b, input, offset, x, ky, kx, pixels, ragged);                                                   \
    }
CK_PIXELS_FUNCTION(compute_12_whole, 12, 0)
CK_PIXELS_FUNCTION(compute_12_ragged, 12, 1)
CK_PIXELS_FUNCTION(compute_4_whole, 4, 0)
CK_PIXELS_FUNCTION(compute_4_ragged, 4, 1)
CK_PIXELS_FUNCTION(compute_1_whole, 1, 0)
CK_PIXELS_FUNCTION(compute_1_ragged, 1, 1)

static const struct pixel_step {
    ptrdiff_t pixels;
    void (*compute[2])(const channel_block *b, const float *input, ptrdiff_t offset, ptrdiff_t x, ck_range ky,
                       ck_range kx); ///< for VL channels and for fewer
} pixel_steps[] = {
    {12, {compute_12_whole, compute_12_ragged}},
    {4, {compute_4_whole, compute_4_ragged}},
    {1, {compute_1_whole, compute_1_ragged}},
};

// Channels whose transposed weights fit `weights`, pixel after pixel, so that memory is read in its order.
static void run_channels(const ck_task *task, ck_range channels, const float *weights) {
    const ck_geometry *g = task->geometry;
    const ck_region part = task->part;
    const ptrdiff_t taps = g->kernel_height * g->kernel_width;
    for (ptrdiff_t image = part.images.begin; image < part.images.end; image++) {
        for (ptrdiff_t y = part.rows.begin; y < part.rows.end; y++) {
            const ptrdiff_t top = y * g->stride_height - g->pad_top;
            const ck_range ky = taps_inside(top, g->dilation_height, g->kernel_height, g->in_height);
            const float *input = task->input + image * g->in_image_stride + top * g->in_row_stride;
            const ptrdiff_t offset = image * g->out_image_stride + y * g->out_row_stride;
            for (ptrdiff_t x = part.columns.begin; x < part.columns.end;) {
                const ptrdiff_t column = x * g->stride_width - g->pad_left;
                const ck_range kx = taps_inside(column, g->dilation_width, g->kernel_width, g->in_width);
                // Several pixels at a time where they see all taps, as the last of them must, or one.
                const struct pixel_step *step = pixel_steps;
                for (; step->pixels > 1; step++) {
                    const ptrdiff_t last =
                        column + (step->pixels - 1) * g->stride_width + (g->kernel_width - 1) * g->dilation_width;
                    if (column >= 0 && last < g->in_width && x + step->pixels <= part.columns.end) break;
                }
                for (ptrdiff_t c = channels.begin; c < channels.end; c += VL) {
                    const channel_block b = {task, c, smaller(VL, channels.end - c),
                                             weights + (c - channels.begin) * taps};
                    step->compute[b.lanes < VL](&b, input, offset, x, ky, kx);
                }
                x += step->pixels;
            }
        }
    }
}

// weights[c / VL][tap][c % VL] for the channels, the last VL padded with zeros.
static void transpose_weights(const ck_task *task, ck_range channels, ptrdiff_t taps, float *weights) {
    for (ptrdiff_t c = 0; c < channels.end - channels.begin + VL - 1; c++) {
        float *to = weights + c / VL * VL * taps + c % VL;
        for (ptrdiff_t t = 0; t < taps && c / VL * VL < channels.end - channels.begin; t++) {
            to[t * VL] = channels.begin + c < channels.end ? task->weights[(channels.begin + c) * taps + t] : 0;
        }
    }
}

static void run_element(const ck_task *task, ptrdiff_t image, ptrdiff_t channel, ptrdiff_t y, ptrdiff_t x) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t top = y * g->stride_height - g->pad_top, left = x * g->stride_width - g->pad_left;
    const ck_range ky = taps_inside(top, g->dilation_height, g->kernel_height, g->in_height);
    const ck_range kx = taps_inside(left, g->dilation_width, g->kernel_width, g->in_width);
    const float *weights = task->weights + channel * g->kernel_height * g->kernel_width;
    const float *input = task->input + image * g->in_image_stride + channel / g->out_channels * g->in_channel_stride;
    float sum = 0;
    for (ptrdiff_t r = ky.begin; r < ky.end; r++) {
        const float *row = input + (top + r * g->dilation_height) * g->in_row_stride;
        for (ptrdiff_t k = kx.begin; k < kx.end; k++) {
            sum += weights[r * g->kernel_width + k] * row[(left + k * g->dilation_width) * g->in_pixel_stride];
        }
    }
    const ptrdiff_t at =
        image * g->out_image_stride + channel * g->out_channel_stride + y * g->out_row_stride + x * g->out_pixel_stride;
    if (task->epilogue.bias) sum += task->epilogue.bias[channel];
    if (task->epilogue.residual) sum += task->epilogue.residual[at];
    vec_store_lanes(task->output + at, vec_activate(vec_set1(sum), task), 0, 1);
}

// Whether channels are neighbours and have one filter each.
static int channels_apply(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel;
    return g->in_channel_stride == 1 && g->out_channel_stride == 1 && g->out_channels == 1 &&
           count_taps(g) <= MOST_TAPS;
}

// So many channels at a time: where the weights of more than a vector fit, memory is read in its order.
static ptrdiff_t channels_at_once(const ck_geometry *g) {
    return larger(1, LEAST_FLOATS / (count_taps(g) * VL)) * VL;
}

static ptrdiff_t channel_scratch_bytes(const ck_kernel *kernel, const ck_geometry *g, const ck_region *part) {
    (void)kernel, (void)part;
    const ptrdiff_t most = smaller(channels_at_once(g), round_up(g->groups, VL));
    return most * count_taps(g) * (ptrdiff_t)sizeof(float);
}

static void run_by_channels(const ck_task *task) {
    const ptrdiff_t step = channels_at_once(task->geometry);
    for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c += step) {
        const ck_range some = {c, smaller(c + step, task->channels.end)};
        transpose_weights(task, some, count_taps(task->geometry), task->scratch);
        run_channels(task, some, task->scratch);
    }
}

static int elements_apply(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel, (void)g;
    return 1;
}

static void run_by_elements(const ck_task *task) {
    const ck_region part = task->part;
    const ck_range channels = task->channels;
    for (ptrdiff_t image = part.images.begin; image < part.images.end; image++) {
        for (ptrdiff_t c = channels.begin; c < channels.end; c++) {
            for (ptrdiff_t y = part.rows.begin; y < part.rows.end; y++) {
                for (ptrdiff_t x = part.columns.begin; x < part.columns.end; x++) {
                    run_element(task, image, c, y, x);
                }
            }
        }
    }
}

// Some channels without copies of the input.
static void run_in_place(const ck_task *task, ck_range channels) {
    ck_task some = *task;
    some.channels = channels;
    if (channels_apply(NULL, task->geometry)) {
        run_by_channels(&some);
    } else {
        run_by_elements(&some);
    }
}

#endif
