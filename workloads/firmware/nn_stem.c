/* Stem: 3x3 convolution of stride 2 and 2x2 max pool in one, so that the map between them never
 * exists.
 *
 * One pooled output needs four windows of the image; they are widened to int16 (minus the zero
 * point) and interleaved by words. All weights are widened once, two channels interleaved. The tile
 * of 4 windows x 2 channels is nn_stem_tiles; since the output stage is monotonous in the
 * accumulator, the pool takes the largest of four accumulators (of the negated ones where the
 * multiplier is negative) and the stage runs once per pooled output. */
#include <string.h>

#include "nn_dsp.h"
#include "nn_scratch.h"

struct stem_channel { /* 16 bytes, known to nn_stem_tiles.S */
    /* sign -1: weights and bias are negated; bias and result go through (x ^ sign) - sign */
    int32_t bias, sign, mult, off;
};

struct stem {
    const uint32_t *weights;
    const struct stem_channel *channel;
    int8_t *out;
    int32_t pairs;       /* 12: of channels */
    int32_t depth;       /* 16: words of a window, even */
    int32_t shift, relu; /* 20, 24 */
};

void nn_stem_tiles(const uint32_t *windows, const struct stem *s);

/* The order of the taps within the words is free as long as windows and weights agree. For three
 * channels it follows what SXTB16 gives from the 9 bytes of each window row: (0,2) (1,3) (4,6)
 * (5,7) per row, then (8,17) (26,-). */
static int tap_at(int word, int half, int k)
{
    static const uint8_t three[14][2] = {{0, 2},   {1, 3},   {4, 6},   {5, 7},   {9, 11},
                                         {10, 12}, {13, 15}, {14, 16}, {18, 20}, {19, 21},
                                         {22, 24}, {23, 25}, {8, 17},  {26, 27}};
    int tap = k == 27 ? three[word][half] : 2 * word + half;
    return tap < k ? tap : -1;
}

static void prepare(const struct nn_conv *p, int k, int depth, uint32_t *weights,
                    struct stem_channel *channel)
{
    for (int c = 0; c < p->out_c; c++) {
        int32_t mult = nn_mult(&p->out, c);
        int negative = mult < 0;
        int32_t bias = p->out.bias ? p->out.bias[c] : 0;
        channel[c] =
            (struct stem_channel){negative ? -bias : bias, -negative, mult, nn_off(&p->out, c)};
        for (int j = 0; j < depth; j++) {
            int32_t v[2];
            for (int h = 0; h < 2; h++) {
                int tap = tap_at(j, h, k);
                v[h] = tap < 0 ? 0 : weight_at(p->weights, p->wbits, (uint32_t)(c * k + tap));
                v[h] = negative ? -v[h] : v[h];
            }
            weights[(c / 2 * depth + j) * 2 + c % 2] = pair(v[0], v[1]);
        }
    }
    if (p->out_c & 1) {
        channel[p->out_c] = (struct stem_channel){0};
        for (int j = 0; j < depth; j++)
            weights[(p->out_c / 2 * depth + j) * 2 + 1] = 0;
    }
}

/* Window with the top left pixel at (y, x), any channel count, anywhere. */
static void widen_any(const struct nn_conv *p, const int8_t *in, int y, int x, int k, int depth,
                      uint32_t *to)
{
    for (int j = 0; j < depth; j++) {
        int32_t v[2];
        for (int h = 0; h < 2; h++) {
            int tap = tap_at(j, h, k);
            int iy = y + tap / (3 * p->in_c), ix = x + tap / p->in_c % 3;
            int inside = tap >= 0 && iy >= 0 && iy < p->in_h && ix >= 0 && ix < p->in_w;
            v[h] = inside ? in[(iy * p->in_w + ix) * p->in_c + tap % p->in_c] - p->in_zp : 0;
        }
        to[4 * j] = pair(v[0], v[1]);
    }
}

