// SPDX-License-Identifier: Apache-2.0
//
// Convolution without padding, any kernel and stride, as a matrix product whose lanes are pixels:
//
//     output[oc][p] = activation(sum over k of weights[oc][k] * input[k][p] + bias[oc] + residual[oc][p])
//
// where k goes through the taps of all channels. Neighbouring pixels of a channel are neighbours in memory in NCHW, so
// the input of a 1 x 1 kernel is read in place, one vector load a channel, and shared by all output channels of the
// tile. Strided pixels, and the windows of larger kernels, are copied to the scratch, one panel after another, whatever
// their rows. Weights are packed [ceil(out_channels / TILE_CHANNELS)][depth][TILE_CHANNELS], the last panel padded with
// zeros: each is broadcast once and used for all pixel vectors of the tile, because a broadcast in every multiplication
// would be bound by loads.
//
// The pixel panel is the outer loop and stays in the L1 or L2 cache while the weights stream past it. All channels are
// summed in one pass, in order, so the bits of an output do not depend on the tile it falls into.
//
// The file that includes this includes register_tiles_*.h of its instruction set first and, for tails, defines
// TAIL_PIXELS and what tiles/pixel_tail.h wants. The caller guarantees that no tap lies in the padding; any strides of
// the tensors are accepted with a 1 x 1 kernel, and pixels that are not neighbours (NHWC) are transposed into the
// scratch; with others pixels are neighbours. The phases of a transposed convolution may be woven into one another as
// they are stored.

#ifndef CK_TILES_PIXEL_PRODUCT_H
#define CK_TILES_PIXEL_PRODUCT_H

#include "simd/common.h"
#include "tiles/pixel_panel.h"
#include "tiles/pixels_apart.h"
#include "tiles/tile_sizes.h"
#include "tiles/woven_pixels.h"
#ifdef TAIL_PIXELS
#    include "tiles/pixel_tail.h"
#endif

// The ways to multiply are functions apart: in one, what each of them keeps on the stack would add up.

static __attribute__((noinline)) void multiply_in_place(const ck_task *task, const pixel_run *run) {
    pixel_tile t = first_tile(task);
    ptrdiff_t count = run->count;
#ifdef TAIL_PIXELS
    count -= multiply_end(task, run, &t);
#endif
    for (ptrdiff_t p = 0, pixels; p < count; p += pixels) {
        pixels = smaller(count - p, panel_vectors((count - p + VL - 1) / VL) * VL);
        t.input = run->input + p;
        multiply_channels(task, &t, task->channels, pixels, 0, run->offset + p, pixels % VL == 0 ? WHOLE : RAGGED);
    }
}

// MARK: Packed pixels

// Packs the next panel as this one is multiplied, if that has tiles enough.
static void multiply_panel(const ck_task *task, const packed_panel *panel, const packed_panel *next) {
    const ck_geometry *g = task->geometry;
    pixel_tile t = first_tile(task);
    t.input = panel->buffer;
    t.input_stride = PACKED_STRIDE;
    t.fetch = 0; // all of it is near
    const ptrdiff_t joined = larger(0, panel->pixels - TILE_PIXELS), pixels = panel->pixels - joined;
    const ptrdiff_t channels = task->channels.end - task->channels.begin;
    const int can_pack = pixels % VL == 0 && joined == 0 && !task->epilogue.residual && g->stride_width == 2 &&
                         t.depth == g->channels && next->vectors > 0;
    // Tiles for each vector of the next panel, and channels of it for each of them.
    const ptrdiff_t each = can_pack ? channels / TILE_CHANNELS / next->vectors : 0;
    const ptrdiff_t share = each > 0 ? (g->channels + each - 1) / each : 0;
    ptrdiff_t v = 0, k = 0;
    for (ck_range c = {task->channels.begin, 0}; c.begin < task->channels.end; c.begin = c.end) {
        c.end = smaller(c.begin + TILE_CHANNELS, task->channels.end);
        if (share > 0 && v < next->vectors) {
            const strided_vector *vector = &next->vector[v];
            t.strided = (strided_share){
                .from = vector->input + k * g->in_channel_stride,
                .from_stride = g->in_channel_stride,
                .to = next->buffer + k * PACKED_STRIDE + vector->place,
                .pixels = vector->count,
                .count = smaller(share, g->channels - k),
            };
            multiply_channels(task, &t, c, pixels, 0, panel->offset, PACKING);
            k += t.strided.count;
            if (k == g->channels) {
                k = 0;
                v++;
            }
        } else if (joined > 0 && (c.end - c.begin < TILE_CHANNELS || task->epilogue.residual || t.depth == 0)) {
            multiply_channels(task, &t, c, pixels, 0, panel->offset, WHOLE);
            t.input += pixels;
            multiply_channels(task, &t, c, joined, 0, panel->offset + pixels, RAGGED);
            t.input -= pixels;
        } else {
            multiply_channels(task, &t, c, pixels, joined, panel->offset, pixels % VL == 0 ? WHOLE : RAGGED);
        }
    }
    if (share == 0) pack_windows(g, next);
}

