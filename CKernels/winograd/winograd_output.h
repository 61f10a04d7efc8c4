// SPDX-License-Identifier: Apache-2.0
//
// The output transform of winograd_template.h: A^T M A for every tile, VL output channels at a time, scaled back and
// with the bias; then residual, activation and store, a few tiles of a row together so that whole vectors of columns
// are stored.

// Tiles that are gathered before they are stored: those whose columns make whole vectors, or VL neighbours of a span.
// Columns of a row of theirs, odd so that rows do not share cache sets.
#define WINOGRAD_GATHERED 16
#define WINOGRAD_CHUNK (WINOGRAD_GATHERED * WINOGRAD_MW + 1)

// Returns the sum of the tile's output before scale and bias. The tile's columns are `step` apart.
CK_UNROLLED vec WINOGRAD(output_tile)(const float *products, ptrdiff_t points, vec scale, vec bias, float *output,
                                      const ptrdiff_t step) {
    vec t[WINOGRAD_MH][WINOGRAD_AW];
#pragma clang loop unroll(full)
    for (int j = 0; j < WINOGRAD_AW; j++) {
        vec p[WINOGRAD_AH], y[WINOGRAD_MH];
#pragma clang loop unroll(full)
        for (int i = 0; i < WINOGRAD_AH; i++) {
            p[i] = vec_load(products + (i * WINOGRAD_AW + j) * points);
        }
        winograd_output(p, y, WINOGRAD_MH, WINOGRAD_AH);
#pragma clang loop unroll(full)
        for (int i = 0; i < WINOGRAD_MH; i++) {
            t[i][j] = y[i];
        }
    }
    vec sum[WINOGRAD_MW];
#pragma clang loop unroll(full)
    for (int i = 0; i < WINOGRAD_MH; i++) {
        vec y[WINOGRAD_MW];
        winograd_output(t[i], y, WINOGRAD_MW, WINOGRAD_AW);
#pragma clang loop unroll(full)
        for (int j = 0; j < WINOGRAD_MW; j++) {
            vec_store(output + (i * WINOGRAD_CHUNK + j * step) * VL, vec_fma(y[j], scale, bias));
            sum[j] = i == 0 ? y[j] : vec_add(sum[j], y[j]);
        }
    }
#pragma clang loop unroll(full)
    for (int j = 1; j < WINOGRAD_MW; j++) {
        sum[0] = vec_add(sum[0], sum[j]);
    }
    return sum[0];
}

// How the gathered tiles lie in `space`, and where they go.
typedef struct WINOGRAD(gathered) {
    tile_segment segment;
    ptrdiff_t tile_step, column_step; // in `space`, in columns
} WINOGRAD(gathered);

// Computes the unsound ones of the gathered tiles by the definition: winograd_definition.h.
static __attribute__((noinline)) void WINOGRAD(repair)(const ck_task *task, const tile_grid *part,
                                                       const WINOGRAD(gathered) * gathered, ptrdiff_t k,
                                                       ptrdiff_t channels, const float *filters, const float *sums,
                                                       const float *products, ptrdiff_t points, float *space) {
    const tile_segment segment = gathered->segment;
    const tile_axis vertical = part->vertical, horizontal = part->horizontal;
    for (ptrdiff_t tile = 0; tile < segment.tiles; tile++) {
        if (!is_unsound(sums + tile * VL, products + tile * PANEL, points, WINOGRAD_POINTS, channels)) {
            continue;
        }
        for (ptrdiff_t i = 0; i < WINOGRAD_MH; i++) {
            for (ptrdiff_t j = 0; j < WINOGRAD_MW; j++) {
                const ptrdiff_t y = segment.y + i * vertical.dilation;
                const ptrdiff_t x =
                    segment.x + (horizontal.dilation == 1 ? tile * WINOGRAD_MW : tile) + j * horizontal.dilation;
                if (y < part->region->rows.end && x < part->region->columns.end) {
                    const ptrdiff_t column = tile * gathered->tile_step + j * gathered->column_step;
                    pixel_by_definition(task, segment.image, y, x, filters, task->bias == NULL ? NULL : task->bias + k,
                                        channels, space + (i * WINOGRAD_CHUNK + column) * VL);
                }
            }
        }
    }
}

