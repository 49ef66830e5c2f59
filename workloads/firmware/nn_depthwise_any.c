/* Depthwise with any window over a ring of widened input rows, stride_x 1 or 2, any number of
 * outputs for each input channel.
 *
 * `block` channels are done together, four by four. For each group of four a ring holds `kernel`
 * rows (slot = row mod kernel) of pairs of columns: word[slot][pair][channel], two int16 each,
 * minus the zero point. When an output row is written, the input rows it needs are all in the ring:
 * with stride 1 and equal sizes and channels the output may lie on the input. Rows turn through the
 * slots, so the weights are turned instead of the data. Four neighbouring outputs at a time, two at
 * the end of a row. An even output is the dot product of its pairs with the taps (0,1) (2,3)..., an
 * odd one, which begins in the middle of a pair, with (-,0) (1,2)...: no packing. */
#include <string.h>

#include "nn_dsp.h"
#include "nn_scratch.h"

/* behind it the taps: per row and word one for an even output, one for an odd one */
struct channel {
    int32_t bias, mult, off, shift; /* shift: of its own, .tflite files */
};

struct rows { /* one output row of all channels of a block */
    const struct channel *channel;
    const uint32_t *ring;
    int8_t *out;
    int32_t channels, each; /* of the input; outputs of one */
    int32_t step, width, exact, relu;
    uint32_t kernel, words; /* rows of the window; words of a row's taps */
    uint32_t turn;          /* words into the taps where slot 0 begins */
    uint32_t channel_words; /* of a channel and its taps */
    uint32_t row_words, group_words;
};

static void prepare(const struct nn_conv *p, int c, struct channel *k)
{
    uint32_t *to = (uint32_t *)(k + 1), width = (uint32_t)p->kernel_x,
             words = nn_depthwise_words(p);
    k->bias = p->out.bias ? p->out.bias[c] : 0;
    k->mult = nn_mult(&p->out, c);
    k->off = p->out.shifts ? nn_exact_offset(&p->out, c) : nn_off(&p->out, c);
    k->shift = p->out.shifts ? -p->out.shifts[c] : p->out.shift;
    uint32_t rows = (uint32_t)p->kernel, first = (uint32_t)c * rows * width;
    for (uint32_t r = 0; r < rows; r++, first += width) {
        int32_t before = 0;
        for (uint32_t j = 0; j < words; j++, to += 2) {
            int32_t a = 2 * j < width ? weight_at(p->weights, p->wbits, first + 2 * j) : 0;
            int32_t b = 2 * j + 1 < width ? weight_at(p->weights, p->wbits, first + 2 * j + 1) : 0;
            to[0] = pair(a, b);
            to[1] = pair(before, a);
            before = b;
        }
    }
    memcpy(to, k + 1, 8 * words * (rows - 1));
}

/* Four sums, or two (`n` a constant), to outputs `step` bytes apart, of which `left` exist. */
static inline __attribute__((always_inline)) void
finish(const struct rows *r, const struct channel *k, int32_t *a, int n, int8_t *out, int32_t left)
{
    int32_t mult = k->mult, off = k->off, shift = k->shift, step = r->step;
    if (r->relu)
#pragma GCC unroll 4
        for (int i = 0; i < n; i++)
            a[i] &= ~(a[i] >> 31);
    if (r->exact) {
#pragma GCC unroll 4
        for (int i = 0; i < n; i++)
            a[i] = smmlar(2 * a[i], mult, off + (a[i] >> 31));
    } else {
#pragma GCC unroll 4
        for (int i = 0; i < n; i++)
            a[i] = smmlar(a[i], mult, off);
    }
#pragma GCC unroll 4
    for (int i = 0; i < n; i++)
        a[i] = ssat8(a[i] >> shift);
    out[0] = (int8_t)a[0];
    if (n == 4) {
        out[step] = (int8_t)a[1];
        out[2 * step] = (int8_t)a[2];
        if (left > 3)
            out[3 * step] = (int8_t)a[3];
    } else if (left > 1) {
        out[step] = (int8_t)a[1];
    }
}

/* `words`, `stride` and `n` (four or two outputs) are constants where this is inlined: the inner
 * loops are unrolled. */
