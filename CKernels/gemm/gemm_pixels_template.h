// SPDX-License-Identifier: Apache-2.0
//
// 1 x 1 convolution without padding, any stride, as a matrix product whose lanes are pixels:
//
//     output[oc][p] = activation(sum over k of weights[oc][k] * input[k][p] + bias[oc] + residual[oc][p])
//
// Neighbouring pixels of a channel are neighbours in memory in NCHW, so the input is read in place, one vector load a
// channel, and shared by all output channels of the tile. Pixels that a stride picks are copied to the scratch, one
// panel after another, whatever their rows. Weights are packed [ceil(out_channels / TILE_CHANNELS)]
// [channels][TILE_CHANNELS], the last panel padded with zeros: each is broadcast once and used for all pixel vectors of
// the tile, because a broadcast in every multiplication would be bound by loads.
//
// The pixel panel is the outer loop and stays in the L1 or L2 cache while the weights stream past it. All channels are
// summed in one pass, in order, so the bits of an output do not depend on the tile it falls into.
//
// The file that includes this defines TILE_CHANNELS and TILE_VECTORS. The caller guarantees a 1 x 1 kernel without
// padding; any strides of the tensors are accepted, and pixels that are not neighbours (NHWC) are transposed into a
// buffer.

#ifndef CK_GEMM_PIXELS_TEMPLATE_H
#define CK_GEMM_PIXELS_TEMPLATE_H

#include "simd/common.h"

enum { TILE_PIXELS = TILE_VECTORS * VL };

#include "gemm/picked_pixels.h"

/// One register tile: up to TILE_CHANNELS output channels by up to TILE_VECTORS vectors of pixels.
typedef struct pixel_tile {
    const float *input;     ///< channel 0, first pixel of the tile
    ptrdiff_t input_stride; ///< between channels
    ptrdiff_t depth;        ///< input channels
    const float *weights;   ///< the panel, [depth][TILE_CHANNELS]
    const float *fetch;     ///< fetched into the second-level cache meanwhile, a line for each input channel,
    ptrdiff_t fetch_stride; ///< and the distance between them; for packed pixels alone
    const float *bias;      ///< of the tile's first output channel, or NULL
    const float *residual;  ///< laid out as the output, or NULL
    float *output;
    ptrdiff_t output_stride; ///< between output channels
    ptrdiff_t tail;          ///< lanes in use of the last vector
    int clamps;              ///< whether the clamp does anything
    float low, high;
} pixel_tile;

typedef vec accumulators[TILE_CHANNELS][TILE_VECTORS];

/// The pixels of a tile: whole vectors read in place, a last one of fewer lanes, or a packed panel.
enum { WHOLE, RAGGED, PACKED, PIXEL_KINDS };

// The pixels of one channel.
CK_INLINE void load_pixels(vec x[TILE_VECTORS], const float *input, const pixel_tile *t, const int vectors,
                           const int kind) {
    for (int v = 0; v < vectors; v++) {
        x[v] =
            kind == RAGGED && v == vectors - 1 ? vec_load_lanes(input + v * VL, 0, t->tail) : vec_load(input + v * VL);
    }
}

// Adds the products of the tile's first `depth` channels to the accumulators. `rows`, `vectors` and `kind` are
// constants wherever this is inlined, so that the loops unroll into registers.
CK_INLINE void multiply_tile(accumulators sum, const pixel_tile *t, ptrdiff_t depth, const int rows, const int vectors,
                             const int kind) {
    const float *input = t->input, *weights = t->weights, *fetch = t->fetch;
    const ptrdiff_t input_stride = kind == PACKED ? TILE_PIXELS : t->input_stride;
#pragma clang loop unroll_count(4)
    for (ptrdiff_t k = 0; k < depth; k++) {
        vec x[TILE_VECTORS];
        load_pixels(x, input, t, vectors, kind);
        if (kind == PACKED) {
            __builtin_prefetch(fetch, 0, 2);
            fetch += t->fetch_stride;
        }
        for (int r = 0; r < rows; r++) {
            const vec w = vec_set1(weights[r]);
            for (int v = 0; v < vectors; v++) {
                sum[r][v] = vec_fma(w, x[v], sum[r][v]);
            }
        }
        input += input_stride;
        weights += TILE_CHANNELS;
    }
}

