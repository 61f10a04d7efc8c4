// SPDX-License-Identifier: Apache-2.0
//
// Defines the functions that allocate in the executable itself. The dynamic linker takes a symbol from the executable
// before it looks into libraries, so the calls of all libraries come here as well. Each passes on to glibc's own
// function of the same heap, which exports a second name for each; free needs no definition, as nothing is added to a
// block.

#include "allocation_counter.h"

#include <stdlib.h>

#if defined(__GLIBC__)

#    include <errno.h>
#    include <stdatomic.h>
#    include <stddef.h>
#    include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

// Without an initialiser that runs code: malloc is called before any does.
static _Atomic uint64_t allocations;

static inline void count(void) {
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t elements, size_t size) {
    count();
    return __libc_calloc(elements, size);
}

void *realloc(void *block, size_t size) {
    count();
    return __libc_realloc(block, size);
}

void *reallocarray(void *block, size_t elements, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(elements, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

void *memalign(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

void *valloc(size_t size) {
    return memalign((size_t)sysconf(_SC_PAGESIZE), size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    int saved = errno;
    void *block = memalign(alignment, size);
    errno = saved;
    if (!block) return ENOMEM;
    *result = block;
    return 0;
}

bool allocation_counter_available(void) {
    return true;
}

uint64_t allocation_counter_read(void) {
    return atomic_load_explicit(&allocations, memory_order_relaxed);
}

#else

bool allocation_counter_available(void) {
    return false;
}

uint64_t allocation_counter_read(void) {
    return 0;
}

#endif
