// SPDX-License-Identifier: Apache-2.0
//
// Depthwise tiles: any kernel, stride and dilation in NCHW. A band of input rows is copied into a buffer with its
// padding as zeros and the columns of each residue of the stride side by side, so that every tap of every output vector
// is one plain load. A tile is eight vectors of output, of as few rows as the width allows; each weight is broadcast
// once a tile.

#ifndef CK_DEPTHWISE_STAGE_H
#define CK_DEPTHWISE_STAGE_H

/// 32 KB, what an L1 cache holds.
enum { STAGE_FLOATS = 8192, TILE_VECTORS = 8 };

/// How a part of the output is cut into bands that fit the buffer.
typedef struct stage {
    ptrdiff_t columns;      ///< output columns of a band, a multiple of VL
    ptrdiff_t rows;         ///< output rows of a band
    ptrdiff_t phase_length; ///< floats of one residue of the stride
    ptrdiff_t row_length;   ///< floats of a staged input row
} stage;

/// A part of a band in which all is staged: output rows `rows` and the columns of one tile.
typedef struct tile {
    const ck_task *task;
    const stage *stage;
    const float *staged; ///< what the first tap of the first output pixel reads
    const float *weights;
    const float *residual; ///< first row, first column, or NULL
    float *output;
    float bias;
    ptrdiff_t columns;       ///< of the tile's last vector
    ptrdiff_t stored_before; ///< vectors that an earlier tile has stored
} tile;

// Whether one output row of VL columns fits the buffer, and if so how much of the part does.
static int plan_stage(const ck_geometry *g, ck_region part, stage *s) {
    const ptrdiff_t reach = (g->kernel_width - 1) * g->dilation_width;
    const ptrdiff_t kernel_rows = (g->kernel_height - 1) * g->dilation_height + 1;
    const ptrdiff_t stride = g->stride_width;
    if (reach >= STAGE_FLOATS || stride >= STAGE_FLOATS / VL || kernel_rows >= STAGE_FLOATS / VL) return 0;
    ptrdiff_t vectors = (part.columns.end - part.columns.begin + VL - 1) / VL;
    for (;; vectors = (vectors + 1) / 2) {
        s->columns = vectors * VL;
        s->phase_length = (s->columns + reach / stride + VL - 1) / VL * VL;
        s->row_length = s->phase_length * stride;
        if (kernel_rows * s->row_length <= STAGE_FLOATS) break;
        if (vectors == 1) return 0;
    }
    s->rows = (STAGE_FLOATS / s->row_length - kernel_rows) / g->stride_height + 1;
    return 1;
}

// Copies input row y, from `column` on, to `to`. Rows and columns in the padding become zeros.
static void stage_row(const ck_geometry *g, const stage *s, const float *plane, ptrdiff_t y, ptrdiff_t column,
                      float *to) {
    const ptrdiff_t stride = g->stride_width, width = g->in_width;
    if (y < 0 || y >= g->in_height) {
        memset(to, 0, (size_t)s->row_length * sizeof(float));
        return;
    }
    const float *row = plane + y * g->in_row_stride;
    if (stride == 1) {
        for (ptrdiff_t i = 0; i < s->row_length; i += VL) {
            const ptrdiff_t at = column + i;
            vec_store(to + i, at >= 0 && at + VL <= width ? vec_load(row + at) : load_inside(row + at, at, width, 0));
        }
    } else if (stride == 2) {
        for (ptrdiff_t i = 0; i < s->phase_length; i += VL) {
            const ptrdiff_t at = column + 2 * i;
            const int inside = at >= 0 && at + 2 * VL <= width;
            const vec a = inside ? vec_load(row + at) : load_inside(row + at, at, width, 0);
            const vec b = inside ? vec_load(row + at + VL) : load_inside(row + at + VL, at + VL, width, 0);
            vec_store(to + i, vec_even(a, b));
            vec_store(to + s->phase_length + i, vec_odd(a, b));
        }
    } else {
        for (ptrdiff_t phase = 0; phase < stride; phase++) {
            for (ptrdiff_t i = 0; i < s->phase_length; i++) {
                const ptrdiff_t at = column + i * stride + phase;
                to[phase * s->phase_length + i] = at >= 0 && at < width ? row[at] : 0;
            }
        }
    }
}

