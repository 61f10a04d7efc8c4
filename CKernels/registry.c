// SPDX-License-Identifier: Apache-2.0
//
// The kernel list as a constant table.

#include "ck_kernels.h"

#define CK_KERNEL(name) extern const ck_kernel name;
#include "kernel_list.h"
#undef CK_KERNEL

static const ck_kernel *const kernels[] = {
#define CK_KERNEL(name) &name,
#include "kernel_list.h"
#undef CK_KERNEL
};

const ck_kernel *const *ck_kernel_list(size_t *count) {
    *count = sizeof kernels / sizeof kernels[0];
    return kernels;
}
