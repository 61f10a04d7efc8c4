// SPDX-License-Identifier: Apache-2.0
//
// The input transform of winograd_template.h: B^T d B for every tile of a part and VL channels at a time.
//
// The input of a strip of tiles is brought into channel lanes first, in a ring of as many rows as a tile has: the next
// row of tiles needs only some new ones. Columns are transposed in aligned groups of VL, and each tile is transformed
// as soon as its last column is there, while the group is in the first-level cache.
//
// With a stride the phases of a row of phases share what is brought: in channel lanes columns lie apart, and those of a
// phase are as good in any order. Where the channels of several phases share a vector, rows and columns are counted
// as the taps of one phase see them: see channel_source.

#ifndef CK_WINOGRAD_INPUT_H
#define CK_WINOGRAD_INPUT_H

// Neighbouring tiles of one span that is too wide for the ring, whole vectors: as many columns for each column of a
// tile must fit.
CK_INLINE ptrdiff_t residues_at_once(const tile_shape *s) {
    return s->aw * 16 <= WINOGRAD_RING ? 16 : 8;
}
_Static_assert(WINOGRAD_RING >= WINOGRAD_MAX_ALPHA * 8, "gathered columns must fit the ring");
_Static_assert(8 % VL == 0 || WINOGRAD_RING >= WINOGRAD_MAX_ALPHA * 16, "columns are gathered in whole vectors");

// How the columns of the ring belong to the tiles.
typedef struct tile_columns {
    ptrdiff_t advance; // from one output to the next
    ptrdiff_t step;    // from one tap to the next
    ptrdiff_t phases;  // begin at neighbouring columns, each with targets of its own
} tile_columns;

// The transform of VL channels of a part.
typedef struct input_pass {
    const winograd_tile *tile;
    const ck_task *task;
    const tile_grid *part;
    channel_source *source;
    tile_columns of_tiles;
    const point_targets *targets; // of each phase, those of the block's tile 0
    point_strides points;
    ptrdiff_t strip_offset; // of the part's tile 0 of the image in the targets, in tiles
    ptrdiff_t row_tiles;    // of a row of tiles there
} input_pass;

// The rows of the input that a row of tiles reads, and where the ring has them. Those before `fresh` are there already.
typedef struct ring_rows {
    float *ring[WINOGRAD_MAX_ALPHA];
    ptrdiff_t row[WINOGRAD_MAX_ALPHA];
    int fresh;
} ring_rows;

// One row of tiles in whole spans of columns: the tiles `tiles` of the part, which read `columns`.
static void input_spans(const input_pass *pass, ck_range tiles, ck_range columns, const ring_rows *rows,
                        ptrdiff_t target_offset) {
    const tile_shape *s = &pass->tile->shape;
    const tile_columns of_tiles = pass->of_tiles;
    const tile_axis horizontal = pass->part->horizontal;
    const ptrdiff_t left = columns.begin;
    const ptrdiff_t origin = left >= 0 ? left / VL * VL : -round_up(-left, VL);
    const ptrdiff_t first = tile_begin(horizontal, tiles.begin);
    ptrdiff_t tile = tiles.begin;
    for (ptrdiff_t x = origin; x < columns.end; x += VL) {
        const ck_range needed = {x < left ? left : x, smaller(x + VL, columns.end)};
        for (int i = rows->fresh; i < s->ah; i++) {
            load_lanes(pass->source, rows->row[i], x, needed, rows->ring[i] + (x - origin) * VL);
        }
        if (of_tiles.step == 1) {
            // Of one phase and without a dilation: tiles lie mw apart.
            const ptrdiff_t begin = left + tile * s->mw - first, complete = tile;
            for (ptrdiff_t end = begin + s->aw; tile < tiles.end && end <= needed.end; end += s->mw) {
                tile++;
            }
            if (tile > complete) {
                pass->tile->input_row(s, rows->ring, begin - origin, tile - complete, pass->targets[0],
                                      target_offset + (complete - tiles.begin) * VL, pass->points);
            }
            continue;
        }
        for (; tile < tiles.end; tile++) {
            const ptrdiff_t begin = left + (tile_begin(horizontal, tile) - first) * of_tiles.advance;
            if (begin + (s->aw - 1) * of_tiles.step + of_tiles.phases - 1 >= needed.end) {
                break;
            }
            for (ptrdiff_t phase = 0; phase < of_tiles.phases; phase++) {
                pass->tile->input_apart(s, rows->ring, begin + phase - origin, of_tiles.step, pass->targets[phase],
                                        target_offset + (tile - tiles.begin) * VL, pass->points);
            }
        }
    }
}

