// SPDX-License-Identifier: Apache-2.0
//
// Depthwise tiles: a few vectors of output of one channel, in registers, and all taps of any kernel.
//
// The vectors of a tile are neighbours along one axis, the rows or the columns, at such a distance that what one of
// them reads with one tap, the vector before it reads with a later tap. CHAIN_TAPS taps so related, a chain, keep their
// weights in registers, and a vector of input that has been loaded is multiplied by all of them. With n vectors that is
// n + CHAIN_TAPS - 1 loads for n * CHAIN_TAPS multiplications; one load for each would take longer than the
// multiplications, as many of them cross a cache line.

#ifndef CK_DEPTHWISE_TILE_H
#define CK_DEPTHWISE_TILE_H

enum { CHAIN_TAPS = 3 };

_Static_assert(TILE_OUTPUTS + CHAIN_TAPS + 2 <= VEC_REGISTERS, "a tile must fit, with an input and a mask");

/// Where the first tap of a chain is, relative to tap (0, 0).
typedef struct chain {
    ptrdiff_t input, weight; ///< floats
    ptrdiff_t row, column;   ///< of the input, for tiles that skip what lies outside
} chain;

/// The kernel as chains of CHAIN_TAPS, of 2 and of 1, in the order in which they are summed.
typedef struct chain_list {
    ptrdiff_t count[CHAIN_TAPS + 1]; ///< by the taps of the chain
    ptrdiff_t step;                  ///< floats of input from one vector to the next, and from one tap to the next
    ptrdiff_t row_step;              ///< rows likewise
    ptrdiff_t weight_step;           ///< floats from the weight of one tap to that of the next
    chain *chains;
} chain_list;

/// Tiles side by side.
typedef struct tile_row {
    const ck_task *task;
    const chain_list *list;
    const float *weights;  ///< of the channel
    const float *input;    ///< what tap (0, 0) reads for the first lane of the first vector
    ptrdiff_t row, column; ///< where in the input that is
    int rows_inside;       ///< whether no tap of any vector reads a row outside the input
    ck_range inside;       ///< columns of output, from the first on, whose taps all read columns inside the input
    float bias;
    const float *residual; ///< of the first lane of the first vector, or NULL
    float *output;
    ptrdiff_t output_step; ///< floats of output from one vector of a tile to the next
    ptrdiff_t columns;     ///< output columns of all tiles
    ptrdiff_t overlap;     ///< how many columns from the first on may be written before their tile is stored
    int overlaps_last;     ///< whether those behind the last vectors of the tiles may be as well
} tile_row;

// Adds `count` chains of `taps` taps. `skips_rows` and `skips_columns` tell whether there may be rows and columns
// outside the input, which are not read.
CK_INLINE void add_chains(vec sum[TILE_OUTPUTS], const tile_row *t, ptrdiff_t x, const chain *chains, ptrdiff_t count,
                          const int outputs, const int taps, const int skips_rows, const int skips_columns) {
    const ptrdiff_t weight_step = t->list->weight_step, step = t->list->step;
    const ck_geometry *g = t->task->geometry;
    const float *input = t->input + x, *weights = t->weights;
    for (const chain *end = chains + count; chains < end; chains++) {
        const ptrdiff_t column = t->column + x + chains->column;
        const ptrdiff_t first = larger(0, -column), last = smaller(VL, g->in_width - column);
        if (skips_columns && first >= last) continue;
        ck_range rows = {0, outputs + taps - 1};
        if (skips_rows) rows = taps_inside(t->row + chains->row, t->list->row_step, rows.end, g->in_height);
        const float *p = input + chains->input, *q = weights + chains->weight;
        vec w[CHAIN_TAPS];
        for (int c = 0; c < taps; c++) {
            w[c] = vec_set1(q[c * weight_step]);
        }
#pragma clang loop unroll(full)
        for (int j = 0; j < outputs + taps - 1; j++) {
            if (j > 0 && j % 4 == 0) {
                p += 4 * step;
                // Otherwise the compiler computes all addresses first, which there are no registers for.
                __asm__("" : "+r"(p));
            }
            if (skips_rows && (j < rows.begin || j >= rows.end)) continue;
            const float *at = p + j % 4 * step;
            const vec v = skips_columns ? vec_load_lanes(at, first, last) : vec_load(at);
#pragma clang loop unroll(full)
            for (int c = 0; c < taps; c++) {
                if (j >= c && j - c < outputs) sum[j - c] = vec_fma(w[c], v, sum[j - c]);
            }
        }
    }
}

