// SPDX-License-Identifier: Apache-2.0
//
// One line a kernel: its descriptor. The registry, the tests, `convolve info` and the benchmarks all read this list; a
// kernel that is not in it does not exist, and one that is in it is tested and timed. Within an algorithm and an
// instruction set the later line is the better kernel.

CK_KERNEL(ck_f32_direct_4x8__scalar)
CK_KERNEL(ck_f32_gemm_channels_4x8__scalar)
CK_KERNEL(ck_f32_gemm_pixels_4x8__scalar)
CK_KERNEL(ck_f32_im2col_4x8__scalar)
CK_KERNEL(ck_f32_depthwise_1x12__scalar)
CK_KERNEL(ck_f32_winograd_f2k3__scalar)
CK_KERNEL(ck_f32_winograd_f4k3__scalar)
CK_KERNEL(ck_f32_winograd_f6k3__scalar)

#if defined(__x86_64__)
CK_KERNEL(ck_f32_direct_6x16__avx2)
CK_KERNEL(ck_f32_gemm_channels_6x16__avx2)
CK_KERNEL(ck_f32_gemm_pixels_6x16__avx2)
CK_KERNEL(ck_f32_im2col_6x16__avx2)
CK_KERNEL(ck_f32_depthwise_1x24__avx2)
CK_KERNEL(ck_f32_winograd_f2k3__avx2)
CK_KERNEL(ck_f32_winograd_f4k3__avx2)
CK_KERNEL(ck_f32_winograd_f6k3__avx2)

CK_KERNEL(ck_f32_direct_14x32__avx512)
CK_KERNEL(ck_f32_gemm_channels_14x32__avx512)
CK_KERNEL(ck_f32_gemm_pixels_8x48__avx512)
CK_KERNEL(ck_f32_im2col_8x48__avx512)
CK_KERNEL(ck_f32_depthwise_1x64__avx512)
CK_KERNEL(ck_f32_winograd_f2k3__avx512)
CK_KERNEL(ck_f32_winograd_f4k3__avx512)
CK_KERNEL(ck_f32_winograd_f6k3__avx512)
#endif
