// SPDX-License-Identifier: Apache-2.0
//
// Depthwise convolution, AVX2 and FMA.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <math.h>
#    include <stddef.h>
#    include <string.h>
#    include "ck_kernels.h"

#    pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#    include "simd/avx2.h"
#    include "simd/epilogue.h"

// Of 16 registers: sums of a tile, three weights, an input and a mask. Of a strip, which is for outputs that are too
// small for blocks: accumulators, a row of input vectors (of even and odd columns with stride 2), one broadcast weight.
// One vector of a 5 x 5 kernel is faster than two, whose edges need more masks than there are registers for.
#    define TILE_OUTPUTS 10
#    define STRIP_K3S1 3 // 9 + 3 + 1
#    define STRIP_K5S1 1 // 5 + 1 + 1
#    define STRIP_K7S1 1 // 7 + 1 + 1
#    define STRIP_K3S2 3 // 6 + 6 + 1
#    define STRIP_K5S2 1 // 3 + 2 + 1
#    define STRIP_HOIST(kernel, vectors) (kernel == 3 && vectors <= 2)
#    define STRIP_HOIST_K5S2 0
#    define STRIP_OPEN 1
#    define TILE_COPIES(h, reach) ((h) >= 5 && (reach) >= 8)
#    define STRIP_SORTED(kernel, vectors, edge) 0

// The bodies that there are beside those of all instruction sets.
#    define PLANES
#    define BLOCKS

#    include "depthwise/depthwise_template.h"

#    pragma clang attribute pop

extern const ck_kernel ck_f32_depthwise_planes_8x8__avx2;
const ck_kernel ck_f32_depthwise_planes_8x8__avx2 = {
    .name = "ck_f32_depthwise_planes_8x8__avx2",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = PLANE_COLUMNS,
    .depthwise = {.body = CK_DEPTHWISE_PLANES, .count_work = count_planes},
    .applies = planes_apply,
    .scratch_bytes = plane_scratch_bytes,
    .plan_bytes = plane_plan_bytes,
    .make_plan = make_plane_plan,
    .run = run_by_planes,
};

extern const ck_kernel ck_f32_depthwise_blocks_5x16__avx2;
const ck_kernel ck_f32_depthwise_blocks_5x16__avx2 = {
    .name = "ck_f32_depthwise_blocks_5x16__avx2",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = 2 * VL,
    .depthwise = {.body = CK_DEPTHWISE_BLOCKS},
    .applies = blocks_apply,
    .scratch_bytes = block_scratch_bytes,
    .plan_bytes = block_plan_bytes,
    .make_plan = make_block_plan,
    .run = run_by_blocks,
};

extern const ck_kernel ck_f32_depthwise_strips_1x24__avx2;
const ck_kernel ck_f32_depthwise_strips_1x24__avx2 = {
    .name = "ck_f32_depthwise_strips_1x24__avx2",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = STRIP_K3S1 * VL,
    .depthwise = {.body = CK_DEPTHWISE_STRIPS},
    .applies = strips_apply,
    .plan_bytes = strip_plan_bytes,
    .make_plan = make_strip_plan,
    .run = run_by_strips,
};

extern const ck_kernel ck_f32_depthwise_column_lanes_10x8__avx2;
const ck_kernel ck_f32_depthwise_column_lanes_10x8__avx2 = {
    .name = "ck_f32_depthwise_column_lanes_10x8__avx2",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = LANE_PIXELS,
    .depthwise = {.body = CK_DEPTHWISE_COLUMN_LANES, .count_work = count_tile_work},
    CK_DEPTHWISE_TILES,
    .run = run_by_lanes,
};

extern const ck_kernel ck_f32_depthwise_row_lanes_10x8__avx2;
const ck_kernel ck_f32_depthwise_row_lanes_10x8__avx2 = {
    .name = "ck_f32_depthwise_row_lanes_10x8__avx2",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = LANE_PIXELS,
    .depthwise = {.body = CK_DEPTHWISE_ROW_LANES, .count_work = count_tile_work},
    CK_DEPTHWISE_TILES,
    .run = run_by_lanes,
};

extern const ck_kernel ck_f32_depthwise_columns_1x80__avx2;
const ck_kernel ck_f32_depthwise_columns_1x80__avx2 = {
    .name = "ck_f32_depthwise_columns_1x80__avx2",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = TILE_OUTPUTS * VL,
    .depthwise = {.body = CK_DEPTHWISE_COLUMNS, .count_work = count_tile_work},
    CK_DEPTHWISE_TILES,
    .run = run_by_tiles,
};

extern const ck_kernel ck_f32_depthwise_rows_10x8__avx2;
const ck_kernel ck_f32_depthwise_rows_10x8__avx2 = {
    .name = "ck_f32_depthwise_rows_10x8__avx2",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = VL,
    .depthwise = {.body = CK_DEPTHWISE_ROWS, .count_work = count_tile_work},
    CK_DEPTHWISE_TILES,
    .run = run_by_tiles,
};

extern const ck_kernel ck_f32_depthwise_lines_1x64__avx2;
const ck_kernel ck_f32_depthwise_lines_1x64__avx2 = {
    .name = "ck_f32_depthwise_lines_1x64__avx2",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = 8 * VL,
    .depthwise = {.body = CK_DEPTHWISE_LINES},
    .applies = lines_apply,
    .run = run_by_lines,
};

extern const ck_kernel ck_f32_depthwise_windows_10x8__avx2;
const ck_kernel ck_f32_depthwise_windows_10x8__avx2 = {
    .name = "ck_f32_depthwise_windows_10x8__avx2",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = LANE_PIXELS,
    .depthwise = {.body = CK_DEPTHWISE_WINDOWS, .count_work = count_windows},
    .applies = windows_apply,
    .scratch_bytes = window_scratch_bytes,
    .plan_bytes = window_plan_bytes,
    .make_plan = make_window_plan,
    .run = run_by_windows,
};

extern const ck_kernel ck_f32_depthwise_channels_12x8__avx2;
const ck_kernel ck_f32_depthwise_channels_12x8__avx2 = {
    .name = "ck_f32_depthwise_channels_12x8__avx2",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = BLOCK_PIXELS,
    .depthwise = {.body = CK_DEPTHWISE_CHANNELS},
    .applies = channels_apply,
    .scratch_bytes = channel_scratch_bytes,
    .run = run_by_channels,
};

extern const ck_kernel ck_f32_depthwise_elements_1x1__avx2;
const ck_kernel ck_f32_depthwise_elements_1x1__avx2 = {
    .name = "ck_f32_depthwise_elements_1x1__avx2",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = 1,
    .depthwise = {.body = CK_DEPTHWISE_ELEMENTS},
    .applies = elements_apply,
    .run = run_by_elements,
};

#endif
