// SPDX-License-Identifier: Apache-2.0
//
// Arithmetic of the sizes that a kernel answers: those that are not memory's are -1, and so is all that comes of them.
// Plain C, the same for every instruction set: include it before the region of a target attribute.

#ifndef CK_SIZES_H
#define CK_SIZES_H

#include "simd/common.h"

/// Floats of a cache line.
#define LINE_FLOATS 16

CK_INLINE ptrdiff_t size_sum(ptrdiff_t a, ptrdiff_t b) {
    ptrdiff_t sum;
    return a < 0 || b < 0 || __builtin_add_overflow(a, b, &sum) ? -1 : sum;
}
CK_INLINE ptrdiff_t size_product(ptrdiff_t a, ptrdiff_t b) {
    ptrdiff_t product;
    return a < 0 || b < 0 || __builtin_mul_overflow(a, b, &product) ? -1 : product;
}
CK_INLINE ptrdiff_t size_round_up(ptrdiff_t count, ptrdiff_t unit) {
    const ptrdiff_t more = size_sum(count, unit - 1);
    return more < 0 ? -1 : more / unit * unit;
}
/// The smaller of two sizes of which one may be beyond all numbers.
CK_INLINE ptrdiff_t size_smaller(ptrdiff_t a, ptrdiff_t b) {
    return a < 0 ? b : b < 0 ? a : smaller(a, b);
}
/// Floats of an odd number of cache lines, for `count`: pieces that are so far apart and written together fall into
/// different sets of a cache.
CK_INLINE ptrdiff_t odd_lines(ptrdiff_t count) {
    const ptrdiff_t whole = size_round_up(count, LINE_FLOATS);
    return whole < 0 ? -1 : size_product(whole / LINE_FLOATS | 1, LINE_FLOATS);
}
CK_INLINE ptrdiff_t bytes_of_floats(ptrdiff_t count) {
    return size_product(count, sizeof(float));
}

CK_INLINE ptrdiff_t range_length(ck_range range) {
    return range.end - range.begin;
}

/// Weights of an output channel.
static inline ptrdiff_t size_of_filter(const ck_geometry *g) {
    return size_product(size_product(g->channels, g->kernel_height), g->kernel_width);
}

/// Elements of an axis from the first to the last that so many neighbouring outputs read, those on the padding
/// included.
static inline ptrdiff_t size_read(ptrdiff_t outputs, ptrdiff_t kernel, ptrdiff_t stride, ptrdiff_t dilation) {
    if (outputs <= 0) return 0;
    return size_sum(size_sum(size_product(outputs - 1, stride), size_product(kernel - 1, dilation)), 1);
}

#endif
