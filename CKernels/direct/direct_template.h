// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution: gemm/channel_convolve.h on the input in place, whatever its strides. The file that includes this
// defines TILE_PIXELS and STRIP_TILES.

#ifndef CK_DIRECT_TEMPLATE_H
#define CK_DIRECT_TEMPLATE_H

// The few input rows of a tile stay in the first-level cache, and their pages in its TLB, while all taps pass over a
// block of channels.
#define CHANNEL_BLOCK 32

#include "gemm/channel_convolve.h"

static void run_in_place(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const input_view in = {
        .base = task->input,
        .image_stride = g->in_image_stride,
        .row_stride = g->in_row_stride,
        .pixel_stride = g->in_pixel_stride,
        .channel_stride = g->in_channel_stride,
    };
    convolve(task, &in);
}

#endif
