// SPDX-License-Identifier: Apache-2.0
//
// The output transform of winograd_template.h: A^T M A for every tile, VL output channels at a time, with the bias;
// then residual, activation and store, a few tiles of a row together so that whole vectors of columns are stored.

// Columns of output that are gathered before they are stored: a multiple of m and of every VL.
#define WINOGRAD_CHUNK (WINOGRAD_M % 3 == 0 ? 48 : 16)

static inline void WINOGRAD(output_tile)(const float *products, ptrdiff_t points, vec bias, float *output) {
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
#pragma clang loop unroll(full)
    for (int i = 0; i < WINOGRAD_M; i++) {
        vec y[WINOGRAD_M];
        WINOGRAD(output_1d)(t[i], y);
#pragma clang loop unroll(full)
        for (int j = 0; j < WINOGRAD_M; j++) {
            vec_store(output + (i * WINOGRAD_CHUNK + j) * VL, vec_add(y[j], bias));
        }
    }
}

// `count` tiles from tile `first` of the part on, output channels k ..< k + PANEL as far as there are any. `space`
// holds m x WINOGRAD_CHUNK vectors.
static void WINOGRAD(output_tiles)(const ck_task *task, const tile_grid *part, ptrdiff_t first, ptrdiff_t count,
                                   ptrdiff_t k, const float *products, ptrdiff_t points, float *space) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t most = WINOGRAD_CHUNK / WINOGRAD_M;
    for (ptrdiff_t end = first + count, n; first < end; first += n, products += n * PANEL) {
        const tile_segment segment = tile_segment_at(g, part, first, end - first < most ? end : first + most);
        n = segment.tiles;
        for (ptrdiff_t half = 0; half < PANEL && k + half < g->out_channels; half += VL) {
            const ptrdiff_t left = g->out_channels - k - half, channels = left < VL ? left : VL;
            const vec bias = task->bias == NULL ? vec_zero() : vec_load_lanes(task->bias + k + half, 0, channels);
            for (ptrdiff_t tile = 0; tile < n; tile++) {
                WINOGRAD(output_tile)(products + tile * PANEL + half, points, bias, space + tile * WINOGRAD_M * VL);
            }
            for (ptrdiff_t i = 0; i < segment.height; i++) {
                store_lanes(task, space + i * WINOGRAD_CHUNK * VL,
                            segment.offset + i * g->out_row_stride + (k + half) * g->out_channel_stride, channels,
                            segment.width);
            }
        }
    }
}
