/* Depthwise 3x3 over a ring of three widened input rows.
 *
 * `block` channels are done together, four by four. For each group of four a ring holds, for every
 * pair of columns, 3 rows (slot = row mod 3) of 4 channels, one word (two int16, minus the zero
 * point) each:  word[pair][slot][channel]. When an output row is written, the input rows it needs
 * are all in the ring: with stride 1 the output may lie on the input. Rows turn through the slots,
 * so the weights are turned instead of the data. Inner loops: nn_depthwise_rows.S. */
#include <string.h>

#include "nn_dsp.h"
#include "nn_scratch.h"

struct channel {             /* 80 bytes; offsets are known to nn_depthwise_rows.S */
    uint32_t taps[5][2];     /* rows 0,1,2,0,1: weights (0,1) and (1,2) of the row */
    int32_t bias, mult, off; /* 40, 44, 48 */
    /* Of the first of four channels: their zero points negated, of channels 0 and 2, of 1 and 3;
     * and as bytes. */
    uint32_t minus_even, minus_odd, zero; /* 52, 56, 60 */
    int32_t shift;                        /* 64: of its own, .tflite files */
    int32_t unused[3];
};
_Static_assert(sizeof(struct channel) == NN_DEPTHWISE_CONSTANTS, "size is known to the planner");

struct rows { /* one output row of all channels of a block */
    const struct channel *channel;
    const uint32_t *ring; /* 4: 16-byte aligned */
    int8_t *out;
    int32_t channels; /* 12: 1 or more */
    int32_t step;     /* 16: bytes from one output pixel to the next */
    int32_t width;    /* 20: output pixels, 1 or more */
    int32_t turn;     /* 24: bytes into the taps where slot 0 begins */
    int32_t next;     /* 28: bytes from the last channel of a group to the first of the next */
};

struct gather { /* one input row of whole groups of four channels */
    const int8_t *in;
    uint32_t *to;                  /* 4: slot of the row in the first group's ring */
    int32_t step;                  /* 8: bytes from one input pixel to the next */
    int32_t groups;                /* 12 */
    int32_t ring;                  /* 16: bytes of a group's ring */
    int32_t lead;                  /* 20: 1 = the first pair begins with padding */
    int32_t pairs;                 /* 24: whole pairs of pixels after that */
    int32_t tail;                  /* 28: 1 = a last pixel without a partner */
    const struct channel *channel; /* 32: the first */
};

void nn_depthwise_gather(const struct gather *g);

static void prepare(const struct nn_conv *p, int c, struct channel *k)
{
    /* the output stage of .tflite files takes twice the sum */
    int32_t w[9], twice = p->out.shifts ? -1 : 0;
    for (uint32_t i = 0; i < 9; i++) {
        w[i] = weight_at(p->weights, p->wbits, (uint32_t)c * 9 + i);
        w[i] += w[i] & twice;
    }
    for (int r = 0; r < 5; r++) {
        const int32_t *v = w + 3 * (r % 3);
        k->taps[r][0] = pair(v[0], v[1]);
        k->taps[r][1] = pair(v[1], v[2]);
    }
    k->bias = p->out.bias ? p->out.bias[c] : 0;
    k->bias += k->bias & twice;
    k->mult = nn_mult(&p->out, c);
    k->off = p->out.shifts ? nn_exact_offset(&p->out, c) : nn_off(&p->out, c);
    k->shift = p->out.shifts ? -p->out.shifts[c] : 0;
}

/* The zero points of n = 1..4 channels from c on. */
static void prepare_zeros(const struct nn_conv *p, int c, int n, struct channel *k)
{
    k->zero = (uint32_t)(uint8_t)p->in_zp * 0x01010101u;
    if (p->in_zero)
        k->zero = n < 4 ? load_less(p->in_zero + c, n) : load4(p->in_zero + c);
    k->minus_even = sub_pairs(0, even(k->zero));
    k->minus_odd = sub_pairs(0, odd(k->zero));
}

