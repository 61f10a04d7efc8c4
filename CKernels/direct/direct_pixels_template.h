// SPDX-License-Identifier: Apache-2.0
//
// Direct convolution with output pixels in the lanes:
//
//     output[oc][y][x] = activation(sum over c, ky, kx of weights[oc][c][ky][kx]
//                            * input[c][y * stride + ky * dilation - pad][x * stride + kx * dilation - pad]
//                            + bias[oc] + residual[oc][y][x])
//
// Tiles of a few vectors of pixels by a few output channels (direct/pixel_tiles.h) are computed from a copy of the
// input rows (direct/pixel_stage.h). No lane is lost to few channels, and the sums are stored as they are: NCHW needs
// no transposes.
//
// Weights are packed [ceil(out_channels / TILE_CHANNELS)][channel][kernel_height][kernel_width][TILE_CHANNELS], the
// last panel padded with zeros. Each output is one accumulator, the bias first, then summed in the order c, ky, kx: its
// bits do not depend on how the work is cut.
//
// A padded tap adds a weight times zero, which changes nothing, as long as the weight is finite. Panels with one that
// is not go element by element and skip the padding.
//
// The file that includes this defines TILE_CHANNELS, TILE_VECTORS, the vectors of a tile of that many channels, and
// MAX_VECTORS(rows), those of a tile of fewer.

#ifndef CK_DIRECT_PIXELS_TEMPLATE_H
#define CK_DIRECT_PIXELS_TEMPLATE_H

enum { TILE_PIXELS = TILE_VECTORS * VL };

#include "direct/joined_rows.h"
#include "direct/pixel_stage.h"
#include "direct/pixel_tiles.h"

// MARK: Elements apart

/// The panel of output channels that a band is multiplied with.
typedef struct output_panel {
    ptrdiff_t channel, rows; ///< the first, and how many
    const float *weights;
} output_panel;

/// One vector of some lines: its places in the stage and in channel 0 of the output, its lanes in use, and where in the
/// output it is.
typedef struct pixel_vector {
    const float *from;
    ptrdiff_t to, lanes, row, column;
} pixel_vector;

static pixel_vector vector_of(const pixel_lines *lines, ptrdiff_t line, ptrdiff_t i) {
    const int is_last = i == lines->count - 1;
    const ptrdiff_t back = is_last ? lines->back_from : 0;
    return (pixel_vector){
        .from = lines->from + line * lines->line_from + i * lines->vector_from - back,
        .to = lines->to + line * lines->line_to + i * lines->vector_to - (is_last ? lines->back_to : 0),
        .lanes = is_last ? lines->last_lanes : lines->lanes,
        .row = lines->row + (lines->is_down ? i : line),
        .column = lines->column + (lines->is_down ? 0 : i * VL - back),
    };
}

// Stores the sums of neighbouring pixels, [rows][VL], which have their bias, one by one.
static void store_apart(const ck_task *task, const output_panel *panel, const float *sums, const pixel_vector *vector) {
    const ck_geometry *g = task->geometry;
    ptrdiff_t at = vector->to + panel->channel * g->out_channel_stride;
    for (ptrdiff_t r = 0; r < panel->rows; r++, at += g->out_channel_stride) {
        float value[VL] = {0};
        for (ptrdiff_t i = 0; i < vector->lanes; i++) {
            value[i] = sums[r * VL + i];
            if (task->epilogue.residual) value[i] += task->epilogue.residual[at + i * g->out_pixel_stride];
        }
        vec_store(value, vec_activate(vec_load(value), task));
        for (ptrdiff_t i = 0; i < vector->lanes; i++) {
            task->output[at + i * g->out_pixel_stride] = value[i];
        }
    }
}

// One vector without the taps on the padding: there the weight becomes zero.
static void compute_skipping(const ck_task *task, const stage *s, const output_panel *panel,
                             const pixel_vector *vector) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t top = vector->row * g->stride_height - g->pad_top;
    const ptrdiff_t left = vector->column * g->stride_width - g->pad_left;
    float sums[TILE_CHANNELS * VL];
    for (ptrdiff_t r = 0; r < panel->rows; r++) {
        vec sum = vec_set1(task->epilogue.bias ? task->epilogue.bias[panel->channel + r] : 0);
        const float *weights = panel->weights + r;
        for (ptrdiff_t c = 0; c < g->channels; c++) {
            const float *offsets = s->tap_offsets;
            for (ptrdiff_t ky = 0; ky < g->kernel_height; ky++) {
                const ptrdiff_t row = top + ky * g->dilation_height;
                const ptrdiff_t width = row >= 0 && row < g->in_height ? g->in_width : 0;
                for (ptrdiff_t kx = 0; kx < g->kernel_width; kx++, weights += TILE_CHANNELS, offsets++) {
                    const ck_range inside =
                        steps_inside(left + kx * g->dilation_width, g->stride_width, vector->lanes, width);
                    float weight[VL] = {0};
                    for (ptrdiff_t lane = inside.begin; lane < inside.end; lane++) {
                        weight[lane] = *weights;
                    }
                    int32_t offset;
                    memcpy(&offset, offsets, sizeof offset);
                    sum = vec_fma(vec_load(weight), vec_load(vector->from + c * s->channel_length + offset), sum);
                }
            }
        }
        vec_store(sums + r * VL, sum);
    }
    store_apart(task, panel, sums, vector);
}

