// SPDX-License-Identifier: Apache-2.0
//
// Between tensors of any strides and channel lanes, [column][VL]: the ends of the transforms of winograd_template.h.
// Nothing outside the tensors is read or written. Include it after the vocabulary and its epilogue.

#ifndef CK_WINOGRAD_LANES_H
#define CK_WINOGRAD_LANES_H

#include "simd/columns.h"

// Up to VL channels of one image: neighbours, or of several phases (see stride_phases).
//
// Row y and column x of neighbours are those of the input. Those of phases are counted along the phase: with a stride
// s, row y of phase p is row s * y + p - pad_top, and columns likewise.
typedef struct channel_source {
    const ck_geometry *geometry;
    const float *image; // channel 0 of the group; set before each image
    ptrdiff_t lanes;    // in use
    int is_of_phases;
    ptrdiff_t channel[VL];       // where the channels are, from the first on; of neighbours that of the first
    ptrdiff_t top[VL], left[VL]; // of phases: from s * y to the input's row, from s * x to its column
    ptrdiff_t fetch;             // from what is brought to what is fetched with it, in bytes
    // The row of the source where output row 0 begins, and how far on the next one does; the column of output column 0.
    ptrdiff_t first_row, row_advance, first_column;
} channel_source;

// From input channel 0 of the group to channel c.
static inline ptrdiff_t channel_offset(const ck_geometry *g, ptrdiff_t c) {
    const ptrdiff_t plane = c / g->depth_channels;
    return plane * g->in_depth_stride + (c - plane * g->depth_channels) * g->in_channel_stride;
}

// Whether VL channels from a multiple of VL on are neighbours, or fewer behind which there is none.
static inline int are_neighbours(const ck_geometry *g) {
    return g->depth_channels == g->channels || g->depth_channels % VL == 0;
}

// The channels first ..< first + VL, in rows of phase `top`.
static inline channel_source lanes_of_row(const ck_geometry *g, ptrdiff_t top, ptrdiff_t first) {
    return (channel_source){.geometry = g,
                            .lanes = smaller(g->channels - first, VL),
                            .channel = {channel_offset(g, first)},
                            .first_row = top - g->pad_top,
                            .row_advance = g->stride_height,
                            .first_column = -g->pad_left};
}

// The channels first ..< first + VL in the order of the phases.
static __attribute__((noinline)) channel_source lanes_of_phases(const ck_geometry *g, const stride_phases *plan,
                                                                ptrdiff_t first) {
    const ptrdiff_t depth = phase_depth(plan);
    channel_source source = {.geometry = g, .lanes = smaller(depth - first, VL), .is_of_phases = 1, .row_advance = 1};
    for (ptrdiff_t i = 0; i < source.lanes; i++) {
        const ptrdiff_t phase = (first + i) / plan->channels;
        source.channel[i] = channel_offset(g, (first + i) % plan->channels);
        source.top[i] = phase / plan->columns - g->pad_top;
        source.left[i] = phase % plan->columns - g->pad_left;
    }
    return source;
}

// As load_lanes, of phases.
static void load_phases(const channel_source *source, ptrdiff_t y, ptrdiff_t x, float *to) {
    const ck_geometry *g = source->geometry;
    const ptrdiff_t stride = g->stride_width, pixel_stride = g->in_pixel_stride;
    const int is_in_pairs = stride == 2 && pixel_stride == 1;
    vec v[VL];
    int is_there[VL] = {0};
    for (ptrdiff_t i = 0; i < source->lanes; i++) {
        if (is_there[i]) continue;
        const ptrdiff_t row = g->stride_height * y + source->top[i], first = stride * x + source->left[i];
        // A channel's other phase of the same rows, if it is in this vector.
        const ptrdiff_t other = i + g->channels;
        const int is_pair = is_in_pairs && source->left[i] == -g->pad_left && other < source->lanes;
        if (is_pair) is_there[other] = 1;
        if (row < 0 || row >= g->in_height) {
            v[i] = vec_zero();
            if (is_pair) v[other] = vec_zero();
            continue;
        }
        const float *from = source->image + source->channel[i] + row * g->in_row_stride;
        if (is_in_pairs) {
            vec odd;
            load_column_pairs(from, first, g->in_width, &v[i], &odd);
            if (is_pair) v[other] = odd;
        } else if (stride == 1 && pixel_stride == 1) {
            v[i] = load_columns(from, first, g->in_width);
        } else {
            v[i] = load_strided_columns(from, first, stride, pixel_stride, g->in_width);
        }
    }
    for (ptrdiff_t i = source->lanes; i < VL; i++) {
        v[i] = vec_zero();
    }
    vec_transpose(v);
    for (int i = 0; i < VL; i++) {
        vec_store(to + i * VL, v[i]);
    }
}

