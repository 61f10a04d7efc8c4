// SPDX-License-Identifier: Apache-2.0
//
// Between tensors of any strides and channel lanes, [column][VL]: the ends of the transforms of winograd_template.h.
// Nothing outside the tensors is read or written. Include it after the vocabulary and its epilogue.

#ifndef CK_WINOGRAD_LANES_H
#define CK_WINOGRAD_LANES_H

#include "simd/columns.h"

// Up to VL channels of one image, each of one phase: see phase_plan.
//
// Without a stride, row y and column x of a source are those of the input; with a stride s, row y of phase p is row
// s * y + p - pad_top, and columns likewise.
typedef struct lane_source {
    const ck_geometry *geometry;
    const float *image; // channel 0 of the group; set before each image
    ptrdiff_t lanes;    // in use
    int is_one_phase;   // all lanes are neighbouring channels of one phase
    ptrdiff_t channel[VL];
    ptrdiff_t top[VL], left[VL]; // from s * y to the input's row, from s * x to its column
} lane_source;

// The channels first ..< first + VL in the order of the phases.
static inline lane_source lanes_of_phases(const ck_geometry *g, const phase_plan *plan, ptrdiff_t first) {
    const ptrdiff_t depth = phase_depth(plan);
    lane_source source = {.geometry = g, .lanes = depth - first < VL ? depth - first : VL, .is_one_phase = 1};
    for (ptrdiff_t i = 0; i < source.lanes; i++) {
        const ptrdiff_t phase = (first + i) / plan->channels;
        source.channel[i] = (first + i) % plan->channels;
        source.top[i] = g->stride_height == 1 ? 0 : phase / plan->columns - g->pad_top;
        source.left[i] = g->stride_width == 1 ? 0 : phase % plan->columns - g->pad_left;
        source.is_one_phase &= phase == first / plan->channels;
    }
    return source;
}

// VL columns of a row of `width`, `stride` apart, from column `first` on: zeros beside the row.
static inline vec load_strided_columns(const float *row, ptrdiff_t first, ptrdiff_t stride, ptrdiff_t pixel_stride,
                                       ptrdiff_t width) {
    if (pixel_stride == 1 && stride == 2) {
        vec even, odd;
        load_column_pairs(row, first, width, &even, &odd);
        return even;
    }
    float columns[VL] = {0};
    const ck_range inside = taps_inside(first, stride, VL, width);
    for (ptrdiff_t i = inside.begin; i < inside.end; i++) {
        columns[i] = row[(first + i * stride) * pixel_stride];
    }
    return vec_load(columns);
}

// As load_lanes, of a layer with a stride.
static void load_strided_lanes(const lane_source *source, ptrdiff_t y, ptrdiff_t x, float *to) {
    const ck_geometry *g = source->geometry;
    const ptrdiff_t stride = g->stride_width, pixel_stride = g->in_pixel_stride, channel_stride = g->in_channel_stride;
    vec v[VL];
    if (source->is_one_phase) {
        const ptrdiff_t row = g->stride_height * y + source->top[0], first = stride * x + source->left[0];
        const int is_inside = row >= 0 && row < g->in_height;
        const float *from =
            source->image + (is_inside ? row * g->in_row_stride : 0) + source->channel[0] * channel_stride;
        if (is_inside && stride == 2 && pixel_stride == 1 && source->lanes == VL && first >= 0 &&
            first + 2 * VL <= g->in_width) {
            for (int i = 0; i < VL; i++) {
                vec odd;
                vec_deinterleave(from + first + i * channel_stride, &v[i], &odd);
            }
        } else {
            for (ptrdiff_t i = 0; i < VL; i++) {
                v[i] = is_inside && i < source->lanes
                           ? load_strided_columns(from + i * channel_stride, first, stride, pixel_stride, g->in_width)
                           : vec_zero();
            }
        }
    } else {
        for (ptrdiff_t i = 0; i < VL; i++) {
            const ptrdiff_t row = i < source->lanes ? g->stride_height * y + source->top[i] : -1;
            v[i] =
                row < 0 || row >= g->in_height
                    ? vec_zero()
                    : load_strided_columns(source->image + source->channel[i] * channel_stride + row * g->in_row_stride,
                                           stride * x + source->left[i], stride, pixel_stride, g->in_width);
        }
    }
    vec_transpose(v);
    for (int i = 0; i < VL; i++) {
        vec_store(to + i * VL, v[i]);
    }
}

