// SPDX-License-Identifier: Apache-2.0
//
// The weight transform of winograd_template.h: G weight G^T in double precision, rounded once, for any tile. A panel's
// lanes are transformed side by side; the compiler makes vectors of the loops over them.
//
// Each filter is scaled by the power of two that brings its largest weight into 1 ..< 2: the products then have the
// magnitude of the input, and neither tiny nor huge weights cost bits. The inverse is 2^-149 at the least, a float.

#ifndef CK_WINOGRAD_WEIGHTS_H
#define CK_WINOGRAD_WEIGHTS_H

// Raw weights of a panel, [1 + channels * taps][PANEL]: the inverse scales, then the filters. Zeros past `lanes`.
static void pack_filters(ptrdiff_t count, const float *weight, ptrdiff_t lanes, float *filters) {
    float largest[PANEL] = {0}, nothing[PANEL] = {0}; // 0, or NaN once a weight is not finite
    for (ptrdiff_t i = 0; i < count; i++) {
        for (ptrdiff_t lane = 0; lane < PANEL; lane++) {
            const float value = lane < lanes ? weight[lane * count + i] : 0;
            const float magnitude = __builtin_fabsf(value);
            filters[(1 + i) * PANEL + lane] = value;
            largest[lane] = magnitude > largest[lane] ? magnitude : largest[lane];
            nothing[lane] += value * 0;
        }
    }
    for (ptrdiff_t lane = 0; lane < PANEL; lane++) {
        // Other filters give zero, or are left to the definition.
        filters[lane] = largest[lane] > 0 && nothing[lane] == 0 ? power_of_two_within(largest[lane]) : 1;
    }
}

// From one of the matrices in the scratch to the next.
#define PANEL_MATRIX PANEL_MATRIX_OF(PANEL)

// G sub G^T of the taps of one phase, [rh][rw][PANEL], to [ah][aw][PANEL], by way of `rows`, [ah][rw][PANEL].
static inline void transform_taps(const tile_shape s, const double *g_height, const double *g_width,
                                  const double *restrict taps, double *restrict rows, double *restrict to) {
    const int ah = s.ah, rh = s.rh, aw = s.aw, rw = s.rw;
    for (int i = 0; i < ah; i++) {
        for (int j = 0; j < rw; j++) {
            double *row = rows + (i * rw + j) * PANEL;
            memset(row, 0, PANEL * sizeof *row);
            for (int q = 0; q < rh; q++) {
                const double factor = g_height[i * WINOGRAD_MAX_ALPHA + q];
                for (int lane = 0; lane < PANEL; lane++) {
                    row[lane] += factor * taps[(q * rw + j) * PANEL + lane];
                }
            }
        }
    }
    for (int i = 0; i < ah; i++) {
        for (int j = 0; j < aw; j++) {
            double *point = to + (i * aw + j) * PANEL;
            memset(point, 0, PANEL * sizeof *point);
            for (int q = 0; q < rw; q++) {
                const double factor = g_width[j * WINOGRAD_MAX_ALPHA + q];
                for (int lane = 0; lane < PANEL; lane++) {
                    point[lane] += factor * rows[(i * rw + q) * PANEL + lane];
                }
            }
        }
    }
}

// One panel of packed weights.
static inline void pack_panel(const ck_geometry *g, const stride_phases *plan, const tile_shape shape,
                              const float *filters, const double *g_height, const double *g_width, float *panel,
                              double *matrices) {
    double *const taps = matrices, *const rows = matrices + PANEL_MATRIX, *const points = rows + PANEL_MATRIX;
    const ptrdiff_t depth = phase_depth(plan);
    double scale[PANEL];
    for (int lane = 0; lane < PANEL; lane++) {
        scale[lane] = 1 / (double)filters[lane];
    }
    for (ptrdiff_t phase = 0; phase < plan->rows * plan->columns; phase++) {
        const ptrdiff_t top = phase / plan->columns, left = phase % plan->columns;
        for (ptrdiff_t c = 0; c < plan->channels; c++) {
            for (int i = 0; i < shape.rh * shape.rw; i++) {
                const ptrdiff_t y = i / shape.rw * g->stride_height + top, x = i % shape.rw * g->stride_width + left;
                const int is_tap = y < g->kernel_height && x < g->kernel_width;
                const float *from = filters + (1 + (c * g->kernel_height + y) * g->kernel_width + x) * PANEL;
                for (int lane = 0; lane < PANEL; lane++) {
                    taps[i * PANEL + lane] = is_tap ? scale[lane] * (double)from[lane] : 0;
                }
            }
            transform_taps(shape, g_height, g_width, taps, rows, points);
            for (int i = 0; i < shape.ah * shape.aw; i++) {
                const ptrdiff_t slot =
                    phase_slot(plan, top, left, i / shape.aw == shape.ah - 1, i % shape.aw == shape.aw - 1);
                for (int lane = 0; lane < PANEL && slot >= 0; lane++) {
                    panel[(i * depth + slot * plan->channels + c) * PANEL + lane] = (float)points[i * PANEL + lane];
                }
            }
        }
    }
    // What the points at infinity leave of their room.
    for (int i = 0; i < shape.ah * shape.aw; i++) {
        const ptrdiff_t used = point_depth(plan, i / shape.aw == shape.ah - 1, i % shape.aw == shape.aw - 1);
        memset(panel + (i * depth + used) * PANEL, 0, (size_t)((depth - used) * PANEL) * sizeof *panel);
    }
}

static void pack_tiles(const ck_geometry *g, const tile_shape shape, const float *weight, float *packed,
                       ck_range channels, float *scratch) {
    const stride_phases plan = phases_of(g, &shape, VL);
    const ptrdiff_t depth = phase_depth(&plan), points = shape.ah * shape.aw;
    const ptrdiff_t count = g->channels * g->kernel_height * g->kernel_width;
    winograd_matrix g_height, g_width;
    winograd_weights(g_height, shape.ah, shape.rh);
    winograd_weights(g_width, shape.aw, shape.rw);
    float *all_filters = packed + round_up(g->out_channels, PANEL) * points * depth;
    for (ptrdiff_t k = channels.begin; k < channels.end; k += PANEL) {
        float *filters = all_filters + k * (count + 1);
        pack_filters(count, weight + k * count, smaller(g->out_channels - k, PANEL), filters);
        pack_panel(g, &plan, shape, filters, g_height[0], g_width[0], packed + k * points * depth,
                   (double *)(void *)scratch);
    }
}

// G g on [r][VL] floats, to [alpha][VL].
static __attribute__((noinline)) void weights_in_lanes(const float *from, float *to, int alpha, int r) {
    winograd_matrix g;
    winograd_weights(g, alpha, r);
    for (int i = 0; i < alpha; i++) {
        for (int lane = 0; lane < VL; lane++) {
            double sum = 0;
            for (int j = 0; j < r; j++) {
                sum += g[i][j] * (double)from[j * VL + lane];
            }
            to[i * VL + lane] = (float)sum;
        }
    }
}

#endif
