#include "workloads/quantise/constants.h"

#include <math.h>
#include <stdlib.h>

#include "workloads/quantise/float.h"

bool constants_output(struct qlayer *q, const double *m, const double *b, const double *bound,
                      size_t n, bool wide, const struct layer *l, struct err *e)
{
    const double top = 2147483647.0;
    double largest = 0;
    for (size_t c = 0; c < n; c++)
        largest = fmax(largest, fabs(m[c]));
    if (!isfinite(largest))
        return err_set(e, ERR_INPUT, "layer %s: a scale is beyond what a float holds", l->name);
    double least_scale = largest * 2.000001;
    if (wide || (double)q->out.scale < least_scale)
        q->out.scale = (float)(wide && !(least_scale > 0) ? 1 : least_scale);
    double s = (double)q->out.scale, zp = wide ? 0 : q->out.zero_point;
    /* What a narrow multiplier is a multiple of, and the largest narrow offset. */
    double step = q->narrow ? 65536 : 1, most_off = q->narrow ? 32767 : top;
    for (int shift = wide ? 0 : 16; shift >= 0; shift--) {
        double unit = ldexp(1, shift), round = shift ? unit / 2 : 0;
        bool fits = true;
        for (size_t c = 0; fits && c < n; c++)
            fits =
                fabs(m[c]) / s * unit * 4294967296.0 <= top - step &&
                (bound[c] * fabs(m[c]) / s + fabs(b[c]) / s + fabs(zp)) * unit + round < top - 2 &&
                (fabs(b[c]) / s + fabs(zp)) * unit + round < most_off;
        if (!fits)
            continue;
        for (size_t c = 0; c < n; c++) {
            q->mult[c] = (int32_t)(rint(m[c] / s * unit * 4294967296.0 / step) * step);
            q->off[c] = (int32_t)rint((b[c] / s + zp) * unit + round);
        }
        q->shift = shift;
        return true;
    }
    return err_set(e, ERR_INPUT, "layer %s: its constants do not fit %d bits", l->name,
                   q->narrow ? 16 : 32);
}

double constants_bound(const int8_t *w, size_t n, int32_t zp, int32_t bias, bool relu)
{
    double lo = bias, hi = bias;
    for (size_t i = 0; i < n; i++) {
        double a = w[i] * (-128.0 - zp), b = w[i] * (127.0 - zp);
        lo += fmin(a, b);
        hi += fmax(a, b);
    }
    return relu ? fmax(hi, 0) : fmax(fabs(lo), fabs(hi));
}

bool constants_need_table(enum activation act)
{
    return act == ACT_HSWISH || act == ACT_HSIGMOID || act == ACT_SWISH || act == ACT_SIGMOID;
}

bool constants_table(struct qlayer *q, enum activation act, struct quant out, struct err *e)
{
    q->lut = malloc(256);
    if (!q->lut)
        return err_nomem(e);
    for (int i = -128; i < 128; i++) {
        float y = float_activate(q->out.scale * (float)(i - q->out.zero_point), act);
        if (isnan(y))
            return err_set(e, ERR_INPUT,
                           "the scale before an activation, %g, is beyond what a float holds",
                           (double)q->out.scale);
        double k = rint((double)y / (double)out.scale) + out.zero_point;
        q->lut[i + 128] = (int8_t)(k < -128 ? -128 : k > 127 ? 127 : k);
    }
    q->out = out;
    return true;
}

/* out = scale * in and offset, for one input of a concatenation. */
static bool part_constants(struct qlayer *q, int j, const struct layer *l, struct err *e)
{
    double a = (double)q->in[j].scale / (double)q->out.scale,
           off = q->out.zero_point - a * q->in[j].zero_point;
    for (int shift = 16; shift >= 0; shift--) { /* 16-bit multipliers, 32-bit sums */
        double unit = ldexp(1, shift), round = shift ? unit / 2 : 0;
        if (a * unit > 32767 || (128 * a + fabs(off) + 1) * unit > 2147483647.0)
            continue;
        q->part[j].mult = (int32_t)rint(a * unit);
        q->part[j].off = (int32_t)rint(off * unit + round);
        q->part[j].shift = shift;
        return true;
    }
    return err_set(e, ERR_INPUT, "layer %s: the scale of an input is too far from its own",
                   l->name);
}

