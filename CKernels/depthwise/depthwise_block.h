// SPDX-License-Identifier: Apache-2.0
//
// Depthwise blocks: square kernels with stride 1 or 2 and dilation 1, for instruction sets with few registers. A block
// is some rows of one or two vectors of output columns, all of whose sums are in registers. (3 x 3 kernels with stride
// 2 have blocks of their own, see depthwise_block_k3s2.h.)
//
// One column of taps after the other is added, or with stride 2 two: its weights stay in registers, and each vector of
// input is loaded once for all the rows that see it. Not the multiplications bound this but the instructions beside
// them, of which processors decode and retire some four to six a cycle: all loops over taps, rows and vectors are
// unrolled, and what blocks have in common for all channels is listed once.
//
// No block reaches over the end of the output: the last vector of a row and the last rows lie over those before, and
// write the same again. Columns outside the input are masked, which only the outer taps need; rows outside are zeros.

#ifndef CK_DEPTHWISE_BLOCK_H
#define CK_DEPTHWISE_BLOCK_H

enum { BLOCK_VECTORS = 2, BLOCK_ROWS = 5, BLOCK_TAPS = 5, BLOCK_KERNEL = 7, BLOCK_INPUT = BLOCK_ROWS + BLOCK_KERNEL };
/// Blocks listed at a time, and the most of one row of them: two at either end, those between, and one vector.
enum { MOST_BLOCKS = 96, BLOCK_LINE = 8 };
/// Bits of what columns of a block may be outside the input.
enum { MASKED_LEFT = 1, MASKED_RIGHT = 2 };
/// How columns outside the input are kept out: not at all, by loads that do not read them, or, where what is there is
/// known to be of the tensor, by a mask after the load. A masked load takes the time of two loads and a multiplication.
enum { MASKING_NONE, MASKING_CLOSED, MASKING_OPEN };

/// A block, or some side by side, of any channel.
typedef struct block {
    ptrdiff_t input;      ///< floats from row 0, column 0 to what tap (0, 0) of the first lane reads, if it is inside
    ptrdiff_t output;     ///< floats from row 0, column 0 to the first lane
    vec_mask left, right; ///< masks of what tap (0, 0) reads for the first vector and the last
    int32_t count;        ///< blocks, one if columns are masked
    int16_t apart;        ///< columns from the first vector to the second, 0 where there is but one
    int16_t masked;       ///< MASKED_LEFT and MASKED_RIGHT
    int16_t whole;        ///< whether all sums are stored, without a residual; otherwise:
    int16_t first_row, rows, first_column, columns; ///< what is stored
    int16_t top, bottom; ///< where the input begins and ends, in rows from what tap (0, 0) reads for the first row
} block;

typedef vec block_sums[BLOCK_ROWS][BLOCK_VECTORS];

// Stores those sums of a block, `vectors` vectors a row, that are the task's and are not in the block before.
static __attribute__((noinline)) void store_partly(const ck_task *task, const block *b, const float *sums,
                                                   ptrdiff_t vectors, float *output) {
    const vec low = vec_set1(activation_low(task)), high = vec_set1(activation_high(task));
    for (ptrdiff_t y = b->first_row; y < b->rows; y++) {
        ptrdiff_t done = b->first_column;
        for (ptrdiff_t v = 0; v < (b->apart ? 2 : 1); v++) {
            const ptrdiff_t column = v * b->apart;
            const ptrdiff_t begin = larger(0, done - column), end = smaller(VL, b->columns - column);
            if (begin >= end) continue;
            float *to = output + y * task->geometry->out_row_stride + column;
            vec s = vec_load(sums + (y * vectors + v) * VL);
            if (task->epilogue.residual)
                s = vec_add(s, vec_load_lanes(task->epilogue.residual + (to - task->output), begin, end));
            s = vec_min(high, vec_max(low, s));
            if (begin == 0) {
                vec_store_first(to, s, end);
            } else {
                vec_store_lanes(to, s, begin, end);
            }
            done = column + end;
        }
    }
}

// What is read in place of rows outside the input: skipping them would cost more than the multiplications do.
static const float zeros[2 * VL + BLOCK_KERNEL];

