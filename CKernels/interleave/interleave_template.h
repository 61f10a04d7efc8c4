// SPDX-License-Identifier: Apache-2.0
//
// The interleaved store, in the vocabulary. With 1, 2, 4 or 8 phases vectors of them are woven pairwise, those of
// phases p and p + period / 2: after log2(period) such steps the elements lie in their order. With 3, 5, 6 or 7 each
// vector of the output is picked from one of each phase. Of any other number VL phases at a time are transposed: each
// vector is then neighbouring elements of one period, and stored by itself. The ends of a row that are no whole period
// go element by element.

#include "ck_interleave.h"
#include "simd/common.h"
#include "simd/epilogue.h"

/// The most phases that are woven, and the most that are picked from: that takes as many steps for a vector as there
/// are phases, a transposition log2(VL) and a store for a part of one.
enum { WOVEN_PERIOD = 8, PICKED_PERIOD = 7 };
#define IS_WOVEN(period) ((period) == 1 || (period) == 2 || (period) == 4 || (period) == 8)

// Weaves `period` vectors, one of each phase, to as many of the output.
CK_INLINE void interleave_weave(vec *v, int period) {
    for (int step = 1; step < period; step *= 2) {
        vec woven[WOVEN_PERIOD];
        for (int i = 0; i < period / 2; i++) {
            vec_interleave(v[i], v[period / 2 + i], &woven[2 * i], &woven[2 * i + 1]);
        }
        for (int i = 0; i < period; i++) {
            v[i] = woven[i];
        }
    }
}

// One row of the output. What the epilogue adds is kept in registers, as a store might change it in memory.
typedef struct interleave_row {
    const ck_task *task; // for its epilogue
    const float *phases[WOVEN_PERIOD];
    float *output;
    const float *residual;
    vec bias, low, high;
    int is_clamped;
} interleave_row;

CK_INLINE void interleave_store(const interleave_row *row, ptrdiff_t at, vec v, ptrdiff_t count) {
    v = vec_add(v, row->bias);
    if (row->residual != NULL) {
        v = vec_add(v, count >= VL ? vec_load(row->residual + at) : vec_load_lanes(row->residual + at, 0, count));
    }
    // The data is the second operand, so that a NaN survives the clamp.
    v = row->is_clamped ? vec_min(row->high, vec_max(row->low, v)) : vec_activate_curved(v, row->task);
    vec_store_first(row->output + at, v, count);
}

// Columns `columns` of a row with a period that a vector has a weave for.
CK_INLINE void interleave_woven(const interleave_row *from, int period, ck_range columns) {
    const interleave_row local = *from, *row = &local;
    ptrdiff_t sum = columns.begin / period;
    for (ptrdiff_t column = sum * period; column < columns.end; column += period * VL, sum += VL) {
        vec v[WOVEN_PERIOD];
        for (; column >= columns.begin && columns.end - column >= period * VL; column += period * VL, sum += VL) {
            for (int p = 0; p < period; p++) {
                v[p] = row->phases[p] == NULL ? vec_zero() : vec_load(row->phases[p] + sum);
            }
            interleave_weave(v, period);
            for (int p = 0; p < period; p++) {
                interleave_store(row, column - columns.begin + p * VL, v[p], VL);
            }
        }
        // Those of a row that begins or ends within them.
        const ptrdiff_t at = column - columns.begin, left = (columns.end - column + period - 1) / period;
        if (left <= 0) break;
        for (int p = 0; p < period; p++) {
            v[p] = row->phases[p] == NULL ? vec_zero()
                   : left >= VL           ? vec_load(row->phases[p] + sum)
                                          : vec_load_lanes(row->phases[p] + sum, 0, left);
        }
        interleave_weave(v, period);
        for (int p = 0; p < period; p++) {
            const ptrdiff_t first = at + p * VL, count = columns.end - columns.begin - first;
            if (count <= 0) break;
            if (first >= 0) {
                interleave_store(row, first, v[p], count);
            } else if (first + VL > 0) {
                // The first vector of a row that begins within a period.
                float lanes[VL];
                vec_store(lanes, v[p]);
                const ptrdiff_t stored = smaller(VL + first, columns.end - columns.begin);
                interleave_store(row, 0, vec_load_lanes(lanes - first, 0, stored), stored);
            }
        }
    }
}

