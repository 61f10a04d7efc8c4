// SPDX-License-Identifier: Apache-2.0
//
// im2col: `prepare` writes out the matrix of input windows of one image,
//
//   prepared[(c, ky, kx)][output pixel] = input[c][y * stride + ky * dilation - pad][...], 0 on the padding,
//
// and `run` multiplies it by the weights with the pixel-lane kernel of tiles/pixel_product.h, to which it is a
// 1 x 1 convolution of channels * kernel_height * kernel_width channels. `block` is one whole image.

#ifndef CK_IM2COL_TEMPLATE_H
#define CK_IM2COL_TEMPLATE_H

// Part of a row of windows: `width` elements of the input row `source`, beginning at column `first`.
static void copy_row(const ck_geometry *g, const float *source, ptrdiff_t first, float *target, ptrdiff_t width) {
    const ptrdiff_t stride = g->stride_width;
    const ck_range inside = taps_inside(first, stride, width, g->in_width);
    const ptrdiff_t begin = smaller(inside.begin, width), end = larger(begin, inside.end);
    memset(target, 0, (size_t)begin * sizeof(float));
    if (stride == 1 && g->in_pixel_stride == 1) {
        if (end > begin) {
            memcpy(target + begin, source + first + begin, (size_t)(end - begin) * sizeof(float));
        }
    } else {
        ptrdiff_t x = begin;
        // The last element that is loaded beside those wanted must be one of the row.
        for (; stride == 2 && g->in_pixel_stride == 1 && first + (x + VL) * 2 <= g->in_width && x + VL <= end;
             x += VL) {
            vec even, odd;
            vec_deinterleave(vec_load(source + first + x * 2), vec_load(source + first + x * 2 + VL), &even, &odd);
            vec_store(target + x, even);
        }
        for (; x < end; x++) {
            target[x] = source[(first + x * stride) * g->in_pixel_stride];
        }
    }
    memset(target + end, 0, (size_t)(width - end) * sizeof(float));
}

static void im2col_prepare(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t pixels = g->out_height * g->out_width;
    const ck_range rows = task->part.rows, columns = task->part.columns;
    const ptrdiff_t width = columns.end - columns.begin;
    const float *image = task->input + task->block.images.begin * g->in_image_stride;
    for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c++) {
        for (ptrdiff_t ky = 0; ky < g->kernel_height; ky++) {
            for (ptrdiff_t kx = 0; kx < g->kernel_width; kx++) {
                const ptrdiff_t row = (c * g->kernel_height + ky) * g->kernel_width + kx;
                float *target = task->prepared + row * pixels + rows.begin * g->out_width + columns.begin;
                for (ptrdiff_t y = rows.begin; y < rows.end; y++, target += g->out_width) {
                    const ptrdiff_t in_y = y * g->stride_height + ky * g->dilation_height - g->pad_top;
                    if (in_y < 0 || in_y >= g->in_height) {
                        memset(target, 0, (size_t)width * sizeof(float));
                    } else {
                        copy_row(g, image + c * g->in_channel_stride + in_y * g->in_row_stride,
                                 columns.begin * g->stride_width + kx * g->dilation_width - g->pad_left, target, width);
                    }
                }
            }
        }
    }
}

// The matrix as a 1 x 1 convolution. Rows of the output that follow one another in memory become one.
static ck_geometry matrix_geometry(const ck_geometry *g) {
    ck_geometry m = *g;
    m.channels = g->channels * g->kernel_height * g->kernel_width;
    m.kernel_height = m.kernel_width = 1;
    m.stride_height = m.stride_width = 1;
    m.dilation_height = m.dilation_width = 1;
    m.pad_top = m.pad_left = 0;
    m.in_height = g->out_height;
    m.in_width = g->out_width;
    m.in_image_stride = 0; // `prepared` holds one image, whichever it is
    m.in_channel_stride = g->out_height * g->out_width;
    m.in_row_stride = g->out_width;
    m.in_pixel_stride = 1;
    return m;
}

static void im2col_run(const ck_task *task) {
    ck_geometry matrix = matrix_geometry(task->geometry);
    ck_task product = *task;
    product.geometry = &matrix;
    product.input = task->prepared;
    const ptrdiff_t width = matrix.out_width;
    const int is_whole = task->part.columns.end - task->part.columns.begin == width;
    if (is_whole && matrix.out_row_stride == width * matrix.out_pixel_stride) {
        product.part.columns = (ck_range){task->part.rows.begin * width, task->part.rows.end * width};
        product.part.rows = (ck_range){0, 1};
    }
    run(&product);
}

static void im2col_pack_weights(const ck_geometry *g, const float *weight, float *packed, ck_range channels,
                                float *scratch) {
    const ck_geometry matrix = matrix_geometry(g);
    pack_weights(&matrix, weight, packed, channels, scratch);
}

#endif
