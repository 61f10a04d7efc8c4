// SPDX-License-Identifier: Apache-2.0
//
// Depthwise convolution, AVX-512.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <math.h>
#    include <stddef.h>
#    include <string.h>
#    include "ck_kernels.h"

#    pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))),               \
                                 apply_to = function)

#    include "simd/avx512.h"
#    include "simd/epilogue.h"

// Of 32 registers: sums of a tile, three weights, an input and a mask. Of a strip: accumulators, a row of input vectors
// (of even and odd columns with stride 2), one broadcast weight or all nine of a 3 x 3 kernel.
#    define TILE_OUTPUTS 14
#    define STRIP_K3S1 4 // 12 + 4 + 9
#    define STRIP_K5S1 4 // 20 + 4 + 1
#    define STRIP_K7S1 3 // 21 + 3 + 1
#    define STRIP_K3S2 4 // 8 + 8 + 9
#    define STRIP_K5S2 2 // 6 + 4 + 15
#    define STRIP_HOIST(kernel, vectors) (kernel == 3)
#    define STRIP_HOIST_K5S2 2 // 6 + 6 + 15, and three of the epilogue
#    define STRIP_OPEN 0
// Masks cost nothing.
#    define TILE_COPIES(h, reach) 0
// Where there are few masks, more loads and shuffles within quarters of a vector cost less than permutations.
#    define STRIP_SORTED(kernel, vectors, edge) (vectors > 1 && (kernel == 3 || edge == 1))

// The bodies that there are beside those of all instruction sets.
#    define PLANES
#    define HALVES
#    define WRAPS
// A load that is not aligned crosses a cache line and takes two cycles of the load ports; five shifts and nine loads
// keep up with fourteen multiplications.
#    define TILE_SHIFTED 5

#    include "depthwise/depthwise_template.h"

#    pragma clang attribute pop

extern const ck_kernel ck_f32_depthwise_planes_8x16__avx512;
const ck_kernel ck_f32_depthwise_planes_8x16__avx512 = {
    .name = "ck_f32_depthwise_planes_8x16__avx512",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = PLANE_COLUMNS,
    .depthwise = {.body = CK_DEPTHWISE_PLANES, .count_work = count_planes},
    .applies = planes_apply,
    .scratch_bytes = plane_scratch_bytes,
    .plan_bytes = plane_plan_bytes,
    .make_plan = make_plane_plan,
    .run = run_by_planes,
};

extern const ck_kernel ck_f32_depthwise_wraps_1x80__avx512;
const ck_kernel ck_f32_depthwise_wraps_1x80__avx512 = {
    .name = "ck_f32_depthwise_wraps_1x80__avx512",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = 5 * VL,
    .depthwise = {.body = CK_DEPTHWISE_WRAPS},
    .applies = wraps_apply,
    .plan_bytes = wrap_plan_bytes,
    .make_plan = make_wrap_plan,
    .run = run_by_wraps,
};

extern const ck_kernel ck_f32_depthwise_strips_1x64__avx512;
const ck_kernel ck_f32_depthwise_strips_1x64__avx512 = {
    .name = "ck_f32_depthwise_strips_1x64__avx512",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = STRIP_K3S1 * VL,
    .depthwise = {.body = CK_DEPTHWISE_STRIPS},
    .applies = strips_apply,
    .plan_bytes = strip_plan_bytes,
    .make_plan = make_strip_plan,
    .run = run_by_strips,
};

extern const ck_kernel ck_f32_depthwise_column_lanes_14x16__avx512;
const ck_kernel ck_f32_depthwise_column_lanes_14x16__avx512 = {
    .name = "ck_f32_depthwise_column_lanes_14x16__avx512",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = LANE_PIXELS,
    .depthwise = {.body = CK_DEPTHWISE_COLUMN_LANES, .count_work = count_tile_work},
    CK_DEPTHWISE_TILES,
    .run = run_by_lanes,
};

extern const ck_kernel ck_f32_depthwise_row_lanes_14x16__avx512;
const ck_kernel ck_f32_depthwise_row_lanes_14x16__avx512 = {
    .name = "ck_f32_depthwise_row_lanes_14x16__avx512",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = LANE_PIXELS,
    .depthwise = {.body = CK_DEPTHWISE_ROW_LANES, .count_work = count_tile_work},
    CK_DEPTHWISE_TILES,
    .run = run_by_lanes,
};

extern const ck_kernel ck_f32_depthwise_columns_1x224__avx512;
const ck_kernel ck_f32_depthwise_columns_1x224__avx512 = {
    .name = "ck_f32_depthwise_columns_1x224__avx512",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = TILE_OUTPUTS * VL,
    .depthwise = {.body = CK_DEPTHWISE_COLUMNS, .count_work = count_tile_work},
    CK_DEPTHWISE_TILES,
    .run = run_by_tiles,
};

extern const ck_kernel ck_f32_depthwise_rows_14x16__avx512;
const ck_kernel ck_f32_depthwise_rows_14x16__avx512 = {
    .name = "ck_f32_depthwise_rows_14x16__avx512",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = VL,
    .depthwise = {.body = CK_DEPTHWISE_ROWS, .count_work = count_tile_work},
    CK_DEPTHWISE_TILES,
    .run = run_by_tiles,
};

extern const ck_kernel ck_f32_depthwise_lines_1x128__avx512;
const ck_kernel ck_f32_depthwise_lines_1x128__avx512 = {
    .name = "ck_f32_depthwise_lines_1x128__avx512",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = 8 * VL,
    .depthwise = {.body = CK_DEPTHWISE_LINES},
    .applies = lines_apply,
    .run = run_by_lines,
};

extern const ck_kernel ck_f32_depthwise_windows_14x16__avx512;
const ck_kernel ck_f32_depthwise_windows_14x16__avx512 = {
    .name = "ck_f32_depthwise_windows_14x16__avx512",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = LANE_PIXELS,
    .depthwise = {.body = CK_DEPTHWISE_WINDOWS, .count_work = count_windows},
    .applies = windows_apply,
    .scratch_bytes = window_scratch_bytes,
    .plan_bytes = window_plan_bytes,
    .make_plan = make_window_plan,
    .run = run_by_windows,
};

extern const ck_kernel ck_f32_depthwise_channels_12x16__avx512;
const ck_kernel ck_f32_depthwise_channels_12x16__avx512 = {
    .name = "ck_f32_depthwise_channels_12x16__avx512",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = BLOCK_PIXELS,
    .depthwise = {.body = CK_DEPTHWISE_CHANNELS},
    .applies = channels_apply,
    .scratch_bytes = channel_scratch_bytes,
    .run = run_by_channels,
};

extern const ck_kernel ck_f32_depthwise_elements_1x1__avx512;
const ck_kernel ck_f32_depthwise_elements_1x1__avx512 = {
    .name = "ck_f32_depthwise_elements_1x1__avx512",
    CK_DEPTHWISE_COMMON,
    .tile_pixels = 1,
    .depthwise = {.body = CK_DEPTHWISE_ELEMENTS},
    .applies = elements_apply,
    .run = run_by_elements,
};

#endif
