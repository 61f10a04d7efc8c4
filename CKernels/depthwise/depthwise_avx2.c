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
#    define TILE_ENDS 1
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
#    define PHASES
#    define BLOCKS

#    define CK_DEPTHWISE_KERNELS CK_DEPTHWISE_KERNELS_AVX2
#    define CK_DEPTHWISE_SYMBOL(body, tile) ck_f32_depthwise_##body##_##tile##__avx2
#    define CK_DEPTHWISE_NAME(body, tile) "ck_f32_depthwise_" #body "_" #tile "__avx2"
#    include "depthwise/depthwise_template.h"

#    pragma clang attribute pop

#endif
