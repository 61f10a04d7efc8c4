// SPDX-License-Identifier: Apache-2.0
//
// Probes of the arithmetic peak: loops of independent fused multiply-adds on registers, which touch no memory. What
// share of the peak a kernel reaches is measured against them, in the same run, because a processor's clock is not
// constant.

#ifndef CK_PROBES_H
#define CK_PROBES_H

#include <stddef.h>

#include "ck_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A probe and the arithmetic that one of its iterations does.
typedef struct ck_probe {
    const char *name;
    ck_isa isa;
    double flops_per_iteration; ///< multiplications and additions
    /// Runs `iterations` iterations on the calling thread, and writes one float that depends on all of them to `out`.
    /// The instruction set must be one of `ck_cpu_isas()`.
    void (*run)(size_t iterations, float *out);
} ck_probe;

/// The probe of an instruction set; NULL where this library was compiled for another architecture.
const ck_probe *ck_probe_fma(ck_isa isa);

#ifdef __cplusplus
}
#endif

#endif