// Brings the columns `needed`, which lie in x ..< x + VL, of row y of the source to `to`, column x first: zeros outside
// the image, and zeros in lanes without a channel. May write all columns x ..< x + VL.
static inline void load_lanes(const channel_source *source, ptrdiff_t y, ptrdiff_t x, ck_range needed, float *to) {
    const ck_geometry *g = source->geometry;
    if (source->is_of_phases) {
        load_phases(source, y, x, to);
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
    const float *row = source->image + source->channel[0] + y * g->in_row_stride;
    if (g->in_pixel_stride == 1) {
        // What is wanted next of each channel, into the second level: the rows of an image of 2^k x 4096 bytes share
        // one set of the first.
        for (int i = 0; i < VL && x % 16 == 0; i++) {
            __builtin_prefetch((const void *)((uintptr_t)(row + x + i * channel_stride) + source->fetch), 0, 2);
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
static __attribute__((noinline)) void fetch_output(const ck_task *task, const tile_grid *part, ptrdiff_t first,
                                                   ptrdiff_t end, ptrdiff_t channel) {
    const ck_geometry *g = task->geometry;
    const tile_axis vertical = part->vertical, horizontal = part->horizontal;
    // A run of a few columns is not worth its own arithmetic.
    if (g->out_pixel_stride != 1 || g->out_image_stride < 1 << 18 ||
        (horizontal.dilation > 1 && horizontal.dilation < 16)) {
        return;
    }
    while (first < end) {
        const tile_segment segment = tile_segment_at(part, first, end);
        const int is_one_run = horizontal.dilation == 1 || segment.tiles == horizontal.dilation;
        const ptrdiff_t runs = is_one_run ? 1 : horizontal.m, run = segment.tiles * horizontal.m / runs;
        for (ptrdiff_t i = 0; i < vertical.m * runs; i++) {
            const ptrdiff_t y = segment.y + i / runs * vertical.dilation;
            const ptrdiff_t left = segment.x + i % runs * horizontal.dilation;
            const ptrdiff_t right = smaller(left + run, part->region->columns.end);
            const ptrdiff_t offset =
                segment.image * g->out_image_stride + channel * g->out_channel_stride + y * g->out_row_stride;
            for (ptrdiff_t x = left; x < right && y < part->region->rows.end; x += 16) {
                __builtin_prefetch(task->output + offset + x, 1, 2);
                if (task->epilogue.residual != NULL) {
                    __builtin_prefetch(task->epilogue.residual + offset + x, 0, 2);
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
    if (channels == VL && task->epilogue.residual == NULL && task->epilogue.activation == CK_ACTIVATION_CLAMP) {
        float *output = task->output + offset;
        const vec low = vec_set1(task->epilogue.low), high = vec_set1(task->epilogue.high);
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
        for (ptrdiff_t c = 0; c < channels && task->epilogue.residual != NULL; c++) {
            lanes[c] = task->epilogue.residual[pixel + c * channel_stride];
        }
        vec_store(lanes, vec_activate(vec_add(v, vec_load(lanes)), task));
        for (ptrdiff_t c = 0; c < channels; c++) {
            task->output[pixel + c * channel_stride] = lanes[c];
        }
    }
}

#endif
