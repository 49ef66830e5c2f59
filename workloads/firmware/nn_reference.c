/* The arithmetic of nn.h, one operation after the other. No tricks: this file is what the fast kernels are compared
 * with, on the host and on the target. */
#include "nn.h"

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
    if (o->relu && acc < 0)
        acc = 0;
    int32_t v = shift_right(multiply_add(acc, o->mult[c], o->off[c]), o->shift);
    return (int8_t)(v < o->act_min ? o->act_min : v > o->act_max ? o->act_max : v);
}

/* One value of a 3x3 convolution at output position (y, x) of channel oc. */
static int8_t conv3x3_at(const struct nn_conv *p, const int8_t *in, int y, int x, int oc)
{
    int32_t acc = 0;
    for (int ky = 0; ky < 3; ky++)
        for (int kx = 0; kx < 3; kx++) {
            int iy = y * p->stride - p->pad_top + ky, ix = x * p->stride - p->pad_left + kx;
            if (iy < 0 || iy >= p->in_h || ix < 0 || ix >= p->in_w)
                continue;
            size_t w = ((size_t)oc * 9 + (size_t)(ky * 3 + kx)) * (size_t)p->in_c;
            const int8_t *px = in + ((size_t)iy * (size_t)p->in_w + (size_t)ix) * (size_t)p->in_c;
            for (int c = 0; c < p->in_c; c++)
                acc += weight_at(p->weights, p->wbits, w + (size_t)c) * (px[c] - p->in_zp);
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
                    int8_t v = conv3x3_at(p, in, 2 * y + i / 2, 2 * x + i % 2, c);
                    best = v > best ? v : best;
                }
                *out++ = best;
            }
}

void nn_conv3x3_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    UNUSED(scratch);
    for (int y = 0; y < p->out_h; y++)
        for (int x = 0; x < p->out_w; x++)
            for (int c = 0; c < p->out_c; c++)
                *out++ = conv3x3_at(p, in, y, x, c);
}

void nn_depthwise3x3_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch)
{
    UNUSED(scratch);
    for (int y = 0; y < p->out_h; y++)
        for (int x = 0; x < p->out_w; x++)
            for (int c = 0; c < p->out_c; c++) {
                int32_t acc = 0;
                for (int ky = 0; ky < 3; ky++)
                    for (int kx = 0; kx < 3; kx++) {
                        int iy = y * p->stride - p->pad_top + ky, ix = x * p->stride - p->pad_left + kx;
                        if (iy < 0 || iy >= p->in_h || ix < 0 || ix >= p->in_w)
                            continue;
                        size_t at = ((size_t)iy * (size_t)p->in_w + (size_t)ix) * (size_t)p->in_c + (size_t)c;
                        acc += weight_at(p->weights, p->wbits, (size_t)c * 9 + (size_t)(ky * 3 + kx)) * (in[at] - p->in_zp);
                    }
                *out++ = output_stage(acc, &p->out, c);
            }
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
            *out++ = output_stage(dot(p->weights, p->wbits, (size_t)c * (size_t)p->in_c, in + i * (size_t)p->in_c, p->in_c,
                                      p->in_zp),
                                  &p->out, c);
}

void nn_add_s8(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *out)
{
    for (int32_t i = 0; i < p->n; i++) {
        int32_t v = shift_right(a[i] * p->mult_a + b[i] * p->mult_b + p->off, p->shift);
        out[i] = (int8_t)(v < -128 ? -128 : v > 127 ? 127 : v);
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
        logits[c] = multiply_add(dot(p->weights, p->wbits, (size_t)c * (size_t)p->in_c, in, p->in_c, p->in_zp), p->mult[c],
                                 p->off[c]);
}
