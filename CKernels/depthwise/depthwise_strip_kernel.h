// SPDX-License-Identifier: Apache-2.0
//
// The functions of strips of one kernel and stride, and the table of them, strips_<taps>_<stride>. Included once for
// each, after these are defined, which it takes back:
//
//     STRIP_TAPS, STRIP_STRIDE   rows and columns of the kernel, rows and columns from one window to the next
//     STRIP_MOST                 vectors of the widest strip, up to 4

#define STRIP_PASTE(name, taps, stride) name##_##taps##_##stride
#define STRIP_EXPAND(name, taps, stride) STRIP_PASTE(name, taps, stride)
#define STRIP_NAME(name) STRIP_EXPAND(name, STRIP_TAPS, STRIP_STRIDE)
#define STRIP_FUNCTION(name, vectors, channels, edge)                                                                  \
    static void STRIP_NAME(name)(const ck_task *task, const strip *s) {                                                \
        compute_strip(task, s, (strip_shape){STRIP_TAPS, STRIP_STRIDE, vectors, channels, edge});                      \
    }

STRIP_FUNCTION(strip_inner_1, 1, 1, EDGE_NONE)
STRIP_FUNCTION(strip_edge_1, 1, 1, EDGE)
STRIP_FUNCTION(strip_pair, 1, 2, EDGE)
#if STRIP_MOST >= 2
STRIP_FUNCTION(strip_inner_2, 2, 1, EDGE_NONE)
STRIP_FUNCTION(strip_edge_2, 2, 1, EDGE)
#    if STRIP_TAPS == 5 && STRIP_STRIDE == 2
// With a mask for each load of both vectors there are more than the registers for masks hold.
STRIP_FUNCTION(strip_outer, 2, 1, EDGE_OUTER)
#    endif
#endif
#if STRIP_MOST >= 3
STRIP_FUNCTION(strip_inner_3, 3, 1, EDGE_NONE)
STRIP_FUNCTION(strip_edge_3, 3, 1, EDGE)
#endif
#if STRIP_MOST >= 4
STRIP_FUNCTION(strip_inner_4, 4, 1, EDGE_NONE)
STRIP_FUNCTION(strip_edge_4, 4, 1, EDGE)
#endif

#ifdef HALVES
static void STRIP_NAME(strip_halves)(const ck_task *task, const strip *s) {
    compute_halves(task, s, STRIP_TAPS, STRIP_STRIDE);
}
#endif

static const strip_kernel STRIP_NAME(strips) = {
    .kernel = STRIP_TAPS,
    .stride = STRIP_STRIDE,
    .vectors = STRIP_MOST,
    .inner[0] = STRIP_NAME(strip_inner_1),
    .edge[0] = STRIP_NAME(strip_edge_1),
    .pair = STRIP_NAME(strip_pair),
#if STRIP_MOST >= 2
    .inner[1] = STRIP_NAME(strip_inner_2),
    .edge[1] = STRIP_NAME(strip_edge_2),
#    if STRIP_TAPS == 5 && STRIP_STRIDE == 2
    .outer = STRIP_NAME(strip_outer),
#    endif
#endif
#if STRIP_MOST >= 3
    .inner[2] = STRIP_NAME(strip_inner_3),
    .edge[2] = STRIP_NAME(strip_edge_3),
#endif
#if STRIP_MOST >= 4
    .inner[3] = STRIP_NAME(strip_inner_4),
    .edge[3] = STRIP_NAME(strip_edge_4),
#endif
#ifdef HALVES
    .halves = STRIP_NAME(strip_halves),
#endif
};

#undef STRIP_PASTE
#undef STRIP_EXPAND
#undef STRIP_NAME
#undef STRIP_FUNCTION
#undef STRIP_TAPS
#undef STRIP_STRIDE
#undef STRIP_MOST
