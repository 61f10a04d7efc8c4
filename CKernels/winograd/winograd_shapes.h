// SPDX-License-Identifier: Apache-2.0
//
// The tiles that each instruction set has kernels for: see winograd_template.h. WINOGRAD_TILES x points x 2 vectors,
// the products of a panel, are with 16 lanes a quarter to a third of a second-level cache of 1 MiB.

#define WINOGRAD_NAME f2k2
#define WINOGRAD_MH 2
#define WINOGRAD_RH 2
#define WINOGRAD_MW 2
#define WINOGRAD_RW 2
#define WINOGRAD_TILES 196
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f2k3
#define WINOGRAD_MH 2
#define WINOGRAD_RH 3
#define WINOGRAD_MW 2
#define WINOGRAD_RW 3
#define WINOGRAD_TILES 112
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f3k2
#define WINOGRAD_MH 3
#define WINOGRAD_RH 2
#define WINOGRAD_MW 3
#define WINOGRAD_RW 2
#define WINOGRAD_TILES 112
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f3k3
#define WINOGRAD_MH 3
#define WINOGRAD_RH 3
#define WINOGRAD_MW 3
#define WINOGRAD_RW 3
#define WINOGRAD_TILES 72
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f3k4
#define WINOGRAD_MH 3
#define WINOGRAD_RH 4
#define WINOGRAD_MW 3
#define WINOGRAD_RW 4
#define WINOGRAD_TILES 56
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k3
#define WINOGRAD_MH 4
#define WINOGRAD_RH 3
#define WINOGRAD_MW 4
#define WINOGRAD_RW 3
#define WINOGRAD_TILES 56
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f6k3
#define WINOGRAD_MH 6
#define WINOGRAD_RH 3
#define WINOGRAD_MW 6
#define WINOGRAD_RW 3
#define WINOGRAD_TILES 40
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k2
#define WINOGRAD_MH 4
#define WINOGRAD_RH 2
#define WINOGRAD_MW 4
#define WINOGRAD_RW 2
#define WINOGRAD_TILES 72
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k4
#define WINOGRAD_MH 4
#define WINOGRAD_RH 4
#define WINOGRAD_MW 4
#define WINOGRAD_RW 4
#define WINOGRAD_TILES 40
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f2k5
#define WINOGRAD_MH 2
#define WINOGRAD_RH 5
#define WINOGRAD_MW 2
#define WINOGRAD_RW 5
#define WINOGRAD_TILES 56
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k2_row
#define WINOGRAD_MH 1
#define WINOGRAD_RH 1
#define WINOGRAD_MW 4
#define WINOGRAD_RW 2
#define WINOGRAD_TILES 224
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k2_column
#define WINOGRAD_MH 4
#define WINOGRAD_RH 2
#define WINOGRAD_MW 1
#define WINOGRAD_RW 1
#define WINOGRAD_TILES 224
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k3_row
#define WINOGRAD_MH 1
#define WINOGRAD_RH 1
#define WINOGRAD_MW 4
#define WINOGRAD_RW 3
#define WINOGRAD_TILES 224
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k3_column
#define WINOGRAD_MH 4
#define WINOGRAD_RH 3
#define WINOGRAD_MW 1
#define WINOGRAD_RW 1
#define WINOGRAD_TILES 224
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k4_row
#define WINOGRAD_MH 1
#define WINOGRAD_RH 1
#define WINOGRAD_MW 4
#define WINOGRAD_RW 4
#define WINOGRAD_TILES 192
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k4_column
#define WINOGRAD_MH 4
#define WINOGRAD_RH 4
#define WINOGRAD_MW 1
#define WINOGRAD_RW 1
#define WINOGRAD_TILES 192
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k5_row
#define WINOGRAD_MH 1
#define WINOGRAD_RH 1
#define WINOGRAD_MW 4
#define WINOGRAD_RW 5
#define WINOGRAD_TILES 168
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k5_column
#define WINOGRAD_MH 4
#define WINOGRAD_RH 5
#define WINOGRAD_MW 1
#define WINOGRAD_RW 1
#define WINOGRAD_TILES 168
#include "winograd/winograd_template.h"

// The descriptor of one of them. CK_WINOGRAD_KERNEL_NAME(name) is its symbol, of the instruction set.
#define CK_WINOGRAD_STRING2(symbol) #symbol
#define CK_WINOGRAD_STRING(symbol) CK_WINOGRAD_STRING2(symbol)
#define CK_WINOGRAD_KERNEL(shape, mh, rh, mw, rw, most)                                                                \
    extern const ck_kernel CK_WINOGRAD_KERNEL_NAME(shape);                                                             \
    const ck_kernel CK_WINOGRAD_KERNEL_NAME(shape) = {                                                                 \
        .name = CK_WINOGRAD_STRING(CK_WINOGRAD_KERNEL_NAME(shape)),                                                    \
        .isa = CK_ISA,                                                                                                 \
        .algorithm = CK_WINOGRAD,                                                                                      \
        .lanes = VL,                                                                                                   \
        .tile_pixels = PANEL_ROWS,                                                                                     \
        .tile_channels = PANEL,                                                                                        \
        .winograd = {mh, rh, mw, rw, most},                                                                            \
        .pack_weights = pack_weights_##shape,                                                                          \
        .prepare = prepare_##shape,                                                                                    \
        .run = run_##shape,                                                                                            \
        .transform_input = transform_input_##shape,                                                                    \
        .transform_output = transform_output_##shape,                                                                  \
        .transform_weights = transform_weights_##shape,                                                                \
    }

CK_WINOGRAD_KERNEL(f2k2, 2, 2, 2, 2, 196);
CK_WINOGRAD_KERNEL(f2k3, 2, 3, 2, 3, 112);
CK_WINOGRAD_KERNEL(f3k2, 3, 2, 3, 2, 112);
CK_WINOGRAD_KERNEL(f3k3, 3, 3, 3, 3, 72);
CK_WINOGRAD_KERNEL(f3k4, 3, 4, 3, 4, 56);
CK_WINOGRAD_KERNEL(f4k3, 4, 3, 4, 3, 56);
CK_WINOGRAD_KERNEL(f6k3, 6, 3, 6, 3, 40);
CK_WINOGRAD_KERNEL(f4k2, 4, 2, 4, 2, 72);
CK_WINOGRAD_KERNEL(f4k4, 4, 4, 4, 4, 40);
CK_WINOGRAD_KERNEL(f2k5, 2, 5, 2, 5, 56);
CK_WINOGRAD_KERNEL(f4k2_row, 1, 1, 4, 2, 224);
CK_WINOGRAD_KERNEL(f4k2_column, 4, 2, 1, 1, 224);
CK_WINOGRAD_KERNEL(f4k3_row, 1, 1, 4, 3, 224);
CK_WINOGRAD_KERNEL(f4k3_column, 4, 3, 1, 1, 224);
CK_WINOGRAD_KERNEL(f4k4_row, 1, 1, 4, 4, 192);
CK_WINOGRAD_KERNEL(f4k4_column, 4, 4, 1, 1, 192);
CK_WINOGRAD_KERNEL(f4k5_row, 1, 1, 4, 5, 168);
CK_WINOGRAD_KERNEL(f4k5_column, 4, 5, 1, 1, 168);
