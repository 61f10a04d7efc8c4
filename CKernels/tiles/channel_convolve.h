// SPDX-License-Identifier: Apache-2.0
//
// Convolution with output channels in the lanes:
//
//     output[oc][y][x] = activation(sum over ky, kx, c of weights[oc][c][ky][kx]
//                            * input[c][y * stride + ky * dilation - pad][x * stride + kx * dilation - pad]
//                            + bias[oc] + residual[oc][y][x])
//
// Weights are packed [ceil(out_channels / TILE_CHANNELS)][block of channels][kernel_height][kernel_width][channel of
// the block][TILE_CHANNELS], the last panel padded with zeros.
//
// A tap on the padding is skipped, never multiplied: the output is cut into boxes whose pixels share the rows and the
// columns of taps that fall on the input. With stride 1 and padding 1 these are the inner box, the four edges and the
// four corners. All pixels of a box, whatever their rows and images, are divided evenly into register tiles.
//
// Any stride of input and output is accepted. The direct kernel shows `convolve` the caller's input, gemm_channels a
// copy of it.
//
// STRIP_TILES tiles are multiplied before their sums are stored, enough of them to make the transposes and stores of
// most pixels whole; a single one where there is no scratch for more sums.
//
// The file that includes this defines the functions `channel_block` and `cached_channels`.

#ifndef CK_TILES_CHANNEL_CONVOLVE_H
#define CK_TILES_CHANNEL_CONVOLVE_H

#include "tiles/channel_lanes.h"
#include "tiles/channel_store.h"
#include "tiles/few_pixels.h"
#include "tiles/tile_sizes.h"

enum { STRIP_PIXELS = STRIP_TILES * TILE_PIXELS };

/// Where the input is.
typedef struct input_view {
    const float *base;            ///< channel 0 of the pixel at the origin
    ptrdiff_t image, row, column; ///< the origin
    ptrdiff_t image_stride, row_stride, pixel_stride, channel_stride;
} input_view;

// MARK: Taps

/// One axis of a convolution.
typedef struct window_axis {
    ptrdiff_t input, kernel, stride, dilation, pad;
} window_axis;

/// Neighbouring outputs along an axis that share their taps.
typedef struct tap_run {
    ck_range outputs;
    ck_range taps; ///< those on the input; 0..<0 if there are none
} tap_run;

static window_axis vertical_axis(const ck_geometry *g) {
    return (window_axis){g->in_height, g->kernel_height, g->stride_height, g->dilation_height, g->pad_top};
}

static window_axis horizontal_axis(const ck_geometry *g) {
    return (window_axis){g->in_width, g->kernel_width, g->stride_width, g->dilation_width, g->pad_left};
}

/// The run that begins at `output`, cut off at `end`.
static tap_run next_run(window_axis axis, ptrdiff_t output, ptrdiff_t end) {
    const ptrdiff_t first = output * axis.stride - axis.pad; // where tap 0 falls
    const ptrdiff_t to_last = axis.input - 1 - first;
    ptrdiff_t begin = first >= 0 ? 0 : (-first + axis.dilation - 1) / axis.dilation;
    ptrdiff_t stop = to_last < 0 ? 0 : to_last / axis.dilation + 1;
    begin = begin < axis.kernel ? begin : axis.kernel;
    stop = stop < axis.kernel ? stop : axis.kernel;
    // The next output that tap `begin - 1` reaches, or that tap `stop - 1` no longer does.
    ptrdiff_t next = end;
    if (begin > 0) {
        const ptrdiff_t gains = (axis.pad - (begin - 1) * axis.dilation + axis.stride - 1) / axis.stride;
        next = gains < next ? gains : next;
    }
    if (stop > 0) {
        const ptrdiff_t loses = (axis.input - 1 + axis.pad - (stop - 1) * axis.dilation) / axis.stride + 1;
        next = loses < next ? loses : next;
    }
    const ck_range taps = begin < stop ? (ck_range){begin, stop} : (ck_range){0, 0};
    return (tap_run){{output, next}, taps};
}

// MARK: Boxes

/// Pixels waiting for their tiles, and where their sums go.
typedef struct pixel_strip {
    const float *pixel[STRIP_PIXELS];
    stored_run run[STRIP_PIXELS];
    ptrdiff_t runs;
} pixel_strip;

/// The next pixel of a box.
typedef struct box_cursor {
    ptrdiff_t image, row, column;
} box_cursor;

