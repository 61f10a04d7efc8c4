// SPDX-License-Identifier: Apache-2.0
//
// Convolution by fast Fourier transforms along the rows (overlap and save; Stockham 1966), written once in the
// vocabulary. A segment of n input pixels of a component gives `hop` output pixels:
//
//     output = F^-1 [sum over components and steps of F(segment) * conj F(step of the filter)]        (* bin by bin)
//
// The steps of a filter are its rows, each of which meets the segment as many lines on. With a dilation, the pixels of
// a segment are that far apart.
//
// A stride is taken out first: the components are the polyphase ones of each input channel, every stride-th pixel. A
// filter of one row and more than 3 n / 4 taps is cut into parts, its steps, of n / 2, and the hop is n / 2 as well:
// part p meets the segment p spans on, so that all parts share one transform of the input (Kulp, "Digital equalization
// using Fourier transform techniques", 1988). n is `fft_points` of the geometry.
//
// The transforms work on VL rows at a time, one a lane. In the products, one complex matrix product a bin, lanes are
// output channels and the segments are broadcast; with so few channels that most lanes would be empty, lanes are
// segments and the weights are broadcast. Which one depends on the number of channels alone.
//
// Layouts and sizes: fft_shape.h. Scratch is [pixel][VL], the rows in transformation, then in `run` the products,
// [bin][panel][row][re, im][VL].

// MARK: Weights

// Copies the filters of `channels`, and brings each to 1 ..< 2 by a power of two, so that the products have the
// magnitude of the input and neither tiny nor huge weights cost bits. Zero marks a filter of zeros.
static void fft_pack_filters(const ck_geometry *g, const fft_shape *s, const float *weight, float *packed,
                             ck_range channels) {
    const ptrdiff_t count = g->channels * g->kernel_height * g->kernel_width;
    float *scales = packed + fft_scale_offset(g, s, VL), *filters = packed + fft_filter_offset(g, s, VL);
    const ptrdiff_t padded = fft_padded_channels(g, s, VL);
    const ptrdiff_t end = channels.end == g->out_channels ? padded : channels.end;
    for (ptrdiff_t k = channels.begin; k < end; k++) {
        float largest = 0, nothing = 0; // 0, or NaN once a weight is not finite
        for (ptrdiff_t i = 0; i < count && k < g->out_channels; i++) {
            const float value = weight[k * count + i], magnitude = __builtin_fabsf(value);
            filters[k * count + i] = value;
            largest = magnitude > largest ? magnitude : largest;
            nothing += value * 0;
        }
        scales[k] = nothing != 0 ? 1 : largest > 0 ? power_of_two_within(largest) : 0;
    }
}

// The spectra of VL filters' parts, numbered [depth][channel] within the panel of channel k, from `first` on. `work`
// holds the rows in transformation.
static void fft_pack_rows(const ck_geometry *g, const fft_shape *s, const fft_tables *tables, const float *weight,
                          float *packed, ptrdiff_t k, ptrdiff_t first, float *work) {
    const ptrdiff_t width = fft_panel_width(g, s, VL, k), kernel = g->kernel_width;
    const float *scales = packed + fft_scale_offset(g, s, VL) + k;
    const ptrdiff_t rest = s->depth * width - first;
    fft_row rows[VL];
    double factors[VL];
    ptrdiff_t offsets[VL];
    for (int lane = 0; lane < VL; lane++) {
        const ptrdiff_t number = first + lane, channel = number % width, depth = number / width;
        // Of the rows and the parts of the kernel one is alone.
        const ptrdiff_t step = depth % s->steps, component = depth / s->steps;
        const ptrdiff_t part = s->parts > 1 ? step : 0, row = s->parts > 1 ? 0 : step;
        const ptrdiff_t phase = component % s->phases, c = component / s->phases;
        // The transforms of the filter and of the input and the way back multiply by 4 n.
        factors[lane] = scales[channel] > 0 ? 1 / (4 * (double)s->points * (double)scales[channel]) : 0;
        const int exists = lane < rest && k + channel < g->out_channels;
        const ptrdiff_t tap = part * s->taps, end = (kernel - phase + s->phases - 1) / s->phases - tap;
        rows[lane] = (fft_row){
            (((k + channel) * g->channels + c) * g->kernel_height + row) * kernel + phase + tap * s->phases, 0,
            !exists || end < 0 ? 0
            : end < s->taps    ? end
                               : s->taps};
        offsets[lane] = depth * 2 * width + channel;
    }
    fft_load_rows(weight, s->phases, rows, s->points, work);
    for (ptrdiff_t x = 0; x < s->points; x++) {
        for (int lane = 0; lane < VL; lane++) {
            work[x * VL + lane] = (float)((double)work[x * VL + lane] * factors[lane]);
        }
    }
    fft_forward(work, tables);
    const int neighbours = width == VL;
    const fft_sink sink = {packed + fft_panel_offset(s, k) + (neighbours ? offsets[0] : 0),
                           s->depth * 2 * width,
                           width,
                           rest < VL ? rest : VL,
                           neighbours ? NULL : offsets,
                           -1};
    fft_split(work, tables, &sink);
}

