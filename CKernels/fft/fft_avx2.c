// SPDX-License-Identifier: Apache-2.0
//
// FFT convolution with AVX2 and FMA.
// fft_template.h has the formula and the layouts.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <math.h>
#    include <string.h>

#    include "ck_kernels.h"
#    include "fft/fft_shape.h"

#    pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#    include "simd/avx2.h"
#    include "simd/epilogue.h"

// 6 rows x (real + imaginary) = 12 sums, 2 vectors of lanes and 1 broadcast: 15 of 16 registers.
#    define FFT_ROWS 6
_Static_assert(FFT_ROWS * 2 + 2 + 1 <= 16, "the sums of a register tile must stay in registers");
#    include "fft/fft_transform.h"
#    include "fft/fft_rows.h"
#    include "fft/fft_product.h"
#    include "fft/fft_definition.h"
#    include "fft/fft_template.h"

#    pragma clang attribute pop

const ck_kernel ck_f32_fft_6x8__avx2 = {
    .name = "ck_f32_fft_6x8__avx2",
    .isa = CK_ISA,
    .algorithm = CK_FFT,
    .types = {CK_F32, CK_F32, CK_F32},
    .lanes = VL,
    .tile_pixels = FFT_ROWS,
    .tile_channels = VL,
    .pack_weights = fft_pack_weights,
    .packed_bytes = fft_packed_bytes,
    .prepared_bytes = fft_prepared_bytes,
    .scratch_bytes = fft_scratch_bytes,
    .packing_scratch_bytes = fft_packing_scratch_bytes,
    .prepare = fft_prepare,
    .run = fft_run,
};

#endif