/// Lane i of vector j of the output, counted from the begin of a period, is sum `lanes[j][i]` of phase `phase[j][i]`.
typedef struct interleave_places {
    int32_t lanes[PICKED_PERIOD][VL], phase[PICKED_PERIOD][VL];
} interleave_places;

static void interleave_place(interleave_places *places, ptrdiff_t period) {
    int32_t sum = 0, phase = 0;
    for (ptrdiff_t j = 0; j < period; j++) {
        for (int i = 0; i < VL; i++) {
            places->lanes[j][i] = sum;
            places->phase[j][i] = phase;
            if (++phase == period) {
                phase = 0;
                sum++;
            }
        }
    }
}

// Sums `sum` ..< `sum` + `count` of each phase.
CK_INLINE void interleave_pick(const interleave_row *row, const int period, const interleave_places *places,
                               ptrdiff_t at, ptrdiff_t sum, ptrdiff_t count) {
    vec v[PICKED_PERIOD];
    for (int p = 0; p < period; p++) {
        v[p] = row->phases[p] == NULL ? vec_zero()
               : count == VL          ? vec_load(row->phases[p] + sum)
                                      : vec_load_lanes(row->phases[p] + sum, 0, count);
    }
    for (int j = 0; j < period && j * VL < count * period; j++) {
        vec y = vec_pick(v[0], places->lanes[j]);
        for (int p = 1; p < period; p++) {
            y = vec_pick_where(y, v[p], places->lanes[j], places->phase[j], p);
        }
        interleave_store(row, at + j * VL, y, count == VL ? VL : count * period - j * VL);
    }
}

// Columns of some periods, `sums` of each phase.
CK_INLINE void interleave_picked(const interleave_row *from, const int period, const interleave_places *places,
                                 ptrdiff_t begin, ck_range sums) {
    const interleave_row local = *from, *row = &local;
    ptrdiff_t sum = sums.begin;
    for (; sum + VL <= sums.end; sum += VL) {
        interleave_pick(row, period, places, sum * period - begin, sum, VL);
    }
    if (sum < sums.end) interleave_pick(row, period, places, sum * period - begin, sum, sums.end - sum);
}

// Columns of some periods, `sums` of each phase.
static void interleave_transposed(const interleave_row *from, const ck_interleave *task, ptrdiff_t offset,
                                  ptrdiff_t channel, ck_range sums) {
    const interleave_row local = *from, *row = &local;
    const ptrdiff_t period = task->period;
    for (ptrdiff_t sum = sums.begin; sum < sums.end; sum += VL) {
        const ptrdiff_t count = smaller(VL, sums.end - sum);
        for (ptrdiff_t phase = 0; phase < period; phase += VL) {
            const ptrdiff_t phases = smaller(VL, period - phase);
            vec v[VL];
            for (int i = 0; i < VL; i++) {
                const ck_phase *const of = task->phases + smaller(phase + i, period - 1);
                v[i] = vec_zero();
                if (i >= phases || of->first < 0) continue;
                const float *const p = task->sums + of->first + channel * of->channel + offset + sum;
                v[i] = count == VL ? vec_load(p) : vec_load_lanes(p, 0, count);
            }
            vec_transpose(v);
            for (int i = 0; i < count; i++) {
                interleave_store(row, (sum + i) * period + phase - task->columns.begin, v[i], phases);
            }
        }
    }
}

