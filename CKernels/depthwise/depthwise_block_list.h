// SPDX-License-Identifier: Apache-2.0
//
// Which blocks compute a geometry (depthwise_block.h), and the list of those of a task.

#ifndef CK_DEPTHWISE_BLOCK_LIST_H
#define CK_DEPTHWISE_BLOCK_LIST_H

// What blocks can compute: a vector of columns, a block of rows, and no more padding on any side than half a kernel.
static const block_kernel *find_blocks(const ck_geometry *g) {
    const block_kernel *best = NULL;
    ptrdiff_t least = 0;
    for (size_t i = 0; i < sizeof block_kernels / sizeof block_kernels[0]; i++) {
        const block_kernel *k = &block_kernels[i];
        const ptrdiff_t half = k->kernel / 2;
        const ptrdiff_t below = (g->out_height - 1) * k->stride + k->kernel - g->pad_top - g->in_height;
        const ptrdiff_t behind = (g->out_width - 1) * k->stride + k->kernel - g->pad_left - g->in_width;
        if (has_neighbours(g) && g->kernel_height == k->kernel && g->kernel_width == k->kernel &&
            g->stride_height == k->stride && g->stride_width == k->stride && g->dilation_height == 1 &&
            g->dilation_width == 1 && g->out_width >= VL && g->out_height >= k->rows && g->pad_top <= half &&
            g->pad_left <= half && below <= half && behind <= half) {
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
            .left = vec_mask_steps + VL + smaller(column, 0),
            .right = vec_mask_steps + 3 * VL - smaller(inside - (stride - 1) * VL, 2 * VL),
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

static int blocks_apply(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel;
    return find_blocks(g) != NULL;
}

/// What does not depend on the part that a task computes.
typedef struct block_plan {
    const block_kernel *blocks;
} block_plan;

static ptrdiff_t block_plan_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel, (void)g;
    return sizeof(block_plan);
}

static void make_block_plan(const ck_kernel *kernel, const ck_geometry *g, void *plan) {
    (void)kernel;
    ((block_plan *)plan)->blocks = find_blocks(g);
}

static ptrdiff_t block_scratch_bytes(const ck_kernel *kernel, const ck_geometry *g, const ck_region *part) {
    (void)kernel, (void)g, (void)part;
    return MOST_BLOCKS * sizeof(block);
}

// Channels whose weights are not finite go by lines. An activation other than the clamp is a pass of its own, which
// should find the plane in the cache: then channels go one by one.
static void run_by_blocks(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const ck_region part = task->part;
    const ck_range channels = task->channels;
    const int is_clamp = task->epilogue.activation == CK_ACTIVATION_CLAMP;
    const block_kernel *kernel = ((const block_plan *)task->plan)->blocks;
    block line[BLOCK_LINE];
    const ptrdiff_t columns = list_columns(task, kernel, line);
    for (ptrdiff_t image = part.images.begin; image < part.images.end; image++) {
        for (ptrdiff_t c = channels.begin, end; c < channels.end; c = end) {
            end = finite_end(task, (ck_range){c, is_clamp ? channels.end : c + 1});
            if (end == c) {
                run_lines(task, image, end++);
                continue;
            }
            run_block_channels(task, kernel, line, columns, image, (ck_range){c, end});
            for (ptrdiff_t y = part.rows.begin; !is_clamp && y < part.rows.end; y++) {
                const ptrdiff_t at = image * g->out_image_stride + c * g->out_channel_stride + y * g->out_row_stride;
                activate_line(task->output + at + part.columns.begin, part.columns.end - part.columns.begin, task);
            }
        }
    }
}

#endif
