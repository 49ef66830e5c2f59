/* The arithmetic of nn.h, one operation after the other. No tricks: this file is what the fast
 * kernels are compared with, on the host and on the target. */
#include "nn_fixed.h"

#include <stddef.h>

#define UNUSED(x) ((void)(x))

static int32_t weight_at(const void *weights, int wbits, size_t i)
{
    if (wbits == 8)
        return ((const int8_t *)weights)[i];
    int32_t nibble = ((const uint8_t *)weights)[i / 2] >> (i % 2 * 4) & 15;
    return (nibble - ((nibble & 8) << 1)) * 16;
}

/* Arithmetic right shift, also where the compiler would not promise one. */
static int32_t shift_right(int32_t v, int32_t shift)
{
    return v < 0 ? ~(~v >> shift) : v >> shift;
}

static int32_t multiply_add(int32_t acc, int32_t mult, int32_t off)
{
    int64_t sum = (int64_t)acc * mult + (int64_t)off * ((int64_t)1 << 32) + ((int64_t)1 << 31);
    return (int32_t)(sum < 0 ? ~(~sum >> 32) : sum >> 32);
}

static int8_t output_stage(int32_t acc, const struct nn_output *o, int c)
{
    if (o->bias)
        acc += o->bias[c];
    if (o->shifts) {
        struct nn_fixed f = {nn_mult(o, c), o->shifts[c]};
        int8_t v = nn_clamp(nn_off(o, c) + nn_times(acc, f), o->act_min, o->act_max);
        return o->lut ? o->lut[v + 128] : v;
    }
    if (o->relu && acc < 0)
        acc = 0;
    int32_t v = shift_right(multiply_add(acc, nn_mult(o, c), nn_off(o, c)), o->shift);
    v = v < o->act_min ? o->act_min : v > o->act_max ? o->act_max : v;
    return o->lut ? o->lut[v + 128] : (int8_t)v;
}

static int8_t saturate(int32_t v)
{
    return (int8_t)(v < -128 ? -128 : v > 127 ? 127 : v);
}

/* One value of a convolution at output position (y, x) of channel oc. */
static int8_t conv_at(const struct nn_conv *p, const int8_t *in, int y, int x, int oc)
{
    int32_t acc = 0;
    int ic = p->in_c / p->groups, first = oc / (p->out_c / p->groups) * ic;
    int32_t zp = p->in_zero ? p->in_zero[first] : p->in_zp;
    for (int ky = 0; ky < p->kernel; ky++)
        for (int kx = 0; kx < p->kernel_x; kx++) {
            int iy = y * p->stride - p->pad_top + ky, ix = x * p->stride_x - p->pad_left + kx;
            if (iy < 0 || iy >= p->in_h || ix < 0 || ix >= p->in_w)
                continue;
            size_t w =
                (((size_t)oc * (size_t)p->kernel + (size_t)ky) * (size_t)p->kernel_x + (size_t)kx) *
                (size_t)ic;
            const int8_t *px =
                in + ((size_t)iy * (size_t)p->in_w + (size_t)ix) * (size_t)p->in_c + first;
            for (int c = 0; c < ic; c++)
                acc += weight_at(p->weights, p->wbits, w + (size_t)c) * (px[c] - zp);
        }
    return output_stage(acc, &p->out, oc);
}

void nn_stem_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    UNUSED(scratch);
    for (int y = 0; y < p->out_h; y++)
        for (int x = 0; x < p->out_w; x++)
            for (int c = 0; c < p->out_c; c++) {
                int8_t best = -128;
                for (int i = 0; i < 4; i++) {
                    int8_t v = conv_at(p, in, 2 * y + i / 2, 2 * x + i % 2, c);
                    best = v > best ? v : best;
                }
                *out++ = best;
            }
}

void nn_conv_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    UNUSED(scratch);
    for (int y = 0; y < p->out_h; y++)
        for (int x = 0; x < p->out_w; x++)
            for (int c = 0; c < p->out_c; c++)
                *out++ = conv_at(p, in, y, x, c);
}

void nn_depthwise3x3_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    nn_conv_s8(p, in, out, scratch);
}

void nn_depthwise_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    nn_conv_s8(p, in, out, scratch);
}

static int32_t dot(const void *weights, int wbits, size_t first, const int8_t *x, int n, int32_t zp)
{
    int32_t acc = 0;
    for (int i = 0; i < n; i++)
        acc += weight_at(weights, wbits, first + (size_t)i) * (x[i] - zp);
    return acc;
}

