// SPDX-License-Identifier: Apache-2.0
//
// The whole interface of the kernels on one page.
//
// A kernel is a pure function of its arguments: it allocates nothing, starts no thread, takes no lock, reads no
// environment and keeps no state. Whoever calls it has validated the sizes, packed the weights with the kernel's own
// `pack_weights`, and cut the work into tasks; a kernel runs one task on the calling thread. It reads and writes only
// the elements that the geometry names, and its scratch. No call takes more than CK_MAX_STACK bytes of stack: threads
// of some systems have 128 KiB of it.
//
// Strides and extents are counted in elements, sizes of memory in bytes.

#ifndef CK_KERNELS_H
#define CK_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The most bytes of stack that a function of a kernel takes, with all that it calls.
#define CK_MAX_STACK 8192

// MARK: Instruction sets

/// Instruction sets. One name means one exact set of features; their numbers have no order.
typedef enum ck_isa {
    CK_ISA_SCALAR = 0, ///< plain C
    CK_ISA_AVX2 = 1,   ///< AVX2 and FMA
    CK_ISA_AVX512 = 2, ///< AVX-512 F, VL, BW and DQ
} ck_isa;

/// Bit `1 << isa` is set for each instruction set that the processor has and the operating system saves.
/// Executes CPUID, which a virtual machine may trap: ask once and remember.
uint32_t ck_cpu_isas(void);

/// The instruction sets that there are kernels for on this architecture, the one to be preferred first, plain C last.
const ck_isa *ck_preferred_isas(size_t *count);

// MARK: Element types

/// The types of a tensor's elements.
typedef enum ck_type {
    CK_F32 = 0, ///< float
} ck_type;

// MARK: One convolution

/// The shape of one convolution as a kernel sees it: two-dimensional (a one-dimensional one has height 1), with the
/// strides of the tensors, so that NCHW, NHWC and packed tiles are all the same to it.
typedef struct ck_geometry {
    ptrdiff_t groups;
    ptrdiff_t channels;     ///< input channels of one group
    ptrdiff_t out_channels; ///< output channels of one group
    ptrdiff_t in_height, in_width;
    ptrdiff_t out_height, out_width;
    ptrdiff_t kernel_height, kernel_width;
    ptrdiff_t stride_height, stride_width;
    ptrdiff_t dilation_height, dilation_width;
    ptrdiff_t pad_top, pad_left; ///< zeros before; those behind follow from the output's extent
    ptrdiff_t in_image_stride, in_channel_stride, in_row_stride, in_pixel_stride;
    ptrdiff_t out_image_stride, out_channel_stride, out_row_stride, out_pixel_stride;
    /// Of CK_WINOGRAD: channel c of the input is channel c % depth_channels of a plane, in_depth_stride * (c /
    /// depth_channels) further on. The other algorithms have depth_channels == channels.
    ptrdiff_t depth_channels, in_depth_stride;
    ptrdiff_t fft_points; ///< n of CK_FFT; any value for other algorithms
    /// With n > 1 `out_column_phases`, output channel c is column phase c % n and row phase c / n % `out_row_phases` of
    /// channel c / (n * `out_row_phases`) in the output: pixel p of it is element n * p + column phase -
    /// `out_column_shift` of a row of `out_columns` that is row phase * `out_phase_stride` further on, if there is such
    /// an element; the shift is less than n. Bias and residual are those of the output, whose pixels are neighbours.
    /// For n = 2 and CK_GEMM_PIXELS with a 1 x 1 kernel, strides of 1, pixels that are neighbours and no shift; for
    /// n = 2 and CK_WINOGRAD with one row phase; and for any n and the kernel of CK_DEPTHWISE that is for phases. With
    /// any other number, and with other algorithms: none of this.
    ptrdiff_t out_column_phases, out_row_phases, out_phase_stride, out_column_shift, out_columns;
} ck_geometry;

/// The half-open range `begin..<end`.
typedef struct ck_range {
    ptrdiff_t begin, end;
} ck_range;

/// A box of the output, in images, rows and columns of output pixels.
typedef struct ck_region {
    ck_range images, rows, columns;
} ck_region;

/// What is done to each element of the output as it is stored, after the bias and the residual are added.
typedef enum ck_activation {
    CK_ACTIVATION_CLAMP = 0,      ///< min(max(x, low), high): none, ReLU, ReLU6 and clamp are all this one
    CK_ACTIVATION_LEAKY_RELU = 1, ///< x >= 0 ? x : low * x
    CK_ACTIVATION_SILU = 2,       ///< x / (1 + exp(-x))
    CK_ACTIVATION_GELU = 3,       ///< x * Phi(x), with the exact normal distribution, not the tanh approximation
    CK_ACTIVATION_HARD_SWISH = 4, ///< low * x * min(max(x + 3, 0), 6) + high
} ck_activation;

