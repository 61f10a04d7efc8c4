// SPDX-License-Identifier: Apache-2.0
//
// The output transform of winograd_template.h: A^T M A for every tile, VL output channels at a time, scaled back and
// with the bias; then residual, activation and store, a few tiles of a row together so that whole vectors of columns
// are stored.

#ifndef CK_WINOGRAD_OUTPUT_H
#define CK_WINOGRAD_OUTPUT_H

// Gathered tiles of up to VL output channels from k on: how they lie in `space`, and where they go.
typedef struct gathered_tiles {
    const tile_shape *shape;
    const ck_task *task;
    const tile_grid *part;
    tile_segment segment;
    ptrdiff_t tile_step, column_step; // in `space`, in columns
    ptrdiff_t k, channels;
    const float *bias; // VL floats
} gathered_tiles;

// Computes the unsound ones by the definition: winograd_definition.h.
static __attribute__((noinline)) void repair(const gathered_tiles *gathered, const output_lanes *lanes,
                                             const float *filters) {
    const tile_shape *s = gathered->shape;
    const ck_task *task = gathered->task;
    const tile_segment segment = gathered->segment;
    const tile_grid *part = gathered->part;
    const tile_axis vertical = part->vertical, horizontal = part->horizontal;
    for (ptrdiff_t tile = 0; tile < segment.tiles; tile++) {
        if (!is_unsound(lanes->sums + tile * VL, lanes->products + tile * PANEL, lanes->points.point, tile_points(s),
                        gathered->channels)) {
            continue;
        }
        for (ptrdiff_t i = 0; i < s->mh; i++) {
            for (ptrdiff_t j = 0; j < s->mw; j++) {
                const ptrdiff_t y = segment.y + i * vertical.dilation;
                const ptrdiff_t x =
                    segment.x + (horizontal.dilation == 1 ? tile * s->mw : tile) + j * horizontal.dilation;
                if (y < part->region->rows.end && x < part->region->columns.end) {
                    const ptrdiff_t column = tile * gathered->tile_step + j * gathered->column_step;
                    pixel_by_definition(task, segment.image, y, x, filters, gathered->bias, gathered->channels,
                                        lanes->space + (i * gathered_row(s) + column) * VL);
                }
            }
        }
    }
}

static void store_gathered(const gathered_tiles *gathered, const float *space) {
    const tile_shape *s = gathered->shape;
    const ck_task *task = gathered->task;
    const ck_geometry *g = task->geometry;
    const tile_grid *part = gathered->part;
    const tile_segment segment = gathered->segment;
    const ck_region *region = part->region;
    // Columns that follow one another: all of them, or of each column of the tiles those beside one another.
    const ptrdiff_t dilation = part->horizontal.dilation;
    const int is_one_run = dilation == 1 || segment.tiles == dilation;
    const ptrdiff_t run = is_one_run ? segment.tiles * s->mw : segment.tiles;
    for (ptrdiff_t i = 0; i < s->mh; i++) {
        const ptrdiff_t y = segment.y + i * part->vertical.dilation;
        for (ptrdiff_t j = 0; j < (is_one_run ? 1 : s->mw) && y < region->rows.end; j++) {
            const ptrdiff_t x = segment.x + j * dilation, count = smaller(run, region->columns.end - x);
            const float *from = space + (i * gathered_row(s) + j * segment.tiles) * VL;
            if (count > 0 && g->out_column_phases == 2) {
                store_woven_lanes(task, from,
                                  segment.image * g->out_image_stride + gathered->k / 2 * g->out_channel_stride +
                                      y * g->out_row_stride,
                                  x, gathered->channels, count);
            } else if (count > 0) {
                store_lanes(task, from,
                            segment.image * g->out_image_stride + gathered->k * g->out_channel_stride +
                                y * g->out_row_stride + x * g->out_pixel_stride,
                            gathered->channels, count);
            }
        }
    }
}

// What tiles multiply to for the output channels k ..< k + PANEL, as far as there are any.
typedef struct panel_products {
    ptrdiff_t k;
    const float *filters;  // the panel's scales and filters
    const float *products; // of the first tile; PANEL floats to the next
    ptrdiff_t points;      // floats from one point to the next
    float *space;          // mh x gathered_row vectors, for tiles that are gathered
} panel_products;

// The bias of up to VL output channels from k on.
static void load_bias(const ck_task *task, ptrdiff_t k, ptrdiff_t channels, float bias[VL]) {
    const float *from = task->epilogue.bias;
    if (from == NULL || task->geometry->out_column_phases != 2) {
        vec_store(bias, from == NULL ? vec_zero() : vec_load_lanes(from + k, 0, channels));
        return;
    }
    for (ptrdiff_t i = 0; i < VL; i++) {
        bias[i] = i < channels ? from[(k + i) / 2] : 0;
    }
}

// The tiles `tiles` of the part.
static void output_tiles(const winograd_tile *tile, const ck_task *task, const tile_grid *part, ck_range tiles,
                         const panel_products *panel) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t k = panel->k, points = panel->points;
    const float *filters = panel->filters, *products = panel->products;
    float *const space = panel->space;
    const tile_shape *s = &tile->shape;
    const int is_dilated = part->horizontal.dilation > 1;
    // Tiles of several rows are gathered to the end of a vector or of three, to stay in the first-level cache.
    const ptrdiff_t most = is_dilated || s->mh == 1 ? WINOGRAD_GATHERED : (s->mw % 3 == 0 ? 48 : 16) / s->mw;
    float sums[WINOGRAD_GATHERED * VL], bias[VL];
    for (ptrdiff_t first = tiles.begin, n; first < tiles.end; first += n, products += n * PANEL) {
        gathered_tiles gathered = {.shape = s,
                                   .task = task,
                                   .part = part,
                                   .segment = tile_segment_at(part, first, smaller(tiles.end, first + most))};
        n = gathered.segment.tiles;
        gathered.tile_step = is_dilated ? 1 : s->mw;
        gathered.column_step = is_dilated ? n : 1;
        for (ptrdiff_t half = 0; half < PANEL && k + half < g->out_channels; half += VL) {
            gathered.k = k + half;
            gathered.channels = smaller(g->out_channels - gathered.k, VL);
            gathered.bias = bias;
            load_bias(task, gathered.k, gathered.channels, bias);
            const output_lanes lanes = {products + half, {points, s->aw * points}, space, sums, filters + half, bias};
            (is_dilated ? tile->output_apart : tile->output_row)(s, &lanes, n);
            if (__builtin_expect(are_suspect(sums, n, gathered.channels), 0)) {
                repair(&gathered, &lanes, filters + PANEL + half);
            }
            store_gathered(&gathered, space);
        }
    }
}

#endif
