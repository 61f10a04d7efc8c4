// SPDX-License-Identifier: Apache-2.0
//
// The packed weights of all depthwise kernels, whatever the size of the input: as they are given,
// [channel][kernel_height][kernel_width], and then a float for each channel that is not 0 if one of its weights is not
// finite. Where a body adds weights times the zeros of a copy, an infinity would make a NaN of a padded tap: it leaves
// such channels to one that skips padding.

#ifndef CK_DEPTHWISE_WEIGHTS_H
#define CK_DEPTHWISE_WEIGHTS_H

/// Kernels of more taps have no lists of their taps, and take longer.
enum { MOST_TAPS = 4096 };
/// Floats of scratch: what bodies keep of the input and the output of small kernels, and the most in channel lanes of
/// large ones.
enum { LEAST_FLOATS = 12288, MOST_FLOATS = 34816 };

static ptrdiff_t count_taps(const ck_geometry *g) {
    return g->kernel_height * g->kernel_width;
}

// Zero times an infinity is a NaN. Floating-point sums keep the compiler from making vectors of a few weights; of many
// there are four sums, as each addition would wait for the one before.
static int all_finite(const float *p, ptrdiff_t count) {
    float sum = 0, of_four[4] = {0};
    for (const int many = count >= 16; many && count >= 4; count -= 4, p += 4) {
        for (int i = 0; i < 4; i++) {
            of_four[i] += 0 * p[i];
        }
    }
    for (ptrdiff_t i = 0; i < count; i++) {
        sum += 0 * p[i];
    }
    return sum + (of_four[0] + of_four[1]) + (of_four[2] + of_four[3]) == 0;
}

static ptrdiff_t depthwise_packed_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel;
    const ptrdiff_t each = size_sum(size_product(g->kernel_height, g->kernel_width), 1);
    return size_product(size_product(size_product(g->groups, g->out_channels), each), sizeof(float));
}

static void pack_weights(const ck_geometry *g, const float *weight, float *packed, ck_range channels, float *scratch) {
    (void)scratch;
    const ptrdiff_t taps = count_taps(g);
    float *flags = packed + g->groups * g->out_channels * taps;
    memcpy(packed + channels.begin * taps, weight + channels.begin * taps,
           (size_t)((channels.end - channels.begin) * taps) * sizeof(float));
    for (ptrdiff_t c = channels.begin; c < channels.end; c++) {
        flags[c] = all_finite(weight + c * taps, taps) ? 0 : 1;
    }
}

// The first of the channels one of whose weights is not finite, or their end.
static ptrdiff_t finite_end(const ck_task *task, ck_range channels) {
    const ck_geometry *g = task->geometry;
    const float *flags = task->weights + g->groups * g->out_channels * count_taps(g);
    ptrdiff_t c = channels.begin;
    while (c < channels.end && flags[c] == 0) {
        c++;
    }
    return c;
}

#endif