void nn_pointwise_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    UNUSED(scratch);
    for (size_t i = 0; i < (size_t)p->out_h * (size_t)p->out_w; i++)
        for (int c = 0; c < p->out_c; c++)
            *out++ = output_stage(dot(p->weights, p->wbits, (size_t)c * (size_t)p->in_c,
                                      in + i * (size_t)p->in_c, p->in_c, p->in_zp),
                                  &p->out, c);
}

void nn_add_s8(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *out)
{
    for (int32_t i = 0; i < p->n; i++) {
        int32_t mult_a = p->mult_a, mult_b = p->mult_b, off = p->off;
        if (p->c) {
            int32_t both = p->mult[i % p->c];
            mult_a = (int16_t)both, mult_b = shift_right(both, 16), off = p->offs[i % p->c];
        }
        out[i] = saturate(shift_right(a[i] * mult_a + b[i] * mult_b + off, p->shift));
    }
}

void nn_max_pool_s8(const struct nn_conv *p, const int8_t *in, int8_t *out)
{
    for (int y = 0; y < p->out_h; y++)
        for (int x = 0; x < p->out_w; x++)
            for (int c = 0; c < p->in_c; c++) {
                int8_t best = -128;
                for (int k = 0; k < p->kernel * p->kernel_x; k++) {
                    int iy = y * p->stride - p->pad_top + k / p->kernel_x,
                        ix = x * p->stride_x - p->pad_left + k % p->kernel_x;
                    if (iy < 0 || iy >= p->in_h || ix < 0 || ix >= p->in_w)
                        continue;
                    int8_t v = in[((size_t)iy * (size_t)p->in_w + (size_t)ix) * (size_t)p->in_c +
                                  (size_t)c];
                    best = v > best ? v : best;
                }
                *out++ = best;
            }
}

void nn_global_avg_pool_s8(const struct nn_pool *p, const int8_t *in, int8_t *out)
{
    for (int c = 0; c < p->c; c++) {
        int32_t acc = 0;
        for (int i = 0; i < p->in_h * p->in_w; i++)
            acc += in[(size_t)i * (size_t)p->c + (size_t)c] - p->in_zp;
        out[c] = output_stage(acc, &p->out, 0);
    }
}

void nn_fully_connected_s8(const struct nn_fc *p, const int8_t *in, int32_t *logits, void *scratch)
{
    UNUSED(scratch);
    for (int c = 0; c < p->out_c; c++)
        logits[c] = multiply_add(
            dot(p->weights, p->wbits, (size_t)c * (size_t)p->in_c, in, p->in_c, p->in_zp),
            p->mult[c], p->off[c]);
}

/* The channel whose value enters beside that of channel c. */
static int beside(const struct nn_scale *p, int c)
{
    int each = p->c / p->groups, group = c / each, place = c % each;
    return (group + 1) % p->groups * each + (place + 1) % each;
}

void nn_scale_s8(const struct nn_scale *p, const int8_t *in, const int8_t *factor, int8_t *out,
                 void *scratch)
{
    UNUSED(scratch);
    for (int32_t i = 0; i < p->pixels; i++, in += p->c)
        for (int c = 0; c < p->c; c++) {
            int32_t x = in[c] - p->in_zp, y = in[beside(p, c)] - p->in_zp, f[4] = {0};
            for (int j = 0; j < p->sets; j++)
                f[j] = factor[j * p->c + c] - p->base[j];
            int32_t acc = x * f[0] + y * f[1], other = x * f[2] + y * f[3];
            if (p->sets == 4 && other > acc)
                acc = other;
            *out++ = saturate(shift_right(multiply_add(acc, p->mult, p->off), p->shift));
        }
}

void nn_concat_s8(const struct nn_concat *p, const int8_t *a, const int8_t *b, int8_t *out)
{
    for (int32_t i = 0; i < p->pixels; i++) {
        for (int c = 0; c < p->c[0]; c++)
            *out++ = saturate(shift_right(*a++ * p->mult[0] + p->off[0], p->shift[0]));
        for (int c = 0; c < p->c[1]; c++)
            *out++ = saturate(shift_right(*b++ * p->mult[1] + p->off[1], p->shift[1]));
    }
}

void nn_slice_s8(const struct nn_channels *p, const int8_t *in, int8_t *out)
{
    for (int32_t i = 0; i < p->pixels; i++, in += p->in_c)
        for (int c = 0; c < p->out_c; c++)
            *out++ = in[p->first + c];
}

void nn_channel_shuffle_s8(const struct nn_channels *p, const int8_t *in, int8_t *out)
{
    int rows = p->first, columns = p->in_c / rows;
    for (int32_t i = 0; i < p->pixels; i++, in += p->in_c)
        for (int c = 0; c < p->in_c; c++)
            *out++ = in[c % rows * columns + c / rows];
}
