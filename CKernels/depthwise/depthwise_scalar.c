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
// accumulators, a row of input vectors (of even and odd columns with stride 2), one broadcast weight. Every size of
// tile and width of strip is code of its own, of which plain C has no more than keeps the additions apart.
#define TILE_OUTPUTS 6
#define TILE_ENDS 0
#define STRIP_K3S1 2 // 6 + 2 + 1
#define STRIP_K5S1 1 // 5 + 1 + 1
#define STRIP_K7S1 1 // 7 + 1 + 1
#define STRIP_K3S2 2 // 4 + 4 + 1
#define STRIP_K5S2 1 // 3 + 2 + 1
#define STRIP_HOIST(kernel, vectors) 0
#define STRIP_HOIST_K5S2 0
#define STRIP_OPEN 0
#define TILE_COPIES(h, reach) ((h) >= 5 && (reach) >= 8)
#define STRIP_SORTED(kernel, vectors, edge) 1

#define CK_DEPTHWISE_KERNELS CK_DEPTHWISE_KERNELS_SCALAR
#define CK_DEPTHWISE_SYMBOL(body, tile) ck_f32_depthwise_##body##_##tile##__scalar
#define CK_DEPTHWISE_NAME(body, tile) "ck_f32_depthwise_" #body "_" #tile "__scalar"
#include "depthwise/depthwise_template.h"