static void fft_pack_weights(const ck_geometry *geometry, const float *weight, float *packed, ck_range channels,
                             float *scratch) {
    const fft_shape s = fft_shape_of(geometry, VL);
    float *own = scratch + s.points * VL;
    fft_write_tables(&s, own);
    const fft_tables tables = fft_tables_of(own, &s);
    if (channels.begin == 0) {
        memcpy(packed, own, (size_t)fft_table_count(&s) * sizeof *packed);
    }
    fft_pack_filters(geometry, &s, weight, packed, channels);
    for (ptrdiff_t k = channels.begin; k < channels.end; k += VL) {
        const ptrdiff_t count = s.depth * fft_panel_width(geometry, &s, VL, k);
        for (ptrdiff_t first = 0; first < count; first += VL) {
            fft_pack_rows(geometry, &s, &tables, weight, packed, k, first, scratch);
        }
    }
}

// MARK: Input

// One row of the input that is transformed, and its number in `prepared`.
typedef struct fft_source {
    fft_row row;
    ptrdiff_t number;
} fft_source;

// The rows of a share are numbered as those of the whole block in `prepared`: [component][image][line][segment].
static fft_source fft_segment_of(const ck_task *task, const fft_shape *s, const fft_grid *block,
                                 const fft_spectra *spectra, const fft_share *share, ptrdiff_t index) {
    const ck_geometry *g = task->geometry;
    const ptrdiff_t segments = share->segments.end - share->segments.begin;
    const ptrdiff_t lines = share->lines.end - share->lines.begin;
    const ptrdiff_t images = share->images.end - share->images.begin;
    const ptrdiff_t segment = share->segments.begin + index % segments, outer = index / segments;
    const ptrdiff_t line = share->lines.begin + outer % lines, image = share->images.begin + outer / lines % images;
    const ptrdiff_t component = outer / lines / images, phase = component % s->phases, c = component / s->phases;
    const ptrdiff_t number = ((component * block->images + image) * spectra->lines + line) * spectra->row + segment;
    const ptrdiff_t row = block->region->rows.begin + line - g->pad_top;
    if (row < 0 || row >= g->in_height) return (fft_source){{0, 0, 0}, number};
    // Pixel x of the segment is column first + x * stride * dilation of the input.
    const ptrdiff_t first = fft_column(s, block->region, segment) * s->phases + phase - g->pad_left;
    const ck_range there = taps_inside(first, s->phases * s->dilation, s->points, g->in_width);
    const fft_row pixels = {(block->region->images.begin + image) * g->in_image_stride + c * g->in_channel_stride +
                                row * g->in_row_stride + first * g->in_pixel_stride,
                            there.begin, there.end};
    return (fft_source){pixels, number};
}