static bool constants_concat(struct qlayer *q, const struct layer *l, struct err *e)
{
    return part_constants(q, 0, l, e) && part_constants(q, 1, l, e);
}

static bool constants_add(struct qlayer *q, const struct layer *l, struct err *e)
{
    double a = (double)q->in[0].scale / (double)q->out.scale,
           b = (double)q->in[1].scale / (double)q->out.scale;
    double off = q->out.zero_point - a * q->in[0].zero_point - b * q->in[1].zero_point;
    for (int shift = 16; shift >= 1; shift--) { /* 16-bit multipliers, 32-bit sums */
        double unit = ldexp(1, shift);
        if (a * unit > 32767 || b * unit > 32767 ||
            (128 * (a + b) + fabs(off) + 1) * unit > 2147483647.0)
            continue;
        q->part[0].mult = (int32_t)rint(a * unit);
        q->part[1].mult = (int32_t)rint(b * unit);
        q->part[0].off = (int32_t)rint(off * unit + unit / 2);
        q->part[0].shift = shift;
        return true;
    }
    return err_set(e, ERR_INPUT, "layer %s: the scales of its inputs differ too much to be added",
                   l->name);
}

bool constants_add_channels(struct qlayer *q, const double *a, const double *b, const double *off,
                            size_t n, const struct layer *l, struct err *e)
{
    for (int shift = 16; shift >= 1; shift--) { /* 16-bit multipliers, 32-bit sums */
        double unit = ldexp(1, shift);
        bool fits = true;
        for (size_t c = 0; fits && c < n; c++)
            fits = a[c] * unit <= 32767 && b[c] * unit <= 32767 &&
                   (128 * (a[c] + b[c]) + fabs(off[c]) + 1) * unit <= 2147483647.0;
        if (!fits)
            continue;
        for (size_t c = 0; c < n; c++) {
            int32_t x = (int32_t)rint(a[c] * unit), y = (int32_t)rint(b[c] * unit);
            q->mult[c] = (int32_t)((uint32_t)x | (uint32_t)y << 16);
            q->off[c] = (int32_t)rint(off[c] * unit + unit / 2);
        }
        q->part[0].shift = shift;
        return true;
    }
    return err_set(e, ERR_INPUT, "layer %s: the scales of its inputs differ too much to be added",
                   l->name);
}

static bool constants_scale(struct qlayer *q, const struct layer *l, struct err *e)
{
    int sets = network_layer_factors(l);
    double h = (double)q->in[1].scale, m = (double)q->in[0].scale * h * (sets == 1 ? 1 : 4), b = 0,
           most = 0;
    for (int j = 0; j < sets; j++) {
        double base = q->in[1].zero_point + (sets == 1 ? 0 : rint((j ? 2 : 1) / (4 * h)));
        if (fabs(base) > 32000)
            return err_set(e, ERR_INPUT, "layer %s: the scale of its factors is too small",
                           l->name);
        q->base[j] = (int16_t)base;
        most = fmax(most, 128 + fabs(base));
    }
    double bound = 255 * most * (sets == 1 ? 1 : 2);
    q->mult = malloc(sizeof *q->mult);
    q->off = malloc(sizeof *q->off);
    q->act_min = -128, q->act_max = 127;
    if (!q->mult || !q->off)
        return err_nomem(e);
    return constants_output(q, &m, &b, &bound, 1, false, l, e);
}

static bool constants_none(struct qlayer *q, const struct layer *l, struct err *e)
{
    (void)q;
    return err_set(e, ERR_INPUT, "layer %s: %s has no scale of its own", l->name, op_name(l->op));
}

bool constants_combined(struct qlayer *q, const struct layer *l, struct err *e)
{
    static bool (*const rule[])(struct qlayer * q, const struct layer *l, struct err *e) = {
#define OP(id, name, word, weights, window, side, second, shape, keys, units, output, constants, \
           real, lite, passes)                                                                   \
    [OP_##id] = constants_##constants,
#include "workloads/graph/ops.def"
    };
    return rule[l->op](q, l, e);
}
