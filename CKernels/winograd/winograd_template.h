// SPDX-License-Identifier: Apache-2.0
//
// Winograd convolution F(mh x mw, rh x rw), written once in the vocabulary for all shapes of a tile: only the
// transforms of a tile are compiled for each of them, winograd_transform_tiles.h. With ah = mh + rh - 1 and aw = mw +
// rw - 1, a tile of ah x aw input pixels gives mh x mw output pixels:
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
// stride_phases. A dilation d makes tiles whose inputs and outputs are d apart: see tile_grid.
//
// The file that includes this has included tiles/panel.h, and defines, for the shapes of winograd_shapes.h,
//     WINOGRAD_IS_UNROLLED       1: the transforms are compiled for each shape; 0: one copy takes them all
//     CK_WINOGRAD_SYMBOL(name)   the symbol of the descriptor of the kernel of a shape
//
// Layouts (floats), with T tiles in the block, numbered as tile_grid says, and the channels of all phases:
//     packed weights     [panel of PANEL output channels][point][channel][PANEL], of filters that are scaled, then
//                        [panel][1 + channel * tap][PANEL]: the inverse scales, and the filters as they were
//     prepared           [point][block of VL channels][T][VL]
//     scratch (run)      [point][tile][PANEL], then the output of a few tiles, [row][column][VL]
//     scratch (prepare)  the input of a strip of tiles in channel lanes, [row][column][VL]
// From one point to the next are up to 16 floats more, so that the points of a tile fall into different cache sets.
//
// Where an Inf or NaN in the input or the weights, or a sum that overflows, would spread over the output tile, and
// where all numbers are tiny, `run` computes the tile by the definition, from the input and the filters: see
// winograd_definition.h. That is many times slower.

#include "winograd/winograd_sizes.h"
#include "winograd/winograd_tiles.h"

#include "winograd/winograd_lanes.h"
#include "winograd/winograd_definition.h"
#include "winograd/winograd_transforms.h"
#include "winograd/winograd_weights.h"
#include "winograd/winograd_transform_tiles.h"
#include "winograd/winograd_input.h"
#include "winograd/winograd_output.h"
#include "winograd/winograd_shapes.h"

static void winograd_run(const ck_task *task, const winograd_tile *tile_kernel) {
    const ck_geometry *g = task->geometry;
    const tile_shape *s = &tile_kernel->shape;
    const tile_grid block = tile_grid_of(g, &task->block, s);
    const tile_grid part = tile_grid_of(g, &task->part, s);
    const stride_phases plan = phases_of(g, s, VL);
    const ptrdiff_t depth = phase_depth(&plan), all_points = tile_points(s);
    const ptrdiff_t block_tiles = tile_count(&block), part_tiles = tile_count(&part);
    const ptrdiff_t points = odd_lines(block_tiles * round_up(depth, VL));
    const ptrdiff_t panel_weights = all_points * depth * PANEL;
    // What the transforms of the largest tiles add to the error, shorter sums take from it.
    const ptrdiff_t addends = all_points > 49 ? 32 : round_up(depth, VL);
    ptrdiff_t tile = 0;
    while (tile < part_tiles) {
        // The tiles of the part that are neighbours in `prepared`: all, or the rows of one image, or those of one row.
        ptrdiff_t run = part.columns != block.columns ? part.columns
                        : part.rows != block.rows     ? part.rows * part.columns
                                                      : part_tiles;
        run -= tile % run;
        const ptrdiff_t pieces = (run + tile_kernel->tiles - 1) / tile_kernel->tiles;
        const ptrdiff_t count = (run + pieces - 1) / pieces;
        const ptrdiff_t row = tile / part.columns, column = tile % part.columns;
        const float *prepared =
            task->prepared + tile_index(&block, &part, row / part.rows, row % part.rows, column) * VL;
        const ptrdiff_t products = odd_lines(count * PANEL);
        for (ptrdiff_t k = task->channels.begin; k < task->channels.end; k += PANEL) {
            const float *weights = task->weights + k / PANEL * panel_weights;
            const ptrdiff_t channels = smaller(g->out_channels - k, PANEL);
            for (ptrdiff_t point = 0; point < all_points; point++) {
                // The lines that will be stored to are fetched meanwhile, a few at each point.
                for (ptrdiff_t c = channels * point / all_points; c < channels * (point + 1) / all_points; c++) {
                    fetch_output(task, &part, tile, tile + count, k + c);
                }
                const int vertical = point / s->aw == s->ah - 1, horizontal = point % s->aw == s->aw - 1;
                panel_product(prepared + point * points, block_tiles * VL, weights + point * depth * PANEL,
                              task->scratch + point * products, point_depth(&plan, vertical, horizontal), addends,
                              count, channels);
            }
            const panel_products panel = {k, panel_filters(g, task->weights, all_points, depth, k), task->scratch,
                                          products, task->scratch + all_points * products};
            output_tiles(tile_kernel, task, &part, (ck_range){tile, tile + count}, &panel);
        }
        tile += count;
    }
}

