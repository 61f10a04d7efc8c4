// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution: gemm/channel_convolve.h on the input in place, whatever its strides. The file that includes this
// defines TILE_PIXELS and STRIP_TILES, and the size of a block of channels: BLOCK_STEPS, the channels times taps of
// one, and MOST_BLOCK_CHANNELS.

#ifndef CK_DIRECT_TEMPLATE_H
#define CK_DIRECT_TEMPLATE_H

#include "gemm/channel_convolve.h"

// The input of a strip stays in the first-level cache, and its pages in the TLB, while all taps and tiles pass over a
// block of channels, and so do the block's weights. A larger block reloads the sums less often.
static ptrdiff_t channel_block(const ck_geometry *g) {
    const ptrdiff_t channels = BLOCK_STEPS / (g->kernel_height * g->kernel_width);
    return least(channels > 16 ? channels : 16, least(g->channels, MOST_BLOCK_CHANNELS));
}

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
