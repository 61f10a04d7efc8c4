// SPDX-License-Identifier: Apache-2.0
//
// The real discrete Fourier transform of VL rows side by side, one a lane, in place: n floats of VL lanes each become
// n / 2 + 1 complex bins and back.
//
// A row of n reals is taken as m = n / 2 complex numbers, x[2 j] + i x[2 j + 1], whose transform of m points is split
// into the spectrum of the row. The complex transform decimates in frequency with radices 3, 4 and 2, in this order,
// and leaves the bins permuted; the inverse takes the stages back in the opposite order. So nothing is ever reordered,
// and no instruction crosses lanes: the bits of a row do not depend on its neighbours. Neither direction scales: there
// and back is a multiplication by 2 n (the split and the merge omit their halves).

#ifndef CK_FFT_TRANSFORM_H
#define CK_FFT_TRANSFORM_H

// MARK: Tables

// Twiddles are (cosine, sine) of -2 pi j / length.
static void fft_twiddle(float *to, ptrdiff_t j, ptrdiff_t length) {
    const double angle = -6.283185307179586476925 * (double)(j % length) / (double)length;
    to[0] = (float)cos(angle);
    to[1] = (float)sin(angle);
}

static inline ptrdiff_t fft_radix(ptrdiff_t length) {
    return length % 3 == 0 ? 3 : length % 4 == 0 ? 4 : 2;
}

typedef struct fft_tables {
    const float *stages;    // for each stage, for each j > 0 of it, for q = 1 ..< radix: the twiddle of j q
    const float *split;     // the twiddles of f = 0 ... m / 2 for n points
    const float *positions; // where bin f of the complex transform is
    ptrdiff_t points;       // m
} fft_tables;

static inline fft_tables fft_tables_of(const float *packed, const fft_shape *s) {
    return (fft_tables){packed, packed + s->points, packed + s->points + s->points / 2 + 2, s->points / 2};
}

static void fft_write_tables(const fft_shape *s, float *packed) {
    const ptrdiff_t m = s->points / 2;
    memset(packed, 0, (size_t)fft_table_count(s) * sizeof *packed);
    float *stages = packed, *split = packed + s->points, *positions = split + m + 2;
    for (ptrdiff_t length = m; length > 1;) {
        const ptrdiff_t radix = fft_radix(length);
        for (ptrdiff_t j = 1; j < length / radix; j++) {
            for (ptrdiff_t q = 1; q < radix; q++, stages += 2) {
                fft_twiddle(stages, j * q, length);
            }
        }
        length /= radix;
    }
    for (ptrdiff_t f = 0; f <= m / 2; f++) {
        fft_twiddle(split + 2 * f, f, s->points);
    }
    for (ptrdiff_t f = 0; f < m; f++) {
        ptrdiff_t position = 0, digits = f;
        for (ptrdiff_t length = m; length > 1;) {
            const ptrdiff_t radix = fft_radix(length);
            length /= radix;
            position += digits % radix * length;
            digits /= radix;
        }
        positions[f] = (float)position;
    }
}

// MARK: Complex arithmetic

typedef struct complex_vec {
    vec re, im;
} complex_vec;

static inline complex_vec complex_load(const float *p) {
    return (complex_vec){vec_load(p), vec_load(p + VL)};
}
static inline void complex_store(float *p, complex_vec a) {
    vec_store(p, a.re);
    vec_store(p + VL, a.im);
}
static inline complex_vec complex_add(complex_vec a, complex_vec b) {
    return (complex_vec){vec_add(a.re, b.re), vec_add(a.im, b.im)};
}
static inline complex_vec complex_sub(complex_vec a, complex_vec b) {
    return (complex_vec){vec_sub(a.re, b.re), vec_sub(a.im, b.im)};
}
// a - i b, and a + i b.
static inline complex_vec complex_sub_i(complex_vec a, complex_vec b) {
    return (complex_vec){vec_add(a.re, b.im), vec_sub(a.im, b.re)};
}
static inline complex_vec complex_add_i(complex_vec a, complex_vec b) {
    return (complex_vec){vec_sub(a.re, b.im), vec_add(a.im, b.re)};
}
// a times a twiddle, and a times its conjugate.
static inline complex_vec complex_twist(complex_vec a, const float *twiddle) {
    const vec c = vec_set1(twiddle[0]), s = vec_set1(twiddle[1]);
    return (complex_vec){vec_fnma(a.im, s, vec_mul(a.re, c)), vec_fma(a.re, s, vec_mul(a.im, c))};
}
static inline complex_vec complex_untwist(complex_vec a, const float *twiddle) {
    const vec c = vec_set1(twiddle[0]), s = vec_set1(twiddle[1]);
    return (complex_vec){vec_fma(a.im, s, vec_mul(a.re, c)), vec_fnma(a.re, s, vec_mul(a.im, c))};
}

