// SPDX-License-Identifier: Apache-2.0
//
// Register tiles with output channels in the lanes, shared by the direct and the channel-lane GEMM kernels.
//
//   sum[i][k] = sum over ky, kx, c of input[pixel i, tap (ky, kx), channel c] * weight[k, c, ky, kx]
//
// A tile is up to CK_TILE_PIXELS output pixels by two vectors of output channels. Each pixel has a pointer of its own,
// so the pixels of a tile may lie anywhere: they run on over the ends of rows, and the tile is full even in a column
// one pixel wide. Per channel the tile loads two weight vectors, broadcasts one input element a pixel, and does two
// fused multiply-adds a pixel.
//
// The sum runs over blocks of CK_CHANNEL_BLOCK channels, then ky, kx, and the channels of the block, in this order for
// every output element whatever tile it falls into. The blocks keep the few input rows of a tile in the first-level
// cache, and their pages in the first-level TLB, while all taps pass over them.
//
// Padding is not multiplied. The output is cut into rectangles in which all pixels see the same taps, 3 x 3 of them for
// a 3 x 3 kernel with padding, and a rectangle's tiles run over its taps alone. It makes an infinite weight harmless at
// the border, and a 7 x 7 image 18% cheaper.
//
// Sums are collected for a strip of tiles and then stored together, so that the stores are of whole vectors of
// neighbouring pixels even though a tile is not a whole number of vectors.
//
// The including file defines CK_TILE_PIXELS and CK_STRIP_PIXELS.
// Weights: [panel][channel block][ky][kx][channel of the block][2 VL], channels beyond the last one zero.

#ifndef CK_GEMM_CHANNEL_LANES_H
#define CK_GEMM_CHANNEL_LANES_H

enum { CK_TILE_CHANNELS = 2 * VL, CK_CHANNEL_BLOCK = 32 };

_Static_assert(CK_STRIP_PIXELS % CK_TILE_PIXELS == 0, "a strip is a whole number of tiles");

// Output positions with the same valid taps on one axis.
typedef struct segment {
    ptrdiff_t begin, end;         // output positions
    ptrdiff_t tap_begin, tap_end; // taps that fall on the input
} segment;

typedef struct axis {
    ptrdiff_t input, kernel, stride, dilation, pad;
} axis;

static inline ptrdiff_t ceil_divide(ptrdiff_t a, ptrdiff_t b) {
    return a > 0 ? (a + b - 1) / b : -(-a / b);
}
static inline ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) {
    return a < b ? a : b;
}
static inline ptrdiff_t most(ptrdiff_t a, ptrdiff_t b) {
    return a > b ? a : b;
}

// The segment that begins at `begin` and ends at `end` at the latest. Tap k of output o lies at o * stride - pad +
// k * dilation. Both ends of the valid taps only fall as o grows, so the next position where one of them falls bounds
// the segment.
static segment next_segment(axis a, ptrdiff_t begin, ptrdiff_t end) {
    const ptrdiff_t start = begin * a.stride - a.pad;
    const ptrdiff_t first = least(a.kernel, most(0, ceil_divide(-start, a.dilation)));
    const ptrdiff_t last = least(a.kernel, most(0, ceil_divide(a.input - start, a.dilation)));
    if (first > 0) {
        end = least(end, ceil_divide(a.pad - (first - 1) * a.dilation, a.stride));
    }
    if (last > 0) {
        end = least(end, ceil_divide(a.input + a.pad - (last - 1) * a.dilation, a.stride));
    }
    return (segment){begin, most(end, begin + 1), first, most(first, last)};
}

static axis row_axis(const ck_geometry *g) {
    return (axis){g->in_height, g->kernel_height, g->stride_height, g->dilation_height, g->pad_top};
}

static axis column_axis(const ck_geometry *g) {
    return (axis){g->in_width, g->kernel_width, g->stride_width, g->dilation_width, g->pad_left};
}

// Where the pixels of a strip are. The input pointers are at the rectangle's first tap; the outputs are offsets from
// the first element of the output, and rise.
typedef struct strip {
    ptrdiff_t pixels;
    const float *input[CK_STRIP_PIXELS];
    ptrdiff_t output[CK_STRIP_PIXELS];
    _Alignas(64) float sums[CK_STRIP_PIXELS * CK_TILE_CHANNELS];
} strip;

