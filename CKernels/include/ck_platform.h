// SPDX-License-Identifier: Apache-2.0
//
// What the executors ask of the system: how many processors and threads there are for this process.

#ifndef CK_PLATFORM_H
#define CK_PLATFORM_H

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Processors

/// The number of processors that the process's first thread may run on, 0 where the system does not say.
int ck_allowed_processors(void);

// MARK: Threads

/// Calls `body(context)` on a new thread that nobody joins, with a stack of 1 MiB and all signals blocked. 0, having
/// called nothing, if the system makes no thread.
int ck_start_thread(void *(*body)(void *context), void *context);

/// The most threads that `ck_thread_room` tries.
#define CK_MOST_THREADS 64

/// How many threads beside those that there are the system makes at once, up to `wanted`: makes them, and ends them
/// before it returns.
int ck_thread_room(int wanted);

#ifdef __cplusplus
}
#endif

#endif
