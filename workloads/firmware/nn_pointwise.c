/* Pointwise and 3x3 convolution as a matrix product over widened operands.
 *
 * A block of pixels is widened to int16 once (minus the zero point, so that padding is 0), two pixels interleaved by words;
 * for every 4 output channels the weights are widened once per block, four channels interleaved. The tile of 2 pixels x 4
 * channels is nn_product_tiles (nn_product.S). Both operands hold their channels in the order 0,2,1,3 that SXTB16 gives.
 * All inputs of a block are read before any of its outputs is written. */
#include <string.h>

#include "nn_dsp.h"
#include "nn_scratch.h"

struct tiles { /* offsets are known to nn_product.S */
    int32_t bias[4];
    struct {
        int32_t mult, off;
    } out[4];
    int32_t shift, relu;     /* 48, 52 */
    int8_t *out0, *out1;     /* 56, 60: even and odd pixel, channel 0 of the four */
    int32_t out_step;        /* 64: bytes from one pair of pixels to the next */
    int32_t depth;           /* 68: words of a widened pixel, even */
    int32_t pairs;           /* 72: 1 or more */
};
_Static_assert(sizeof(struct tiles) <= NN_TILE_CONSTANTS, "constants outgrow their room");

void nn_product_tiles(const uint32_t *pixels, const uint32_t *weights, const struct tiles *t);

/* Four rows of k weights -> words of channel 0,1,2,3 in turn; rows from `rows` on are zero. */
static void widen_weights(const struct nn_conv *p, uint32_t k, uint32_t first, int rows, uint32_t *to)
{
    uint32_t whole = k / 4;
    if (p->wbits == 8) {
        const int8_t *w = (const int8_t *)p->weights + first * k;
        const int8_t *w1 = rows > 1 ? w + k : w, *w2 = rows > 2 ? w + 2 * k : w, *w3 = rows > 3 ? w + 3 * k : w;
#pragma GCC unroll 2
        for (uint32_t i = 0; i < whole; i++, to += 8) {
            uint32_t a = load4(w + 4 * i), b = load4(w1 + 4 * i), c = load4(w2 + 4 * i), d = load4(w3 + 4 * i);
            to[0] = even(a), to[1] = even(b), to[2] = even(c), to[3] = even(d);
            to[4] = odd(a), to[5] = odd(b), to[6] = odd(c), to[7] = odd(d);
        }
    } else if (k % 8 == 0) { /* each row starts at a byte, 8 weights to a word */
        const int8_t *w = (const int8_t *)p->weights + first * (k / 2);
        for (int r = 0; r < 4; r++) {
            const int8_t *row = r < rows ? w + (uint32_t)r * (k / 2) : w;
            uint32_t *d = to + r;
            for (uint32_t i = 0; i < k / 8; i++, d += 16) {
                uint32_t v = load4(row + 4 * i);
                uint32_t low = low_nibbles(v), high = high_nibbles(v); /* weights 0,2,4,6 and 1,3,5,7 */
                uint32_t l0 = even(low), l1 = odd(low), h0 = even(high), h1 = odd(high);
                d[0] = pack_low(l0, l1);
                d[4] = pack_low(h0, h1);
                d[8] = pack_high(l0, l1);
                d[12] = pack_high(h0, h1);
            }
        }
        return;
    } else {
        whole = 0;
    }
    for (uint32_t i = 4 * whole; i < k; i += 4, to += 8)
        for (int r = 0; r < 4; r++) {
            int32_t v[4] = {0};
            for (uint32_t j = 0; j < 4 && i + j < k && r < rows; j++)
                v[j] = weight_at(p->weights, p->wbits, (first + (uint32_t)r) * k + i + j);
            to[r] = pair(v[0], v[2]);
            to[4 + r] = pair(v[1], v[3]);
        }
}

/* Two pixels of k channels, interleaved. */
static uint32_t *widen_pair(const int8_t *a, const int8_t *b, uint32_t k, uint32_t minus_zp, uint32_t *to)
{
    const int8_t *end = a + (k & ~3u);
#pragma GCC unroll 4
    for (; a != end; a += 4, b += 4, to += 4) {
        uint32_t u = load4(a), v = load4(b);
        to[0] = add_even(minus_zp, u);
        to[1] = add_even(minus_zp, v);
        to[2] = add_odd(minus_zp, u);
        to[3] = add_odd(minus_zp, v);
    }
    if (k & 3) { /* weights beyond k are zero, so the filling may be anything */
        uint32_t u = load_less(a, (int)(k & 3)), v = load_less(b, (int)(k & 3));
        to[0] = add_even(minus_zp, u);
        to[1] = add_even(minus_zp, v);
        to[2] = add_odd(minus_zp, u);
        to[3] = add_odd(minus_zp, v);
        to += 4;
    }
    return to;
}

