// SPDX-License-Identifier: Apache-2.0
//
// Depthwise tiles along a row of pixels, for one-dimensional convolutions: neighbouring vectors. Tap k of pixel x reads
// input column x * s + k * d. If e = VL * s / d is a whole number, tap k + e of a vector reads what tap k of the vector
// after it does, and there are e classes of taps.

#ifndef CK_DEPTHWISE_COLUMNS_H
#define CK_DEPTHWISE_COLUMNS_H

/// How the input of tiles is copied.
typedef struct column_plan {
    phase_plan phases;
    ptrdiff_t length; ///< floats of a phase
} column_plan;

// Whether tiles of columns are possible: there must be room for a vector's input.
static int plan_columns(const ck_geometry *g, column_plan *p) {
    p->phases = plan_phases(g);
    const ptrdiff_t lines = g->kernel_height * p->phases.count, least = phase_length(&p->phases, VL);
    if (lines > MOST_STAGE || least > MOST_STAGE / lines) return 0;
    p->length = larger(least, STAGE_FLOATS / lines / VL * VL);
    return 1;
}

static void list_column_chains(const ck_geometry *g, const column_plan *p, chain_list *list) {
    const ptrdiff_t stride = g->stride_width, dilation = g->dilation_width, rows = g->kernel_height;
    const tap_axis along = {g->kernel_width, 1, dilation, 0, g, p->phases, p->length};
    const tap_axis across = {rows, g->kernel_width, g->dilation_height, p->phases.count * p->length, NULL, {0}, 0};
    const ptrdiff_t classes = VL * stride % dilation == 0 ? VL * stride / dilation : g->kernel_width;
    list_chains(list, &along, &across, classes, 0);
    list->step = VL; // also where no two taps are of one class
}

// Floats of the copies of some columns.
static ptrdiff_t column_stage_floats(const ck_geometry *g, const column_plan *p) {
    return g->kernel_height * p->phases.count * p->length;
}

// Output columns `columns`; `t` is set up for the first of them.
static void run_column_tiles(tile_row *t, ptrdiff_t columns) {
    for (ptrdiff_t left = (columns + VL - 1) / VL, size; left > 0; left -= size) {
        size = tile_size(left);
        t->columns = smaller(VL, columns - (size - 1) * VL); // of the last vector
        tiles[size - 1](t);
        t->input += size * VL;
        t->output += size * VL;
        if (t->residual) t->residual += size * VL;
        columns -= size * VL;
    }
}

// One channel of one image, of finite weights.
static void run_columns(const ck_task *task, const column_plan *plan, const chain_list *list, float *buffer,
                        ptrdiff_t image, ptrdiff_t channel) {
    const ck_geometry *g = task->geometry;
    const ck_range part = task->part.columns;
    const ptrdiff_t stride = g->stride_width, reach = (g->kernel_width - 1) * g->dilation_width;
    const float *plane = task->input + image * g->in_image_stride + channel / g->out_channels * g->in_channel_stride;
    tile_row t = {
        .task = task,
        .list = list,
        .weights = task->weights + channel * g->kernel_height * g->kernel_width,
        .bias = task->epilogue.bias ? task->epilogue.bias[channel] : 0,
        .output_step = VL,
        .rows_inside = 1,
        .inside = {0, VL},
        .overlap = VL, // all vectors but the last are whole
    };
    // The pixels from `begin` to `end` are read in place, in whole vectors. Those beside them are about a tile, which
    // a vector more would make two small ones.
    const ptrdiff_t least = TILE_OUTPUTS * VL, inside = g->in_width + g->pad_left - reach;
    ptrdiff_t begin = part.begin, end = part.end;
    if (begin < g->pad_left) begin = smaller(end, begin + larger(least, round_up(g->pad_left - begin, VL)));
    if (begin + round_up(end - begin, VL) > inside) {
        end = begin + larger(0, smaller((inside - begin) / VL * VL, round_up(end - least - begin, VL)));
    }
    // A short row is copied whole.
    if (stride > 1 || g->kernel_height > 1 || part.end - part.begin < 3 * least) end = begin;
    const ptrdiff_t most = (plan->length - plan->phases.reach) / VL * VL;
    const ptrdiff_t pitch = plan->phases.count * plan->length;
    for (ptrdiff_t y = task->part.rows.begin; y < task->part.rows.end; y++) {
        const ptrdiff_t top = y * g->stride_height - g->pad_top;
        const ptrdiff_t offset = image * g->out_image_stride + channel * g->out_channel_stride + y * g->out_row_stride;
        for (ptrdiff_t x = part.begin, next; x < part.end; x = next) {
            const ptrdiff_t column = x * stride - g->pad_left;
            const int in_place = x == begin && begin < end && top >= 0 && top < g->in_height;
            next = in_place ? end : smaller(x + most, x < begin && begin < end ? begin : part.end);
            t.output = task->output + offset + x;
            t.residual = task->epilogue.residual ? task->epilogue.residual + offset + x : NULL;
            t.input = plane + top * g->in_row_stride + column;
            if (!in_place) {
                const staged_rows staged = {
                    .plane = plane,
                    .first = top,
                    .step = g->dilation_height,
                    .lines = g->kernel_height,
                    .count = g->kernel_height,
                    .column = column,
                    .columns = next - x,
                    .to = buffer,
                    .pitch = pitch,
                    .length = plan->length,
                };
                stage_rows(g, &plan->phases, &staged);
                t.input = buffer;
            }
            run_column_tiles(&t, next - x);
        }
        activate_line(task->output + offset + part.begin, part.end - part.begin, task);
    }
}

#endif
