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
    ptrdiff_t input;  ///< floats from row 0, column 0 to what tap (0, 0) of the first lane reads, if it is inside
    ptrdiff_t output; ///< floats from row 0, column 0 to the first lane
    const int *left, *right; ///< masks of what tap (0, 0) reads for the first vector and the last
    int32_t count;           ///< blocks, one if columns are masked
    int16_t apart;           ///< columns from the first vector to the second, 0 where there is but one
    int16_t masked;          ///< MASKED_LEFT and MASKED_RIGHT
    int16_t whole;           ///< whether all sums are stored, without a residual; otherwise:
    int16_t first_row, rows, first_column, columns; ///< what is stored
    int16_t top, bottom; ///< where the input begins and ends, in rows from what tap (0, 0) reads for the first row
} block;
_Static_assert(MOST_BLOCKS * sizeof(block) <= CK_DEPTHWISE_FLOATS * sizeof(float), "the scratch must hold a list");

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
CK_INLINE vec load_edge(const float *p, const int *mask, const int masking) {
    return masking == MASKING_OPEN ? vec_masked(vec_load(p), mask) : vec_load_masked(p, mask);
}

#include "depthwise/depthwise_block_k3s2.h"

// Adds `taps` taps of each of `width` columns of the kernel, `column` the first: those in rows `row`, `row` + stride
// ... of it. `at` is what they read. For the other constants see compute_block.
CK_INLINE void add_taps(block_sums sum, const block *b, const float *const at[BLOCK_INPUT][BLOCK_VECTORS],
                        const float *weights, const int kernel, const int stride, const int rows, const int vectors,
                        const int masking, const int column, const int width, const int row, const int taps) {
    // All columns of a kernel of 7 are masked, since they are not unrolled.
    const int left = masking && (kernel > 5 || column < kernel / 2);
    const int right = masking && (kernel > 5 || column > kernel / 2 + 1 - stride);
    const int *const left_mask = kernel > 5 && vectors == 1 && column > kernel / 2 ? b->right : b->left;
    vec w[BLOCK_TAPS][2];
    for (int t = 0; t < taps; t++) {
        for (int k = 0; k < width; k++) {
            w[t][k] = vec_set1(weights[(row + stride * t) * kernel + column + k]);
        }
    }
#pragma clang loop unroll(full)
    for (int j = 0; j < rows + taps - 1; j++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            const int masks_left = left && v == 0, masks_right = right && v == vectors - 1;
            const float *p = at[row + stride * j][v] + column;
            vec x[2];
            if (stride == 1) {
                x[0] = masks_left    ? load_edge(p, left_mask + column, masking)
                       : masks_right ? load_edge(p, b->right + column, masking)
                                     : vec_load(p);
            } else {
                const vec c = masks_left ? load_edge(p, left_mask + column, masking) : vec_load(p);
                const vec d = masks_right ? load_edge(p + VL, b->right + column, masking) : vec_load(p + VL);
                x[0] = vec_even_unsorted(c, d);
                x[1] = vec_odd_unsorted(c, d);
            }
#pragma clang loop unroll(full)
            for (int k = 0; k < width; k++) {
#pragma clang loop unroll(full)
                for (int t = 0; t < taps; t++) {
                    if (j >= t && j - t < rows) sum[j - t][v] = vec_fma(w[t][k], x[k], sum[j - t][v]);
                }
            }
        }
    }
    // Otherwise the compiler loads for later taps and puts off these sums until the registers do not suffice.
    for (int i = 0; i < rows * vectors; i++) {
        __asm__ volatile("" : "+x"(sum[i / vectors][i % vectors]) : : "memory");
    }
}

// Adds all taps of `width` columns of the kernel.
CK_INLINE void add_column(block_sums sum, const block *b, const float *const at[BLOCK_INPUT][BLOCK_VECTORS],
                          const float *weights, const int kernel, const int stride, const int rows, const int vectors,
                          const int masking, const int column, const int width) {
#pragma clang loop unroll(full)
    for (int row = 0; row < stride; row++) {
        const int taps = (kernel - row + stride - 1) / stride, most = taps > BLOCK_TAPS ? BLOCK_TAPS - 1 : taps;
        add_taps(sum, b, at, weights, kernel, stride, rows, vectors, masking, column, width, row, most);
        if (taps > most) {
            add_taps(sum, b, at, weights, kernel, stride, rows, vectors, masking, column, width, row + stride * most,
                     taps - most);
        }
    }
}

