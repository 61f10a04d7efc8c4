// SPDX-License-Identifier: Apache-2.0
//
// A panel of neighbouring pixels by any number of output channels, register tile by register tile.

#ifndef CK_TILES_PIXEL_PANEL_H
#define CK_TILES_PIXEL_PANEL_H

#include "tiles/pixel_tile.h"
#include "tiles/strided_pixels.h"

/// The kind of a tile of whole vectors and all channels that packs pixels as it multiplies.
enum { PACKING = -1 };

// What an output element sums.
static ptrdiff_t depth_of(const ck_geometry *g) {
    return g->channels * g->kernel_height * g->kernel_width;
}

/// Bytes of an output of which little is in the second-level cache when it is written.
enum { FAR_BYTES = 1 << 19 };

static pixel_tile first_tile(const ck_task *task) {
    const ptrdiff_t output = task->channels.end * task->geometry->out_channel_stride;
    return (pixel_tile){
        .input_stride = task->geometry->in_channel_stride,
        .fetch = TILE_PIXELS,
        .depth = depth_of(task->geometry),
        .output_stride = task->geometry->out_channel_stride,
        .is_far = VEC_IS_LINE && output >= FAR_BYTES / (ptrdiff_t)sizeof(float),
        .clamps = activation_low(task) > -__builtin_inff() || activation_high(task) < __builtin_inff(),
        .low = activation_low(task),
        .high = activation_high(task),
    };
}

typedef void (*tile_function)(const pixel_tile *);

// The tile of so many rows and vectors; of all rows, if it packs pixels, or whole, with `joined` pixels beside it.
static tile_function tile_of(ptrdiff_t rows, ptrdiff_t vectors, int kind, ptrdiff_t joined) {
#ifdef TAIL_PIXELS
    if (joined > 0) return joined_tiles[joined - 1];
#endif
    (void)joined;
    return kind == PACKING ? packing_tiles[vectors - 1] : tiles[rows - 1][vectors - 1][kind];
}

// Computes `pixels` pixels, the first of them at `offset` of the output, of the output channels `channels`; and with
// whole register tiles `joined` more.
static void multiply_channels(const ck_task *task, pixel_tile *t, ck_range channels, ptrdiff_t pixels, ptrdiff_t joined,
                              ptrdiff_t offset, int kind) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t vectors = (pixels + VL - 1) / VL, at = offset + channels.begin * g->out_channel_stride;
    const ptrdiff_t output_step = TILE_CHANNELS * g->out_channel_stride;
    t->tail = pixels - (vectors - 1) * VL;
    t->weights = task->weights + channels.begin * t->depth;
    t->bias = task->epilogue.bias ? task->epilogue.bias + channels.begin : NULL;
    t->residual = task->epilogue.residual ? task->epilogue.residual + at : NULL;
    t->output = task->output + at;
    for (ptrdiff_t left = channels.end - channels.begin; left > 0; left -= TILE_CHANNELS) {
        const ptrdiff_t rows = smaller(left, TILE_CHANNELS);
        tile_of(rows, vectors, kind, joined)(t);
        for (ptrdiff_t r = 0; task->epilogue.activation != CK_ACTIVATION_CLAMP && r < rows; r++) {
            activate_line(t->output + r * g->out_channel_stride, pixels + joined, task);
        }
        if (left <= TILE_CHANNELS) break; // no pointer beyond the memory
        t->weights += TILE_CHANNELS * t->depth;
        t->output += output_step;
        t->fetch = t->fetch + VL < 2 * TILE_PIXELS ? t->fetch + VL : TILE_PIXELS;
        if (t->bias) t->bias += TILE_CHANNELS;
        if (t->residual) t->residual += output_step;
    }
}

#endif