// MARK: One-dimensional transforms, for tests

// The axis with the larger tile, on [alpha][VL].

#if WINOGRAD_IS_UNROLLED
#    define WINOGRAD_FOR_TESTS CK_UNROLLED
#else
#    define WINOGRAD_FOR_TESTS static __attribute__((noinline))
#endif

WINOGRAD_FOR_TESTS void transform_input(const tile_shape s, const float *from, float *to) {
    const int alpha = s.mw > s.mh ? s.aw : s.ah;
    vec d[WINOGRAD_MAX_ALPHA], v[WINOGRAD_MAX_ALPHA];
    for (int i = 0; i < alpha; i++) {
        d[i] = vec_load(from + i * VL);
    }
    winograd_input(d, v, alpha);
    for (int i = 0; i < alpha; i++) {
        vec_store(to + i * VL, v[i]);
    }
}

WINOGRAD_FOR_TESTS void transform_output(const tile_shape s, const float *from, float *to) {
    const int alpha = s.mw > s.mh ? s.aw : s.ah, m = s.mw > s.mh ? s.mw : s.mh;
    vec p[WINOGRAD_MAX_ALPHA], y[WINOGRAD_MAX_ALPHA];
    for (int i = 0; i < alpha; i++) {
        p[i] = vec_load(from + i * VL);
    }
    winograd_output(p, y, m, alpha);
    for (int i = 0; i < m; i++) {
        vec_store(to + i * VL, y[i]);
    }
}

static void transform_weights(const tile_shape s, const float *from, float *to) {
    weights_in_lanes(from, to, s.mw > s.mh ? s.aw : s.ah, s.mw > s.mh ? s.rw : s.rh);
}

// MARK: Shapes

#define WINOGRAD_SHAPE(mh, rh, mw, rw) {mh, rh, mw, rw, (mh) + (rh) - 1, (mw) + (rw) - 1}

// The transforms of a tile: `stem` of a shape, or of all.
#if WINOGRAD_IS_UNROLLED
#    define WINOGRAD_TRANSFORM(stem, name) stem##_##name
#    define WINOGRAD_SHAPES_OF_TRANSFORMS CK_WINOGRAD_SHAPES
#    define WINOGRAD_SHAPE_OF(s, ...) ((tile_shape)WINOGRAD_SHAPE(__VA_ARGS__))
#else
#    define WINOGRAD_TRANSFORM(stem, name) stem##_any
#    define WINOGRAD_SHAPES_OF_TRANSFORMS(X) X(any, , , , , )
#    define WINOGRAD_SHAPE_OF(s, ...) (*(s))
#endif

#define WINOGRAD_TRANSFORMS(name, mh, rh, mw, rw, most)                                                                \
    static void WINOGRAD_TRANSFORM(input_row, name)(const tile_shape *s, float *const *rows, ptrdiff_t column,         \
                                                    ptrdiff_t count, const point_targets targets, ptrdiff_t offset,    \
                                                    point_strides points) {                                            \
        (void)s;                                                                                                       \
        winograd_input_row(WINOGRAD_SHAPE_OF(s, mh, rh, mw, rw), rows, column, count, targets, offset, points);        \
    }                                                                                                                  \
    static void WINOGRAD_TRANSFORM(input_apart, name)(const tile_shape *s, float *const *rows, ptrdiff_t column,       \
                                                      ptrdiff_t step, const point_targets targets, ptrdiff_t offset,   \
                                                      point_strides points) {                                          \
        (void)s;                                                                                                       \
        winograd_input_tile(WINOGRAD_SHAPE_OF(s, mh, rh, mw, rw), rows, column, step, targets, offset, points);        \
    }                                                                                                                  \
    static void WINOGRAD_TRANSFORM(output_row, name)(const tile_shape *s, const output_lanes *lanes,                   \
                                                     ptrdiff_t count) {                                                \
        (void)s;                                                                                                       \
        winograd_output_tiles(WINOGRAD_SHAPE_OF(s, mh, rh, mw, rw), lanes, count, 0);                                  \
    }                                                                                                                  \
    static void WINOGRAD_TRANSFORM(output_apart, name)(const tile_shape *s, const output_lanes *lanes,                 \
                                                       ptrdiff_t count) {                                              \
        (void)s;                                                                                                       \
        winograd_output_tiles(WINOGRAD_SHAPE_OF(s, mh, rh, mw, rw), lanes, count, 1);                                  \
    }