// The loops that a tile's sum runs over, in elements of the input and of the packed weights.
typedef struct tile_loops {
    ptrdiff_t rows, columns, channels;
    ptrdiff_t row_step, column_step, channel_step;
    ptrdiff_t taps;      // of the whole kernel: the weights of a channel block are this many times its channels
    ptrdiff_t first_tap; // of the rectangle's, in the whole kernel
    ptrdiff_t tap_row_step;
    const float *weights;
} tile_loops;

static inline __attribute__((always_inline)) void tile_sum(int pixels, int vectors, ptrdiff_t channel_step,
                                                           const float *const *input, const tile_loops *loops,
                                                           float *sums) {
    vec sum[CK_TILE_PIXELS][2];
    for (int i = 0; i < pixels; i++) {
        for (int j = 0; j < vectors; j++) {
            sum[i][j] = vec_zero();
        }
    }
    // With one tap there is nothing to keep in the cache, and one long loop has less to begin and end.
    const ptrdiff_t channel_block = loops->taps == 1 ? loops->channels : CK_CHANNEL_BLOCK;
    for (ptrdiff_t first = 0; first < loops->channels; first += channel_block) {
        const ptrdiff_t channels = least(channel_block, loops->channels - first);
        const float *block = loops->weights + (first * loops->taps + loops->first_tap * channels) * CK_TILE_CHANNELS;
        for (ptrdiff_t row = 0; row < loops->rows; row++) {
            for (ptrdiff_t column = 0; column < loops->columns; column++) {
                ptrdiff_t element = first * channel_step + row * loops->row_step + column * loops->column_step;
                const float *weights = block + (row * loops->tap_row_step + column) * channels * CK_TILE_CHANNELS;
                for (ptrdiff_t c = 0; c < channels; c++) {
                    vec weight[2];
                    for (int j = 0; j < vectors; j++) {
                        weight[j] = vec_load(weights + j * VL);
                    }
                    for (int i = 0; i < pixels; i++) {
                        const vec x = vec_set1(input[i][element]);
                        for (int j = 0; j < vectors; j++) {
                            sum[i][j] = vec_fma(x, weight[j], sum[i][j]);
                        }
                    }
                    element += channel_step;
                    weights += CK_TILE_CHANNELS;
                }
            }
        }
    }
    for (int i = 0; i < pixels; i++) {
        for (int j = 0; j < vectors; j++) {
            vec_store(sums + i * CK_TILE_CHANNELS + j * VL, sum[i][j]);
        }
    }
}

// Adjacent channels get a loop of their own: their constant step lets it be unrolled without an index register.
#define CK_TILE_CASE(n)                                                                                                \
case n:                                                                                                                \
    if (loops->channel_step == 1) {                                                                                    \
        tile_sum(n, vectors, 1, input, loops, sums);                                                                   \
    } else {                                                                                                           \
        tile_sum(n, vectors, loops->channel_step, input, loops, sums);                                                 \
    }                                                                                                                  \
    break;

static inline __attribute__((always_inline)) void tile_sum_of(ptrdiff_t pixels, int vectors, const float *const *input,
                                                              const tile_loops *loops, float *sums) {
    switch (pixels) {
        CK_TILE_CASE(1)
        CK_TILE_CASE(2)
        CK_TILE_CASE(3)
        CK_TILE_CASE(4)
#if CK_TILE_PIXELS > 4
        CK_TILE_CASE(5)
        CK_TILE_CASE(6)
#endif
#if CK_TILE_PIXELS > 6
        CK_TILE_CASE(7)
        CK_TILE_CASE(8)
        CK_TILE_CASE(9)
        CK_TILE_CASE(10)
        CK_TILE_CASE(11)
        CK_TILE_CASE(12)
        CK_TILE_CASE(13)
        CK_TILE_CASE(14)
#endif
    }
}

#undef CK_TILE_CASE

static __attribute__((noinline)) void tile_sum_one(ptrdiff_t pixels, const float *const *input, const tile_loops *loops,
                                                   float *sums) {
    tile_sum_of(pixels, 1, input, loops, sums);
}

static __attribute__((noinline)) void tile_sum_two(ptrdiff_t pixels, const float *const *input, const tile_loops *loops,
                                                   float *sums) {
    tile_sum_of(pixels, 2, input, loops, sums);
}

// `value` of output channel `channel`, plus its bias and the residual, activated: lanes begin ..< end, neighbours in
// the output from `offset` on.
static inline __attribute__((always_inline)) void store_pixels(const ck_task *task, vec value, ptrdiff_t channel,
                                                               ptrdiff_t offset, ptrdiff_t begin, ptrdiff_t end,
                                                               int whole) {
    if (task->bias) {
        value = vec_add(value, vec_set1(task->bias[channel]));
    }
    if (task->residual) {
        const float *residual = task->residual + offset;
        value = vec_add(value, whole ? vec_load(residual) : vec_load_lanes(residual, begin, end));
    }
    value = vec_activate(value, task);
    if (whole) {
        vec_store(task->output + offset, value);
    } else {
        vec_store_lanes(task->output + offset, value, begin, end);
    }
}

