// SPDX-License-Identifier: Apache-2.0
//
// Stores the sums of pixels in channel lanes, [pixel][TILE_CHANNELS], with the epilogue:
//
//     output = activation(sum + bias + residual)
//
// Where the output's pixels are neighbours (NCHW) the sums are transposed VL x VL, so that each store is a vector of
// pixels of one channel; where its channels are (NHWC) they are stored as they are; anything else goes lane by lane.
//
// Include it after tiles/channel_lanes.h and simd/epilogue.h.

#ifndef CK_TILES_CHANNEL_STORE_H
#define CK_TILES_CHANNEL_STORE_H

/// Pixels of the sums that are neighbours in a row of the output, or in several rows that follow one another.
typedef struct stored_run {
    int first;        ///< in the sums
    int count;        ///< no more than a strip has
    ptrdiff_t offset; ///< of the first one in channel 0 of the output
} stored_run;

/// The panel of output channels being stored.
typedef struct stored_panel {
    ptrdiff_t channel;         ///< the first
    ptrdiff_t channels;        ///< 1...TILE_CHANNELS
    float low, high;           ///< the clamp
    float bias[TILE_CHANNELS]; ///< zero where there is none: no sum is -0, so adding it changes nothing
} stored_panel;

static stored_panel panel_to_store(const ck_task *task, ptrdiff_t channel) {
    stored_panel panel = {
        .channel = channel,
        .channels = smaller(task->channels.end - channel, TILE_CHANNELS),
        .low = activation_low(task),
        .high = activation_high(task),
    };
    for (ptrdiff_t c = 0; task->epilogue.bias && c < panel.channels; c += VL) {
        const ptrdiff_t left = panel.channels - c;
        const float *bias = task->epilogue.bias + channel + c;
        vec_store(panel.bias + c, left >= VL ? vec_load(bias) : vec_load_lanes(bias, 0, left));
    }
    return panel;
}

// VL pixels of VL channels.
CK_INLINE void store_whole_block(const ck_task *task, const float *bias, const float *sums, ptrdiff_t at, vec low,
                                 vec high) {
    const ptrdiff_t stride = task->geometry->out_channel_stride;
    vec x[VL];
    for (ptrdiff_t i = 0; i < VL; i++) {
        x[i] = vec_load(sums + i * TILE_CHANNELS);
    }
    vec_transpose(x);
    for (ptrdiff_t c = 0; c < VL; c++) {
        x[c] = vec_add(x[c], vec_set1(bias[c]));
    }
    if (task->epilogue.residual) {
        for (ptrdiff_t c = 0; c < VL; c++) {
            x[c] = vec_add(x[c], vec_load(task->epilogue.residual + at + c * stride));
        }
    }
    float *output = task->output + at;
    for (ptrdiff_t c = 0; c < VL; c++) {
        vec_store(output + c * stride, vec_min(high, vec_max(low, x[c])));
    }
}

// Up to VL pixels of up to VL channels.
static void store_ragged_block(const ck_task *task, const float *bias, const float *sums, ptrdiff_t pixels,
                               ptrdiff_t channels, ptrdiff_t at, vec low, vec high) {
    const ptrdiff_t stride = task->geometry->out_channel_stride;
    vec x[VL];
    for (ptrdiff_t i = 0; i < VL; i++) {
        x[i] = i < pixels ? vec_load(sums + i * TILE_CHANNELS) : vec_zero();
    }
    vec_transpose(x);
    for (ptrdiff_t c = 0; c < channels; c++, at += stride) {
        vec y = vec_add(x[c], vec_set1(bias[c]));
        if (task->epilogue.residual) y = vec_add(y, vec_load_lanes(task->epilogue.residual + at, 0, pixels));
        vec_store_lanes(task->output + at, vec_min(high, vec_max(low, y)), 0, pixels);
    }
}

