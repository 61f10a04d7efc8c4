// SPDX-License-Identifier: Apache-2.0
//
// FFT convolution in plain C.
// fft_template.h has the formula and the layouts.

#include <math.h>
#include <string.h>

#include "ck_kernels.h"
#include "fft/fft_shape.h"

#include "simd/scalar.h"
#include "simd/epilogue.h"

#define FFT_ROWS 4
#include "fft/fft_transform.h"
#include "fft/fft_rows.h"
#include "fft/fft_product.h"
#include "fft/fft_definition.h"
#include "fft/fft_template.h"

const ck_kernel ck_f32_fft_4x4__scalar = {
    .name = "ck_f32_fft_4x4__scalar",
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
