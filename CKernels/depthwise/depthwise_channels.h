// SPDX-License-Identifier: Apache-2.0
//
// Depthwise convolution where the pixels of a row are apart: channel lanes for NHWC, and a loop over single elements
// for all other strides.

#ifndef CK_DEPTHWISE_CHANNELS_H
#define CK_DEPTHWISE_CHANNELS_H

/// Output pixels of a block, and the largest kernel that the transposed weights of VL channels hold.
enum { BLOCK_PIXELS = VL == 16 ? 12 : 8, BLOCK_TAPS = 128 };

typedef struct channel_block {
    const ck_task *task;
    ptrdiff_t lanes;           ///< channels
    const float *weights;      ///< [taps][VL], padded with zeros
    float bias[VL];
} channel_block;

// `pixels` output pixels from `x` on, whose taps `kx` all lie inside the row. `input` is the tap at row top, column 0.
CK_INLINE void compute_pixels(const channel_block *b, const float *input, ptrdiff_t offset, ptrdiff_t x, ck_range ky,
                              ck_range kx, const int pixels, const int ragged) {
    const ck_geometry *g = b->task->geometry;
    const ptrdiff_t step = g->stride_width * g->in_pixel_stride;
    vec sum[BLOCK_PIXELS];
    for (int i = 0; i < pixels; i++) {
        sum[i] = vec_zero();
    }
    for (ptrdiff_t r = ky.begin; r < ky.end; r++) {
        const float *row = input + r * g->dilation_height * g->in_row_stride + x * step - g->pad_left * g->in_pixel_stride;
        for (ptrdiff_t k = kx.begin; k < kx.end; k++) {
            const float *p = row + k * g->dilation_width * g->in_pixel_stride;
            const vec w = vec_load(b->weights + (r * g->kernel_width + k) * VL);
            for (int i = 0; i < pixels; i++) {
                const vec v = ragged ? vec_load_lanes(p + i * step, 0, b->lanes) : vec_load(p + i * step);
                sum[i] = vec_fma(w, v, sum[i]);
            }
        }
    }
    for (int i = 0; i < pixels; i++) {
        const ptrdiff_t at = offset + (x + i) * g->out_pixel_stride;
        vec y = vec_add(sum[i], vec_load(b->bias));
        if (b->task->residual) y = vec_add(y, vec_load_lanes(b->task->residual + at, 0, b->lanes));
        y = vec_activate(y, b->task);
        if (ragged) {
            vec_store_lanes(b->task->output + at, y, 0, b->lanes);
        } else {
            vec_store(b->task->output + at, y);
        }
    }
}

#define CK_PIXELS_FUNCTION(name, pixels, ragged)                                                                       \
    static void name(const channel_block *b, const float *input, ptrdiff_t offset, ptrdiff_t x, ck_range ky,           \
                     ck_range kx) {                                                                                    \
        compute_pixels(b, input, offset, x, ky, kx, pixels, ragged);                                                   \
    }
CK_PIXELS_FUNCTION(compute_block_whole, BLOCK_PIXELS, 0)
CK_PIXELS_FUNCTION(compute_block_ragged, BLOCK_PIXELS, 1)
CK_PIXELS_FUNCTION(compute_pixel_whole, 1, 0)
CK_PIXELS_FUNCTION(compute_pixel_ragged, 1, 1)

static void run_channel_block(const ck_task *task, ptrdiff_t channel) {
    const ck_geometry *g = task->geometry;
    const ck_region part = task->part;
    const ptrdiff_t taps = g->kernel_height * g->kernel_width;
    float weights[BLOCK_TAPS * VL];
    channel_block b = {.task = task, .weights = weights, .lanes = smaller(VL, task->channels.end - channel)};
    for (ptrdiff_t lane = 0; lane < VL; lane++) {
        for (ptrdiff_t t = 0; t < taps; t++) {
            weights[t * VL + lane] = lane < b.lanes ? task->weights[(channel + lane) * taps + t] : 0;
        }
        b.bias[lane] = lane < b.lanes && task->bias ? task->bias[channel + lane] : 0;
    }
    const int ragged = b.lanes < VL;
    for (ptrdiff_t image = part.images.begin; image < part.images.end; image++) {
        for (ptrdiff_t y = part.rows.begin; y < part.rows.end; y++) {
            const ptrdiff_t top = y * g->stride_height - g->pad_top;
            const ck_range ky = taps_inside(top, g->dilation_height, g->kernel_height, g->in_height);
            const float *input = task->input + image * g->in_image_stride + channel + top * g->in_row_stride;
            const ptrdiff_t offset = image * g->out_image_stride + channel + y * g->out_row_stride;
            for (ptrdiff_t x = part.columns.begin; x < part.columns.end;) {
                const ptrdiff_t column = x * g->stride_width - g->pad_left;
                const ptrdiff_t last = column + (BLOCK_PIXELS - 1) * g->stride_width +
                                       (g->kernel_width - 1) * g->dilation_width;
                if (column >= 0 && last < g->in_width && x + BLOCK_PIXELS <= part.columns.end) {
                    const ck_range kx = {0, g->kernel_width};
                    (ragged ? compute_block_ragged : compute_block_whole)(&b, input, offset, x, ky, kx);
                    x += BLOCK_PIXELS;
                } else {
                    const ck_range kx = taps_inside(column, g->dilation_width, g->kernel_width, g->in_width);
                    (ragged ? compute_pixel_ragged : compute_pixel_whole)(&b, input, offset, x, ky, kx);
                    x += 1;
                }
            }
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
    const ptrdiff_t at = image * g->out_image_stride + channel * g->out_channel_stride + y * g->out_row_stride +
                         x * g->out_pixel_stride;
    if (task->bias) sum += task->bias[channel];
    if (task->residual) sum += task->residual[at];
    vec_store_lanes(task->output + at, vec_activate(vec_set1(sum), task), 0, 1);
}

static void run_apart(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const ck_region part = task->part;
    if (g->in_channel_stride == 1 && g->out_channel_stride == 1 && g->out_channels == 1 &&
        g->kernel_height * g->kernel_width <= BLOCK_TAPS) {
        for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c += VL) {
            run_channel_block(task, c);
        }
        return;
    }
    for (ptrdiff_t image = part.images.begin; image < part.images.end; image++) {
        for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c++) {
            for (ptrdiff_t y = part.rows.begin; y < part.rows.end; y++) {
                for (ptrdiff_t x = part.columns.begin; x < part.columns.end; x++) {
                    run_element(task, image, c, y, x);
                }
            }
        }
    }
}

#endif
