// SPDX-License-Identifier: Apache-2.0
//
// The entry into LLVM's OpenMP runtime, compiled only with the package trait OpenMP. It calls the runtime's own entry
// points, so that the package needs neither -fopenmp nor omp.h.

#include "ck_platform.h"

#ifdef CK_OPENMP

extern void GOMP_parallel(void (*body)(void *), void *context, unsigned threads, unsigned flags);
extern int omp_get_thread_num(void);

void ck_openmp_parallel(void (*body)(void *context), void *context, unsigned threads) {
    GOMP_parallel(body, context, threads, 0);
}

unsigned ck_openmp_thread(void) {
    return (unsigned)omp_get_thread_num();
}

#else

typedef int ck_openmp_is_not_compiled; // an empty translation unit is not ISO C

#endif
