// SPDX-License-Identifier: Apache-2.0
//
// Winograd convolution F(m x m, 3 x 3), stride 1, written once in the vocabulary and included once for each m of an
// instruction set. A tile of alpha x alpha = (m + 2) x (m + 2) input pixels gives m x m output pixels:
//
//     output = A^T [sum over channels of (G weight G^T) * (B^T input B)] A        (* point by point)
//
// with the matrices of Toom and Cook on alpha - 1 interpolation points a[i] and the point at infinity. M(x) is the
// product of x - a[i]. Row i of B^T holds the coefficients of M(x) / (x - a[i]), the last row those of M(x): leading
// coefficients are 1. Row i of G is 1, a[i], a[i]^2 over the product of a[i] - a[j], the last 0, 0, 1. Column i of A^T
// is 1, a[i], a[i]^2 ..., the last 0 ..., 0, 1. Errors grow with the powers in A^T and with the coefficients of B^T;
// m = 2 and 4 stay within a small factor of a direct sum, m = 6 within a larger one.
//
// The includer has included transforms_f<m>k3.h and gemm/panel.h, and defines, for the template to undefine,
//     WINOGRAD_M        m
//     WINOGRAD_TILES    the most tiles that `run` multiplies at once, so that their products stay in the second-level
//                       cache: `winograd_tiles` of the descriptor
//
// Layouts (floats), with T tiles in the block, numbered images first, then rows, then columns:
//     packed weights     [panel of PANEL output channels][point][channel][PANEL], of filters that are scaled, then
//                        [panel][1 + channel * tap][PANEL]: the inverse scales, and the filters as they were
//     prepared           [point][block of VL channels][T][VL]
//     scratch (run)      [point][tile][PANEL], then the output of a few tiles, [row][column][VL]
//     scratch (prepare)  the input of a strip of tiles in channel lanes, [row][column][VL]
// From one point to the next are up to 16 floats more, so that the points of a tile fall into different cache sets.
//
// Sizes: see CK_WINOGRAD in ck_kernels.h.
//
// Where an Inf or NaN in the input or the weights, or a sum that overflows, would spread over the output tile, and
// where all numbers are tiny, `run` computes the tile by the definition, from the input and the filters: see
// winograd_definition.h. That is many times slower.

#define WINOGRAD_ALPHA (WINOGRAD_M + 2)
#define WINOGRAD_POINTS (WINOGRAD_ALPHA * WINOGRAD_ALPHA)
#define WINOGRAD_PASTE2(stem, m) stem##_f##m##k3
#define WINOGRAD_PASTE(stem, m) WINOGRAD_PASTE2(stem, m)
#define WINOGRAD(stem) WINOGRAD_PASTE(stem, WINOGRAD_M)

#include "winograd/winograd_input.h"
#include "winograd/winograd_output.h"
#include "winograd/winograd_weights.h"

static void WINOGRAD(run)(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const tile_grid block = tile_grid_of(&task->block, WINOGRAD_M), part = tile_grid_of(&task->part, WINOGRAD_M);
    const ptrdiff_t block_tiles = tile_count(&block), part_tiles = tile_count(&part);
    const ptrdiff_t points = point_stride(block_tiles * round_up(g->channels, VL));
    const ptrdiff_t panel_weights = WINOGRAD_POINTS * g->channels * PANEL;
    ptrdiff_t tile = 0;
    while (tile < part_tiles) {
        // The tiles of the part that are neighbours in `prepared`: all, or the rows of one image, or those of one row.
        ptrdiff_t run = part.columns != block.columns ? part.columns
                        : part.rows != block.rows     ? part.rows * part.columns
                                                      : part_tiles;
        run -= tile % run;
        ptrdiff_t pieces = (run + WINOGRAD_TILES - 1) / WINOGRAD_TILES;
        ptrdiff_t count = (run + pieces - 1) / pieces;
        const ptrdiff_t row = tile / part.columns, column = tile % part.columns;
        const float *prepared =
            task->prepared + tile_index(&block, &part, row / part.rows, row % part.rows, column) * VL;
        const ptrdiff_t products = point_stride(count * PANEL);
        for (ptrdiff_t k = task->channels.begin; k < task->channels.end; k += PANEL) {
            const float *weights = task->weights + k / PANEL * panel_weights;
            for (ptrdiff_t point = 0; point < WINOGRAD_POINTS; point++) {
                // The lines that will be stored to are fetched meanwhile, a few at each point.
                const ptrdiff_t channels = g->out_channels - k < PANEL ? g->out_channels - k : PANEL;
                for (ptrdiff_t c = channels * point / WINOGRAD_POINTS; c < channels * (point + 1) / WINOGRAD_POINTS;
                     c++) {
                    fetch_output(task, &part, tile, tile + count, k + c);
                }
                panel_product(prepared + point * points, block_tiles * VL, weights + point * g->channels * PANEL,
                              task->scratch + point * products, g->channels, count);
            }
            WINOGRAD(output_tiles)(task, &part, tile, count, k, task->scratch, products,
                                   task->scratch + WINOGRAD_POINTS * products);
        }
        tile += count;
    }
}

// The one-dimensional transforms on [alpha][VL], as the descriptor shows them to tests.

static void WINOGRAD(transform_input)(const float *from, float *to) {
    vec d[WINOGRAD_ALPHA], v[WINOGRAD_ALPHA];
    for (int i = 0; i < WINOGRAD_ALPHA; i++) {
        d[i] = vec_load(from + i * VL);
    }
    WINOGRAD(input_1d)(d, v);
    for (int i = 0; i < WINOGRAD_ALPHA; i++) {
        vec_store(to + i * VL, v[i]);
    }
}

static void WINOGRAD(transform_output)(const float *from, float *to) {
    vec p[WINOGRAD_ALPHA], y[WINOGRAD_M];
    for (int i = 0; i < WINOGRAD_ALPHA; i++) {
        p[i] = vec_load(from + i * VL);
    }
    WINOGRAD(output_1d)(p, y);
    for (int i = 0; i < WINOGRAD_M; i++) {
        vec_store(to + i * VL, y[i]);
    }
}

static void WINOGRAD(transform_weights)(const float *from, float *to) {
    for (int i = 0; i < WINOGRAD_ALPHA; i++) {
        const double *row = WINOGRAD(weights)[i];
        for (int lane = 0; lane < VL; lane++) {
            to[i * VL + lane] = (float)(row[0] * (double)from[lane] + row[1] * (double)from[VL + lane] +
                                        row[2] * (double)from[2 * VL + lane]);
        }
    }
}

#undef WINOGRAD_CHUNK
#undef WINOGRAD_RING
#undef WINOGRAD_STRIP
#undef WINOGRAD
#undef WINOGRAD_PASTE
#undef WINOGRAD_PASTE2
#undef WINOGRAD_POINTS
#undef WINOGRAD_ALPHA
#undef WINOGRAD_TILES
#undef WINOGRAD_M
