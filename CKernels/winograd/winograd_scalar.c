// SPDX-License-Identifier: Apache-2.0
//
// Winograd convolution in plain C: the truth that the other instruction sets are tested against.
// winograd_template.h has the formula and the layouts.

#include <string.h>

#include "ck_kernels.h"
#include "winograd/winograd_tiles.h"

#include "simd/scalar.h"
#include "simd/epilogue.h"

// 4 rows x 2 vectors of 4: enough sums in flight to hide the latency of an addition on any processor.
#define PANEL_ROWS 4
#include "gemm/panel.h"

#include "winograd/winograd_lanes.h"
#include "winograd/winograd_definition.h"
#include "winograd/transforms_f2k3.h"
#include "winograd/transforms_f4k3.h"
#include "winograd/transforms_f6k3.h"

// Tiles x points x 2 vectors: the products of a panel, with 16 lanes a quarter to a third of a second-level cache of 1
// MiB.
#define WINOGRAD_M 2
#define WINOGRAD_TILES 112
#include "winograd/winograd_template.h"

#define WINOGRAD_M 4
#define WINOGRAD_TILES 56
#include "winograd/winograd_template.h"

#define WINOGRAD_M 6
#define WINOGRAD_TILES 40
#include "winograd/winograd_template.h"

const ck_kernel ck_f32_winograd_f2k3__scalar = {
    .name = "ck_f32_winograd_f2k3__scalar",
    .isa = CK_ISA,
    .algorithm = CK_WINOGRAD,
    .lanes = VL,
    .tile_pixels = PANEL_ROWS,
    .tile_channels = PANEL,
    .winograd_tile = 2,
    .winograd_tiles = 112,
    .pack_weights = pack_weights_f2k3,
    .prepare = prepare_f2k3,
    .run = run_f2k3,
    .transform_input = transform_input_f2k3,
    .transform_output = transform_output_f2k3,
    .transform_weights = transform_weights_f2k3,
};

const ck_kernel ck_f32_winograd_f4k3__scalar = {
    .name = "ck_f32_winograd_f4k3__scalar",
    .isa = CK_ISA,
    .algorithm = CK_WINOGRAD,
    .lanes = VL,
    .tile_pixels = PANEL_ROWS,
    .tile_channels = PANEL,
    .winograd_tile = 4,
    .winograd_tiles = 56,
    .pack_weights = pack_weights_f4k3,
    .prepare = prepare_f4k3,
    .run = run_f4k3,
    .transform_input = transform_input_f4k3,
    .transform_output = transform_output_f4k3,
    .transform_weights = transform_weights_f4k3,
};

const ck_kernel ck_f32_winograd_f6k3__scalar = {
    .name = "ck_f32_winograd_f6k3__scalar",
    .isa = CK_ISA,
    .algorithm = CK_WINOGRAD,
    .lanes = VL,
    .tile_pixels = PANEL_ROWS,
    .tile_channels = PANEL,
    .winograd_tile = 6,
    .winograd_tiles = 40,
    .pack_weights = pack_weights_f6k3,
    .prepare = prepare_f6k3,
    .run = run_f6k3,
    .transform_input = transform_input_f6k3,
    .transform_output = transform_output_f6k3,
    .transform_weights = transform_weights_f6k3,
};