WINOGRAD_SHAPES_OF_TRANSFORMS(WINOGRAD_TRANSFORMS)

// The functions of a descriptor take no shape: these know theirs.
#define WINOGRAD_KERNEL(shape_name, mh, rh, mw, rw, most)                                                              \
    static const winograd_tile tile_##shape_name = {WINOGRAD_SHAPE(mh, rh, mw, rw),                                    \
                                                    most,                                                              \
                                                    WINOGRAD_TRANSFORM(input_row, shape_name),                         \
                                                    WINOGRAD_TRANSFORM(input_apart, shape_name),                       \
                                                    WINOGRAD_TRANSFORM(output_row, shape_name),                        \
                                                    WINOGRAD_TRANSFORM(output_apart, shape_name)};                     \
    static void pack_weights_##shape_name(const ck_geometry *geometry, const float *weight, float *packed,             \
                                          ck_range channels, float *scratch) {                                         \
        pack_tiles(geometry, tile_##shape_name.shape, weight, packed, channels, scratch);                              \
    }                                                                                                                  \
    static void prepare_##shape_name(const ck_task *task) {                                                            \
        winograd_prepare(task, &tile_##shape_name);                                                                    \
    }                                                                                                                  \
    static void run_##shape_name(const ck_task *task) {                                                                \
        winograd_run(task, &tile_##shape_name);                                                                        \
    }                                                                                                                  \
    static void transform_input_##shape_name(const float *from, float *to) {                                           \
        transform_input((tile_shape)WINOGRAD_SHAPE(mh, rh, mw, rw), from, to);                                         \
    }                                                                                                                  \
    static void transform_output_##shape_name(const float *from, float *to) {                                          \
        transform_output((tile_shape)WINOGRAD_SHAPE(mh, rh, mw, rw), from, to);                                        \
    }                                                                                                                  \
    static void transform_weights_##shape_name(const float *from, float *to) {                                         \
        transform_weights((tile_shape)WINOGRAD_SHAPE(mh, rh, mw, rw), from, to);                                       \
    }                                                                                                                  \
    const ck_kernel CK_WINOGRAD_SYMBOL(shape_name) = {                                                                 \
        .name = CK_WINOGRAD_NAME(shape_name),                                                                          \
        .isa = CK_ISA,                                                                                                 \
        .algorithm = CK_WINOGRAD,                                                                                      \
        .types = {CK_F32, CK_F32, CK_F32},                                                                             \
        .lanes = VL,                                                                                                   \
        .tile_pixels = PANEL_ROWS,                                                                                     \
        .tile_channels = PANEL,                                                                                        \
        .winograd = {mh, rh, mw, rw, most},                                                                            \
        .pack_weights = pack_weights_##shape_name,                                                                     \
        .packed_bytes = winograd_packed_bytes,                                                                         \
        .prepared_bytes = winograd_prepared_bytes,                                                                     \
        .scratch_bytes = winograd_scratch_bytes,                                                                       \
        .packing_scratch_bytes = winograd_packing_scratch_bytes,                                                       \
        .prepare = prepare_##shape_name,                                                                               \
        .run = run_##shape_name,                                                                                       \
        .transform_input = transform_input_##shape_name,                                                               \
        .transform_output = transform_output_##shape_name,                                                             \
        .transform_weights = transform_weights_##shape_name,                                                           \
    };

CK_WINOGRAD_SHAPES(WINOGRAD_KERNEL)
