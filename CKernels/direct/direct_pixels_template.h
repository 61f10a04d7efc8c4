// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution with output pixels in the lanes:
//
//     output[oc][y][x] = activation(sum over c, ky, kx of weights[oc][c][ky][kx]
//                            * input[c][y * stride + ky * dilation - pad][x * stride + kx * dilation - pad]
//                            + bias[oc] + residual[oc][y][x])
//
// A register tile is a few vectors of pixels, each of one output row, by a few output channels. For each channel of
// each tap it loads the vectors from the stage (direct/pixel_stage.h), broadcasts one weight of every output channel
// and multiplies all with all. No lane is lost to few channels, and the sums are stored as they are: NCHW needs no
// transposes.
//
// Weights are packed [ceil(out_channels / TILE_CHANNELS)][channel][kernel_height][kernel_width][TILE_CHANNELS], the
// last panel padded with zeros. Each output is one accumulator, summed in the order c, ky, kx: its bits do not depend
// on how the work is cut.
//
// A padded tap adds a weight times zero, which changes nothing, as long as the weight is finite. Panels with one that
// is not go element by element and skip the padding.
//
// The file that includes this defines TILE_CHANNELS, TILE_VECTORS, the vectors of a tile of that many channels, and
// MOST_VECTORS(rows), those of a tile of fewer.

#ifndef CK_DIRECT_PIXELS_TEMPLATE_H
#define CK_DIRECT_PIXELS_TEMPLATE_H

enum { TILE_PIXELS = TILE_VECTORS * VL, WIDEST_TILE = 6 };

#include "direct/pixel_stage.h"

// MARK: Register tiles

/// Vectors of pixels that pass the panels of weights together: enough that a panel, once in the first-level cache, is
/// used several times.
enum { STRIP_VECTORS = 48 };

/// Neighbouring vectors of a band.
typedef struct pixel_strip {
    ptrdiff_t count;
    const float *from[STRIP_VECTORS]; ///< the place of each in the stage
    ptrdiff_t to[STRIP_VECTORS];      ///< and in channel 0 of the output
    ptrdiff_t lanes[STRIP_VECTORS];   ///< in use
    ptrdiff_t row[STRIP_VECTORS], column[STRIP_VECTORS];
} pixel_strip;

/// What tiles of up to TILE_CHANNELS output channels have in common.
typedef struct pixel_tiles {
    const float *tap_offsets; ///< `taps` of them
    const float *weights;     ///< the panel
    ptrdiff_t channels, taps;
    ptrdiff_t channel_length; ///< between channels in the stage
    const float *bias;        ///< of the panel's first output channel, or NULL
    const float *residual;    ///< of that channel, laid out as the output, or NULL
    float *output;            ///< of that channel
    ptrdiff_t output_stride;  ///< between output channels
    float low, high;          ///< the clamp
} pixel_tiles;

// `rows` and `vectors` are constants wherever this is inlined, so that the sums stay in registers.
CK_INLINE void multiply_tile(const pixel_tiles *t, const float *const *places, vec sum[TILE_CHANNELS][WIDEST_TILE],
                             const int rows, const int vectors) {
    const float *from[WIDEST_TILE], *weights = t->weights;
    for (int v = 0; v < vectors; v++) {
        from[v] = places[v];
        for (int r = 0; r < rows; r++) {
            sum[r][v] = vec_zero();
        }
    }
    const ptrdiff_t taps = t->taps;
    ptrdiff_t channel = 0;
    for (ptrdiff_t c = 0; c < t->channels; c++, channel += t->channel_length) {
        for (ptrdiff_t tap = 0; tap < taps; tap++, weights += TILE_CHANNELS) {
            int32_t offset;
            memcpy(&offset, t->tap_offsets + tap, sizeof offset);
            ptrdiff_t at = channel + offset;
            // Hides where the offset comes from: the compiler would otherwise keep a pointer for each channel of each
            // vector, more than there are registers.
            __asm__("" : "+r"(at));
            vec x[WIDEST_TILE], w[TILE_CHANNELS];
            if (vectors > rows) {
                for (int r = 0; r < rows; r++) {
                    w[r] = vec_set1(weights[r]);
                }
                for (int v = 0; v < vectors; v++) {
                    x[v] = vec_load(from[v] + at);
                    for (int r = 0; r < rows; r++) {
                        sum[r][v] = vec_fma(w[r], x[v], sum[r][v]);
                    }
                }
            } else {
                for (int v = 0; v < vectors; v++) {
                    x[v] = vec_load(from[v] + at);
                }
                for (int r = 0; r < rows; r++) {
                    w[r] = vec_set1(weights[r]);
                    for (int v = 0; v < vectors; v++) {
                        sum[r][v] = vec_fma(w[r], x[v], sum[r][v]);
                    }
                    // The tile may fill the registers: the next weight must not be loaded before this one is done with.
                    if (vectors == 3) KEEP_ORDER(weights, sum[r][0], sum[r][1], sum[r][2]);
                }
            }
        }
    }
}