// The last products, the bias, the clamp and the stores of a tile in whole vectors, one output channel after another:
// 24 stores of 512 bits in a row would hold up the tile behind them.
CK_INLINE void finish_tile(accumulators sum, const pixel_tile *t, const int rows, const int vectors, const int clamps) {
    static const float no_bias[TILE_CHANNELS];
    const float *weights = t->weights + (t->depth - 1) * TILE_CHANNELS, *bias = t->bias ? t->bias : no_bias;
    const vec low = vec_set1(t->low), high = vec_set1(t->high);
    vec x[TILE_VECTORS];
    load_pixels(x, t->input + (t->depth - 1) * t->input_stride, t, vectors, WHOLE);
    for (int r = 0; r < rows; r++) {
        const vec w = vec_set1(weights[r]);
        for (int v = 0; v < vectors; v++) {
            const vec y = vec_add(vec_fma(w, x[v], sum[r][v]), vec_set1(bias[r]));
            vec_store(t->output + r * t->output_stride + v * VL, clamps ? vec_min(high, vec_max(low, y)) : y);
        }
    }
}

CK_INLINE void compute_tile(const pixel_tile *t, const int rows, const int vectors, const int kind) {
    accumulators sum;
    for (int r = 0; r < rows; r++) {
        // With fewer lanes the bias is better added first than last.
        const vec bias = t->bias && VL < 16 ? vec_set1(t->bias[r]) : vec_zero();
        for (int v = 0; v < vectors; v++) {
            sum[r][v] = bias;
        }
    }
    if (VL == 16 && kind == WHOLE && !t->residual && t->depth > 0) {
        multiply_tile(sum, t, t->depth - 1, rows, vectors, kind);
        if (t->clamps) {
            finish_tile(sum, t, rows, vectors, 1);
        } else {
            finish_tile(sum, t, rows, vectors, 0);
        }
        return;
    }
    multiply_tile(sum, t, t->depth, rows, vectors, kind);
    if (t->bias && VL == 16) {
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                sum[r][v] = vec_add(sum[r][v], vec_set1(t->bias[r]));
            }
        }
    }
    if (t->residual) {
        for (int r = 0; r < rows; r++) {
            const float *residual = t->residual + r * t->output_stride;
            for (int v = 0; v < vectors; v++) {
                sum[r][v] =
                    vec_add(sum[r][v], kind != WHOLE && v == vectors - 1 ? vec_load_lanes(residual + v * VL, 0, t->tail)
                                                                         : vec_load(residual + v * VL));
            }
        }
    }
    if (t->clamps) {
        const vec low = vec_set1(t->low), high = vec_set1(t->high);
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                sum[r][v] = vec_min(high, vec_max(low, sum[r][v]));
            }
        }
    }
    for (int r = 0; r < rows; r++) {
        float *output = t->output + r * t->output_stride;
        for (int v = 0; v < vectors; v++) {
            if (kind != WHOLE && v == vectors - 1 && t->tail < VL) {
                vec_store_lanes(output + v * VL, sum[r][v], 0, t->tail);
            } else {
                vec_store(output + v * VL, sum[r][v]);
            }
        }
    }
}

// One function for each number of channels, so that a ragged panel multiplies nothing in vain, of vectors, and for each
// kind of pixels.
#define CK_TILE_KIND(rows, vectors, kind)                                                                              \
    static void tile_##rows##x##vectors##_##kind(const pixel_tile *t) {                                                \
        compute_tile(t, rows, vectors, kind);                                                                          \
    }
#define CK_TILE(rows, vectors)                                                                                         \
    CK_TILE_KIND(rows, vectors, WHOLE) CK_TILE_KIND(rows, vectors, RAGGED) CK_TILE_KIND(rows, vectors, PACKED)
