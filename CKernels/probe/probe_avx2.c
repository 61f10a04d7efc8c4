// SPDX-License-Identifier: Apache-2.0
//
// The probes in AVX2 and FMA. probe/probe_template.h and probe/stream_template.h say what they do.

#if defined(__x86_64__)

#    include <immintrin.h>

#    include <assert.h>

#    include "ck_probes.h"

#    pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#    include "simd/avx2.h"

// 10 accumulators + 2 constants = 12 of 16 ymm.
#    define PROBE_CHAINS 10
_Static_assert(PROBE_CHAINS + 2 <= 16, "the chains must stay in registers");

#    include "probe/probe_template.h"
#    include "probe/stream_template.h"

#    pragma clang attribute pop

const ck_probe ck_probe_fma__avx2 = {
    .name = "ck_probe_fma__avx2",
    .isa = CK_ISA,
    .flops_per_iteration = 2.0 * VL * PROBE_CHAINS,
    .run = probe_run,
};

const ck_stream_probe ck_probe_stream__avx2 = {
    .name = "ck_probe_stream__avx2",
    .isa = CK_ISA,
    .read = stream_read,
    .update = stream_update,
};

#endif
