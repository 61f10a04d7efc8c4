// SPDX-License-Identifier: Apache-2.0
//
// Depthwise convolution, plain C.

#include <math.h>
#include <stddef.h>
#include <string.h>
#include "ck_kernels.h"

#include "simd/scalar.h"
#include "simd/epilogue.h"

// Of the 16 registers of plain x86-64, of four lanes. Of a tile: sums, three weights, an input and a mask. Of a strip:
// accumulators, a row of input vectors (of even and odd columns with stride 2), one broadcast weight.
#define TILE_OUTPUTS 10
#define STRIP_K3S1 3 // 9 + 3 + 1
#define STRIP_K5S1 2 // 10 + 2 + 1
#define STRIP_K7S1 1 // 7 + 1 + 1
#define STRIP_K3S2 3 // 6 + 6 + 1
#define STRIP_K5S2 2 // 6 + 4 + 1
#define STRIP_HOIST(kernel, vectors) 0
#define STRIP_HOIST_K5S2 0
#define STRIP_OPEN 0
#define TILE_COPIES(h, reach) ((h) >= 5 && (reach) >= 8)
#define STRIP_SORTED(kernel, vectors, edge) 1

#include "depthwise/depthwise_template.h"

extern const ck_kernel ck_f32_depthwise_strips_1x12__scalar;
const ck_kernel ck_f32_depthwise_strips_1x12__scalar = {
    .name = "ck_f32_depthwise_strips_1x12__scalar",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = STRIP_K3S1 * VL,
    .depthwise = {.body = CK_DEPTHWISE_STRIPS},
    .applies = strips_apply,
    .plan_bytes = strip_plan_bytes,
    .make_plan = make_strip_plan,
    .run = run_by_strips,
};

extern const ck_kernel ck_f32_depthwise_column_lanes_10x4__scalar;
const ck_kernel ck_f32_depthwise_column_lanes_10x4__scalar = {
    .name = "ck_f32_depthwise_column_lanes_10x4__scalar",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = LANE_PIXELS,
    .depthwise = {.body = CK_DEPTHWISE_COLUMN_LANES, .count_work = count_tile_work},
    CK_DEPTHWISE_TILES,
    .run = run_by_lanes,
};

extern const ck_kernel ck_f32_depthwise_row_lanes_10x4__scalar;
const ck_kernel ck_f32_depthwise_row_lanes_10x4__scalar = {
    .name = "ck_f32_depthwise_row_lanes_10x4__scalar",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = LANE_PIXELS,
    .depthwise = {.body = CK_DEPTHWISE_ROW_LANES, .count_work = count_tile_work},
    CK_DEPTHWISE_TILES,
    .run = run_by_lanes,
};

extern const ck_kernel ck_f32_depthwise_columns_1x40__scalar;
const ck_kernel ck_f32_depthwise_columns_1x40__scalar = {
    .name = "ck_f32_depthwise_columns_1x40__scalar",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = TILE_OUTPUTS * VL,
    .depthwise = {.body = CK_DEPTHWISE_COLUMNS, .count_work = count_tile_work},
    CK_DEPTHWISE_TILES,
    .run = run_by_tiles,
};

extern const ck_kernel ck_f32_depthwise_rows_10x4__scalar;
const ck_kernel ck_f32_depthwise_rows_10x4__scalar = {
    .name = "ck_f32_depthwise_rows_10x4__scalar",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = VL,
    .depthwise = {.body = CK_DEPTHWISE_ROWS, .count_work = count_tile_work},
    CK_DEPTHWISE_TILES,
    .run = run_by_tiles,
};

extern const ck_kernel ck_f32_depthwise_lines_1x32__scalar;
const ck_kernel ck_f32_depthwise_lines_1x32__scalar = {
    .name = "ck_f32_depthwise_lines_1x32__scalar",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = 8 * VL,
    .depthwise = {.body = CK_DEPTHWISE_LINES},
    .applies = lines_apply,
    .run = run_by_lines,
};

extern const ck_kernel ck_f32_depthwise_windows_10x4__scalar;
const ck_kernel ck_f32_depthwise_windows_10x4__scalar = {
    .name = "ck_f32_depthwise_windows_10x4__scalar",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = LANE_PIXELS,
    .depthwise = {.body = CK_DEPTHWISE_WINDOWS, .count_work = count_windows},
    .applies = windows_apply,
    .scratch_bytes = window_scratch_bytes,
    .plan_bytes = window_plan_bytes,
    .make_plan = make_window_plan,
    .run = run_by_windows,
};

extern const ck_kernel ck_f32_depthwise_channels_12x4__scalar;
const ck_kernel ck_f32_depthwise_channels_12x4__scalar = {
    .name = "ck_f32_depthwise_channels_12x4__scalar",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = BLOCK_PIXELS,
    .depthwise = {.body = CK_DEPTHWISE_CHANNELS},
    .applies = channels_apply,
    .scratch_bytes = channel_scratch_bytes,
    .run = run_by_channels,
};

extern const ck_kernel ck_f32_depthwise_elements_1x1__scalar;
const ck_kernel ck_f32_depthwise_elements_1x1__scalar = {
    .name = "ck_f32_depthwise_elements_1x1__scalar",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = 1,
    .depthwise = {.body = CK_DEPTHWISE_ELEMENTS},
    .applies = elements_apply,
    .run = run_by_elements,
};