CK_INLINE void compute_tile(const pixel_tiles *t, const float *const *places, const ptrdiff_t *to,
                            const ptrdiff_t *lanes, const int rows, const int vectors) {
    vec sum[TILE_CHANNELS][WIDEST_TILE];
    multiply_tile(t, places, sum, rows, vectors);
    if (t->bias) {
        for (int r = 0; r < rows; r++) {
            const vec bias = vec_set1(t->bias[r]);
            for (int v = 0; v < vectors; v++) {
                sum[r][v] = vec_add(sum[r][v], bias);
            }
        }
    }
    if (t->residual) {
        for (int v = 0; v < vectors; v++) {
            const float *residual = t->residual + to[v];
            for (int r = 0; r < rows; r++, residual += t->output_stride) {
                sum[r][v] =
                    vec_add(sum[r][v], lanes[v] == VL ? vec_load(residual) : vec_load_lanes(residual, 0, lanes[v]));
            }
        }
    }
    if (t->low > -__builtin_inff() || t->high < __builtin_inff()) {
        const vec low = vec_set1(t->low), high = vec_set1(t->high);
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                sum[r][v] = vec_min(high, vec_max(low, sum[r][v]));
            }
        }
    }
    for (int v = 0; v < vectors; v++) {
        float *output = t->output + to[v];
        if (lanes[v] == VL) {
            for (int r = 0; r < rows; r++) {
                vec_store(output + r * t->output_stride, sum[r][v]);
            }
        } else {
            for (int r = 0; r < rows; r++) {
                vec_store_lanes(output + r * t->output_stride, sum[r][v], 0, lanes[v]);
            }
        }
    }
}

typedef void tile_function(const pixel_tiles *t, const pixel_strip *strip, ptrdiff_t first, ptrdiff_t end);

#define CK_TILE(rows, vectors)                                                                                         \
    static void tiles_##rows##x##vectors(const pixel_tiles *t, const pixel_strip *strip, ptrdiff_t i, ptrdiff_t end) { \
        for (; i < end; i += vectors) {                                                                                \
            compute_tile(t, strip->from + i, strip->to + i, strip->lanes + i, rows,                                    \
                         (vectors) < MOST_VECTORS(rows) ? (vectors) : MOST_VECTORS(rows));                             \
        }                                                                                                              \
    }
#define CK_TILE_ROW(rows)                                                                                              \
    CK_TILE(rows, 1) CK_TILE(rows, 2) CK_TILE(rows, 3) CK_TILE(rows, 4) CK_TILE(rows, 5) CK_TILE(rows, 6)
