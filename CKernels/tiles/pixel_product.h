// SPDX-License-Identifier: Apache-2.0
//
// Convolution without padding, any kernel and stride, as a matrix product whose lanes are pixels:
//
//     output[oc][p] = activation(sum over k of weights[oc][k] * input[k][p] + bias[oc] + residual[oc][p])
//
// where k goes through the taps of all channels. Neighbouring pixels of a channel are neighbours in memory in NCHW, so
// the input of a 1 x 1 kernel is read in place, one vector load a channel, and shared by all output channels of the
// tile. Pixels that a stride picks, and the windows of larger kernels, are copied to the scratch, one panel after
// another, whatever their rows. Weights are packed [ceil(out_channels / TILE_CHANNELS)]
// [depth][TILE_CHANNELS], the last panel padded with zeros: each is broadcast once and used for all pixel vectors of
// the tile, because a broadcast in every multiplication would be bound by loads.
//
// The pixel panel is the outer loop and stays in the L1 or L2 cache while the weights stream past it. All channels are
// summed in one pass, in order, so the bits of an output do not depend on the tile it falls into.
//
// The file that includes this defines TILE_CHANNELS and TILE_VECTORS, and for gemm/pixel_tail.h TAIL_PIXELS. The caller
// guarantees that no tap lies in the padding; any strides of the tensors are accepted with a 1 x 1 kernel, and pixels
// that are not neighbours (NHWC) are transposed into the scratch; with others pixels are neighbours.

#ifndef CK_GEMM_PIXELS_TEMPLATE_H
#define CK_GEMM_PIXELS_TEMPLATE_H

#include "gemm/gemm_sizes.h"
#include "simd/common.h"

enum { TILE_PIXELS = TILE_VECTORS * VL };

/// The kind of a tile of whole vectors and all channels that packs pixels as it multiplies.
enum { PICKING = -1 };

// Vectors of the next panel when `vectors` remain. A panel of one vector spends a load a multiplication, so a remainder
// of TILE_VECTORS + 1 is cut into two panels of two or more.
static ptrdiff_t panel_vectors(ptrdiff_t vectors) {
    if (vectors <= TILE_VECTORS) return vectors;
    return TILE_VECTORS > 2 && vectors == TILE_VECTORS + 1 ? (TILE_VECTORS + 1) / 2 : TILE_VECTORS;
}

// What an output element sums.
static ptrdiff_t depth_of(const ck_geometry *g) {
    return g->channels * g->kernel_height * g->kernel_width;
}

#include "gemm/pixel_tile.h"
#include "gemm/picked_pixels.h"

// MARK: Neighbouring pixels

