// SPDX-License-Identifier: Apache-2.0
//
// Winograd convolution with AVX-512.
// winograd_template.h has the formula and the layouts.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <string.h>

#    include "ck_kernels.h"
#    include "winograd/winograd_sizes.h"

#    pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))),               \
                                 apply_to = function)

#    include "simd/avx512.h"
#    include "simd/epilogue.h"

#    include "tiles/register_tiles_avx512.h"
#    include "tiles/panel.h"

#    define WINOGRAD_IS_UNROLLED 1
#    define CK_WINOGRAD_SYMBOL(shape) ck_f32_winograd_##shape##__avx512
#    define CK_WINOGRAD_NAME(shape) "ck_f32_winograd_" #shape "__avx512"
#    include "winograd/winograd_template.h"

#    pragma clang attribute pop

#endif
