// SPDX-License-Identifier: Apache-2.0
//
// The sizes of an FFT convolution and its layouts in memory: plain C, the same for every instruction set but for the
// number of lanes. fft_template.h has the formula.

#ifndef CK_FFT_SHAPE_H
#define CK_FFT_SHAPE_H

#include "sizes.h"

// Counts are in pixels after the stride has been taken out: a kernel of stride s is s kernels of stride 1 (its phases),
// each with every s-th tap, on every s-th pixel. A dilation d leaves d interleaved convolutions without one: the pixels
// of a segment are d apart, and the segments of all residues, no more than the output has columns, make a span.
typedef struct fft_shape {
    ptrdiff_t points;     // n, of the real transform
    ptrdiff_t bins;       // n / 2 + 1
    ptrdiff_t phases;     // the stride
    ptrdiff_t taps;       // of one part of one phase
    ptrdiff_t parts;      // of one phase
    ptrdiff_t hop;        // output pixels of one segment
    ptrdiff_t dilation;   // output columns from one pixel of a segment to the next
    ptrdiff_t residues;   // segments of a span
    ptrdiff_t components; // channels * phases, the polyphase components of the input: what is transformed of it
    ptrdiff_t steps;      // kernel rows * parts, one of the two being 1
    ptrdiff_t depth;      // components * steps: products that are added up for an output
    int channel_lanes;    // lanes of the products are output channels; else they are segments
} fft_shape;

static inline fft_shape fft_shape_of(const ck_geometry *g, ptrdiff_t lanes) {
    fft_shape s;
    s.points = g->fft_points;
    s.bins = s.points / 2 + 1;
    s.phases = g->stride_width;
    s.taps = (g->kernel_width + s.phases - 1) / s.phases;
    s.parts = 1;
    s.hop = s.points - s.taps + 1;
    if (4 * s.taps > 3 * s.points) {
        // Parts of as many taps as the hop has pixels all read the same segments. With fewer taps, a hop of less than
        // half of the points takes fewer products.
        s.parts = (2 * s.taps + s.points - 1) / s.points;
        s.taps = s.hop = s.points / 2;
    }
    s.dilation = g->kernel_width > 1 ? g->dilation_width : 1;
    s.residues = s.dilation < g->out_width ? s.dilation : larger(1, g->out_width);
    s.components = g->channels * s.phases;
    s.steps = g->kernel_height * s.parts;
    s.depth = s.components * s.steps;
    s.channel_lanes = 2 * round_up(g->out_channels, lanes) <= 3 * g->out_channels;
    return s;
}

// MARK: Packed weights
//
// tables, spectra [panel][bin][depth][re, im][width], scales [channel], filters [channel][input channel][tap]

// Twiddles of the stages, below n; those of the split, n / 2 + 2; positions, n / 2.
static inline ptrdiff_t fft_table_count(const fft_shape *s) {
    return 2 * s->points + LINE_FLOATS;
}

// Output channels with padding, of which a panel has `lanes`; the last panel is narrower where there is no padding.
static inline ptrdiff_t fft_padded_channels(const ck_geometry *g, const fft_shape *s, ptrdiff_t lanes) {
    return s->channel_lanes ? round_up(g->out_channels, lanes) : g->out_channels;
}

static inline ptrdiff_t fft_panel_width(const ck_geometry *g, const fft_shape *s, ptrdiff_t lanes, ptrdiff_t k) {
    const ptrdiff_t left = fft_padded_channels(g, s, lanes) - k;
    return left < lanes ? left : lanes;
}

// Where the panel of output channel k, a multiple of `lanes`, begins.
static inline ptrdiff_t fft_panel_offset(const fft_shape *s, ptrdiff_t k) {
    return fft_table_count(s) + s->bins * s->depth * 2 * k;
}

static inline ptrdiff_t fft_scale_offset(const ck_geometry *g, const fft_shape *s, ptrdiff_t lanes) {
    return fft_panel_offset(s, fft_padded_channels(g, s, lanes));
}

static inline ptrdiff_t fft_filter_offset(const ck_geometry *g, const fft_shape *s, ptrdiff_t lanes) {
    return fft_scale_offset(g, s, lanes) + fft_padded_channels(g, s, lanes);
}

// MARK: Segments

