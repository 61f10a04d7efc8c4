// SPDX-License-Identifier: Apache-2.0
//
// Tests of convolution.h: as a program in C uses it, linked with the shared library as it is installed.
// usage: test-interface FOLDER, that of the conformance cases

#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "allocation_counter.h"
#include "checks.h"
#include "convolution.h"

int check_count, failure_count;

static convolution_integers list(const int64_t *values, size_t count) {
    return (convolution_integers){values, count};
}

static int last_is(convolution_status status, const char *name) {
    return convolution_last_error() == status && strcmp(convolution_last_error_name(), name) == 0 &&
           convolution_last_error_message()[0] != 0;
}

// MARK: The worked example

static const int64_t ramp_shape[] = {1, 1, 16}, taps_shape[] = {1, 1, 3};
static const float taps[] = {0.1f, 0.2f, 0.3f};

/// conv1d of 0...15 with the kernel [0.1, 0.2, 0.3].
static convolution_description example(void) {
    convolution_description description;
    CHECK(convolution_description_init(&description, sizeof description) == CONVOLUTION_OK);
    description.input_shape = list(ramp_shape, 3);
    description.weight_shape = list(taps_shape, 3);
    description.weight = taps;
    return description;
}

static void test_example(void) {
    convolution_description description = example();
    description.operation = "conv1d";
    int64_t shape[5] = {0};
    size_t axes = 0;
    CHECK(convolution_output_shape(&description, shape, COUNT(shape), &axes) == CONVOLUTION_OK);
    CHECK(axes == 3 && shape[0] == 1 && shape[1] == 1 && shape[2] == 14);
    convolution_plan *plan = NULL;
    CHECK(convolution_plan_create(&description, &plan) == CONVOLUTION_OK && plan != NULL);
    CHECK(convolution_plan_output_shape(plan, shape, COUNT(shape), NULL) == CONVOLUTION_OK && shape[2] == 14);
    CHECK(convolution_plan_input_shape(plan, shape, COUNT(shape), NULL) == CONVOLUTION_OK && shape[2] == 16);
    CHECK(strlen(convolution_plan_algorithm(plan)) > 0 && strlen(convolution_plan_kernel(plan)) > 0);
    CHECK(strlen(convolution_plan_instruction_set(plan)) > 0 && convolution_plan_threads(plan) > 0);
    float x[16], y[14];
    for (int index = 0; index < 16; index++)
        x[index] = (float)index;
    CHECK(convolution_plan_run(plan, x, 16, NULL, 0, y, 14, NULL, 0) == CONVOLUTION_OK);
    for (int index = 0; index < 14; index++)
        CHECK(fabsf(y[index] - (0.8f + 0.6f * (float)index)) < 1e-5f);

    // Of another length, by the same weights, which outlive the plan that packed them.
    const int64_t longer[] = {18};
    convolution_plan *resized = NULL;
    CHECK(convolution_plan_resize(plan, 1, list(longer, 1), &resized) == CONVOLUTION_OK);
    convolution_plan_destroy(plan);
    float wide[18] = {1}, out[16];
    CHECK(convolution_plan_run(resized, wide, 18, NULL, 0, out, 16, NULL, 0) == CONVOLUTION_OK);
    CHECK(fabsf(out[0] - 0.1f) < 1e-6f && out[15] == 0);
    const int64_t negative[] = {-1};
    CHECK(convolution_plan_resize(resized, 1, list(negative, 1), &plan) == CONVOLUTION_BAD_ARGUMENT && plan == NULL);
    CHECK(last_is(CONVOLUTION_BAD_ARGUMENT, "negativeExtent"));
    convolution_plan_destroy(resized);
    convolution_plan_destroy(NULL);
}

