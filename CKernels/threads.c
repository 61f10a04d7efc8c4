// SPDX-License-Identifier: Apache-2.0
//
// Threads that the system may refuse. Dispatch and LLVM's OpenMP runtime cannot be refused: the one tries again for
// ever, the other ends the process. So what they are about to ask for is asked for here first.

#if defined(__linux__)
#    define _GNU_SOURCE // sigset_t, pthread_sigmask
#endif
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "ck_platform.h"

int ck_start_thread(void *(*body)(void *context), void *context) {
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    if (pthread_attr_init(&attributes) != 0) {
        return 0;
    }
    // The default is 128 KiB with musl, and may be gigabytes where the limit of the first thread's stack is.
    pthread_attr_setstacksize(&attributes, 1 << 20);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    // Signals are for the program's own threads. The new one inherits the mask.
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&thread, &attributes, body, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error == 0;
}

static void *pass(void *gate) {
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

int ck_thread_room(int wanted) {
    pthread_t threads[CK_MAX_THREADS];
    pthread_mutex_t gate;
    sigset_t all, before;
    int made = 0;
    if (pthread_mutex_init(&gate, NULL) != 0) {
        return 0;
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    // Closed until all of them live at once.
    pthread_mutex_lock(&gate);
    while (made < wanted && made < CK_MAX_THREADS && pthread_create(&threads[made], NULL, pass, &gate) == 0) {
        made++;
    }
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < made; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_mutex_destroy(&gate);
    if (made < wanted) {
        // The system forgets a thread a moment after it has been joined; until then it counts.
        const struct timespec moment = {0, 1000000};
        nanosleep(&moment, NULL);
    }
    return made;
}
