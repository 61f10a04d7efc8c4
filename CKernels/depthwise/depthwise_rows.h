// SPDX-License-Identifier: Apache-2.0
//
// Depthwise tiles along the columns of an image: a vector of pixels of each of some rows.
//
// Tap k of output row y reads input row y * s + k * d. With q = d / gcd(s, d) and e = s / gcd(s, d), tap k + e of row y
// reads what tap k of row y + q does: the rows of a tile are q apart, and there are e classes of taps.

#ifndef CK_DEPTHWISE_ROWS_H
#define CK_DEPTHWISE_ROWS_H

/// How tiles read their input: where it is, or copies of some rows.
typedef struct row_plan {
    ptrdiff_t distance; ///< q
    ptrdiff_t classes;  ///< e
    ptrdiff_t step; ///< copied rows from those of one row of a tile to those of the next: e, or all if they are fewer
    ptrdiff_t rows; ///< the most of a tile
    ptrdiff_t columns; ///< output columns copied at a time, 0 where the input is read in place
    phase_plan phases;
    ptrdiff_t length; ///< floats of a phase of a copy of a row
} row_plan;

// Rows that are copied for a tile of `rows` rows.
static ptrdiff_t rows_to_stage(const ck_geometry *g, const row_plan *p, ptrdiff_t rows) {
    return (rows - 1) * p->step + g->kernel_height;
}

// Whether tiles of rows are possible: read in place with stride 1, or with room for one output vector.
static int plan_rows(const ck_geometry *g, row_plan *p) {
    const ptrdiff_t stride = g->stride_width;
    const ptrdiff_t common = greatest_common_divisor(g->stride_height, g->dilation_height);
    p->distance = g->dilation_height / common;
    p->classes = g->stride_height / common;
    p->step = smaller(p->classes, g->kernel_height);
    p->rows = TILE_OUTPUTS;
    p->columns = 0;
    p->phases = plan_phases(g);
    p->length = 0;
    // The rows of a tile must not all fall into a few sets of the cache. Large kernels read each of them so often that
    // copies without masks take less time.
    const int copies = TILE_COPIES(g->kernel_height, (g->kernel_width - 1) * g->dilation_width);
    if (stride == 1 && !copies && p->distance * g->stride_height % 512 * (g->in_row_stride % 512) % 512 != 0) return 1;
    p->columns = round_up(g->out_width, VL);
    while (p->columns > STAGE_FLOATS) {
        p->columns = round_up(p->columns / 2, VL);
    }
    for (;;) {
        p->length = phase_length(&p->phases, p->columns);
        const ptrdiff_t floats = rows_to_stage(g, p, p->rows) * p->phases.count * p->length;
        if (floats <= STAGE_FLOATS) return 1;
        if (p->columns > VL) {
            p->columns = round_up(p->columns / 2, VL);
        } else if (p->rows > 1) {
            p->rows--;
        } else if (stride > 1) {
            return floats <= MOST_STAGE;
        } else {
            p->rows = TILE_OUTPUTS;
            p->columns = 0;
            p->length = 0;
            return 1;
        }
    }
}

static void list_row_chains(const ck_geometry *g, const row_plan *p, chain_list *list) {
    const ptrdiff_t pitch = p->columns ? p->phases.count * p->length : g->dilation_height * g->in_row_stride;
    const tap_axis along = {g->kernel_height, g->kernel_width, g->dilation_height, pitch, NULL, {0}, 0};
    const tap_axis across = {g->kernel_width, 1, g->dilation_width, 0, g, p->phases, p->length};
    list_chains(list, &along, &across, p->columns ? p->step : p->classes, 1);
}

// Floats of the copies of a tile.
static ptrdiff_t row_stage_floats(const ck_geometry *g, const row_plan *p) {
    return p->columns ? rows_to_stage(g, p, p->rows) * p->phases.count * p->length : 0;
}

// The tiles of `rows` output rows and `columns` of them, from output `offset` on.
static void run_row_tiles(tile_row *t, ptrdiff_t rows, const float *input, ck_range columns, ptrdiff_t offset,
                          int staged, int more) {
    const ck_geometry *g = t->task->geometry;
    const ptrdiff_t reach = (g->kernel_width - 1) * g->dilation_width;
    const ptrdiff_t last_row = t->row + (rows - 1) * t->list->row_step + (g->kernel_height - 1) * g->dilation_height;
    t->column = columns.begin * g->stride_width - g->pad_left;
    t->columns = columns.end - columns.begin;
    t->rows_inside = staged || (t->row >= 0 && last_row < g->in_height);
    t->inside = staged ? (ck_range){0, t->columns + VL} : (ck_range){-t->column, g->in_width - reach - t->column};
    t->input = input + (staged ? 0 : t->column);
    t->output = t->task->output + offset;
    t->residual = t->task->epilogue.residual ? t->task->epilogue.residual + offset : NULL;
    // A whole vector may be stored over the end of a row where the next row comes after it in memory and its pixels are
    // computed later.
    t->overlap = !t->task->epilogue.residual && t->output_step == t->columns ? t->columns : 0;
    t->overlaps_last = more;
    tiles[rows - 1](t);
}

// One channel of one image, of finite weights.
static void run_rows(const ck_task *task, const row_plan *plan, const chain_list *list, float *buffer, ptrdiff_t image,
                     ptrdiff_t channel) {
    const ck_geometry *g = task->geometry;
    const ck_region part = task->part;
    const ptrdiff_t distance = plan->distance, pitch = plan->phases.count * plan->length;
    const float *plane = task->input + image * g->in_image_stride + channel / g->out_channels * g->in_channel_stride;
    tile_row t = {
        .task = task,
        .list = list,
        .weights = task->weights + channel * g->kernel_height * g->kernel_width,
        .bias = task->epilogue.bias ? task->epilogue.bias[channel] : 0,
        .output_step = distance * g->out_row_stride,
    };
    for (ptrdiff_t first = part.rows.begin; first < smaller(part.rows.begin + distance, part.rows.end); first++) {
        ptrdiff_t left = (part.rows.end - first + distance - 1) / distance;
        for (ptrdiff_t y = first, rows; left > 0; y += rows * distance, left -= rows) {
            rows = smaller(tile_size(left), plan->rows);
            t.row = y * g->stride_height - g->pad_top;
            const ptrdiff_t offset =
                image * g->out_image_stride + channel * g->out_channel_stride + y * g->out_row_stride;
            if (!plan->columns) {
                run_row_tiles(&t, rows, plane + t.row * g->in_row_stride, part.columns, offset + part.columns.begin, 0,
                              distance == 1 && left > rows);
            }
            for (ptrdiff_t x = part.columns.begin; plan->columns && x < part.columns.end; x += plan->columns) {
                const ck_range columns = {x, smaller(x + plan->columns, part.columns.end)};
                const staged_rows staged = {
                    .plane = plane,
                    .first = t.row,
                    .step = g->dilation_height,
                    .lines = plan->step,
                    .skip = (plan->classes - plan->step) * g->dilation_height,
                    .count = rows_to_stage(g, plan, rows),
                    .column = x * g->stride_width - g->pad_left,
                    .columns = columns.end - x,
                    .to = buffer,
                    .pitch = pitch,
                    .length = plan->length,
                };
                stage_rows(g, &plan->phases, &staged);
                run_row_tiles(&t, rows, buffer, columns, offset + x, 1, 0);
            }
            for (ptrdiff_t i = 0; i < rows; i++) {
                activate_line(task->output + offset + i * t.output_step + part.columns.begin,
                              part.columns.end - part.columns.begin, task);
            }
        }
    }
}

#endif
