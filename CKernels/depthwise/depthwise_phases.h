// SPDX-License-Identifier: Apache-2.0
//
// Depthwise phases: the columns of a transposed convolution along a stride, all phases of them in one vector. Phase e
// of pixel q is column q * phases + e of the row, and all phases of a pixel see the same inputs, so a vector of columns
// is the sum over few taps of a vector of input, each pixel repeated for its phases, times a vector of weights, those
// of the phases of the tap. Nothing is interleaved, and rows are stored as they lie in memory.
//
// Vectors begin at multiples of VL columns. The lanes of vector v begin with phase (v * VL + shift) % phases, which
// repeats after `patterns` vectors: so many vectors of weights there are for each tap.
//
// A sum is in the order of lines: row after row of taps, column after column.

#ifndef CK_DEPTHWISE_PHASES_H
#define CK_DEPTHWISE_PHASES_H

/// The most vectors of a row that are computed together.
enum { PHASE_VECTORS = 4 };

/// Of every vector of a row whose number has the same remainder by the number of patterns.
typedef struct phase_pattern {
    ptrdiff_t pixel;        ///< of lane 0 of the first such vector
    ptrdiff_t phase;        ///< of lane 0
    int32_t from_pixel[VL]; ///< the pixel of each lane, from that of lane 0 on
} phase_pattern;

// Vectors after which phases repeat.
static ptrdiff_t phase_patterns(const ck_geometry *g) {
    return g->out_column_phases / greatest_common_divisor(g->out_column_phases, VL);
}

static int phases_apply(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel;
    return has_neighbours(g) && g->out_column_phases > 1 && g->out_row_phases == 1 && g->stride_height == 1 &&
           g->stride_width == 1;
}

static ptrdiff_t phase_plan_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel;
    return size_product(phase_patterns(g), sizeof(phase_pattern));
}

static void make_phase_plan(const ck_kernel *kernel, const ck_geometry *g, void *plan) {
    (void)kernel;
    const ptrdiff_t patterns = phase_patterns(g);
    for (ptrdiff_t i = 0; i < patterns; i++) {
        phase_pattern *const p = (phase_pattern *)plan + i;
        const ptrdiff_t first = g->out_column_shift + i * VL;
        p->pixel = first / g->out_column_phases;
        p->phase = first % g->out_column_phases;
        for (int lane = 0; lane < VL; lane++) {
            p->from_pixel[lane] = (int32_t)((p->phase + lane) / g->out_column_phases);
        }
    }
}

// Packed weights: [channel of the output][tap][pattern][VL], and then a float for each channel and phase that is not 0
// if one of its weights is not finite.

static ptrdiff_t phase_weights(const ck_geometry *g) {
    const ptrdiff_t lanes = size_product(phase_patterns(g), VL);
    return size_product(size_product(g->kernel_height, g->kernel_width), lanes);
}

static ptrdiff_t phase_packed_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    (void)kernel;
    const ptrdiff_t channels = size_product(g->groups, g->out_channels);
    const ptrdiff_t weights = size_product(channels / g->out_column_phases, phase_weights(g));
    return bytes_of_floats(size_sum(weights, channels));
}

static void pack_phase_weights(const ck_geometry *g, const float *weight, float *packed, ck_range channels,
                               float *scratch) {
    (void)scratch;
    const ptrdiff_t phases = g->out_column_phases, taps = count_taps(g), lanes = phase_patterns(g) * VL;
    float *const flags = packed + g->groups * g->out_channels / phases * taps * lanes;
    for (ptrdiff_t c = channels.begin; c < channels.end; c++) {
        const ptrdiff_t phase = c % phases;
        float *const to = packed + c / phases * taps * lanes;
        // Columns -shift, -shift + phases ... of the row, of which a multiple is in so many vectors.
        const ptrdiff_t first = (phase - g->out_column_shift + phases) % phases;
        for (ptrdiff_t tap = 0; tap < taps; tap++) {
            for (ptrdiff_t lane = first; lane < lanes; lane += phases) {
                to[tap * lanes + lane] = weight[c * taps + tap];
            }
        }
        flags[c] = all_finite(weight + c * taps, taps) ? 0 : 1;
    }
}

