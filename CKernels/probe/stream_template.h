// SPDX-License-Identifier: Apache-2.0
//
// The body of the bandwidth probes, included inside the target region of an instruction set. It needs the names of the
// vector vocabulary alone.
//
// Both loops take eight vectors a step, so that the latency of an addition is hidden and the loop itself costs less
// than the memory. `count` is a multiple of CK_STREAM_BLOCK.

#ifndef CK_STREAM_TEMPLATE_H
#define CK_STREAM_TEMPLATE_H

#define STREAM_CHAINS 8
_Static_assert(CK_STREAM_BLOCK % (STREAM_CHAINS * VL) == 0, "a block must be whole steps");

static void stream_read(const float *data, size_t count, float *out) {
    vec chain[STREAM_CHAINS];
    for (int i = 0; i < STREAM_CHAINS; i++) {
        chain[i] = vec_zero();
    }
    for (size_t n = 0; n < count; n += STREAM_CHAINS * VL) {
#pragma clang loop unroll(full)
        for (int i = 0; i < STREAM_CHAINS; i++) {
            chain[i] = vec_add(chain[i], vec_load(data + n + i * VL));
        }
    }
    vec sum = chain[0];
    for (int i = 1; i < STREAM_CHAINS; i++) {
        sum = vec_add(sum, chain[i]);
    }
    float lanes[VL];
    vec_store(lanes, sum);
    float total = 0;
    for (int i = 0; i < VL; i++) {
        total += lanes[i];
    }
    *out = total;
}

// In place: memory that is only written is read as well on most processors, before the first byte of a line changes,
// and a count of the bytes asked for would be short of those moved.
static void stream_update(float *data, size_t count, float scale) {
    const vec factor = vec_set1(scale);
    for (size_t n = 0; n < count; n += STREAM_CHAINS * VL) {
#pragma clang loop unroll(full)
        for (int i = 0; i < STREAM_CHAINS; i++) {
            float *p = data + n + i * VL;
            vec_store(p, vec_mul(vec_load(p), factor));
        }
    }
}

#endif
