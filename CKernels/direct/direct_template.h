// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution: tiles/channel_convolve.h on the input in place, whatever its strides. The file that includes this
// defines SET_CHANNELS and the size of a block of channels: BLOCK_STEPS, the channels times taps of one, and
// MAX_BLOCK_CHANNELS.

#ifndef CK_DIRECT_TEMPLATE_H
#define CK_DIRECT_TEMPLATE_H

#include "tiles/channel_convolve.h"

// The input of a strip stays in the first-level cache, and its pages in the TLB, while all taps and tiles pass over a
// block of channels, and so do the block's weights. A larger block reloads the sums less often.
static ptrdiff_t channel_block(const ck_geometry *g) {
    const ptrdiff_t channels = BLOCK_STEPS / (g->kernel_height * g->kernel_width);
    return smaller(channels > 16 ? channels : 16, smaller(g->channels, MAX_BLOCK_CHANNELS));
}

// Planes that are a multiple of 1024 bytes apart fall into few sets of that cache, those of 224 x 224 pixels all into
// the same; SET_CHANNELS of them fit a set beside the weights. Few taps do not read an element often enough for that to
// matter, and those of a single row read few lines of each. There a sum is taken in one order, however far apart the
// channels are: a signal has the same bits whatever its length.
static ptrdiff_t cached_channels(const ck_geometry *g, const input_view *in) {
    const size_t bytes = (size_t)in->channel_stride * sizeof(float);
    const ptrdiff_t block = channel_block(g);
    if (g->kernel_height == 1 || g->kernel_height * g->kernel_width < 9) {
        return block;
    }
    ptrdiff_t sets = 1;
    while (sets < 64 && bytes * (size_t)sets % 4096 != 0) {
        sets *= 2;
    }
    return smaller(block, SET_CHANNELS * sets);
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
