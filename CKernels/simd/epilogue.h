// SPDX-License-Identifier: Apache-2.0
//
// The activation of the fused epilogue, in the vocabulary. Kernels add bias and residual to their sum and pass the
// result through `vec_activate` as they store it. Include it after the vocabulary, inside the attribute region.

#ifndef CK_SIMD_EPILOGUE_H
#define CK_SIMD_EPILOGUE_H

static inline vec vec_activate(vec x, const ck_task *task) {
    // The data is the second operand, so that a NaN survives the clamp as it does in PyTorch.
    return vec_min(vec_set1(task->high), vec_max(vec_set1(task->low), x));
}

#endif