// Stores the gathered tiles, up to VL channels from k on.
static inline void WINOGRAD(store_gathered)(const ck_task *task, const tile_grid *part,
                                            const WINOGRAD(gathered) * gathered, ptrdiff_t k, ptrdiff_t channels,
                                            const float *space) {
    const ck_geometry *g = task->geometry;
    const tile_segment segment = gathered->segment;
    const ck_region *region = part->region;
    // Columns that follow one another: all of them, or of each column of the tiles those beside one another.
    const ptrdiff_t dilation = part->horizontal.dilation;
    const int is_one_run = dilation == 1 || segment.tiles == dilation;
    const ptrdiff_t run = is_one_run ? segment.tiles * WINOGRAD_MW : segment.tiles;
    for (ptrdiff_t i = 0; i < WINOGRAD_MH; i++) {
        const ptrdiff_t y = segment.y + i * part->vertical.dilation;
        for (ptrdiff_t j = 0; j < (is_one_run ? 1 : WINOGRAD_MW) && y < region->rows.end; j++) {
            const ptrdiff_t x = segment.x + j * dilation, count = smaller(run, region->columns.end - x);
            if (count > 0) {
                store_lanes(task, space + (i * WINOGRAD_CHUNK + j * segment.tiles) * VL,
                            segment.image * g->out_image_stride + k * g->out_channel_stride + y * g->out_row_stride +
                                x * g->out_pixel_stride,
                            channels, count);
            }
        }
    }
}

// `count` tiles from tile `first` of the part on, output channels k ..< k + PANEL as far as there are any. `filters`
// are the panel's scales and filters. `space` holds mh x WINOGRAD_CHUNK vectors.
static void WINOGRAD(output_tiles)(const ck_task *task, const tile_grid *part, ptrdiff_t first, ptrdiff_t count,
                                   ptrdiff_t k, const float *filters, const float *products, ptrdiff_t points,
                                   float *space) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t dilation = part->horizontal.dilation;
    const ptrdiff_t most = dilation == 1 ? (WINOGRAD_MW % 3 == 0 ? 48 : 16) / WINOGRAD_MW : WINOGRAD_GATHERED;
    for (ptrdiff_t end = first + count, n; first < end; first += n, products += n * PANEL) {
        const tile_segment segment = tile_segment_at(part, first, smaller(end, first + most));
        n = segment.tiles;
        const WINOGRAD(gathered) gathered = {segment, dilation == 1 ? WINOGRAD_MW : 1, dilation == 1 ? 1 : n};
        for (ptrdiff_t half = 0; half < PANEL && k + half < g->out_channels; half += VL) {
            const ptrdiff_t channels = smaller(g->out_channels - k - half, VL);
            const vec bias = task->bias == NULL ? vec_zero() : vec_load_lanes(task->bias + k + half, 0, channels);
            const vec scale = vec_load(filters + half);
            float sums[WINOGRAD_GATHERED * VL];
            for (ptrdiff_t tile = 0; tile < n; tile++) {
                const float *from = products + tile * PANEL + half;
                vec_store(sums + tile * VL,
                          dilation == 1
                              ? WINOGRAD(output_tile)(from, points, scale, bias, space + tile * WINOGRAD_MW * VL, 1)
                              : WINOGRAD(output_tile)(from, points, scale, bias, space + tile * VL, n));
            }
            if (__builtin_expect(are_suspect(sums, n, channels), 0)) {
                WINOGRAD(repair)(task, part, &gathered, k + half, channels, filters + PANEL + half, sums,
                                 products + half, points, space);
            }
            WINOGRAD(store_gathered)(task, part, &gathered, k + half, channels, space);
        }
    }
}