// A region of the output in segments of `hop` pixels, which its columns count. They are numbered images first, then
// rows, then spans along the row, then residues. Of the last span some may be empty.
typedef struct fft_grid {
    const ck_region *region;
    ptrdiff_t images, rows, segments;
} fft_grid;

static inline fft_grid fft_grid_of(const ck_region *region, const fft_shape *s) {
    return (fft_grid){region, region->images.end - region->images.begin, region->rows.end - region->rows.begin,
                      (region->columns.end - region->columns.begin + s->hop - 1) / s->hop};
}

static inline ptrdiff_t fft_segment_count(const fft_grid *grid) {
    return grid->images * grid->rows * grid->segments;
}

// Prepared input: [bin][re, im][component][image][line][segment], the segments of a line being those of its output and
// as many more as parts - 1 spans have. Lines are the rows of the input that the block's windows reach, those of the
// padding included, so that every row of the kernel finds its lines equally far on.
typedef struct fft_spectra {
    ptrdiff_t row;    // segments of a line
    ptrdiff_t lines;  // of an image
    ptrdiff_t step;   // from what one step of the depth meets to what the next one does
    ptrdiff_t stride; // from one component to the next: its segments
    ptrdiff_t imag;   // from a real part to its imaginary part
    ptrdiff_t bin;    // from one bin to the next
} fft_spectra;

static inline fft_spectra fft_spectra_of(const ck_geometry *g, const fft_grid *block, const fft_shape *s) {
    const ptrdiff_t row = block->segments + (s->parts - 1) * s->residues;
    const ptrdiff_t lines = block->rows + (g->kernel_height - 1) * g->dilation_height;
    const ptrdiff_t stride = row * lines * block->images, step = s->parts > 1 ? s->residues : g->dilation_height * row;
    return (fft_spectra){row, lines, step, stride, s->components * stride, odd_lines(2 * s->components * stride)};
}

// One segment of a region and where it lies.
typedef struct fft_place {
    ptrdiff_t image, row, segment; // within the region
} fft_place;

static inline fft_place fft_place_of(const fft_grid *grid, ptrdiff_t number) {
    const ptrdiff_t row = number / grid->segments;
    return (fft_place){row / grid->rows, row % grid->rows, number % grid->segments};
}

// The first column of the output in a segment of a region.
static inline ptrdiff_t fft_column(const fft_shape *s, const ck_region *region, ptrdiff_t segment) {
    const ptrdiff_t number = region->columns.begin / s->hop + segment;
    return number / s->residues * s->hop * s->dilation + number % s->residues;
}

// The number within the spectra of `block` of the segment at a place of `part`.
static inline ptrdiff_t fft_number(const fft_grid *block, const fft_grid *part, const fft_spectra *spectra,
                                   const fft_shape *s, fft_place place) {
    const ptrdiff_t image = place.image + part->region->images.begin - block->region->images.begin;
    const ptrdiff_t row = place.row + part->region->rows.begin - block->region->rows.begin;
    return (image * spectra->lines + row) * spectra->row + place.segment +
           (part->region->columns.begin - block->region->columns.begin) / s->hop;
}

// What `prepare` transforms for a part, counted within the block: what its outputs begin at, and what lies beyond the
// block's outputs if the part is the last. So parts that tile the block share its spectra out.
typedef struct fft_share {
    ck_range images, lines, segments;
} fft_share;

// In every `unit` of the range there is one, and `all` in all.
static inline ck_range fft_shared_out(ck_range block, ck_range part, ptrdiff_t unit, ptrdiff_t all) {
    const ptrdiff_t begin = (part.begin - block.begin) / unit;
    if (part.begin >= part.end) return (ck_range){begin, begin};
    return (ck_range){begin, part.end == block.end ? all : (part.end - block.begin) / unit};
}

static inline fft_share fft_share_of(const ck_region *block, const ck_region *part, const fft_spectra *spectra,
                                     const fft_shape *s) {
    return (fft_share){{part->images.begin - block->images.begin, part->images.end - block->images.begin},
                       fft_shared_out(block->rows, part->rows, 1, spectra->lines),
                       fft_shared_out(block->columns, part->columns, s->hop, spectra->row)};
}

