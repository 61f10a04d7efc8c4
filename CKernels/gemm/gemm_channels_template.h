// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution over a channels-last copy of the input. `prepare` transposes what the outputs of `block` read to
//
//     prepared[image][row][column][padded channels]
//
// and `run` reads that. The channels of a pixel then follow one another: nothing depends on the size of the input's
// planes, which for powers of two all fall into the same cache sets.
//
// With first = block.rows.begin * stride_height - pad_top and last = (block.rows.end - 1) * stride_height - pad_top +
// (kernel_height - 1) * dilation_height, the rows held are those from first to last that lie in 0..<in_height; columns
// likewise; images are those of the block. Channels beyond the last, and rows that the stride skips, hold no meaning
// and are never read.
//
// `prepare` may be split by input channels and by parts that tile the block, in images, rows and columns. A row that
// several parts read belongs to the last one whose first row it does not precede, so no two of them write the same
// element.

#ifndef CK_GEMM_CHANNELS_TEMPLATE_H
#define CK_GEMM_CHANNELS_TEMPLATE_H

#include "tiles/channel_convolve.h"
#include "gemm/gemm_sizes.h"

// The channels of a pixel are neighbours, so nothing is gained by keeping some of them for the next tap.
static ptrdiff_t channel_block(const ck_geometry *g) {
    return g->channels;
}

static ptrdiff_t cached_channels(const ck_geometry *g, const input_view *in) {
    (void)in;
    return g->channels;
}

static ptrdiff_t clip(ptrdiff_t x, ptrdiff_t end) {
    return x < 0 ? 0 : x < end ? x : end;
}

/// The first input element along an axis that the outputs from `output` on read.
static ptrdiff_t first_read(window_axis axis, ptrdiff_t output) {
    return clip(output * axis.stride - axis.pad, axis.input);
}

/// The input elements along an axis that `outputs` read.
static ck_range elements_read(window_axis axis, ck_range outputs) {
    const ptrdiff_t last = (outputs.end - 1) * axis.stride - axis.pad + (axis.kernel - 1) * axis.dilation;
    return (ck_range){first_read(axis, outputs.begin), clip(last + 1, axis.input)};
}

/// The elements among them that belong to `part` of `block`.
static ck_range elements_owned(window_axis axis, ck_range block, ck_range part) {
    if (part.begin >= part.end) return (ck_range){0, 0};
    const ck_range all = elements_read(axis, block);
    const ptrdiff_t next = first_read(axis, part.end);
    return (ck_range){
        part.begin == block.begin ? all.begin : first_read(axis, part.begin),
        part.end == block.end || next > all.end ? all.end : next,
    };
}

/// Whether any tap of any output can fall on the element.
static int is_read(window_axis axis, ptrdiff_t element) {
    for (ptrdiff_t tap = 0; tap < axis.kernel && tap < axis.stride; tap++) {
        if ((element + axis.pad - tap * axis.dilation) % axis.stride == 0) return 1;
    }
    return 0;
}

static input_view prepared_view(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const ck_range rows = elements_read(vertical_axis(g), task->block.rows);
    const ck_range columns = elements_read(horizontal_axis(g), task->block.columns);
    const ptrdiff_t pixel_stride = prepared_pixel_stride(g->channels);
    const ptrdiff_t row_stride = (columns.end - columns.begin) * pixel_stride;
    return (input_view){
        .base = task->prepared,
        .image = task->block.images.begin,
        .row = rows.begin,
        .column = columns.begin,
        .image_stride = (rows.end - rows.begin) * row_stride,
        .row_stride = row_stride,
        .pixel_stride = pixel_stride,
        .channel_stride = 1,
    };
}

// Copies `channels` in 1...VL channels of `columns` neighbouring pixels, to VL channels each.
static void transpose_row(const ck_geometry *g, const float *input, float *to, ptrdiff_t to_stride, ptrdiff_t columns,
                          ptrdiff_t channels) {
    const ptrdiff_t channel_stride = g->in_channel_stride, pixel_stride = g->in_pixel_stride;
    if (pixel_stride == 1) {
        for (ptrdiff_t x = 0; x < columns; x += VL) {
            const ptrdiff_t count = columns - x < VL ? columns - x : VL;
            vec v[VL];
            if (count == VL && channels == VL) {
                for (ptrdiff_t c = 0; c < VL; c++) {
                    v[c] = vec_load(input + c * channel_stride + x);
                }
                vec_transpose(v);
                for (ptrdiff_t i = 0; i < VL; i++) {
                    vec_store(to + (x + i) * to_stride, v[i]);
                }
                continue;
            }
            for (ptrdiff_t c = 0; c < VL; c++) {
                v[c] = c < channels ? vec_load_lanes(input + c * channel_stride + x, 0, count) : vec_zero();
            }
            vec_transpose(v);
            for (ptrdiff_t i = 0; i < count; i++) {
                vec_store(to + (x + i) * to_stride, v[i]);
            }
        }
        return;
    }
    for (ptrdiff_t x = 0; x < columns; x++) {
        const float *pixel = input + x * pixel_stride;
        if (channel_stride == 1) {
            vec_store(to + x * to_stride, channels == VL ? vec_load(pixel) : vec_load_lanes(pixel, 0, channels));
            continue;
        }
        for (ptrdiff_t c = 0; c < channels; c++) {
            to[x * to_stride + c] = pixel[c * channel_stride];
        }
    }
}

static void prepare(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const input_view view = prepared_view(task);
    const ck_range rows = elements_owned(vertical_axis(g), task->block.rows, task->part.rows);
    const ck_range columns = elements_owned(horizontal_axis(g), task->block.columns, task->part.columns);
    for (ptrdiff_t image = task->part.images.begin; image < task->part.images.end; image++) {
        for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c += VL) {
            const ptrdiff_t left = task->channels.end - c;
            for (ptrdiff_t row = rows.begin; row < rows.end; row++) {
                if (!is_read(vertical_axis(g), row)) continue;
                const float *input = task->input + image * g->in_image_stride + c * g->in_channel_stride +
                                     row * g->in_row_stride + columns.begin * g->in_pixel_stride;
                float *to = task->prepared + (image - view.image) * view.image_stride +
                            (row - view.row) * view.row_stride + (columns.begin - view.column) * view.pixel_stride + c;
                transpose_row(g, input, to, view.pixel_stride, columns.end - columns.begin, left < VL ? left : VL);
            }
        }
    }
}

static void run_prepared(const ck_task *task) {
    const input_view view = prepared_view(task);
    convolve(task, &view);
}

#endif
