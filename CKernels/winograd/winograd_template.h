// SPDX-License-Identifier: Apache-2.0
//
// Winograd convolution F(mh x mw, rh x rw), written once in the vocabulary and included once for each shape of a tile
// of an instruction set. With ah = mh + rh - 1 and aw = mw + rw - 1, a tile of ah x aw input pixels gives mh x mw
// output pixels:
//
//     output = A^T [sum over channels of (G weight G^T) * (B^T input B)] A        (* point by point)
//
// with the matrices of Toom and Cook on alpha - 1 interpolation points a[i] and the point at infinity (Lavin and Gray,
// "Fast Algorithms for Convolutional Neural Networks", 2016, equations 8 and 12). M(x) is the product of x - a[i]. Row
// i of B^T holds the coefficients of M(x) / (x - a[i]), the last row those of M(x): leading coefficients are 1. Row i
// of G is 1, a[i], a[i]^2 ... over the product of a[i] - a[j], the last 0, 0, 1. Column i of A^T is 1, a[i], a[i]^2
// ..., the last 0 ..., 0, 1. Errors grow with the powers in A^T and with the coefficients of B^T, so with alpha. An
// axis with m = r = 1 is not transformed: F(1 x m, 1 x r) is for one-dimensional kernels.
//
// A kernel of k taps and stride s is s kernels of r = ceil(k / s) taps, one for each phase of the input: see
// phase_plan. A dilation d makes tiles whose inputs and outputs are d apart: see tile_grid.
//
// The includer has included winograd_transforms.h and gemm/panel.h, and defines, for the template to undefine,
//     WINOGRAD_NAME     what to name the functions
//     WINOGRAD_MH, WINOGRAD_RH, WINOGRAD_MW, WINOGRAD_RW
//     CK_WINOGRAD_SYMBOL(name)  the symbol of the kernel's descriptor; stays defined
//     WINOGRAD_TILES    the most tiles that `run` multiplies at once, so that their products stay in the second-level
//                       cache: `winograd.tiles` of the descriptor
//
// Layouts (floats), with T tiles in the block, numbered as tile_grid says, and the channels of all phases:
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

#define WINOGRAD_AH (WINOGRAD_MH + WINOGRAD_RH - 1)
#define WINOGRAD_AW (WINOGRAD_MW + WINOGRAD_RW - 1)
#define WINOGRAD_POINTS (WINOGRAD_AH * WINOGRAD_AW)
#define WINOGRAD_PASTE2(stem, name) stem##_##name
#define WINOGRAD_PASTE(stem, name) WINOGRAD_PASTE2(stem, name)
#define WINOGRAD(stem) WINOGRAD_PASTE(stem, WINOGRAD_NAME)

#include "winograd/winograd_input.h"
#include "winograd/winograd_output.h"

static void WINOGRAD(pack_weights)(const ck_geometry *geometry, const float *weight, float *packed, ck_range channels,
                                   float *scratch) {
    const tile_shape shape = {WINOGRAD_RH, WINOGRAD_AH, WINOGRAD_RW, WINOGRAD_AW};
    pack_tiles(geometry, shape, weight, packed, channels, scratch);
}

static void WINOGRAD(run)(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const tile_grid block = tile_grid_of(g, &task->block, WINOGRAD_MH, WINOGRAD_MW);
    const tile_grid part = tile_grid_of(g, &task->part, WINOGRAD_MH, WINOGRAD_MW);
    const phase_plan plan = phases_of(g, WINOGRAD_RH, WINOGRAD_RW, VL);
    const ptrdiff_t depth = phase_depth(&plan);
    const ptrdiff_t block_tiles = tile_count(&block), part_tiles = tile_count(&part);
    const ptrdiff_t points = point_stride(block_tiles * round_up(depth, VL));
    const ptrdiff_t panel_weights = WINOGRAD_POINTS * depth * PANEL;
    // What the transforms of the largest tiles add to the error, shorter sums take from it.
    const ptrdiff_t addends = WINOGRAD_POINTS > 49 ? 32 : round_up(depth, VL);
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
                const ptrdiff_t channels = smaller(g->out_channels - k, PANEL);
                for (ptrdiff_t c = channels * point / WINOGRAD_POINTS; c < channels * (point + 1) / WINOGRAD_POINTS;
                     c++) {
                    fetch_output(task, &part, tile, tile + count, k + c);
                }
                const int vertical = point / WINOGRAD_AW == WINOGRAD_AH - 1;
                const int horizontal = point % WINOGRAD_AW == WINOGRAD_AW - 1;
                panel_product(prepared + point * points, block_tiles * VL, weights + point * depth * PANEL,
                              task->scratch + point * products, point_depth(&plan, vertical, horizontal), addends,
                              count, channels);
            }
            WINOGRAD(output_tiles)(task, &part, tile, count, k,
                                   panel_filters(g, task->weights, WINOGRAD_POINTS, depth, k), task->scratch, products,
                                   task->scratch + WINOGRAD_POINTS * products);
        }
        tile += count;
    }
}

