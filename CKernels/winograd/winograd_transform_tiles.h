// SPDX-License-Identifier: Apache-2.0
//
// The transforms of winograd_template.h for whole tiles, B^T d B of the input and A^T M A of the output: all that is
// compiled for each shape of a tile. The vector instruction sets inline them with the shape as a constant, which
// unrolls them and keeps a tile in registers; plain C has one copy for all shapes. They take several tiles a call,
// since a transform of one dimension is hardly longer than a call.
//
// The includer defines WINOGRAD_IS_UNROLLED as 1 or 0.

#ifndef CK_WINOGRAD_TRANSFORM_TILES_H
#define CK_WINOGRAD_TRANSFORM_TILES_H

// MARK: Input

// Columns of the ring of rows of input.
#define WINOGRAD_RING WINOGRAD_RING_OF(VL)

// Where the points of a tile go, by whether a point is at infinity on the vertical and on the horizontal axis. NULL
// where the channels have no tap.
typedef float *point_targets[2][2];

// Floats from one point to the next and from one row of points to the next.
typedef struct point_strides {
    ptrdiff_t point, row;
} point_strides;

// Keeps the compiler from working out the offset of each point before a loop over tiles: there are more of them than
// registers, and to store and load them takes longer than to add anew.
CK_INLINE point_strides each_time(point_strides points) {
    __asm__ volatile("" : "+r"(points.point), "+r"(points.row));
    return points;
}

// The columns of the tile are `step` apart. Rows of the transform are computed two at a time, those that share their
// sums: all of them at once do not fit the registers, and to load the input again is cheaper than to spill.
CK_UNROLLED void winograd_input_tile(const tile_shape s, float *const *rows, ptrdiff_t column, const ptrdiff_t step,
                                     const point_targets targets, ptrdiff_t offset, point_strides points) {
    const int zero = s.ah % 2 == 0;
    WINOGRAD_UNROLL
    for (int pair = 0; pair < (s.ah + 1) / 2; pair++) {
        // The points 0 and infinity, or the last alone; a and -a.
        const int first = zero && pair == 0 ? 0 : 2 * pair - zero;
        const int second = zero && pair == 0 ? s.ah - 1 : (first + 1 < s.ah - 1 ? first + 1 : s.ah - 1);
        vec t[2][WINOGRAD_MAX_ALPHA];
        WINOGRAD_UNROLL
        for (int j = 0; j < s.aw; j++) {
            vec d[WINOGRAD_MAX_ALPHA], v[WINOGRAD_MAX_ALPHA];
            WINOGRAD_UNROLL
            for (int i = 0; i < s.ah; i++) {
                d[i] = vec_load(rows[i] + (column + j * step) * VL);
            }
            winograd_input(d, v, s.ah);
            t[0][j] = v[first];
            t[1][j] = v[second];
        }
        WINOGRAD_UNROLL
        for (int n = 0; n < (first == second ? 1 : 2); n++) {
            const int i = n == 0 ? first : second;
            vec v[WINOGRAD_MAX_ALPHA];
            winograd_input(t[n], v, s.aw);
            WINOGRAD_UNROLL
            for (int j = 0; j < s.aw; j++) {
                float *to = targets[i == s.ah - 1][j == s.aw - 1];
                if ((i < s.ah - 1 && j < s.aw - 1) || to != NULL) {
                    vec_store(to + offset + j * points.point + i * points.row, v[j]);
                }
            }
        }
    }
}

// `count` tiles whose columns are neighbours, the first from `column` on, mw apart. Their results are VL floats apart.
CK_UNROLLED void winograd_input_row(const tile_shape s, float *const *rows, ptrdiff_t column, ptrdiff_t count,
                                    const point_targets targets, ptrdiff_t offset, point_strides points) {
    for (ptrdiff_t tile = 0; tile < count; tile++) {
        winograd_input_tile(s, rows, column + tile * s.mw, 1, targets, offset + tile * VL, each_time(points));
    }
}

// MARK: Output

// What winograd_output_tiles reads and writes, of VL output channels.
typedef struct output_lanes {
    const float *products; // of the first tile; PANEL floats to the next
    point_strides points;
    float *space;       // the gathered tiles
    float *sums;        // of each tile's output before scale and bias, [tile][VL]
    const float *scale; // [VL]
    const float *bias;  // [VL]
} output_lanes;

// `count` tiles beside one another or, with a dilation, within one another.
CK_UNROLLED void winograd_output_tiles(const tile_shape s, const output_lanes *lanes, ptrdiff_t count,
                                       const int is_dilated) {
    // Columns of the space from tile to tile, and those of a tile.
    const ptrdiff_t advance = is_dilated ? 1 : s.mw, step = is_dilated ? count : 1;
    const vec scale = vec_load(lanes->scale), bias = vec_load(lanes->bias);
    for (ptrdiff_t tile = 0; tile < count; tile++) {
        const point_strides points = each_time(lanes->points);
        const float *products = lanes->products + tile * PANEL;
        float *output = lanes->space + tile * advance * VL;
        vec t[WINOGRAD_MAX_ALPHA][WINOGRAD_MAX_ALPHA];
        WINOGRAD_UNROLL
        for (int j = 0; j < s.aw; j++) {
            vec p[WINOGRAD_MAX_ALPHA], y[WINOGRAD_MAX_ALPHA];
            WINOGRAD_UNROLL
            for (int i = 0; i < s.ah; i++) {
                p[i] = vec_load(products + j * points.point + i * points.row);
            }
            winograd_output(p, y, s.mh, s.ah);
            WINOGRAD_UNROLL
            for (int i = 0; i < s.mh; i++) {
                t[i][j] = y[i];
            }
        }
        vec sum[WINOGRAD_MAX_ALPHA];
        WINOGRAD_UNROLL
        for (int i = 0; i < s.mh; i++) {
            vec y[WINOGRAD_MAX_ALPHA];
            winograd_output(t[i], y, s.mw, s.aw);
            WINOGRAD_UNROLL
            for (int j = 0; j < s.mw; j++) {
                vec_store(output + (i * gathered_row(&s) + j * step) * VL, vec_fma(y[j], scale, bias));
                sum[j] = i == 0 ? y[j] : vec_add(sum[j], y[j]);
            }
        }
        WINOGRAD_UNROLL
        for (int j = 1; j < s.mw; j++) {
            sum[0] = vec_add(sum[0], sum[j]);
        }
        vec_store(lanes->sums + tile * VL, sum[0]);
    }
}

// MARK: One shape

// A shape of a tile and its transforms.
typedef struct winograd_tile {
    tile_shape shape;
    ptrdiff_t tiles; // the most that `run` multiplies at once
    void (*input_row)(const tile_shape *s, float *const *rows, ptrdiff_t column, ptrdiff_t count,
                      const point_targets targets, ptrdiff_t offset, point_strides points);
    // Of columns that are not neighbours.
    void (*input_apart)(const tile_shape *s, float *const *rows, ptrdiff_t column, ptrdiff_t step,
                        const point_targets targets, ptrdiff_t offset, point_strides points);
    void (*output_row)(const tile_shape *s, const output_lanes *lanes, ptrdiff_t count);
    // Of `count` tiles within one another.
    void (*output_apart)(const tile_shape *s, const output_lanes *lanes, ptrdiff_t count);
} winograd_tile;

#endif
