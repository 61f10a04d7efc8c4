// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution, the input read in place: channel_lanes.h on the tensor itself. Each channel's step is a whole
// plane of the image; the out-of-order core hides the misses of the first-level cache that this costs.

#ifndef CK_DIRECT_TEMPLATE_H
#define CK_DIRECT_TEMPLATE_H

static void direct_run(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const input_view in = {
        .base = task->input,
        .image_stride = g->in_image_stride,
        .row_stride = g->in_row_stride,
        .pixel_stride = g->in_pixel_stride,
        .channel_stride = g->in_channel_stride,
    };
    channel_lanes_run(task, &in);
}

#endif
