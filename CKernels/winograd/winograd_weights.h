// SPDX-License-Identifier: Apache-2.0
//
// The weight transform of winograd_template.h: G weight G^T in double precision, rounded once. A panel's lanes are
// transformed side by side; the compiler makes vectors of the loops over them.

static void WINOGRAD(pack_weights)(const ck_geometry *geometry, const float *weight, float *packed, ck_range channels) {
    const ptrdiff_t depth = geometry->channels;
    for (ptrdiff_t k = channels.begin; k < channels.end; k += PANEL) {
        const ptrdiff_t lanes = geometry->out_channels - k < PANEL ? geometry->out_channels - k : PANEL;
        float *panel = packed + k * WINOGRAD_POINTS * depth;
        for (ptrdiff_t c = 0; c < depth; c++) {
            double tap[9][PANEL] = {{0}};
            for (ptrdiff_t lane = 0; lane < lanes; lane++) {
                for (int i = 0; i < 9; i++) {
                    tap[i][lane] = (double)weight[((k + lane) * depth + c) * 9 + i];
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
