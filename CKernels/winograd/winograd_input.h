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
// as the taps of one phase see them: see lane_source.

// Columns of a strip with its halo. The ring holds up to VL - 1 more before them for the alignment and as many behind.
// Odd, so that the rows of a tile do not share cache sets.
#define WINOGRAD_STRIP 128
#define WINOGRAD_RING ((WINOGRAD_STRIP + 2 * VL) | 1)

// Neighbouring tiles of one span that is too wide for the ring: as many columns for each column of a tile must fit.
#define WINOGRAD_RESIDUES (WINOGRAD_AW * 16 <= WINOGRAD_RING ? 16 : 8)
_Static_assert(WINOGRAD_RING >= WINOGRAD_AW * WINOGRAD_RESIDUES, "gathered columns must fit the ring");
_Static_assert(WINOGRAD_RESIDUES % VL == 0, "columns are gathered in whole vectors");

// Where the points of a tile go, by whether a point is at infinity on the vertical and on the horizontal axis. NULL
// where the channels have no tap.
typedef float *WINOGRAD(targets)[2][2];

// The columns of the tile are `step` apart. Rows of the transform are computed two at a time, those that share their
// sums: all of them at once do not fit the registers, and to load the input again is cheaper than to spill.
CK_UNROLLED void WINOGRAD(input_tile)(float *const *rows, ptrdiff_t column, const ptrdiff_t step,
                                      const WINOGRAD(targets) targets, ptrdiff_t offset, ptrdiff_t points) {
    enum { ZERO = WINOGRAD_AH % 2 == 0 };
#pragma clang loop unroll(full)
    for (int pair = 0; pair < (WINOGRAD_AH + 1) / 2; pair++) {
        // The points 0 and infinity, or the last alone; a and -a.
        const int first = ZERO && pair == 0 ? 0 : 2 * pair - ZERO;
        const int second = ZERO && pair == 0 ? WINOGRAD_AH - 1 : smaller(first + 1, WINOGRAD_AH - 1);
        vec t[2][WINOGRAD_AW];
#pragma clang loop unroll(full)
        for (int j = 0; j < WINOGRAD_AW; j++) {
            vec d[WINOGRAD_AH], v[WINOGRAD_AH];
#pragma clang loop unroll(full)
            for (int i = 0; i < WINOGRAD_AH; i++) {
                d[i] = vec_load(rows[i] + (column + j * step) * VL);
            }
            winograd_input(d, v, WINOGRAD_AH);
            t[0][j] = v[first];
            t[1][j] = v[second];
        }
#pragma clang loop unroll(full)
        for (int n = 0; n < (first == second ? 1 : 2); n++) {
            const int i = n == 0 ? first : second;
            vec v[WINOGRAD_AW];
            winograd_input(t[n], v, WINOGRAD_AW);
#pragma clang loop unroll(full)
            for (int j = 0; j < WINOGRAD_AW; j++) {
                float *to = targets[i == WINOGRAD_AH - 1][j == WINOGRAD_AW - 1];
                if ((i < WINOGRAD_AH - 1 && j < WINOGRAD_AW - 1) || to != NULL) {
                    vec_store(to + offset + (i * WINOGRAD_AW + j) * points, v[j]);
                }
            }
        }
    }
}

// Of columns that are not neighbours: one copy of the unrolled transform serves every step.
static __attribute__((noinline)) void WINOGRAD(input_tile_apart)(float *const *rows, ptrdiff_t column, ptrdiff_t step,
                                                                 const WINOGRAD(targets) targets, ptrdiff_t offset,
                                                                 ptrdiff_t points) {
    WINOGRAD(input_tile)(rows, column, step, targets, offset, points);
}

// How the columns of the ring belong to the tiles.
typedef struct WINOGRAD(columns) {
    ptrdiff_t advance; // from one output to the next
    ptrdiff_t step;    // from one tap to the next
    ptrdiff_t phases;  // begin at neighbouring columns, each with targets of its own
} WINOGRAD(columns);

