// SPDX-License-Identifier: Apache-2.0
//
// Depthwise lanes of NHWC, whose channels are lanes already: windows are copied with their padding, where that takes
// less time than a tile of its own for each pixel at an edge, and where channels have several filters: then what lanes
// read is brought into place on the way.
//
// Taps are added row after row, column after column, as other bodies for channel lanes do.

#ifndef CK_DEPTHWISE_LANES_LAST_H
#define CK_DEPTHWISE_LANES_LAST_H

// Whether copies pay. A pixel at an edge takes some five times as long as others if it is computed by itself, if also
// without its taps in the padding, about a quarter of them.
static int copies_pay(const ck_geometry *g, const lane_plan *p) {
    const ptrdiff_t reach = (g->kernel_width - 1) * g->dilation_width, room = g->in_width - reach - 1 + g->pad_left;
    const ptrdiff_t first = smaller(g->out_width, (g->pad_left + g->stride_width - 1) / g->stride_width);
    const ptrdiff_t end = room < 0 ? 0 : smaller(g->out_width, room / g->stride_width + 1);
    const ptrdiff_t edges = g->out_width - larger(0, end - first);
    const ptrdiff_t copied = p->rows * p->row_step * p->pitch + (p->window_rows - p->row_step) * p->pitch;
    const ptrdiff_t inside = smaller(g->kernel_width, (g->in_width + g->dilation_width - 1) / g->dilation_width);
    const ptrdiff_t saved = (15 * inside / 4 - g->kernel_width) * edges * g->kernel_height;
    return g->out_channels > 1 || saved * p->rows * p->columns > 2 * copied * g->out_width;
}

// Stores a row of pixels of `lanes` channels, from output `at` on.
static void store_pixels(const ck_task *task, float *from, ptrdiff_t at, ptrdiff_t lanes, ptrdiff_t columns) {
    const vec low = vec_set1(activation_low(task)), high = vec_set1(activation_high(task));
    const ptrdiff_t step = task->geometry->out_pixel_stride;
    for (ptrdiff_t x = 0; x < columns && task->epilogue.residual; x++) {
        const vec sum =
            vec_add(vec_load(from + x * VL), vec_load_lanes(task->epilogue.residual + at + x * step, 0, lanes));
        vec_store(from + x * VL, vec_min(high, vec_max(low, sum)));
    }
    activate_line(from, columns * VL, task);
    for (ptrdiff_t x = 0; x < columns; x++) {
        vec_store_lanes(task->output + at + x * step, vec_load(from + x * VL), 0, lanes);
    }
}

// Output channels `channel` ..< `channel` + `count` of one image, at most VL, all of finite weights.
static __attribute__((noinline)) void run_last_lanes(const ck_task *task, lane_plan *p, ptrdiff_t image,
                                                     ptrdiff_t channel, ptrdiff_t count) {
    const ck_geometry *g = task->geometry;
    const ck_region part = task->part;
    const ptrdiff_t filters = g->out_channels, first = channel / filters;
    int32_t from[VL] = {0};
    for (ptrdiff_t i = 0; i < count; i++) {
        from[i] = (int32_t)((channel + i) / filters - first);
    }
    const lane_source source = {
        .plane = task->input + image * g->in_image_stride + first,
        .from = from,
        .channels = from[count - 1] + 1,
    };
    lane_epilogue e = {0};
    set_clamp(&e, task);
    for (ptrdiff_t i = 0; i < count; i++) {
        if (task->epilogue.bias) e.bias[i] = task->epilogue.bias[channel + i];
    }
    const float *weights = task->weights + channel * p->count;
    if (count == VL) {
        gather_lanes(p->weights, weights, p->count, p->count);
    } else {
        for (ptrdiff_t i = 0; i < p->count * VL; i++) {
            p->weights[i] = i % VL < count ? weights[i % VL * p->count + i / VL] : 0;
        }
    }
    const int direct = count == VL && !task->epilogue.residual && task->epilogue.activation == CK_ACTIVATION_CLAMP;
    for (ptrdiff_t x = part.columns.begin; x < part.columns.end; x += p->columns) {
        const ck_range columns = {x, smaller(x + p->columns, part.columns.end)};
        for (ptrdiff_t y = part.rows.begin; y < part.rows.end; y += p->rows) {
            const ck_range rows = {y, smaller(y + p->rows, part.rows.end)};
            gather_windows(g, p, &source, rows, columns, y > part.rows.begin ? keep_shared_rows(p) : 0);
            for (ptrdiff_t r = 0; r < rows.end - rows.begin; r++) {
                const ck_range ky = taps_inside((y + r) * g->stride_height - g->pad_top, g->dilation_height,
                                                g->kernel_height, g->in_height);
                p->first = ky.begin * g->kernel_width;
                p->end = ky.end * g->kernel_width;
                const ptrdiff_t at =
                    image * g->out_image_stride + (y + r) * g->out_row_stride + x * g->out_pixel_stride + channel;
                if (direct) {
                    compute_lane_row(p, &e, r, columns.end - x, task->output + at, g->out_pixel_stride);
                    continue;
                }
                compute_lane_row(p, &e, r, columns.end - x, p->output, VL);
                store_pixels(task, p->output, at, count, columns.end - x);
            }
        }
    }
}

#endif