// The one-dimensional transforms of the axis with the larger tile, on [alpha][VL], as the descriptor shows them to
// tests.

#define WINOGRAD_M (WINOGRAD_MW > WINOGRAD_MH ? WINOGRAD_MW : WINOGRAD_MH)
#define WINOGRAD_R (WINOGRAD_MW > WINOGRAD_MH ? WINOGRAD_RW : WINOGRAD_RH)
#define WINOGRAD_ALPHA (WINOGRAD_M + WINOGRAD_R - 1)

static void WINOGRAD(transform_input)(const float *from, float *to) {
    vec d[WINOGRAD_ALPHA], v[WINOGRAD_ALPHA];
    for (int i = 0; i < WINOGRAD_ALPHA; i++) {
        d[i] = vec_load(from + i * VL);
    }
    winograd_input(d, v, WINOGRAD_ALPHA);
    for (int i = 0; i < WINOGRAD_ALPHA; i++) {
        vec_store(to + i * VL, v[i]);
    }
}

static void WINOGRAD(transform_output)(const float *from, float *to) {
    vec p[WINOGRAD_ALPHA], y[WINOGRAD_M];
    for (int i = 0; i < WINOGRAD_ALPHA; i++) {
        p[i] = vec_load(from + i * VL);
    }
    winograd_output(p, y, WINOGRAD_M, WINOGRAD_ALPHA);
    for (int i = 0; i < WINOGRAD_M; i++) {
        vec_store(to + i * VL, y[i]);
    }
}

static void WINOGRAD(transform_weights)(const float *from, float *to) {
    weights_in_lanes(from, to, WINOGRAD_ALPHA, WINOGRAD_R);
}

#define WINOGRAD_STRING2(symbol) #symbol
#define WINOGRAD_STRING(symbol) WINOGRAD_STRING2(symbol)
#define WINOGRAD_SYMBOL(name) CK_WINOGRAD_SYMBOL(name)

const ck_kernel WINOGRAD_SYMBOL(WINOGRAD_NAME) = {
    .name = WINOGRAD_STRING(WINOGRAD_SYMBOL(WINOGRAD_NAME)),
    .isa = CK_ISA,
    .algorithm = CK_WINOGRAD,
    .lanes = VL,
    .tile_pixels = PANEL_ROWS,
    .tile_channels = PANEL,
    .winograd = {WINOGRAD_MH, WINOGRAD_RH, WINOGRAD_MW, WINOGRAD_RW, WINOGRAD_TILES},
    .pack_weights = WINOGRAD(pack_weights),
    .packing_scratch = winograd_packing_scratch,
    .prepare = WINOGRAD(prepare),
    .run = WINOGRAD(run),
    .transform_input = WINOGRAD(transform_input),
    .transform_output = WINOGRAD(transform_output),
    .transform_weights = WINOGRAD(transform_weights),
};

#undef WINOGRAD_SYMBOL
#undef WINOGRAD_STRING
#undef WINOGRAD_STRING2
#undef WINOGRAD_ALPHA
#undef WINOGRAD_R
#undef WINOGRAD_M
#undef WINOGRAD_CHUNK
#undef WINOGRAD_GATHERED
#undef WINOGRAD_RESIDUES
#undef WINOGRAD_RING
#undef WINOGRAD_STRIP
#undef WINOGRAD
#undef WINOGRAD_PASTE
#undef WINOGRAD_PASTE2
#undef WINOGRAD_POINTS
#undef WINOGRAD_AW
#undef WINOGRAD_AH
#undef WINOGRAD_TILES
#undef WINOGRAD_RW
#undef WINOGRAD_MW
#undef WINOGRAD_RH
#undef WINOGRAD_MH
#undef WINOGRAD_NAME
