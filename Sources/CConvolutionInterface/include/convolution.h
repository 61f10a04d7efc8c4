// SPDX-License-Identifier: Apache-2.0
//
// The convolutions of the Swift library `Convolution` for C and for whatever calls C: link libConvolutionC, or load it.
//
//     const int64_t input[] = {1, 64, 56, 56}, kernel[] = {64, 64, 3, 3}, padding[] = {1};
//     convolution_description layer;
//     convolution_description_init(&layer, sizeof layer);
//     layer.input_shape = (convolution_integers){input, 4};
//     layer.weight_shape = (convolution_integers){kernel, 4};
//     layer.weight = weight;
//     layer.padding = (convolution_integers){padding, 1};
//     convolution_plan *plan;
//     if (convolution_plan_create(&layer, &plan) != CONVOLUTION_OK) { puts(convolution_last_error_message()); }
//     convolution_plan_run(plan, x, x_count, NULL, 0, y, y_count, NULL, 0);
//     convolution_plan_destroy(plan);
//
// Tensors are dense, row-major fp32. An input is (N, C, *size), or (C, *size) without a batch, with a size of (L), (H,
// W) or (D, H, W); a weight is (K, C / groups, *kernel), a bias (K), an output (N, K, *size). Each axis of the output
// has floor((size + before + after - dilation * (kernel - 1) - 1) / stride) + 1 elements. The kernel is not flipped, as
// in PyTorch. A transposed convolution, with a weight (C, K / groups, *kernel), is the gradient of a convolution: each
// axis of its output has (size - 1) * stride - before - after + dilation * (kernel - 1) + output_padding + 1 elements.
//
// Ownership. Everything that is passed in stays the caller's. A plan copies weight and bias, and nothing that a
// description points to is read after the call. A plan is the caller's, to be given to convolution_plan_destroy once;
// the strings that are asked of it live as long as it does.
//
// Threads. A plan is immutable: any number of threads may run one at the same time, each with an output, and if it
// brings one a workspace, of its own. Destroying it while it runs is a mistake. Descriptions are plain memory. A
// process that forks makes its plans afterwards: the threads that share the work do not live on in the child.
//
// Errors. A function that can fail returns a status, and where that is not CONVOLUTION_OK the calling thread can ask
// for the name and the sentence of what was wrong. Pointers that are NULL, shapes that do not fit together, sizes that
// overflow and counts that are wrong are errors; the output is then as before, and no plan is made. What cannot be
// checked is whether a pointer is to as many elements as is said.

#ifndef CONVOLUTION_H
#define CONVOLUTION_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The version of this interface. It changes where a program that was compiled before would no longer work; fields and
/// functions that are added do not change it.
#define CONVOLUTION_INTERFACE_VERSION 1

/// What became of a call. Later versions may have more.
enum {
    CONVOLUTION_OK = 0,
    /// A pointer is NULL or not aligned, buffers overlap, a name is unknown, or a description has no known size.
    CONVOLUTION_BAD_CALL = 1,
    /// A shape, a parameter or a count is wrong.
    CONVOLUTION_BAD_ARGUMENT = 2,
    /// The algorithm does not apply, this machine lacks the instruction set, or nothing keeps to the workspace limit.
    CONVOLUTION_UNAVAILABLE = 3,
    /// The system has no memory: the same call may succeed another time.
    CONVOLUTION_SYSTEM = 4
};
typedef int32_t convolution_status;

/// The version of the library, such as "1.0.0".
const char *convolution_version(void);

/// CONVOLUTION_INTERFACE_VERSION as it was when the library was compiled.
int32_t convolution_interface_version(void);

// MARK: Errors

/// The status of this thread's last call that failed; CONVOLUTION_OK if none has. A call that succeeds leaves it.
convolution_status convolution_last_error(void);

/// The name of what was wrong, one of ConvolutionError.Code of the Swift library, such as "channelMismatch", or
/// "nullPointer", "misalignedPointer", "overlap", "unknownName" or "descriptionSize". "" if no call has failed. The
/// string is there until another call of this thread fails.
const char *convolution_last_error_name(void);

/// A sentence with the numbers, in UTF-8 and at most 2047 bytes, as long as the name is.
const char *convolution_last_error_message(void);

// MARK: A convolution

/// A shape, or values one for each axis, the outermost first.
typedef struct convolution_integers {
    const int64_t *values;
    size_t count;
} convolution_integers;