/// What becomes of a sum before it is stored: activation(sum + bias + residual).
///
/// `residual` may be the output itself, which a convolution then adds to: the residual of an element is read once,
/// before anything is stored to the element, and no element is stored to that is not computed.
typedef struct ck_epilogue {
    const float *bias;     ///< one element an output channel, or NULL
    const float *residual; ///< laid out as the output, added before the activation, or NULL
    float low, high;       ///< parameters of the activation
    ck_activation activation;
} ck_epilogue;

/// One piece of one convolution, run by one thread. All pointers are those of image 0 and of the first channel of the
/// group; the ranges say what to compute. Their elements are of the types that the kernel names.
typedef struct ck_task {
    const ck_geometry *geometry;
    const float *input;
    const float *weights; ///< as the kernel's `pack_weights` left them
    ck_epilogue epilogue;
    float *output;
    float *prepared;   ///< what `prepare` makes of the input of `block`; NULL where the kernel has no `prepare`
    float *scratch;    ///< 64-byte aligned, private to the running thread; NULL where the kernel needs none
    const void *plan;  ///< what `make_plan` made for the geometry; NULL where the kernel has no `make_plan`
    ck_region block;   ///< the part of the output whose input `prepared` holds; fixes its layout
    ck_region part;    ///< what to compute now: all of the output, or of `block` where there is a `prepare`
    ck_range channels; ///< in `run`: output channels, begin a multiple of `tile_channels`;
                       ///< in `prepare`: input channels, begin a multiple of CK_CHANNEL_ALIGNMENT
} ck_task;

/// Input channels are prepared in pieces of a multiple of this.
#define CK_CHANNEL_ALIGNMENT 16

// MARK: Kernels

typedef enum ck_algorithm {
    /// Any convolution, the input read in place. Lanes are output channels; a register tile is up to `tile_pixels`
    /// output pixels by `tile_channels` channels. The scratch holds sums that are stored together; it may be NULL, and
    /// then they are stored tile by tile, which takes longer.
    CK_DIRECT = 0,
    /// The same after `prepare` has transposed what the block reads to channels-last. The scratch is that of CK_DIRECT.
    CK_GEMM_CHANNELS = 1,
    /// Any kernel and stride where no tap lies in the padding; pixels are neighbours where the kernel is larger than 1.
    /// Lanes are pixels; a register tile is up to `tile_channels` channels by `tile_pixels` pixels. The input of a 1 x
    /// 1 kernel with stride_width 1 is read in place; else the scratch holds what the pixels of two panels multiply.
    /// Where the pixels of the input or of the output are not neighbours it holds some channels of a panel instead. Two
    /// phases of the output's columns may be woven into one another: see `out_column_phases`.
    CK_GEMM_PIXELS = 2,
    /// channels == 1 in every group: each output channel filters one plane. One task may span groups: the pointers are
    /// those of the whole image, and `channels` counts output channels over all groups. Several kernels, one for each
    /// ck_depthwise_body, share one format of packed weights, but for that of phases, whose `channels` are multiples of
    /// `out_column_phases`. Functions of the descriptor say whether one is for a
    /// geometry, what it keeps of it, and the sizes. An element is summed in an order that depends on the geometry and
    /// the weights alone.
    CK_DEPTHWISE = 3,
    /// Winograd F(mh x mw, rh x rw): `prepare` transforms the input, `run` multiplies, transforms back and stores. Rows
    /// and columns of every range but the last are multiples of mh * dilation_height and mw * dilation_width. `run`
    /// also reads the input: it computes the tiles that the transforms cannot, for infinities and the like, by the
    /// definition. A kernel is for kernel_height = rh and kernel_width = rw with any dilation, or for a stride s of an
    /// axis with dilation 1, s (r - 1) < kernel <= s r and s <= CK_WINOGRAD_MAX_STRIDE; an axis with r = 1 has stride
    /// 1.
    ///
    /// The packed weights of every block pass through the core: blocks of about `winograd.tiles` tiles are the best.
    CK_WINOGRAD = 4,
    /// The whole matrix of input windows, made by `prepare` for a block of one whole image, and its product in pixel
    /// lanes. The scratch is that of CK_GEMM_PIXELS with a 1 x 1 kernel, whose input has neighbouring pixels.
    CK_IM2COL = 5,
    /// Real Fourier transforms of n = `fft_points` points along the rows, n = 2^a or 3 * 2^a, a multiple of 16 from
    /// CK_FFT_MIN_POINTS to CK_FFT_MAX_POINTS; any kernel height, dilation and padding with stride 1 across the
    /// rows; any kernel width, padding and stride along them, with a dilation d <= CK_FFT_MAX_DILATION where the
    /// stride is 1 (d = 1 with any other and for kernels of one column, with any dilation), but t <= 3 n / 4 (see
    /// below) where the kernel height is not 1. `prepare` and `run` read the tables in the packed weights. `run` reads
    /// the input too: it computes the segments that the transforms cannot, for infinities and the like, by the
    /// definition.
    ///
    /// With s = stride_width and t = ceil(kernel_width / s): where t <= 3 n / 4, a segment is hop = n - t + 1 pixels of
    /// output; else it is hop = n / 2 pixels, and the kernel is cut into parts. With a dilation the pixels of a segment
    /// are d columns apart, and e = min(d, out_width) segments, one behind the other, make a span of hop * d columns.
    /// `columns` of `block` and `part` count pixels of segments: their number of the first one, times hop. Those of the
    /// whole output are 0 ..< out_width where d = 1, and else 0 ..< ceil(out_width / (hop * d)) * e * hop. Columns of
    /// every range but the last are multiples of hop.
    CK_FFT = 6,
    /// Any convolution. Lanes are pixels of an output row; a register tile is up to `tile_channels` channels by
    /// `tile_pixels` pixels, or more pixels of fewer channels. The input of a few rows is copied to the scratch, with
    /// its padding, and every tap reads it there; with out_pixel_stride 1 the sums are stored as they are. For few
    /// channels or few output channels in a group. Sums are taken in the same order. Strides and dilations of 2^31 and
    /// more are beyond it.
    CK_DIRECT_PIXELS = 7,
} ck_algorithm;

