// SPDX-License-Identifier: Apache-2.0
//
// The product of spectra at one bin: sums of complex products over the depth, for a few rows, whose numbers are
// broadcast, and VL columns in lanes. Either side may be the input and the other the weights.
//
// The sum runs over the depth in order, whatever the number of rows: the bits of a row do not depend on its neighbours.

#ifndef CK_FFT_PRODUCT_H
#define CK_FFT_PRODUCT_H

#include "simd/common.h"

// How far ahead the lanes are fetched into the second-level cache, in bytes, where the weights stream through the core.
#define FFT_FETCH (16 << 10)

// One side of the product: from a real part to the imaginary one, and from one step of each loop to the next.
typedef struct fft_side {
    ptrdiff_t imag, outer, inner;
} fft_side;

typedef struct fft_product {
    ptrdiff_t outer, inner; // the depth, in two loops
    fft_side rows, lanes;
} fft_product;

// `count` is a constant wherever this is inlined, and the sums become registers.
CK_INLINE void fft_product_tile(const fft_product *product, const float *rows, const float *lanes, float *to,
                                const int count) {
    vec sum[FFT_ROWS][2];
    const ptrdiff_t rows_imag = product->rows.imag, lanes_imag = product->lanes.imag;
    const ptrdiff_t rows_inner = product->rows.inner, lanes_inner = product->lanes.inner;
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++) {
        sum[i][0] = sum[i][1] = vec_zero();
    }
    for (ptrdiff_t outer = 0; outer < product->outer; outer++) {
        const float *a = rows, *b = lanes;
        for (ptrdiff_t inner = 0; inner < product->inner; inner++) {
            for (int i = 0; i < 2 * VL; i += 16) {
                // An integer: behind the weights there is no object to point into. A prefetch does not fault.
                __builtin_prefetch((const void *)((uintptr_t)(b + i) + FFT_FETCH), 0, 2);
            }
            const vec re = vec_load(b), im = vec_load(b + lanes_imag);
#pragma clang loop unroll(full)
            for (int i = 0; i < count; i++) {
                const vec x = vec_set1(a[i]), y = vec_set1(a[i + rows_imag]);
                sum[i][0] = vec_fma(x, re, sum[i][0]);
                sum[i][1] = vec_fma(x, im, sum[i][1]);
                sum[i][0] = vec_fnma(y, im, sum[i][0]);
                sum[i][1] = vec_fma(y, re, sum[i][1]);
            }
            a += rows_inner;
            b += lanes_inner;
        }
        rows += product->rows.outer;
        lanes += product->lanes.outer;
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++) {
        vec_store(to + i * 2 * VL, sum[i][0]);
        vec_store(to + i * 2 * VL + VL, sum[i][1]);
    }
}

#define FFT_CASE(n)                                                                                                    \
case n:                                                                                                                \
    fft_product_tile(product, rows, lanes, to, n);                                                                     \
    break;

static __attribute__((noinline)) void fft_product_few(const fft_product *product, const float *rows, const float *lanes,
                                                      float *to, ptrdiff_t count) {
    switch (count) { CK_UP_TO(FFT_ROWS, FFT_CASE) }
}

#undef FFT_CASE

// Any number of rows, which are neighbours, to [row][re, im][VL]: in register tiles as even as can be.
static inline void fft_multiply(const fft_product *product, const float *rows, const float *lanes, float *to,
                                ptrdiff_t count) {
    for (ptrdiff_t tiles = (count + FFT_ROWS - 1) / FFT_ROWS; tiles > 0; tiles--) {
        const ptrdiff_t n = (count + tiles - 1) / tiles;
        fft_product_few(product, rows, lanes, to, n);
        rows += n;
        to += n * 2 * VL;
        count -= n;
    }
}

#endif