// Stores VL channels of up to VL pixels to channels-first memory: transposed, so that a vector holds neighbouring
// pixels, and then by runs of pixels that are neighbours in the output too.
static void store_transposed(const ck_task *task, const strip *strip, ptrdiff_t first, ptrdiff_t vector,
                             ptrdiff_t channel, ptrdiff_t channels) {
    const ptrdiff_t channel_stride = task->geometry->out_channel_stride;
    const ptrdiff_t pixels = least(VL, strip->pixels - first);
    const ptrdiff_t *output = strip->output + first;
    vec v[VL];
    for (int i = 0; i < VL; i++) {
        v[i] = i < pixels ? vec_load(strip->sums + (first + i) * CK_TILE_CHANNELS + vector) : vec_zero();
    }
    vec_transpose(v);
    if (pixels == VL && output[VL - 1] - output[0] == VL - 1) {
        for (int k = 0; k < VL; k++) {
            if (k < channels) {
                store_pixels(task, v[k], channel + k, (channel + k) * channel_stride + output[0], 0, VL, 1);
            }
        }
        return;
    }
    for (ptrdiff_t begin = 0, end; begin < pixels; begin = end) {
        end = begin + 1;
        while (end < pixels && output[end] == output[end - 1] + 1) {
            end++;
        }
        for (int k = 0; k < VL; k++) {
            if (k < channels) {
                const ptrdiff_t offset = (channel + k) * channel_stride + output[begin] - begin;
                store_pixels(task, v[k], channel + k, offset, begin, end, 0);
            }
        }
    }
}

// Stores one pixel where a pixel's channels are neighbours (channels-last), or where nothing is.
static void store_pixel(const ck_task *task, ptrdiff_t output, const float *sums, ptrdiff_t channel,
                        ptrdiff_t channels) {
    const ptrdiff_t stride = task->geometry->out_channel_stride;
    const ptrdiff_t step = stride == 1 ? VL : 1;
    for (ptrdiff_t k = 0; k < channels; k += step) {
        const ptrdiff_t lanes = least(step, channels - k);
        const ptrdiff_t offset = output + (channel + k) * stride;
        vec x = vec_load_lanes(sums + k, 0, lanes);
        if (task->bias) {
            x = vec_add(x, vec_load_lanes(task->bias + channel + k, 0, lanes));
        }
        if (task->residual) {
            x = vec_add(x, vec_load_lanes(task->residual + offset, 0, lanes));
        }
        vec_store_lanes(task->output + offset, vec_activate(x, task), 0, lanes);
    }
}

// Computes the strip's sums for the panel of channels that begins at `channel`, in even tiles, and stores them.
static void compute_strip(const ck_task *task, strip *strip, const tile_loops *loops, ptrdiff_t channel,
                          ptrdiff_t channels) {
    ptrdiff_t first = 0;
    for (ptrdiff_t tiles = (strip->pixels + CK_TILE_PIXELS - 1) / CK_TILE_PIXELS; tiles > 0; tiles--) {
        const ptrdiff_t pixels = (strip->pixels - first + tiles - 1) / tiles;
        if (channels > VL) {
            tile_sum_two(pixels, strip->input + first, loops, strip->sums + first * CK_TILE_CHANNELS);
        } else {
            tile_sum_one(pixels, strip->input + first, loops, strip->sums + first * CK_TILE_CHANNELS);
        }
        first += pixels;
    }
    if (task->geometry->out_pixel_stride == 1) {
        for (ptrdiff_t pixel = 0; pixel < strip->pixels; pixel += VL) {
            for (ptrdiff_t k = 0; k < channels; k += VL) {
                store_transposed(task, strip, pixel, k, channel + k, least(VL, channels - k));
            }
        }
    } else {
        for (ptrdiff_t pixel = 0; pixel < strip->pixels; pixel++) {
            store_pixel(task, strip->output[pixel], strip->sums + pixel * CK_TILE_CHANNELS, channel, channels);
        }
    }
}

// The input that a kernel reads: the tensor itself, or a copy of a part of it.
typedef struct input_view {
    const float *base; // its first image, row, column
    ptrdiff_t image, row, column;
    ptrdiff_t image_stride, row_stride, pixel_stride, channel_stride;
} input_view;