// MARK: Stages

// A first-level cache: what fits into it may be taken in any order.
#define FFT_NEAR_BYTES (32 << 10)

// The transform of `radix` numbers in place; `inverse` and `radix` are constants wherever this is inlined.
CK_INLINE void fft_butterfly(complex_vec v[4], const int radix, const int inverse) {
    if (radix == 2) {
        const complex_vec a = v[0];
        v[0] = complex_add(a, v[1]);
        v[1] = complex_sub(a, v[1]);
    } else if (radix == 3) {
        const vec half = vec_set1(-0.5f), height = vec_set1(0.866025403784438647f);
        const complex_vec sum = complex_add(v[1], v[2]), difference = complex_sub(v[1], v[2]);
        const complex_vec middle = {vec_fma(sum.re, half, v[0].re), vec_fma(sum.im, half, v[0].im)};
        const complex_vec side = {vec_mul(difference.re, height), vec_mul(difference.im, height)};
        v[0] = complex_add(v[0], sum);
        v[1] = inverse ? complex_add_i(middle, side) : complex_sub_i(middle, side);
        v[2] = inverse ? complex_sub_i(middle, side) : complex_add_i(middle, side);
    } else {
        const complex_vec a = complex_add(v[0], v[2]), b = complex_sub(v[0], v[2]);
        const complex_vec c = complex_add(v[1], v[3]), d = complex_sub(v[1], v[3]);
        v[0] = complex_add(a, c);
        v[1] = inverse ? complex_add_i(b, d) : complex_sub_i(b, d);
        v[2] = complex_sub(a, c);
        v[3] = inverse ? complex_sub_i(b, d) : complex_add_i(b, d);
    }
}

// One butterfly of a stage: the numbers are `step` apart.
CK_INLINE void fft_step(float *p, ptrdiff_t step, const float *twiddles, const int twisted, const int radix,
                        const int inverse) {
    complex_vec v[4];
#pragma clang loop unroll(full)
    for (int i = 0; i < radix; i++) {
        v[i] = complex_load(p + i * step);
        if (inverse && twisted && i > 0) v[i] = complex_untwist(v[i], twiddles + 2 * (i - 1));
    }
    fft_butterfly(v, radix, inverse);
#pragma clang loop unroll(full)
    for (int i = 0; i < radix; i++) {
        if (!inverse && twisted && i > 0) v[i] = complex_twist(v[i], twiddles + 2 * (i - 1));
        complex_store(p + i * step, v[i]);
    }
}

// One stage on all pieces of `length` complex numbers of the `m`.
CK_INLINE void fft_stage(float *work, ptrdiff_t m, ptrdiff_t length, const float *twiddles, const int radix,
                         const int inverse) {
    const ptrdiff_t step = length / radix * 2 * VL;
    if (m * 2 * VL * (ptrdiff_t)sizeof *work > FFT_NEAR_BYTES) {
        // In the order of memory, which the hardware fetches ahead.
        for (ptrdiff_t piece = 0; piece < m; piece += length) {
            float *p = work + piece * 2 * VL;
            fft_step(p, step, twiddles, 0, radix, inverse);
            for (ptrdiff_t j = 1; j < length / radix; j++) {
                fft_step(p + j * 2 * VL, step, twiddles + 2 * (radix - 1) * (j - 1), 1, radix, inverse);
            }
        }
        return;
    }
    for (ptrdiff_t piece = 0; piece < m; piece += length) {
        fft_step(work + piece * 2 * VL, step, twiddles, 0, radix, inverse);
    }
    for (ptrdiff_t j = 1; j < length / radix; j++, twiddles += 2 * (radix - 1)) {
        for (ptrdiff_t piece = 0; piece < m; piece += length) {
            fft_step(work + (piece + j) * 2 * VL, step, twiddles, 1, radix, inverse);
        }
    }
}

static __attribute__((noinline)) void fft_forward(float *work, const fft_tables *tables) {
    const ptrdiff_t m = tables->points;
    const float *twiddles = tables->stages;
    for (ptrdiff_t length = m; length > 1;) {
        const ptrdiff_t radix = fft_radix(length);
        if (radix == 4) {
            fft_stage(work, m, length, twiddles, 4, 0);
        } else if (radix == 3) {
            fft_stage(work, m, length, twiddles, 3, 0);
        } else {
            fft_stage(work, m, length, twiddles, 2, 0);
        }
        twiddles += 2 * (radix - 1) * (length / radix - 1);
        length /= radix;
    }
}