#ifdef TILE_SHIFTED
// Adds `count` chains of one tap, of vectors that are neighbours, all of whose input is inside. Where a tap is one
// float behind the tap before it, the input of the first TILE_SHIFTED vectors is what that one had, shifted by a lane.
CK_INLINE void add_neighbours(vec sum[TILE_OUTPUTS], const tile_row *t, ptrdiff_t x, const chain *chains,
                              ptrdiff_t count, const int outputs) {
    vec v[TILE_OUTPUTS];
    for (int i = 0; i < outputs; i++) {
        v[i] = vec_zero();
    }
    for (ptrdiff_t k = 0; k < count; k++) {
        const vec w = vec_set1(t->weights[chains[k].weight]);
        const float *p = t->input + x + chains[k].input;
        const int follows = k > 0 && chains[k].input == chains[k - 1].input + 1;
        const int shifted = TILE_SHIFTED < outputs ? TILE_SHIFTED : outputs - 1;
        if (follows) {
            for (int i = 0; i < shifted; i++) {
                v[i] = vec_shift_in(v[i], v[i + 1]);
            }
        } else {
            for (int i = 0; i < shifted; i++) {
                v[i] = vec_load(p + i * VL);
            }
        }
        for (int i = 0; i < outputs; i++) {
            if (i >= shifted) v[i] = vec_load(p + i * VL);
            sum[i] = vec_fma(w, v[i], sum[i]);
        }
    }
}
#endif

// `lanes` of all vectors, but `last_lanes` of the last one.
CK_INLINE void store_tile(const tile_row *t, vec sum[TILE_OUTPUTS], ptrdiff_t x, ptrdiff_t lanes, ptrdiff_t last_lanes,
                          const int outputs) {
    const ck_task *task = t->task;
    const vec bias = vec_set1(t->bias), low = vec_set1(activation_low(task)), high = vec_set1(activation_high(task));
    const ptrdiff_t step = t->output_step;
    float *output = t->output + x;
    if (!t->residual && (VEC_MASKED_STORES || lanes >= VL)) {
        for (int i = 0; i < outputs - 1; i++, output += step) {
            vec_store_first(output, vec_min(high, vec_max(low, vec_add(sum[i], bias))), VEC_MASKED_STORES ? lanes : VL);
        }
        vec_store_first(output, vec_min(high, vec_max(low, vec_add(sum[outputs - 1], bias))), last_lanes);
        return;
    }
    float sums[TILE_OUTPUTS * VL];
    for (int i = 0; i < outputs; i++) {
        vec_store(sums + i * VL, vec_add(sum[i], bias));
    }
#pragma clang loop unroll(disable)
    for (int i = 0; i < outputs; i++) {
        const ptrdiff_t count = i < outputs - 1 ? lanes : last_lanes;
        vec y = vec_load(sums + i * VL);
        if (t->residual) y = vec_add(y, vec_load_lanes(t->residual + x + i * step, 0, count));
        vec_store_first(output + i * step, vec_min(high, vec_max(low, y)), count);
    }
}

CK_INLINE void sum_tile(vec sum[TILE_OUTPUTS], const tile_row *t, ptrdiff_t x, const int outputs, const int skips_rows,
                        const int skips_columns) {
    const chain_list *l = t->list;
    const chain *threes = l->chains, *twos = threes + l->count[3], *ones = twos + l->count[2];
    add_chains(sum, t, x, threes, l->count[3], outputs, 3, skips_rows, skips_columns);
    add_chains(sum, t, x, twos, l->count[2], outputs, 2, skips_rows, skips_columns);
#ifdef TILE_SHIFTED
    if (!skips_rows && !skips_columns && l->step == VL) {
        add_neighbours(sum, t, x, ones, l->count[1], outputs);
        return;
    }
#endif
    add_chains(sum, t, x, ones, l->count[1], outputs, 1, skips_rows, skips_columns);
}