// One row of tiles in whole spans of columns: the tiles `tiles` of the part, which read `columns`, from the rows of the
// ring. Rows before `fresh` are there already.
static inline void WINOGRAD(input_spans)(const lane_source *source, const tile_grid *part, ck_range tiles,
                                         WINOGRAD(columns) of_tiles, ck_range columns, float *const *rows,
                                         const ptrdiff_t *row, int fresh, const WINOGRAD(targets) * targets,
                                         ptrdiff_t target_offset, ptrdiff_t points) {
    const ptrdiff_t left = columns.begin;
    const ptrdiff_t origin = left >= 0 ? left / VL * VL : -round_up(-left, VL);
    const ptrdiff_t first = tile_begin(part->horizontal, tiles.begin);
    ptrdiff_t tile = tiles.begin;
    for (ptrdiff_t x = origin; x < columns.end; x += VL) {
        const ck_range needed = {x < left ? left : x, x + VL < columns.end ? x + VL : columns.end};
        for (int i = fresh; i < WINOGRAD_AH; i++) {
            load_lanes(source, row[i], x, needed, rows[i] + (x - origin) * VL);
        }
        for (; tile < tiles.end; tile++) {
            const ptrdiff_t begin = left + (tile_begin(part->horizontal, tile) - first) * of_tiles.advance;
            if (begin + (WINOGRAD_AW - 1) * of_tiles.step + of_tiles.phases - 1 >= needed.end) {
                break;
            }
            const ptrdiff_t offset = target_offset + (tile - tiles.begin) * VL;
            if (of_tiles.step == 1) {
                WINOGRAD(input_tile)(rows, begin - origin, 1, targets[0], offset, points);
                continue;
            }
            for (ptrdiff_t phase = 0; phase < of_tiles.phases; phase++) {
                WINOGRAD(input_tile_apart)(rows, begin + phase - origin, of_tiles.step, targets[phase], offset, points);
            }
        }
    }
}

// The same for a few tiles of one span that is too wide for the ring: of each of their columns those beside one
// another.
static inline void WINOGRAD(input_residues)(const lane_source *source, const tile_grid *part, ptrdiff_t tiles,
                                            ptrdiff_t left, float *const *rows, const ptrdiff_t *row, int fresh,
                                            const WINOGRAD(targets) targets, ptrdiff_t target_offset,
                                            ptrdiff_t points) {
    for (int i = fresh; i < WINOGRAD_AH; i++) {
        for (ptrdiff_t j = 0; j < WINOGRAD_AW; j++) {
            const ptrdiff_t begin = left + j * part->horizontal.dilation, end = begin + tiles;
            for (ptrdiff_t x = begin; x < end; x += VL) {
                const ck_range needed = {x, x + VL < end ? x + VL : end};
                load_lanes(source, row[i], x, needed, rows[i] + (j * WINOGRAD_RESIDUES + x - begin) * VL);
            }
        }
    }
    for (ptrdiff_t tile = 0; tile < tiles; tile++) {
        WINOGRAD(input_tile_apart)(rows, tile, WINOGRAD_RESIDUES, targets, target_offset + tile * VL, points);
    }
}

// The tiles of columns `strip` of one image of the part, all its rows, the channels of `source`. `tile_offset` is that
// of the part's tile 0 in the targets, in tiles of which `tile_columns` are a row.
static void WINOGRAD(input_strip)(const ck_task *task, const tile_grid *part, const lane_source *source, ck_range strip,
                                  WINOGRAD(columns) of_tiles, int whole_spans, const WINOGRAD(targets) * targets,
                                  ptrdiff_t tile_offset, ptrdiff_t tile_columns, ptrdiff_t points) {
    const tile_axis vertical = part->vertical, horizontal = part->horizontal;
    const ptrdiff_t left = part->region->columns.begin * of_tiles.advance + source->first_column +
                           tile_begin(horizontal, strip.begin) * of_tiles.advance;
    const ptrdiff_t right =
        left + (tile_begin(horizontal, strip.end - 1) - tile_begin(horizontal, strip.begin)) * of_tiles.advance +
        (WINOGRAD_AW - 1) * of_tiles.step + of_tiles.phases;
    const ptrdiff_t residues = vertical.dilation < part->rows ? vertical.dilation : part->rows;
    for (ptrdiff_t residue = 0; residue < residues; residue++) {
        // Tiles of one residue follow one another and share rows.
        ptrdiff_t turn = 0;
        for (ptrdiff_t tile = residue; tile < part->rows; tile += vertical.dilation, turn++) {
            float *rows[WINOGRAD_AH];
            ptrdiff_t row[WINOGRAD_AH];
            for (int i = 0; i < WINOGRAD_AH; i++) {
                rows[i] = task->scratch + (turn * WINOGRAD_MH + i) % WINOGRAD_AH * (WINOGRAD_RING * VL);
                row[i] = (part->region->rows.begin + tile_begin(vertical, tile) + i * vertical.dilation) *
                             source->row_advance +
                         source->first_row;
            }
            const int fresh = turn == 0 ? 0 : WINOGRAD_AH - WINOGRAD_MH;
            const ptrdiff_t offset = (tile_offset + tile * tile_columns + strip.begin) * VL;
            if (whole_spans) {
                WINOGRAD(input_spans)(source, part, strip, of_tiles, (ck_range){left, right}, rows, row, fresh, targets,
                                      offset, points);
            } else {
                WINOGRAD(input_residues)(source, part, strip.end - strip.begin, left, rows, row, fresh, targets[0],
                                         offset, points);
            }
        }
    }
}

