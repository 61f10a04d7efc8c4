// SPDX-License-Identifier: Apache-2.0
//
// The input transform of winograd_template.h: B^T d B for every tile of a part and VL channels at a time.
//
// The input of a strip of tiles is brought into channel lanes first, in a ring of as many rows as a tile has: the next
// row of tiles needs only some new ones. Columns are transposed in aligned groups of VL, and each tile is transformed
// as soon as its last column is there, while the group is in the first-level cache.
//
// Rows and columns are counted as the taps of one phase see them, see lane_source.

// Columns of a strip with its halo. The ring holds up to VL - 1 more before them for the alignment and as many behind.
// Odd, so that the rows of a tile do not share cache sets.
#define WINOGRAD_STRIP 128
#define WINOGRAD_RING ((WINOGRAD_STRIP + 2 * VL) | 1)

// Where the points of a tile go, by whether a point is at infinity on the vertical and on the horizontal axis. NULL
// where the channels have no tap.
typedef float *WINOGRAD(targets)[2][2];

// The columns of the tile are `step` apart.
CK_INLINE void WINOGRAD(input_tile)(float *const *rows, ptrdiff_t column, const ptrdiff_t step,
                                    const WINOGRAD(targets) targets, ptrdiff_t offset, ptrdiff_t points) {
    vec t[WINOGRAD_AH][WINOGRAD_AW];
#pragma clang loop unroll(full)
    for (int j = 0; j < WINOGRAD_AW; j++) {
        vec d[WINOGRAD_AH], v[WINOGRAD_AH];
#pragma clang loop unroll(full)
        for (int i = 0; i < WINOGRAD_AH; i++) {
            d[i] = vec_load(rows[i] + (column + j * step) * VL);
        }
        winograd_input(d, v, WINOGRAD_AH);
#pragma clang loop unroll(full)
        for (int i = 0; i < WINOGRAD_AH; i++) {
            t[i][j] = v[i];
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < WINOGRAD_AH; i++) {
        vec v[WINOGRAD_AW];
        winograd_input(t[i], v, WINOGRAD_AW);
#pragma clang loop unroll(full)
        for (int j = 0; j < WINOGRAD_AW; j++) {
            float *to = targets[i == WINOGRAD_AH - 1][j == WINOGRAD_AW - 1];
            if ((i < WINOGRAD_AH - 1 && j < WINOGRAD_AW - 1) || to != NULL) {
                vec_store(to + offset + (i * WINOGRAD_AW + j) * points, v[j]);
            }
        }
    }
}

// One row of tiles in whole spans of columns: the tiles `tiles` of the part, which read `columns`, from the rows of the
// ring. Rows before `fresh` are there already.
static inline void WINOGRAD(input_spans)(const lane_source *source, const tile_grid *part, ck_range tiles,
                                         ck_range columns, float *const *rows, const ptrdiff_t *row, int fresh,
                                         const WINOGRAD(targets) targets, ptrdiff_t points) {
    const ptrdiff_t left = columns.begin, step = part->horizontal.dilation;
    const ptrdiff_t origin = left >= 0 ? left / VL * VL : -round_up(-left, VL);
    const ptrdiff_t first = tile_begin(part->horizontal, tiles.begin);
    ptrdiff_t tile = tiles.begin;
    for (ptrdiff_t x = origin; x < columns.end; x += VL) {
        const ck_range needed = {x < left ? left : x, x + VL < columns.end ? x + VL : columns.end};
        for (int i = fresh; i < WINOGRAD_AH; i++) {
            load_lanes(source, row[i], x, needed, rows[i] + (x - origin) * VL);
        }
        for (; tile < tiles.end; tile++) {
            const ptrdiff_t begin = left + tile_begin(part->horizontal, tile) - first;
            if (begin + (WINOGRAD_AW - 1) * step >= needed.end) {
                break;
            }
            const ptrdiff_t offset = (tile - tiles.begin) * VL;
            if (step == 1) {
                WINOGRAD(input_tile)(rows, begin - origin, 1, targets, offset, points);
            } else {
                WINOGRAD(input_tile)(rows, begin - origin, step, targets, offset, points);
            }
        }
    }
}

// The same for a few tiles of one span that is too wide for the ring: of each of their columns those beside one
// another.
static inline void WINOGRAD(input_residues)(const lane_source *source, const tile_grid *part, ptrdiff_t tiles,
                                            ptrdiff_t left, float *const *rows, const ptrdiff_t *row, int fresh,
                                            const WINOGRAD(targets) targets, ptrdiff_t points) {
    for (int i = fresh; i < WINOGRAD_AH; i++) {
        for (ptrdiff_t j = 0; j < WINOGRAD_AW; j++) {
            const ptrdiff_t begin = left + j * part->horizontal.dilation, end = begin + tiles;
            for (ptrdiff_t x = begin; x < end; x += VL) {
                const ck_range needed = {x, x + VL < end ? x + VL : end};
                load_lanes(source, row[i], x, needed, rows[i] + (j * 16 + x - begin) * VL);
            }
        }
    }
    for (ptrdiff_t tile = 0; tile < tiles; tile++) {
        WINOGRAD(input_tile)(rows, tile, 16, targets, tile * VL, points);
    }
}

// The tiles of columns `strip` of one image of the part, all its rows, the channels of `source`.
static void WINOGRAD(input_strip)(const ck_task *task, const tile_grid *part, const lane_source *source, ck_range strip,
                                  int whole_spans, const WINOGRAD(targets) targets, ptrdiff_t row_stride,
                                  ptrdiff_t points) {
    const ck_geometry *g = task->geometry;
    const tile_axis vertical = part->vertical, horizontal = part->horizontal;
    // With a stride the padding belongs to the phases; see lane_source.
    const ptrdiff_t top = part->region->rows.begin - (g->stride_height == 1 ? g->pad_top : 0);
    const ptrdiff_t left =
        part->region->columns.begin - (g->stride_width == 1 ? g->pad_left : 0) + tile_begin(horizontal, strip.begin);
    const ptrdiff_t right = left + tile_begin(horizontal, strip.end - 1) - tile_begin(horizontal, strip.begin) +
                            (WINOGRAD_AW - 1) * horizontal.dilation + 1;
    const ptrdiff_t residues = vertical.dilation < part->rows ? vertical.dilation : part->rows;
    for (ptrdiff_t residue = 0; residue < residues; residue++) {
        // Tiles of one residue follow one another and share rows.
        ptrdiff_t turn = 0;
        for (ptrdiff_t tile = residue; tile < part->rows; tile += vertical.dilation, turn++) {
            float *rows[WINOGRAD_AH];
            ptrdiff_t row[WINOGRAD_AH];
            for (int i = 0; i < WINOGRAD_AH; i++) {
                rows[i] = task->scratch + (turn * WINOGRAD_MH + i) % WINOGRAD_AH * (WINOGRAD_RING * VL);
                row[i] = top + tile_begin(vertical, tile) + i * vertical.dilation;
            }
            const int fresh = turn == 0 ? 0 : WINOGRAD_AH - WINOGRAD_MH;
            WINOGRAD(targets) moved;
            for (int i = 0; i < 4; i++) {
                float *to = targets[i / 2][i % 2];
                moved[i / 2][i % 2] = to == NULL ? NULL : to + tile * row_stride + strip.begin * VL;
            }
            if (whole_spans) {
                WINOGRAD(input_spans)(source, part, strip, (ck_range){left, right}, rows, row, fresh, moved, points);
            } else {
                WINOGRAD(input_residues)(source, part, strip.end - strip.begin, left, rows, row, fresh, moved, points);
            }
        }
    }
}

// The channels of `source` in all tiles of the part. `targets` are those of the block's tile 0.
static void WINOGRAD(input_channels)(const ck_task *task, const tile_grid *block, const tile_grid *part,
                                     lane_source *source, const WINOGRAD(targets) targets, ptrdiff_t points) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t dilation = part->horizontal.dilation;
    const int whole_spans = dilation * WINOGRAD_AW <= WINOGRAD_STRIP;
    // Whole spans whose columns fill the ring, or 16 tiles of one span.
    const ptrdiff_t spans = (WINOGRAD_STRIP - (WINOGRAD_AW - WINOGRAD_MW) * dilation) / (WINOGRAD_MW * dilation);
    const ptrdiff_t most = whole_spans ? spans * dilation : 16;
    for (ptrdiff_t image = 0; image < part->images; image++) {
        WINOGRAD(targets) moved;
        for (int i = 0; i < 4; i++) {
            float *to = targets[i / 2][i % 2];
            moved[i / 2][i % 2] = to == NULL ? NULL : to + tile_index(block, part, image, 0, 0) * VL;
        }
        source->image = task->input + (part->region->images.begin + image) * g->in_image_stride;
        for (ptrdiff_t tile = 0, next; tile < part->columns; tile = next) {
            next = tile + most;
            if (!whole_spans && next / dilation != tile / dilation) {
                next = (tile / dilation + 1) * dilation;
            }
            next = next < part->columns ? next : part->columns;
            WINOGRAD(input_strip)(task, part, source, (ck_range){tile, next}, whole_spans, moved, block->columns * VL,
                                  points);
        }
    }
}

