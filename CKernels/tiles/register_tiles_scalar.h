// SPDX-License-Identifier: Apache-2.0
//
// The register tiles of plain C: sizes that channel_lanes.h, panel.h and pixel_tile.h hold against the registers.

#ifndef CK_TILES_REGISTER_TILES_SCALAR_H
#define CK_TILES_REGISTER_TILES_SCALAR_H

// Eight accumulators of four lanes fit the sixteen 128-bit registers of plain x86-64 and aarch64 beside their operands.
#define CHANNEL_TILE_PIXELS 4

// As many.
#define PIXEL_TILE_CHANNELS 4
#define PIXEL_TILE_VECTORS 2

#endif
