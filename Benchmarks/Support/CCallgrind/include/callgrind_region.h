// SPDX-License-Identifier: Apache-2.0
//
// Tells callgrind which part of a program to count. Outside valgrind these do nothing.

#ifndef CALLGRIND_REGION_H
#define CALLGRIND_REGION_H

#include <stdbool.h>

/// Whether this was compiled with valgrind's headers, without which callgrind hears nothing.
bool callgrind_region_available(void);

/// Starts to count at zero.
void callgrind_region_begin(void);

/// Stops counting, and writes the counts to a file of callgrind's that carries `name`.
void callgrind_region_end(const char *name);

#endif
