// SPDX-License-Identifier: Apache-2.0
//
// Counts the allocations of a process: every call of malloc and its relatives by any thread, from the Swift runtime and
// Dispatch as well as from the program.

#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/// Whether allocations are counted on this platform: with glibc alone.
bool allocation_counter_available(void);

/// Allocations since the process started; 0 where they are not counted.
uint64_t allocation_counter_read(void);

#endif
