// SPDX-License-Identifier: Apache-2.0
//
// What kernel bodies share beside the vector vocabulary: plain C.

#ifndef CK_SIMD_COMMON_H
#define CK_SIMD_COMMON_H

#include <stddef.h>
#include "ck_kernels.h"

#define CK_INLINE static inline __attribute__((always_inline))

// For loops that are unrolled hundreds of times, of address arithmetic and vectors. The reason for `no_sanitize`:
// UndefinedBehaviorSanitizer's checks of each copy took 5 of the 6 minutes that winograd_avx512.c compiled with it.
// AddressSanitizer, which the attribute leaves on, checks the accesses themselves.
#define CK_UNROLLED CK_INLINE __attribute__((no_sanitize("undefined")))

// x(1) x(2) ... x(count), for the counts that register tiles have.
#define CK_UP_TO_2(x) x(1) x(2)
#define CK_UP_TO_3(x) CK_UP_TO_2(x) x(3)
#define CK_UP_TO_4(x) CK_UP_TO_3(x) x(4)
#define CK_UP_TO_6(x) CK_UP_TO_4(x) x(5) x(6)
#define CK_UP_TO_8(x) CK_UP_TO_6(x) x(7) x(8)
#define CK_UP_TO_10(x) CK_UP_TO_8(x) x(9) x(10)
#define CK_UP_TO_14(x) CK_UP_TO_10(x) x(11) x(12) x(13) x(14)
#define CK_UP_TO_PASTE(count, x) CK_UP_TO_##count(x)
#define CK_UP_TO(count, x) CK_UP_TO_PASTE(count, x)

CK_INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) {
    return a < b ? a : b;
}
CK_INLINE ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) {
    return a > b ? a : b;
}
CK_INLINE ptrdiff_t round_up(ptrdiff_t count, ptrdiff_t unit) {
    return (count + unit - 1) / unit * unit;
}

/// The range of i, 0 <= i < count, for which start + i * step falls into 0..<extent. It may end before it begins.
CK_INLINE ck_range taps_inside(ptrdiff_t start, ptrdiff_t step, ptrdiff_t count, ptrdiff_t extent) {
    const ptrdiff_t before = larger(0, -start), within = larger(0, extent - start);
    if (step == 1) return (ck_range){before, smaller(within, count)}; // no division, which this is called too often for
    return (ck_range){(before + step - 1) / step, smaller((within + step - 1) / step, count)};
}

/// The largest power of two that is not above x, a finite number above 0: 2^-149 at the least.
static inline float power_of_two_within(float x) {
    float power = 1;
    for (; power > x; power /= 2) {
    }
    for (; power * 2 <= x; power *= 2) {
    }
    return power;
}

#endif