/* All output channels of `count` widened pixels whose outputs start at `out`. `spare`: 4 bytes per pixel and 4 more. */
static void block_outputs(const struct nn_conv *p, uint32_t k, struct tiles *t, uint32_t *weights, const uint32_t *pixels, int count,
                          int8_t *out, int8_t *spare)
{
    uint32_t depth = (k + 3) / 4 * 2;
    t->depth = (int32_t)depth;
    t->shift = p->out.shift;
    t->relu = p->out.relu;
    for (int c = 0; c < p->out_c; c += 4) {
        int rows = p->out_c - c < 4 ? p->out_c - c : 4;
        widen_weights(p, k, (uint32_t)c, rows, weights);
        for (int r = 0; r < 4; r++) {
            int from = r < rows ? c + r : c;
            t->bias[r] = p->out.bias ? p->out.bias[from] : 0;
            t->out[r].mult = p->out.mult[from];
            t->out[r].off = p->out.off[from];
        }
        if (rows < 4) { /* the tile always writes 4 bytes a pixel: keep them away from the neighbour */
            t->out0 = spare;
            t->out1 = spare + 4;
            t->out_step = 8;
            t->pairs = (count + 1) / 2;
            nn_product_tiles(pixels, weights, t);
            for (int i = 0; i < count; i++)
                for (int r = 0; r < rows; r++)
                    out[i * p->out_c + c + r] = spare[4 * i + r];
            continue;
        }
        t->out0 = out + c;
        t->out1 = out + c + p->out_c;
        t->out_step = 2 * p->out_c;
        t->pairs = count / 2;
        if (t->pairs)
            nn_product_tiles(pixels, weights, t);
        if (count & 1) { /* the second pixel of the last pair does not exist */
            t->out0 = out + (count - 1) * p->out_c + c;
            t->out1 = spare;
            t->pairs = 1;
            nn_product_tiles(pixels + (uint32_t)(count / 2) * 2 * depth, weights, t);
        }
    }
    clamp_all(out, count * p->out_c, p->out.act_min, p->out.act_max);
}

struct areas {
    struct tiles *tiles;
    uint32_t *weights, *pixels;
    int8_t *spare;
};

static struct areas divide(void *scratch, uint32_t k, uint32_t block)
{
    uint32_t k4 = nn_round_up(k, 4);
    char *s = scratch;
    struct areas a;
    a.tiles = (struct tiles *)(void *)s;
    a.weights = (uint32_t *)(void *)(s + NN_TILE_CONSTANTS);
    a.pixels = a.weights + 2 * k4;
    a.spare = (int8_t *)(a.pixels + nn_round_up(block, 2) * k4 / 2);
    return a;
}

void nn_pointwise_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    uint32_t k = (uint32_t)p->in_c, minus_zp = pair(-p->in_zp, -p->in_zp);
    int pixels = p->out_h * p->out_w;
    struct areas a = divide(scratch, k, (uint32_t)p->block);
    for (int first = 0; first < pixels; first += p->block) {
        int count = pixels - first < p->block ? pixels - first : p->block;
        const int8_t *x = in + first * p->in_c;
        uint32_t *to = a.pixels;
        for (int i = 0; i < count; i += 2, x += 2 * p->in_c)
            to = widen_pair(x, i + 1 < count ? x + p->in_c : x, k, minus_zp, to);
        block_outputs(p, k, a.tiles, a.weights, a.pixels, count, out + first * p->out_c, a.spare);
    }
}

/* One 3x3 window of the input as int16 at every second word of `to`; outside is 0. Word order as widen_pair's. */
static void widen_window(const struct nn_conv *p, const int8_t *in, int y, int x, uint32_t *to)
{
    int k = 9 * p->in_c, tap = 0;
    int16_t v[4] = {0};
    for (int ky = 0; ky < 3; ky++) {
        int iy = y * p->stride - p->pad_top + ky;
        for (int kx = 0; kx < 3; kx++) {
            int ix = x * p->stride - p->pad_left + kx;
            int inside = iy >= 0 && iy < p->in_h && ix >= 0 && ix < p->in_w;
            const int8_t *px = inside ? in + (iy * p->in_w + ix) * p->in_c : in;
            for (int c = 0; c < p->in_c; c++, tap++) {
                v[tap & 3] = (int16_t)(inside ? px[c] - p->in_zp : 0);
                if ((tap & 3) == 3 || tap == k - 1) {
                    to[0] = pair(v[0], v[2]);
                    to[2] = pair(v[1], v[3]);
                    to += 4;
                    memset(v, 0, sizeof v);
                }
            }
        }
    }
}

void nn_conv3x3_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    uint32_t k = 9 * (uint32_t)p->in_c, depth = (k + 3) / 4 * 2;
    int pixels = p->out_h * p->out_w;
    struct areas a = divide(scratch, k, (uint32_t)p->block);
    for (int first = 0; first < pixels; first += p->block) {
        int count = pixels - first < p->block ? pixels - first : p->block;
        for (int i = 0; i < count; i++) {
            int at = first + i;
            widen_window(p, in, at / p->out_w, at % p->out_w, a.pixels + (uint32_t)(i / 2) * 2 * depth + (i & 1));
        }
        block_outputs(p, k, a.tiles, a.weights, a.pixels, count, out + first * p->out_c, a.spare);
    }
}
