// SPDX-License-Identifier: Apache-2.0
//
// Which processors a thread may run on, and which it does.

#if defined(__linux__)
#    define _GNU_SOURCE // sched_getcpu, CPU_CLR_S
#    include <sched.h>
#    include <unistd.h>
#endif

#include "ck_platform.h"

#if defined(__linux__)

// Linux has at most 8192 processors, and refuses to tell a mask that has no place for all of those that it is built
// for: cpu_set_t has 1024.
typedef union processors {
    cpu_set_t set;
    unsigned char bytes[8192 / 8];
} processors;

int ck_current_processor(void) {
    return sched_getcpu();
}

int ck_leave_processor(int processor) {
    processors allowed;
    if (processor < 0 || sched_getaffinity(0, sizeof allowed, &allowed.set) != 0) {
        return 0;
    }
    processors others = allowed;
    // Beyond the mask it clears nothing.
    CPU_CLR_S((size_t)processor, sizeof others, &others.set);
    // The first call moves the thread, the second gives it back its freedom.
    if (CPU_COUNT_S(sizeof others, &others.set) == 0 || sched_setaffinity(0, sizeof others, &others.set) != 0) {
        return 0;
    }
    return sched_setaffinity(0, sizeof allowed, &allowed.set) == 0;
}

int ck_allowed_processors(void) {
    processors allowed;
    // Not of the caller: a thread that is bound to one processor says nothing of the others'.
    if (sched_getaffinity(getpid(), sizeof allowed, &allowed.set) != 0) {
        return 0;
    }
    return CPU_COUNT_S(sizeof allowed, &allowed.set);
}

#else

int ck_current_processor(void) {
    return -1;
}

int ck_leave_processor(int processor) {
    (void)processor;
    return 0;
}

int ck_allowed_processors(void) {
    return 0;
}

#endif
