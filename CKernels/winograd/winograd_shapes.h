// SPDX-License-Identifier: Apache-2.0
//
// The tiles F(mh x mw, rh x rw) that each instruction set has a kernel for, one line each: name, mh, rh, mw, rw and the
// most tiles that `run` multiplies at once. The list of kernels and the files of the instruction sets read it.
//
// Tiles x points x 2 vectors, the products of a panel, are with 16 lanes a quarter to a third of a second-level cache
// of 1 MiB.

#ifndef CK_WINOGRAD_SHAPES_H
#define CK_WINOGRAD_SHAPES_H

// clang-format off
#define CK_WINOGRAD_SHAPES(X) \
    X(f2k2, 2, 2, 2, 2, 196)        \
    X(f2k3, 2, 3, 2, 3, 112)        \
    X(f3k2, 3, 2, 3, 2, 112)        \
    X(f3k3, 3, 3, 3, 3, 72)         \
    X(f3k4, 3, 4, 3, 4, 56)         \
    X(f4k3, 4, 3, 4, 3, 56)         \
    X(f4x2k3, 4, 3, 2, 3, 84)       \
    X(f6k3, 6, 3, 6, 3, 40)         \
    X(f7x4k3, 7, 3, 4, 3, 56)       \
    X(f4k2, 4, 2, 4, 2, 72)         \
    X(f4k4, 4, 4, 4, 4, 40)         \
    X(f2k5, 2, 5, 2, 5, 56)         \
    X(f4k2_row, 1, 1, 4, 2, 224)    \
    X(f4k2_column, 4, 2, 1, 1, 224) \
    X(f4k3_row, 1, 1, 4, 3, 224)    \
    X(f4k3_column, 4, 3, 1, 1, 224) \
    X(f4k4_row, 1, 1, 4, 4, 192)    \
    X(f4k4_column, 4, 4, 1, 1, 192) \
    X(f4k5_row, 1, 1, 4, 5, 168)    \
    X(f4k5_column, 4, 5, 1, 1, 168) \
    X(f2k6_row, 1, 1, 2, 6, 168)    \
    X(f2k6_column, 2, 6, 1, 1, 168) \
    X(f2k7_row, 1, 1, 2, 7, 168)    \
    X(f2k7_column, 2, 7, 1, 1, 168) \
    X(f3k6_row, 1, 1, 3, 6, 168)    \
    X(f3k6_column, 3, 6, 1, 1, 168) \
    X(f3k7_row, 1, 1, 3, 7, 140)    \
    X(f3k7_column, 3, 7, 1, 1, 140) \
    X(f4k6_row, 1, 1, 4, 6, 140)    \
    X(f4k6_column, 4, 6, 1, 1, 140) \
    X(f4k7_row, 1, 1, 4, 7, 126)    \
    X(f4k7_column, 4, 7, 1, 1, 126) \
    X(f6k2_row, 1, 1, 6, 2, 168)    \
    X(f6k2_column, 6, 2, 1, 1, 168) \
    X(f6k3_row, 1, 1, 6, 3, 168)    \
    X(f6k3_column, 6, 3, 1, 1, 168) \
    X(f6k4_row, 1, 1, 6, 4, 140)    \
    X(f6k4_column, 6, 4, 1, 1, 140) \
    X(f6k5_row, 1, 1, 6, 5, 126)    \
    X(f6k5_column, 6, 5, 1, 1, 126)
// clang-format on

#endif
