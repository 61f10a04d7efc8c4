// SPDX-License-Identifier: Apache-2.0
//
// The probes as a constant table.

#include "ck_probes.h"

extern const ck_probe ck_probe_fma__scalar;
extern const ck_stream_probe ck_probe_stream__scalar;
#if defined(__x86_64__)
extern const ck_probe ck_probe_fma__avx2;
extern const ck_stream_probe ck_probe_stream__avx2;
extern const ck_probe ck_probe_fma__avx512;
extern const ck_stream_probe ck_probe_stream__avx512;
#endif

const ck_probe *ck_probe_fma(ck_isa isa) {
    switch (isa) {
    case CK_ISA_SCALAR:
        return &ck_probe_fma__scalar;
#if defined(__x86_64__)
    case CK_ISA_AVX2:
        return &ck_probe_fma__avx2;
    case CK_ISA_AVX512:
        return &ck_probe_fma__avx512;
#else
    default:
#endif
        break;
    }
    return NULL;
}

const ck_stream_probe *ck_probe_stream(ck_isa isa) {
    switch (isa) {
    case CK_ISA_SCALAR:
        return &ck_probe_stream__scalar;
#if defined(__x86_64__)
    case CK_ISA_AVX2:
        return &ck_probe_stream__avx2;
    case CK_ISA_AVX512:
        return &ck_probe_stream__avx512;
#else
    default:
#endif
        break;
    }
    return NULL;
}
