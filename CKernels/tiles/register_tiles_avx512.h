// SPDX-License-Identifier: Apache-2.0
//
// The register tiles of AVX-512: sizes that channel_lanes.h, panel.h and pixel_tile.h hold against the registers.

#ifndef CK_TILES_REGISTER_TILES_AVX512_H
#define CK_TILES_REGISTER_TILES_AVX512_H

// 28 accumulators + 2 weights + 1 broadcast pixel = 31 of 32 registers.
#define CHANNEL_TILE_PIXELS 14

// 24 accumulators + 3 pixel vectors + 1 broadcast weight = 28 of 32 registers; 4 sums of joined pixels take the rest.
#define PIXEL_TILE_CHANNELS 8
#define PIXEL_TILE_VECTORS 3

#endif