// Whether there are planes before and behind that of an input channel, so that what is beside its rows may be read.
CK_INLINE int is_open(const ck_geometry *g, ptrdiff_t channel) {
    return g->in_row_stride == g->in_width && g->in_channel_stride == g->in_height * g->in_width && channel > 0 &&
           channel < g->groups - 1;
}

// The floats at p where the mask is set, the others 0. `masking` is a constant.
CK_INLINE vec load_edge(const float *p, vec_mask mask, const int masking) {
    return masking == MASKING_OPEN ? vec_keep_masked(vec_load(p), mask) : vec_load_masked(p, mask);
}

#include "depthwise/depthwise_block_k3s2.h"

/// What distinguishes the functions of blocks, constants wherever they are inlined.
typedef struct block_shape {
    int kernel, stride;
    int rows, vectors; ///< of a block
    int masking;
} block_shape;

/// Some taps of the kernel: those of `width` columns from `column` on, in rows `row`, `row` + stride ... of it, `count`
/// in each column.
typedef struct block_taps {
    int column, width, row, count;
} block_taps;

/// What tap (0, 0) reads, for each row of input and vector.
typedef const float *block_input[BLOCK_INPUT][BLOCK_VECTORS];

// Adds some taps, constants.
CK_INLINE void add_taps(block_sums sum, const block *b, const block_input at, const float *weights, const block_shape f,
                        const block_taps taps) {
    // All columns of a kernel of 7 are masked, since they are not unrolled.
    const int half = f.kernel / 2, left = f.masking && (f.kernel > 5 || taps.column < half);
    const int right = f.masking && (f.kernel > 5 || taps.column > half + 1 - f.stride);
    const vec_mask left_mask = f.kernel > 5 && f.vectors == 1 && taps.column > half ? b->right : b->left;
    vec w[BLOCK_TAPS][2];
    for (int t = 0; t < taps.count; t++) {
        for (int k = 0; k < taps.width; k++) {
            w[t][k] = vec_set1(weights[(taps.row + f.stride * t) * f.kernel + taps.column + k]);
        }
    }
#pragma clang loop unroll(full)
    for (int j = 0; j < f.rows + taps.count - 1; j++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < f.vectors; v++) {
            const int masks_left = left && v == 0, masks_right = right && v == f.vectors - 1;
            const float *p = at[taps.row + f.stride * j][v] + taps.column;
            vec x[2];
            if (f.stride == 1) {
                x[0] = masks_left    ? load_edge(p, left_mask + taps.column, f.masking)
                       : masks_right ? load_edge(p, b->right + taps.column, f.masking)
                                     : vec_load(p);
            } else {
                const vec c = masks_left ? load_edge(p, left_mask + taps.column, f.masking) : vec_load(p);
                const vec d = masks_right ? load_edge(p + VL, b->right + taps.column, f.masking) : vec_load(p + VL);
                vec_deinterleave_unsorted(c, d, &x[0], &x[1]);
            }
#pragma clang loop unroll(full)
            for (int k = 0; k < taps.width; k++) {
#pragma clang loop unroll(full)
                for (int t = 0; t < taps.count; t++) {
                    if (j >= t && j - t < f.rows) sum[j - t][v] = vec_fma(w[t][k], x[k], sum[j - t][v]);
                }
            }
        }
    }
    // Otherwise the compiler loads for later taps and puts off these sums until the registers do not suffice.
    for (int i = 0; i < f.rows * f.vectors; i++) {
        __asm__ volatile("" : "+x"(sum[i / f.vectors][i % f.vectors]) : : "memory");
    }
}

// Adds all taps of `width` columns of the kernel, constants.
CK_INLINE void add_column(block_sums sum, const block *b, const block_input at, const float *weights,
                          const block_shape f, const int column, const int width) {
#pragma clang loop unroll(full)
    for (int row = 0; row < f.stride; row++) {
        const int taps = (f.kernel - row + f.stride - 1) / f.stride, most = taps > BLOCK_TAPS ? BLOCK_TAPS - 1 : taps;
        add_taps(sum, b, at, weights, f, (block_taps){column, width, row, most});
        if (taps > most) {
            add_taps(sum, b, at, weights, f, (block_taps){column, width, row + f.stride * most, taps - most});
        }
    }
}