// The sums of the block whose tap (0, 0) reads `input`. `kernel`, `stride`, `rows`, `vectors` and `masking` are
// constants wherever this is inlined.
CK_INLINE void compute_block(block_sums sum, const block *b, const float *input, ptrdiff_t row_bytes, ptrdiff_t apart,
                             const float *weights, vec bias, const int kernel, const int stride, const int rows,
                             const int vectors, const int masking) {
#pragma clang loop unroll(full)
    for (int i = 0; i < rows * vectors; i++) {
        sum[i / vectors][i % vectors] = bias;
    }
    const float *nothing = zeros;
    __asm__("" : "+r"(nothing)); // otherwise there would be a branch for each load of it
    const float *at[BLOCK_INPUT][BLOCK_VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        const float *p = input + v * stride * apart;
#pragma clang loop unroll(full)
        for (int r = 0; r < stride * (rows - 1) + kernel; r++) {
            const float *q = (const float *)((const char *)p + r * row_bytes);
            if (r < kernel / 2) q = r < b->top ? nothing : q;
            if (r >= stride * (rows - 1) + kernel - kernel / 2) q = r >= b->bottom ? nothing : q;
            at[r][v] = q;
        }
    }
    if (!masking || (stride == 2 && vectors == 2)) {
        // The rows of a block are too short for the processor to see that the next ones follow.
        const char *next = (const char *)input + (stride * (rows - 1) + kernel) * row_bytes;
#pragma clang loop unroll(full)
        for (int r = 0; r < stride * rows; r++) {
            __builtin_prefetch(next + r * row_bytes);
            if (stride == 2) __builtin_prefetch(next + r * row_bytes + 64);
        }
    }
    // With stride 2, columns 1 and 2, 3 and 4 ... of the kernel read the even and the odd lanes of the same vectors.
    if (kernel > 5) {
        // Unrolled they would be most of the code of all kernels.
#pragma clang loop unroll(disable)
        for (int i = 0; i < kernel; i++) {
            add_column(sum, b, at, weights, kernel, stride, rows, vectors, masking, i, 1);
        }
    } else {
        add_column(sum, b, at, weights, kernel, stride, rows, vectors, masking, 0, 1);
#pragma clang loop unroll(full)
        for (int i = 1; i < kernel; i += stride) {
            add_column(sum, b, at, weights, kernel, stride, rows, vectors, masking, i, stride);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows * vectors && stride == 2; i++) {
        vec *s = &sum[i / vectors][i % vectors];
        *s = vec_sorted(*s);
    }
}

// For `rows` and `vectors` see compute_block.
CK_INLINE void store_block(const ck_task *task, const block *b, block_sums sum, float *to, ptrdiff_t apart,
                           ptrdiff_t row_bytes, vec low, vec high, const int rows, const int vectors) {
    __asm__("" : "+r"(to)); // otherwise the addresses of all rows are computed before the sums, and kept in memory
    if (__builtin_expect(b->whole, 1)) {
        char *first = (char *)to, *second = (char *)(to + apart);
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) {
            vec_store((float *)(first + i * row_bytes), vec_min(high, vec_max(low, sum[i][0])));
            if (vectors == 2) vec_store((float *)(second + i * row_bytes), vec_min(high, vec_max(low, sum[i][1])));
        }
        return;
    }
    float sums[BLOCK_ROWS * BLOCK_VECTORS * VL];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows * vectors; i++) {
        vec_store(sums + (i / vectors * BLOCK_VECTORS + i % vectors) * VL, sum[i / vectors][i % vectors]);
    }
    store_partly(task, b, sums, BLOCK_VECTORS, to);
}

