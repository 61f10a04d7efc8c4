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
#    define TILE_ENDS 1
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
#    define PHASES
#    define HALVES
#    define WRAPS
// A load that is not aligned crosses a cache line and takes two cycles of the load ports; five shifts and nine loads
// keep up with fourteen multiplications.
#    define TILE_SHIFTED 5

#    define CK_DEPTHWISE_KERNELS CK_DEPTHWISE_KERNELS_AVX512
#    define CK_DEPTHWISE_SYMBOL(body, tile) ck_f32_depthwise_##body##_##tile##__avx512
#    define CK_DEPTHWISE_NAME(body, tile) "ck_f32_depthwise_" #body "_" #tile "__avx512"
#    include "depthwise/depthwise_template.h"

#    pragma clang attribute pop

#endif
