// SPDX-License-Identifier: Apache-2.0
//
// Which processor a thread runs on.

#if defined(__linux__)
#    define _GNU_SOURCE // sched_getcpu, CPU_CLR
#    include <sched.h>
#endif

#include "ck_kernels.h"

#if defined(__linux__)

int ck_current_processor(void) {
    return sched_getcpu();
}

int ck_leave_processor(int processor) {
    cpu_set_t allowed;
    if (processor < 0 || processor >= CPU_SETSIZE || sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return 0;
    }
    cpu_set_t others = allowed;
    CPU_CLR(processor, &others);
    // The first call moves the thread, the second gives it back its freedom.
    if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0) {
        return 0;
    }
    return sched_setaffinity(0, sizeof allowed, &allowed) == 0;
}

#else

int ck_current_processor(void) {
    return -1;
}

int ck_leave_processor(int processor) {
    (void)processor;
    return 0;
}

#endif
