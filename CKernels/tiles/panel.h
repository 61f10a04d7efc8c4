// SPDX-License-Identifier: Apache-2.0
//
// The product of a few rows held in channel lanes and one packed panel: c[i][n] = sum over k of a[i][k] * b[k][n].
//
//     a   [K / VL][rows][VL]   the rows of one block of VL channels are neighbours; `a_stride` floats between blocks
//     b   [K][PANEL]           PANEL = 2 VL
//     c   [rows][PANEL]
//
// Where no more than VL columns of the panel are used, the others are neither read nor written.
//
// K is summed in order, `addends` at a time, a multiple of VL, and so are those sums, whatever the number of rows: the
// bits of a row do not depend on its neighbours. Sums of sums have a fraction of the rounding error of one long sum.
// Lanes past K are not read. The file that includes this includes register_tiles_*.h of its instruction set first.

#ifndef CK_TILES_PANEL_H
#define CK_TILES_PANEL_H

#include "simd/common.h"

#define PANEL (2 * VL)

// The most rows whose sums stay in registers; a macro, which CK_UP_TO wants.
#define PANEL_ROWS CHANNEL_TILE_PIXELS
_Static_assert(PANEL_ROWS * 2 + 2 + 1 <= VEC_REGISTERS, "the sums of a register tile must stay in registers");

// How far ahead of the sums the panel is fetched into the second-level cache, in bytes. With few rows the panels stream
// through the core, 2 to 4 multiplications a float, and the hardware's own prefetching starts anew at each page.
#define PANEL_FETCH (16 << 10)

// Adds the products of channel k of a block. `rows` and `vectors` are constants wherever this is inlined.
CK_UNROLLED void panel_channel(vec sum[PANEL_ROWS][2], const float *a, const float *b, ptrdiff_t k, const int rows,
                               const int vectors) {
    for (int i = 0; i < vectors * VL; i += 16) {
        // An integer: behind the last panel there is no object to point into. A prefetch does not fault.
        __builtin_prefetch((const void *)((uintptr_t)(b + k * PANEL + i) + PANEL_FETCH), 0, 2);
    }
    vec b0 = vec_load(b + k * PANEL), b1 = vectors == 2 ? vec_load(b + k * PANEL + VL) : vec_zero();
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
        vec x = vec_set1(a[i * VL + k]);
        sum[i][0] = vec_fma(x, b0, sum[i][0]);
        if (vectors == 2) sum[i][1] = vec_fma(x, b1, sum[i][1]);
    }
}

// One register tile: `rows` and `vectors` are constants, and the sums become registers. With `accumulate`, a constant
// as well, they are added to what c holds.
CK_UNROLLED void panel_tile(const float *a, ptrdiff_t a_stride, const float *b, float *c, ptrdiff_t depth,
                            const int accumulate, const int rows, const int vectors) {
    vec sum[PANEL_ROWS][2];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
        sum[i][0] = sum[i][1] = vec_zero();
    }
    for (; depth >= VL; depth -= VL) {
        // A loop of VL rounds in here would end in a mispredicted branch each time.
#pragma clang loop unroll(full)
        for (int k = 0; k < VL; k++) {
            panel_channel(sum, a, b, k, rows, vectors);
        }
        a += a_stride;
        b += VL * PANEL;
    }
#pragma clang loop unroll(disable)
    for (ptrdiff_t k = 0; k < depth; k++) {
        panel_channel(sum, a, b, k, rows, vectors);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
        float *to = c + i * PANEL;
        vec_store(to, accumulate ? vec_add(vec_load(to), sum[i][0]) : sum[i][0]);
        if (vectors == 2) vec_store(to + VL, accumulate ? vec_add(vec_load(to + VL), sum[i][1]) : sum[i][1]);
    }
}

#define PANEL_CASE(n)                                                                                                  \
case n:                                                                                                                \
    panel_tile(a, a_stride, b, c, depth, accumulate, n, vectors);                                                      \
    break;

// `accumulate` and `vectors` are constants wherever this is inlined.
CK_INLINE void panel_rows_of(const float *a, ptrdiff_t a_stride, const float *b, float *c, ptrdiff_t depth,
                             ptrdiff_t rows, const int accumulate, const int vectors) {
    switch (rows) { CK_UP_TO(PANEL_ROWS, PANEL_CASE) }
}

#undef PANEL_CASE

typedef void panel_function(const float *a, ptrdiff_t a_stride, const float *b, float *c, ptrdiff_t depth,
                            ptrdiff_t rows);

// Functions apart: with several in one the compiler keeps a sum in memory where registers are few.
static __attribute__((noinline)) void panel_rows(const float *a, ptrdiff_t a_stride, const float *b, float *c,
                                                 ptrdiff_t depth, ptrdiff_t rows) {
    panel_rows_of(a, a_stride, b, c, depth, rows, 0, 2);
}

static __attribute__((noinline)) void panel_rows_added(const float *a, ptrdiff_t a_stride, const float *b, float *c,
                                                       ptrdiff_t depth, ptrdiff_t rows) {
    panel_rows_of(a, a_stride, b, c, depth, rows, 1, 2);
}

static __attribute__((noinline)) void half_panel_rows(const float *a, ptrdiff_t a_stride, const float *b, float *c,
                                                      ptrdiff_t depth, ptrdiff_t rows) {
    panel_rows_of(a, a_stride, b, c, depth, rows, 0, 1);
}

static __attribute__((noinline)) void half_panel_rows_added(const float *a, ptrdiff_t a_stride, const float *b,
                                                            float *c, ptrdiff_t depth, ptrdiff_t rows) {
    panel_rows_of(a, a_stride, b, c, depth, rows, 1, 1);
}

// Any number of rows, in register tiles as even as can be: 49 is 13 + 12 + 12 + 12, since a tile of 14 with one of 7
// behind it would run the short one at the latency of the multiplier. `columns` of the panel are used.
static inline void panel_product(const float *a, ptrdiff_t a_stride, const float *b, float *c, ptrdiff_t depth,
                                 ptrdiff_t addends, ptrdiff_t rows, ptrdiff_t columns) {
    panel_function *const store = columns > VL ? panel_rows : half_panel_rows;
    panel_function *const add = columns > VL ? panel_rows_added : half_panel_rows_added;
    for (ptrdiff_t tiles = (rows + PANEL_ROWS - 1) / PANEL_ROWS; tiles > 0; tiles--) {
        ptrdiff_t n = (rows + tiles - 1) / tiles;
        store(a, a_stride, b, c, smaller(depth, addends), n);
        for (ptrdiff_t k = addends; k < depth; k += addends) {
            add(a + k / VL * a_stride, a_stride, b + k * PANEL, c, smaller(depth - k, addends), n);
        }
        a += n * VL;
        c += n * PANEL;
        rows -= n;
    }
}

#endif
