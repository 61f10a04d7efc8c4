// SPDX-License-Identifier: Apache-2.0
//
// Between tensors of any strides and channel lanes, [column][VL]: the ends of the transforms of winograd_template.h.
// Nothing outside the tensors is read or written. Include it after the vocabulary and its epilogue.

#ifndef CK_WINOGRAD_LANES_H
#define CK_WINOGRAD_LANES_H

// Up to VL channels of one image, from channel 0 of `input` on.
typedef struct lane_source {
    const ck_geometry *geometry;
    const float *input;
    ptrdiff_t channels;
} lane_source;

// Brings the columns `needed`, which lie in x ..< x + VL, of row y of the input to `to`, column x first: zeros outside
// the image, and zeros in lanes without a channel. May write all columns x ..< x + VL.
static inline void load_lanes(const lane_source *source, ptrdiff_t y, ptrdiff_t x, ck_range needed, float *to) {
    const ck_geometry *g = source->geometry;
    const ptrdiff_t begin = needed.begin > 0 ? needed.begin : 0;
    const ptrdiff_t end = needed.end < g->in_width ? needed.end : g->in_width;
    if (y < 0 || y >= g->in_height || begin >= end) {
        for (ptrdiff_t i = needed.begin; i < needed.end; i++) {
            vec_store(to + (i - x) * VL, vec_zero());
        }
        return;
    }
    const float *row = source->input + y * g->in_row_stride;
    const ptrdiff_t channel_stride = g->in_channel_stride;
    if (g->in_pixel_stride == 1) {
        // Into the second level: the rows of an image of 2^k x 4096 bytes share one set of the first.
        for (int i = 0; i < VL && x % 16 == 0; i++) {
            __builtin_prefetch(row + x + 16 + i * channel_stride, 0, 2);
        }
        vec v[VL];
        if (source->channels == VL && begin == x && end == x + VL) {
            for (int i = 0; i < VL; i++) {
                v[i] = vec_load(row + x + i * channel_stride);
            }
        } else {
            for (int i = 0; i < VL; i++) {
                v[i] = i < source->channels ? vec_load_lanes(row + x + i * channel_stride, begin - x, end - x)
                                            : vec_zero();
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
            vec_store(lanes, source->channels == VL ? vec_load(pixel) : vec_load_lanes(pixel, 0, source->channels));
        } else {
            for (ptrdiff_t c = 0; c < VL; c++) {
                lanes[c] = c < source->channels ? pixel[c * channel_stride] : 0;
            }
        }
    }
}

// Fetches the lines of one output channel that tiles `first` ..< `end` of the part will be stored to, and their
// residual: a store that misses holds up those behind it. A small output is in the cache already.
static inline void fetch_output(const ck_task *task, const tile_grid *part, ptrdiff_t first, ptrdiff_t end,
                                ptrdiff_t channel) {
    const ck_geometry *g = task->geometry;
    if (g->out_pixel_stride != 1 || g->out_image_stride < 1 << 18) {
        return;
    }
    while (first < end) {
        const tile_segment segment = tile_segment_at(g, part, first, end);
        for (ptrdiff_t i = 0; i < segment.height; i++) {
            const ptrdiff_t offset = segment.offset + channel * g->out_channel_stride + i * g->out_row_stride;
            for (ptrdiff_t x = 0; x < segment.width; x += 16) {
                __builtin_prefetch(task->output + offset + x, 1, 2);
                if (task->residual != NULL) {
                    __builtin_prefetch(task->residual + offset + x, 0, 2);
                }
            }
        }
        first += segment.tiles;
    }
}

// The last step of the epilogue: `lanes` vectors of `count` elements from `offset` of the output on, spaced by
// `stride`.
static inline void store_rows(const ck_task *task, const vec *v, ptrdiff_t offset, ptrdiff_t stride, ptrdiff_t lanes,
                              ptrdiff_t count) {
    const float *residual = task->residual != NULL ? task->residual + offset : NULL;
    float *output = task->output + offset;
    for (ptrdiff_t i = 0; i < lanes; i++, output += stride) {
        vec x = v[i];
        if (residual != NULL) {
            x = vec_add(x, vec_load_lanes(residual + i * stride, 0, count));
        }
        vec_store_lanes(output, vec_activate(x, task), 0, count);
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
            vec v[VL];
            for (int i = 0; i < VL; i++) {
                v[i] = vec_load(from + (x + i) * VL);
            }
            vec_transpose(v);
            if (channels == VL && count - x >= VL && task->residual == NULL) {
                float *output = task->output + offset + x;
                for (int i = 0; i < VL; i++) {
                    vec_store(output + i * channel_stride, vec_activate(v[i], task));
                }
            } else {
                store_rows(task, v, offset + x, channel_stride, channels, count - x < VL ? count - x : VL);
            }
        }
        return;
    }
    for (ptrdiff_t x = 0; x < count; x++) {
        vec v = vec_load(from + x * VL);
        if (channel_stride == 1) {
            store_rows(task, &v, offset + x * pixel_stride, 0, 1, channels);
            continue;
        }
        float *output = task->output + offset + x * pixel_stride;
        float lanes[VL] = {0};
        for (ptrdiff_t c = 0; c < channels && task->residual != NULL; c++) {
            lanes[c] = task->residual[offset + x * pixel_stride + c * channel_stride];
        }
        vec_store(lanes, vec_activate(vec_add(v, vec_load(lanes)), task));
        for (ptrdiff_t c = 0; c < channels; c++) {
            output[c * channel_stride] = lanes[c];
        }
    }
}

#endif
