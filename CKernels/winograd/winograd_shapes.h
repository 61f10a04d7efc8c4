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

#define WINOGRAD_NAME f4x2k3
#define WINOGRAD_MH 4
#define WINOGRAD_RH 3
#define WINOGRAD_MW 2
#define WINOGRAD_RW 3
#define WINOGRAD_TILES 84
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f6k3
#define WINOGRAD_MH 6
#define WINOGRAD_RH 3
#define WINOGRAD_MW 6
#define WINOGRAD_RW 3
#define WINOGRAD_TILES 40
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f7x4k3
#define WINOGRAD_MH 7
#define WINOGRAD_RH 3
#define WINOGRAD_MW 4
#define WINOGRAD_RW 3
#define WINOGRAD_TILES 56
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

#define WINOGRAD_NAME f2k6_row
#define WINOGRAD_MH 1
#define WINOGRAD_RH 1
#define WINOGRAD_MW 2
#define WINOGRAD_RW 6
#define WINOGRAD_TILES 168
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f2k6_column
#define WINOGRAD_MH 2
#define WINOGRAD_RH 6
#define WINOGRAD_MW 1
#define WINOGRAD_RW 1
#define WINOGRAD_TILES 168
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f2k7_row
#define WINOGRAD_MH 1
#define WINOGRAD_RH 1
#define WINOGRAD_MW 2
#define WINOGRAD_RW 7
#define WINOGRAD_TILES 168
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f2k7_column
#define WINOGRAD_MH 2
#define WINOGRAD_RH 7
#define WINOGRAD_MW 1
#define WINOGRAD_RW 1
#define WINOGRAD_TILES 168
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f3k6_row
#define WINOGRAD_MH 1
#define WINOGRAD_RH 1
#define WINOGRAD_MW 3
#define WINOGRAD_RW 6
#define WINOGRAD_TILES 168
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f3k6_column
#define WINOGRAD_MH 3
#define WINOGRAD_RH 6
#define WINOGRAD_MW 1
#define WINOGRAD_RW 1
#define WINOGRAD_TILES 168
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f3k7_row
#define WINOGRAD_MH 1
#define WINOGRAD_RH 1
#define WINOGRAD_MW 3
#define WINOGRAD_RW 7
#define WINOGRAD_TILES 140
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f3k7_column
#define WINOGRAD_MH 3
#define WINOGRAD_RH 7
#define WINOGRAD_MW 1
#define WINOGRAD_RW 1
#define WINOGRAD_TILES 140
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k6_row
#define WINOGRAD_MH 1
#define WINOGRAD_RH 1
#define WINOGRAD_MW 4
#define WINOGRAD_RW 6
#define WINOGRAD_TILES 140
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k6_column
#define WINOGRAD_MH 4
#define WINOGRAD_RH 6
#define WINOGRAD_MW 1
#define WINOGRAD_RW 1
#define WINOGRAD_TILES 140
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k7_row
#define WINOGRAD_MH 1
#define WINOGRAD_RH 1
#define WINOGRAD_MW 4
#define WINOGRAD_RW 7
#define WINOGRAD_TILES 126
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f4k7_column
#define WINOGRAD_MH 4
#define WINOGRAD_RH 7
#define WINOGRAD_MW 1
#define WINOGRAD_RW 1
#define WINOGRAD_TILES 126
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f6k2_row
#define WINOGRAD_MH 1
#define WINOGRAD_RH 1
#define WINOGRAD_MW 6
#define WINOGRAD_RW 2
#define WINOGRAD_TILES 168
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f6k2_column
#define WINOGRAD_MH 6
#define WINOGRAD_RH 2
#define WINOGRAD_MW 1
#define WINOGRAD_RW 1
#define WINOGRAD_TILES 168
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f6k3_row
#define WINOGRAD_MH 1
#define WINOGRAD_RH 1
#define WINOGRAD_MW 6
#define WINOGRAD_RW 3
#define WINOGRAD_TILES 168
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f6k3_column
#define WINOGRAD_MH 6
#define WINOGRAD_RH 3
#define WINOGRAD_MW 1
#define WINOGRAD_RW 1
#define WINOGRAD_TILES 168
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f6k4_row
#define WINOGRAD_MH 1
#define WINOGRAD_RH 1
#define WINOGRAD_MW 6
#define WINOGRAD_RW 4
#define WINOGRAD_TILES 140
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f6k4_column
#define WINOGRAD_MH 6
#define WINOGRAD_RH 4
#define WINOGRAD_MW 1
#define WINOGRAD_RW 1
#define WINOGRAD_TILES 140
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f6k5_row
#define WINOGRAD_MH 1
#define WINOGRAD_RH 1
#define WINOGRAD_MW 6
#define WINOGRAD_RW 5
#define WINOGRAD_TILES 126
#include "winograd/winograd_template.h"

#define WINOGRAD_NAME f6k5_column
#define WINOGRAD_MH 6
#define WINOGRAD_RH 5
#define WINOGRAD_MW 1
#define WINOGRAD_RW 1
#define WINOGRAD_TILES 126
#include "winograd/winograd_template.h"
