/* Depthwise 3x3 over a ring of three widened input rows.
 *
 * `block` channels are done together, four by four. For each group of four a ring holds, for every pair of columns, 3 rows
 * (slot = row mod 3) of 4 channels, one word (two int16, minus the zero point) each:  word[pair][slot][channel].
 * When an output row is written, the input rows it needs are all in the ring: with stride 1 the output may lie on the input.
 * Rows turn through the slots, so the weights are turned instead of the data. Inner loops: nn_depthwise_rows.S. */
#include <string.h>

#include "nn_dsp.h"
#include "nn_scratch.h"

struct channel { /* 80 bytes; offsets are known to nn_depthwise_rows.S */
    uint32_t taps[5][2]; /* rows 0,1,2,0,1: weights (0,1) and (1,2) of the row */
    int32_t bias, mult, off; /* 40, 44, 48 */
    int32_t unused[7];
};
_Static_assert(sizeof(struct channel) == NN_DEPTHWISE_CONSTANTS, "size is known to the planner");

struct rows { /* one output row of up to four channels */
    const struct channel *channel;
    const uint32_t *ring;
    int8_t *out;
    int32_t channels; /* 12: 1..4 */
    int32_t step;     /* 16: bytes from one output pixel to the next */
    int32_t width;    /* 20: output pixels, 1 or more */
    int32_t turn;     /* 24: bytes into the taps where slot 0 begins */
    int32_t shift;    /* 28 */
};

void nn_depthwise_rows_s1(const struct rows *r);
void nn_depthwise_rows_s1_relu(const struct rows *r);
void nn_depthwise_rows_s2(const struct rows *r);
void nn_depthwise_rows_s2_relu(const struct rows *r);

static void prepare(const struct nn_conv *p, int c, struct channel *k)
{
    int32_t w[9];
    for (uint32_t i = 0; i < 9; i++)
        w[i] = weight_at(p->weights, p->wbits, (uint32_t)c * 9 + i);
    for (int r = 0; r < 5; r++) {
        const int32_t *v = w + 3 * (r % 3);
        k->taps[r][0] = pair(v[0], v[1]);
        k->taps[r][1] = pair(v[1], v[2]);
    }
    k->bias = p->out.bias ? p->out.bias[c] : 0;
    k->mult = p->out.mult[c];
    k->off = p->out.off[c];
}

/* Input row `y` (a row outside is zeros) of channels c .. c+n-1, into its slot of a ring of `pairs` column pairs. */
static void gather(const struct nn_conv *p, const int8_t *in, int y, int c, int n, uint32_t *ring, int pairs)
{
    uint32_t minus_zp = pair(-p->in_zp, -p->in_zp), zp4 = (uint32_t)(uint8_t)p->in_zp * 0x01010101u;
    uint32_t *to = ring + 4 * ((y + p->pad) % 3);
    int j = 0, w = p->in_w, step = p->in_c;
    if (y < 0 || y >= p->in_h) {
        for (; j < pairs; j++, to += 12)
            memset(to, 0, 16);
        return;
    }
    const int8_t *x = in + y * w * step + c;
    uint32_t left, right;
#define PUT                                                                                                  \
    {                                                                                                        \
        uint32_t e0 = add_even(minus_zp, left), e1 = add_odd(minus_zp, left);                                \
        uint32_t f0 = add_even(minus_zp, right), f1 = add_odd(minus_zp, right);                              \
        to[0] = pack_low(e0, f0), to[1] = pack_low(e1, f1), to[2] = pack_high(e0, f0), to[3] = pack_high(e1, f1); \
        to += 12;                                                                                            \
    }
#define LOAD(at) (n == 4 ? load4(at) : load_less(at, n))
    int done = 0; /* input columns */
    if (p->pad) {
        left = zp4;
        right = LOAD(x);
        x += step;
        done = 1;
        PUT
        j = 1;
    }
    if (n == 4) {
#pragma GCC unroll 2
        for (; done + 2 <= w; done += 2, x += 2 * step, j++) {
            left = load4(x);
            right = load4(x + step);
            PUT
        }
    } else {
        for (; done + 2 <= w; done += 2, x += 2 * step, j++) {
            left = LOAD(x);
            right = LOAD(x + step);
            PUT
        }
    }
    if (done < w && j < pairs) {
        left = LOAD(x);
        right = zp4;
        PUT
        j++;
    }
    for (; j < pairs; j++, to += 12)
        memset(to, 0, 16);
#undef PUT
#undef LOAD
}

void nn_depthwise3x3_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    uint32_t group_words = nn_depthwise_ring(p); /* 4 channels of a quarter as many words each */
    int pairs = (int)group_words / 12;
    void (*rows)(const struct rows *) = p->stride == 1 ? (p->out.relu ? nn_depthwise_rows_s1_relu : nn_depthwise_rows_s1)
                                                       : (p->out.relu ? nn_depthwise_rows_s2_relu : nn_depthwise_rows_s2);
    for (int first = 0; first < p->in_c; first += p->block) {
        int channels = p->in_c - first < p->block ? p->in_c - first : p->block;
        struct channel *k = scratch;
        uint32_t *rings = (uint32_t *)(void *)(k + p->block);
        for (int c = 0; c < channels; c++)
            prepare(p, first + c, &k[c]);
        int have = -p->pad; /* next input row to gather */
        for (int y = 0; y < p->out_h; y++) {
            int top = y * p->stride - p->pad;
            for (; have < top + 3; have++)
                for (int c = 0; c < channels; c += 4)
                    gather(p, in, have, first + c, channels - c < 4 ? channels - c : 4, rings + (uint32_t)c / 4 * group_words, pairs);
            struct rows r = {.step = p->out_c, .width = p->out_w, .shift = p->out.shift};
            r.turn = 8 * ((3 - y * p->stride % 3) % 3);
            for (int c = 0; c < channels; c += 4) {
                r.channel = k + c;
                r.ring = rings + (uint32_t)c / 4 * group_words;
                r.out = out + y * p->out_w * p->out_c + first + c;
                r.channels = channels - c < 4 ? channels - c : 4;
                rows(&r);
            }
        }
    }
    clamp_all(out, p->out_h * p->out_w * p->out_c, p->out.act_min, p->out.act_max);
}
