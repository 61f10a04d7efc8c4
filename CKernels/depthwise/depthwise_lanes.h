// SPDX-License-Identifier: Apache-2.0
//
// Depthwise lanes: any kernel, stride and dilation, in channel lanes. What some rows and columns of output read is
// brought into lanes, with its padding as zeros, and computed pixel by pixel: every tap of every pixel is one aligned
// load, whatever its stride, no lane is idle in narrow planes, and no pixel is at an edge.
//
// Of the input, the windows of the outputs are brought into lanes: as they are where they overlap, one after the other
// where the stride leaves columns or rows between them.

#ifndef CK_DEPTHWISE_LANES_H
#define CK_DEPTHWISE_LANES_H

/// Floats of the output in lanes; of the input what a first-level cache holds, unless that is of fewer columns of
/// output than this. Pixels that are computed together, at most.
enum { LANE_OUTPUT = 2048, LANE_INPUT = 8192, LANE_COLUMNS = 8, LANE_PIXELS = TILE_OUTPUTS };

/// Where a tap is, relative to tap (0, 0).
typedef struct lane_tap {
    int32_t input, weight; ///< floats in lanes
} lane_tap;

/// How the output is cut into what is in lanes at a time, and how lanes are laid out.
typedef struct lane_plan {
    ptrdiff_t rows, columns;               ///< of output, at most
    ptrdiff_t row_unit;                    ///< input rows from one row in lanes to the next: gcd(stride, dilation)
    ptrdiff_t window_rows, window_columns; ///< of one output, in lanes
    ptrdiff_t row_step, column_step;       ///< in lanes, from the window of one output to that of the next
    ptrdiff_t pitch;                       ///< pixels in lanes from one row to the next
    ptrdiff_t input_floats;                ///< what `input` may take
    ptrdiff_t count, first, end;           ///< taps, and which of them are added
    lane_tap *taps;                        ///< in the order in which they are added
    float *weights, *input, *output;       ///< in lanes: [tap][VL], [row][column][VL], [row][column][VL]; of a task
} lane_plan;

// The part of the output whose input fits so many floats. 0 if one window does not.
static int fit_part(const ck_geometry *g, lane_plan *p, ptrdiff_t floats) {
    // Behind the last column there may be three more of a last four.
    const ptrdiff_t pixels = floats / VL - 3;
    p->columns = smaller(g->out_width, LANE_OUTPUT / VL);
    for (;; p->columns = (p->columns + 1) / 2) {
        p->pitch = (p->columns - 1) * p->column_step + p->window_columns;
        const ptrdiff_t rows = pixels / p->pitch;
        p->rows = smaller((rows - p->window_rows) / p->row_step + 1, LANE_OUTPUT / VL / p->columns);
        // Rows that several rows of output read are moved from one part to the next: they should be the fewer ones.
        const int few = p->rows * p->row_step < p->window_rows - p->row_step && p->rows < g->out_height;
        if (rows >= p->window_rows && (!few || p->columns <= LANE_PIXELS)) return 1;
        if (p->columns == 1) return 0;
    }
}

// Whether lanes are possible: one window must fit.
static int plan_lanes(const ck_geometry *g, lane_plan *p) {
    const ptrdiff_t unit = greatest_common_divisor(g->stride_height, g->dilation_height), taps = count_taps(g);
    if (g->dilation_height / unit > MOST_FLOATS || g->dilation_width > MOST_FLOATS) return 0;
    p->row_unit = unit;
    p->window_rows = (g->kernel_height - 1) * (g->dilation_height / unit) + 1;
    p->window_columns = (g->kernel_width - 1) * g->dilation_width + 1;
    p->row_step = smaller(g->stride_height / unit, p->window_rows);
    // Four columns are brought into lanes at a time: a third of them may be in vain.
    p->column_step = round_up(p->window_columns, 4) * 3 / 2 <= g->stride_width ? p->window_columns : g->stride_width;
    p->input_floats = LANE_INPUT;
    if (!fit_part(g, p, LANE_INPUT) || p->columns < smaller(g->out_width, LANE_COLUMNS)) {
        p->input_floats = larger(LEAST_FLOATS, smaller(8 * VL * taps, MOST_FLOATS)) - LANE_OUTPUT;
        if (!fit_part(g, p, p->input_floats)) return 0;
    }
    p->count = taps;
    p->first = 0;
    p->end = p->count;
    return 1;
}

