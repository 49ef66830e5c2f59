/* Pointwise and general convolution as a matrix product over widened operands.
 *
 * A block of pixels is widened to int16 once (minus the zero point, so that padding is 0), two
 * pixels interleaved by words; for every 4 output channels the weights are widened once per block,
 * four channels interleaved. The tile of 2 pixels x 4 channels is nn_product_tiles (nn_product.S).
 * Both operands hold their channels in the order 0,2,1,3 that SXTB16 gives. All inputs of a block
 * are read before any of its outputs is written. */
#include <string.h>

#include "nn_dsp.h"
#include "nn_scratch.h"

struct tiles { /* offsets are known to nn_product.S */
    int32_t bias[4];
    struct {
        int32_t mult, off;
    } out[4];
    int32_t shift,
        relu;         /* 48, 52; relu 2: the output stage of .tflite files, a shift in each byte */
    int8_t *to;       /* 56: channel 0 of the four */
    int32_t out_step; /* 60: bytes from one pixel to the next */
    int32_t pairs;    /* 64: of pixels, 1 or more */
    int32_t depth;    /* 68: words of a widened pixel, even */
};
_Static_assert(sizeof(struct tiles) <= NN_TILE_CONSTANTS, "constants outgrow their room");

void nn_product_tiles(const uint32_t *pixels, const uint32_t *weights, const struct tiles *t);