/// Some rows of the output of one channel, all of which see as many rows of the input.
typedef struct phase_rows {
    const ck_task *task;
    const phase_pattern *patterns;
    ptrdiff_t count;      ///< of the patterns
    ptrdiff_t step;       ///< pixels from a vector to the next of the same pattern
    ptrdiff_t together;   ///< taps that a vector of input has for a vector of output
    const float *input;   ///< of the first row: the row of the first tap, column 0, which may lie in the padding
    const float *weights; ///< the channel's
    ck_range kernel_rows; ///< those that see a row of the input
    float bias;
    ptrdiff_t output; ///< of column 0 of the first row
    ptrdiff_t rows;
    ck_range columns; ///< to be stored
} phase_rows;

// The pattern of a vector, and the column of the input that its lane 0 sees with the first tap.
CK_INLINE const phase_pattern *phase_pattern_of(const phase_rows *r, ptrdiff_t vector, const int single,
                                                ptrdiff_t *column) {
    const ptrdiff_t turn = single ? vector : vector / r->count;
    const phase_pattern *const pattern = r->patterns + (single ? 0 : vector - turn * r->count);
    *column = pattern->pixel + turn * r->step - r->task->geometry->pad_left;
    return pattern;
}

// Lanes of VL columns from `column` on that lie in the row.
CK_INLINE ck_range lanes_inside(ptrdiff_t column, ptrdiff_t width) {
    return (ck_range){smaller(larger(0, -column), VL), smaller(larger(0, width - column), VL)};
}

// Weights, without those of the lanes whose tap lies beside the row: these may not meet the zeros there. Lane 0 sees
// `column`; no lane is VL pixels behind it.
CK_INLINE vec weights_inside(vec weights, const phase_pattern *pattern, ptrdiff_t phases, ptrdiff_t column,
                             ptrdiff_t width) {
    const ck_range pixels = lanes_inside(column, width);
    const ptrdiff_t begin = pixels.begin * phases - pattern->phase, end = pixels.end * phases - pattern->phase;
    return vec_keep_lanes(weights, larger(0, smaller(begin, VL)), larger(0, smaller(end, VL)));
}

CK_INLINE void store_phases(const phase_rows *r, vec sum, ptrdiff_t offset, ck_range lanes) {
    if (lanes.begin == 0) {
        vec_store_output(r->task, sum, offset, lanes.end);
        return;
    }
    const float *residual = r->task->epilogue.residual;
    if (residual) sum = vec_add(sum, vec_load_lanes(residual + offset, lanes.begin, lanes.end));
    vec_store_lanes(r->task->output + offset, vec_activate(sum, r->task), lanes.begin, lanes.end);
}