#define CK_TILE_ROW_ENTRY(rows)                                                                                        \
    {tiles_##rows##x1, tiles_##rows##x2, tiles_##rows##x3, tiles_##rows##x4, tiles_##rows##x5, tiles_##rows##x6},

CK_UP_TO(TILE_CHANNELS, CK_TILE_ROW)

static tile_function *const tile_functions[TILE_CHANNELS][WIDEST_TILE] = {CK_UP_TO(TILE_CHANNELS, CK_TILE_ROW_ENTRY)};

// MARK: Elements apart

/// The panel of output channels that a band is multiplied with.
typedef struct output_panel {
    ptrdiff_t channel, rows; ///< the first, and how many
    const float *weights;
} output_panel;

// Stores the sums of neighbouring pixels, [rows][VL], one by one.
static void store_apart(const ck_task *task, const output_panel *panel, const float *sums, ptrdiff_t at,
                        ptrdiff_t lanes) {
    const ck_geometry *g = task->geometry;
    at += panel->channel * g->out_channel_stride;
    for (ptrdiff_t r = 0; r < panel->rows; r++, at += g->out_channel_stride) {
        const float bias = task->bias ? task->bias[panel->channel + r] : 0;
        float value[VL] = {0};
        for (ptrdiff_t i = 0; i < lanes; i++) {
            value[i] = sums[r * VL + i] + bias;
            if (task->residual) value[i] += task->residual[at + i * g->out_pixel_stride];
        }
        vec_store(value, vec_activate(vec_load(value), task));
        for (ptrdiff_t i = 0; i < lanes; i++) {
            task->output[at + i * g->out_pixel_stride] = value[i];
        }
    }
}

// Vector i of the strip, without the taps on the padding: there the weight becomes zero.
static void compute_skipping(const ck_task *task, const stage *s, const output_panel *panel, const pixel_strip *strip,
                             ptrdiff_t i) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t top = strip->row[i] * g->stride_height - g->pad_top;
    const ptrdiff_t left = strip->column[i] * g->stride_width - g->pad_left;
    float sums[TILE_CHANNELS * VL];
    for (ptrdiff_t r = 0; r < panel->rows; r++) {
        vec sum = vec_zero();
        const float *weights = panel->weights + r;
        for (ptrdiff_t c = 0; c < g->channels; c++) {
            const float *offsets = s->tap_offsets;
            for (ptrdiff_t ky = 0; ky < g->kernel_height; ky++) {
                const ptrdiff_t row = top + ky * g->dilation_height;
                const ptrdiff_t width = row >= 0 && row < g->in_height ? g->in_width : 0;
                for (ptrdiff_t kx = 0; kx < g->kernel_width; kx++, weights += TILE_CHANNELS, offsets++) {
                    const ck_range inside =
                        steps_inside(left + kx * g->dilation_width, g->stride_width, strip->lanes[i], width);
                    float weight[VL] = {0};
                    for (ptrdiff_t lane = inside.begin; lane < inside.end; lane++) {
                        weight[lane] = *weights;
                    }
                    int32_t offset;
                    memcpy(&offset, offsets, sizeof offset);
                    sum = vec_fma(vec_load(weight), vec_load(strip->from[i] + c * s->channel_length + offset), sum);
                }
            }
        }
        vec_store(sums + r * VL, sum);
    }
    store_apart(task, panel, sums, strip->to[i], strip->lanes[i]);
}

// MARK: Bands

/// A band of output, its input staged.
typedef struct band {
    ptrdiff_t image;
    ck_range rows, columns;
} band;

/// The next vector of a band.
typedef struct band_cursor {
    ptrdiff_t row, column;
} band_cursor;

// Takes the next vectors of the band.
static band_cursor fill_strip(pixel_strip *strip, const ck_task *task, const stage *s, const band *b, band_cursor at) {
    const ck_geometry *g = task->geometry;
    const int whole = overlaps(task, b->columns.end - b->columns.begin);
    ptrdiff_t i = 0;
    for (; i < STRIP_VECTORS && at.row < b->rows.end; i++) {
        const ptrdiff_t left = b->columns.end - at.column;
        const ptrdiff_t column = left < VL && whole ? b->columns.end - VL : at.column;
        strip->from[i] =
            s->staged + (at.row - b->rows.begin) * g->stride_height * s->row_length + column - b->columns.begin;
        strip->to[i] = b->image * g->out_image_stride + at.row * g->out_row_stride + column * g->out_pixel_stride;
        strip->lanes[i] = whole ? VL : smaller(VL, left);
        strip->row[i] = at.row;
        strip->column[i] = column;
        at.column += VL;
        if (at.column >= b->columns.end) {
            at.column = b->columns.begin;
            at.row++;
        }
    }
    strip->count = i;
    return at;
}

// The strip in tiles as even as can be: the sums of a small one would wait for one another.
static void compute_tiles(const pixel_tiles *t, const pixel_strip *strip, ptrdiff_t rows) {
    const ptrdiff_t most = MOST_VECTORS(rows), tiles = (strip->count + most - 1) / most;
    const ptrdiff_t vectors = strip->count / tiles, larger = strip->count % tiles;
    const ptrdiff_t rest = larger * (vectors + 1);
    if (larger > 0) tile_functions[rows - 1][vectors](t, strip, 0, rest);
    tile_functions[rows - 1][vectors - 1](t, strip, rest, strip->count);
}