static void test_activations_and_residual(void) {
    convolution_description description = example();
    const float bias = -4;
    description.bias = &bias;
    description.bias_count = 1;
    description.activation = "clamp";
    description.activation_parameters[0] = -1;
    description.activation_parameters[1] = 2;
    convolution_plan *plan = NULL;
    CHECK(convolution_plan_create(&description, &plan) == CONVOLUTION_OK);
    float x[16], residual[14], y[14];
    for (int index = 0; index < 16; index++)
        x[index] = (float)index;
    for (int index = 0; index < 14; index++)
        residual[index] = (float)(index % 2);
    CHECK(convolution_plan_run(plan, x, 16, residual, 14, y, 14, NULL, 0) == CONVOLUTION_OK);
    for (int index = 0; index < 14; index++) {
        const float sum = 0.8f + 0.6f * (float)index - 4 + residual[index];
        CHECK(fabsf(y[index] - fminf(fmaxf(sum, -1), 2)) < 1e-5f);
    }
    convolution_plan_destroy(plan);
}

/// What each input adds to the output: the kernel, two elements further for the next.
static void test_transposed(void) {
    const int64_t input[] = {1, 3}, kernel[] = {1, 1, 2}, two[] = {2}, one[] = {1}, seven[] = {7};
    const float x[] = {1, 2, 3}, w[] = {1, 10}, expected[] = {1, 10, 2, 20, 3, 30, 0};
    for (int by_size = 0; by_size < 2; by_size++) {
        convolution_description description = example();
        description.operation = "conv_transpose1d";
        description.input_shape = list(input, 2);
        description.weight_shape = list(kernel, 3);
        description.weight = w;
        description.stride = list(two, 1);
        if (by_size) {
            description.output_size = list(seven, 1);
        } else {
            description.output_padding = list(one, 1);
        }
        convolution_plan *plan = NULL;
        CHECK(convolution_plan_create(&description, &plan) == CONVOLUTION_OK);
        float y[7];
        CHECK(convolution_plan_run(plan, x, 3, NULL, 0, y, 7, NULL, 0) == CONVOLUTION_OK);
        for (int index = 0; index < 7; index++)
            CHECK(y[index] == expected[index]);
        convolution_plan_destroy(plan);
    }
}

// MARK: A workspace that is brought

static void test_workspace(void) {
    const int64_t input[] = {1, 16, 20, 20}, kernel[] = {8, 16, 3, 3}, padding[] = {1};
    const size_t input_count = 16 * 20 * 20, output_count = 8 * 20 * 20, weight_count = 8 * 16 * 9;
    float *x = malloc(input_count * sizeof *x), *w = malloc(weight_count * sizeof *w);
    float *own = malloc(output_count * sizeof *own), *brought = malloc(output_count * sizeof *brought);
    CHECK(x != NULL && w != NULL && own != NULL && brought != NULL);
    for (size_t index = 0; index < input_count; index++)
        x[index] = (float)(index % 7) - 3;
    for (size_t index = 0; index < weight_count; index++)
        w[index] = (float)(index % 5) - 2;
    convolution_description description = example();
    description.input_shape = list(input, 4);
    description.weight_shape = list(kernel, 4);
    description.weight = w;
    description.padding = list(padding, 1);
    description.algorithm = "winograd4";
    description.threads = 2;
    convolution_plan *plan = NULL;
    CHECK(convolution_plan_create(&description, &plan) == CONVOLUTION_OK);
    free(w);
    const size_t bytes = convolution_plan_workspace_bytes(plan);
    CHECK(bytes > 0);
    // Rounded up, as aligned_alloc wants it.
    char *workspace = aligned_alloc(CONVOLUTION_WORKSPACE_ALIGNMENT, (bytes + 64 + 63) / 64 * 64);
    memset(workspace, 0xFF, bytes);
    CHECK(convolution_plan_run(plan, x, input_count, NULL, 0, own, output_count, NULL, 0) == CONVOLUTION_OK);
    CHECK(convolution_plan_run(plan, x, input_count, NULL, 0, brought, output_count, workspace, bytes) == 0);
    CHECK(memcmp(own, brought, output_count * sizeof *own) == 0);

    brought[0] = 7;
    CHECK(convolution_plan_run(plan, x, input_count, NULL, 0, brought, output_count, workspace, bytes - 4) != 0);
    CHECK(last_is(CONVOLUTION_BAD_ARGUMENT, "workspaceTooSmall"));
    CHECK(convolution_plan_run(plan, x, input_count, NULL, 0, brought, output_count, workspace + 4, bytes) != 0);
    CHECK(last_is(CONVOLUTION_BAD_ARGUMENT, "workspaceMisaligned"));
    CHECK(convolution_plan_run(plan, x, input_count, NULL, 0, brought, output_count, NULL, bytes) != 0);
    CHECK(last_is(CONVOLUTION_BAD_CALL, "nullPointer"));
    float *inside = (float *)(void *)workspace;
    CHECK(convolution_plan_run(plan, inside, input_count, NULL, 0, brought, output_count, workspace, bytes) != 0);
    CHECK(last_is(CONVOLUTION_BAD_CALL, "overlap"));
    CHECK(brought[0] == 7);
    convolution_plan_destroy(plan);
    free(workspace);
    free(x);
    free(own);
    free(brought);
}

