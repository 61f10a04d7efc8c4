// SPDX-License-Identifier: Apache-2.0
//
// Winograd convolution in plain C: the truth that the other instruction sets are tested against.
// winograd_template.h has the formula and the layouts.

#include <string.h>

#include "ck_kernels.h"
#include "winograd/winograd_sizes.h"

#include "simd/scalar.h"
#include "simd/epilogue.h"

#include "tiles/register_tiles_scalar.h"
#include "tiles/panel.h"

#define WINOGRAD_IS_UNROLLED 0
#define CK_WINOGRAD_SYMBOL(shape) ck_f32_winograd_##shape##__scalar
#define CK_WINOGRAD_NAME(shape) "ck_f32_winograd_" #shape "__scalar"
#include "winograd/winograd_template.h"
