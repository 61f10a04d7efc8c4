// SPDX-License-Identifier: Apache-2.0
//
// The interleaved store of each instruction set.

#include "ck_interleave.h"

extern void ck_store_interleaved__scalar(const ck_interleave *task);
#if defined(__x86_64__)
extern void ck_store_interleaved__avx2(const ck_interleave *task);
extern void ck_store_interleaved__avx512(const ck_interleave *task);
#endif

void ck_store_interleaved(ck_isa isa, const ck_interleave *task) {
    switch (isa) {
#if defined(__x86_64__)
    case CK_ISA_AVX2:
        ck_store_interleaved__avx2(task);
        return;
    case CK_ISA_AVX512:
        ck_store_interleaved__avx512(task);
        return;
#else
    case CK_ISA_AVX2:
    case CK_ISA_AVX512:
#endif
    case CK_ISA_SCALAR:
        break;
    }
    ck_store_interleaved__scalar(task);
}