// The same for a few tiles of one span that is too wide for the ring: of each of their columns those beside one
// another.
static void input_residues(const input_pass *pass, ptrdiff_t tiles, ptrdiff_t left, const ring_rows *rows,
                           ptrdiff_t target_offset) {
    const tile_shape *s = &pass->tile->shape;
    const ptrdiff_t residues = residues_at_once(s);
    for (int i = rows->fresh; i < s->ah; i++) {
        for (ptrdiff_t j = 0; j < s->aw; j++) {
            const ptrdiff_t begin = left + j * pass->part->horizontal.dilation, end = begin + tiles;
            for (ptrdiff_t x = begin; x < end; x += VL) {
                const ck_range needed = {x, smaller(x + VL, end)};
                load_lanes(pass->source, rows->row[i], x, needed, rows->ring[i] + (j * residues + x - begin) * VL);
            }
        }
    }
    for (ptrdiff_t tile = 0; tile < tiles; tile++) {
        pass->tile->input_apart(s, rows->ring, tile, residues, pass->targets[0], target_offset + tile * VL,
                                pass->points);
    }
}

// The tiles of columns `strip` of one image of the part, all its rows.
static void input_strip(const input_pass *pass, ck_range strip, int whole_spans) {
    const tile_shape *s = &pass->tile->shape;
    const tile_grid *part = pass->part;
    const channel_source *source = pass->source;
    const tile_columns of_tiles = pass->of_tiles;
    const tile_axis vertical = part->vertical, horizontal = part->horizontal;
    const ptrdiff_t left = part->region->columns.begin * of_tiles.advance + source->first_column +
                           tile_begin(horizontal, strip.begin) * of_tiles.advance;
    const ptrdiff_t right =
        left + (tile_begin(horizontal, strip.end - 1) - tile_begin(horizontal, strip.begin)) * of_tiles.advance +
        (s->aw - 1) * of_tiles.step + of_tiles.phases;
    const ptrdiff_t residues = smaller(vertical.dilation, part->rows);
    for (ptrdiff_t residue = 0; residue < residues; residue++) {
        // Tiles of one residue follow one another and share rows.
        ptrdiff_t turn = 0;
        for (ptrdiff_t tile = residue; tile < part->rows; tile += vertical.dilation, turn++) {
            ring_rows rows = {.fresh = turn == 0 ? 0 : s->ah - s->mh};
            for (int i = 0; i < s->ah; i++) {
                rows.ring[i] = pass->task->scratch + (turn * s->mh + i) % s->ah * (WINOGRAD_RING * VL);
                rows.row[i] = (part->region->rows.begin + tile_begin(vertical, tile) + i * vertical.dilation) *
                                  source->row_advance +
                              source->first_row;
            }
            const ptrdiff_t offset = (pass->strip_offset + tile * pass->row_tiles + strip.begin) * VL;
            if (whole_spans) {
                input_spans(pass, strip, (ck_range){left, right}, &rows, offset);
            } else {
                input_residues(pass, strip.end - strip.begin, left, &rows, offset);
            }
        }
    }
}

