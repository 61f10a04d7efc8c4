// SPDX-License-Identifier: Apache-2.0
//
// The output transform of winograd_template.h: A^T M A for every tile, VL output channels at a time, scaled back and
// with the bias; then residual, activation and store, a few tiles of a row together so that whole vectors of columns
// are stored.

// Columns of output that are gathered before they are stored: a multiple of m and of every VL.
#define WINOGRAD_CHUNK (WINOGRAD_M % 3 == 0 ? 48 : 16)

// Returns the sum of the tile's output before scale and bias.
static inline vec WINOGRAD(output_tile)(const float *products, ptrdiff_t points, vec scale, vec bias, float *output) {
    vec t[WINOGRAD_M][WINOGRAD_ALPHA];
#pragma clang loop unroll(full)
    for (int j = 0; j < WINOGRAD_ALPHA; j++) {
        vec p[WINOGRAD_ALPHA], y[WINOGRAD_M];
#pragma clang loop unroll(full)
        for (int i = 0; i < WINOGRAD_ALPHA; i++) {
            p[i] = vec_load(products + (i * WINOGRAD_ALPHA + j) * points);
        }
        WINOGRAD(output_1d)(p, y);
#pragma clang loop unroll(full)
        for (int i = 0; i < WINOGRAD_M; i++) {
            t[i][j] = y[i];
        }
    }
    vec sum[WINOGRAD_M];
#pragma clang loop unroll(full)
    for (int i = 0; i < WINOGRAD_M; i++) {
        vec y[WINOGRAD_M];
        WINOGRAD(output_1d)(t[i], y);
#pragma clang loop unroll(full)
        for (int j = 0; j < WINOGRAD_M; j++) {
            vec_store(output + (i * WINOGRAD_CHUNK + j) * VL, vec_fma(y[j], scale, bias));
            sum[j] = i == 0 ? y[j] : vec_add(sum[j], y[j]);
        }
    }
#pragma clang loop unroll(full)
    for (int j = 1; j < WINOGRAD_M; j++) {
        sum[0] = vec_add(sum[0], sum[j]);
    }
    return sum[0];
}

// Computes the unsound ones of `tiles` neighbours by the definition: winograd_definition.h.
static __attribute__((noinline)) void WINOGRAD(repair)(const ck_task *task, const tile_grid *part, ptrdiff_t first,
                                                       ptrdiff_t tiles, ptrdiff_t k, ptrdiff_t channels,
                                                       const float *sums, const float *products, ptrdiff_t points,
                                                       float *space) {
    const ck_geometry *g = task->geometry;
    const ck_region *region = part->region;
    const float *filters = panel_filters(g, task->weights, WINOGRAD_POINTS, k / PANEL * PANEL) + PANEL + k % PANEL;
    const ptrdiff_t row = first / part->columns, image = region->images.begin + row / part->rows;
    const ptrdiff_t top = region->rows.begin + row % part->rows * WINOGRAD_M;
    for (ptrdiff_t tile = 0; tile < tiles; tile++) {
        if (!is_unsound(sums + tile * VL, products + tile * PANEL, points, WINOGRAD_POINTS, channels)) {
            continue;
        }
        const ptrdiff_t left = region->columns.begin + (first % part->columns + tile) * WINOGRAD_M;
        for (ptrdiff_t y = 0; y < WINOGRAD_M && top + y < region->rows.end; y++) {
            for (ptrdiff_t x = 0; x < WINOGRAD_M && left + x < region->columns.end; x++) {
                pixel_by_definition(task, image, top + y, left + x, filters, task->bias == NULL ? NULL : task->bias + k,
                                    channels, space + (y * WINOGRAD_CHUNK + tile * WINOGRAD_M + x) * VL);
            }
        }
    }
}

// `count` tiles from tile `first` of the part on, output channels k ..< k + PANEL as far as there are any. `space`
// holds m x WINOGRAD_CHUNK vectors.
static void WINOGRAD(output_tiles)(const ck_task *task, const tile_grid *part, ptrdiff_t first, ptrdiff_t count,
                                   ptrdiff_t k, const float *products, ptrdiff_t points, float *space) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t most = WINOGRAD_CHUNK / WINOGRAD_M;
    const float *scales = panel_filters(g, task->weights, WINOGRAD_POINTS, k);
    for (ptrdiff_t end = first + count, n; first < end; first += n, products += n * PANEL) {
        const tile_segment segment = tile_segment_at(g, part, first, end - first < most ? end : first + most);
        n = segment.tiles;
        for (ptrdiff_t half = 0; half < PANEL && k + half < g->out_channels; half += VL) {
            const ptrdiff_t left = g->out_channels - k - half, channels = left < VL ? left : VL;
            const vec bias = task->bias == NULL ? vec_zero() : vec_load_lanes(task->bias + k + half, 0, channels);
            const vec scale = vec_load(scales + half);
            float sums[WINOGRAD_CHUNK / WINOGRAD_M * VL];
            for (ptrdiff_t tile = 0; tile < n; tile++) {
                vec_store(sums + tile * VL, WINOGRAD(output_tile)(products + tile * PANEL + half, points, scale, bias,
                                                                  space + tile * WINOGRAD_M * VL));
            }
            if (__builtin_expect(are_suspect(sums, n, channels), 0)) {
                WINOGRAD(repair)(task, part, first, n, k + half, channels, sums, products + half, points, space);
            }
            for (ptrdiff_t i = 0; i < segment.height; i++) {
                store_lanes(task, space + i * WINOGRAD_CHUNK * VL,
                            segment.offset + i * g->out_row_stride + (k + half) * g->out_channel_stride, channels,
                            segment.width);
            }
        }
    }
}