// How many segments of the part from a place on are neighbours in the spectra as well.
static inline ptrdiff_t fft_run_length(const fft_grid *part, const fft_spectra *spectra, fft_place place) {
    const ptrdiff_t in_row = part->segments - place.segment;
    if (part->segments != spectra->row) {
        return in_row;
    }
    const ptrdiff_t in_image = in_row + (part->rows - 1 - place.row) * part->segments;
    if (part->rows != spectra->lines) {
        return in_image;
    }
    return in_image + (part->images - 1 - place.image) * part->rows * part->segments;
}

// MARK: Sizes

// Whether what fft_shape_of counts of a geometry are numbers.
static inline int fft_is_countable(const ck_geometry *g, ptrdiff_t lanes) {
    const ptrdiff_t rows = size_product(larger(1, g->channels), g->kernel_height);
    return size_product(size_product(rows, g->kernel_width), size_product(g->stride_width, 8)) >= 0 &&
           size_product(size_round_up(g->out_channels, lanes), 3) >= 0;
}

static inline ptrdiff_t fft_packed_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    if (!fft_is_countable(g, kernel->lanes)) return -1;
    const fft_shape s = fft_shape_of(g, kernel->lanes);
    const ptrdiff_t each = size_sum(size_product(2 * s.bins, s.depth), 1); // the spectrum and the scale
    const ptrdiff_t spectra = size_product(fft_padded_channels(g, &s, kernel->lanes), each);
    const ptrdiff_t filters = size_product(g->out_channels, size_of_filter(g));
    return bytes_of_floats(size_sum(fft_table_count(&s), size_sum(spectra, filters)));
}

// Rows in transformation, and tables: other channels may be packed at the same time, before those in the packed weights
// are there.
static inline ptrdiff_t fft_packing_scratch_bytes(const ck_kernel *kernel, const ck_geometry *g) {
    if (!fft_is_countable(g, kernel->lanes)) return -1;
    const fft_shape s = fft_shape_of(g, kernel->lanes);
    return bytes_of_floats(s.points * kernel->lanes + fft_table_count(&s));
}

// As fft_spectra_of, and a vector more: the last one that is read may end behind the last bin.
static inline ptrdiff_t fft_prepared_bytes(const ck_kernel *kernel, const ck_geometry *g, const ck_region *block) {
    if (!fft_is_countable(g, kernel->lanes)) return -1;
    const fft_shape s = fft_shape_of(g, kernel->lanes);
    const ptrdiff_t columns = range_length(block->columns), segments = columns / s.hop + (columns % s.hop > 0);
    const ptrdiff_t row = size_sum(segments, size_product(s.parts - 1, s.residues));
    const ptrdiff_t lines = size_sum(range_length(block->rows), size_product(g->kernel_height - 1, g->dilation_height));
    const ptrdiff_t each = size_product(size_product(row, lines), range_length(block->images));
    const ptrdiff_t bin = odd_lines(size_product(size_product(each, s.components), 2));
    return bytes_of_floats(size_sum(size_product(s.bins, bin), kernel->lanes));
}

// Rows of products in channel lanes that are made at once, with register tiles of so many. Those of long transforms
// would not stay in the second-level cache.
static inline ptrdiff_t fft_rows_at_once(const fft_shape *s, ptrdiff_t tile_rows) {
    return s->points > 2048 ? tile_rows / 2 : s->points > 512 ? tile_rows : 2 * tile_rows;
}

// Floats from one bin of the products of so many rows to the next; a line more, as bins of a power of two would fall
// into few sets of a cache.
static inline ptrdiff_t fft_product_stride(ptrdiff_t rows, ptrdiff_t lanes) {
    return rows * 2 * lanes + LINE_FLOATS;
}

// Rows in transformation, and products.
static inline ptrdiff_t fft_scratch_bytes(const ck_kernel *kernel, const ck_geometry *g, const ck_region *block) {
    (void)block;
    if (!fft_is_countable(g, kernel->lanes)) return -1;
    const fft_shape s = fft_shape_of(g, kernel->lanes);
    const ptrdiff_t rows =
        s.channel_lanes ? fft_rows_at_once(&s, kernel->tile_pixels) : smaller(g->out_channels, kernel->lanes);
    return bytes_of_floats(s.points * kernel->lanes + s.bins * fft_product_stride(rows, kernel->lanes));
}

#endif