static void fft_prepare(const ck_task *task) {
    const fft_shape s = fft_shape_of(task->geometry, VL);
    const fft_grid block = fft_grid_of(&task->block, &s);
    const fft_spectra spectra = fft_spectra_of(task->geometry, &block, &s);
    const fft_tables tables = fft_tables_of(task->weights, &s);
    const fft_share share = fft_share_of(&task->block, &task->part, &spectra, &s);
    const ptrdiff_t each = (share.images.end - share.images.begin) * (share.lines.end - share.lines.begin) *
                           (share.segments.end - share.segments.begin);
    const ptrdiff_t end = task->channels.end * s.phases * each;
    for (ptrdiff_t q = task->channels.begin * s.phases * each; q < end; q += VL) {
        const ptrdiff_t count = end - q < VL ? end - q : VL;
        fft_row rows[VL];
        ptrdiff_t numbers[VL];
        for (int lane = 0; lane < VL; lane++) {
            const fft_source source =
                lane < count ? fft_segment_of(task, &s, &block, &spectra, &share, q + lane) : (fft_source){0};
            rows[lane] = source.row;
            numbers[lane] = source.number;
        }
        fft_load_rows(task->input, s.phases * s.dilation * task->geometry->in_pixel_stride, rows, s.points,
                      task->scratch);
        fft_forward(task->scratch, &tables);
        const int neighbours = numbers[count - 1] - numbers[0] == count - 1;
        const fft_sink sink = {task->prepared + (neighbours ? numbers[0] : 0),
                               spectra.bin,
                               spectra.imag,
                               count,
                               neighbours ? NULL : numbers,
                               1};
        fft_split(task->scratch, &tables, &sink);
    }
}

// MARK: Output

// What the functions below share.
typedef struct fft_run_state {
    const ck_task *task;
    fft_shape shape;
    fft_grid block, part;
    fft_spectra spectra;
    fft_tables tables;
    fft_product product;
    ptrdiff_t bin; // floats of the products from one bin to the next
} fft_run_state;

static fft_target fft_target_of(const fft_run_state *run, fft_place place, ptrdiff_t channel) {
    const ck_region *part = run->part.region;
    const ptrdiff_t column = fft_column(&run->shape, part, place.segment);
    return (fft_target){part->images.begin + place.image, part->rows.begin + place.row, column, channel,
                        taps_inside(column, run->shape.dilation, run->shape.hop, run->task->geometry->out_width).end};
}

// Brings the products of one row of VL lanes back, and stores them.
static void fft_output(const fft_run_state *run, const float *products, const fft_target targets[VL],
                       const float *scales, const float *bias) {
    const ck_task *task = run->task;
    ptrdiff_t longest = 0;
    for (int lane = 0; lane < VL; lane++) {
        longest = targets[lane].count > longest ? targets[lane].count : longest;
    }
    fft_merge(products, run->bin, &run->tables, task->scratch);
    fft_inverse(task->scratch, &run->tables);
    fft_finish_rows(task, &run->shape, targets, longest, scales, bias,
                    task->weights + fft_filter_offset(task->geometry, &run->shape, VL), task->scratch);
    fft_store_rows(task, run->shape.dilation, targets, longest, task->scratch);
}

// Sets up the two loops over the depth; one, if each component has a single step.
static fft_product fft_product_of(const fft_shape *s, fft_side rows, fft_side lanes) {
    if (s->steps > 1) {
        return (fft_product){s->components, s->steps, rows, lanes};
    }
    rows.inner = rows.outer;
    lanes.inner = lanes.outer;
    return (fft_product){1, s->components, rows, lanes};
}

// Lanes are output channels: `count` segments from `first` of the part on, `panels` panels from channel k on.
static void fft_run_channel_lanes(const fft_run_state *run, ptrdiff_t first, ptrdiff_t count, ptrdiff_t k,
                                  ptrdiff_t panels) {
    const ck_task *task = run->task;
    const fft_shape *s = &run->shape;
    const ck_geometry *g = task->geometry;
    float *products = task->scratch + s->points * VL;
    for (ptrdiff_t f = 0; f < s->bins; f++) {
        for (ptrdiff_t panel = 0; panel < panels; panel++) {
            const float *weights = task->weights + fft_panel_offset(s, k + panel * VL) + f * s->depth * 2 * VL;
            float *to = products + f * run->bin + panel * count * 2 * VL;
            for (ptrdiff_t i = 0, n; i < count; i += n) {
                const fft_place place = fft_place_of(&run->part, first + i);
                n = fft_run_length(&run->part, &run->spectra, place);
                n = n < count - i ? n : count - i;
                const float *input = task->prepared + f * run->spectra.bin +
                                     fft_number(&run->block, &run->part, &run->spectra, s, place);
                fft_multiply(&run->product, input, weights, to + i * 2 * VL, n);
            }
        }
    }
    for (ptrdiff_t panel = 0; panel < panels; panel++) {
        const ptrdiff_t channel = k + panel * VL, left = g->out_channels - channel, lanes = left < VL ? left : VL;
        float bias[VL];
        vec_store(bias,
                  task->epilogue.bias == NULL ? vec_zero() : vec_load_lanes(task->epilogue.bias + channel, 0, lanes));
        for (ptrdiff_t i = 0; i < count; i++) {
            fft_target targets[VL];
            for (int lane = 0; lane < VL; lane++) {
                targets[lane] = fft_target_of(run, fft_place_of(&run->part, first + i), channel + lane);
                if (lane >= lanes) targets[lane].count = 0;
            }
            fft_output(run, products + (panel * count + i) * 2 * VL, targets,
                       task->weights + fft_scale_offset(g, s, VL) + channel, bias);
        }
    }
}

