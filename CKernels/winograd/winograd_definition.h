// SPDX-License-Identifier: Apache-2.0
//
// Where the transforms of winograd_template.h cannot be right, the output is computed by the definition: a tile that
// an Inf or NaN reaches, or whose sums overflow on the way though their result need not (the transforms would make NaN
// of it, inf - inf), and a tile of numbers so small that the transforms round them as subnormals. Such tiles are found
// by the sum of their output, which is one addition an element.

#ifndef CK_WINOGRAD_DEFINITION_H
#define CK_WINOGRAD_DEFINITION_H

// 2^-100 and 2^-90. Rounding a subnormal costs 2^-150, and the transforms enlarge that less than 2^10 times.
#define WINOGRAD_SMALL_SUM 0x1p-100f
#define WINOGRAD_SMALL_PRODUCT 0x1p-90f

// The scales and the filters of one panel of packed weights, whose transforms have `points` x `depth` numbers a filter:
// [1 + channels * taps][PANEL].
static inline const float *panel_filters(const ck_geometry *g, const float *packed, ptrdiff_t points, ptrdiff_t depth,
                                         ptrdiff_t k) {
    return packed + round_up(g->out_channels, PANEL) * points * depth +
           k * (g->kernel_height * g->kernel_width * g->channels + 1);
}

// Whether the transforms cannot vouch for an element of the tiles with these sums, [tile][VL], in the lanes that are
// channels. Zero is suspected as well: it may be what the transforms have left of subnormals.
static inline int are_suspect(const float *sums, ptrdiff_t tiles, ptrdiff_t channels) {
    int suspect = 0;
    if (channels == VL) {
        for (ptrdiff_t i = 0; i < tiles * VL; i++) {
            const float sum = __builtin_fabsf(sums[i]);
            suspect |= !(sum >= WINOGRAD_SMALL_SUM) | (sum == __builtin_inff());
        }
        return suspect;
    }
    for (ptrdiff_t i = 0; i < tiles * VL; i++) {
        const float sum = __builtin_fabsf(sums[i]);
        suspect |= (i % VL < channels) & (!(sum >= WINOGRAD_SMALL_SUM) | (sum == __builtin_inff()));
    }
    return suspect;
}

// Whether one tile must be computed by the definition. Its products tell numbers that are all small from larger ones
// whose sum happens to vanish.
static __attribute__((noinline)) int is_unsound(const float *sums, const float *products, ptrdiff_t points,
                                                int point_count, ptrdiff_t channels) {
    for (ptrdiff_t lane = 0; lane < channels; lane++) {
        const float sum = __builtin_fabsf(sums[lane]);
        if (!(sum < __builtin_inff())) {
            return 1;
        }
        float most = sum < WINOGRAD_SMALL_SUM ? 0 : WINOGRAD_SMALL_PRODUCT;
        for (int point = 0; point < point_count && most < WINOGRAD_SMALL_PRODUCT; point++) {
            const float product = __builtin_fabsf(products[point * points + lane]);
            most = product > most ? product : most;
        }
        if (most > 0 && most < WINOGRAD_SMALL_PRODUCT) {
            return 1;
        }
    }
    return 0;
}

// One output pixel in up to VL channels with their bias, in double precision, which no sum of products of floats
// overflows. Padding is skipped: an Inf among the weights must not meet its zeros.
static void pixel_by_definition(const ck_task *task, ptrdiff_t image, ptrdiff_t y, ptrdiff_t x, const float *filters,
                                const float *bias, ptrdiff_t channels, float *to) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t taps = g->kernel_height * g->kernel_width;
    double sum[VL] = {0};
    for (ptrdiff_t tap = 0; tap < taps; tap++) {
        const ptrdiff_t row = y * g->stride_height + tap / g->kernel_width * g->dilation_height - g->pad_top;
        const ptrdiff_t column = x * g->stride_width + tap % g->kernel_width * g->dilation_width - g->pad_left;
        if (row < 0 || row >= g->in_height || column < 0 || column >= g->in_width) {
            continue;
        }
        const float *pixel =
            task->input + image * g->in_image_stride + row * g->in_row_stride + column * g->in_pixel_stride;
        for (ptrdiff_t c = 0; c < g->channels; c++) {
            const double value = (double)pixel[channel_offset(g, c)];
            const float *weights = filters + (c * taps + tap) * PANEL;
            for (int lane = 0; lane < VL; lane++) {
                sum[lane] += value * (double)weights[lane];
            }
        }
    }
    for (ptrdiff_t lane = 0; lane < channels; lane++) {
        to[lane] = (float)(sum[lane] + (bias == NULL ? 0 : (double)bias[lane]));
    }
}

#endif