static pixel_tile first_tile(const ck_task *task) {
    return (pixel_tile){
        .input_stride = task->geometry->in_channel_stride,
        .fetch = TILE_PIXELS,
        .depth = depth_of(task->geometry),
        .output_stride = task->geometry->out_channel_stride,
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
    return kind == PICKING ? picking_tiles[vectors - 1] : tiles[rows - 1][vectors - 1][kind];
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
    t->bias = task->bias ? task->bias + channels.begin : NULL;
    t->residual = task->residual ? task->residual + at : NULL;
    t->output = task->output + at;
    for (ptrdiff_t left = channels.end - channels.begin; left > 0; left -= TILE_CHANNELS) {
        const ptrdiff_t rows = smaller(left, TILE_CHANNELS);
        tile_of(rows, vectors, kind, joined)(t);
        for (ptrdiff_t r = 0; task->activation != CK_ACTIVATION_CLAMP && r < rows; r++) {
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

#ifdef TAIL_PIXELS
#    include "gemm/pixel_tail.h"
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

// MARK: Pixels that a stride picks

// Packs the next panel as this one is multiplied, if that has tiles enough.
static void multiply_panel(const ck_task *task, const picked_panel *panel, const picked_panel *next) {
    const ck_geometry *g = task->geometry;
    pixel_tile t = first_tile(task);
    t.input = panel->buffer;
    t.input_stride = PACKED_STRIDE;
    t.fetch = 0; // all of it is near
    const ptrdiff_t joined = larger(0, panel->pixels - TILE_PIXELS), pixels = panel->pixels - joined;
    const ptrdiff_t channels = task->channels.end - task->channels.begin;
    const int can_pick = pixels % VL == 0 && joined == 0 && !task->residual && g->stride_width == 2 &&
                         t.depth == g->channels && next->vectors > 0;
    // Tiles for each vector of the next panel, and channels of it for each of them.
    const ptrdiff_t each = can_pick ? channels / TILE_CHANNELS / next->vectors : 0;
    const ptrdiff_t share = each > 0 ? (g->channels + each - 1) / each : 0;
    ptrdiff_t v = 0, k = 0;
    for (ck_range c = {task->channels.begin, 0}; c.begin < task->channels.end; c.begin = c.end) {
        c.end = smaller(c.begin + TILE_CHANNELS, task->channels.end);
        if (share > 0 && v < next->vectors) {
            const picked_vector *vector = &next->vector[v];
            t.picks = (tile_picks){
                .from = vector->input + k * g->in_channel_stride,
                .from_stride = g->in_channel_stride,
                .to = next->buffer + k * PACKED_STRIDE + vector->place,
                .pixels = vector->count,
                .count = smaller(share, g->channels - k),
            };
            multiply_channels(task, &t, c, pixels, 0, panel->offset, PICKING);
            k += t.picks.count;
            if (k == g->channels) {
                k = 0;
                v++;
            }
        } else if (joined > 0 && (c.end - c.begin < TILE_CHANNELS || task->residual || t.depth == 0)) {
            multiply_channels(task, &t, c, pixels, 0, panel->offset, WHOLE);
            t.input += pixels;
            multiply_channels(task, &t, c, joined, 0, panel->offset + pixels, RAGGED);
            t.input -= pixels;
        } else {
            multiply_channels(task, &t, c, pixels, joined, panel->offset, pixels % VL == 0 ? WHOLE : RAGGED);
        }
    }
    if (share == 0) pack_panel(g, next);
}

static __attribute__((noinline)) void multiply_picked(const ck_task *task, const pixel_run *run) {
    const ck_geometry *g = task->geometry;
    float *const other = task->scratch + depth_of(g) * PACKED_STRIDE;
    picked_panel panel = panel_from(g, run, 0, task->scratch);
    pack_panel(g, &panel);
    for (ptrdiff_t p = panel.pixels; panel.pixels > 0; p += panel.pixels) {
        const picked_panel next = panel_from(g, run, p, panel.buffer == other ? task->scratch : other);
        multiply_panel(task, &panel, &next);
        panel = next;
    }
}

// MARK: Pixels apart

// buffer[k][p] = input[p * stride_width * in_pixel_stride + k * in_channel_stride] for k < depth, p < pixels; zero for
// further pixels.
static void gather_panel(const ck_geometry *g, const float *input, ptrdiff_t depth, ptrdiff_t pixels, float *buffer) {
    const ptrdiff_t step = g->stride_width * g->in_pixel_stride;
    for (ptrdiff_t k = 0; k < depth; k += VL) {
        const ptrdiff_t lanes = depth - k < VL ? depth - k : VL;
        for (ptrdiff_t p = 0; p < TILE_PIXELS; p += VL) {
            vec v[VL];
            for (ptrdiff_t i = 0; i < VL; i++) {
                const float *from = input + (p + i) * step + k * g->in_channel_stride;
                if (p + i >= pixels) {
                    v[i] = vec_zero();
                } else if (g->in_channel_stride == 1) {
                    v[i] = lanes == VL ? vec_load(from) : vec_load_lanes(from, 0, lanes);
                } else {
                    float lane[VL] = {0};
                    for (ptrdiff_t j = 0; j < lanes; j++) {
                        lane[j] = from[j * g->in_channel_stride];
                    }
                    v[i] = vec_load(lane);
                }
            }
            vec_transpose(v);
            for (ptrdiff_t i = 0; i < VL; i++) {
                vec_store(buffer + (k + i) * TILE_PIXELS + p, v[i]);
            }
        }
    }
}

static __attribute__((noinline)) void scatter_tile(const ck_task *task, const accumulators sum, ptrdiff_t offset,
                                                   ptrdiff_t channel, ptrdiff_t rows, ptrdiff_t pixels) {
    const ck_geometry *g = task->geometry;
    float value[TILE_CHANNELS][TILE_PIXELS];
    for (ptrdiff_t r = 0; r < rows; r++) {
        const float bias = task->bias ? task->bias[channel + r] : 0;
        const ptrdiff_t at = offset + (channel + r) * g->out_channel_stride;
        for (ptrdiff_t v = 0; v < TILE_VECTORS; v++) {
            vec_store(&value[r][v * VL], vec_add(sum[r][v], vec_set1(bias)));
        }
        for (ptrdiff_t p = 0; task->residual && p < pixels; p++) {
            value[r][p] += task->residual[at + p * g->out_pixel_stride];
        }
        for (ptrdiff_t v = 0; v < TILE_VECTORS; v++) {
            vec_store(&value[r][v * VL], vec_activate(vec_load(&value[r][v * VL]), task));
        }
    }
    float *output = task->output + offset + channel * g->out_channel_stride;
    for (ptrdiff_t p = 0; p < pixels; p++) {
        for (ptrdiff_t r = 0; r < rows; r++) {
            output[p * g->out_pixel_stride + r * g->out_channel_stride] = value[r][p];
        }
    }
}

static __attribute__((noinline)) void multiply_row_apart(const ck_task *task, const float *input, ptrdiff_t offset,
                                                         ptrdiff_t count) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t depth = g->channels;
    float *const buffer = task->scratch;
    for (ptrdiff_t p = 0; p < count; p += TILE_PIXELS) {
        const ptrdiff_t pixels = count - p < TILE_PIXELS ? count - p : TILE_PIXELS;
        const float *first = input + p * g->stride_width * g->in_pixel_stride;
        if (depth <= GATHER_DEPTH) gather_panel(g, first, depth, pixels, buffer);
        for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c += TILE_CHANNELS) {
            const ptrdiff_t left = task->channels.end - c;
            accumulators sum;
            for (int i = 0; i < TILE_CHANNELS * TILE_VECTORS; i++) {
                sum[i / TILE_VECTORS][i % TILE_VECTORS] = vec_zero();
            }
            for (ptrdiff_t k = 0; k < depth; k += GATHER_DEPTH) {
                const ptrdiff_t held = depth - k < GATHER_DEPTH ? depth - k : GATHER_DEPTH;
                if (depth > GATHER_DEPTH) gather_panel(g, first + k * g->in_channel_stride, held, pixels, buffer);
                const pixel_tile t = {
                    .input = buffer,
                    .input_stride = TILE_PIXELS,
                    .depth = held,
                    .weights = task->weights + c * depth + k * TILE_CHANNELS,
                };
                multiply_tile(sum, &t, held, TILE_CHANNELS, TILE_VECTORS, WHOLE);
            }
            scatter_tile(task, sum, offset + p * g->out_pixel_stride, c, left < TILE_CHANNELS ? left : TILE_CHANNELS,
                         pixels);
        }
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
    // Packed pixels of whole rows are one run.
    const int is_one_run = together && is_packed && g->out_row_stride == columns;
    for (ptrdiff_t image = part.images.begin; image < part.images.end; image++) {
        const float *input = task->input + image * g->in_image_stride + part.rows.begin * row_step +
                             part.columns.begin * g->stride_width * g->in_pixel_stride;
        const ptrdiff_t offset = image * g->out_image_stride + part.rows.begin * g->out_row_stride +
                                 part.columns.begin * g->out_pixel_stride;
        for (ptrdiff_t row = 0; row < rows; row += is_one_run ? rows : 1) {
            const pixel_run run = {
                .input = input + row * row_step,
                .row_step = row_step,
                .width = columns,
                .count = is_one_run ? rows * columns : columns,
                .offset = offset + row * g->out_row_stride,
            };
            if (!together) {
                multiply_row_apart(task, run.input, run.offset, columns);
            } else if (!is_packed) {
                multiply_in_place(task, &run);
            } else {
                multiply_picked(task, &run);
            }
        }
    }
}

#endif