// Lanes are segments: `count` of them, neighbours, from `first` of the part on, and the panel of channel k.
static void fft_run_segment_lanes(const fft_run_state *run, ptrdiff_t first, ptrdiff_t count, ptrdiff_t k) {
    const ck_task *task = run->task;
    const fft_shape *s = &run->shape;
    const ck_geometry *g = task->geometry;
    const ptrdiff_t width = fft_panel_width(g, s, VL, k);
    const ptrdiff_t number = fft_number(&run->block, &run->part, &run->spectra, s, fft_place_of(&run->part, first));
    float *products = task->scratch + s->points * VL;
    for (ptrdiff_t f = 0; f < s->bins; f++) {
        fft_multiply(&run->product, task->weights + fft_panel_offset(s, k) + f * s->depth * 2 * width,
                     task->prepared + f * run->spectra.bin + number, products + f * run->bin, width);
    }
    for (ptrdiff_t i = 0; i < width; i++) {
        float scales[VL], bias[VL];
        vec_store(scales, vec_set1(task->weights[fft_scale_offset(g, s, VL) + k + i]));
        vec_store(bias, vec_set1(task->epilogue.bias == NULL ? 0 : task->epilogue.bias[k + i]));
        fft_target targets[VL];
        for (int lane = 0; lane < VL; lane++) {
            targets[lane] = fft_target_of(run, fft_place_of(&run->part, lane < count ? first + lane : first), k + i);
            if (lane >= count) targets[lane].count = 0;
        }
        fft_output(run, products + i * 2 * VL, targets, scales, bias);
    }
}

static void fft_run(const ck_task *task) {
    fft_run_state run = {.task = task, .shape = fft_shape_of(task->geometry, VL)};
    const fft_shape *s = &run.shape;
    run.block = fft_grid_of(&task->block, s);
    run.part = fft_grid_of(&task->part, s);
    run.spectra = fft_spectra_of(task->geometry, &run.block, s);
    run.tables = fft_tables_of(task->weights, s);
    const ptrdiff_t segments = fft_segment_count(&run.part), begin = task->channels.begin, end = task->channels.end;
    const fft_side input = {run.spectra.imag, run.spectra.stride, run.spectra.step};
    if (!s->channel_lanes) {
        for (ptrdiff_t k = begin; k < end; k += VL) {
            const ptrdiff_t width = fft_panel_width(task->geometry, s, VL, k);
            const fft_side weights = {width, s->steps * 2 * width, 2 * width};
            run.product = fft_product_of(s, weights, input);
            run.bin = fft_product_stride(width, VL);
            for (ptrdiff_t first = 0, count; first < segments; first += count) {
                count = fft_run_length(&run.part, &run.spectra, fft_place_of(&run.part, first));
                count = count < VL ? count : VL;
                fft_run_segment_lanes(&run, first, count, k);
            }
        }
        return;
    }
    const fft_side weights = {VL, s->steps * 2 * VL, 2 * VL};
    run.product = fft_product_of(s, input, weights);
    const ptrdiff_t most = fft_rows_at_once(s, FFT_ROWS);
    for (ptrdiff_t first = 0, count; first < segments; first += count) {
        const ptrdiff_t pieces = (segments - first + most - 1) / most;
        count = (segments - first + pieces - 1) / pieces;
        // With few segments, several panels for one passage of the input through the core.
        const ptrdiff_t panels = most / count;
        run.bin = fft_product_stride(panels * count, VL);
        for (ptrdiff_t k = begin; k < end; k += panels * VL) {
            const ptrdiff_t left = (end - k + VL - 1) / VL;
            fft_run_channel_lanes(&run, first, count, k, left < panels ? left : panels);
        }
    }
}