/// What to compute and how. convolution_description_init fills in the defaults; strings that are NULL are defaults too.
/// Later versions have more fields at the end, and take the descriptions of programs that do not know them.
typedef struct convolution_description {
    /// The size of this struct in bytes, as the program was compiled.
    size_t size;

    /// "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d" or "conv_transpose3d"; NULL: the
    /// convolution that the weight's axes are of.
    const char *operation;
    /// (N, C, *size) or (C, *size); with channels last (N, *size, C) or (*size, C).
    convolution_integers input_shape;
    /// (K, C / groups, *kernel); of a transposed convolution (C, K / groups, *kernel).
    convolution_integers weight_shape;
    /// As many floats as the shape has elements.
    const float *weight;
    /// K floats, or NULL.
    const float *bias;
    /// The number of floats at bias.
    size_t bias_count;

    /// The distance between windows, at least 1: one value, or one for each axis. No values: 1.
    convolution_integers stride;
    /// Zeros at both ends: one value, or one for each axis. No values: 0.
    convolution_integers padding;
    /// Instead: zeros before and after each axis, as in {top, bottom, left, right}.
    convolution_integers padding_pairs;
    /// Instead: "same" (with stride 1) or "valid".
    const char *padding_word;
    /// The distance between the taps of the kernel, at least 1: one value, or one for each axis. No values: 1.
    convolution_integers dilation;
    /// Of a transposed convolution: what is added to the output's size at its end, smaller than the stride or than the
    /// dilation: one value, or one for each axis. No values: 0.
    convolution_integers output_padding;
    /// Instead: the size of the output, one value for each axis.
    convolution_integers output_size;
    /// Groups that the channels are divided into; the default is 1.
    int64_t groups;
    /// "channelsFirst", the default, or "channelsLast".
    const char *layout;

    /// Applied to sum + bias + residual: "none", the default, "relu", "relu6", "leakyReLU", "silu", "gelu", "hardSwish"
    /// or "clamp".
    const char *activation;
    /// leakyReLU: the slope. clamp: the least and the largest value.
    float activation_parameters[2];

    /// A name such as "winograd4"; NULL or "auto": the one that is estimated to be fastest.
    const char *algorithm;
    /// What auto may choose from: "strict", "standard" (the default) or "fast".
    const char *precision;
    /// "scalar", "avx2" or "avx512"; NULL or "auto": the strongest of this machine.
    const char *instruction_set;
    /// "dispatch", the default, "serial" or "openmp".
    const char *executor;
    /// Threads that share one run; 0, the default: one for each processor.
    int64_t threads;
    /// The most workspace in bytes that the plan may need; negative, the default: no limit.
    int64_t workspace_limit;
    /// How long a thread waits for more work before it leaves its core, in microseconds; the default is 200.
    int64_t spin_microseconds;
    /// Not 0: the plan is run once, and an algorithm preferred that packs its weights quickly.
    int32_t is_for_one_run;
} convolution_description;

/// Fills in the defaults.
///
/// @param size sizeof(convolution_description)
convolution_status convolution_description_init(convolution_description *description, size_t size);

/// The shape of the output of a convolution, whose weight and bias need not be there.
///
/// @param shape room for `capacity` values; at most 5 are written
/// @param axes how many the shape has, also where there is no room for them; or NULL
convolution_status convolution_output_shape(const convolution_description *description, int64_t *shape, size_t capacity,
                                            size_t *axes);

// MARK: Plans

/// A convolution that is ready to run: its algorithm chosen and its weights packed.
typedef struct convolution_plan convolution_plan;

/// Makes a plan.
///
/// @param plan where it is stored; NULL is stored if it cannot be made
convolution_status convolution_plan_create(const convolution_description *description, convolution_plan **plan);

/// Makes a plan for inputs of another batch or size that shares the weights of this one. Either may be destroyed first.
///
/// @param batch 1 for one without a batch
/// @param size one value for each spatial axis
convolution_status convolution_plan_resize(const convolution_plan *plan, int64_t batch, convolution_integers size,
                                           convolution_plan **resized);

/// Destroys a plan. NULL is none.
void convolution_plan_destroy(convolution_plan *plan);

/// The alignment in bytes of a workspace.
#define CONVOLUTION_WORKSPACE_ALIGNMENT 64

/// The bytes of workspace of one run; 0 for NULL.
size_t convolution_plan_workspace_bytes(const convolution_plan *plan);

/// Runs a plan. Allocates nothing if it is given a workspace, or if no other thread runs the plan at the same time.
///
/// @param input the input, `input_count` floats
/// @param residual laid out as the output and added before the activation, `residual_count` floats; or NULL and 0
/// @param output the output, `output_count` floats, all of which are written; nothing else may lie there
/// @param workspace `workspace_bytes` of memory, at least convolution_plan_workspace_bytes, aligned to
///     CONVOLUTION_WORKSPACE_ALIGNMENT, which any number of plans may share, one run at a time; or NULL and 0 for the
///     plan's own
convolution_status convolution_plan_run(const convolution_plan *plan, const float *input, size_t input_count,
                                        const float *residual, size_t residual_count, float *output,
                                        size_t output_count, void *workspace, size_t workspace_bytes);

/// The shape of the input, as convolution_output_shape gives that of the output.
convolution_status convolution_plan_input_shape(const convolution_plan *plan, int64_t *shape, size_t capacity,
                                                size_t *axes);

/// The shape of the output.
convolution_status convolution_plan_output_shape(const convolution_plan *plan, int64_t *shape, size_t capacity,
                                                 size_t *axes);

/// The algorithm that was asked for, or chosen; NULL for NULL.
const char *convolution_plan_algorithm(const convolution_plan *plan);

/// The instruction set of its kernels; NULL for NULL.
const char *convolution_plan_instruction_set(const convolution_plan *plan);

/// The kernel that does the work; NULL for NULL.
const char *convolution_plan_kernel(const convolution_plan *plan);

/// The most threads that a run uses; 0 for NULL.
int64_t convolution_plan_threads(const convolution_plan *plan);

#ifdef __cplusplus
}
#endif

#endif
