// SPDX-License-Identifier: Apache-2.0
//
// What runs tiles, of rows (depthwise_rows.h) or of columns (depthwise_columns.h), alone or beside channel lanes
// (depthwise_lanes_first.h), and the plan of it.
//
// Channels whose weights are not finite go by lines. Beside lanes, tiles compute the channels that do not fill a
// vector, in the same order of sums: what is computed in lanes does not depend on the cut into tasks, but bits must not
// either.

#ifndef CK_DEPTHWISE_TILES_H
#define CK_DEPTHWISE_TILES_H

/// The chains of tiles and the taps in lanes lie behind it.
typedef struct tile_plan {
    int by_columns;
    column_plan columns; ///< one of the two
    row_plan rows;
    chain_list list;
    ptrdiff_t stage_floats; ///< what tiles copy
    lane_plan lanes;        ///< beside lanes
} tile_plan;

static int plan_tiles(const ck_geometry *g, tile_plan *p, int by_columns) {
    p->by_columns = by_columns;
    if (!has_neighbours(g) || !offsets_fit(g)) return 0;
    if (by_columns ? !plan_columns(g, &p->columns) : !plan_rows(g, &p->rows)) return 0;
    p->stage_floats = by_columns ? column_stage_floats(g, &p->columns) : row_stage_floats(g, &p->rows);
    return 1;
}

static int is_by_columns(const ck_kernel *kernel) {
    return kernel->depthwise.body == CK_DEPTHWISE_COLUMNS || kernel->depthwise.body == CK_DEPTHWISE_COLUMN_LANES;
}

static int is_in_lanes(const ck_kernel *kernel) {
    return kernel->depthwise.body == CK_DEPTHWISE_COLUMN_LANES || kernel->depthwise.body == CK_DEPTHWISE_ROW_LANES;
}

static int tiles_apply(const ck_kernel *kernel, const ck_geometry *g) {
    tile_plan p;
    return plan_tiles(g, &p, is_by_columns(kernel)) && (!is_in_lanes(kernel) || plan_lanes(g, &p.lanes));
}

static ptrdiff_t tile_scratch_bytes(const ck_kernel *kernel, const ck_geometry *g, const ck_region *part) {
    (void)part;
    tile_plan p;
    if (!plan_tiles(g, &p, is_by_columns(kernel))) return 0;
    ptrdiff_t floats = p.stage_floats;
    if (is_in_lanes(kernel) && plan_lanes(g, &p.lanes)) floats = larger(floats, lane_scratch_floats(&p.lanes));
    return floats * (ptrdiff_t)sizeof(float);
}

static void make_tile_plan(const ck_kernel *kernel, const ck_geometry *g, void *plan) {
    tile_plan *p = plan;
    *p = (tile_plan){0};
    plan_tiles(g, p, is_by_columns(kernel));
    p->list.chains = (chain *)(p + 1);
    if (p->by_columns) {
        list_column_chains(g, &p->columns, &p->list);
    } else {
        list_row_chains(g, &p->rows, &p->list);
    }
    if (!is_in_lanes(kernel)) return;
    plan_lanes(g, &p->lanes);
    p->lanes.taps = (lane_tap *)(p->list.chains + count_taps(g));
    order_taps(g, &p->lanes, &p->list);
}

static ptrdiff_t tile_plan_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    const size_t tap = sizeof(chain) + (is_in_lanes(kernel) ? sizeof(lane_tap) : 0);
    return (ptrdiff_t)sizeof(tile_plan) + count_taps(g) * (ptrdiff_t)tap;
}

// What tiles alone or lanes copy. With a stride along the rows tiles bring the input apart; without one, what may be
// copied is not counted.
static void count_tile_work(const ck_kernel *kernel, const ck_geometry *g, ck_depthwise_work *work) {
    if (is_in_lanes(kernel)) {
        lane_plan lanes;
        if (plan_lanes(g, &lanes)) *work = count_lanes(&lanes);
        return;
    }
    const phase_plan phases = plan_phases(g);
    const ptrdiff_t tile = smaller(TILE_OUTPUTS, g->out_height);
    const ptrdiff_t common = greatest_common_divisor(g->stride_height, g->dilation_height);
    const ptrdiff_t window = (g->kernel_height - 1) * (g->dilation_height / common) + 1;
    const ptrdiff_t rows = (tile - 1) * smaller(g->stride_height / common, window) + g->kernel_height;
    const double columns = (double)rows * (double)round_up(g->out_width + phases.reach, 4);
    // Four neighbouring columns are brought apart in the time of one; even and odd ones by whole vectors.
    const ptrdiff_t neighbours = phases.unit == 1 ? 4 : phases.unit <= 3 ? 2 : 1;
    const ptrdiff_t fours = (phases.count + neighbours - 1) / neighbours;
    const int in_pairs = g->stride_width == 2 && phases.count == 2;
    *work = (ck_depthwise_work){
        .outputs = (double)tile * (double)g->out_width,
        .fours = in_pairs ? 0 : columns * (double)fours,
        .pairs = in_pairs ? columns : 0,
    };
}

// One channel of one image, of finite weights.
static void run_tile_channel(const ck_task *task, const tile_plan *p, ptrdiff_t image, ptrdiff_t channel) {
    if (p->by_columns) {
        run_columns(task, &p->columns, &p->list, task->scratch, image, channel);
    } else {
        run_rows(task, &p->rows, &p->list, task->scratch, image, channel);
    }
}

static void run_by_tiles(const ck_task *task) {
    const ck_range images = task->part.images, channels = task->channels;
    for (ptrdiff_t image = images.begin; image < images.end; image++) {
        for (ptrdiff_t c = channels.begin; c < channels.end; c++) {
            if (finite_end(task, (ck_range){c, c + 1}) > c) {
                run_tile_channel(task, task->plan, image, c);
            } else {
                run_lines(task, image, c);
            }
        }
    }
}

static void run_by_lanes(const ck_task *task) {
    const tile_plan *plan = task->plan;
    const ck_range images = task->part.images, channels = task->channels;
    const ptrdiff_t filters = task->geometry->out_channels, vector = VL * filters;
    const lane_plan lanes = place_lanes(&plan->lanes, task->scratch);
    for (ptrdiff_t image = images.begin; image < images.end; image++) {
        ptrdiff_t in_lanes = 0; // so many channels before this one
        for (ptrdiff_t c = channels.begin, end; c < channels.end; c = end) {
            end = finite_end(task, (ck_range){c, c % filters == 0 ? smaller(c + vector, channels.end) : c + 1});
            // The last channels, with some before them again, where a residual is not added twice.
            const ptrdiff_t first = end == channels.end && in_lanes > 0 && !task->epilogue.residual ? end - vector : c;
            if (end - first == vector && first % filters == 0) {
                run_lanes(task, &lanes, image, first / filters);
                in_lanes = vector;
                continue;
            }
            in_lanes = 0;
            if (end > c) {
                run_tile_channel(task, plan, image, c);
            } else {
                run_lines(task, image, c);
            }
            end = c + 1;
        }
    }
}

#endif
