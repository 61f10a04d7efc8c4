// SPDX-License-Identifier: Apache-2.0
//
// Where the transforms cannot be right, a segment of the output is computed by the definition: one that an Inf or NaN
// reaches, or whose spectrum overflows though the sums need not, and one of numbers so small that the transforms round
// them as subnormals. Such segments are found by the largest of their output. That is many times slower.

#ifndef CK_FFT_DEFINITION_H
#define CK_FFT_DEFINITION_H

// 2^-100: rounding a subnormal costs 2^-150, and the transforms and the sums enlarge that less than 2^26 times.
#define FFT_SMALL 0x1p-100f

// The row of the input that row `i` of the kernel meets, or NULL if that is padding.
static inline const float *fft_input_row(const ck_task *task, const fft_target *target, ptrdiff_t channel,
                                         ptrdiff_t i) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t row = target->row + i * g->dilation_height - g->pad_top;
    if (row < 0 || row >= g->in_height) return NULL;
    return task->input + target->image * g->in_image_stride + channel * g->in_channel_stride + row * g->in_row_stride;
}

// Whether the target's windows hold anything but zeros.
static int fft_sees_anything(const ck_task *task, const fft_shape *s, const fft_target *target) {
    const ck_geometry *g = task->geometry;
    // From one pixel that any window holds to the next is a dilation.
    const ptrdiff_t first = target->column * g->stride_width - g->pad_left;
    const ck_range there =
        taps_inside(first, s->dilation, (target->count - 1) * g->stride_width + g->kernel_width, g->in_width);
    for (ptrdiff_t i = 0; i < g->channels * g->kernel_height; i++) {
        const float *row = fft_input_row(task, target, i / g->kernel_height, i % g->kernel_height);
        int found = 0;
        for (ptrdiff_t x = there.begin; x < there.end && row != NULL; x++) {
            found |= row[(first + x * s->dilation) * g->in_pixel_stride] != 0;
        }
        if (found) return 1;
    }
    return 0;
}

// Sums of a target that are taken at a time: they lie on the stack.
#define FFT_SUMS 64

// The target's sums with their bias, `VL` floats apart, in double precision, which no sum of products of floats
// overflows. Padding is skipped: an Inf among the weights must not meet its zeros.
static void fft_by_definition(const ck_task *task, const fft_shape *s, const fft_target *target, const float *filters,
                              float *to) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t rows = g->channels * g->kernel_height;
    const float *filter = filters + target->channel * rows * g->kernel_width;
    const double bias = task->epilogue.bias == NULL ? 0 : (double)task->epilogue.bias[target->channel];
    const ptrdiff_t step = g->stride_width * s->dilation;
    for (ptrdiff_t done = 0; done < target->count; done += FFT_SUMS, to += FFT_SUMS * VL) {
        const ptrdiff_t count = smaller(FFT_SUMS, target->count - done);
        double sums[FFT_SUMS] = {0};
        for (ptrdiff_t i = 0; i < rows; i++) {
            const float *row = fft_input_row(task, target, i / g->kernel_height, i % g->kernel_height);
            for (ptrdiff_t tap = 0; tap < g->kernel_width && row != NULL; tap++) {
                const double weight = (double)filter[i * g->kernel_width + tap];
                const ptrdiff_t first =
                    target->column * g->stride_width + done * step + tap * s->dilation - g->pad_left;
                const ck_range met = taps_inside(first, step, count, g->in_width);
                for (ptrdiff_t x = met.begin; x < met.end; x++) {
                    sums[x] += weight * (double)row[(first + x * step) * g->in_pixel_stride];
                }
            }
        }
        for (ptrdiff_t x = 0; x < count; x++) {
            to[x * VL] = (float)(sums[x] + bias);
        }
    }
}

// Scales the first `longest` pixels of the rows of `work` and adds their bias, then computes those rows by the
// definition that need it. A scale of 0 marks a filter of zeros.
static void fft_finish_rows(const ck_task *task, const fft_shape *s, const fft_target targets[VL], ptrdiff_t longest,
                            const float *scales, const float *bias, const float *filters, float *work) {
    const vec scale = vec_load(scales), offset = vec_load(bias);
    vec largest = vec_zero(), nothing = vec_zero(); // 0, or NaN where a number is not finite
    for (ptrdiff_t x = 0; x < longest; x++) {
        const vec y = vec_load(work + x * VL);
        largest = vec_max(largest, vec_max(y, vec_sub(vec_zero(), y)));
        nothing = vec_fma(y, vec_zero(), nothing);
        vec_store(work + x * VL, vec_fma(y, scale, offset));
    }
    float most[VL], zero[VL];
    vec_store(most, largest);
    vec_store(zero, nothing);
    int seen = -1; // of the windows of the lane before
    for (int lane = 0; lane < VL; lane++) {
        const fft_target *target = &targets[lane];
        if (target->count <= 0 || (zero[lane] == 0 && most[lane] >= FFT_SMALL)) continue;
        if (zero[lane] == 0) {
            const fft_target *before = lane == 0 ? target : target - 1;
            if (seen < 0 || before->column != target->column || before->row != target->row ||
                before->image != target->image) {
                seen = fft_sees_anything(task, s, target);
            }
            if (seen == 0 || scales[lane] == 0) continue;
        }
        fft_by_definition(task, s, target, filters, work + lane);
    }
}

#endif