// Some channels of one image, of finite weights. `kernel`, `stride` and `rows` are constants wherever this is inlined.
CK_INLINE void compute_blocks(const ck_task *task, const block *blocks, const block *end, ptrdiff_t image,
                              ck_range channels, const int kernel, const int stride, const int rows) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t in_bytes = g->in_row_stride * (ptrdiff_t)sizeof(float);
    const ptrdiff_t out_bytes = g->out_row_stride * (ptrdiff_t)sizeof(float);
    const vec low = vec_set1(activation_low(task)), high = vec_set1(activation_high(task));
    for (ptrdiff_t channel = channels.begin; channel < channels.end; channel++) {
        const ptrdiff_t from = g->out_channels == 1 ? channel : channel / g->out_channels;
        const float *plane = task->input + image * g->in_image_stride + from * g->in_channel_stride;
        const float *weights = task->weights + channel * kernel * kernel;
        float *output = task->output + image * g->out_image_stride + channel * g->out_channel_stride;
        const vec bias = vec_set1(task->epilogue.bias ? task->epilogue.bias[channel] : 0);
        const int open = is_open(g, from);
        for (const block *b = blocks; b < end; b++) {
            const float *input = plane + b->input;
            float *to = output + b->output;
            block_sums sum;
            if (!b->apart && open) {
                compute_block(sum, b, input, in_bytes, 0, weights, bias, kernel, stride, rows, 1, MASKING_OPEN);
                store_block(task, b, sum, to, 0, out_bytes, low, high, rows, 1);
            } else if (!b->apart) {
                compute_block(sum, b, input, in_bytes, 0, weights, bias, kernel, stride, rows, 1, MASKING_CLOSED);
                store_block(task, b, sum, to, 0, out_bytes, low, high, rows, 1);
            } else if ((b->masked || b->apart < VL) && open) {
                compute_block(sum, b, input, in_bytes, b->apart, weights, bias, kernel, stride, rows, 2, MASKING_OPEN);
                store_block(task, b, sum, to, b->apart, out_bytes, low, high, rows, 2);
            } else if (b->masked || b->apart < VL) {
                compute_block(sum, b, input, in_bytes, b->apart, weights, bias, kernel, stride, rows, 2,
                              MASKING_CLOSED);
                store_block(task, b, sum, to, b->apart, out_bytes, low, high, rows, 2);
            } else {
                for (ptrdiff_t n = b->count; n > 0; n--, input += stride * 2 * VL, to += 2 * VL) {
                    compute_block(sum, b, input, in_bytes, VL, weights, bias, kernel, stride, rows, 2, MASKING_NONE);
                    store_block(task, b, sum, to, VL, out_bytes, low, high, rows, 2);
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

// What blocks can compute: a vector of columns, a block of rows, and no more padding on any side than half a kernel.
static const block_kernel *find_blocks(const ck_geometry *g) {
    const block_kernel *best = NULL;
    ptrdiff_t least = 0;
    for (size_t i = 0; i < sizeof block_kernels / sizeof block_kernels[0]; i++) {
        const block_kernel *k = &block_kernels[i];
        const ptrdiff_t half = k->kernel / 2;
        const ptrdiff_t below = (g->out_height - 1) * k->stride + k->kernel - g->pad_top - g->in_height;
        const ptrdiff_t behind = (g->out_width - 1) * k->stride + k->kernel - g->pad_left - g->in_width;
        if (g->kernel_height == k->kernel && g->kernel_width == k->kernel && g->stride_height == k->stride &&
            g->stride_width == k->stride && g->dilation_height == 1 && g->dilation_width == 1 && g->out_width >= VL &&
            g->out_height >= k->rows && g->pad_top <= half && g->pad_left <= half && below <= half && behind <= half) {
            // Rows of input that are loaded, the same ones again for each block.
            const ptrdiff_t blocks = (g->out_height + k->rows - 1) / k->rows;
            const ptrdiff_t loaded = blocks * (k->stride * (k->rows - 1) + k->kernel);
            if (best == NULL || loaded < least) {
                best = k;
                least = loaded;
            }
        }
    }
    return best;
}

// Lists the blocks of one row of them, and returns how many entries they are: inner ones side by side are one.
static ptrdiff_t list_columns(const ck_task *task, const block_kernel *kernel, block *blocks) {
    const ck_geometry *g = task->geometry;
    const ck_range part = task->part.columns;
    const ptrdiff_t stride = kernel->stride;
    // The outer columns of the kernel are masked for one of the vectors only.
    const int pairs = kernel->vectors == 2 && g->out_width >= VL + kernel->kernel / 2;
    const ptrdiff_t most = pairs ? smaller(g->out_width, 2 * VL) : VL;
    ptrdiff_t count = 0;
    int after_inner = 0;
    for (ptrdiff_t x = part.begin; x < part.end;) {
        // One vector or two. Where fewer columns are left, they begin earlier.
        const ptrdiff_t span = part.end - x > VL ? most : VL, begin = smaller(x, g->out_width - span);
        const ptrdiff_t first = x - begin, end = smaller(part.end - begin, span);
        const ptrdiff_t column = begin * stride - g->pad_left;
        const ptrdiff_t inside = g->in_width - column - stride * (span - VL);
        const int left = column < 0, right = inside < stride * VL + kernel->kernel - stride;
        const int inner = !left && !right && first == 0 && end == span && span == kernel->vectors * VL;
        x = begin + span;
        if (inner && after_inner) {
            blocks[count - 1].count++;
            continue;
        }
        after_inner = inner;
        blocks[count++] = (block){
            .input = column,
            .output = begin,
            .left = lane_steps + VL + smaller(column, 0),
            .right = lane_steps + 3 * VL - smaller(inside - (stride - 1) * VL, 2 * VL),
            .count = 1,
            .apart = (int16_t)(span - VL),
            .masked = (int16_t)((left ? MASKED_LEFT : 0) | (right ? MASKED_RIGHT : 0)),
            .whole = !task->epilogue.residual && begin >= part.begin && end == span,
            .first_column = (int16_t)first,
            .columns = (int16_t)end,
        };
    }
    return count;
}

// Some channels of one image, of finite weights. `line` lists the blocks of one row of them.
static void run_block_channels(const ck_task *task, const block_kernel *kernel, const block *line, ptrdiff_t columns,
                               ptrdiff_t image, ck_range channels) {
    const ck_geometry *g = task->geometry;
    const ck_range rows = task->part.rows;
    const ptrdiff_t height = kernel->rows;
    block *const blocks = (block *)task->scratch;
    for (ptrdiff_t y = rows.begin; y < rows.end;) {
        block *b = blocks;
        for (; y < rows.end && b + columns <= blocks + MOST_BLOCKS; y += height) {
            const ptrdiff_t first = smaller(y, g->out_height - height), top = first * kernel->stride - g->pad_top;
            const int whole = first >= rows.begin && first + height <= rows.end;
            for (ptrdiff_t i = 0; i < columns; i++, b++) {
                *b = line[i];
                b->input += top * g->in_row_stride;
                b->output += first * g->out_row_stride;
                b->whole = (int16_t)(whole && b->whole);
                b->first_row = (int16_t)(y - first);
                b->rows = (int16_t)smaller(rows.end - first, height);
                b->top = (int16_t)larger(-top, 0);
                b->bottom = (int16_t)smaller(g->in_height - top, 2 * BLOCK_INPUT);
            }
        }
        kernel->compute(task, blocks, b, image, channels);
    }
}

static __attribute__((noinline)) void run_blocks(const ck_task *task, const block_kernel *kernel) {
    const ck_geometry *g = task->geometry;
    const ck_region part = task->part;
    const ptrdiff_t taps = g->kernel_height * g->kernel_width;
    block line[BLOCK_LINE];
    const ptrdiff_t columns = list_columns(task, kernel, line);
    for (ptrdiff_t image = part.images.begin; image < part.images.end; image++) {
        for (ptrdiff_t c = task->channels.begin, end; c < task->channels.end; c = end) {
            for (end = c; end < task->channels.end && all_finite(task->weights + end * taps, taps);) {
                end++;
                // An activation other than the clamp is a pass of its own, which should find the plane in the cache.
                if (task->epilogue.activation != CK_ACTIVATION_CLAMP) break;
            }
            if (end == c) {
                run_lines(task, image, c);
                end++;
                continue;
            }
            run_block_channels(task, kernel, line, columns, image, (ck_range){c, end});
            if (task->epilogue.activation == CK_ACTIVATION_CLAMP) continue;
            for (ptrdiff_t y = part.rows.begin; y < part.rows.end; y++) {
                const ptrdiff_t at = image * g->out_image_stride + c * g->out_channel_stride + y * g->out_row_stride;
                activate_line(task->output + at + part.columns.begin, part.columns.end - part.columns.begin, task);
            }
        }
    }
}

#endif
