// SPDX-License-Identifier: Apache-2.0
//
// Probes of what a core can do at best. What share of it a kernel reaches is measured against them, in the same run,
// because a processor's clock is not constant.
//   arithmetic   loops of independent fused multiply-adds on registers, which touch no memory
//   bandwidth    loops that stream through memory of the caller's, whose size decides which cache, if any, answers

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

/// The floats of a stream come in blocks of so many: 8 lines of 64 bytes.
#define CK_STREAM_BLOCK 128

/// Loops that stream through `count` floats, a multiple of CK_STREAM_BLOCK. `data` needs no alignment; whole cache
/// lines are moved fastest.
typedef struct ck_stream_probe {
    const char *name;
    ck_isa isa;
    /// Reads all of them once, and writes their sum to `out`: moves 4 bytes a float.
    void (*read)(const float *data, size_t count, float *out);
    /// Multiplies each by `scale` in place: moves 8 bytes a float.
    void (*update)(float *data, size_t count, float scale);
} ck_stream_probe;

/// The arithmetic probe of an instruction set; NULL where this library was compiled for another architecture.
const ck_probe *ck_probe_fma(ck_isa isa);

/// The bandwidth probe of an instruction set; NULL as above.
const ck_stream_probe *ck_probe_stream(ck_isa isa);

#ifdef __cplusplus
}
#endif

#endif
