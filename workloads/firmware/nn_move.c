/* The layers between convolutions that rescale or move bytes: max pool, scale, concat, slice,
 * channel shuffle. */
#include "nn_dsp.h"
#include "nn_scratch.h"

void nn_max_pool_s8(const struct nn_conv *p, const int8_t *in, int8_t *out)
{
    int row = p->in_w * p->in_c;
    for (int y = 0, y0 = -p->pad_top; y < p->out_h; y++, y0 += p->stride) {
        int top = y0 < 0 ? 0 : y0, bottom = y0 + p->kernel < p->in_h ? y0 + p->kernel : p->in_h;
        for (int x = 0, x0 = -p->pad_left; x < p->out_w; x++, x0 += p->stride_x, out += p->in_c) {
            int left = x0 < 0 ? 0 : x0,
                right = x0 + p->kernel_x < p->in_w ? x0 + p->kernel_x : p->in_w;
            const int8_t *from = in + top * row + left * p->in_c;
            int c = 0;
            for (; c + 4 <= p->in_c; c += 4) {
                uint32_t best = 0x80808080u;
                const int8_t *at = from + c;
                for (int i = top; i < bottom; i++, at += row) {
                    const int8_t *px = at;
                    for (int j = left; j < right; j++, px += p->in_c)
                        best = max4(load4(px), best);
                }
                store4(out + c, best);
            }
            for (; c < p->in_c; c++) {
                int8_t best = -128;
                const int8_t *at = from + c;
                for (int i = top; i < bottom; i++, at += row) {
                    const int8_t *px = at;
                    for (int j = left; j < right; j++, px += p->in_c)
                        best = *px > best ? *px : best;
                }
                out[c] = best;
            }
        }
    }
}

/* One factor a channel, in the order 0,2,1,3 that SXTB16 gives. */
static void scale_one(const struct nn_scale *p, const int8_t *in, const int8_t *factor, int8_t *out,
                      uint32_t *f)
{
    int c4 = p->c & ~3;
    uint32_t minus_base = pair(-p->base[0], -p->base[0]), minus_zp = pair(-p->in_zp, -p->in_zp);
    int32_t mult = p->mult, off = p->off, shift = p->shift;
    for (int c = 0; c < p->c; c += 4) {
        uint32_t v = c < c4 ? load4(factor + c) : load_less(factor + c, p->c - c);
        f[c / 2] = add_even(minus_base, v);
        f[c / 2 + 1] = add_odd(minus_base, v);
    }
    for (int32_t i = 0; i < p->pixels; i++, in += p->c, out += p->c) {
        int c = 0;
        for (; c < c4; c += 4) {
            uint32_t v = load4(in + c), x02 = add_even(minus_zp, v), x13 = add_odd(minus_zp, v),
                     f02 = f[c / 2], f13 = f[c / 2 + 1];
            int32_t a0 = (int32_t)smulbb(x02, f02), a1 = (int32_t)smulbb(x13, f13);
            int32_t a2 = (int32_t)smultt(x02, f02), a3 = (int32_t)smultt(x13, f13);
            out[c] = (int8_t)ssat8(smmlar(a0, mult, off) >> shift);
            out[c + 1] = (int8_t)ssat8(smmlar(a1, mult, off) >> shift);
            out[c + 2] = (int8_t)ssat8(smmlar(a2, mult, off) >> shift);
            out[c + 3] = (int8_t)ssat8(smmlar(a3, mult, off) >> shift);
        }
        for (; c < p->c; c++) {
            int32_t a = (in[c] - p->in_zp) * (factor[c] - p->base[0]);
            out[c] = (int8_t)ssat8(smmlar(a, mult, off) >> shift);
        }
    }
}

struct beside { /* of a channel */
    uint32_t f01, f23;
    int32_t at; /* the channel whose value enters beside its own */
};
_Static_assert(sizeof(struct beside) == NN_SCALE_CHANNEL, "size is known to the planner");

void nn_scale_s8(const struct nn_scale *p, const int8_t *in, const int8_t *factor, int8_t *out,
                 void *scratch)
{
    if (p->sets == 1) {
        scale_one(p, in, factor, out, scratch);
        return;
    }
    struct beside *b = scratch;
    int each = p->c / p->groups, last = p->c - each;
    for (int c = 0, place = 0, group = 0; c < p->c; c++) {
        const int8_t *f = factor + c;
        int next = place + 1 == each ? 0 : place + 1;
        b[c].f01 = pair(f[0] - p->base[0], f[p->c] - p->base[1]);
        b[c].f23 =
            p->sets == 4 ? pair(f[2 * p->c] - p->base[2], f[3 * p->c] - p->base[3]) : b[c].f01;
        b[c].at = (group == last ? 0 : group + each) + next;
        place = next;
        group += place ? 0 : each;
    }
    int32_t zp = p->in_zp, mult = p->mult, off = p->off, shift = p->shift;
    for (int32_t i = 0; i < p->pixels; i++, in += p->c, out += p->c)
        for (int c = 0; c < p->c; c++) {
            uint32_t xy = pair(in[c] - zp, in[b[c].at] - zp);
            int32_t a = smlad(xy, b[c].f01, 0), other = smlad(xy, b[c].f23, 0);
            out[c] = (int8_t)ssat8(smmlar(other > a ? other : a, mult, off) >> shift);
        }
}

static void rescale(const int8_t *in, int32_t n, int32_t mult, int32_t off, int32_t shift,
                    int8_t *out)
{
    if (mult == 1 << shift && off >= 0 && off < 1 << shift) { /* the same scale */
        copy_bytes(out, in, n);
        return;
    }
    for (int32_t i = 0; i < n; i++)
        out[i] = (int8_t)ssat8((in[i] * mult + off) >> shift);
}

void nn_concat_s8(const struct nn_concat *p, const int8_t *a, const int8_t *b, int8_t *out)
{
    int32_t na = p->c[0], nb = p->c[1];
    for (int32_t i = 0; i < p->pixels; i++, a += na, b += nb, out += na + nb) {
        rescale(a, na, p->mult[0], p->off[0], p->shift[0], out);
        rescale(b, nb, p->mult[1], p->off[1], p->shift[1], out + na);
    }
}

void nn_slice_s8(const struct nn_channels *p, const int8_t *in, int8_t *out)
{
    in += p->first;
    for (int32_t i = 0; i < p->pixels; i++, in += p->in_c, out += p->out_c)
        copy_bytes(out, in, p->out_c);
}

void nn_channel_shuffle_s8(const struct nn_channels *p, const int8_t *in, int8_t *out)
{
    int rows = p->first, columns = p->in_c / rows;
    for (int32_t i = 0; i < p->pixels; i++, in += p->in_c, out += p->in_c) {
        int from = 0;
        for (; rows == 2 && from + 4 <= columns;
             from += 4) { /* a0 a1.. and b0 b1.. to a0 b0 a1 b1.. */
            uint32_t a = load4(in + from), b = load4(in + columns + from);
            uint32_t even = (a & 0x00FF00FFu) | (b & 0x00FF00FFu) << 8,
                     odd = (a >> 8 & 0x00FF00FFu) | (b & 0xFF00FF00u);
            store4(out + 2 * from, pack_low(even, odd));
            store4(out + 2 * from + 4, pack_high(even, odd));
        }
        for (int r = 0; r < rows; r++) {
            int8_t *to = out + from * rows + r;
            const int8_t *x = in + r * columns;
            for (int c = from; c < columns; c++, to += rows)
                *to = x[c];
        }
    }
}