/// No run of a warm plan allocates: with its own workspace or one that is brought, with a residual or without. On the
/// thread that calls it: Dispatch allocates when it wakes workers that have left.
static void test_allocations(void) {
    if (!allocation_counter_available()) return;
    convolution_description description = example();
    description.algorithm = "im2col";
    description.executor = "serial";
    uint64_t before = allocation_counter_read();
    convolution_plan *plan = NULL;
    CHECK(convolution_plan_create(&description, &plan) == CONVOLUTION_OK);
    // The library's are counted.
    CHECK(allocation_counter_read() > before);
    _Alignas(CONVOLUTION_WORKSPACE_ALIGNMENT) float workspace[1024];
    const size_t bytes = convolution_plan_workspace_bytes(plan);
    CHECK(bytes > 0 && bytes <= sizeof workspace);
    const float x[16] = {1}, residual[14] = {2};
    float y[14];
    for (int turn = -1; turn < 40; turn++) {
        // The first run is no warm one.
        if (turn == 0) before = allocation_counter_read();
        const int adds = turn & 1, brings = turn & 2;
        CHECK(convolution_plan_run(plan, x, 16, adds ? residual : NULL, adds ? 14 : 0, y, 14, brings ? workspace : NULL,
                                   brings ? bytes : 0) == CONVOLUTION_OK);
    }
    CHECK(allocation_counter_read() == before);
    convolution_plan_destroy(plan);
}

// MARK: Wrong calls

static void refused(convolution_description description, convolution_status status, const char *name) {
    convolution_plan *plan = (convolution_plan *)&description;
    CHECK(convolution_plan_create(&description, &plan) == status);
    CHECK(plan == NULL);
    if (!last_is(status, name)) {
        fprintf(stderr, "'%s' expected, but: '%s', %s\n", name, convolution_last_error_name(),
                convolution_last_error_message());
        CHECK(0);
    }
}

