// SPDX-License-Identifier: Apache-2.0
//
// One line a kernel: its descriptor. The registry, the tests, `convolve info` and the benchmarks all read this list; a
// kernel that is not in it does not exist, and one that is in it is tested and timed. Within an algorithm and an
// instruction set the later line is the better kernel.

CK_KERNEL(ck_f32_winograd_f2k3__scalar)
CK_KERNEL(ck_f32_winograd_f4k3__scalar)
CK_KERNEL(ck_f32_winograd_f6k3__scalar)
#if defined(__x86_64__)
CK_KERNEL(ck_f32_winograd_f2k3__avx2)
CK_KERNEL(ck_f32_winograd_f4k3__avx2)
CK_KERNEL(ck_f32_winograd_f6k3__avx2)
CK_KERNEL(ck_f32_winograd_f2k3__avx512)
CK_KERNEL(ck_f32_winograd_f4k3__avx512)
CK_KERNEL(ck_f32_winograd_f6k3__avx512)
#endif
