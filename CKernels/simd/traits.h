// SPDX-License-Identifier: Apache-2.0
//
// What a vocabulary can do beside its names, for bodies to ask: they never conclude it from the number of lanes. Each
// vocabulary defines all of these before it includes this.
//
//     VEC_REGISTERS      vectors that the processor holds at once, which bound a register tile
//     VEC_MASKED_STORES  1: `vec_store_lanes` of any lanes is about as fast as `vec_store`; 0: it is many times slower
//     VEC_IS_LINE        1: a vector is a cache line, and a row of stores holds up what follows; 0: it is shorter

#ifndef CK_SIMD_TRAITS_H
#define CK_SIMD_TRAITS_H

#if !defined(VL) || !defined(VEC_REGISTERS) || !defined(VEC_MASKED_STORES) || !defined(VEC_IS_LINE)
#    error "a vocabulary says what it can do: see simd/traits.h"
#endif

_Static_assert(VEC_IS_LINE == (VL * sizeof(float) == 64), "a cache line is 64 bytes");

#endif