// The channels of `source` in all tiles of the part. `targets` are those of the block's tile 0.
static void WINOGRAD(input_channels)(const ck_task *task, const tile_grid *block, const tile_grid *part,
                                     lane_source *source, WINOGRAD(columns) of_tiles, const WINOGRAD(targets) * targets,
                                     ptrdiff_t points) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t dilation = part->horizontal.dilation;
    const int whole_spans = of_tiles.step * WINOGRAD_AW <= WINOGRAD_STRIP;
    // Whole spans whose columns fill the ring, or some tiles of one span.
    const ptrdiff_t outputs = WINOGRAD_STRIP / of_tiles.advance;
    const ptrdiff_t spans = (outputs - (WINOGRAD_AW - WINOGRAD_MW) * dilation) / (WINOGRAD_MW * dilation);
    const ptrdiff_t most = whole_spans ? spans * dilation : WINOGRAD_RESIDUES;
    for (ptrdiff_t image = 0; image < part->images; image++) {
        source->image = task->input + (part->region->images.begin + image) * g->in_image_stride;
        for (ptrdiff_t tile = 0, next; tile < part->columns; tile = next) {
            next = tile + most;
            if (!whole_spans && next / dilation != tile / dilation) {
                next = (tile / dilation + 1) * dilation;
            }
            next = next < part->columns ? next : part->columns;
            WINOGRAD(input_strip)(task, part, source, (ck_range){tile, next}, of_tiles, whole_spans, targets,
                                  tile_index(block, part, image, 0, 0), block->columns, points);
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
        // Vectors of several phases: as large a share of all of them as that of the input channels.
        const WINOGRAD(columns) of_tiles = {1, g->dilation_width, 1};
        const ptrdiff_t phases = plan.rows * plan.columns;
        for (ptrdiff_t c = task->channels.begin * phases; c < task->channels.end * phases; c += VL) {
            lane_source source = lanes_of_phases(g, &plan, c);
            float *to = task->prepared + c * tiles;
            const WINOGRAD(targets) targets = {{to, to}, {to, to}};
            WINOGRAD(input_channels)(task, &block, &part, &source, of_tiles, &targets, points);
        }
        return;
    }
    const WINOGRAD(columns) of_tiles = {g->stride_width, g->stride_width * g->dilation_width, plan.columns};
    for (ptrdiff_t top = 0; top < plan.rows; top++) {
        for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c += VL) {
            lane_source source = lanes_of_row(g, top, c);
            WINOGRAD(targets) targets[CK_WINOGRAD_MOST_STRIDE];
            for (ptrdiff_t left = 0; left < plan.columns; left++) {
                for (int i = 0; i < 4; i++) {
                    const ptrdiff_t slot = phase_slot(&plan, top, left, i / 2, i % 2);
                    targets[left][i / 2][i % 2] = slot < 0 ? NULL : task->prepared + (slot * plan.channels + c) * tiles;
                }
            }
            WINOGRAD(input_channels)(task, &block, &part, &source, of_tiles, targets, points);
        }
    }
}
