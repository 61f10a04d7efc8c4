// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the C interface share: checks that are counted, and tensors of files.

#ifndef CHECKS_H
#define CHECKS_H

#include <stddef.h>
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/// Checks that were made, and that failed.
extern int check_count, failure_count;

/// Notes a condition, and says where one does not hold.
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        check_count++;                                                                                                 \
        if (!(condition)) {                                                                                            \
            failure_count++;                                                                                           \
            fprintf(stderr, "error: %s:%d: %s\n", __FILE__, __LINE__, #condition);                                     \
        }                                                                                                              \
    } while (0)

/// A tensor of a .safetensors file.
typedef struct stored_tensor {
    float *elements;
    size_t count;
} stored_tensor;

/// Reads a tensor of fp32; without elements if the file has none of that name. The elements are to be freed.
stored_tensor read_tensor(const char *path, const char *name);

/// Computes the conformance cases of a folder, and says how many there are.
size_t test_conformance(const char *folder);

#endif
