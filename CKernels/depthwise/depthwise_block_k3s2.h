// SPDX-License-Identifier: Apache-2.0
//
// Depthwise blocks of 3 x 3 kernels with stride 2: some rows of one vector of output columns. What costs most here is
// to bring the even and the odd columns apart. All nine weights stay in registers, so that each row of input is loaded
// and taken apart once, and added to both rows of output that see it; beside them there is room for two sums.
//
// A sum is (bias + row 0) + row 1 + row 2, where each row of the kernel is a sum of its own. In one chain of nine
// multiplications each would wait for the one before, for longer than the processor looks ahead.

#ifndef CK_DEPTHWISE_BLOCK_K3S2_H
#define CK_DEPTHWISE_BLOCK_K3S2_H

enum { K3S2_MOST_ROWS = 7 };

/// Vectors of what all sums of a channel need and there is no register for.
typedef struct k3s2_constants {
    float bias[VL], low[VL], high[VL];
} k3s2_constants;

// What the three columns of the kernel read at `p`, unsorted. `left` and `right`, constants, tell whether columns there
// may be outside the input.
CK_INLINE void load_row(vec x[3], const float *p, const block *b, const int left, const int right) {
    const vec a = left ? vec_load_masked(p, b->left) : vec_load(p);
    const vec c = vec_load(p + 1), d = right ? vec_load_masked(p + 1 + VL, b->right + 1) : vec_load(p + 1 + VL);
    vec unused;
    vec_deinterleave_unsorted(a, vec_load(p + VL), &x[0], &unused);
    vec_deinterleave_unsorted(c, d, &x[1], &x[2]);
}

// The sum of one row of the kernel, alone and added to the bias.
CK_INLINE vec sum_row(const vec *w, const vec x[3]) {
    return vec_fma(w[2], x[2], vec_fma(w[1], x[1], vec_mul(w[0], x[0])));
}
CK_INLINE vec begin_sum(const k3s2_constants *k, const vec *w, const vec x[3]) {
    return vec_fma(w[2], x[2], vec_fma(w[1], x[1], vec_fma(w[0], x[0], vec_load(k->bias))));
}

// The block whose tap (0, 0) reads `p`, stored at `to`. `rows`, `left` and `right` are constants wherever this is
// inlined.
CK_INLINE void compute_k3s2(const block *b, const vec w[9], const k3s2_constants *k, const float *p, ptrdiff_t in_row,
                            float *to, ptrdiff_t out_row, const int rows, const int left, const int right) {
    const float *nothing = zeros, *ahead = p + (2 * rows + 1) * in_row + 1;
    __asm__("" : "+r"(nothing)); // otherwise there would be a branch for each load of it
    vec x[3];
    load_row(x, b->top > 0 ? nothing : p, b, left, right);
    vec sum = begin_sum(k, w, x);
    p += in_row;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
        // Otherwise the compiler computes the addresses of all rows first, and loads ahead, until there are too few
        // registers.
        __asm__ volatile("" : "+x"(sum), "+r"(p), "+r"(to), "+r"(ahead) : : "memory");
        // The rows of a block are too short for the processor to see that the next ones follow.
        __builtin_prefetch(ahead);
        __builtin_prefetch(ahead + in_row);
        load_row(x, p, b, left, right);
        sum = vec_add(sum, sum_row(w + 3, x));
        __asm__ volatile("" : "+x"(sum) : : "memory");
        const float *last = p + in_row;
        if (i == rows - 1) last = 2 * rows >= b->bottom ? nothing : last;
        load_row(x, last, b, left, right);
        const vec done = vec_sorted(vec_add(sum, sum_row(w + 6, x)));
        if (i < rows - 1) sum = begin_sum(k, w, x);
        const vec low = vec_load(k->low), high = vec_load(k->high);
        vec_store(to, vec_min(high, vec_max(low, done)));
        p += 2 * in_row;
        ahead += 2 * in_row;
        to += out_row;
    }
}

// Some channels of one image, of finite weights. `rows` is a constant wherever this is inlined.
CK_INLINE void compute_k3s2_blocks(const ck_task *task, const block *blocks, const block *end, ptrdiff_t image,
                                   ck_range channels, const int rows) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t in_row = g->in_row_stride;
    k3s2_constants whole, part;
    vec_store(whole.low, vec_set1(activation_low(task)));
    vec_store(whole.high, vec_set1(activation_high(task)));
    vec_store(part.low, vec_set1(-__builtin_inff()));
    vec_store(part.high, vec_set1(__builtin_inff()));
    for (ptrdiff_t channel = channels.begin; channel < channels.end; channel++) {
        const ptrdiff_t from = g->out_channels == 1 ? channel : channel / g->out_channels;
        const float *plane = task->input + image * g->in_image_stride + from * g->in_channel_stride;
        float *output = task->output + image * g->out_image_stride + channel * g->out_channel_stride;
        const vec bias = vec_set1(task->epilogue.bias ? task->epilogue.bias[channel] : 0);
        vec_store(whole.bias, bias);
        vec_store(part.bias, bias);
        vec w[9];
        for (int i = 0; i < 9; i++) {
            w[i] = vec_set1(task->weights[channel * 9 + i]);
            __asm__("" : "+x"(w[i])); // otherwise each use would load it
        }
        for (const block *b = blocks; b < end; b++) {
            const float *input = plane + b->input;
            float sums[K3S2_MOST_ROWS * VL], *to = output + b->output;
            const k3s2_constants *k = b->whole ? &whole : &part;
            const ptrdiff_t out_row = b->whole ? g->out_row_stride : VL;
            for (ptrdiff_t n = b->count; n > 0; n--, input += 2 * VL, to += VL) {
                float *at = b->whole ? to : sums;
                if (b->masked == 0) {
                    compute_k3s2(b, w, k, input, in_row, at, out_row, rows, 0, 0);
                } else if (b->masked == MASKED_LEFT) {
                    compute_k3s2(b, w, k, input, in_row, at, out_row, rows, 1, 0);
                } else if (b->masked == MASKED_RIGHT) {
                    compute_k3s2(b, w, k, input, in_row, at, out_row, rows, 0, 1);
                } else {
                    compute_k3s2(b, w, k, input, in_row, at, out_row, rows, 1, 1);
                }
                if (!b->whole) store_partly(task, b, sums, 1, to);
            }
        }
    }
}

#define CK_K3S2_BLOCKS(rows)                                                                                           \
    static void k3s2_blocks_##rows(const ck_task *task, const block *blocks, const block *end, ptrdiff_t image,        \
                                   ck_range channels) {                                                                \
        compute_k3s2_blocks(task, blocks, end, image, channels, rows);                                                 \
    }

// 9 weights, the sums of a row and of the next, 4 vectors of input, and a product; heights that are no multiples of 7
// lose less with 4.
CK_K3S2_BLOCKS(7)
CK_K3S2_BLOCKS(4)

#endif
