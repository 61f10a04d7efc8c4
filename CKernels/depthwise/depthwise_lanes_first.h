// SPDX-License-Identifier: Apache-2.0
//
// Depthwise lanes of NCHW, of VL input channels or more: transposed to lanes and back. Of several filters of one plane,
// the first of all planes are computed, then the second of all, and so on, from the same input in lanes.
//
// The taps are added in the order in which tiles add them (depthwise_tile.h), which compute the channels that do not
// fill vectors.

#ifndef CK_DEPTHWISE_LANES_FIRST_H
#define CK_DEPTHWISE_LANES_FIRST_H

/// What takes time beside the multiplications, in the unit of LANE_TAP and TILE_TAP: a pixel brought into lanes, one
/// moved there, one stored from there, and four columns brought apart into phases, or two.
enum { LANE_GATHER = 70, LANE_MOVE = 35, LANE_STORE = 60, TILE_STAGE = 400, TILE_STAGE_PAIR = 250 };

// Whether lanes take less time than tiles. Beside a stride of 1 along the rows tiles copy nothing, and what they lose
// is the rest of vectors and the masks at either end of a row.
static int lanes_pay(const ck_geometry *g, const lane_plan *p) {
    const ptrdiff_t taps = g->kernel_height * g->kernel_width, width = g->out_width;
    if (g->stride_width == 1) {
        return LANES_UNSTRIDED(g->kernel_height, g->kernel_width, g->out_height, width) || g->stride_height > 2;
    }
    const ptrdiff_t outputs = p->rows * p->columns, moved = (p->window_rows - p->row_step) * p->pitch;
    const double lanes = (double)(taps * LANE_TAP + LANE_STORE) +
                         (double)(p->rows * p->row_step * p->pitch * LANE_GATHER + moved * LANE_MOVE) / (double)outputs;
    const phase_plan phases = plan_phases(g);
    const ptrdiff_t tile = smaller(TILE_OUTPUTS, g->out_height);
    const ptrdiff_t staged = ((tile - 1) * p->row_step + g->kernel_height) * round_up(width + phases.reach, 4);
    // Four neighbouring columns are brought apart in the time of one.
    const ptrdiff_t neighbours = phases.unit == 1 ? 4 : phases.unit <= 3 ? 2 : 1;
    const ptrdiff_t fours = (phases.count + neighbours - 1) / neighbours;
    // Even and odd columns are told apart by whole vectors.
    const ptrdiff_t stage = g->stride_width == 2 && phases.count == 2 ? TILE_STAGE_PAIR : fours * TILE_STAGE;
    const double tiles = (double)(taps * TILE_TAP * round_up(width, VL)) / (double)width +
                         (double)(staged * stage) / (double)(tile * width);
    return lanes < tiles;
}

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
