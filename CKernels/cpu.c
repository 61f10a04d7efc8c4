// SPDX-License-Identifier: Apache-2.0
//
// What this processor and its operating system can run.

#include "ck_kernels.h"

const ck_isa *ck_preferred_isas(size_t *count) {
    static const ck_isa isas[] = {
#if defined(__x86_64__)
        CK_ISA_AVX512,
        CK_ISA_AVX2,
#endif
        CK_ISA_SCALAR,
    };
    *count = sizeof isas / sizeof isas[0];
    return isas;
}

#if defined(__x86_64__)

#    include <cpuid.h>

// XCR0 says which registers the operating system saves on a context switch. A feature bit of CPUID means nothing
// without it: the instructions would fault, or lose the upper halves of their registers.
static uint64_t saved_state(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return ((uint64_t)high << 32) | low;
}

uint32_t ck_cpu_isas(void) {
    const uint64_t ymm_state = 0x06; // SSE, AVX
    const uint64_t zmm_state = 0xE6; // and the opmask registers, both halves of the upper zmm registers
    const uint32_t needed_leaf7_avx512 = bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL;
    uint32_t isas = 1u << CK_ISA_SCALAR;
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_AVX) || !(c & bit_FMA)) {
        return isas;
    }
    const uint64_t saved = saved_state();
    if ((saved & ymm_state) != ymm_state || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2)) {
        return isas;
    }
    isas |= 1u << CK_ISA_AVX2;
#    if !defined(__APPLE__)
    // Darwin saves the wide registers only after their first use, so XCR0 tells nothing there; AVX2 serves.
    if ((saved & zmm_state) == zmm_state && (b & needed_leaf7_avx512) == needed_leaf7_avx512) {
        isas |= 1u << CK_ISA_AVX512;
    }
#    endif
    return isas;
}

#else

uint32_t ck_cpu_isas(void) {
    return 1u << CK_ISA_SCALAR;
}

#endif
