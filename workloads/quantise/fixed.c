#include "workloads/quantise/fixed.h"

#include <math.h>

#include "workloads/firmware/nn_fixed.h"
#include "workloads/graph/tflite_integers.h"
#include "workloads/quantise/float.h"

static int32_t level(float real, struct quant q)
{
    float v = roundf(real / q.scale);
    return q.zero_point + (int32_t)(v < -1e6f ? -1e6f : v > 1e6f ? 1e6f : v);
}

void fixed_clamp(enum activation act, struct quant out, int32_t *low, int32_t *high)
{
    *low = -128, *high = 127;
    float from = act == ACT_RELU1 ? -1.0f : 0.0f, to = act == ACT_RELU1 ? 1.0f : 6.0f;
    if (act != ACT_RELU && act != ACT_RELU6 && act != ACT_RELU1)
        return;
    int32_t a = level(from, out), b = level(to, out);
    *low = a < -128 ? -128 : a > 127 ? 127 : a;
    if (act != ACT_RELU)
        *high = b > 127 ? 127 : b < -128 ? -128 : b;
}

/* Sigmoids and tanh take 4 bits before the point; beyond `radius` they are at their ends. */
enum { ROOM = 4 };

static int8_t gate(enum activation act, int32_t v, struct nn_fixed f, int32_t radius)
{
    if (v <= -radius)
        return -128;
    if (v >= radius)
        return 127;
    int32_t x = nn_times(v, f), minus = x > 0 ? -x : x;
    if (act == ACT_TANH) {
        int32_t y =
            nn_left_saturated(nn_reciprocal(nn_exp_negative(minus, ROOM + 1)) - (1 << 29), 2);
        y = x == 0 ? 0 : x < 0 ? -y : y;
        return nn_clamp(nn_divide(y, 31 - 7), -128, 127);
    }
    int32_t y = nn_left_saturated(nn_reciprocal(nn_exp_negative(minus, ROOM)), 1);
    y = x == 0 ? 1 << 30 : x > 0 ? y : INT32_MAX - y;
    return nn_clamp(nn_divide(y, 31 - 8) - 128, -128, 127);
}

/* 16-bit arithmetic of the hard swish. */
static int32_t sat16(int64_t v)
{
    return (int32_t)(v < -32768 ? -32768 : v > 32767 ? 32767 : v);
}

static int32_t high16(int32_t a, int32_t b)
{
    return a == -32768 && b == -32768
               ? 32767
               : (a * b + (a * b >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15);
}

static int32_t upper_half(int32_t mult)
{
    return mult >= INT32_MAX - (1 << 15) ? 32767 : (mult + (1 << 15)) >> 16;
}

static int8_t hard_swish(int32_t v, struct nn_fixed to, struct nn_fixed gate_of, int32_t zp)
{
    int32_t x = v * (1 << 7), y = high16(x, upper_half(to.mult)), g = x;
    if (gate_of.shift > 0)
        g = sat16((int64_t)g * (INT64_C(1) << (gate_of.shift - 1)));
    g = high16(g, upper_half(gate_of.mult));
    if (gate_of.shift > 0)
        g = sat16((int64_t)g * 2);
    if (gate_of.shift < 0)
        g = nn_divide(g, -gate_of.shift);
    g = (g + (1 << 15)) >> 1;
    return nn_clamp(nn_divide(g * y / (1 << 15), -to.shift) + zp, -128, 127);
}

bool fixed_table(enum activation act, float alpha, struct quant in, struct quant out,
                 int8_t lut[256])
{
    int32_t low, high, radius = 0;
    struct nn_fixed f = tflite_fixed((double)in.scale / (double)out.scale), g = {0, 0};
    fixed_clamp(act, out, &low, &high);
    if (act == ACT_RELU)
        f = tflite_fixed((double)(in.scale / out.scale));
    if (act == ACT_LEAKY_RELU) {
        f = tflite_fixed((double)(in.scale / out.scale));
        g = tflite_fixed((double)(in.scale * alpha / out.scale));
    } else if (act == ACT_SIGMOID || act == ACT_TANH) {
        f = tflite_fixed((double)in.scale * (1 << (31 - ROOM)));
        if (f.shift < 0 || f.shift > 30)
            return false;
        radius = (int32_t)floor(15.0 * (1 << (31 - ROOM)) / ldexp(1, f.shift));
    } else if (act == ACT_HSWISH) {
        float fine = 1.0f / 128.0f * in.scale;
        f = tflite_fixed((double)(fine / out.scale));
        g = tflite_fixed((double)(fine / (3.0f / 32768.0f)));
        if (f.shift > 0 || f.shift < -31 || g.shift > 16)
            return false;
    }
    if ((f.shift > 22 && !radius) || g.shift > 22) /* values of 9 bits leave 32 */
        return false;
    for (int i = -128; i < 128; i++) {
        int32_t v = i - in.zero_point;
        int8_t *to = &lut[i + 128];
        switch (act) {
        case ACT_SIGMOID:
        case ACT_TANH: *to = gate(act, v, f, radius); break;
        case ACT_HSWISH: *to = hard_swish(v, f, g, out.zero_point); break;
        case ACT_LEAKY_RELU:
            *to = nn_clamp(nn_times(v, v < 0 ? g : f) + out.zero_point, -128, 127);
            break;
        case ACT_HSIGMOID:
        case ACT_SWISH: { /* the format has none: as in floating point */
            float y = float_activate(in.scale * (float)v, act);
            *to = nn_clamp(level(y, out), -128, 127);
            break;
        }
        case ACT_NONE:
        case ACT_RELU:
        case ACT_RELU6:
        case ACT_RELU1: *to = nn_clamp(nn_times(v, f) + out.zero_point, low, high); break;
        }
    }
    return true;
}

bool fixed_softmax(double beta, double scale, struct nn_fixed *in, int32_t *least)
{
    *in = tflite_fixed(fmin(beta * scale * (1 << 26), 2147483647.0));
    if (in->shift < 0 || in->mult <= 0)
        return false;
    *least = -(int32_t)floor(31.0 * (1 << 26) / ldexp(1, in->shift));
    return true;
}