// `outputs`, the number of vectors of a tile, is a constant wherever this is inlined.
CK_INLINE void compute_tiles(const tile_row *t, const int outputs) {
    for (ptrdiff_t x = (t->columns - 1) / VL * VL; x >= 0; x -= VL) {
        vec sum[TILE_OUTPUTS];
        for (int i = 0; i < outputs; i++) {
            sum[i] = vec_zero();
        }
        const int columns_inside = x >= t->inside.begin && x + VL <= t->inside.end;
        if (t->rows_inside && columns_inside) {
            sum_tile(sum, t, x, outputs, 0, 0);
        } else if (TILE_ENDS && t->rows_inside) {
            sum_tile(sum, t, x, outputs, 0, 1);
        } else {
            sum_tile(sum, t, x, outputs, 1, 1);
        }
        const ptrdiff_t tail = smaller(VL, t->columns - x);
        const ptrdiff_t lanes = x + VL - t->columns <= t->overlap ? VL : tail;
        store_tile(t, sum, x, lanes, t->overlaps_last ? lanes : tail, outputs);
    }
}

#define CK_TILES_FUNCTION(outputs)                                                                                     \
    static void tiles_of_##outputs(const tile_row *t) {                                                                \
        compute_tiles(t, outputs);                                                                                     \
    }
#define CK_TILES_ENTRY(outputs) tiles_of_##outputs,

CK_UP_TO(TILE_OUTPUTS, CK_TILES_FUNCTION)

/// By the number of vectors less one.
static void (*const tiles[TILE_OUTPUTS])(const tile_row *) = {CK_UP_TO(TILE_OUTPUTS, CK_TILES_ENTRY)};

// How many of `left` vectors the next tile takes, so that all tiles are about as large.
static ptrdiff_t tile_size(ptrdiff_t left) {
    const ptrdiff_t count = (left + TILE_OUTPUTS - 1) / TILE_OUTPUTS;
    return (left + count - 1) / count;
}

/// The taps along one axis.
typedef struct tap_axis {
    ptrdiff_t count;
    ptrdiff_t weight;          ///< floats from the weight of one tap to that of the next
    ptrdiff_t dilation;        ///< pixels of input likewise
    ptrdiff_t pitch;           ///< floats of input likewise, where there are no phases
    const ck_geometry *phased; ///< whose columns are in phases, or NULL
    phase_plan phases;
    ptrdiff_t phase_length; ///< floats of a phase
} tap_axis;

static ptrdiff_t tap_offset(const tap_axis *a, ptrdiff_t tap) {
    return a->phased ? phase_offset(a->phased, &a->phases, tap, a->phase_length) : tap * a->pitch;
}

// Lists the chains: tap k, k + classes, k + 2 classes ... of one axis, with each tap of the other. `by_rows` tells
// which axis the rows are.
static void list_chains(chain_list *list, const tap_axis *along, const tap_axis *across, ptrdiff_t classes,
                        int by_rows) {
    ptrdiff_t listed = 0;
    for (int taps = CHAIN_TAPS; taps > 0; taps--) {
        const ptrdiff_t before = listed;
        for (ptrdiff_t first = 0; first < smaller(classes, along->count); first++) {
            const ptrdiff_t of_class = (along->count - first + classes - 1) / classes;
            const ptrdiff_t rest = of_class % CHAIN_TAPS;
            const ptrdiff_t begin = taps == CHAIN_TAPS ? 0 : of_class - rest;
            const ptrdiff_t end = taps == CHAIN_TAPS ? of_class - rest : taps == rest ? of_class : begin;
            for (ptrdiff_t i = begin; i < end; i += taps) {
                const ptrdiff_t k = first + i * classes;
                for (ptrdiff_t l = 0; l < across->count; l++) {
                    const ptrdiff_t row = by_rows ? k * along->dilation : l * across->dilation;
                    const ptrdiff_t column = by_rows ? l * across->dilation : k * along->dilation;
                    list->chains[listed++] = (chain){
                        .input = tap_offset(along, k) + tap_offset(across, l),
                        .weight = k * along->weight + l * across->weight,
                        .row = row,
                        .column = column,
                    };
                }
            }
        }
        list->count[taps] = listed - before;
    }
    list->step = tap_offset(along, classes);
    list->row_step = by_rows ? classes * along->dilation : 0;
    list->weight_step = classes * along->weight;
}

#endif