// Computes one panel of channels on the rectangle `rows` x `columns` of one image.
static void compute_rectangle(const ck_task *task, const input_view *in, ptrdiff_t image, segment rows, segment columns,
                              const float *weights, ptrdiff_t channel, ptrdiff_t channels) {
    const ck_geometry *g = task->geometry;
    const tile_loops loops = {
        .rows = rows.tap_end - rows.tap_begin,
        .columns = columns.tap_end - columns.tap_begin,
        .channels = g->channels,
        .row_step = g->dilation_height * in->row_stride,
        .column_step = g->dilation_width * in->pixel_stride,
        .channel_step = in->channel_stride,
        .taps = g->kernel_height * g->kernel_width,
        .first_tap = rows.tap_begin * g->kernel_width + columns.tap_begin,
        .tap_row_step = g->kernel_width,
        .weights = weights,
    };
    const int has_taps = loops.rows > 0 && loops.columns > 0;
    const ptrdiff_t first_row = rows.tap_begin * g->dilation_height - g->pad_top - in->row;
    const ptrdiff_t first_column = columns.tap_begin * g->dilation_width - g->pad_left - in->column;
    const float *base = in->base + (image - in->image) * in->image_stride;
    strip strip;
    strip.pixels = 0;
    for (ptrdiff_t y = rows.begin; y < rows.end; y++) {
        for (ptrdiff_t x = columns.begin; x < columns.end; x++) {
            strip.input[strip.pixels] = has_taps ? base + (y * g->stride_height + first_row) * in->row_stride +
                                                       (x * g->stride_width + first_column) * in->pixel_stride
                                                 : base;
            strip.output[strip.pixels] = image * g->out_image_stride + y * g->out_row_stride + x * g->out_pixel_stride;
            if (++strip.pixels == CK_STRIP_PIXELS) {
                compute_strip(task, &strip, &loops, channel, channels);
                strip.pixels = 0;
            }
        }
    }
    if (strip.pixels > 0) {
        compute_strip(task, &strip, &loops, channel, channels);
    }
}

// Computes all of a task: panel by panel, so that a panel's weights stay in the cache while the pixels pass.
static void channel_lanes_run(const ck_task *task, const input_view *in) {
    const ck_geometry *g = task->geometry;
    const axis vertical = row_axis(g), horizontal = column_axis(g);
    const ptrdiff_t panel_size = g->kernel_height * g->kernel_width * g->channels * CK_TILE_CHANNELS;
    for (ptrdiff_t channel = task->channels.begin; channel < task->channels.end; channel += CK_TILE_CHANNELS) {
        const ptrdiff_t channels = least(CK_TILE_CHANNELS, task->channels.end - channel);
        const float *weights = task->weights + channel / CK_TILE_CHANNELS * panel_size;
        for (ptrdiff_t image = task->part.images.begin; image < task->part.images.end; image++) {
            for (ptrdiff_t y = task->part.rows.begin; y < task->part.rows.end;) {
                const segment rows = next_segment(vertical, y, task->part.rows.end);
                for (ptrdiff_t x = task->part.columns.begin; x < task->part.columns.end;) {
                    const segment columns = next_segment(horizontal, x, task->part.columns.end);
                    compute_rectangle(task, in, image, rows, columns, weights, channel, channels);
                    x = columns.end;
                }
                y = rows.end;
            }
        }
    }
}

static void channel_lanes_pack_weights(const ck_geometry *g, const float *weight, float *packed, ck_range channels) {
    const ptrdiff_t taps = g->kernel_height * g->kernel_width;
    const ptrdiff_t filter = taps * g->channels;
    for (ptrdiff_t channel = channels.begin; channel < channels.end; channel += CK_TILE_CHANNELS) {
        float *panel = packed + channel / CK_TILE_CHANNELS * filter * CK_TILE_CHANNELS;
        for (ptrdiff_t first = 0; first < g->channels; first += CK_CHANNEL_BLOCK) {
            const ptrdiff_t block = least(CK_CHANNEL_BLOCK, g->channels - first);
            for (ptrdiff_t tap = 0; tap < taps; tap++) {
                for (ptrdiff_t c = first; c < first + block; c++) {
                    const float *source = weight + channel * filter + c * taps + tap;
                    for (ptrdiff_t k = 0; k < CK_TILE_CHANNELS; k++) {
                        *panel++ = channel + k < g->out_channels ? source[k * filter] : 0;
                    }
                }
            }
        }
    }
}

#endif