/// What CK_DIRECT_PIXELS keeps of the input, in floats, if that many suffice for a register tile: half of a small
/// second-level cache.
#define CK_STAGE_FLOATS 65536

/// The largest stride of CK_WINOGRAD.
#define CK_WINOGRAD_MAX_STRIDE 8

#define CK_FFT_MIN_POINTS 32
#define CK_FFT_MAX_POINTS 8192
/// The largest dilation along the rows of CK_FFT, with which columns can still be counted.
#define CK_FFT_MAX_DILATION 0x100000000

typedef struct ck_kernel ck_kernel;

/// How a kernel of CK_DEPTHWISE computes; depthwise/README.md says when which one is taken, and why.
typedef enum ck_depthwise_body {
    CK_DEPTHWISE_NONE = 0,     ///< of other algorithms
    CK_DEPTHWISE_PLANES,       ///< small planes, transposed to channel lanes
    CK_DEPTHWISE_BLOCKS,       ///< rows and vectors of columns in registers
    CK_DEPTHWISE_WRAPS,        ///< dilated kernels, vectors that run on from row to row
    CK_DEPTHWISE_STRIPS,       ///< vectors of columns that run down the image
    CK_DEPTHWISE_COLUMNS,      ///< tiles of neighbouring vectors of a row
    CK_DEPTHWISE_ROWS,         ///< tiles of one vector of each of some rows
    CK_DEPTHWISE_COLUMN_LANES, ///< windows transposed to channel lanes, channels that fill no vector by columns
    CK_DEPTHWISE_ROW_LANES,    ///< the same, those channels by rows
    CK_DEPTHWISE_LINES,        ///< any kernel where the pixels of a row are neighbours
    CK_DEPTHWISE_PHASES,       ///< phases of a stride woven into one another, and nothing else
    CK_DEPTHWISE_WINDOWS,      ///< channels that are lanes in the tensors, windows copied with their padding
    CK_DEPTHWISE_CHANNELS,     ///< the same, windows read in place
    CK_DEPTHWISE_ELEMENTS,     ///< any strides, one element at a time
} ck_depthwise_body;

/// What a depthwise kernel does beside its multiplications, counted for so many outputs of a channel.
typedef struct ck_depthwise_work {
    double outputs;
    double copied, moved; ///< pixels brought into channel lanes, and those moved there for the outputs below
    double fours, pairs;  ///< columns brought apart by a stride: four neighbouring ones at a time, or even and odd ones
} ck_depthwise_work;

