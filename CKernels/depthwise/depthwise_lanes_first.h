// SPDX-License-Identifier: Apache-2.0
//
// Depthwise lanes of NCHW, of VL input channels or more: transposed to lanes and back. Of several filters of one plane,
// the first of all planes are computed, then the second of all, and so on, from the same input in lanes.
//
// The taps are added in the order in which tiles add them (depthwise_tile.h), which compute the channels that do not
// fill vectors.

#ifndef CK_DEPTHWISE_LANES_FIRST_H
#define CK_DEPTHWISE_LANES_FIRST_H

// Lists the taps in the order of the chains.
static void order_taps(const ck_geometry *g, const lane_plan *p, const chain_list *list) {
    const chain *c = list->chains;
    lane_tap *to = p->taps;
    for (int length = CHAIN_TAPS; length > 0; length--) {
        for (ptrdiff_t i = 0; i < list->count[length]; i++, c++) {
            for (int k = 0; k < length; k++) {
                *to++ = lane_tap_at(g, p, c->weight + k * list->weight_step);
            }
        }
    }
}

// Stores so many rows of VL channels that are `apart` floats from each other, from output `at` on.
static void scatter_rows(const ck_task *task, float *from, ptrdiff_t at, ptrdiff_t apart, ptrdiff_t rows,
                         ptrdiff_t columns) {
    const ptrdiff_t pitch = task->geometry->out_row_stride;
    if (pitch == columns) {
        columns *= rows;
        rows = 1;
    }
    for (ptrdiff_t r = 0; r < rows; r++, from += columns * VL, at += pitch) {
        if (task->epilogue.residual) add_residual(task, from, task->epilogue.residual + at, apart, columns);
        activate_line(from, columns * VL, task);
        scatter_lanes(task->output + at, from, apart, columns);
    }
}

// All filters of input channels `channel` ..< `channel` + VL of one image, all of finite weights.
static __attribute__((noinline)) void run_lanes(const ck_task *task, const lane_plan *p, ptrdiff_t image,
                                                ptrdiff_t channel) {
    const ck_geometry *g = task->geometry;
    const ck_region part = task->part;
    const ptrdiff_t filters = g->out_channels, apart = filters * g->out_channel_stride;
    const lane_source source = {.plane = task->input + image * g->in_image_stride + channel * g->in_channel_stride};
    const ptrdiff_t output = image * g->out_image_stride + channel * apart;
    lane_epilogue e;
    set_clamp(&e, task);
    for (ptrdiff_t x = part.columns.begin; x < part.columns.end; x += p->columns) {
        const ck_range columns = {x, smaller(x + p->columns, part.columns.end)};
        const ptrdiff_t width = columns.end - columns.begin;
        for (ptrdiff_t y = part.rows.begin; y < part.rows.end; y += p->rows) {
            const ck_range rows = {y, smaller(y + p->rows, part.rows.end)};
            gather_windows(g, p, &source, rows, columns, y > part.rows.begin ? keep_shared_rows(p) : 0);
            for (ptrdiff_t f = 0; f < filters; f++) {
                const ptrdiff_t first = channel * filters + f;
                if (filters > 1 || (x == part.columns.begin && y == part.rows.begin)) {
                    gather_lanes(p->weights, task->weights + first * p->count, filters * p->count, p->count);
                    for (ptrdiff_t i = 0; i < VL; i++) {
                        e.bias[i] = task->epilogue.bias ? task->epilogue.bias[first + i * filters] : 0;
                    }
                }
                for (ptrdiff_t r = 0; r < rows.end - rows.begin; r++) {
                    compute_lane_row(p, &e, r, width, p->output + r * width * VL, VL);
                }
                const ptrdiff_t at = output + f * g->out_channel_stride + y * g->out_row_stride + x;
                scatter_rows(task, p->output, at, apart, rows.end - rows.begin, width);
            }
        }
    }
}

#endif
