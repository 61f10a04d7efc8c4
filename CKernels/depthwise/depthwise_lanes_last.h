// SPDX-License-Identifier: Apache-2.0
//
// Depthwise lanes of NHWC, whose channels are lanes already: windows are copied with their padding, where that takes
// less time than a tile of its own for each pixel at an edge, and where channels have several filters: then what lanes
// read is brought into place on the way.
//
// Taps are added row after row, column after column, as other bodies for channel lanes do.

#ifndef CK_DEPTHWISE_LANES_LAST_H
#define CK_DEPTHWISE_LANES_LAST_H

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

// Room for the lanes, or for the weights of channels that are computed in place.
static ptrdiff_t window_scratch_bytes(const ck_kernel *kernel, const ck_geometry *g, const ck_region *part) {
    lane_plan lanes;
    if (!plan_lanes(g, &lanes)) return 0;
    return larger(lane_scratch_floats(&lanes) * (ptrdiff_t)sizeof(float), channel_scratch_bytes(kernel, g, part));
}

static int windows_apply(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel;
    lane_plan lanes;
    return g->in_channel_stride == 1 && g->out_channel_stride == 1 && offsets_fit(g) && plan_lanes(g, &lanes);
}

static void count_windows(const ck_kernel *kernel, const ck_geometry *g, ck_depthwise_work *work) {
    (void)kernel;
    lane_plan lanes;
    if (plan_lanes(g, &lanes)) *work = count_lanes(&lanes);
}

static ptrdiff_t window_plan_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel;
    return (ptrdiff_t)sizeof(lane_plan) + count_taps(g) * (ptrdiff_t)sizeof(lane_tap);
}

static void make_window_plan(const ck_kernel *kernel, const ck_geometry *g, void *plan) {
    (void)kernel;
    lane_plan *lanes = plan;
    *lanes = (lane_plan){0};
    plan_lanes(g, lanes);
    lanes->taps = (lane_tap *)(lanes + 1);
    for (ptrdiff_t tap = 0; tap < lanes->count; tap++) {
        lanes->taps[tap] = lane_tap_at(g, lanes, tap);
    }
}

// Vectors of channels with a weight that is not finite are computed in place.
static void run_by_windows(const ck_task *task) {
    const ck_range images = task->part.images, channels = task->channels;
    lane_plan lanes = place_lanes(task->plan, task->scratch);
    for (ptrdiff_t c = channels.begin, end; c < channels.end; c = end) {
        end = smaller(c + VL, channels.end);
        if (finite_end(task, (ck_range){c, end}) < end) {
            run_in_place(task, (ck_range){c, end});
            continue;
        }
        for (ptrdiff_t image = images.begin; image < images.end; image++) {
            run_last_lanes(task, &lanes, image, c, end - c);
        }
    }
}

#endif