// Brings the columns `needed`, which lie in x ..< x + VL, of row y of the source to `to`, column x first: zeros outside
// the image, and zeros in lanes without a channel. May write all columns x ..< x + VL.
static inline void load_lanes(const lane_source *source, ptrdiff_t y, ptrdiff_t x, ck_range needed, float *to) {
    const ck_geometry *g = source->geometry;
    if (g->stride_height != 1 || g->stride_width != 1) {
        load_strided_lanes(source, y, x, to);
        return;
    }
    const ptrdiff_t begin = needed.begin > 0 ? needed.begin : 0;
    const ptrdiff_t end = needed.end < g->in_width ? needed.end : g->in_width;
    if (y < 0 || y >= g->in_height || begin >= end) {
        for (ptrdiff_t i = needed.begin; i < needed.end; i++) {
            vec_store(to + (i - x) * VL, vec_zero());
        }
        return;
    }
    const ptrdiff_t channel_stride = g->in_channel_stride;
    const float *row = source->image + source->channel[0] * channel_stride + y * g->in_row_stride;
    if (g->in_pixel_stride == 1) {
        // The next line of each channel, into the second level: the rows of an image of 2^k x 4096 bytes share one set
        // of the first.
        for (int i = 0; i < VL && x % 16 == 0; i++) {
            __builtin_prefetch((const void *)((uintptr_t)(row + x + i * channel_stride) + 64), 0, 2);
        }
        vec v[VL];
        if (source->lanes == VL && begin == x && end == x + VL) {
            for (int i = 0; i < VL; i++) {
                v[i] = vec_load(row + x + i * channel_stride);
            }
        } else {
            for (int i = 0; i < VL; i++) {
                v[i] =
                    i < source->lanes ? vec_load_lanes(row + x + i * channel_stride, begin - x, end - x) : vec_zero();
            }
        }
        vec_transpose(v);
        for (int i = 0; i < VL; i++) {
            vec_store(to + i * VL, v[i]);
        }
        return;
    }
    for (ptrdiff_t i = needed.begin; i < needed.end; i++) {
        float *lanes = to + (i - x) * VL;
        const float *pixel = row + i * g->in_pixel_stride;
        if (i < begin || i >= end) {
            vec_store(lanes, vec_zero());
        } else if (channel_stride == 1) {
            vec_store(lanes, source->lanes == VL ? vec_load(pixel) : vec_load_lanes(pixel, 0, source->lanes));
        } else {
            for (ptrdiff_t c = 0; c < VL; c++) {
                lanes[c] = c < source->lanes ? pixel[c * channel_stride] : 0;
            }
        }
    }
}

// Fetches the lines of one output channel that tiles `first` ..< `end` of the part will be stored to, and their
// residual: a store that misses holds up those behind it. A small output is in the cache already.
static inline void fetch_output(const ck_task *task, const tile_grid *part, ptrdiff_t first, ptrdiff_t end,
                                ptrdiff_t channel) {
    const ck_geometry *g = task->geometry;
    if (g->out_pixel_stride != 1 || g->out_image_stride < 1 << 18 || part->horizontal.dilation != 1) {
        return;
    }
    const tile_axis vertical = part->vertical;
    while (first < end) {
        const tile_segment segment = tile_segment_at(part, first, end);
        const ptrdiff_t right = smaller(segment.x + segment.tiles * part->horizontal.m, part->region->columns.end);
        for (ptrdiff_t i = 0; i < vertical.m; i++) {
            const ptrdiff_t y = segment.y + i * vertical.dilation;
            const ptrdiff_t offset =
                segment.image * g->out_image_stride + channel * g->out_channel_stride + y * g->out_row_stride;
            for (ptrdiff_t x = segment.x; x < right && y < part->region->rows.end; x += 16) {
                __builtin_prefetch(task->output + offset + x, 1, 2);
                if (task->residual != NULL) {
                    __builtin_prefetch(task->residual + offset + x, 0, 2);
                }
            }
        }
        first += segment.tiles;
    }
}

// Transposes VL columns of `from` and stores the first `count` of them in `channels` rows.
static inline void store_columns(const ck_task *task, const float *from, ptrdiff_t offset, ptrdiff_t channels,
                                 ptrdiff_t count) {
    const ptrdiff_t stride = task->geometry->out_channel_stride;
    vec v[VL];
    for (int i = 0; i < VL; i++) {
        v[i] = vec_load(from + i * VL);
    }
    vec_transpose(v);
    // The usual case keeps everything in registers.
    if (channels == VL && task->residual == NULL && task->activation == CK_ACTIVATION_CLAMP) {
        float *output = task->output + offset;
        const vec low = vec_set1(task->low), high = vec_set1(task->high);
        for (int i = 0; i < VL; i++) {
            v[i] = vec_min(high, vec_max(low, v[i]));
        }
        if (count >= VL) {
            for (int i = 0; i < VL; i++) {
                vec_store(output + i * stride, v[i]);
            }
        } else {
            for (int i = 0; i < VL; i++) {
                vec_store_first(output + i * stride, v[i], count);
            }
        }
        return;
    }
    float rows[VL * VL];
    for (int i = 0; i < VL; i++) {
        vec_store(rows + i * VL, v[i]);
    }
    for (ptrdiff_t i = 0; i < channels; i++) {
        vec_store_output(task, vec_load(rows + i * VL), offset + i * stride, count);
    }
}

// Adds the residual to `count` columns of up to VL output channels, activates and stores them from `offset` of the
// output on. `from` has the bias in it already; it is readable up to the next multiple of VL columns.
static inline void store_lanes(const ck_task *task, const float *from, ptrdiff_t offset, ptrdiff_t channels,
                               ptrdiff_t count) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t channel_stride = g->out_channel_stride, pixel_stride = g->out_pixel_stride;
    if (pixel_stride == 1) {
        for (ptrdiff_t x = 0; x < count; x += VL) {
            store_columns(task, from + x * VL, offset + x, channels, count - x < VL ? count - x : VL);
        }
        return;
    }
    for (ptrdiff_t x = 0; x < count; x++) {
        const ptrdiff_t pixel = offset + x * pixel_stride;
        const vec v = vec_load(from + x * VL);
        if (channel_stride == 1) {
            vec_store_output(task, v, pixel, channels);
            continue;
        }
        float lanes[VL] = {0};
        for (ptrdiff_t c = 0; c < channels && task->residual != NULL; c++) {
            lanes[c] = task->residual[pixel + c * channel_stride];
        }
        vec_store(lanes, vec_activate(vec_add(v, vec_load(lanes)), task));
        for (ptrdiff_t c = 0; c < channels; c++) {
            task->output[pixel + c * channel_stride] = lanes[c];
        }
    }
}

#endif