static void WINOGRAD(prepare)(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const tile_grid block = tile_grid_of(g, &task->block, WINOGRAD_MH, WINOGRAD_MW);
    const tile_grid part = tile_grid_of(g, &task->part, WINOGRAD_MH, WINOGRAD_MW);
    const phase_plan plan = phases_of(g, WINOGRAD_RH, WINOGRAD_RW, VL);
    const ptrdiff_t tiles = tile_count(&block), depth = phase_depth(&plan);
    const ptrdiff_t points = point_stride(tiles * round_up(depth, VL));
    if (tiles == 0 || tile_count(&part) == 0) {
        return;
    }
    if (plan.rows * plan.columns > 1 && plan.channels % VL != 0) {
        // Vectors of several phases: the first share of the input channels brings them all.
        for (ptrdiff_t c = 0; c < depth && task->channels.begin == 0; c += VL) {
            lane_source source = lanes_of_phases(g, &plan, c);
            float *to = task->prepared + c * tiles;
            const WINOGRAD(targets) targets = {{to, to}, {to, to}};
            WINOGRAD(input_channels)(task, &block, &part, &source, targets, points);
        }
        return;
    }
    for (ptrdiff_t phase = 0; phase < plan.rows * plan.columns; phase++) {
        for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c += VL) {
            lane_source source = lanes_of_phases(g, &plan, phase * plan.channels + c);
            WINOGRAD(targets) targets;
            for (int i = 0; i < 4; i++) {
                const ptrdiff_t slot = phase_slot(&plan, phase / plan.columns, phase % plan.columns, i / 2, i % 2);
                targets[i / 2][i % 2] = slot < 0 ? NULL : task->prepared + (slot * plan.channels + c) * tiles;
            }
            WINOGRAD(input_channels)(task, &block, &part, &source, targets, points);
        }
    }
}
