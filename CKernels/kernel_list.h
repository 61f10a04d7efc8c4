// SPDX-License-Identifier: Apache-2.0
//
// One line a kernel: its descriptor. The registry, the tests, `convolve info` and the benchmarks all read this list; a
// kernel that is not in it does not exist, and one that is in it is tested and timed. Within an algorithm and an
// instruction set the later line is the better kernel; Winograd's lines are those of its shapes, depthwise's its
// bodies.

#include "depthwise/depthwise_kernels.h"
#include "winograd/winograd_shapes.h"

CK_KERNEL(ck_f32_direct_4x8__scalar)
CK_KERNEL(ck_f32_direct_pixels_4x8__scalar)
CK_KERNEL(ck_f32_gemm_channels_4x8__scalar)
CK_KERNEL(ck_f32_gemm_pixels_4x8__scalar)
CK_KERNEL(ck_f32_im2col_4x8__scalar)
#define CK_KERNEL_OF_BODY(body, tile) CK_KERNEL(ck_f32_depthwise_##body##_##tile##__scalar)
CK_DEPTHWISE_KERNELS_SCALAR(CK_KERNEL_OF_BODY)
#undef CK_KERNEL_OF_BODY
#define CK_KERNEL_OF_SHAPE(shape, ...) CK_KERNEL(ck_f32_winograd_##shape##__scalar)
CK_WINOGRAD_SHAPES(CK_KERNEL_OF_SHAPE)
#undef CK_KERNEL_OF_SHAPE
CK_KERNEL(ck_f32_fft_4x4__scalar)

#if defined(__x86_64__)
CK_KERNEL(ck_f32_direct_6x16__avx2)
CK_KERNEL(ck_f32_direct_pixels_4x24__avx2)
CK_KERNEL(ck_f32_gemm_channels_6x16__avx2)
CK_KERNEL(ck_f32_gemm_pixels_6x16__avx2)
CK_KERNEL(ck_f32_im2col_6x16__avx2)
#    define CK_KERNEL_OF_BODY(body, tile) CK_KERNEL(ck_f32_depthwise_##body##_##tile##__avx2)
CK_DEPTHWISE_KERNELS_AVX2(CK_KERNEL_OF_BODY)
#    undef CK_KERNEL_OF_BODY
#    define CK_KERNEL_OF_SHAPE(shape, ...) CK_KERNEL(ck_f32_winograd_##shape##__avx2)
CK_WINOGRAD_SHAPES(CK_KERNEL_OF_SHAPE)
#    undef CK_KERNEL_OF_SHAPE
CK_KERNEL(ck_f32_fft_6x8__avx2)

CK_KERNEL(ck_f32_direct_14x32__avx512)
CK_KERNEL(ck_f32_direct_pixels_4x48__avx512)
CK_KERNEL(ck_f32_gemm_channels_14x32__avx512)
CK_KERNEL(ck_f32_gemm_pixels_8x48__avx512)
CK_KERNEL(ck_f32_im2col_8x48__avx512)
#    define CK_KERNEL_OF_BODY(body, tile) CK_KERNEL(ck_f32_depthwise_##body##_##tile##__avx512)
CK_DEPTHWISE_KERNELS_AVX512(CK_KERNEL_OF_BODY)
#    undef CK_KERNEL_OF_BODY
#    define CK_KERNEL_OF_SHAPE(shape, ...) CK_KERNEL(ck_f32_winograd_##shape##__avx512)
CK_WINOGRAD_SHAPES(CK_KERNEL_OF_SHAPE)
#    undef CK_KERNEL_OF_SHAPE
CK_KERNEL(ck_f32_fft_14x16__avx512)
#endif