static void store_planes(const ck_task *task, const stored_panel *panel, const float *sums, ptrdiff_t pixels,
                         ptrdiff_t offset) {
    const ptrdiff_t stride = task->geometry->out_channel_stride;
    const vec low = vec_set1(panel->low), high = vec_set1(panel->high);
    for (ptrdiff_t first = 0; first < panel->channels; first += VL) {
        const ptrdiff_t left = panel->channels - first;
        const ptrdiff_t begin = offset + (panel->channel + first) * stride;
        for (ptrdiff_t p = 0; p < pixels; p += VL) {
            // The last pixels are stored as a whole vector too, over some that were stored before. Not with a residual,
            // which may be the output itself.
            if (pixels - p < VL && pixels >= VL && !task->epilogue.residual) p = pixels - VL;
            const float *from = sums + p * TILE_CHANNELS + first, *bias = panel->bias + first;
            if (pixels - p >= VL && left >= VL) {
                store_whole_block(task, bias, from, begin + p, low, high);
            } else {
                store_ragged_block(task, bias, from, smaller(pixels - p, VL), smaller(left, VL), begin + p, low, high);
            }
        }
    }
    for (ptrdiff_t c = 0; c < panel->channels; c++) {
        activate_line(task->output + offset + (panel->channel + c) * stride, pixels, task);
    }
}

static void store_channels_last(const ck_task *task, const stored_panel *panel, const float *sums, ptrdiff_t pixels,
                                ptrdiff_t offset) {
    const vec low = vec_set1(panel->low), high = vec_set1(panel->high);
    for (ptrdiff_t p = 0; p < pixels; p++, sums += TILE_CHANNELS) {
        const ptrdiff_t at = offset + p * task->geometry->out_pixel_stride + panel->channel;
        for (ptrdiff_t c = 0; c < panel->channels; c += VL) {
            const ptrdiff_t left = panel->channels - c;
            vec x = vec_add(vec_load(sums + c), vec_load(panel->bias + c));
            if (left >= VL) {
                if (task->epilogue.residual) x = vec_add(x, vec_load(task->epilogue.residual + at + c));
                vec_store(task->output + at + c, vec_min(high, vec_max(low, x)));
            } else {
                if (task->epilogue.residual) x = vec_add(x, vec_load_lanes(task->epilogue.residual + at + c, 0, left));
                vec_store_lanes(task->output + at + c, vec_min(high, vec_max(low, x)), 0, left);
            }
        }
        activate_line(task->output + at, panel->channels, task);
    }
}

static void store_lanes_apart(const ck_task *task, const stored_panel *panel, const float *sums, ptrdiff_t pixels,
                              ptrdiff_t offset) {
    const ptrdiff_t stride = task->geometry->out_channel_stride;
    for (ptrdiff_t p = 0; p < pixels; p++) {
        for (ptrdiff_t first = 0; first < panel->channels; first += VL) {
            const ptrdiff_t channels = smaller(panel->channels - first, VL);
            const ptrdiff_t at = offset + p * task->geometry->out_pixel_stride + (panel->channel + first) * stride;
            float lane[VL];
            vec x = vec_add(vec_load(sums + p * TILE_CHANNELS + first), vec_load(panel->bias + first));
            if (task->epilogue.residual) {
                vec_store(lane, vec_zero());
                for (ptrdiff_t c = 0; c < channels; c++) {
                    lane[c] = task->epilogue.residual[at + c * stride];
                }
                x = vec_add(x, vec_load(lane));
            }
            vec_store(lane, vec_activate(x, task));
            for (ptrdiff_t c = 0; c < channels; c++) {
                task->output[at + c * stride] = lane[c];
            }
        }
    }
}

/// Stores the sums of the pixels of `runs`, panel by panel.
static void store_runs(const ck_task *task, const stored_panel *panel, const float *sums, const stored_run *run,
                       ptrdiff_t runs) {
    const ck_geometry *g = task->geometry;
    for (ptrdiff_t r = 0; r < runs; r++) {
        const float *from = sums + run[r].first * TILE_CHANNELS;
        if (g->out_channel_stride == 1) {
            store_channels_last(task, panel, from, run[r].count, run[r].offset);
        } else if (g->out_pixel_stride == 1 && run[r].count > 1) {
            store_planes(task, panel, from, run[r].count, run[r].offset);
        } else {
            store_lanes_apart(task, panel, from, run[r].count, run[r].offset);
        }
    }
}

#endif