static void test_descriptions_that_are_wrong(void) {
    const int64_t big = INT64_MAX, zero = 0, three = 3, minus = -1, two[] = {1, 1};
    const int64_t huge[] = {INT64_MAX, INT64_MAX, INT64_MAX}, many[65] = {0};
#define REFUSED(status, name, ...)                                                                                     \
    do {                                                                                                               \
        convolution_description d = example();                                                                         \
        __VA_ARGS__;                                                                                                   \
        refused(d, status, name);                                                                                      \
    } while (0)
    REFUSED(CONVOLUTION_BAD_CALL, "nullPointer", d.weight = NULL);
    REFUSED(CONVOLUTION_BAD_CALL, "nullPointer", d.input_shape.values = NULL);
    REFUSED(CONVOLUTION_BAD_CALL, "misalignedPointer",
            d.weight = (const float *)(const void *)((const char *)taps + 1));
    REFUSED(CONVOLUTION_BAD_CALL, "descriptionSize", d.size = 0);
    REFUSED(CONVOLUTION_BAD_CALL, "descriptionSize", d.size = SIZE_MAX);
    REFUSED(CONVOLUTION_BAD_CALL, "unknownName", d.operation = "conv9d");
    REFUSED(CONVOLUTION_BAD_CALL, "unknownName", d.algorithm = "wizardry");
    REFUSED(CONVOLUTION_BAD_CALL, "unknownName", d.precision = "");
    REFUSED(CONVOLUTION_BAD_CALL, "unknownName", d.layout = "sideways");
    REFUSED(CONVOLUTION_BAD_CALL, "unknownName", d.activation = "\xff\xfe");
    REFUSED(CONVOLUTION_BAD_CALL, "valueCount", d.stride = list(many, COUNT(many)));
    REFUSED(CONVOLUTION_BAD_CALL, "valueCount", d.stride = list(many, SIZE_MAX));
    REFUSED(CONVOLUTION_BAD_CALL, "padding", d.padding_word = "same"; d.padding = list(two, 1));
    REFUSED(CONVOLUTION_BAD_CALL, "padding", d.padding_pairs = list(two, 1));
    REFUSED(CONVOLUTION_BAD_CALL, "outputPadding", d.output_padding = list(two, 1));
    REFUSED(CONVOLUTION_BAD_CALL, "outputPadding", d.operation = "conv_transpose1d"; d.output_padding = list(two, 1);
            d.output_size = list(two, 1));
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "outputPadding", d.operation = "conv_transpose1d";
            d.output_padding = list(two, 1));
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "unknownPadding", d.padding_word = "full");
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "valueCount", d.stride = list(two, 2));
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "nonPositiveStride", d.stride = list(&zero, 1));
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "nonPositiveDilation", d.dilation = list(&minus, 1));
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "negativePadding", d.padding = list(&minus, 1));
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "nonPositiveGroups", d.groups = 0);
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "tooFewOutputChannels", d.groups = INT64_MAX);
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "biasShape", d.bias = taps; d.bias_count = 3);
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "biasShape", d.bias = taps; d.bias_count = SIZE_MAX);
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "weightRank", d.weight_shape.count = 2);
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "inputRank", d.input_shape.count = 0);
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "sizeOverflow", d.dilation = list(&big, 1));
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "channelMismatch", d.input_shape = list(huge, 3));
    REFUSED(CONVOLUTION_BAD_ARGUMENT, "invalidThreadCount", d.threads = -1);
    REFUSED(CONVOLUTION_UNAVAILABLE, "algorithmNotApplicable", d.algorithm = "winograd4"; d.dilation = list(&three, 1));
    REFUSED(CONVOLUTION_UNAVAILABLE, "workspaceLimitExceeded", d.algorithm = "im2col"; d.workspace_limit = 0);
#undef REFUSED

    convolution_plan *plan = NULL;
    CHECK(convolution_plan_create(NULL, &plan) == CONVOLUTION_BAD_CALL);
    convolution_description description = example();
    CHECK(convolution_plan_create(&description, NULL) == CONVOLUTION_BAD_CALL);
    CHECK(convolution_description_init(NULL, sizeof description) == CONVOLUTION_BAD_CALL);
    CHECK(convolution_description_init(&description, 8) == CONVOLUTION_BAD_CALL);
    int64_t shape[2];
    size_t axes = 0;
    CHECK(convolution_output_shape(&description, shape, 2, &axes) == CONVOLUTION_BAD_CALL && axes == 3);
    CHECK(convolution_output_shape(&description, NULL, 5, NULL) == CONVOLUTION_BAD_CALL);
}

/// A program that was compiled with a later header: its description is larger, and says nothing new or something.
static void test_descriptions_of_later_versions(void) {
    union {
        convolution_description description;
        char bytes[sizeof(convolution_description) + 32];
    } later;
    memset(&later, 0xAA, sizeof later);
    CHECK(convolution_description_init(&later.description, sizeof later) == CONVOLUTION_OK);
    CHECK(later.description.size == sizeof later && later.bytes[sizeof later - 1] == 0);
    later.description.input_shape = list(ramp_shape, 3);
    later.description.weight_shape = list(taps_shape, 3);
    later.description.weight = taps;
    convolution_plan *plan = NULL;
    CHECK(convolution_plan_create(&later.description, &plan) == CONVOLUTION_OK);
    convolution_plan_destroy(plan);
    later.bytes[sizeof later - 1] = 1;
    CHECK(convolution_plan_create(&later.description, &plan) == CONVOLUTION_BAD_CALL);
    CHECK(last_is(CONVOLUTION_BAD_CALL, "descriptionSize"));
}