// Takes the next `count` pixels of the box.
static box_cursor fill_strip(pixel_strip *strip, const ck_geometry *g, const input_view *in, tap_run rows,
                             tap_run columns, int empty, box_cursor at, ptrdiff_t count) {
    const ptrdiff_t step = empty ? 0 : g->stride_width * in->pixel_stride;
    const ptrdiff_t top = rows.taps.begin * g->dilation_height - g->pad_top - in->row;
    const ptrdiff_t left = columns.taps.begin * g->dilation_width - g->pad_left - in->column;
    strip->runs = 0;
    for (ptrdiff_t done = 0; done < count;) {
        const ptrdiff_t taken = smaller(columns.outputs.end - at.column, count - done);
        const float *pixel = in->base;
        if (!empty) {
            pixel += (at.image - in->image) * in->image_stride + (at.row * g->stride_height + top) * in->row_stride +
                     (at.column * g->stride_width + left) * in->pixel_stride;
        }
        for (ptrdiff_t i = 0; i < taken; i++) {
            strip->pixel[done + i] = pixel + i * step;
        }
        const ptrdiff_t offset =
            at.image * g->out_image_stride + at.row * g->out_row_stride + at.column * g->out_pixel_stride;
        stored_run *last = strip->runs > 0 ? &strip->run[strip->runs - 1] : NULL;
        if (last && last->offset + last->count * g->out_pixel_stride == offset) {
            last->count += (int)taken;
        } else {
            strip->run[strip->runs++] = (stored_run){(int)done, (int)taken, offset};
        }
        done += taken;
        at.column += taken;
        if (at.column == columns.outputs.end) {
            at.column = columns.outputs.begin;
            if (++at.row == rows.outputs.end) {
                at.row = rows.outputs.begin;
                at.image++;
            }
        }
    }
    return at;
}

/// Channels whose weights are packed together. Each kernel defines it.
static ptrdiff_t channel_block(const ck_geometry *g);

/// How many of them are summed over all taps, for all tiles of a strip, before the next ones are. Each kernel defines
/// it.
static ptrdiff_t cached_channels(const ck_geometry *g, const input_view *in);

/// Output channels that are computed together.
typedef struct channel_group {
    stored_panel panel[MAX_PANELS];
    ptrdiff_t panels;
    ptrdiff_t panel_step; ///< in the weights
    ptrdiff_t next;       ///< to the weights of the group after it, 0 for the last one
} channel_group;

// Computes one group of panels of one box; several of them only where the pixels are FEW_PIXELS at the most.
static void convolve_box(const ck_task *task, const input_view *in, const channel_group *group, tap_run rows,
                         tap_run columns) {
    const ck_geometry *g = task->geometry;
    const int empty = rows.taps.end == 0 || columns.taps.end == 0 || g->channels == 0;
    lane_sum over = {
        .rows = empty ? 0 : rows.taps.end - rows.taps.begin,
        .columns = empty ? 0 : columns.taps.end - columns.taps.begin,
        .row_step = g->dilation_height * in->row_stride,
        .column_step = g->dilation_width * in->pixel_stride,
        .channel_step = in->channel_stride,
    };
    const ptrdiff_t taps = g->kernel_height * g->kernel_width, block = channel_block(g);
    const ptrdiff_t cached = cached_channels(g, in);
    const ptrdiff_t first_tap = rows.taps.begin * g->kernel_width + columns.taps.begin;
    const float *weights = task->weights + group->panel[0].channel * taps * g->channels;
    // Each of the first tiles fetches another share of the next panel's weights into the second-level cache. Without
    // it the first tile of a panel would wait for the third level.
    const ptrdiff_t fetching = group->next == 0 ? 0 : lines_a_prefetch(&over);
    const stored_panel *last = &group->panel[group->panels - 1];
    const ptrdiff_t vectors = (group->panels - 1) * TILE_VECTORS + (last->channels <= VL ? 1 : 2);
    const ptrdiff_t images = task->part.images.end - task->part.images.begin;
    const ptrdiff_t total =
        images * (rows.outputs.end - rows.outputs.begin) * (columns.outputs.end - columns.outputs.begin);
    const ptrdiff_t tiles = (total + TILE_PIXELS - 1) / TILE_PIXELS;
    const ptrdiff_t size = total / tiles, larger = total % tiles; // the first `larger` tiles have one pixel more

    pixel_strip strip;
    _Alignas(64) float few[TILE_PIXELS * TILE_CHANNELS];
    float *const sums = task->scratch ? task->scratch : few;
    const ptrdiff_t strip_tiles = task->scratch ? STRIP_TILES : 1;
    box_cursor at = {task->part.images.begin, rows.outputs.begin, columns.outputs.begin};
    for (ptrdiff_t tile = 0; tile < tiles;) {
        const ptrdiff_t stop = smaller(tile + strip_tiles, tiles);
        const ptrdiff_t count = (stop - tile) * size + smaller(larger, stop) - smaller(larger, tile);
        at = fill_strip(&strip, g, in, rows, columns, empty, at, count);
        // At least once, so that a sum over no channels is written, as zero: then the block has no channels either.
        ptrdiff_t first = 0, packed = 0; // packed: where the packed block of `first` begins
        do {
            if (first == packed + block) packed = first;
            const ptrdiff_t in_block = smaller(g->channels - packed, block);
            over.channels = smaller(packed + in_block - first, cached);
            over.begin = first * over.channel_step;
            over.weight_step = in_block * TILE_CHANNELS;
            over.weight_row_step = g->kernel_width * over.weight_step;
            over.accumulate = first > 0;
            const float *w = weights + (packed * taps + first_tap * in_block + first - packed) * TILE_CHANNELS;
            for (ptrdiff_t t = tile, p = 0; t < stop; t++) {
                const ptrdiff_t pixels = size + (t < larger);
                over.ahead = t < fetching ? group->next + t * 16 : 0;
                if (group->panels > 1) {
                    few_functions[pixels - 1][vectors - TILE_VECTORS - 1](strip.pixel, w, group->panel_step, &over,
                                                                          sums);
                } else {
                    multiply_channel_lanes(strip.pixel + p, pixels, vectors, w, &over, sums + p * TILE_CHANNELS);
                }
                p += pixels;
            }
            first += over.channels;
        } while (first < g->channels);
        tile = stop;
        for (ptrdiff_t i = 0; i < group->panels; i++) {
            store_runs(task, &group->panel[i], sums + i * count * TILE_CHANNELS, strip.run, strip.runs);
        }
    }
}