static void compute_panel(const ck_task *task, const stage *s, const pixel_strip *strip, const output_panel *panel) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t taps = g->kernel_height * g->kernel_width, offset = panel->channel * g->out_channel_stride;
    pixel_tiles t = {
        .tap_offsets = s->tap_offsets,
        .weights = panel->weights,
        .channels = g->channels,
        .taps = taps,
        .channel_length = s->channel_length,
        .bias = task->bias ? task->bias + panel->channel : NULL,
        .residual = task->residual ? task->residual + offset : NULL,
        .output = task->output + offset,
        .output_stride = g->out_channel_stride,
        .low = activation_low(task),
        .high = activation_high(task),
    };
    if (panel->weights[g->channels * taps * TILE_CHANNELS] != 0) {
        for (ptrdiff_t i = 0; i < strip->count; i++) {
            compute_skipping(task, s, panel, strip, i);
        }
        return;
    }
    if (g->out_pixel_stride == 1) {
        compute_tiles(&t, strip, panel->rows);
        for (ptrdiff_t r = 0; r < panel->rows && task->activation != CK_ACTIVATION_CLAMP; r++) {
            for (ptrdiff_t i = 0; i < strip->count; i++) {
                activate_line(t.output + r * t.output_stride + strip->to[i], strip->lanes[i], task);
            }
        }
        return;
    }
    // The sums alone, then everything else element by element.
    float sums[TILE_CHANNELS * VL];
    pixel_strip one = {.count = 1, .to = {0}, .lanes = {VL}};
    t.bias = t.residual = NULL;
    t.output = sums;
    t.output_stride = VL;
    t.low = -__builtin_inff();
    t.high = __builtin_inff();
    for (ptrdiff_t i = 0; i < strip->count; i++) {
        one.from[0] = strip->from[i];
        tile_functions[panel->rows - 1][0](&t, &one, 0, 1);
        store_apart(task, panel, sums, strip->to[i], strip->lanes[i]);
    }
}

// MARK: The kernel

static ptrdiff_t panel_length(const ck_geometry *g) {
    return g->channels * g->kernel_height * g->kernel_width * TILE_CHANNELS + 1;
}

static void pack_weights(const ck_geometry *g, const float *weight, float *packed, ck_range channels) {
    const ptrdiff_t depth = g->channels * g->kernel_height * g->kernel_width;
    for (ptrdiff_t c = channels.begin; c < channels.end; c += TILE_CHANNELS) {
        const ptrdiff_t rows = smaller(channels.end - c, TILE_CHANNELS);
        float *panel = packed + c / TILE_CHANNELS * panel_length(g), zeros = 0;
        for (ptrdiff_t k = 0; k < depth; k++) {
            for (ptrdiff_t r = 0; r < TILE_CHANNELS; r++, panel++) {
                *panel = r < rows ? weight[(c + r) * depth + k] : 0;
                zeros += 0 * *panel;
            }
        }
        *panel = zeros == 0 ? 0 : 1; // zero times what is not finite is NaN
    }
}

static void compute_band(const ck_task *task, const stage *s, const band *b) {
    const ptrdiff_t length = panel_length(task->geometry);
    pixel_strip strip;
    for (band_cursor at = {b->rows.begin, b->columns.begin}; at.row < b->rows.end;) {
        at = fill_strip(&strip, task, s, b, at);
        for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c += TILE_CHANNELS) {
            const output_panel panel = {c, smaller(task->channels.end - c, TILE_CHANNELS),
                                        task->weights + c / TILE_CHANNELS * length};
            compute_panel(task, s, &strip, &panel);
        }
    }
}

static void run(const ck_task *task) {
    const ck_region part = task->part;
    const stage s = plan_stage(task);
    band b;
    for (b.image = part.images.begin; b.image < part.images.end; b.image++) {
        for (b.rows.begin = part.rows.begin; b.rows.begin < part.rows.end; b.rows.begin = b.rows.end) {
            b.rows.end = smaller(b.rows.begin + s.rows, part.rows.end);
            for (b.columns.begin = part.columns.begin; b.columns.begin < part.columns.end;
                 b.columns.begin = b.columns.end) {
                b.columns.end = smaller(b.columns.begin + s.columns, part.columns.end);
                stage_band(task, &s, b.image, b.rows, b.columns);
                compute_band(task, &s, &b);
            }
        }
    }
}

#endif