static void test_runs_that_are_wrong(void) {
    convolution_description description = example();
    convolution_plan *plan = NULL;
    CHECK(convolution_plan_create(&description, &plan) == CONVOLUTION_OK);
    float x[17] = {0}, y[16];
    y[0] = 7;
#define REFUSED(name, ...)                                                                                             \
    do {                                                                                                               \
        CHECK(convolution_plan_run(__VA_ARGS__) != CONVOLUTION_OK);                                                    \
        CHECK(strcmp(convolution_last_error_name(), name) == 0);                                                       \
    } while (0)
    REFUSED("nullPointer", NULL, x, 16, NULL, 0, y, 14, NULL, 0);
    REFUSED("nullPointer", plan, NULL, 16, NULL, 0, y, 14, NULL, 0);
    REFUSED("nullPointer", plan, x, 16, NULL, 0, NULL, 14, NULL, 0);
    REFUSED("nullPointer", plan, x, 16, NULL, 14, y, 14, NULL, 0);
    REFUSED("countMismatch", plan, x, 15, NULL, 0, y, 14, NULL, 0);
    REFUSED("countMismatch", plan, x, SIZE_MAX, NULL, 0, y, 14, NULL, 0);
    REFUSED("countMismatch", plan, x, 16, x, 3, y, 14, NULL, 0);
    REFUSED("countMismatch", plan, x, 16, NULL, 0, y, 16, NULL, 0);
    REFUSED("misalignedPointer", plan, (float *)(void *)((char *)x + 2), 16, NULL, 0, y, 14, NULL, 0);
    REFUSED("overlap", plan, x, 16, NULL, 0, x + 1, 14, NULL, 0);
    REFUSED("overlap", plan, x, 16, y, 14, y, 14, NULL, 0);
#undef REFUSED
    CHECK(y[0] == 7);
    convolution_plan_destroy(plan);
    CHECK(convolution_plan_workspace_bytes(NULL) == 0 && convolution_plan_algorithm(NULL) == NULL);
    CHECK(convolution_plan_threads(NULL) == 0 && convolution_plan_kernel(NULL) == NULL);
    CHECK(convolution_plan_instruction_set(NULL) == NULL);
}

// MARK: Threads

static void *run_repeatedly(void *argument) {
    convolution_plan *plan = argument;
    // Nothing has failed in this thread, whatever has in others.
    int wrong = convolution_last_error() != CONVOLUTION_OK || convolution_last_error_name()[0] != 0;
    float x[16], y[14];
    for (int index = 0; index < 16; index++)
        x[index] = (float)index;
    for (int turn = 0; turn < 500; turn++) {
        wrong += convolution_plan_run(plan, x, 16, NULL, 0, y, 14, NULL, 0) != CONVOLUTION_OK;
        wrong += fabsf(y[turn % 14] - (0.8f + 0.6f * (float)(turn % 14))) > 1e-5f;
    }
    return wrong == 0 ? plan : NULL;
}

static void test_threads(void) {
    CHECK(convolution_plan_create(NULL, NULL) == CONVOLUTION_BAD_CALL);
    convolution_description description = example();
    convolution_plan *plan = NULL;
    CHECK(convolution_plan_create(&description, &plan) == CONVOLUTION_OK);
    pthread_t threads[4];
    for (size_t index = 0; index < COUNT(threads); index++) {
        CHECK(pthread_create(&threads[index], NULL, run_repeatedly, plan) == 0);
    }
    for (size_t index = 0; index < COUNT(threads); index++) {
        void *result = NULL;
        CHECK(pthread_join(threads[index], &result) == 0 && result == plan);
    }
    convolution_plan_destroy(plan);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: test-interface FOLDER\n");
        return 64;
    }
    CHECK(convolution_interface_version() == CONVOLUTION_INTERFACE_VERSION);
    CHECK(strchr(convolution_version(), '.') != NULL);
    CHECK(convolution_last_error() == CONVOLUTION_OK && convolution_last_error_message()[0] == 0);
    test_example();
    test_activations_and_residual();
    test_transposed();
    test_workspace();
    test_allocations();
    test_descriptions_that_are_wrong();
    test_descriptions_of_later_versions();
    test_runs_that_are_wrong();
    test_threads();
    const size_t cases = test_conformance(argv[1]);
    printf("%d checks of the C interface, %zu conformance cases: %d failed\n", check_count, cases, failure_count);
    return failure_count == 0 ? 0 : 1;
}
