// SPDX-License-Identifier: Apache-2.0
//
// Winograd convolution with AVX2 and FMA.
// winograd_template.h has the formula and the layouts.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <string.h>

#    include "ck_kernels.h"
#    include "winograd/winograd_tiles.h"

#    pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#    include "simd/avx2.h"
#    include "simd/epilogue.h"

// 6 rows x 2 vectors = 12 sums, 2 vectors of weights and 1 broadcast: 15 of 16 registers.
#    define PANEL_ROWS 6
_Static_assert(PANEL_ROWS * 2 + 2 + 1 <= 16, "the sums of a register tile must stay in registers");
#    include "gemm/panel.h"

#    include "winograd/winograd_lanes.h"
#    include "winograd/winograd_definition.h"
#    include "winograd/transforms_f2k3.h"
#    include "winograd/transforms_f4k3.h"
#    include "winograd/transforms_f6k3.h"

// Tiles x points x 2 vectors: the products of a panel, with 16 lanes a quarter to a third of a second-level cache of 1
// MiB.
#    define WINOGRAD_M 2
#    define WINOGRAD_TILES 112
#    include "winograd/winograd_template.h"

#    define WINOGRAD_M 4
#    define WINOGRAD_TILES 56
#    include "winograd/winograd_template.h"

#    define WINOGRAD_M 6
#    define WINOGRAD_TILES 40
#    include "winograd/winograd_template.h"

#    pragma clang attribute pop

const ck_kernel ck_f32_winograd_f2k3__avx2 = {
    .name = "ck_f32_winograd_f2k3__avx2",
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

const ck_kernel ck_f32_winograd_f4k3__avx2 = {
    .name = "ck_f32_winograd_f4k3__avx2",
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

const ck_kernel ck_f32_winograd_f6k3__avx2 = {
    .name = "ck_f32_winograd_f6k3__avx2",
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

#endif
