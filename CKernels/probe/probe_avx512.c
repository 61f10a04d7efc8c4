// SPDX-License-Identifier: Apache-2.0
//
// The probes in AVX-512. probe/probe_template.h and probe/stream_template.h say what they do.

#if defined(__x86_64__)

#    include <immintrin.h>

#    include <assert.h>

#    include "ck_probes.h"

#    pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))),               \
                                 apply_to = function)

#    include "simd/avx512.h"

// 10 accumulators + 2 constants = 12 of 32 zmm.
#    define PROBE_CHAINS 10
_Static_assert(PROBE_CHAINS + 2 <= 32, "the chains must stay in registers");

#    include "probe/probe_template.h"
#    include "probe/stream_template.h"

#    pragma clang attribute pop

const ck_probe ck_probe_fma__avx512 = {
    .name = "ck_probe_fma__avx512",
    .isa = CK_ISA,
    .flops_per_iteration = 2.0 * VL * PROBE_CHAINS,
    .run = probe_run,
};

const ck_stream_probe ck_probe_stream__avx512 = {
    .name = "ck_probe_stream__avx512",
    .isa = CK_ISA,
    .read = stream_read,
    .update = stream_update,
};

#endif
