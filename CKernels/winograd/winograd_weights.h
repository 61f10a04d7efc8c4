// SPDX-License-Identifier: Apache-2.0
//
// The weight transform of winograd_template.h: G weight G^T in double precision, rounded once. A panel's lanes are
// transformed side by side; the compiler makes vectors of the loops over them.
//
// Each filter is scaled by the power of two that brings its largest weight into 1 ..< 2: the products then have the
// magnitude of the input, and neither tiny nor huge weights cost bits. The inverse is 2^-149 at the least, a float.

// Raw weights of a panel, [1 + channels * 9][PANEL]: the inverse scales, then the filters. Zeros past `lanes`.
static void WINOGRAD(pack_filters)(ptrdiff_t depth, const float *weight, ptrdiff_t lanes, float *filters) {
    float largest[PANEL] = {0}, nothing[PANEL] = {0}; // 0, or NaN once a weight is not finite
    for (ptrdiff_t c = 0; c < depth; c++) {
        for (ptrdiff_t lane = 0; lane < PANEL; lane++) {
            for (ptrdiff_t i = 0; i < 9; i++) {
                const float value = lane < lanes ? weight[(lane * depth + c) * 9 + i] : 0;
                const float magnitude = __builtin_fabsf(value);
                filters[(1 + c * 9 + i) * PANEL + lane] = value;
                largest[lane] = magnitude > largest[lane] ? magnitude : largest[lane];
                nothing[lane] += value * 0;
            }
        }
    }
    for (ptrdiff_t lane = 0; lane < PANEL; lane++) {
        float scale = 1;
        // Other filters give zero, or are left to the definition.
        if (largest[lane] > 0 && nothing[lane] == 0) {
            for (; scale > largest[lane]; scale /= 2) {
            }
            for (; scale * 2 <= largest[lane]; scale *= 2) {
            }
        }
        filters[lane] = scale;
    }
}

static void WINOGRAD(pack_weights)(const ck_geometry *geometry, const float *weight, float *packed, ck_range channels) {
    const ptrdiff_t depth = geometry->channels;
    float *all_filters = packed + round_up(geometry->out_channels, PANEL) * WINOGRAD_POINTS * depth;
    for (ptrdiff_t k = channels.begin; k < channels.end; k += PANEL) {
        const ptrdiff_t lanes = geometry->out_channels - k < PANEL ? geometry->out_channels - k : PANEL;
        float *panel = packed + k * WINOGRAD_POINTS * depth, *filters = all_filters + k * (9 * depth + 1);
        WINOGRAD(pack_filters)(depth, weight + k * depth * 9, lanes, filters);
        double scale[PANEL];
        for (int lane = 0; lane < PANEL; lane++) {
            scale[lane] = 1 / (double)filters[lane];
        }
        for (ptrdiff_t c = 0; c < depth; c++) {
            double tap[9][PANEL];
            for (int i = 0; i < 9; i++) {
                for (int lane = 0; lane < PANEL; lane++) {
                    tap[i][lane] = scale[lane] * (double)filters[(1 + c * 9 + i) * PANEL + lane];
                }
            }
            for (int i = 0; i < WINOGRAD_ALPHA; i++) {
                const double *a = WINOGRAD(weights)[i];
                double row[3][PANEL];
                for (int j = 0; j < 3; j++) {
                    for (int lane = 0; lane < PANEL; lane++) {
                        row[j][lane] = a[0] * tap[j][lane] + a[1] * tap[3 + j][lane] + a[2] * tap[6 + j][lane];
                    }
                }
                for (int j = 0; j < WINOGRAD_ALPHA; j++) {
                    const double *b = WINOGRAD(weights)[j];
                    float *point = panel + ((i * WINOGRAD_ALPHA + j) * depth + c) * PANEL;
                    for (int lane = 0; lane < PANEL; lane++) {
                        point[lane] = (float)(b[0] * row[0][lane] + b[1] * row[1][lane] + b[2] * row[2][lane]);
                    }
                }
            }
        }
    }
}