// Vectors from `vector` on, `vectors` of them, of each row. All parameters from there on are constants: the columns of
// taps, if all of them lie on a vector of input, or 0 for any; whether all columns that are loaded lie in the row;
// whether there is one pattern; and whether all weights are finite.
CK_INLINE void compute_phases(const phase_rows *r, ptrdiff_t vector, const int vectors, const int taps,
                              const int inside, const int single, const int finite) {
    const ck_geometry *g = r->task->geometry;
    const ptrdiff_t lanes = (single ? 1 : r->count) * VL, width = g->in_width, apart = g->dilation_width;
    const ptrdiff_t kernel_width = taps ? taps : g->kernel_width, together = taps ? taps : r->together;
    const ptrdiff_t lines = range_length(r->kernel_rows);
    const float *const first_weights = r->weights + r->kernel_rows.begin * kernel_width * lanes;
    const float *row = r->input + r->kernel_rows.begin * g->dilation_height * g->in_row_stride;
    const phase_pattern *pattern[PHASE_VECTORS];
    ptrdiff_t column[PHASE_VECTORS], number[PHASE_VECTORS];
    ck_range stored = {0, VL};
    for (int v = 0; v < vectors; v++) {
        pattern[v] = phase_pattern_of(r, vector + v, single, &column[v]);
        number[v] = single ? 0 : pattern[v] - r->patterns;
    }
    if (vectors == 1) {
        stored.begin = larger(0, r->columns.begin - vector * VL);
        stored.end = smaller(VL, r->columns.end - vector * VL);
    }
    ptrdiff_t offset = r->output + vector * VL;
    for (ptrdiff_t y = 0; y < r->rows; y++, row += g->in_row_stride, offset += g->out_row_stride) {
        vec sum[PHASE_VECTORS];
        for (int v = 0; v < vectors; v++) {
            sum[v] = vec_zero();
        }
        const float *weights = first_weights, *from = row;
        for (ptrdiff_t line = 0; line < lines; line++, from += g->dilation_height * g->in_row_stride) {
            for (ptrdiff_t first = 0; first < kernel_width; first += together) {
                vec pixels[PHASE_VECTORS];
                for (int v = 0; v < vectors; v++) {
                    const ptrdiff_t at = column[v] + first * apart;
                    const ck_range within = lanes_inside(at, width);
                    pixels[v] = inside ? vec_load(from + at) : vec_load_lanes(from + at, within.begin, within.end);
                }
                const ptrdiff_t count = taps ? taps : smaller(together, kernel_width - first);
                for (ptrdiff_t tap = 0; tap < count; tap++, weights += lanes) {
                    for (int v = 0; v < vectors; v++) {
                        vec weight = vec_load(weights + number[v] * VL);
                        if (!finite) {
                            const ptrdiff_t at = column[v] + (first + tap) * apart;
                            weight = weights_inside(weight, pattern[v], g->out_column_phases, at, width);
                        }
                        const vec pixel = vec_pick_from(pixels[v], pattern[v]->from_pixel, tap * apart);
                        sum[v] = vec_fma(weight, pixel, sum[v]);
                    }
                }
            }
        }
        for (int v = 0; v < vectors; v++) {
            store_phases(r, vec_add(sum[v], vec_set1(r->bias)), offset + v * VL, stored);
        }
    }
}

typedef void phase_function(const phase_rows *r, ck_range vectors);

#define CK_PHASES(name, count, taps, inside, single, finite)                                                           \
    static void name(const phase_rows *r, ck_range vectors) {                                                          \
        for (ptrdiff_t vector = vectors.begin; vector < vectors.end; vector += count) {                                \
            compute_phases(r, vector, count, taps, inside, single, finite);                                            \
        }                                                                                                              \
    }

