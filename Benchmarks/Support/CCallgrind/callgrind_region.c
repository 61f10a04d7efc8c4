// SPDX-License-Identifier: Apache-2.0

#include "callgrind_region.h"

#if __has_include(<valgrind/callgrind.h>)

#    include <valgrind/callgrind.h>

bool callgrind_region_available(void) {
    return true;
}

void callgrind_region_begin(void) {
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
}

void callgrind_region_end(const char *name) {
    CALLGRIND_DUMP_STATS_AT(name);
    CALLGRIND_STOP_INSTRUMENTATION;
}

#else

bool callgrind_region_available(void) {
    return false;
}

void callgrind_region_begin(void) {}

void callgrind_region_end(const char *name) {
    (void)name;
}

#endif
