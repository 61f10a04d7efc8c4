// SPDX-License-Identifier: Apache-2.0
//
// The register tiles of AVX2: sizes that channel_lanes.h, panel.h and pixel_tile.h hold against the registers.

#ifndef CK_TILES_REGISTER_TILES_AVX2_H
#define CK_TILES_REGISTER_TILES_AVX2_H

// 12 accumulators + 2 weights + 1 broadcast pixel = 15 of 16 registers.
#define CHANNEL_TILE_PIXELS 6

// 12 accumulators + 2 pixel vectors + 1 broadcast weight = 15 of 16 registers.
#define PIXEL_TILE_CHANNELS 6
#define PIXEL_TILE_VECTORS 2

#endif