static inline __attribute__((always_inline)) void
outputs(const struct rows *r, const struct channel *k, const uint32_t *data, const uint32_t *taps,
        uint32_t words, int stride, int n, int8_t *out, int32_t left)
{
    int32_t a0 = k->bias, a1 = a0, a2 = a0, a3 = a0;
    uint32_t row_words = r->row_words;
    for (uint32_t ky = r->kernel; ky > 0; ky--, data += row_words, taps += 2 * words) {
        uint32_t d0 = data[0], d1 = stride == 2 ? data[4] : 0,
                 d2 = stride == 2 && n == 4 ? data[8] : 0;
#pragma GCC unroll 4
        for (uint32_t j = 0; j < words; j++) {
            uint32_t e = taps[2 * j], o = stride == 1 ? taps[2 * j + 1] : 0;
            if (stride == 1) {
                a0 = smlad(d0, e, a0);
                a1 = smlad(d0, o, a1);
                if (n == 4 || j + 1 < words)
                    d0 = data[4 * (j + 1)];
                if (n == 4) {
                    a2 = smlad(d0, e, a2);
                    a3 = smlad(d0, o, a3);
                }
            } else {
                a0 = smlad(d0, e, a0);
                a1 = smlad(d1, e, a1);
                if (n == 4) {
                    uint32_t d3 = data[4 * (j + 3)];
                    a2 = smlad(d2, e, a2);
                    a3 = smlad(d3, e, a3);
                    d0 = d1, d1 = d2, d2 = d3;
                } else {
                    d0 = d1, d1 = data[4 * (j + 2)];
                }
            }
        }
    }
    int32_t a[4] = {a0, a1, a2, a3};
    finish(r, k, a, n, out, left);
}

static inline __attribute__((always_inline)) void rows_of(const struct rows *r, uint32_t words,
                                                          int stride)
{
    const struct channel *k = r->channel;
    const uint32_t *ring = r->ring;
    int8_t *out = r->out;
    int32_t each = r->each;
    for (int32_t c = 0; c < r->channels;) {
        const uint32_t *taps = (const uint32_t *)(k + 1) + r->turn, *data = ring;
        int8_t *to = out++;
        int32_t left = r->width;
        for (; left > 2; left -= 4, data += 8 * stride, to += 4 * r->step)
            outputs(r, k, data, taps, words, stride, 4, to, left);
        if (left > 0)
            outputs(r, k, data, taps, words, stride, 2, to, left);
        k = (const struct channel *)(const void *)((const uint32_t *)k + r->channel_words);
        if (--each == 0) {
            ring += (c & 3) == 3 ? r->group_words - 3 : 1;
            each = r->each;
            c++;
        }
    }
}

static void rows_s1_1(const struct rows *r)
{
    rows_of(r, 1, 1);
}
static void rows_s1_2(const struct rows *r)
{
    rows_of(r, 2, 1);
}
static void rows_s1_3(const struct rows *r)
{
    rows_of(r, 3, 1);
}
static void rows_s1_4(const struct rows *r)
{
    rows_of(r, 4, 1);
}
static void rows_s1_any(const struct rows *r)
{
    rows_of(r, r->words, 1);
}
static void rows_s2_2(const struct rows *r)
{
    rows_of(r, 2, 2);
}
static void rows_s2_3(const struct rows *r)
{
    rows_of(r, 3, 2);
}
static void rows_s2_4(const struct rows *r)
{
    rows_of(r, 4, 2);
}
static void rows_s2_any(const struct rows *r)
{
    rows_of(r, r->words, 2);
}

/* minus: zero points negated, of channels 0 and 2, of 1 and 3. */
static inline void put(uint32_t *to, const uint32_t *minus, uint32_t left, uint32_t right)
{
    uint32_t e0 = add_even(minus[0], left), e1 = add_odd(minus[1], left);
    uint32_t f0 = add_even(minus[0], right), f1 = add_odd(minus[1], right);
    to[0] = pack_low(e0, f0);
    to[1] = pack_low(e1, f1);
    to[2] = pack_high(e0, f0);
    to[3] = pack_high(e1, f1);
}