#define CK_TILE_ENTRY(rows, vectors)                                                                                   \
    {tile_##rows##x##vectors##_WHOLE, tile_##rows##x##vectors##_RAGGED, tile_##rows##x##vectors##_PACKED}

#if TILE_VECTORS == 2
#    define CK_TILE_ROW(rows) CK_TILE(rows, 1) CK_TILE(rows, 2)
#    define CK_TILE_ROW_ENTRY(rows) {CK_TILE_ENTRY(rows, 1), CK_TILE_ENTRY(rows, 2)},
#elif TILE_VECTORS == 3
#    define CK_TILE_ROW(rows) CK_TILE(rows, 1) CK_TILE(rows, 2) CK_TILE(rows, 3)
#    define CK_TILE_ROW_ENTRY(rows) {CK_TILE_ENTRY(rows, 1), CK_TILE_ENTRY(rows, 2), CK_TILE_ENTRY(rows, 3)},
#endif

CK_UP_TO(TILE_CHANNELS, CK_TILE_ROW)

static void (*const tiles[TILE_CHANNELS][TILE_VECTORS][PIXEL_KINDS])(const pixel_tile *) = {
    CK_UP_TO(TILE_CHANNELS, CK_TILE_ROW_ENTRY)};

// Vectors of the next panel when `vectors` remain. A panel of one vector spends a load a multiplication, so a remainder
// of TILE_VECTORS + 1 is cut into two panels of two or more.
static ptrdiff_t panel_vectors(ptrdiff_t vectors) {
    if (vectors <= TILE_VECTORS) return vectors;
    return TILE_VECTORS > 2 && vectors == TILE_VECTORS + 1 ? (TILE_VECTORS + 1) / 2 : TILE_VECTORS;
}

// MARK: Neighbouring pixels

static pixel_tile first_tile(const ck_task *task) {
    return (pixel_tile){
        .input_stride = task->geometry->in_channel_stride,
        .depth = task->geometry->channels,
        .output_stride = task->geometry->out_channel_stride,
        .clamps = activation_low(task) > -__builtin_inff() || activation_high(task) < __builtin_inff(),
        .low = activation_low(task),
        .high = activation_high(task),
    };
}

#ifdef TAIL_PIXELS
#    include "gemm/pixel_tail.h"
#else
#    define TAIL_PIXELS 0
#    define TAIL_JOINED 0
#    define TAIL_PANELS(pixels) 1
static void multiply_joined(const pixel_tile *t, ptrdiff_t pixels) {
    (void)t, (void)pixels;
}
static void multiply_tail(const ck_task *task, const float *input, ptrdiff_t offset, ptrdiff_t pixels,
                          ck_range channels) {
    (void)task, (void)input, (void)offset, (void)pixels, (void)channels;
}
#endif

// Computes `pixels` pixels, the first of them at `offset` of the output, of the output channels `channels`; and with
// whole register tiles `joined` more.
static void multiply_channels(const ck_task *task, pixel_tile *t, ck_range channels, ptrdiff_t pixels, ptrdiff_t joined,
                              ptrdiff_t offset, int kind) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t vectors = (pixels + VL - 1) / VL, at = offset + channels.begin * g->out_channel_stride;
    const ptrdiff_t output_step = TILE_CHANNELS * g->out_channel_stride;
    t->tail = pixels - (vectors - 1) * VL;
    t->weights = task->weights + channels.begin * g->channels;
    t->bias = task->bias ? task->bias + channels.begin : NULL;
    t->residual = task->residual ? task->residual + at : NULL;
    t->output = task->output + at;
    for (ptrdiff_t left = channels.end - channels.begin; left > 0; left -= TILE_CHANNELS) {
        const ptrdiff_t rows = smaller(left, TILE_CHANNELS);
        if (joined > 0) {
            multiply_joined(t, joined);
        } else {
            tiles[rows - 1][vectors - 1][kind](t);
        }
        for (ptrdiff_t r = 0; task->activation != CK_ACTIVATION_CLAMP && r < rows; r++) {
            activate_line(t->output + r * g->out_channel_stride, pixels + joined, task);
        }
        if (left <= TILE_CHANNELS) break; // no pointer beyond the memory
        t->weights += TILE_CHANNELS * g->channels;
        t->output += output_step;
        if (t->bias) t->bias += TILE_CHANNELS;
        if (t->residual) t->residual += output_step;
    }
}

