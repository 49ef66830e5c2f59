/* The layers that are bound by memory, not by multiplying: add, global average, fully connected. */
#include <string.h>

#include "nn_dsp.h"
#include "nn_scratch.h"

/* Channels with multipliers of their own. */
static void add_channels(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *out)
{
    int32_t shift = p->shift, c4 = p->c & ~3;
    for (const int8_t *end = a + p->n; a < end;) {
        const int32_t *mult = p->mult, *off = p->offs;
        for (int32_t c = 0; c < c4; c += 4, a += 4, b += 4, out += 4, mult += 4, off += 4) {
            uint32_t u = load4(a), v = load4(b);
            uint32_t u0 = even(u), u1 = odd(u), v0 = even(v), v1 = odd(v);
            int32_t r0 = smlad(pack_low(u0, v0), (uint32_t)mult[0], off[0]),
                    r1 = smlad(pack_low(u1, v1), (uint32_t)mult[1], off[1]),
                    r2 = smlad(pack_high(u0, v0), (uint32_t)mult[2], off[2]),
                    r3 = smlad(pack_high(u1, v1), (uint32_t)mult[3], off[3]);
            r0 = ssat8(r0 >> shift), r1 = ssat8(r1 >> shift);
            r2 = ssat8(r2 >> shift), r3 = ssat8(r3 >> shift);
            out[0] = (int8_t)r0;
            __asm("" ::: "memory"); /* as below */
            out[1] = (int8_t)r1;
            __asm("" ::: "memory");
            out[2] = (int8_t)r2;
            __asm("" ::: "memory");
            out[3] = (int8_t)r3;
        }
        for (int32_t c = c4; c < p->c; c++)
            *out++ = (int8_t)ssat8(smlad(pair(*a++, *b++), (uint32_t)*mult++, *off++) >> shift);
    }
}

void nn_add_s8(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *out)
{
    if (p->c) {
        add_channels(p, a, b, out);
        return;
    }
    uint32_t mult = pair(p->mult_a, p->mult_b);
    int32_t off = p->off, shift = p->shift, n4 = p->n & ~3;
    for (int32_t i = 0; i < n4; i += 4) {
        uint32_t u = load4(a + i), v = load4(b + i);
        uint32_t u0 = even(u), u1 = odd(u), v0 = even(v), v1 = odd(v);
        uint32_t x[4] = {pack_low(u0, v0), pack_low(u1, v1), pack_high(u0, v0), pack_high(u1, v1)};
        int32_t r[4];
        smlad4_shift_ssat8(x, mult, off, shift, r);
        out[i] = (int8_t)r[0];
        __asm("" ::: "memory"); /* four byte stores: cheaper than packing a word */
        out[i + 1] = (int8_t)r[1];
        __asm("" ::: "memory");
        out[i + 2] = (int8_t)r[2];
        __asm("" ::: "memory");
        out[i + 3] = (int8_t)r[3];
    }
    for (int32_t i = n4; i < p->n; i++)
        out[i] = (int8_t)ssat8(smlad(pair(a[i], b[i]), mult, off) >> shift);
}

void nn_finish(int8_t *v, int32_t n, const struct nn_output *o)
{
    int32_t low = o->act_min, high = o->act_max;
    if (low > -128 || high < 127)
        for (int32_t i = 0; i < n; i++)
            v[i] = (int8_t)(v[i] < low ? low : v[i] > high ? high : v[i]);
    if (!o->lut)
        return;
    const int8_t *table = o->lut;
    for (; n >= 4; n -= 4, v += 4) {
        uint32_t x = load4(v) ^ 0x80808080u;
        int8_t a = table[x & 255], b = table[x >> 8 & 255], c = table[x >> 16 & 255],
               d = table[x >> 24];
        v[0] = a, v[1] = b, v[2] = c, v[3] = d;
    }
    for (; n > 0; n--, v++)
        *v = table[*v + 128];
}

static int8_t finish(const struct nn_output *o, int32_t acc)
{
    if (o->bias)
        acc += o->bias[0];
    if (o->relu && acc < 0)
        acc = 0;
    int32_t v = smmlar(acc, nn_mult(o, 0), nn_off(o, 0)) >> o->shift;
    v = v < o->act_min ? o->act_min : v > o->act_max ? o->act_max : v;
    return o->lut ? o->lut[v + 128] : (int8_t)v;
}

/* Four channels at a time; packed int16 sums hold 128 pixels. */
void nn_global_avg_pool_s8(const struct nn_pool *p, const int8_t *in, int8_t *out)
{
    int32_t pixels = p->in_h * p->in_w;
    int c = 0;
    for (; c + 4 <= p->c; c += 4) {
        int32_t sum[4] = {0};
        const int8_t *x = in + c;
        for (int32_t i = 0; i < pixels;) {
            uint32_t s02 = 0, s13 = 0;
            int32_t stop = i + 128 < pixels ? i + 128 : pixels;
            for (; i < stop; i++, x += p->c) {
                uint32_t v = load4(x);
                s02 = add_even(s02, v);
                s13 = add_odd(s13, v);
            }
            sum[0] += (int16_t)s02;
            sum[1] += (int16_t)s13;
            sum[2] += (int32_t)s02 >> 16;
            sum[3] += (int32_t)s13 >> 16;
        }
        for (int k = 0; k < 4; k++)
            out[c + k] = finish(&p->out, sum[k] - pixels * p->in_zp);
    }
    for (; c < p->c; c++) {
        int32_t sum = 0;
        for (int32_t i = 0; i < pixels; i++)
            sum += in[i * p->c + c];
        out[c] = finish(&p->out, sum - pixels * p->in_zp);
    }
}