/// A kernel and what its caller must know about it. All kernels are constants; see kernel_list.h.
struct ck_kernel {
    const char *name;
    ck_isa isa;
    ck_algorithm algorithm;
    struct {
        ck_type input, weight, output;
    } types;                 ///< bias and residual are of the output's
    ptrdiff_t lanes;         ///< floats in a vector
    ptrdiff_t tile_pixels;   ///< pixels in a register tile
    ptrdiff_t tile_channels; ///< output channels in a register tile, and the width of a panel of packed weights
    ptrdiff_t tail_pixels;   ///< of CK_GEMM_PIXELS in place: so many pixels beyond whole vectors cost no vector; or 0
    ptrdiff_t joined_pixels; ///< of CK_GEMM_PIXELS: so many beyond whole tiles cost none, with any stride; or 0
    struct {
        ptrdiff_t mh, rh, mw, rw; ///< F(mh x mw, rh x rw)
        ptrdiff_t tiles;          ///< the most that `run` multiplies at once
    } winograd;                   ///< zeros for other algorithms
    /// The bytes of memory that the caller gives the kernel: pure functions of the descriptor and the geometry, -1 if
    /// there are more than a ptrdiff_t counts. Of a region only the extents matter, and a smaller one never needs more.
    /// `packed_bytes` are those of the packed weights of one group; `prepared_bytes` those of `prepared` for a block,
    /// of one group, NULL where there is no `prepare`; `scratch_bytes` those of the scratch of a task for any part of a
    /// region (of the block, where there is a `prepare`), NULL where none is needed; `packing_scratch_bytes` those of
    /// the scratch of `pack_weights` for any range of channels, NULL where none is needed.
    ptrdiff_t (*packed_bytes)(const ck_kernel *kernel, const ck_geometry *geometry);
    ptrdiff_t (*prepared_bytes)(const ck_kernel *kernel, const ck_geometry *geometry, const ck_region *block);
    ptrdiff_t (*scratch_bytes)(const ck_kernel *kernel, const ck_geometry *geometry, const ck_region *region);
    ptrdiff_t (*packing_scratch_bytes)(const ck_kernel *kernel, const ck_geometry *geometry);
    /// Packs the output channels `channels` (begin a multiple of tile_channels) of one group. `weight` is the group's
    /// part of the (K, C/groups, kernel) tensor, `packed` the group's part of the packed weights: both begin with the
    /// group's channel 0. Writes every float of the panels it packs, padding included. `scratch` is 64-byte aligned and
    /// the calling thread's own; NULL where none is needed.
    void (*pack_weights)(const ck_geometry *geometry, const float *weight, float *packed, ck_range channels,
                         float *scratch);
    /// Whether the kernel can compute a geometry with at least one output; NULL where the comment of the algorithm says
    /// it. Such kernels are asked for sizes of no other geometry.
    int (*applies)(const ck_kernel *kernel, const ck_geometry *geometry);
    /// What depends on the geometry alone, found once for all runs: so many bytes, 64-byte aligned, which `make_plan`
    /// writes and `run` reads at the same address. NULL for kernels that keep nothing.
    ptrdiff_t (*plan_bytes)(const ck_kernel *kernel, const ck_geometry *geometry);
    void (*make_plan)(const ck_kernel *kernel, const ck_geometry *geometry, void *plan);
    struct {
        ck_depthwise_body body;
        /// Counts the work; NULL for bodies of which nobody asks it.
        void (*count_work)(const ck_kernel *kernel, const ck_geometry *geometry, ck_depthwise_work *work);
    } depthwise; ///< zeros for other algorithms
    /// Brings the input of `block` into the layout that `run` reads; NULL for kernels that read it in place. Splits
    /// over input channels, and over `part`s that tile the block: no two pieces write the same element.
    void (*prepare)(const ck_task *task);
    /// Computes the output channels `channels` of `part`.
    void (*run)(const ck_task *task);
    /// The one-dimensional transforms B^T d, A^T m and G g of F(m, r), of the axis that has them, for tests; NULL for
    /// other algorithms. They transform `lanes` columns side by side: from [m + r - 1][lanes] (G: [r][lanes]) to [m + r
    /// - 1][lanes] (A^T: [m][lanes]).
    void (*transform_input)(const float *from, float *to);
    void (*transform_output)(const float *from, float *to);
    void (*transform_weights)(const float *from, float *to);
};

/// Of CK_DIRECT_PIXELS: floats from one row of the input's copy to the next where narrow rows are joined, vectors of
/// pixels running on from row to row; 0 where they are not.
ptrdiff_t ck_joined_length(const ck_kernel *kernel, const ck_geometry *geometry);

/// Of CK_FFT: how transforms of `fft_points` cut a geometry.
typedef struct ck_fft_cut {
    ptrdiff_t hop;             ///< output pixels of a segment
    ptrdiff_t dilation;        ///< columns from one pixel of a segment to the next
    ptrdiff_t residues;        ///< segments of a span
    ptrdiff_t parts;           ///< that a kernel is cut into
    ptrdiff_t components;      ///< input channels times phases of the stride
    ptrdiff_t packed_channels; ///< output channels of a group as they are packed
    ptrdiff_t rows;            ///< what meets the lanes of the products together: segments, or else output channels
    int channel_lanes;         ///< whether lanes are output channels; else they are segments
} ck_fft_cut;

ck_fft_cut ck_fft_cut_of(const ck_kernel *kernel, const ck_geometry *geometry);

/// All kernels compiled into this library, in the order of kernel_list.h, whatever the processor can run.
const ck_kernel *const *ck_kernel_list(size_t *count);

#ifdef __cplusplus
}
#endif

#endif