static void multiply_in_place(const ck_task *task, const pixel_run *run) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t tail = run->count % VL <= TAIL_PIXELS ? run->count % VL : 0, count = run->count - tail;
    pixel_tile t = first_tile(task);
    ptrdiff_t p = 0;
    do {
        const ptrdiff_t pixels = smaller(count - p, panel_vectors((count - p + VL - 1) / VL) * VL);
        const ptrdiff_t following = p + pixels == count ? tail : 0;
        ptrdiff_t begin = task->channels.begin, end;
        t.input = run->input + p;
        if (following > 0 && following <= TAIL_JOINED && pixels == TILE_PIXELS && !task->residual && g->channels > 0) {
            end = task->channels.end - (task->channels.end - begin) % TILE_CHANNELS;
            multiply_channels(task, &t, (ck_range){begin, end}, pixels, following, run->offset + p, WHOLE);
            begin = end;
        }
        // The tail takes some panels of weights at a time, while they are near.
        const ptrdiff_t together = following > 0 ? TAIL_PANELS(following) * TILE_CHANNELS : task->channels.end;
        for (; begin < task->channels.end; begin = end) {
            end = smaller(begin + together, task->channels.end);
            if (pixels > 0) {
                multiply_channels(task, &t, (ck_range){begin, end}, pixels, 0, run->offset + p,
                                  pixels % VL == 0 ? WHOLE : RAGGED);
            }
            if (following > 0) {
                multiply_tail(task, t.input + pixels, run->offset + p + pixels, following, (ck_range){begin, end});
            }
        }
        p += pixels;
    } while (p < count);
}

// MARK: Pixels that a stride picks

static void multiply_picked(const ck_task *task, const pixel_run *run) {
    const ck_geometry *g = task->geometry;
    pixel_tile t = first_tile(task);
    t.input = task->scratch;
    ptrdiff_t pixels = smaller(run->count, panel_vectors((run->count + VL - 1) / VL) * VL);
    panel_rows rows = rows_of_panel(g, run, 0, pixels);
    for (ptrdiff_t p = 0; p < run->count;) {
        pack_panel(g, &rows, task->scratch);
        const ptrdiff_t left = run->count - p - pixels;
        const ptrdiff_t following = smaller(left, panel_vectors((left + VL - 1) / VL) * VL);
        rows = rows_of_panel(g, run, p + pixels, following);
        // Each of the first tiles fetches one line of every channel of the next panel, which are too far apart for the
        // hardware to foresee; the others fetch the weights of the tile after them.
        ptrdiff_t line = 0;
        for (ptrdiff_t c = task->channels.begin; c < task->channels.end; c += TILE_CHANNELS) {
            t.fetch = line >= 0 ? line_of_panel(&rows, line++) : NULL;
            t.fetch_stride = g->in_channel_stride;
            if (!t.fetch) {
                line = -1;
                t.fetch = task->weights + (c + TILE_CHANNELS) * g->channels;
                t.fetch_stride = TILE_CHANNELS;
            }
            multiply_channels(task, &t, (ck_range){c, smaller(c + TILE_CHANNELS, task->channels.end)}, pixels, 0,
                              run->offset + p, PACKED);
        }
        p += pixels;
        pixels = following;
    }
}

// MARK: Pixels apart

/// Input channels that the transposed pixel panel holds at a time.
enum { GATHER_DEPTH = 256 };

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

static void scatter_tile(const ck_task *task, const accumulators sum, ptrdiff_t offset, ptrdiff_t channel,
                         ptrdiff_t rows, ptrdiff_t pixels) {
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

static void multiply_row_apart(const ck_task *task, const float *input, ptrdiff_t offset, ptrdiff_t count) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t depth = g->channels;
    float buffer[GATHER_DEPTH * TILE_PIXELS];
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

static void pack_weights(const ck_geometry *g, const float *weight, float *packed, ck_range channels) {
    for (ptrdiff_t c = channels.begin; c < channels.end; c += TILE_CHANNELS) {
        const ptrdiff_t left = channels.end - c;
        const ptrdiff_t rows = left < TILE_CHANNELS ? left : TILE_CHANNELS;
        float *panel = packed + c * g->channels;
        for (ptrdiff_t k = 0; k < g->channels; k++) {
            for (ptrdiff_t r = 0; r < TILE_CHANNELS; r++) {
                panel[k * TILE_CHANNELS + r] = r < rows ? weight[(c + r) * g->channels + k] : 0;
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
    // Packed pixels of whole rows are one run.
    const int is_one_run = together && g->stride_width > 1 && g->out_row_stride == columns;
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
            } else if (g->stride_width == 1) {
                multiply_in_place(task, &run);
            } else {
                multiply_picked(task, &run);
            }
        }
    }
}

#endif