struct vector {      /* offsets are known to nn_vector.S */
    uint32_t bytes;  /* of a row that are read: a multiple of 4, not 0 */
    uint32_t step;   /* from a row to the next */
    uint32_t groups; /* of four rows, 1 or more */
    int32_t *sums;
};

void nn_vector_rows(const uint32_t *x, const int8_t *weights, const struct vector *v);

/* Rows of 8-bit weights by a widened vector, as far as whole words go. */
static void byte_sums(const int8_t *weights, uint32_t k, uint32_t rows, const uint32_t *x,
                      int32_t *sums)
{
    struct vector v = {k & ~3u, k, rows / 4, sums};
    if (v.groups)
        nn_vector_rows(x, weights, &v);
    v.step = 0;
    v.groups = 1;
    for (uint32_t r = rows & ~3u; r < rows; r++) { /* a row four times */
        int32_t same[4];
        v.sums = same;
        nn_vector_rows(x, weights + r * k, &v);
        sums[r] = same[0];
    }
}

/* The same of 4-bit weights, k a multiple of 8; two rows share each load of the vector. */
static void nibble_sums(const int8_t *weights, uint32_t k, uint32_t rows, const uint32_t *x,
                        int32_t *sums)
{
    for (uint32_t r = 0; r < rows; r += 2) {
        int two = r + 1 < rows;
        int32_t a = 0, b = 0;
        const int8_t *w0 = weights + r * (k / 2), *w1 = two ? w0 + k / 2 : w0;
        for (uint32_t i = 0; i < k; i += 8) {
            uint32_t u = load4(w0 + i / 2), v = load4(w1 + i / 2);
            uint32_t x0 = x[i / 2], x1 = x[i / 2 + 1], x2 = x[i / 2 + 2], x3 = x[i / 2 + 3];
            /* pixels (0,1), (4,5); then (2,3), (6,7) */
            uint32_t y0 = pack_low(x0, x1), y1 = pack_low(x2, x3);
            uint32_t y2 = pack_high(x0, x1), y3 = pack_high(x2, x3);
            uint32_t ul = low_nibbles(u), uh = high_nibbles(u), vl = low_nibbles(v),
                     vh = high_nibbles(v);
            /* (0,4), (1,5), (2,6), (3,7) */
            uint32_t u0 = even(ul), u1 = even(uh), u2 = odd(ul), u3 = odd(uh);
            uint32_t v0 = even(vl), v1 = even(vh), v2 = odd(vl), v3 = odd(vh);
            a = smlad(pack_low(u0, u1), y0, smlad(pack_high(u0, u1), y1, a));
            a = smlad(pack_low(u2, u3), y2, smlad(pack_high(u2, u3), y3, a));
            b = smlad(pack_low(v0, v1), y0, smlad(pack_high(v0, v1), y1, b));
            b = smlad(pack_low(v2, v3), y2, smlad(pack_high(v2, v3), y3, b));
        }
        sums[r] = a;
        if (two)
            sums[r + 1] = b;
    }
}

void nn_vector_sums(const void *weights, int wbits, uint32_t k, uint32_t rows, const int8_t *in,
                    int32_t in_zp, uint32_t *x, int32_t *sums)
{
    uint32_t whole = wbits == 8 ? k & ~3u : k % 8 ? 0 : k, minus_zp = pair(-in_zp, -in_zp);
    for (uint32_t i = 0; i < whole; i += 4) {
        uint32_t v = load4(in + i);
        x[i / 2] = add_even(minus_zp, v);
        x[i / 2 + 1] = add_odd(minus_zp, v);
    }
    if (!whole)
        memset(sums, 0, 4 * rows);
    else if (wbits == 8)
        byte_sums(weights, k, rows, x, sums);
    else
        nibble_sums(weights, k, rows, x, sums);
    for (uint32_t r = 0; whole < k && r < rows; r++)
        for (uint32_t i = whole; i < k; i++)
            sums[r] += weight_at(weights, wbits, r * k + i) * (in[i] - in_zp);
}

void nn_fully_connected_s8(const struct nn_fc *p, const int8_t *in, int32_t *logits, void *scratch)
{
    nn_vector_sums(p->weights, p->wbits, (uint32_t)p->in_c, (uint32_t)p->out_c, in, p->in_zp,
                   scratch, logits);
    for (int c = 0; c < p->out_c; c++)
        logits[c] = smmlar(logits[c], p->mult[c], p->off[c]);
}