/* The zero points of channels c to c + n - 1, n = 1..4. */
static uint32_t zeros(const struct nn_conv *p, int c, int n)
{
    if (!p->in_zero)
        return (uint32_t)(uint8_t)p->in_zp * 0x01010101u;
    return n == 4 ? load4(p->in_zero + c) : load_less(p->in_zero + c, n);
}

/* An input row of four channels, or of the last n = 1..3; the columns behind `pad` of them. zp:
 * their zero points. */
static void gather(const int8_t *x, int step, int width, int n, int pad, uint32_t zp, uint32_t *to)
{
    const uint32_t minus[2] = {sub_pairs(0, even(zp)), sub_pairs(0, odd(zp))};
    to += pad / 2 * 4;
    if (pad & 1) {
        put(to, minus, zp, n == 4 ? load4(x) : load_less(x, n));
        to += 4, x += step, width--;
    }
    if (n == 4)
        for (; width >= 2; width -= 2, to += 4, x += 2 * step)
            put(to, minus, load4(x), load4(x + step));
    else
        for (; width >= 2; width -= 2, to += 4, x += 2 * step)
            put(to, minus, load_less(x, n), load_less(x + step, n));
    if (width)
        put(to, minus, n == 4 ? load4(x) : load_less(x, n), zp);
}

void nn_depthwise_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    static void (*const kernels[2][5])(const struct rows *) = {
        {rows_s1_any, rows_s1_1, rows_s1_2, rows_s1_3, rows_s1_4},
        {rows_s2_any, rows_s2_any, rows_s2_2, rows_s2_3, rows_s2_4}};
    uint32_t words = nn_depthwise_words(p), kernel = (uint32_t)p->kernel,
             channel_words = 4 + nn_depthwise_taps(p);
    int each = p->out_c / p->in_c;
    uint32_t *constants = scratch, *rings = constants + (uint32_t)(p->block * each) * channel_words;
    void (*rows)(const struct rows *) = kernels[p->stride_x - 1][words <= 4 ? words : 0];
    int row_bytes = p->in_w * p->in_c;
    struct rows r = {
        .each = each,
        .channel = (const struct channel *)(const void *)constants,
        .ring = rings,
        .step = p->out_c,
        .width = p->out_w,
        .exact = p->out.shifts != 0,
        .relu = p->out.relu,
        .kernel = kernel,
        .words = words,
        .channel_words = channel_words,
        .row_words = 4 * nn_depthwise_pairs(p),
    };
    r.group_words = kernel * r.row_words;
    /* Columns beside the row are never written: zero once. */
    memset(rings, 0, (uint32_t)p->block / 4 * r.group_words * 4);
    for (int first = 0; first < p->in_c; first += p->block) {
        int channels = p->in_c - first < p->block ? p->in_c - first : p->block;
        for (int c = 0; c < channels * each; c++)
            prepare(p, first * each + c,
                    (struct channel *)(void *)(constants + (uint32_t)c * channel_words));
        r.channels = channels;
        uint32_t slot = 0, top = 0; /* of the next input row; of the window's first row */
        int have = -p->pad_top;
        const int8_t *row = in + first;
        r.out = out + first * each;
        for (int y = 0, end = (int)kernel - p->pad_top; y < p->out_h; y++, end += p->stride) {
            for (; have < end; have++, slot = slot + 1 == kernel ? 0 : slot + 1) {
                int inside = have >= 0 && have < p->in_h;
                uint32_t *to = rings + slot * r.row_words;
                for (int c = 0; c < channels; c += 4, to += r.group_words) {
                    int n = channels - c < 4 ? channels - c : 4;
                    if (inside)
                        gather(row + c, p->in_c, p->in_w, n, p->pad_left, zeros(p, first + c, n),
                               to);
                    else
                        memset(to, 0, r.row_words * 4);
                }
                row += inside ? row_bytes : 0;
            }
            r.turn = top ? (kernel - top) * 2 * words : 0;
            rows(&r);
            r.out += p->out_w * p->out_c;
            top = (top + (uint32_t)p->stride) % kernel;
        }
    }
    finish_all(out, p->out_h * p->out_w * p->out_c, &p->out);
}
