// SPDX-License-Identifier: Apache-2.0
//
// The last pixels of an image, too few for a vector, with output channels in lanes instead: for
// gemm/gemm_pixels_template.h. A vector of 4 pixels costs a register tile as much as one of 16, which is 6% of an image
// of 14 x 14.
//
// Weights are packed with the output channels of a panel side by side, as this reads them. The sums of several panels
// hide the latency of the multiplier. Products are added in the order of the register tiles, so an output's bits do not
// depend on which of them computes it.
//
// The includer defines TAIL_PIXELS, the most pixels, 8 or fewer, and `channel_vec` with channels_load, channels_set1,
// channels_fma and channels_store, a vector of TILE_CHANNELS floats.

#ifndef CK_GEMM_PIXEL_TAIL_H
#define CK_GEMM_PIXEL_TAIL_H

// Panels that are computed together: eight sums or more.
#define TAIL_PANELS(pixels) ((8 + (pixels) - 1) / (pixels))

typedef struct pixel_tail {
    const float *input; // channel 0 of the first pixel
    ptrdiff_t input_stride;
    ptrdiff_t depth;
    const float *weights; // of the first panel
    float *sums;          // [panel][TILE_CHANNELS][VL], of each channel its pixels
} pixel_tail;

// `pixels` and `panels` are constants wherever this is inlined.
CK_INLINE void compute_tail(const pixel_tail *t, const int pixels, const int panels) {
    channel_vec sum[8][TAIL_PIXELS];
    for (int i = 0; i < panels; i++) {
        for (int p = 0; p < pixels; p++) {
            sum[i][p] = channels_set1(0);
        }
    }
    const float *input = t->input, *weights = t->weights;
    for (ptrdiff_t k = 0; k < t->depth; k++, input += t->input_stride, weights += TILE_CHANNELS) {
        channel_vec x[TAIL_PIXELS];
        for (int p = 0; p < pixels; p++) {
            x[p] = channels_set1(input[p]);
        }
        for (int i = 0; i < panels; i++) {
            const channel_vec w = channels_load(weights + i * t->depth * TILE_CHANNELS);
            for (int p = 0; p < pixels; p++) {
                sum[i][p] = channels_fma(w, x[p], sum[i][p]);
            }
        }
    }
    for (int i = 0; i < panels; i++) {
        for (int p = 0; p < pixels; p++) {
            float lanes[TILE_CHANNELS];
            channels_store(lanes, sum[i][p]);
            for (int c = 0; c < TILE_CHANNELS; c++) {
                t->sums[(i * TILE_CHANNELS + c) * VL + p] = lanes[c];
            }
        }
    }
}

#define CK_TAIL(pixels)                                                                                                \
    static void tail_##pixels##_alone(const pixel_tail *t) {                                                           \
        compute_tail(t, pixels, 1);                                                                                    \
    }                                                                                                                  \
    static void tail_##pixels##_together(const pixel_tail *t) {                                                        \
        compute_tail(t, pixels, TAIL_PANELS(pixels));                                                                  \
    }
#define CK_TAIL_ENTRY(pixels) {tail_##pixels##_alone, tail_##pixels##_together},

CK_UP_TO(TAIL_PIXELS, CK_TAIL)

static void (*const tails[TAIL_PIXELS][2])(const pixel_tail *) = {CK_UP_TO(TAIL_PIXELS, CK_TAIL_ENTRY)};

// Computes output channels `channels` of `pixels` pixels, the first of them at `input` and at `offset` of the output.
static void multiply_tail(const ck_task *task, const float *input, ptrdiff_t offset, ptrdiff_t pixels,
                          ck_range channels) {
    const ck_geometry *g = task->geometry;
    float sums[8 * TILE_CHANNELS * VL] = {0};
    for (ptrdiff_t c = channels.begin; c < channels.end;) {
        const pixel_tail t = {
            .input = input,
            .input_stride = g->in_channel_stride,
            .depth = g->channels,
            .weights = task->weights + c * g->channels,
            .sums = sums,
        };
        const ptrdiff_t together = TAIL_PANELS(pixels) * TILE_CHANNELS;
        const ptrdiff_t count = channels.end - c >= together ? together : smaller(channels.end - c, TILE_CHANNELS);
        tails[pixels - 1][count == together](&t);
        for (ptrdiff_t i = 0; i < count; i++) {
            const vec bias = vec_set1(task->bias ? task->bias[c + i] : 0);
            vec_store_output(task, vec_add(vec_load(sums + i * VL), bias), offset + (c + i) * g->out_channel_stride,
                             pixels);
        }
        c += count;
    }
}

// MARK: Beside a register tile

// So few pixels find registers beside the sums of a whole tile, whose weights they share.
#define TAIL_JOINED 2

// A whole tile and the `pixels` pixels behind it; without residual, at least one input channel deep.
CK_INLINE void compute_joined(const pixel_tile *t, const int pixels) {
    accumulators sum;
    channel_vec tail[TAIL_JOINED];
    for (int i = 0; i < TILE_CHANNELS * TILE_VECTORS; i++) {
        sum[i / TILE_VECTORS][i % TILE_VECTORS] = vec_zero();
    }
    for (int p = 0; p < pixels; p++) {
        tail[p] = channels_set1(0);
    }
    const float *input = t->input, *weights = t->weights;
#pragma clang loop unroll_count(4)
    for (ptrdiff_t k = 0; k < t->depth; k++, input += t->input_stride, weights += TILE_CHANNELS) {
        vec x[TILE_VECTORS];
        load_pixels(x, input, t, TILE_VECTORS, WHOLE);
        for (int p = 0; p < pixels; p++) {
            tail[p] = channels_fma(channels_load(weights), channels_set1(input[TILE_PIXELS + p]), tail[p]);
        }
        for (int r = 0; r < TILE_CHANNELS; r++) {
            const vec w = vec_set1(weights[r]);
            for (int v = 0; v < TILE_VECTORS; v++) {
                sum[r][v] = vec_fma(w, x[v], sum[r][v]);
            }
        }
    }
    const vec low = vec_set1(t->low), high = vec_set1(t->high);
    for (int r = 0; r < TILE_CHANNELS; r++) {
        const vec bias = vec_set1(t->bias ? t->bias[r] : 0);
        for (int v = 0; v < TILE_VECTORS; v++) {
            const vec y = vec_min(high, vec_max(low, vec_add(sum[r][v], bias)));
            vec_store(t->output + r * t->output_stride + v * VL, y);
        }
    }
    for (int p = 0; p < pixels; p++) {
        float lanes[TILE_CHANNELS];
        channels_store(lanes, tail[p]);
        for (int r = 0; r < TILE_CHANNELS; r++) {
            // Comparisons that leave a NaN as it is.
            float y = lanes[r] + (t->bias ? t->bias[r] : 0);
            y = t->low > y ? t->low : y;
            t->output[r * t->output_stride + TILE_PIXELS + p] = t->high < y ? t->high : y;
        }
    }
}

static void multiply_joined(const pixel_tile *t, ptrdiff_t pixels) {
    if (pixels == 1) {
        compute_joined(t, 1);
    } else {
        compute_joined(t, 2);
    }
}

#endif