/// Computes the output channels `channels` of `part` from the input that `in` shows, panel by panel.
static void convolve(const ck_task *task, const input_view *in) {
    const ck_geometry *g = task->geometry;
    const ck_region part = task->part;
    if (part.images.begin >= part.images.end) return;
    const ptrdiff_t pixels = (part.images.end - part.images.begin) * (part.rows.end - part.rows.begin) *
                             (part.columns.end - part.columns.begin);
    const ptrdiff_t together = panels_together(pixels) * TILE_CHANNELS;
    channel_group group = {.panel_step = g->kernel_height * g->kernel_width * g->channels * TILE_CHANNELS};
    for (ptrdiff_t channel = task->channels.begin; channel < task->channels.end; channel += together) {
        const ptrdiff_t end = smaller(channel + together, task->channels.end);
        group.panels = 0;
        for (ptrdiff_t c = channel; c < end; c += TILE_CHANNELS) {
            group.panel[group.panels++] = panel_to_store(task, c);
        }
        group.next = end < task->channels.end ? group.panels * group.panel_step : 0;
        for (ptrdiff_t y = part.rows.begin; y < part.rows.end;) {
            const tap_run rows = next_run(vertical_axis(g), y, part.rows.end);
            for (ptrdiff_t x = part.columns.begin; x < part.columns.end;) {
                const tap_run columns = next_run(horizontal_axis(g), x, part.columns.end);
                convolve_box(task, in, &group, rows, columns);
                x = columns.outputs.end;
            }
            y = rows.outputs.end;
        }
    }
}

// MARK: Weights

static void pack_weights(const ck_geometry *g, const float *weight, float *packed, ck_range channels, float *scratch) {
    (void)scratch;
    const ptrdiff_t taps = g->kernel_height * g->kernel_width, depth = g->channels * taps;
    const ptrdiff_t block = channel_block(g);
    for (ptrdiff_t channel = channels.begin; channel < channels.end; channel += VL) {
        // Half a panel at a time, the weights of one output channel after another as they are in memory.
        const ptrdiff_t lane = channel % TILE_CHANNELS;
        float *panel = packed + (channel - lane) * depth + lane;
        const float *from = weight + channel * depth;
        const ptrdiff_t rows = channels.end - channel;
        ptrdiff_t c = 0, tap = 0;
        for (ptrdiff_t k = 0; k < depth; k += VL) {
            const ptrdiff_t count = smaller(depth - k, VL);
            vec v[VL];
            for (ptrdiff_t r = 0; r < VL; r++) {
                v[r] = r >= rows ? vec_zero() : vec_load_lanes(from + r * depth + k, 0, count);
            }
            vec_transpose(v);
            for (ptrdiff_t i = 0; i < count; i++) {
                const ptrdiff_t first = c / block * block, in_block = smaller(g->channels - first, block);
                vec_store(panel + (first * taps + tap * in_block + c - first) * TILE_CHANNELS, v[i]);
                if (++tap == taps) {
                    tap = 0;
                    c++;
                }
            }
        }
        // The padding of a last panel that is at most half full.
        if (lane == 0 && rows <= VL) {
            for (ptrdiff_t k = 0; k < depth; k++) {
                vec_store(panel + k * TILE_CHANNELS + VL, vec_zero());
            }
        }
    }
}

#endif
