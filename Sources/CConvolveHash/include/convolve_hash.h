// SPDX-License-Identifier: Apache-2.0

#ifndef CONVOLVE_HASH_H
#define CONVOLVE_HASH_H

#include <stddef.h>
#include <stdint.h>

/// Whether the processor has instructions for SHA-256.
int convolve_has_sha256(void);

/// Takes blocks of 64 bytes into the state of SHA-256 (FIPS 180-4, section 6.2).
///
/// @param has_instructions what convolve_has_sha256 answers, or 0
void convolve_sha256(uint32_t state[8], const uint8_t *blocks, size_t count, int has_instructions);

#endif
