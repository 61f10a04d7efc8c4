// SPDX-License-Identifier: Apache-2.0
//
// What the estimates of direct convolution in pixel lanes ask of its stage.

#include "direct/pixel_stage_sizes.h"

ptrdiff_t ck_joined_length(const ck_kernel *kernel, const ck_geometry *geometry) {
    return joined_length(geometry, geometry->out_width, kernel->lanes);
}
