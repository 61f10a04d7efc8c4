// SPDX-License-Identifier: Apache-2.0
//
// The probes in plain C. probe/probe_template.h and probe/stream_template.h say what they do.

#include <assert.h>

#include "ck_probes.h"

#include "simd/scalar.h"

// A register holds one vector of four: 14 accumulators + 2 constants = 16 of 16 xmm on x86-64, of 32 on aarch64. On
// x86-64 a multiply-add is two instructions here, as it is in the scalar kernels.
#define PROBE_CHAINS 14
_Static_assert(PROBE_CHAINS + 2 <= 16, "the chains must stay in registers");

#include "probe/probe_template.h"
#include "probe/stream_template.h"

const ck_probe ck_probe_fma__scalar = {
    .name = "ck_probe_fma__scalar",
    .isa = CK_ISA,
    .flops_per_iteration = 2.0 * VL * PROBE_CHAINS,
    .run = probe_run,
};

const ck_stream_probe ck_probe_stream__scalar = {
    .name = "ck_probe_stream__scalar",
    .isa = CK_ISA,
    .read = stream_read,
    .update = stream_update,
};
