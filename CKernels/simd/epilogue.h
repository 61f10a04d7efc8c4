// SPDX-License-Identifier: Apache-2.0
//
// The activation of the fused epilogue, in the vocabulary. Kernels add bias and residual to their sum and pass the
// result through `vec_activate` as they store it. Include it after the vocabulary, inside the attribute region.
//
// The coefficients below are minimax fits: least squares on 2000 Chebyshev nodes in 40-digit arithmetic, the weights
// multiplied by the error and the fit repeated (Lawson) until the relative error is level, then rounded to float.
// Measured against the functions in double, at every 977th float: SiLU and GELU are within 4.3e-7 of their value, and
// within 8e-44 where e^x is subnormal.

#ifndef CK_SIMD_EPILOGUE_H
#define CK_SIMD_EPILOGUE_H

#include <string.h>
#include "simd/common.h"

// e^(t + low) for t in -150...90 and |low| below 1; NaN for a NaN. The high part of ln 2 has 10 bits and n has 8, so
// their product is exact. The fit of (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2 leaves a relative error of 3e-9 in e^r
// before rounding. The power of two comes in halves, so that results above 2^127 and below 2^-126 become infinite and
// subnormal.
static inline vec vec_exp(vec t, vec low) {
    const vec number = vec_min(vec_max(t, vec_set1(-150.0f)), vec_set1(90.0f)); // the data first: NaN must not reach n
    const vec n = vec_round(vec_mul(number, vec_set1(1.442695041f)));
    const vec r = vec_add(vec_fnma(n, vec_set1(-2.12194440e-4f), vec_fnma(n, vec_set1(0.693359375f), t)), low);
    vec q = vec_set1(0.00138131448f);
    q = vec_fma(q, r, vec_set1(0.00836941879f));
    q = vec_fma(q, r, vec_set1(0.041668456f));
    q = vec_fma(q, r, vec_set1(0.166665152f));
    q = vec_fma(q, r, vec_set1(0.49999994f));
    const vec power = vec_add(vec_set1(1.0f), vec_fma(vec_mul(r, r), q, r));
    const vec half = vec_round(vec_mul(n, vec_set1(0.5f)));
    return vec_mul(vec_mul(power, vec_pow2(half)), vec_pow2(vec_sub(n, half)));
}

// x / (1 + e^-x), for negative x as x e^x / (1 + e^x), which reaches down to the subnormal numbers; -0 for -infinity,
// the limit (the formula itself gives NaN).
static inline vec vec_silu(vec x) {
    const vec t = vec_max(vec_set1(-150.0f), vec_min(vec_sub(vec_zero(), x), x));
    const vec e = vec_exp(t, vec_zero());
    const vec numerator = vec_select_negative(x, vec_mul(vec_max(vec_set1(-1000.0f), x), e), x);
    return vec_div(numerator, vec_add(vec_set1(1.0f), e));
}

// x Phi(x), Phi the normal distribution; -0 for -infinity, the limit.
//
// With a = |x|, Phi(-a) = e^(-a^2 / 2) R(a), and R(a) = t P(t) with t = 1 / (1 + 0.35 a): the fit of P, degree 8, on
// 0 <= a <= 15 has a relative error of 3e-8. Beyond a = 15 the result is 0. a^2 is taken as h^2 + (a - h)(a + h), where
// h is a cut to 12 bits: a rounded a^2 would cost the tail 90 times its rounding error. For x >= 0, Phi(x) = 1 -
// Phi(-x).
static inline vec vec_gelu(vec x) {
    const vec a = vec_min(vec_set1(15.0f), vec_max(vec_sub(vec_zero(), x), x));
    const vec t = vec_div(vec_set1(1.0f), vec_fma(vec_set1(0.35f), a, vec_set1(1.0f)));
    vec p = vec_set1(-0.0291638244f);
    p = vec_fma(p, t, vec_set1(0.144060329f));
    p = vec_fma(p, t, vec_set1(-0.255900919f));
    p = vec_fma(p, t, vec_set1(0.159391895f));
    p = vec_fma(p, t, vec_set1(-0.023263162f));
    p = vec_fma(p, t, vec_set1(0.105574533f));
    p = vec_fma(p, t, vec_set1(0.119815558f));
    p = vec_fma(p, t, vec_set1(0.139864326f));
    p = vec_fma(p, t, vec_set1(0.139621258f));
    const vec h = vec_mul(vec_round(vec_mul(a, vec_set1(256.0f))), vec_set1(1.0f / 256.0f));
    const vec minus_half = vec_set1(-0.5f);
    const vec rest = vec_mul(vec_mul(vec_sub(a, h), vec_add(a, h)), minus_half);
    const vec power = vec_exp(vec_mul(vec_mul(h, h), minus_half), rest);
    const vec ratio = vec_mul(t, p);
    const vec negative = vec_mul(power, vec_mul(ratio, vec_max(vec_set1(-1000.0f), x)));
    return vec_select_negative(x, negative, vec_mul(x, vec_fnma(power, ratio, vec_set1(1.0f))));
}

