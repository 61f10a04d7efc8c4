// SPDX-License-Identifier: Apache-2.0
//
// Conformance cases, computed through convolution.h.

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "checks.h"
#include "convolution.h"

typedef struct conformance_case {
    const char *id, *operation;
    convolution_integers input, weight, stride, padding, pairs, dilation;
    const char *padding_word;
    /// 0 for 1.
    int64_t groups;
} conformance_case;

#define LIST(...) {(const int64_t[]){__VA_ARGS__}, COUNT(((const int64_t[]){__VA_ARGS__}))}

static const conformance_case cases[] = {
    {.id = "0001-seed-conv2d",
     .operation = "conv2d",
     .input = LIST(5, 8, 10, 5),
     .weight = LIST(14, 8, 3, 2),
     .stride = LIST(2, 1)},
    {.id = "0037-opinfo-conv1d",
     .operation = "conv1d",
     .input = LIST(4, 8),
     .weight = LIST(2, 2, 3),
     .stride = LIST(3),
     .padding = LIST(1),
     .dilation = LIST(2),
     .groups = 2},
    {.id = "0064-opinfo-conv2d",
     .input = LIST(1, 4, 5, 5),
     .weight = LIST(1, 4, 2, 3),
     .padding_word = "same",
     .dilation = LIST(3, 3)},
    {.id = "0107-opinfo-conv3d",
     .operation = "conv3d",
     .input = LIST(9, 3, 1, 9),
     .weight = LIST(3, 3, 3, 1, 9),
     .groups = 3},
    {.id = "0126-module-conv3d", .input = LIST(2, 4, 3, 4, 5), .weight = LIST(5, 4, 3, 3, 3)},
    {.id = "0150-tricky-conv1d", .input = LIST(0, 3, 8), .weight = LIST(5, 3, 3)},
    {.id = "0297-sweep-conv2d",
     .input = LIST(1, 17, 2, 12),
     .weight = LIST(1, 17, 1, 3),
     .pairs = LIST(0, 4, 2, 2),
     .dilation = LIST(3, 1)},
    {.id = "0643-sweep-conv2d",
     .input = LIST(1, 16, 26, 8),
     .weight = LIST(8, 16, 3, 3),
     .stride = LIST(2, 1),
     .pairs = LIST(2, 2, 3, 1)},
};

static void test_case(const conformance_case *expected, const char *folder) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.safetensors", folder, expected->id);
    stored_tensor x = read_tensor(path, "input"), w = read_tensor(path, "weight"), y = read_tensor(path, "output");
    stored_tensor b = read_tensor(path, "bias");
    CHECK(x.elements != NULL && w.elements != NULL && y.elements != NULL);
    convolution_description description;
    convolution_description_init(&description, sizeof description);
    description.operation = expected->operation;
    description.input_shape = expected->input;
    description.weight_shape = expected->weight;
    description.weight = w.elements;
    description.bias = b.elements;
    description.bias_count = b.count;
    description.stride = expected->stride;
    description.padding = expected->padding;
    description.padding_pairs = expected->pairs;
    description.padding_word = expected->padding_word;
    description.dilation = expected->dilation;
    description.groups = expected->groups == 0 ? 1 : expected->groups;
    convolution_plan *plan = NULL;
    CHECK(convolution_plan_create(&description, &plan) == CONVOLUTION_OK);
    float *output = malloc(y.count * sizeof *output + 1);
    CHECK(convolution_plan_run(plan, x.elements, x.count, NULL, 0, output, y.count, NULL, 0) == CONVOLUTION_OK);
    float largest = 0, error = 0;
    for (size_t index = 0; index < y.count; index++) {
        largest = fmaxf(largest, fabsf(y.elements[index]));
        error = fmaxf(error, fabsf(output[index] - y.elements[index]));
    }
    CHECK(error <= 1e-5f * largest);
    convolution_plan_destroy(plan);
    free(output);
    free(x.elements);
    free(w.elements);
    free(y.elements);
    free(b.elements);
}

size_t test_conformance(const char *folder) {
    for (size_t index = 0; index < COUNT(cases); index++)
        test_case(&cases[index], folder);
    return COUNT(cases);
}