/// What blocks of one channel have in common.
typedef struct block_channel {
    const float *weights;
    vec bias, low, high;
    ptrdiff_t in_bytes, out_bytes; ///< from a row to the next
} block_channel;

// The sums of the block whose tap (0, 0) reads `input`, its second vector `apart` columns from the first.
CK_INLINE void compute_block(block_sums sum, const block *b, const block_channel *c, const float *input,
                             ptrdiff_t apart, const block_shape f) {
#pragma clang loop unroll(full)
    for (int i = 0; i < f.rows * f.vectors; i++) {
        sum[i / f.vectors][i % f.vectors] = c->bias;
    }
    const float *nothing = zeros;
    __asm__("" : "+r"(nothing)); // otherwise there would be a branch for each load of it
    const int read = f.stride * (f.rows - 1) + f.kernel;
    block_input at;
#pragma clang loop unroll(full)
    for (int v = 0; v < f.vectors; v++) {
        const float *p = input + v * f.stride * apart;
#pragma clang loop unroll(full)
        for (int r = 0; r < read; r++) {
            const float *q = (const float *)((const char *)p + r * c->in_bytes);
            if (r < f.kernel / 2) q = r < b->top ? nothing : q;
            if (r >= read - f.kernel / 2) q = r >= b->bottom ? nothing : q;
            at[r][v] = q;
        }
    }
    if (!f.masking || (f.stride == 2 && f.vectors == 2)) {
        // The rows of a block are too short for the processor to see that the next ones follow.
        const char *next = (const char *)input + read * c->in_bytes;
#pragma clang loop unroll(full)
        for (int r = 0; r < f.stride * f.rows; r++) {
            __builtin_prefetch(next + r * c->in_bytes);
            if (f.stride == 2) __builtin_prefetch(next + r * c->in_bytes + 64);
        }
    }
    // With stride 2, columns 1 and 2, 3 and 4 ... of the kernel read the even and the odd lanes of the same vectors.
    if (f.kernel > 5) {
        // Unrolled they would be most of the code of all kernels.
#pragma clang loop unroll(disable)
        for (int i = 0; i < f.kernel; i++) {
            add_column(sum, b, at, c->weights, f, i, 1);
        }
    } else {
        add_column(sum, b, at, c->weights, f, 0, 1);
#pragma clang loop unroll(full)
        for (int i = 1; i < f.kernel; i += f.stride) {
            add_column(sum, b, at, c->weights, f, i, f.stride);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < f.rows * f.vectors && f.stride == 2; i++) {
        vec *s = &sum[i / f.vectors][i % f.vectors];
        *s = vec_sorted(*s);
    }
}

CK_INLINE void store_block(const ck_task *task, const block *b, const block_channel *c, block_sums sum, float *to,
                           ptrdiff_t apart, const block_shape f) {
    __asm__("" : "+r"(to)); // otherwise the addresses of all rows are computed before the sums, and kept in memory
    if (__builtin_expect(b->whole, 1)) {
        char *first = (char *)to, *second = (char *)(to + apart);
#pragma clang loop unroll(full)
        for (int i = 0; i < f.rows; i++) {
            vec_store((float *)(first + i * c->out_bytes), vec_min(c->high, vec_max(c->low, sum[i][0])));
            if (f.vectors == 2) {
                vec_store((float *)(second + i * c->out_bytes), vec_min(c->high, vec_max(c->low, sum[i][1])));
            }
        }
        return;
    }
    float sums[BLOCK_ROWS * BLOCK_VECTORS * VL];
#pragma clang loop unroll(full)
    for (int i = 0; i < f.rows * f.vectors; i++) {
        vec_store(sums + (i / f.vectors * BLOCK_VECTORS + i % f.vectors) * VL, sum[i / f.vectors][i % f.vectors]);
    }
    store_partly(task, b, sums, BLOCK_VECTORS, to);
}

// Some channels of one image, of finite weights. `kernel`, `stride` and `rows` are constants wherever this is inlined.
CK_INLINE void compute_blocks(const ck_task *task, const block *blocks, const block *end, ptrdiff_t image,
                              ck_range channels, const int kernel, const int stride, const int rows) {
    const ck_geometry *g = task->geometry;
    const block_shape one_open = {kernel, stride, rows, 1, MASKING_OPEN};
    const block_shape one_closed = {kernel, stride, rows, 1, MASKING_CLOSED};
    const block_shape two_open = {kernel, stride, rows, 2, MASKING_OPEN};
    const block_shape two_closed = {kernel, stride, rows, 2, MASKING_CLOSED};
    const block_shape two_inside = {kernel, stride, rows, 2, MASKING_NONE};
    block_channel c = {
        .low = vec_set1(activation_low(task)),
        .high = vec_set1(activation_high(task)),
        .in_bytes = g->in_row_stride * (ptrdiff_t)sizeof(float),
        .out_bytes = g->out_row_stride * (ptrdiff_t)sizeof(float),
    };
    for (ptrdiff_t channel = channels.begin; channel < channels.end; channel++) {
        const ptrdiff_t from = g->out_channels == 1 ? channel : channel / g->out_channels;
        const float *plane = task->input + image * g->in_image_stride + from * g->in_channel_stride;
        float *output = task->output + image * g->out_image_stride + channel * g->out_channel_stride;
        c.weights = task->weights + channel * kernel * kernel;
        c.bias = vec_set1(task->epilogue.bias ? task->epilogue.bias[channel] : 0);
        const int open = is_open(g, from);
        for (const block *b = blocks; b < end; b++) {
            const float *input = plane + b->input;
            float *to = output + b->output;
            block_sums sum;
            if (!b->apart && open) {
                compute_block(sum, b, &c, input, 0, one_open);
                store_block(task, b, &c, sum, to, 0, one_open);
            } else if (!b->apart) {
                compute_block(sum, b, &c, input, 0, one_closed);
                store_block(task, b, &c, sum, to, 0, one_closed);
            } else if ((b->masked || b->apart < VL) && open) {
                compute_block(sum, b, &c, input, b->apart, two_open);
                store_block(task, b, &c, sum, to, b->apart, two_open);
            } else if (b->masked || b->apart < VL) {
                compute_block(sum, b, &c, input, b->apart, two_closed);
                store_block(task, b, &c, sum, to, b->apart, two_closed);
            } else {
                for (ptrdiff_t n = b->count; n > 0; n--, input += stride * 2 * VL, to += 2 * VL) {
                    compute_block(sum, b, &c, input, VL, two_inside);
                    store_block(task, b, &c, sum, to, VL, two_inside);
                }
            }
        }
    }
}

typedef struct block_kernel {
    int kernel, stride, rows, vectors;
    void (*compute)(const ck_task *task, const block *blocks, const block *end, ptrdiff_t image, ck_range channels);
} block_kernel;

#define CK_BLOCKS(k, s, rows)                                                                                          \
    static void blocks_##k##_##s##_##rows(const ck_task *task, const block *blocks, const block *end, ptrdiff_t image, \
                                          ck_range channels) {                                                         \
        compute_blocks(task, blocks, end, image, channels, k, s, rows);                                                \
    }

CK_BLOCKS(3, 1, 5) // 10 sums, 3 weights, an input and a mask
CK_BLOCKS(5, 1, 4) // 8 sums, 5 weights, an input and a mask
CK_BLOCKS(7, 1, 4) // 8 sums, 4 weights, an input and a mask
CK_BLOCKS(5, 2, 4) // 8 sums, 6 weights, and two for the input

static const block_kernel block_kernels[] = {
    {3, 1, 5, 2, blocks_3_1_5},  {5, 1, 4, 2, blocks_5_1_4},  {7, 1, 4, 2, blocks_7_1_4},
    {3, 2, 7, 1, k3s2_blocks_7}, {3, 2, 4, 1, k3s2_blocks_4}, {5, 2, 4, 2, blocks_5_2_4},
};

#endif