/* Four rows of k weights -> words of channel 0,1,2,3 in turn; rows from `rows` on are zero. */
static void widen_weights(const struct nn_conv *p, uint32_t k, uint32_t first, int rows,
                          uint32_t *to)
{
    uint32_t whole = k / 4;
    if (p->wbits == 8) {
        const int8_t *w = (const int8_t *)p->weights + first * k;
        const int8_t *w1 = rows > 1 ? w + k : w, *w2 = rows > 2 ? w + 2 * k : w,
                     *w3 = rows > 3 ? w + 3 * k : w;
#pragma GCC unroll 2
        for (uint32_t i = 0; i < whole; i++, to += 8) {
            uint32_t a = load4(w + 4 * i), b = load4(w1 + 4 * i), c = load4(w2 + 4 * i),
                     d = load4(w3 + 4 * i);
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
                /* weights 0,2,4,6 and 1,3,5,7 */
                uint32_t low = low_nibbles(v), high = high_nibbles(v);
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
static uint32_t *widen_pair(const int8_t *a, const int8_t *b, uint32_t k, uint32_t minus_zp,
                            uint32_t *to)
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

/* Offsets and shifts of four channels as .tflite files have them. */
__attribute__((noinline)) static void exact_constants(const struct nn_conv *p, int c, int rows,
                                                      struct tiles *t)
{
    uint32_t shifts = 0;
    for (int r = 0; r < 4; r++) {
        int at = r < rows ? c + r : c;
        t->out[r].off = nn_exact_offset(&p->out, at);
        shifts |= (uint32_t)-p->out.shifts[at] << 8 * r;
    }
    t->shift = (int32_t)shifts;
}

/* Output channels [from, to) of `count` widened pixels whose outputs start at `out`. `spare`: 4
 * bytes per pixel and 4 more. */
static void block_outputs(const struct nn_conv *p, uint32_t k, int from, int to, struct tiles *t,
                          uint32_t *weights, const uint32_t *pixels, int count, int8_t *out,
                          int8_t *spare)
{
    uint32_t depth = (k + 3) / 4 * 2;
    t->depth = (int32_t)depth;
    t->shift = p->out.shift;
    t->relu = p->out.shifts ? 2 : p->out.relu;
    for (int c = from; c < to; c += 4) {
        int rows = to - c < 4 ? to - c : 4;
        widen_weights(p, k, (uint32_t)c, rows, weights);
        for (int r = 0; r < 4; r++) {
            int at = r < rows ? c + r : c;
            t->bias[r] = p->out.bias ? p->out.bias[at] : 0;
            t->out[r].mult = nn_mult(&p->out, at);
            t->out[r].off = nn_off(&p->out, at);
        }
        if (p->out.shifts)
            exact_constants(p, c, rows, t);
        /* the tile always writes 4 bytes a pixel: keep them away from the neighbour */
        if (rows < 4) {
            t->to = spare;
            t->out_step = 4;
            t->pairs = (count + 1) / 2;
            nn_product_tiles(pixels, weights, t);
            int8_t *o = out + c;
            for (int i = 0; i < count; i++, o += p->out_c)
                for (int r = 0; r < rows; r++)
                    o[r] = spare[4 * i + r];
            continue;
        }
        t->to = out + c;
        t->out_step = p->out_c;
        t->pairs = count / 2;
        if (t->pairs)
            nn_product_tiles(pixels, weights, t);
        if (count & 1) { /* the second pixel of the last pair does not exist */
            t->to = out + (count - 1) * p->out_c + c;
            t->out_step = (int32_t)((uintptr_t)spare - (uintptr_t)t->to);
            t->pairs = 1;
            nn_product_tiles(pixels + (uint32_t)(count / 2) * 2 * depth, weights, t);
        }
    }
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

/* One pixel: no weight is used twice, and its sums are all there before an output is written. */
static void one_pixel(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    const struct nn_output o = p->out; /* a copy: stores of bytes may not change it */
    int channels = p->out_c;
    uint32_t *x = scratch;
    int32_t *sums = (int32_t *)(void *)(x + nn_round_up((uint32_t)p->in_c, 4) / 2);
    nn_vector_sums(p->weights, p->wbits, (uint32_t)p->in_c, (uint32_t)channels, in, p->in_zp, x,
                   sums);
    for (int c = 0; o.bias && c < channels; c++)
        sums[c] += o.bias[c];
    if (o.shifts) {
        const int32_t *mult = o.mult;
        for (int c = 0; c < channels; c++) {
            int32_t acc = sums[c], off = nn_exact_offset(&o, c) + (acc >> 31);
            out[c] = (int8_t)ssat8(smmlar(2 * acc, mult[c], off) >> -o.shifts[c]);
        }
    } else {
        for (int c = 0; c < channels; c++) {
            int32_t acc = o.relu && sums[c] < 0 ? 0 : sums[c];
            out[c] = (int8_t)ssat8(smmlar(acc, nn_mult(&o, c), nn_off(&o, c)) >> o.shift);
        }
    }
    finish_all(out, channels, &p->out);
}

void nn_pointwise_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    if (!p->block) {
        one_pixel(p, in, out, scratch);
        return;
    }
    uint32_t k = (uint32_t)p->in_c, minus_zp = pair(-p->in_zp, -p->in_zp);
    int pixels = p->out_h * p->out_w;
    struct areas a = divide(scratch, k, (uint32_t)p->block);
    for (int first = 0; first < pixels; first += p->block) {
        int count = pixels - first < p->block ? pixels - first : p->block;
        const int8_t *x = in + first * p->in_c;
        uint32_t *to = a.pixels;
        for (int i = 0; i < count; i += 2, x += 2 * p->in_c)
            to = widen_pair(x, i + 1 < count ? x + p->in_c : x, k, minus_zp, to);
        block_outputs(p, k, 0, p->out_c, a.tiles, a.weights, a.pixels, count,
                      out + first * p->out_c, a.spare);
        finish_all(out + first * p->out_c, count * p->out_c, &p->out);
    }
}

struct window { /* where the windows of a row of outputs lie */
    /* the window's first pixel, first channel of the group; may lie outside of the map */
    const int8_t *at;
    int y, x;      /* its row and column in the map */
    int ic;        /* channels of the group */
    int row, step; /* bytes from an input row to the next; from a window to the next in its row */
    /* column behind the last window of a row; bytes from there to the first window of the next
     * row */
    int end, turn;
};

/* A window's bytes in the order of the weights; outside of the map is the zero point. */
static void gather_window(const struct nn_conv *p, const struct window *w, int8_t *to)
{
    int whole = p->groups == 1 && w->x >= 0 && w->x + p->kernel_x <= p->in_w,
        bytes = p->kernel_x * w->ic;
    const int8_t *from = w->at;
    for (int ky = 0; ky < p->kernel; ky++, from += w->row) {
        int8_t *end = to + bytes;
        if (w->y + ky < 0 || w->y + ky >= p->in_h) {
            while (to < end)
                *to++ = (int8_t)p->in_zp;
        } else if (whole) {
            copy_bytes(to, from, bytes);
            to = end;
        } else {
            const int8_t *px = from;
            for (int x = w->x; to < end; x++, to += w->ic, px += p->in_c)
                if (x >= 0 && x < p->in_w)
                    copy_bytes(to, px, w->ic);
                else
                    memset(to, p->in_zp, (uint32_t)w->ic);
        }
    }
}

/* To the next output. */
static void advance(const struct nn_conv *p, struct window *w)
{
    w->x += p->stride_x;
    w->at += w->step;
    if (w->x >= w->end) {
        w->at += w->turn;
        w->x = -p->pad_left;
        w->y += p->stride;
    }
}

/* Group by group; with one group, all inputs of a block are read before any of its outputs is
 * written. */
void nn_conv_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    int ic = p->in_c / p->groups, oc = p->out_c / p->groups, pixels = p->out_h * p->out_w;
    int direct = p->kernel == 1 && p->kernel_x == 1 && !p->pad_top && !p->pad_left;
    uint32_t k = (uint32_t)(p->kernel * p->kernel_x * ic), minus_zp = pair(-p->in_zp, -p->in_zp);
    struct areas a = divide(scratch, k, (uint32_t)p->block);
    int8_t *patch[2] = {a.spare + 4 * nn_round_up((uint32_t)p->block, 2)};
    patch[1] = patch[0] + nn_round_up(k, 4);
    struct window start = {.y = -p->pad_top,
                           .x = -p->pad_left,
                           .ic = ic,
                           .row = p->in_w * p->in_c,
                           .step = p->stride_x * p->in_c,
                           .end = p->stride_x * p->out_w - p->pad_left};
    start.at = in + start.y * start.row + start.x * p->in_c;
    start.turn = p->stride * start.row - p->out_w * start.step;
    for (int g = 0; g < p->groups; g++) {
        struct window w = start;
        w.at += g * ic;
        for (int first = 0; first < pixels; first += p->block) {
            int count = pixels - first < p->block ? pixels - first : p->block;
            uint32_t *to = a.pixels;
            for (int i = 0; i < count; i += 2) {
                const int8_t *v[2] = {patch[0], patch[0]};
                for (int j = 0; j < 2 && i + j < count; j++) {
                    v[j] = direct ? w.at : patch[j];
                    if (!direct)
                        gather_window(p, &w, patch[j]);
                    advance(p, &w);
                }
                to = widen_pair(v[0], i + 1 < count ? v[1] : v[0], k, minus_zp, to);
            }
            block_outputs(p, k, g * oc, (g + 1) * oc, a.tiles, a.weights, a.pixels, count,
                          out + first * p->out_c, a.spare);
        }
    }
    finish_all(out, pixels * p->out_c, &p->out);
}