// `rows`, `vectors` and `unit` (whether the stride is 1) are constants wherever this is inlined.
CK_INLINE void compute_tile(const tile *t, const int rows, const int vectors, const int unit) {
    const ck_task *task = t->task;
    const ck_geometry *g = task->geometry;
    const ptrdiff_t row_length = t->stage->row_length, phase_length = t->stage->phase_length;
    const ptrdiff_t next_row = g->stride_height * row_length, dilation = g->dilation_width, stride = g->stride_width;
    const ptrdiff_t kernel_width = g->kernel_width;
    vec sum[TILE_VECTORS];
    for (int i = 0; i < rows * vectors; i++) {
        sum[i] = vec_zero();
    }
    const float *w = t->weights;
    for (ptrdiff_t ky = 0; ky < g->kernel_height; ky++) {
        const float *row = t->staged + ky * g->dilation_height * row_length;
#ifdef STAGE_SHIFTED
        if (unit && dilation == 1) {
            vec x[TILE_VECTORS];
            for (ptrdiff_t kx = 0; kx < kernel_width; kx++) {
                const vec weight = vec_set1(*w++);
                for (int i = 0; i < rows * vectors; i++) {
                    const float *p = row + kx + i / vectors * next_row + i % vectors * VL;
                    const int shifted = kx > 0 && i % vectors < vectors * STAGE_SHIFTED / TILE_VECTORS;
                    x[i] = shifted ? vec_shift_in(x[i], x[i + 1]) : vec_load(p);
                    sum[i] = vec_fma(weight, x[i], sum[i]);
                }
            }
            continue;
        }
#endif
        ptrdiff_t phase = 0;
        for (ptrdiff_t kx = 0; kx < kernel_width; kx++) {
            const vec weight = vec_set1(*w++);
            const float *p = unit ? row : row + phase * phase_length;
            for (int i = 0; i < rows * vectors; i++) {
                sum[i] = vec_fma(weight, vec_load(p + i / vectors * next_row + i % vectors * VL), sum[i]);
            }
            if (unit) {
                row += dilation;
            } else {
                for (phase += dilation; phase >= stride; phase -= stride) {
                    row++;
                }
            }
        }
    }
    const vec low = vec_set1(activation_low(task)), high = vec_set1(activation_high(task));
    for (int i = 0; i < rows * vectors; i++) {
        if (i < t->stored_before) continue;
        const ptrdiff_t at = i / vectors * g->out_row_stride + i % vectors * VL;
        const ptrdiff_t lanes = i % vectors == vectors - 1 ? t->columns : VL;
        vec y = vec_add(sum[i], vec_set1(t->bias));
        if (t->residual) y = vec_add(y, vec_load_lanes(t->residual + at, 0, lanes));
        y = vec_min(high, vec_max(low, y));
        if (lanes == VL) {
            vec_store(t->output + at, y);
        } else {
            vec_store_first(t->output + at, y, lanes);
        }
    }
}

#define CK_TILE(rows, vectors)                                                                                         \
    static void tile_##rows##x##vectors(const tile *t) {                                                               \
        compute_tile(t, rows, vectors, 1);                                                                             \
    }                                                                                                                  \
    static void tile_##rows##x##vectors##_strided(const tile *t) {                                                     \
        compute_tile(t, rows, vectors, 0);                                                                             \
    }
#define CK_TILE_ENTRY(rows, vectors) {tile_##rows##x##vectors, tile_##rows##x##vectors##_strided}

CK_TILE(1, 1)
CK_TILE(2, 1)
CK_TILE(4, 1)
CK_TILE(8, 1)
CK_TILE(1, 2)
CK_TILE(2, 2)
CK_TILE(4, 2)
CK_TILE(1, 4)
CK_TILE(2, 4)
CK_TILE(1, 8)