// The channels of the pass in all tiles of the part.
static void input_channels(input_pass *pass, const tile_grid *block) {
    const tile_shape *s = &pass->tile->shape;
    const ck_task *task = pass->task;
    const tile_grid *part = pass->part;
    const ck_geometry *g = task->geometry;
    const ptrdiff_t dilation = part->horizontal.dilation;
    const int whole_spans = pass->of_tiles.step * s->aw <= WINOGRAD_STRIP;
    // Whole spans whose columns fill the ring, or some tiles of one span.
    const ptrdiff_t outputs = WINOGRAD_STRIP / pass->of_tiles.advance;
    const ptrdiff_t spans = (outputs - (s->aw - s->mw) * dilation) / (s->mw * dilation);
    const ptrdiff_t most = whole_spans ? spans * dilation : residues_at_once(s);
    pass->row_tiles = block->columns;
    // The rows that the next row of tiles brings; of a single one the next line.
    const ptrdiff_t below = s->mh * part->vertical.dilation * pass->source->row_advance * g->in_row_stride;
    pass->source->fetch = (part->rows > 1 ? below : 16) * (ptrdiff_t)sizeof(float);
    for (ptrdiff_t image = 0; image < part->images; image++) {
        pass->source->image = task->input + (part->region->images.begin + image) * g->in_image_stride;
        pass->strip_offset = tile_index(block, part, image, 0, 0);
        for (ptrdiff_t tile = 0, next; tile < part->columns; tile = next) {
            next = tile + most;
            if (!whole_spans && next / dilation != tile / dilation) {
                next = (tile / dilation + 1) * dilation;
            }
            next = smaller(next, part->columns);
            input_strip(pass, (ck_range){tile, next}, whole_spans);
        }
    }
}

static void winograd_prepare(const ck_task *task, const winograd_tile *tile) {
    const ck_geometry *g = task->geometry;
    const tile_shape *s = &tile->shape;
    const tile_grid block = tile_grid_of(g, &task->block, s);
    const tile_grid part = tile_grid_of(g, &task->part, s);
    const stride_phases plan = phases_of(g, s, VL);
    const ptrdiff_t tiles = tile_count(&block), depth = phase_depth(&plan);
    const ptrdiff_t points = odd_lines(tiles * round_up(depth, VL));
    channel_source source;
    input_pass pass = {
        .tile = tile, .task = task, .part = &part, .source = &source, .points = {points, s->aw * points}};
    if (tiles == 0 || tile_count(&part) == 0) {
        return;
    }
    if ((plan.rows * plan.columns > 1 && plan.channels % VL != 0) || !are_neighbours(g)) {
        // Vectors of several phases, or of several planes: as large a share of all of them as that of the input
        // channels.
        const ptrdiff_t phases = plan.rows * plan.columns;
        pass.of_tiles = (tile_columns){1, g->dilation_width, 1};
        for (ptrdiff_t c = task->channels.begin * phases; c < task->channels.end * phases; c += VL) {
            source = lanes_of_phases(g, &plan, c);
            float *to = task->prepared + c * tiles;
            const point_targets targets = {{to, to}, {to, to}};
            pass.targets = &targets;
            input_channels(&pass, &block);
        }
        return;
    }
    pass.of_tiles = (tile_columns){g->stride_width, g->stride_width * g->dilation_width, plan.columns};
    for (ptrdiff_t top = 0; top < plan.rows; top++) {
        for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c += VL) {
            source = lanes_of_row(g, top, c);
            point_targets targets[CK_WINOGRAD_MAX_STRIDE];
            for (ptrdiff_t left = 0; left < plan.columns; left++) {
                for (int i = 0; i < 4; i++) {
                    const ptrdiff_t slot = phase_slot(&plan, top, left, i / 2, i % 2);
                    targets[left][i / 2][i % 2] = slot < 0 ? NULL : task->prepared + (slot * plan.channels + c) * tiles;
                }
            }
            pass.targets = targets;
            input_channels(&pass, &block);
        }
    }
}

#endif