static ptrdiff_t lane_scratch_floats(const lane_plan *p) {
    return round_up(p->count * VL, 16) + LANE_OUTPUT + p->input_floats;
}

// A plan for a task, with what that keeps in lanes.
static lane_plan place_lanes(const lane_plan *plan, float *scratch) {
    lane_plan p = *plan;
    p.weights = scratch;
    p.output = p.weights + round_up(p.count * VL, 16);
    p.input = p.output + LANE_OUTPUT;
    return p;
}

// What a part of the output copies.
static ck_depthwise_work count_lanes(const lane_plan *p) {
    return (ck_depthwise_work){
        .outputs = (double)(p->rows * p->columns),
        .copied = (double)(p->rows * p->row_step * p->pitch),
        .moved = (double)((p->window_rows - p->row_step) * p->pitch),
    };
}

static lane_tap lane_tap_at(const ck_geometry *g, const lane_plan *p, ptrdiff_t tap) {
    const ptrdiff_t row = tap / g->kernel_width * (g->dilation_height / p->row_unit);
    const ptrdiff_t column = tap % g->kernel_width * g->dilation_width;
    return (lane_tap){(int32_t)((row * p->pitch + column) * VL), (int32_t)(tap * VL)};
}

/// The input of VL channels, or of channels that become VL.
typedef struct lane_source {
    const float *plane;  ///< of the first of them
    const int32_t *from; ///< NULL if the pixels of a row are neighbours; else, for each lane, which of `channels`
    ptrdiff_t channels;  ///< neighbours, from the first on
} lane_source;

// Columns `column` ..< `column` + `count` of a row, zeros beside the input; of up to three pixels more anything may be
// written.
static void gather_columns(const ck_geometry *g, const lane_source *s, const float *row, ptrdiff_t column,
                           ptrdiff_t count, float *to) {
    const ck_range inside = {smaller(count, larger(0, -column)), larger(0, smaller(count, g->in_width - column))};
    const ptrdiff_t size = inside.end - inside.begin;
    for (ptrdiff_t i = 0; i < inside.begin; i++) {
        vec_store(to + i * VL, vec_zero());
    }
    const float *from = row + (column + inside.begin) * g->in_pixel_stride;
    float *at = to + inside.begin * VL;
    if (s->from) {
        for (ptrdiff_t i = 0; i < size; i++, from += g->in_pixel_stride) {
            const vec v = s->channels == VL ? vec_load(from) : vec_load_lanes(from, 0, s->channels);
            vec_store(at + i * VL, s->channels == VL ? v : vec_pick(v, s->from));
        }
    } else if (size > 0) {
        gather_lanes(at, from, g->in_channel_stride, column + inside.begin + 4 <= g->in_width ? larger(4, size) : size);
    }
    for (ptrdiff_t i = larger(inside.begin, inside.end); i < count; i++) {
        vec_store(to + i * VL, vec_zero());
    }
}

// The windows of some columns of output, the first of which begins at column `left`, where they are apart.
static void gather_apart(const ck_geometry *g, const lane_plan *p, const lane_source *s, const float *row,
                         ptrdiff_t left, ptrdiff_t columns, float *to) {
    const ptrdiff_t size = p->window_columns;
    for (ptrdiff_t x = 0, column = left; x < columns; x++, column += g->stride_width, to += size * VL) {
        if (s->from || column < 0 || column + round_up(size, 4) > g->in_width) {
            gather_columns(g, s, row, column, size, to);
            continue;
        }
        for (ptrdiff_t i = 0; i < size; i += 4) {
            vec v[4];
            load_four_columns(v, row + column + i, g->in_channel_stride);
            for (int k = 0; k < 4; k++) {
                vec_store(to + (i + k) * VL, v[k]);
            }
        }
    }
}

