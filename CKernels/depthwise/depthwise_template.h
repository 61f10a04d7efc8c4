// SPDX-License-Identifier: Apache-2.0
//
// Depthwise convolution: output channel k reads input channel k / out_channels alone.
//
//     output[k][y][x] = activation(sum over ky, kx of weights[k][ky][kx] * input[k / m][y * s + ky * d - pad][...]
//                                  + bias[k] + residual[k][y][x])
//
// with m = out_channels of a group. README.md has the bodies, a kernel each, and when which one is taken. All of them
// read the same packed weights (depthwise_weights.h).
//
// A padded tap is skipped: an infinite weight must not meet a padded zero. Where a body adds the weight times zero
// instead, it leaves channels with a weight that is not finite to lines or, in NHWC, computes them in place. The order
// in which an element is summed depends on the geometry and the weights only: bodies that share the channels of one
// geometry share it, and bits do not depend on how the work is cut.
//
// The file that includes this defines, beside the vocabulary:
//
//     TILE_OUTPUTS                   vectors of output in a tile of rows or columns, and pixels in lanes, at most
//     TILE_COPIES(h, reach)          whether tiles of rows without a stride read copies, by the window's rows and
//     columns TILE_SHIFTED                   where there is `vec_shift_in`, how many vectors of a tile it makes
//     TILE_ENDS                      whether tiles that reach beyond the ends of rows, and no row beyond the input,
//     have a
//                                    loop of their own
//     STRIP_K3S1, STRIP_K5S1, STRIP_K7S1, STRIP_K3S2, STRIP_K5S2
//                                    vectors of a strip, by kernel and stride
//     STRIP_HOIST(kernel, vectors)   whether the nine weights of a 3 x 3 kernel stay in registers
//     STRIP_HOIST_K5S2               up to how many vectors 15 weights of a 5 x 5 kernel with stride 2 do
//     STRIP_OPEN                     whether an unmasked load and a mask cost less than a masked load
//     STRIP_SORTED(kernel, vectors, edge)
//                                    whether strips with stride 2 keep lanes in order
//     PLANES, PHASES, BLOCKS, WRAPS, HALVES
//                                    defined where there are these: blocks want `vec_mask` in memory, wraps a masked
//                                    multiplication, halves `vec_halves`
//
// and the kernels that there are, as depthwise_descriptors.h says.

#ifndef CK_DEPTHWISE_TEMPLATE_H
#define CK_DEPTHWISE_TEMPLATE_H

#include "sizes.h"
#include "simd/common.h"

#include "depthwise/depthwise_weights.h"
#include "depthwise/depthwise_line.h"
#include "depthwise/depthwise_strip.h"
#include "depthwise/depthwise_transpose.h"
#include "depthwise/depthwise_stage.h"
#ifdef PLANES
#    include "depthwise/depthwise_planes.h"
#endif
#ifdef WRAPS
#    include "depthwise/depthwise_wrap.h"
#endif
#ifdef PHASES
#    include "simd/columns.h"
#    include "depthwise/depthwise_phases.h"
#endif
#ifdef BLOCKS
#    include "depthwise/depthwise_block.h"
#    include "depthwise/depthwise_block_list.h"
#endif
#include "depthwise/depthwise_tile.h"
#include "depthwise/depthwise_rows.h"
#include "depthwise/depthwise_columns.h"
#include "depthwise/depthwise_lanes.h"
#include "depthwise/depthwise_lanes_first.h"
#include "depthwise/depthwise_tiles.h"
#include "depthwise/depthwise_channels.h"
#include "depthwise/depthwise_lanes_last.h"
#include "depthwise/depthwise_descriptors.h"

#endif
