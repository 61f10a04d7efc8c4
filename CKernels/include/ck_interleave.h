// SPDX-License-Identifier: Apache-2.0
//
// Stores sums that kernels have left column phase by column phase, as a transposed convolution with a stride makes
// them, as the rows that they belong to. It keeps the rules of ck_kernels.h: no memory but the caller's, no state.

#ifndef CK_INTERLEAVE_H
#define CK_INTERLEAVE_H

#include "ck_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Where the sums of a phase are: of channel k and row r at `first` + k * `channel` + r * `row_stride` of the task, one
/// after the other. A negative `first` is a phase of sums over nothing, which are zero.
typedef struct ck_phase {
    ptrdiff_t first, channel;
} ck_phase;

/// Element i of a row of the output is sum number i / period of phase i % period: those of `columns` are stored,
/// element `columns.begin` of channel 0 and row 0 at `output`. `columns.begin` is counted from the first sum that there
/// is.
typedef struct ck_interleave {
    const float *sums;
    const ck_phase *phases; ///< `period` of them
    ptrdiff_t period;
    ptrdiff_t row_stride; ///< of the sums
    ptrdiff_t channels, rows;
    ck_range columns;
    float *output;
    ptrdiff_t out_channel_stride, out_row_stride;
    ck_epilogue epilogue; ///< `bias` is of channel 0, `residual` goes with `output`
} ck_interleave;

/// Stores channels, rows and columns of one image. The instruction set must be one of `ck_cpu_isas()` and
/// `ck_preferred_isas()`.
void ck_store_interleaved(ck_isa isa, const ck_interleave *task);

#ifdef __cplusplus
}
#endif

#endif
