// SPDX-License-Identifier: Apache-2.0
//
// The kernels of depthwise convolution that each instruction set has, one line each: the body, of which README.md has
// the table, and the tile in its name. The list of kernels and the files of the instruction sets read it.

#ifndef CK_DEPTHWISE_KERNELS_H
#define CK_DEPTHWISE_KERNELS_H

// clang-format off
#define CK_DEPTHWISE_KERNELS_SCALAR(X) \
    X(strips, 1x8)       \
    X(column_lanes, 6x4) \
    X(row_lanes, 6x4)    \
    X(columns, 1x24)     \
    X(rows, 6x4)         \
    X(lines, 1x32)       \
    X(windows, 6x4)      \
    X(channels, 12x4)    \
    X(elements, 1x1)

#define CK_DEPTHWISE_KERNELS_AVX2(X) \
    X(planes, 8x8)        \
    X(blocks, 5x16)       \
    X(strips, 1x24)       \
    X(column_lanes, 10x8) \
    X(row_lanes, 10x8)    \
    X(columns, 1x80)      \
    X(rows, 10x8)         \
    X(lines, 1x64)        \
    X(phases, 1x32)       \
    X(windows, 10x8)      \
    X(channels, 12x8)     \
    X(elements, 1x1)

#define CK_DEPTHWISE_KERNELS_AVX512(X) \
    X(planes, 8x16)        \
    X(wraps, 1x80)         \
    X(strips, 1x64)        \
    X(column_lanes, 14x16) \
    X(row_lanes, 14x16)    \
    X(columns, 1x224)      \
    X(rows, 14x16)         \
    X(lines, 1x128)        \
    X(phases, 1x64)        \
    X(windows, 14x16)      \
    X(channels, 12x16)     \
    X(elements, 1x1)
// clang-format on

#endif
