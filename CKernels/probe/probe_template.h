// SPDX-License-Identifier: Apache-2.0
//
// The body of the arithmetic probes. The including file defines, before it includes this inside its target region:
//   PROBE_CHAINS   independent accumulators: at least latency x throughput of the multiply-add (8 to 10 on the x86
//                  cores since 2013; 12 where it is a multiplication and an addition), and two less than there are
//                  vector registers at most
//
// Each accumulator steps x <- x * 0.75 + 0.25, whose fixed point is 1: the values neither overflow nor become
// denormal, however long it runs. None may begin at 1: the compiler sees that such a chain never changes, leaves it
// out, and the peak comes out as many times too high as there are chains over those that are left.

#ifndef CK_PROBE_TEMPLATE_H
#define CK_PROBE_TEMPLATE_H

static void probe_run(size_t iterations, float *out) {
    const vec scale = vec_set1(0.75f);
    const vec offset = vec_set1(0.25f);
    vec chain[PROBE_CHAINS];
    for (int i = 0; i < PROBE_CHAINS; i++) {
        chain[i] = vec_set1((float)(i + 2));
    }
    for (size_t n = 0; n < iterations; n++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < PROBE_CHAINS; i++) {
            chain[i] = vec_fma(chain[i], scale, offset);
        }
    }
    vec sum = chain[0];
    for (int i = 1; i < PROBE_CHAINS; i++) {
        sum = vec_add(sum, chain[i]);
    }
    vec_store_lanes(out, sum, 0, 1);
}

#endif