// MARK: Bands

/// A band of output, its input staged.
typedef struct band {
    ptrdiff_t image;
    ck_range rows, columns;
} band;

static int is_finite_panel(const ck_geometry *g, const output_panel *panel) {
    return panel->weights[g->channels * g->kernel_height * g->kernel_width * TILE_CHANNELS] == 0;
}

static pixel_tiles tiles_of(const ck_task *task, const stage *s, const output_panel *panel) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t taps = g->kernel_height * g->kernel_width, offset = panel->channel * g->out_channel_stride;
    pixel_tiles t = {
        .tap_offsets = s->tap_offsets,
        .weights = panel->weights,
        .channels = g->channels,
        .taps = taps,
        .channel_length = s->channel_length,
        .bias = task->epilogue.bias ? task->epilogue.bias + panel->channel : no_bias,
        .residual = task->epilogue.residual ? task->epilogue.residual + offset : NULL,
        .output = task->output + offset,
        .output_stride = g->out_channel_stride,
        .low = activation_low(task),
        .high = activation_high(task),
    };
    t.clamps = t.low > -__builtin_inff() || t.high < __builtin_inff();
    return t;
}

static void compute_panel(const ck_task *task, const stage *s, const pixel_lines *lines, const output_panel *panel) {
    const ck_geometry *g = task->geometry;
    const int is_finite = is_finite_panel(g, panel);
    const pixel_tiles t = tiles_of(task, s, panel);
    const int is_apart = g->out_pixel_stride != 1 || !is_finite;
    if (!is_apart) {
        compute_tiles(&t, lines, panel->rows);
        if (task->epilogue.activation == CK_ACTIVATION_CLAMP) return;
    }
    // The sums alone, then everything else element by element.
    float sums[TILE_CHANNELS * VL];
    pixel_lines one = {.lines = 1, .count = 1, .lanes = VL, .last_lanes = VL};
    pixel_tiles alone = t;
    alone.residual = NULL;
    alone.output = sums;
    alone.output_stride = VL;
    alone.clamps = 0;
    for (ptrdiff_t line = 0; line < lines->lines; line++) {
        for (ptrdiff_t i = 0; i < lines->count; i++) {
            const pixel_vector vector = vector_of(lines, line, i);
            if (!is_finite) {
                compute_skipping(task, s, panel, &vector);
            } else if (is_apart) {
                one.from = vector.from;
                tile_functions[panel->rows - 1][0](&alone, &one, 0, 1);
                store_apart(task, panel, sums, &vector);
            } else {
                for (ptrdiff_t r = 0; r < panel->rows; r++) {
                    activate_line(t.output + r * t.output_stride + vector.to, vector.lanes, task);
                }
            }
        }
    }
}

// MARK: The kernel

static ptrdiff_t panel_length(const ck_geometry *g) {
    return g->channels * g->kernel_height * g->kernel_width * TILE_CHANNELS + 1;
}

static void pack_weights(const ck_geometry *g, const float *weight, float *packed, ck_range channels, float *scratch) {
    (void)scratch;
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

// The vectors of the rows `rows` of the band: `count` of each row, from the one of number `first` on.
static pixel_lines lines_of(const ck_task *task, const stage *s, const band *b, ck_range rows, ptrdiff_t first,
                            ptrdiff_t count) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t columns = b->columns.end - b->columns.begin, left = columns - (first + count - 1) * VL;
    const ptrdiff_t back = left < VL && overlaps(task, columns) ? VL - left : 0, column = b->columns.begin + first * VL;
    return (pixel_lines){
        .from = s->staged + (rows.begin - b->rows.begin) * g->stride_height * s->row_length + first * VL,
        .to = b->image * g->out_image_stride + rows.begin * g->out_row_stride + column * g->out_pixel_stride,
        .lines = rows.end - rows.begin,
        .count = count,
        .line_from = g->stride_height * s->row_length,
        .line_to = g->out_row_stride,
        .vector_from = VL,
        .vector_to = VL * g->out_pixel_stride,
        .back_from = back,
        .back_to = back * g->out_pixel_stride,
        .lanes = VL,
        .last_lanes = back > 0 ? VL : smaller(VL, left),
        .row = rows.begin,
        .column = column,
    };
}