static inline vec vec_leaky_relu(vec x, float slope) {
    return vec_select_negative(x, vec_mul(vec_set1(slope), x), x);
}

// scale * x * min(max(x + 3, 0), 6) + offset; below -3, where the product is 0, x is taken for -3, so that -infinity
// gives the limit.
static inline vec vec_hard_swish(vec x, float scale, float offset) {
    const vec t = vec_max(vec_set1(-3.0f), x);
    const vec ramp = vec_min(vec_set1(6.0f), vec_add(t, vec_set1(3.0f)));
    return vec_fma(vec_mul(t, vec_set1(scale)), ramp, vec_set1(offset));
}

// Out of line: it is long, and few tasks want it.
static __attribute__((noinline, unused)) vec vec_activate_curved(vec x, const ck_task *task) {
    switch (task->epilogue.activation) {
    case CK_ACTIVATION_LEAKY_RELU:
        return vec_leaky_relu(x, task->epilogue.low);
    case CK_ACTIVATION_HARD_SWISH:
        return vec_hard_swish(x, task->epilogue.low, task->epilogue.high);
    case CK_ACTIVATION_SILU:
        return vec_silu(x);
    case CK_ACTIVATION_GELU:
        return vec_gelu(x);
    default:
        return x;
    }
}

/// The activation of the task, lane by lane. A NaN stays a NaN. For one vector at a time: where a tile of sums waits in
/// registers, the mere possibility of the call makes the compiler keep all of them in memory. A kernel with such a tile
/// stores min(`activation_high`, max(`activation_low`, x)) and calls `activate_line` on what it has stored.
static inline vec vec_activate(vec x, const ck_task *task) {
    if (__builtin_expect(task->epilogue.activation == CK_ACTIVATION_CLAMP, 1)) {
        // The data is the second operand, so that a NaN survives the clamp as it does in PyTorch.
        return vec_min(vec_set1(task->epilogue.high), vec_max(vec_set1(task->epilogue.low), x));
    }
    return vec_activate_curved(x, task);
}

/// The bounds of the clamp, infinite for all other activations.
static inline float activation_low(const ck_task *task) {
    return task->epilogue.activation == CK_ACTIVATION_CLAMP ? task->epilogue.low : -__builtin_inff();
}
static inline float activation_high(const ck_task *task) {
    return task->epilogue.activation == CK_ACTIVATION_CLAMP ? task->epilogue.high : __builtin_inff();
}

// Out of line, as it has three loops: kernels call it for each line, and most not at all.
static __attribute__((noinline, unused)) void activate_curved_line(float *p, ptrdiff_t count, const ck_task *task) {
    const float low = task->epilogue.low, high = task->epilogue.high;
    switch (task->epilogue.activation) {
    // Two that take fewer instructions than the call.
    case CK_ACTIVATION_LEAKY_RELU:
        for (; count >= VL; count -= VL, p += VL) {
            vec_store(p, vec_leaky_relu(vec_load(p), low));
        }
        break;
    case CK_ACTIVATION_HARD_SWISH:
        for (; count >= VL; count -= VL, p += VL) {
            vec_store(p, vec_hard_swish(vec_load(p), low, high));
        }
        break;
    default:
        for (; count >= VL; count -= VL, p += VL) {
            vec_store(p, vec_activate_curved(vec_load(p), task));
        }
    }
    if (count > 0) vec_store_lanes(p, vec_activate_curved(vec_load_lanes(p, 0, count), task), 0, count);
}

/// Applies an activation other than the clamp to the `count` floats at p, which have been stored; nothing for the
/// clamp.
static inline void activate_line(float *p, ptrdiff_t count, const ck_task *task) {
    if (task->epilogue.activation != CK_ACTIVATION_CLAMP) activate_curved_line(p, count, task);
}

/// Stores the first `count` lanes, all of them if there are more. Where a masked store is slow, a whole store beside
/// and copies of 4, 2 and 1 floats take two or three cycles.
CK_INLINE void vec_store_first(float *p, vec v, ptrdiff_t count) {
    if (count >= VL) {
        vec_store(p, v);
        return;
    }
    if (VEC_MASKED_STORES) {
        vec_store_lanes(p, v, 0, count);
        return;
    }
    float lanes[VL];
    vec_store(lanes, v);
    ptrdiff_t at = 0;
    for (ptrdiff_t piece = VL / 2; piece > 0; piece /= 2) {
        if (count & piece) {
            memcpy(p + at, lanes + at, (size_t)piece * sizeof *p);
            at += piece;
        }
    }
}

/// Stores the first `count` lanes of one vector of neighbouring sums, which have their bias, at `offset` of the output,
/// with residual and activation.
CK_INLINE void vec_store_output(const ck_task *task, vec v, ptrdiff_t offset, ptrdiff_t count) {
    if (task->epilogue.residual != NULL) {
        v = vec_add(v, count >= VL ? vec_load(task->epilogue.residual + offset)
                                   : vec_load_lanes(task->epilogue.residual + offset, 0, count));
    }
    vec_store_first(task->output + offset, vec_activate(v, task), count);
}

#endif