// What a part of the output reads. The first `done` rows in lanes are there already.
static void gather_windows(const ck_geometry *g, const lane_plan *p, const lane_source *s, ck_range rows,
                           ck_range columns, ptrdiff_t done) {
    const ptrdiff_t count = (rows.end - rows.begin - 1) * p->row_step + p->window_rows;
    const ptrdiff_t left = columns.begin * g->stride_width - g->pad_left;
    const ptrdiff_t width = (columns.end - columns.begin - 1) * p->column_step + p->window_columns;
    const ptrdiff_t skip = g->stride_height - p->row_step * p->row_unit;
    ptrdiff_t y = rows.begin * g->stride_height - g->pad_top;
    float *to = p->input;
    for (ptrdiff_t r = 0, line = 0; r < count; r++, to += p->pitch * VL, y += p->row_unit) {
        if (line == p->row_step) {
            y += skip;
            line = 0;
        }
        line++;
        if (r < done) continue;
        const float *row = s->plane + y * g->in_row_stride;
        if (y < 0 || y >= g->in_height) {
            memset(to, 0, (size_t)(width * VL) * sizeof(float));
        } else if (p->column_step < g->stride_width) {
            gather_apart(g, p, s, row, left, columns.end - columns.begin, to);
        } else {
            gather_columns(g, s, row, left, width, to);
        }
    }
}

/// What is done to the sums: the bias is added, and they are clamped.
typedef struct lane_epilogue {
    float bias[VL], low[VL], high[VL];
} lane_epilogue;

// With a residual, the clamp comes after it.
static void set_clamp(lane_epilogue *e, const ck_task *task) {
    vec_store(e->low, vec_set1(task->epilogue.residual ? -__builtin_inff() : activation_low(task)));
    vec_store(e->high, vec_set1(task->epilogue.residual ? __builtin_inff() : activation_high(task)));
}

// `pixels` neighbouring pixels, the first of which reads tap (0, 0) at `input`, stored `apart` floats from each other.
// `pixels` is a constant wherever this is inlined.
CK_INLINE void compute_lanes(const lane_plan *p, const lane_epilogue *e, const float *input, float *output,
                             ptrdiff_t apart, const int pixels) {
    const ptrdiff_t step = p->column_step * VL;
    vec sum[LANE_PIXELS];
    for (int i = 0; i < pixels; i++) {
        sum[i] = vec_zero();
    }
    for (const lane_tap *t = p->taps + p->first, *end = p->taps + p->end; t < end; t++) {
        const float *at = input + t->input;
        const vec w = vec_load(p->weights + t->weight);
        for (int i = 0; i < pixels; i++) {
            if (i > 0 && i % 4 == 0) {
                at += 4 * step;
                // Otherwise the compiler computes all addresses first, which there are no registers for.
                __asm__("" : "+r"(at));
            }
            sum[i] = vec_fma(w, vec_load(at + i % 4 * step), sum[i]);
        }
    }
    const vec bias = vec_load(e->bias), low = vec_load(e->low), high = vec_load(e->high);
    for (int i = 0; i < pixels; i++) {
        vec_store(output + i * apart, vec_min(high, vec_max(low, vec_add(sum[i], bias))));
    }
}

#define CK_LANES_FUNCTION(pixels)                                                                                      \
    static void lanes_of_##pixels(const lane_plan *p, const lane_epilogue *e, const float *input, float *output,       \
                                  ptrdiff_t apart) {                                                                   \
        compute_lanes(p, e, input, output, apart, pixels);                                                             \
    }
#define CK_LANES_ENTRY(pixels) lanes_of_##pixels,

CK_UP_TO(TILE_OUTPUTS, CK_LANES_FUNCTION)

/// By the number of pixels less one.
static void (*const lanes[TILE_OUTPUTS])(const lane_plan *, const lane_epilogue *, const float *, float *,
                                         ptrdiff_t) = {CK_UP_TO(TILE_OUTPUTS, CK_LANES_ENTRY)};

// Row `row` of a part whose input is in lanes, `columns` pixels.
static void compute_lane_row(const lane_plan *p, const lane_epilogue *e, ptrdiff_t row, ptrdiff_t columns,
                             float *output, ptrdiff_t apart) {
    const float *input = p->input + row * p->row_step * p->pitch * VL;
    for (ptrdiff_t left = columns, size; left > 0; left -= size, output += size * apart) {
        size = tile_size(left);
        lanes[size - 1](p, e, input, output, apart);
        input += size * p->column_step * VL;
    }
}

// Before the next part below: what both read goes to the front. Returns how many rows that is.
static ptrdiff_t keep_shared_rows(const lane_plan *p) {
    const ptrdiff_t shared = p->window_rows - p->row_step;
    const float *last = p->input + p->rows * p->row_step * p->pitch * VL;
    memmove(p->input, last, (size_t)(shared * p->pitch * VL) * sizeof(float));
    return shared;
}

#endif