// Of one pattern and `taps` columns of taps.
#define CK_PHASES_OF_TAPS(taps)                                                                                        \
    CK_PHASES(phases_of_##taps, PHASE_VECTORS, taps, 0, 1, 1)                                                          \
    CK_PHASES(phases_inside_of_##taps, PHASE_VECTORS, taps, 1, 1, 1)                                                   \
    CK_PHASES(vector_of_##taps, 1, taps, 0, 1, 1)

enum { PHASE_TAPS = 4 };

CK_UP_TO(4, CK_PHASES_OF_TAPS)
CK_PHASES(phases_of_any, PHASE_VECTORS, 0, 0, 0, 1)
CK_PHASES(phases_inside_of_any, PHASE_VECTORS, 0, 1, 0, 1)
CK_PHASES(vector_of_any, 1, 0, 0, 0, 1)
CK_PHASES(vector_not_finite, 1, 0, 0, 0, 0)

/// The functions for tiles whose loads may reach beyond the row, for those whose do not, and for single vectors.
#define CK_PHASES_ENTRY(taps) {phases_of_##taps, phases_inside_of_##taps, vector_of_##taps},

static const struct phase_functions {
    phase_function *tiles, *inside, *vector;
} phases_by_taps[] = {CK_PHASES_ENTRY(any) CK_UP_TO(4, CK_PHASES_ENTRY)};

// All columns of some rows: whole vectors in tiles, of which those of `inside` load nothing beside a row, and the
// others.
static void compute_phase_rows(const phase_rows *r, ck_range vectors, ck_range inside) {
    const ptrdiff_t taps = r->task->geometry->kernel_width;
    const int is_listed = r->count == 1 && taps <= smaller(PHASE_TAPS, r->together);
    const struct phase_functions *const f = &phases_by_taps[is_listed ? taps : 0];
    const ptrdiff_t first = smaller(vectors.end, (r->columns.begin + VL - 1) / VL);
    const ptrdiff_t tiles = larger(0, r->columns.end / VL - first) / PHASE_VECTORS;
    const ptrdiff_t before = smaller(tiles, round_up(larger(0, inside.begin - first), PHASE_VECTORS) / PHASE_VECTORS);
    const ptrdiff_t behind = larger(before, smaller(tiles, larger(0, inside.end - first) / PHASE_VECTORS));
    f->vector(r, (ck_range){vectors.begin, first});
    f->tiles(r, (ck_range){first, first + before * PHASE_VECTORS});
    f->inside(r, (ck_range){first + before * PHASE_VECTORS, first + behind * PHASE_VECTORS});
    f->tiles(r, (ck_range){first + behind * PHASE_VECTORS, first + tiles * PHASE_VECTORS});
    f->vector(r, (ck_range){first + tiles * PHASE_VECTORS, vectors.end});
}

// The vectors whose loads lie in the row.
static ck_range phases_inside(const phase_rows *r, ck_range vectors) {
    const ck_geometry *g = r->task->geometry;
    // As far as the loads of the last taps are behind those of the first.
    const ptrdiff_t behind = (g->kernel_width - 1) / r->together * r->together * g->dilation_width;
    ptrdiff_t column;
    while (vectors.begin < vectors.end && (phase_pattern_of(r, vectors.begin, 0, &column), column < 0)) {
        vectors.begin++;
    }
    while (vectors.begin < vectors.end &&
           (phase_pattern_of(r, vectors.end - 1, 0, &column), column + behind + VL > g->in_width)) {
        vectors.end--;
    }
    return vectors;
}

static void run_by_phases(const ck_task *task) {
    const ck_geometry *g = task->geometry;
    const ck_region part = task->part;
    const ptrdiff_t phases = g->out_column_phases, channels = g->groups * g->out_channels / phases;
    const ptrdiff_t filter = phase_weights(g);
    const float *const flags = task->weights + channels * filter;
    phase_rows r = {.task = task, .patterns = task->plan, .count = phase_patterns(g)};
    r.step = r.count * VL / phases;
    // No lane is further behind lane 0 than this.
    const ptrdiff_t reach = (phases + VL - 2) / phases;
    r.together = smaller(g->kernel_width, (VL - 1 - reach) / g->dilation_width + 1);
    r.columns.begin = larger(0, part.columns.begin * phases - g->out_column_shift);
    r.columns.end = smaller(g->out_columns, part.columns.end * phases - g->out_column_shift);
    const ck_range vectors = {r.columns.begin / VL, (r.columns.end + VL - 1) / VL};
    const ck_range inside = phases_inside(&r, vectors);
    for (ptrdiff_t image = part.images.begin; image < part.images.end; image++) {
        for (ptrdiff_t c = task->channels.begin / phases; c < task->channels.end / phases; c++) {
            const float *const plane =
                task->input + image * g->in_image_stride + c * phases / g->out_channels * g->in_channel_stride;
            r.weights = task->weights + c * filter;
            r.bias = task->epilogue.bias ? task->epilogue.bias[c] : 0;
            int is_finite = 1;
            for (ptrdiff_t phase = 0; phase < phases; phase++) {
                is_finite &= flags[c * phases + phase] == 0;
            }
            for (ptrdiff_t y = part.rows.begin; y < part.rows.end; y += r.rows) {
                const ptrdiff_t top = y - g->pad_top;
                r.kernel_rows = taps_inside(top, g->dilation_height, g->kernel_height, g->in_height);
                r.rows = 1;
                // All those that see every row of taps.
                if (range_length(r.kernel_rows) == g->kernel_height) {
                    r.rows =
                        smaller(part.rows.end - y, g->in_height - top - (g->kernel_height - 1) * g->dilation_height);
                }
                r.input = plane + top * g->in_row_stride;
                r.output = image * g->out_image_stride + c * g->out_channel_stride + y * g->out_row_stride;
                if (is_finite) {
                    compute_phase_rows(&r, vectors, inside);
                } else {
                    vector_not_finite(&r, vectors);
                }
            }
        }
    }
}

#endif
