// SPDX-License-Identifier: Apache-2.0
//
// Channel-lane GEMM: `prepare` transposes the input that a block reads to channels-last, `run` is channel_lanes.h on
// that copy.
//
//   prepared[image][row][column][paddedChannels]
//
// holds the input rows and columns that at least one tap of the block's outputs falls on; paddedChannels is the number
// of channels rounded up to CK_CHANNEL_ALIGNMENT plus CK_CHANNEL_ALIGNMENT. An extent of `o` outputs reads at most
// min(input, (o - 1) * stride + (kernel - 1) * dilation + 1) rows or columns.

#ifndef CK_GEMM_CHANNELS_TEMPLATE_H
#define CK_GEMM_CHANNELS_TEMPLATE_H

// The input positions that outputs begin ..< end read, the padding left out.
static ck_range positions_read(axis a, ck_range outputs) {
    const ptrdiff_t first = outputs.begin * a.stride - a.pad;
    const ptrdiff_t last = (outputs.end - 1) * a.stride - a.pad + (a.kernel - 1) * a.dilation;
    const ptrdiff_t begin = least(a.input, most(0, first));
    return (ck_range){begin, most(begin, least(a.input, last + 1))};
}

static input_view prepared_view(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const ck_range rows = positions_read(row_axis(g), task->block.rows);
    const ck_range columns = positions_read(column_axis(g), task->block.columns);
    const ptrdiff_t padded =
        (g->channels + CK_CHANNEL_ALIGNMENT - 1) / CK_CHANNEL_ALIGNMENT * CK_CHANNEL_ALIGNMENT + CK_CHANNEL_ALIGNMENT;
    return (input_view){
        .base = task->prepared,
        .image = task->block.images.begin,
        .row = rows.begin,
        .column = columns.begin,
        .image_stride = (rows.end - rows.begin) * (columns.end - columns.begin) * padded,
        .row_stride = (columns.end - columns.begin) * padded,
        .pixel_stride = padded,
        .channel_stride = 1,
    };
}

// Transposes `count` pixels of the channels `channels` from planes to channels-last.
static void transpose_pixels(const ck_geometry *g, const float *source, ptrdiff_t count, ck_range channels,
                             ptrdiff_t padded, float *target) {
    for (ptrdiff_t c = channels.begin; c < channels.end; c += VL) {
        const ptrdiff_t lanes = least(VL, channels.end - c);
        for (ptrdiff_t x = 0; x < count; x += VL) {
            const ptrdiff_t pixels = least(VL, count - x);
            vec v[VL];
            for (ptrdiff_t i = 0; i < VL; i++) {
                const float *p = source + (c + least(i, lanes - 1)) * g->in_channel_stride + x;
                v[i] = i >= lanes ? vec_zero() : pixels == VL ? vec_load(p) : vec_load_lanes(p, 0, pixels);
            }
            vec_transpose(v);
            // The rounding of `padded` leaves room for whole vectors of channels.
            for (ptrdiff_t i = 0; i < pixels; i++) {
                vec_store(target + (x + i) * padded + c, v[i]);
            }
        }
    }
}

static void gemm_channels_prepare(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const input_view view = prepared_view(task);
    const ck_range rows = positions_read(row_axis(g), task->block.rows);
    const ck_range columns = positions_read(column_axis(g), task->block.columns);
    const ptrdiff_t count = columns.end - columns.begin;
    for (ptrdiff_t image = task->block.images.begin; image < task->block.images.end; image++) {
        for (ptrdiff_t row = rows.begin; row < rows.end; row++) {
            const float *source =
                task->input + image * g->in_image_stride + row * g->in_row_stride + columns.begin * g->in_pixel_stride;
            float *target =
                task->prepared + (image - view.image) * view.image_stride + (row - view.row) * view.row_stride;
            if (g->in_pixel_stride == 1) {
                transpose_pixels(g, source, count, task->channels, view.pixel_stride, target);
                continue;
            }
            for (ptrdiff_t x = 0; x < count; x++) {
                for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c++) {
                    target[x * view.pixel_stride + c] = source[x * g->in_pixel_stride + c * g->in_channel_stride];
                }
            }
        }
    }
}

static void gemm_channels_run(const ck_task *task) {
    const input_view view = prepared_view(task);
    channel_lanes_run(task, &view);
}

#endif
