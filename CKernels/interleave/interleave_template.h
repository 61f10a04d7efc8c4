// SPDX-License-Identifier: Apache-2.0
//
// The interleaved store, in the vocabulary. With 2, 4 or 8 phases vectors of them are woven pairwise, those of phases p
// and p + period / 2: after log2(period) such steps the elements lie in their order. Any other number of phases goes
// element by element, a vector of the output at a time.

#include "ck_interleave.h"
#include "simd/common.h"
#include "simd/epilogue.h"

// Weaves `period` vectors, one of each phase, to as many of the output.
CK_INLINE void interleave_weave(vec *v, int period) {
    for (int step = 1; step < period; step *= 2) {
        vec woven[8];
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
    const float *phases[8];
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
    ptrdiff_t sum = columns.begin / period, column = sum * period;
    // Whole vectors, but for a first one that begins within a period.
    if (column == columns.begin) {
        for (; column + period * VL <= columns.end; column += period * VL, sum += VL) {
            vec v[8];
            for (int p = 0; p < period; p++) {
                v[p] = row->phases[p] == NULL ? vec_zero() : vec_load(row->phases[p] + sum);
            }
            interleave_weave(v, period);
            for (int p = 0; p < period; p++) {
                interleave_store(row, column + p * VL - columns.begin, v[p], VL);
            }
        }
    }
    for (; column < columns.end; column += period * VL, sum += VL) {
        const ptrdiff_t left = (columns.end + period - 1) / period - sum;
        vec v[8];
        for (int p = 0; p < period; p++) {
            v[p] = row->phases[p] == NULL ? vec_zero()
                   : left >= VL           ? vec_load(row->phases[p] + sum)
                                          : vec_load_lanes(row->phases[p] + sum, 0, left);
        }
        interleave_weave(v, period);
        for (int p = 0; p < period; p++) {
            const ptrdiff_t first = column + p * VL, count = columns.end - first;
            if (count <= 0) break;
            if (first >= columns.begin) {
                interleave_store(row, first - columns.begin, v[p], count);
            } else if (first + VL > columns.begin) {
                // The first vector of a row that begins within a period.
                float lanes[VL];
                vec_store(lanes, v[p]);
                const ptrdiff_t skipped = columns.begin - first;
                const ptrdiff_t stored = smaller(VL - skipped, columns.end - columns.begin);
                interleave_store(row, 0, vec_load_lanes(lanes + skipped, 0, stored), stored);
            }
        }
    }
}

// Columns `columns` of a row with any period.
static void interleave_elements(const interleave_row *row, const ck_interleave *task, ptrdiff_t offset,
                                ptrdiff_t channel, ck_range columns) {
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
        interleave_store(row, column - columns.begin, vec_load_lanes(lanes, 0, count), count);
    }
}

static void store_interleaved(const ck_interleave *task) {
    const ck_task epilogue = {.epilogue = task->epilogue};
    const ptrdiff_t period = task->period;
    const int isWoven = period == 2 || period == 4 || period == 8;
    for (ptrdiff_t channel = 0; channel < task->channels; channel++) {
        interleave_row row = {.task = &epilogue};
        row.bias = vec_set1(task->epilogue.bias == NULL ? 0 : task->epilogue.bias[channel]);
        row.low = vec_set1(task->epilogue.low);
        row.high = vec_set1(task->epilogue.high);
        row.is_clamped = task->epilogue.activation == CK_ACTIVATION_CLAMP;
        for (ptrdiff_t r = 0; r < task->rows; r++) {
            const ptrdiff_t to = channel * task->out_channel_stride + r * task->out_row_stride;
            row.output = task->output + to;
            row.residual = task->epilogue.residual == NULL ? NULL : task->epilogue.residual + to;
            const ptrdiff_t offset = r * task->row_stride;
            if (!isWoven) {
                interleave_elements(&row, task, offset, channel, task->columns);
                continue;
            }
            for (ptrdiff_t p = 0; p < period; p++) {
                const ck_phase *from = task->phases + p;
                row.phases[p] = from->first < 0 ? NULL : task->sums + from->first + channel * from->channel + offset;
            }
            if (period == 2) {
                interleave_woven(&row, 2, task->columns);
            } else if (period == 4) {
                interleave_woven(&row, 4, task->columns);
            } else {
                interleave_woven(&row, 8, task->columns);
            }
        }
    }
}