// Columns `columns` of a row with any period.
static __attribute__((noinline)) void interleave_elements(const interleave_row *row, const ck_interleave *task,
                                                          ptrdiff_t offset, ptrdiff_t channel, ck_range columns) {
    ptrdiff_t phase = columns.begin % task->period, sum = columns.begin / task->period;
    for (ptrdiff_t column = columns.begin; column < columns.end; column += VL) {
        const ptrdiff_t count = smaller(VL, columns.end - column);
        float lanes[VL];
        for (ptrdiff_t i = 0; i < count; i++) {
            const ck_phase *from = task->phases + phase;
            lanes[i] = from->first < 0 ? 0 : task->sums[from->first + channel * from->channel + offset + sum];
            if (++phase == task->period) {
                phase = 0;
                sum++;
            }
        }
        interleave_store(row, column - task->columns.begin, vec_load_lanes(lanes, 0, count), count);
    }
}

// One row, which begins and ends anywhere. `period` is a constant, 0 for any number of phases.
CK_INLINE void interleave_columns(const interleave_row *row, const ck_interleave *task, const interleave_places *places,
                                  ptrdiff_t offset, ptrdiff_t channel, const int period) {
    if (IS_WOVEN(period)) {
        interleave_woven(row, period, task->columns);
        return;
    }
    const ptrdiff_t begin = task->columns.begin, end = task->columns.end, phases = task->period;
    const ck_range whole = {(begin + phases - 1) / phases, end / phases};
    if (whole.begin >= whole.end) {
        interleave_elements(row, task, offset, channel, task->columns);
        return;
    }
    interleave_elements(row, task, offset, channel, (ck_range){begin, whole.begin * phases});
    if (period > 0) {
        interleave_picked(row, period, places, begin, whole);
    } else {
        interleave_transposed(row, task, offset, channel, whole);
    }
    interleave_elements(row, task, offset, channel, (ck_range){whole.end * phases, end});
}

CK_INLINE void interleave_rows(const ck_interleave *task, const interleave_places *places, const int period) {
    const ck_task epilogue = {.epilogue = task->epilogue};
    for (ptrdiff_t channel = 0; channel < task->channels; channel++) {
        interleave_row row = {.task = &epilogue};
        row.bias = vec_set1(task->epilogue.bias == NULL ? 0 : task->epilogue.bias[channel]);
        row.low = vec_set1(task->epilogue.low);
        row.high = vec_set1(task->epilogue.high);
        row.is_clamped = task->epilogue.activation == CK_ACTIVATION_CLAMP;
        for (ptrdiff_t r = 0; r < task->rows; r++) {
            const ptrdiff_t to = channel * task->out_channel_stride + r * task->out_row_stride;
            const ptrdiff_t offset = r * task->row_stride;
            row.output = task->output + to;
            row.residual = task->epilogue.residual == NULL ? NULL : task->epilogue.residual + to;
            for (int p = 0; p < period; p++) {
                const ck_phase *from = task->phases + p;
                row.phases[p] = from->first < 0 ? NULL : task->sums + from->first + channel * from->channel + offset;
            }
            interleave_columns(&row, task, places, offset, channel, period);
        }
    }
}

// Each a function of its own, with all registers to itself.
#define CK_INTERLEAVED_ROWS(period)                                                                                    \
    static __attribute__((noinline)) void interleave_rows_##period(const ck_interleave *task,                          \
                                                                   const interleave_places *places) {                  \
        interleave_rows(task, places, period);                                                                         \
    }
#define CK_INTERLEAVED_ENTRY(period) interleave_rows_##period,

CK_INTERLEAVED_ROWS(0)
CK_UP_TO(8, CK_INTERLEAVED_ROWS)

static void (*const interleave_by_period[])(const ck_interleave *task, const interleave_places *places) = {
    CK_INTERLEAVED_ENTRY(0) CK_UP_TO(8, CK_INTERLEAVED_ENTRY)};

static void store_interleaved(const ck_interleave *task) {
    interleave_places places;
    if (task->period <= PICKED_PERIOD && !IS_WOVEN(task->period)) interleave_place(&places, task->period);
    interleave_by_period[task->period <= WOVEN_PERIOD ? task->period : 0](task, &places);
}
