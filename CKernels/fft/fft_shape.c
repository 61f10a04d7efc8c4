// SPDX-License-Identifier: Apache-2.0
//
// What the estimates and the partition of FFT convolution ask of its shape.

#include "fft/fft_shape.h"

ck_fft_cut ck_fft_cut_of(const ck_kernel *kernel, const ck_geometry *geometry) {
    const fft_shape s = fft_shape_of(geometry, kernel->lanes);
    return (ck_fft_cut){
        .hop = s.hop,
        .dilation = s.dilation,
        .residues = s.residues,
        .parts = s.parts,
        .components = s.components,
        .packed_channels = fft_padded_channels(geometry, &s, kernel->lanes),
        .rows = s.channel_lanes ? fft_rows_at_once(&s, kernel->tile_pixels)
                                : smaller(geometry->out_channels, kernel->lanes),
        .channel_lanes = s.channel_lanes,
    };
}
