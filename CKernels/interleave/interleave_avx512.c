// SPDX-License-Identifier: Apache-2.0
//
// The interleaved store in AVX-512.

#if defined(__x86_64__)

#    include <immintrin.h>
#    include <string.h>
#    include "ck_interleave.h"

#    pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))),               \
                                 apply_to = function)

#    include "simd/avx512.h"

#    include "interleave/interleave_template.h"

#    pragma clang attribute pop

void ck_store_interleaved__avx512(const ck_interleave *task);
void ck_store_interleaved__avx512(const ck_interleave *task) {
    store_interleaved(task);
}

#endif