/// By the logarithms of vectors and rows.
static void (*const tiles[4][4][2])(const tile *) = {
    {CK_TILE_ENTRY(1, 1), CK_TILE_ENTRY(2, 1), CK_TILE_ENTRY(4, 1), CK_TILE_ENTRY(8, 1)},
    {CK_TILE_ENTRY(1, 2), CK_TILE_ENTRY(2, 2), CK_TILE_ENTRY(4, 2)},
    {CK_TILE_ENTRY(1, 4), CK_TILE_ENTRY(2, 4)},
    {CK_TILE_ENTRY(1, 8)},
};

// The largest logarithm of a power of two up to `most` that does not exceed `count`.
static int fitting_power(ptrdiff_t count, int most) {
    while (most > 0 && count < (ptrdiff_t)1 << most) {
        most--;
    }
    return most;
}

// One band: `rows` and `columns` of the output.
static void run_band(const ck_task *task, const stage *s, const float *plane, ptrdiff_t channel, ptrdiff_t offset,
                     ck_range rows, ck_range columns, float *buffer) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t top = rows.begin * g->stride_height - g->pad_top;
    const ptrdiff_t height =
        (rows.end - rows.begin - 1) * g->stride_height + (g->kernel_height - 1) * g->dilation_height + 1;
    for (ptrdiff_t r = 0; r < height; r++) {
        stage_row(g, s, plane, top + r, columns.begin * g->stride_width - g->pad_left, buffer + r * s->row_length);
    }
    tile t = {
        .task = task,
        .stage = s,
        .weights = task->weights + channel * g->kernel_height * g->kernel_width,
        .bias = task->bias ? task->bias[channel] : 0,
    };
    for (ptrdiff_t x = columns.begin; x < columns.end;) {
        ptrdiff_t vectors = (columns.end - x + VL - 1) / VL;
        // A single row ends with a whole tile that begins early: a narrow one of one row would wait for its few sums.
        t.stored_before = 0;
        if (rows.end - rows.begin == 1 && vectors < TILE_VECTORS &&
            x - columns.begin >= (TILE_VECTORS - vectors) * VL) {
            t.stored_before = TILE_VECTORS - vectors;
            x -= t.stored_before * VL;
            vectors = TILE_VECTORS;
        }
        const int v = fitting_power(vectors, 3);
        t.columns = smaller(VL, columns.end - x - (((ptrdiff_t)1 << v) - 1) * VL);
        for (ptrdiff_t y = rows.begin; y < rows.end;) {
            const int r = fitting_power(rows.end - y, 3 - v);
            const ptrdiff_t at = offset + y * g->out_row_stride + x;
            t.staged = buffer + (y - rows.begin) * g->stride_height * s->row_length + (x - columns.begin);
            t.residual = task->residual ? task->residual + at : NULL;
            t.output = task->output + at;
            tiles[v][r][g->stride_width > 1](&t);
            y += (ptrdiff_t)1 << r;
        }
        x += VL << v;
    }
    for (ptrdiff_t y = rows.begin; y < rows.end; y++) {
        activate_line(task->output + offset + y * g->out_row_stride + columns.begin, columns.end - columns.begin, task);
    }
}

static void run_staged(const ck_task *task, const stage *s, ptrdiff_t image, ptrdiff_t channel) {
    const ck_geometry *g = task->geometry;
    const ck_range rows = task->part.rows, columns = task->part.columns;
    const float *plane = task->input + image * g->in_image_stride + channel / g->out_channels * g->in_channel_stride;
    const ptrdiff_t offset = image * g->out_image_stride + channel * g->out_channel_stride;
    float buffer[STAGE_FLOATS];
    for (ptrdiff_t y = rows.begin; y < rows.end; y += s->rows) {
        for (ptrdiff_t x = columns.begin; x < columns.end; x += s->columns) {
            run_band(task, s, plane, channel, offset, (ck_range){y, smaller(y + s->rows, rows.end)},
                     (ck_range){x, smaller(x + s->columns, columns.end)}, buffer);
        }
    }
}

#endif
