// SPDX-License-Identifier: Apache-2.0
//
// What the executors ask of the processor and the system, and of the OpenMP runtime. Kernels know nothing of it.

#ifndef CK_PLATFORM_H
#define CK_PLATFORM_H

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Processors

/// Tells the processor that the caller spins.
static inline void ck_cpu_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// The number of processors that the process's first thread may run on, 0 where the system does not say.
int ck_allowed_processors(void);

/// The processor that the caller runs on, -1 where the system does not say.
int ck_current_processor(void);

/// Moves the calling thread to another processor than this one, of those that it may run on: takes the processor out of
/// its affinity and puts it back. When this returns the thread may run where it might before. 0 if there is no other,
/// or the system does not let it.
int ck_leave_processor(int processor);

// MARK: Threads

/// Calls `body(context)` on a new thread that nobody joins, with a stack of 1 MiB and all signals blocked. 0, having
/// called nothing, if the system makes no thread.
int ck_start_thread(void *(*body)(void *context), void *context);

/// The most threads that `ck_thread_room` tries.
#define CK_MAX_THREADS 64

/// How many threads beside those that there are the system makes at once, up to `wanted`: makes them, and ends them
/// before it returns.
int ck_thread_room(int wanted);

// MARK: OpenMP
//
// Declared in every build, as Swift does not see the macros that this target is compiled with; defined only with the
// trait OpenMP.

/// Calls `body(context)` on `threads` threads of the OpenMP runtime, the caller's among them.
void ck_openmp_parallel(void (*body)(void *context), void *context, unsigned threads);
/// The number of the calling thread within its team, 0 for the caller.
unsigned ck_openmp_thread(void);

#ifdef __cplusplus
}
#endif

#endif