static __attribute__((noinline)) void multiply_packed(const ck_task *task, const pixel_run *run) {
    const ck_geometry *g = task->geometry;
    float *const other = task->scratch + depth_of(g) * PACKED_STRIDE;
    packed_panel panel = panel_from(g, run, 0, task->scratch);
    pack_windows(g, &panel);
    for (ptrdiff_t p = panel.pixels; panel.pixels > 0; p += panel.pixels) {
        const packed_panel next = panel_from(g, run, p, panel.buffer == other ? task->scratch : other);
        multiply_panel(task, &panel, &next);
        panel = next;
    }
}

// MARK: The kernel

static void pack_weights(const ck_geometry *g, const float *weight, float *packed, ck_range channels, float *scratch) {
    (void)scratch;
    for (ptrdiff_t c = channels.begin; c < channels.end; c += TILE_CHANNELS) {
        const ptrdiff_t left = channels.end - c;
        const ptrdiff_t rows = left < TILE_CHANNELS ? left : TILE_CHANNELS, depth = depth_of(g);
        float *panel = packed + c * depth;
        for (ptrdiff_t k = 0; k < depth; k++) {
            for (ptrdiff_t r = 0; r < TILE_CHANNELS; r++) {
                panel[k * TILE_CHANNELS + r] = r < rows ? weight[(c + r) * depth + k] : 0;
            }
        }
    }
}

static void run(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const ck_region part = task->part;
    const ptrdiff_t rows = part.rows.end - part.rows.begin, columns = part.columns.end - part.columns.begin;
    const int together = g->in_pixel_stride == 1 && g->out_pixel_stride == 1;
    const ptrdiff_t row_step = g->stride_height * g->in_row_stride;
    const int is_packed = packs_windows(g);
    const int is_woven = g->out_column_phases == 2;
    // Packed pixels of whole rows are one run, and so are those of rows of whole vectors that are woven.
    const int is_one_run =
        is_woven ? columns % VL == 0 && row_step == columns : together && is_packed && g->out_row_stride == columns;
    for (ptrdiff_t image = part.images.begin; image < part.images.end; image++) {
        const float *input = task->input + image * g->in_image_stride + part.rows.begin * row_step +
                             part.columns.begin * g->stride_width * g->in_pixel_stride;
        const ptrdiff_t offset = image * g->out_image_stride + part.rows.begin * g->out_row_stride +
                                 part.columns.begin * g->out_pixel_stride * (is_woven ? 2 : 1);
        for (ptrdiff_t row = 0; row < rows; row += is_one_run ? rows : 1) {
            const pixel_run run = {
                .input = input + row * row_step,
                .row_step = row_step,
                .width = columns,
                .count = is_one_run ? rows * columns : columns,
                .offset = offset + row * g->out_row_stride,
            };
            if (is_woven) {
                multiply_woven(task, &run);
            } else if (!together) {
                multiply_row_apart(task, run.input, run.offset, columns);
            } else if (!is_packed) {
                multiply_in_place(task, &run);
            } else {
                multiply_packed(task, &run);
            }
        }
    }
}

#endif
