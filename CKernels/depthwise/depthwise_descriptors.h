// SPDX-License-Identifier: Apache-2.0
//
// The descriptors of the kernels of depthwise_kernels.h: what a body says is the same in every instruction set.
//
// The file that includes this defines
//     CK_DEPTHWISE_KERNELS(X)            its list of kernels
//     CK_DEPTHWISE_SYMBOL(body, tile)    the symbol of the descriptor of one
//     CK_DEPTHWISE_NAME(body, tile)      the same as a string

#ifndef CK_DEPTHWISE_DESCRIPTORS_H
#define CK_DEPTHWISE_DESCRIPTORS_H

#include "depthwise/depthwise_kernels.h"

// What all but phases have in common.
#define DESCRIBE_FILTERS .packed_bytes = depthwise_packed_bytes, .pack_weights = pack_weights

// What tiles and lanes have in common.
#define DESCRIBE_TILES                                                                                                 \
    .applies = tiles_apply, .scratch_bytes = tile_scratch_bytes, .plan_bytes = tile_plan_bytes,                        \
    .make_plan = make_tile_plan

#define DESCRIBE_planes                                                                                                \
    .tile_pixels = PLANE_COLUMNS, .depthwise = {.body = CK_DEPTHWISE_PLANES, .count_work = count_planes},              \
    .applies = planes_apply, .scratch_bytes = plane_scratch_bytes, .plan_bytes = plane_plan_bytes,                     \
    .make_plan = make_plane_plan, DESCRIBE_FILTERS, .run = run_by_planes
#define DESCRIBE_blocks                                                                                                \
    .tile_pixels = 2 * VL, .depthwise = {.body = CK_DEPTHWISE_BLOCKS}, .applies = blocks_apply,                        \
    .scratch_bytes = block_scratch_bytes, .plan_bytes = block_plan_bytes, .make_plan = make_block_plan,                \
    DESCRIBE_FILTERS, .run = run_by_blocks
#define DESCRIBE_wraps                                                                                                 \
    .tile_pixels = 5 * VL, .depthwise = {.body = CK_DEPTHWISE_WRAPS}, .applies = wraps_apply,                          \
    .plan_bytes = wrap_plan_bytes, .make_plan = make_wrap_plan, DESCRIBE_FILTERS, .run = run_by_wraps
#define DESCRIBE_strips                                                                                                \
    .tile_pixels = STRIP_K3S1 * VL, .depthwise = {.body = CK_DEPTHWISE_STRIPS}, .applies = strips_apply,               \
    .plan_bytes = strip_plan_bytes, .make_plan = make_strip_plan, DESCRIBE_FILTERS, .run = run_by_strips
#define DESCRIBE_column_lanes                                                                                          \
    .tile_pixels = LANE_PIXELS, .depthwise = {.body = CK_DEPTHWISE_COLUMN_LANES, .count_work = count_tile_work},       \
    DESCRIBE_TILES, DESCRIBE_FILTERS, .run = run_by_lanes
#define DESCRIBE_row_lanes                                                                                             \
    .tile_pixels = LANE_PIXELS, .depthwise = {.body = CK_DEPTHWISE_ROW_LANES, .count_work = count_tile_work},          \
    DESCRIBE_TILES, DESCRIBE_FILTERS, .run = run_by_lanes
#define DESCRIBE_columns                                                                                               \
    .tile_pixels = TILE_OUTPUTS * VL, .depthwise = {.body = CK_DEPTHWISE_COLUMNS, .count_work = count_tile_work},      \
    DESCRIBE_TILES, DESCRIBE_FILTERS, .run = run_by_tiles
#define DESCRIBE_rows                                                                                                  \
    .tile_pixels = VL, .depthwise = {.body = CK_DEPTHWISE_ROWS, .count_work = count_tile_work}, DESCRIBE_TILES,        \
    DESCRIBE_FILTERS, .run = run_by_tiles
#define DESCRIBE_lines                                                                                                 \
    .tile_pixels = 8 * VL, .depthwise = {.body = CK_DEPTHWISE_LINES}, .applies = lines_apply, DESCRIBE_FILTERS,        \
    .run = run_by_lines
#define DESCRIBE_phases                                                                                                \
    .tile_pixels = PHASE_VECTORS * VL, .depthwise = {.body = CK_DEPTHWISE_PHASES}, .applies = phases_apply,            \
    .packed_bytes = phase_packed_bytes, .pack_weights = pack_phase_weights, .plan_bytes = phase_plan_bytes,            \
    .make_plan = make_phase_plan, .run = run_by_phases
#define DESCRIBE_windows                                                                                               \
    .tile_pixels = LANE_PIXELS, .depthwise = {.body = CK_DEPTHWISE_WINDOWS, .count_work = count_windows},              \
    .applies = windows_apply, .scratch_bytes = window_scratch_bytes, .plan_bytes = window_plan_bytes,                  \
    .make_plan = make_window_plan, DESCRIBE_FILTERS, .run = run_by_windows
#define DESCRIBE_channels                                                                                              \
    .tile_pixels = BLOCK_PIXELS, .depthwise = {.body = CK_DEPTHWISE_CHANNELS}, .applies = channels_apply,              \
    .scratch_bytes = channel_scratch_bytes, DESCRIBE_FILTERS, .run = run_by_channels
#define DESCRIBE_elements                                                                                              \
    .tile_pixels = 1, .depthwise = {.body = CK_DEPTHWISE_ELEMENTS}, .applies = elements_apply, DESCRIBE_FILTERS,       \
    .run = run_by_elements

#define DESCRIBE_KERNEL(body, tile)                                                                                    \
    extern const ck_kernel CK_DEPTHWISE_SYMBOL(body, tile);                                                            \
    const ck_kernel CK_DEPTHWISE_SYMBOL(body, tile) = {                                                                \
        .name = CK_DEPTHWISE_NAME(body, tile),                                                                         \
        .isa = CK_ISA,                                                                                                 \
        .algorithm = CK_DEPTHWISE,                                                                                     \
        .types = {CK_F32, CK_F32, CK_F32},                                                                             \
        .lanes = VL,                                                                                                   \
        .tile_channels = 1,                                                                                            \
        DESCRIBE_##body,                                                                                               \
    };

CK_DEPTHWISE_KERNELS(DESCRIBE_KERNEL)

#endif
