// SPDX-License-Identifier: Apache-2.0
//
// The input transform of winograd_template.h: B^T d B for every tile of a part and VL channels at a time.
//
// The input of a strip of tiles is brought into channel lanes first, in a ring of alpha rows: the next row of tiles
// needs only m new ones. Columns are transposed in aligned groups of VL, and each tile is transformed as soon as its
// last column is there, while the group is in the first-level cache.

// Tiles of a strip, and the columns that the ring holds: the strip with its halo, up to VL - 1 columns before it for
// the alignment and as many behind. Odd, so that the rows of a tile do not share cache sets.
#define WINOGRAD_STRIP (112 / WINOGRAD_M)
#define WINOGRAD_RING ((WINOGRAD_STRIP * WINOGRAD_M + 2 + 2 * VL) | 1)

static inline void WINOGRAD(input_tile)(float *const rows[WINOGRAD_ALPHA], ptrdiff_t column, float *prepared,
                                        ptrdiff_t points) {
    vec t[WINOGRAD_ALPHA][WINOGRAD_ALPHA];
#pragma clang loop unroll(full)
    for (int j = 0; j < WINOGRAD_ALPHA; j++) {
        vec d[WINOGRAD_ALPHA], v[WINOGRAD_ALPHA];
#pragma clang loop unroll(full)
        for (int i = 0; i < WINOGRAD_ALPHA; i++) {
            d[i] = vec_load(rows[i] + (column + j) * VL);
        }
        WINOGRAD(input_1d)(d, v);
#pragma clang loop unroll(full)
        for (int i = 0; i < WINOGRAD_ALPHA; i++) {
            t[i][j] = v[i];
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < WINOGRAD_ALPHA; i++) {
        vec v[WINOGRAD_ALPHA];
        WINOGRAD(input_1d)(t[i], v);
#pragma clang loop unroll(full)
        for (int j = 0; j < WINOGRAD_ALPHA; j++) {
            vec_store(prepared + (i * WINOGRAD_ALPHA + j) * points, v[j]);
        }
    }
}

// The columns of tiles `strip` of one image of the part, all its rows, up to VL channels from c on.
static void WINOGRAD(input_strip)(const ck_task *task, const tile_grid *block, const tile_grid *part, ptrdiff_t image,
                                  ck_range strip, ptrdiff_t c) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t tiles = tile_count(block), points = point_stride(tiles * round_up(g->channels, VL));
    float *prepared = task->prepared + c * tiles + tile_index(block, part, image, 0, strip.begin) * VL;
    const lane_source source = {
        g, task->input + (part->region->images.begin + image) * g->in_image_stride + c * g->in_channel_stride,
        g->channels - c < VL ? g->channels - c : VL};
    const ptrdiff_t top = part->region->rows.begin - g->pad_top;
    const ptrdiff_t left = part->region->columns.begin + strip.begin * WINOGRAD_M - g->pad_left;
    const ptrdiff_t right = left + (strip.end - strip.begin) * WINOGRAD_M + 2;
    const ptrdiff_t origin = left >= 0 ? left / VL * VL : -round_up(-left, VL);
    for (ptrdiff_t row = 0; row < part->rows; row++, prepared += block->columns * VL) {
        float *rows[WINOGRAD_ALPHA];
        for (ptrdiff_t i = 0; i < WINOGRAD_ALPHA; i++) {
            rows[i] = task->scratch + (row * WINOGRAD_M + i) % WINOGRAD_ALPHA * (WINOGRAD_RING * VL);
        }
        ptrdiff_t tile = 0, next = left;
        for (ptrdiff_t x = origin; x < right; x += VL) {
            const ck_range needed = {x < left ? left : x, x + VL < right ? x + VL : right};
            for (ptrdiff_t i = row == 0 ? 0 : 2; i < WINOGRAD_ALPHA; i++) {
                load_lanes(&source, top + row * WINOGRAD_M + i, x, needed, rows[i] + (x - origin) * VL);
            }
            for (; next + WINOGRAD_ALPHA <= needed.end; tile++, next += WINOGRAD_M) {
                WINOGRAD(input_tile)(rows, next - origin, prepared + tile * VL, points);
            }
        }
    }
}

static void WINOGRAD(prepare)(const ck_task *task) {
    const tile_grid block = tile_grid_of(&task->block, WINOGRAD_M), part = tile_grid_of(&task->part, WINOGRAD_M);
    const ptrdiff_t strips = (part.columns + WINOGRAD_STRIP - 1) / WINOGRAD_STRIP;
    for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c += VL) {
        for (ptrdiff_t image = 0; image < part.images; image++) {
            for (ptrdiff_t i = 0; i < strips; i++) {
                const ck_range strip = {part.columns * i / strips, part.columns * (i + 1) / strips};
                WINOGRAD(input_strip)(task, &block, &part, image, strip, c);
            }
        }
    }
}