// A single vector of each row, taken as a line down its column.
static pixel_lines turned_down(const pixel_lines *lines) {
    pixel_lines down = *lines;
    down.is_down = 1;
    down.lines = 1;
    down.count = lines->lines;
    down.vector_from = lines->line_from;
    down.vector_to = lines->line_to;
    down.from -= lines->back_from;
    down.to -= lines->back_to;
    down.column -= lines->back_from;
    down.back_from = down.back_to = 0;
    down.lanes = lines->last_lanes;
    return down;
}

static output_panel panel_at(const ck_task *task, ptrdiff_t channel) {
    return (output_panel){channel, smaller(task->channels.end - channel, TILE_CHANNELS),
                          task->weights + channel / TILE_CHANNELS * panel_length(task->geometry)};
}

static void compute_lines(const ck_task *task, const stage *s, const pixel_lines *lines, ptrdiff_t count) {
    for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c += TILE_CHANNELS) {
        const output_panel panel = panel_at(task, c);
        // Joined rows are apart for the weights that are not finite alone.
        if (s->is_joined && is_finite_panel(task->geometry, &panel)) continue;
        for (ptrdiff_t i = 0; i < count; i++) {
            compute_panel(task, s, &lines[i], &panel);
        }
    }
}

/// Vectors of pixels that pass the panels of weights together. A panel is used by all of them while it is in the
/// first-level cache, and few rows are cut; the input may come from the second level.
enum { STRIP_VECTORS = 1536 };

/// Vectors of a row from which on lines go along the rows; shorter ones would make small tiles.
enum { MIN_ALONG = 4 };

static void compute_joined_band(const ck_task *task, const stage *s, const joined_lanes *lanes, const band *b) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t height = larger(1, STRIP_VECTORS * VL / s->row_length);
    for (ck_range rows = {b->rows.begin, 0}; rows.begin < b->rows.end; rows.begin = rows.end) {
        rows.end = smaller(rows.begin + height, b->rows.end);
        const float *from = s->staged + (rows.begin - b->rows.begin) * s->row_length;
        const ptrdiff_t to = b->image * g->out_image_stride + rows.begin * g->out_row_stride;
        for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c += TILE_CHANNELS) {
            const output_panel panel = panel_at(task, c);
            if (!is_finite_panel(g, &panel)) continue;
            const pixel_tiles tiles = tiles_of(task, s, &panel);
            compute_joined(task, s, lanes, &tiles, panel.rows, rows.end - rows.begin, from, to);
        }
    }
}

static void compute_band(const ck_task *task, const stage *s, const band *b) {
    const ptrdiff_t vectors = (b->columns.end - b->columns.begin + VL - 1) / VL;
    const ptrdiff_t width = smaller(vectors, STRIP_VECTORS), height = STRIP_VECTORS / width;
    for (ck_range rows = {b->rows.begin, 0}; rows.begin < b->rows.end; rows.begin = rows.end) {
        rows.end = smaller(rows.begin + height, b->rows.end);
        for (ptrdiff_t first = 0; first < vectors; first += width) {
            pixel_lines lines[MIN_ALONG];
            lines[0] = lines_of(task, s, b, rows, first, smaller(width, vectors - first));
            if (vectors >= MIN_ALONG) {
                compute_lines(task, s, lines, 1);
                continue;
            }
            for (ptrdiff_t i = 0; i < vectors; i++) {
                const pixel_lines single = lines_of(task, s, b, rows, i, 1);
                lines[i] = turned_down(&single);
            }
            compute_lines(task, s, lines, vectors);
        }
    }
}

static void run(const ck_task *task) {
    const ck_region part = task->part;
    const stage s = plan_stage(task);
    joined_lanes lanes;
    const int is_end_to_end = task->geometry->in_pixel_stride == 1 && //
                              task->geometry->in_row_stride == task->geometry->in_width;
    if (s.is_joined) find_joined_lanes(&lanes, task->geometry, &s);
    band b;
    for (b.image = part.images.begin; b.image < part.images.end; b.image++) {
        for (b.rows.begin = part.rows.begin; b.rows.begin < part.rows.end; b.rows.begin = b.rows.end) {
            b.rows.end = smaller(b.rows.begin + s.rows, part.rows.end);
            for (b.columns.begin = part.columns.begin; b.columns.begin < part.columns.end;
                 b.columns.begin = b.columns.end) {
                b.columns.end = smaller(b.columns.begin + s.columns, part.columns.end);
                if (s.is_joined && is_end_to_end) {
                    stage_joined(task, &s, &lanes, b.image, b.rows);
                } else {
                    stage_band(task, &s, b.image, b.rows, b.columns);
                }
                if (s.is_joined) compute_joined_band(task, &s, &lanes, &b);
                compute_band(task, &s, &b);
            }
        }
    }
}

#endif