/* The same for three channels inside the image: 9 adjacent bytes in each of three rows. */
static inline void widen_three(const int8_t *x, int row, int32_t zp, uint32_t minus_zp,
                               uint32_t *to)
{
    int32_t last[3];
    for (int ky = 0; ky < 3; ky++, x += row, to += 16) {
        uint32_t u = load4(x), v = load4(x + 4);
        last[ky] = x[8] - zp;
        to[0] = add_even(minus_zp, u);
        to[4] = add_odd(minus_zp, u);
        to[8] = add_even(minus_zp, v);
        to[12] = add_odd(minus_zp, v);
    }
    to[0] = pair(last[0], last[1]);
    to[4] = pair(last[2], 0);
}

/* The same for a window that reaches out of the image: its bytes, with the zero point around them,
 * lie in `patch` first. */
static void widen_edge(const struct nn_conv *p, const int8_t *in, int y, int x, uint32_t minus_zp,
                       uint32_t *to)
{
    int8_t patch[27];
    memset(patch, p->in_zp, sizeof patch);
    int first = x < 0 ? -x : 0, end = p->in_w - x < 3 ? p->in_w - x : 3;
    for (int ky = 0; ky < 3; ky++)
        if (y + ky >= 0 && y + ky < p->in_h)
            for (int i = 3 * first; i < 3 * end; i++)
                patch[9 * ky + i] = in[((y + ky) * p->in_w + x) * 3 + i];
    widen_three(patch, 9, p->in_zp, minus_zp, to);
}

void nn_stem_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    int k = 9 * p->in_c, depth = (k + 3) / 4 * 2, pairs = (p->out_c + 1) / 2,
        row = p->in_w * p->in_c;
    uint32_t minus_zp = pair(-p->in_zp, -p->in_zp);
    struct stem_channel *channel = scratch;
    uint32_t *weights = (uint32_t *)(void *)(channel + 2 * pairs),
             *windows = weights + 2 * pairs * depth;
    int8_t *spare = (int8_t *)(windows + 4 * depth);
    prepare(p, k, depth, weights, channel);
    struct stem s = {weights, channel, out, pairs, depth, p->out.shift, p->out.relu};
    for (int y = 0; y < p->out_h; y++)
        for (int x = 0; x < p->out_w; x++) {
            int y0 = 4 * y - p->pad_top, x0 = 4 * x - p->pad_left;
            if (p->in_c == 3 && y0 >= 0 && x0 >= 0 && y0 + 5 <= p->in_h && x0 + 5 <= p->in_w) {
                const int8_t *at = in + y0 * row + 3 * x0;
                widen_three(at, row, p->in_zp, minus_zp, windows);
                widen_three(at + 6, row, p->in_zp, minus_zp, windows + 1);
                widen_three(at + 2 * row, row, p->in_zp, minus_zp, windows + 2);
                widen_three(at + 2 * row + 6, row, p->in_zp, minus_zp, windows + 3);
            } else {
                for (int i = 0; i < 4; i++) {
                    int wy = y0 + 2 * (i / 2), wx = x0 + 2 * (i % 2);
                    if (p->in_c == 3)
                        widen_edge(p, in, wy, wx, minus_zp, windows + i);
                    else
                        widen_any(p, in, wy, wx, k, depth, windows + i);
                }
            }
            if (p->out_c & 1) { /* a tile always writes two channels */
                s.pairs = 1;
                s.weights = weights + 2 * (pairs - 1) * depth;
                s.channel = channel + 2 * (pairs - 1);
                s.out = spare;
                nn_stem_tiles(windows, &s);
                out[p->out_c - 1] = spare[0];
                s.weights = weights;
                s.channel = channel;
                s.pairs = pairs - 1;
            }
            s.out = out;
            if (s.pairs)
                nn_stem_tiles(windows, &s);
            finish_all(out, p->out_c, &p->out);
            out += p->out_c;
        }
}