/* The same for the last n = 1..3 channels, with the zero points of k. */
static void gather_less(const struct gather *g, const struct channel *k, int n)
{
    const int8_t *x = g->in;
    uint32_t *to = g->to;
    for (int j = 0; j < g->lead + g->pairs + g->tail; j++, to += 12) {
        int has_left = j > 0 || !g->lead, has_right = j < g->lead + g->pairs;
        uint32_t left = k->zero, right = k->zero;
        if (has_left) {
            left = load_less(x, n);
            x += g->step;
        }
        if (has_right) {
            right = load_less(x, n);
            x += g->step;
        }
        uint32_t e0 = add_even(k->minus_even, left), e1 = add_odd(k->minus_odd, left);
        uint32_t f0 = add_even(k->minus_even, right), f1 = add_odd(k->minus_odd, right);
        to[0] = pack_low(e0, f0);
        to[1] = pack_low(e1, f1);
        to[2] = pack_high(e0, f0);
        to[3] = pack_high(e1, f1);
    }
}

void nn_depthwise3x3_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    /* for this stride, bias, ReLU and shift */
    void (*rows)(const struct rows *) = (void (*)(const struct rows *))p->rows;
    uint32_t group_words = nn_depthwise3x3_ring(p); /* 4 channels of a quarter as many words each */
    struct channel *k = scratch;
    uint32_t *rings = (uint32_t *)(void *)(k + p->block);
    struct gather g = {
        .step = p->in_c,
        .ring = (int32_t)group_words * 4,
        .lead = p->pad_left,
        .pairs = (p->in_w - p->pad_left) / 2,
        .tail = (p->in_w - p->pad_left) & 1,
        .channel = k,
    };
    struct rows r = {
        .channel = k, .ring = rings, .step = p->out_c, .width = p->out_w, .next = g.ring - 16};
    /* Columns behind the row are never written: zero once. */
    memset(rings, 0, (uint32_t)p->block / 4 * group_words * 4);
    for (int first = 0; first < p->in_c; first += p->block) {
        int channels = p->in_c - first < p->block ? p->in_c - first : p->block, rest = channels & 3;
        for (int c = 0; c < channels; c++)
            prepare(p, first + c, &k[c]);
        for (int c = 0; c < channels; c += 4)
            prepare_zeros(p, first + c, channels - c < 4 ? channels - c : 4, &k[c]);
        g.groups = channels / 4;
        r.channels = channels;
        /* next input row and its slot; slot of the window's first row */
        int have = -p->pad_top, slot = 0, top_slot = 0;
        const int8_t *row = in + first;
        int8_t *to = out + first;
        for (int y = 0; y < p->out_h; y++) {
            int end = y * p->stride - p->pad_top + 3;
            for (; have < end; have++, slot = slot == 2 ? 0 : slot + 1) {
                g.to = rings + 4 * slot;
                if (have < 0 || have >= p->in_h) {
                    for (uint32_t *z = g.to; z < rings + (uint32_t)(channels + 3) / 4 * group_words;
                         z += 12)
                        z[0] = z[1] = z[2] = z[3] = 0;
                    continue;
                }
                g.in = row;
                if (g.groups)
                    nn_depthwise_gather(&g);
                if (rest) {
                    g.in += channels - rest;
                    g.to += (uint32_t)g.groups * group_words;
                    gather_less(&g, &k[channels - rest], rest);
                }
                row += p->in_w * p->in_c;
            }
            r.turn = top_slot ? 8 * (3 - top_slot) : 0;
            r.out = to;
            rows(&r);
            to += p->out_w * p->out_c;
            top_slot += p->stride;
            top_slot = top_slot >= 3 ? top_slot - 3 : top_slot;
        }
    }
    finish_all(out, p->out_h * p->out_w * p->out_c, &p->out);
}