static __attribute__((noinline)) void fft_inverse(float *work, const fft_tables *tables) {
    const ptrdiff_t m = tables->points;
    ptrdiff_t lengths[16], stages = 0;
    const float *twiddles = tables->stages;
    for (ptrdiff_t length = m; length > 1; length /= fft_radix(length)) {
        lengths[stages++] = length;
        twiddles += 2 * (fft_radix(length) - 1) * (length / fft_radix(length) - 1);
    }
    while (stages > 0) {
        const ptrdiff_t length = lengths[--stages], radix = fft_radix(length);
        twiddles -= 2 * (radix - 1) * (length / radix - 1);
        if (radix == 4) {
            fft_stage(work, m, length, twiddles, 4, 1);
        } else if (radix == 3) {
            fft_stage(work, m, length, twiddles, 3, 1);
        } else {
            fft_stage(work, m, length, twiddles, 2, 1);
        }
    }
}

// MARK: Between a row's spectrum and the complex transform

// Where the bins of VL rows go.
typedef struct fft_sink {
    float *to;
    ptrdiff_t bin, imag;
    ptrdiff_t lanes;          // how many of the rows there are
    const ptrdiff_t *offsets; // from `to`, of each row; NULL where the rows are neighbours
    float sign;               // of the imaginary part: -1 for the conjugate
} fft_sink;

CK_INLINE void fft_put(const fft_sink *sink, ptrdiff_t f, vec re, vec im) {
    float *to = sink->to + f * sink->bin;
    im = vec_mul(im, vec_set1(sink->sign));
    if (sink->offsets != NULL) {
        float values[2][VL];
        vec_store(values[0], re);
        vec_store(values[1], im);
        for (ptrdiff_t i = 0; i < sink->lanes; i++) {
            to[sink->offsets[i]] = values[0][i];
            to[sink->offsets[i] + sink->imag] = values[1][i];
        }
    } else if (sink->lanes == VL) {
        vec_store(to, re);
        vec_store(to + sink->imag, im);
    } else {
        vec_store_lanes(to, re, 0, sink->lanes);
        vec_store_lanes(to + sink->imag, im, 0, sink->lanes);
    }
}

// Twice the spectrum of each row: with E = Z[f] + conj Z[m - f] and O = -i (Z[f] - conj Z[m - f]) and the twiddle w,
// bin f is E + w O and bin m - f is conj(E - w O).
static void fft_split(const float *work, const fft_tables *tables, const fft_sink *sink) {
    const ptrdiff_t m = tables->points;
    for (ptrdiff_t f = 0; f <= m / 2; f++) {
        const complex_vec a = complex_load(work + (ptrdiff_t)tables->positions[f] * 2 * VL);
        const complex_vec b = complex_load(work + (ptrdiff_t)tables->positions[f == 0 ? 0 : m - f] * 2 * VL);
        const complex_vec even = {vec_add(a.re, b.re), vec_sub(a.im, b.im)};
        const complex_vec odd = {vec_add(a.im, b.im), vec_sub(b.re, a.re)};
        const complex_vec w = complex_twist(odd, tables->split + 2 * f);
        const complex_vec low = complex_add(even, w), high = complex_sub(even, w);
        fft_put(sink, f, low.re, low.im);
        if (f < m - f) fft_put(sink, m - f, high.re, vec_sub(vec_zero(), high.im));
    }
}

// Twice the inverse of the split: from the bins at `from`, `bin` floats apart, to the complex transform.
static void fft_merge(const float *from, ptrdiff_t bin, const fft_tables *tables, float *work) {
    const ptrdiff_t m = tables->points;
    for (ptrdiff_t f = 0; f <= m / 2; f++) {
        const complex_vec a = complex_load(from + f * bin), b = complex_load(from + (m - f) * bin);
        const complex_vec even = {vec_add(a.re, b.re), vec_sub(a.im, b.im)};
        const complex_vec difference = {vec_sub(a.re, b.re), vec_add(a.im, b.im)};
        const complex_vec odd = complex_untwist(difference, tables->split + 2 * f);
        complex_store(work + (ptrdiff_t)tables->positions[f] * 2 * VL, complex_add_i(even, odd));
        if (f > 0 && f < m - f) {
            // conj E + i conj O
            const complex_vec high = {vec_add(even.re, odd.im), vec_sub(odd.re, even.im)};
            complex_store(work + (ptrdiff_t)tables->positions[m - f] * 2 * VL, high);
        }
    }
}

#endif
