#include "workloads/quantise/quant.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/data.h"
#include "workloads/quantise/constants.h"
#include "workloads/quantise/float.h"
#include "workloads/kernels/kernel.h"
#include "workloads/quantise/quant_tflite.h"
#include "workloads/quantise/ranges.h"
#include "workloads/quantise/reconstruct.h"
#include "workloads/quantise/weights.h"
#include "workloads/kernels/reference.h"

/* Generated images that stand in for calibration data when there is none. */
enum { GENERATED_IMAGES = 2 };

/* Layers in order; for each all calibration images, in floating point and in integers, until its
 * last reader is done. */
struct layerwise {
    const struct network *net;
    const struct fmodel *fm;
    struct qmodel *q;
    const struct image_set *images;
    size_t n; /* images */
    /* [layer] n maps of out_bytes floats; a convolution with a fused pool holds its own map */
    float **f;
    int8_t **qmap; /* [layer] the same in integers; none for a convolution with a fused pool */
    float *input;  /* the images as floats */
    bool seen;     /* these are images to calibrate with, not generated ones */
};

/* ---- layers ---- */

static const float *float_map(const struct layerwise *k, int from, size_t image)
{
    if (from == LAYER_INPUT)
        return k->input +
               image * (size_t)k->net->in_h * (size_t)k->net->in_w * (size_t)k->net->in_c;
    return k->f[from] + image * (size_t)k->net->layer[from].out_bytes;
}

static const int8_t *int_map(const struct layerwise *k, int from, size_t image)
{
    if (from == LAYER_INPUT)
        return k->images->data +
               image * (size_t)k->net->in_h * (size_t)k->net->in_w * (size_t)k->net->in_c;
    return k->qmap[from] + image * (size_t)k->net->layer[from].out_bytes;
}

static bool float_maps(const struct layerwise *k, int i, const struct layer *l,
                       const struct flayer *f, struct err *e)
{
    for (size_t j = 0; j < k->n; j++)
        if (!float_layer(l, f, float_map(k, l->in[0], j),
                         l->in[1] < 0 ? NULL : float_map(k, l->in[1], j),
                         k->f[i] + j * (size_t)l->out_bytes, e))
            return false;
    return true;
}

/* ---- channels ---- */

static enum kernel_channels map_channels(const struct layerwise *k, int i);

static enum kernel_channels read_channels(const struct layerwise *k, int i)
{
    enum kernel_channels c = kernel_class(kernel_of(k->net, i))->channels;
    return c == KERNEL_CHANNELS_PASSED ? map_channels(k, i) : c;
}

/* May the channels of the map that layer i makes have scales and zero points of their own? A
 * ReLU6's upper limit is one level for all channels, and so is a table. What only moves values
 * would have to move their scales. */
static enum kernel_channels map_channels(const struct layerwise *k, int i)
{
    const struct network *net = k->net;
    const struct layer *l = &net->layer[i];
    const struct layer *from = kernel_of(net, i) == KERNEL_NONE ? &net->layer[l->in[0]] : l;
    enum kernel_channels least = KERNEL_CHANNELS_OWN;
    if (kernel_of(net, i) == KERNEL_AVERAGE
            ? network_is_output(net, i)
            : !k->seen || network_is_output(net, i) || op_class(from->op)->units != OP_UNITS_OWN ||
                  !(from->act == ACT_NONE || from->act == ACT_RELU || from->bn_after_act))
        return KERNEL_CHANNELS_ALIKE;
    for (int r = i + 1; r < net->nlayers; r++)
        for (int j = 0; j < 2; j++)
            if (net->layer[r].in[j] == i) {
                enum kernel_channels c = read_channels(k, r);
                least = c < least ? c : least;
            }
    /* Weights that were trained to lie on 4-bit levels take no scales. */
    if (least == KERNEL_CHANNELS_SCALES && k->q->wbits != 8)
        return KERNEL_CHANNELS_ALIKE;
    return least;
}

/* Scale and zero point of channel c of input j. */
static double in_scale(const struct layerwise *k, int i, int j, size_t c)
{
    int from = k->net->layer[i].in[j];
    const float *unit = from >= 0 ? k->q->layer[from].unit : NULL;
    return (double)k->q->layer[i].in[j].scale * (unit ? (double)unit[c] : 1);
}

static double in_zero(const struct layerwise *k, int i, int j, size_t c)
{
    int from = k->net->layer[i].in[j];
    const float *zero = from >= 0 ? k->q->layer[from].zero : NULL;
    return zero ? (double)zero[c] : k->q->layer[i].in[j].zero_point;
}

static bool in_channels(const struct layerwise *k, int i, int j)
{
    int from = k->net->layer[i].in[j];
    return from >= 0 && k->q->layer[from].zero;
}

/* The range of map i, whose constants are those of layer `of`; with channels of their own, none has
 * a scale below least[c] (NULL: no limit). */
static bool map_range(struct layerwise *k, int i, int of, const double *least, struct err *e)
{
    const struct layer *l = &k->net->layer[i];
    struct qlayer *q = &k->q->layer[of], *map = &k->q->layer[i];
    size_t oc = (size_t)l->out_c, n = k->n * (size_t)l->out_bytes;
    enum kernel_channels channels = map_channels(k, i);
    if (channels == KERNEL_CHANNELS_ALIKE)
        return ranges_map(k->f[i], n, &q->out, l, e);
    map->unit = malloc(oc * sizeof *map->unit);
    map->zero = malloc(oc * sizeof *map->zero);
    if (!map->unit || !map->zero)
        return err_nomem(e);
    const struct layer *from = &k->net->layer[of];
    const struct flayer *f = &k->fm->layer[of];
    bool early = from->bn && from->bn_after_act, relu = from->act == ACT_RELU;
    float *floor = calloc(2 * oc, sizeof *floor), *rise = floor + oc;
    for (size_t c = 0; floor && early && c < oc; c++)
        floor[c] = f->bn_add[c], rise[c] = f->bn_mul[c];
    bool ok = floor ? ranges_channels(k->f[i], n / oc, oc, k->n, relu ? floor : NULL, rise, least,
                                      channels == KERNEL_CHANNELS_SCALES, &q->out, map->unit,
                                      map->zero, l, e)
                    : err_nomem(e);
    free(floor);
    return ok;
}

/* Multiply-adds to the real output become those to the scales of map i's channels. */
static void to_channels(const struct layerwise *k, int i, struct quant out, double *m, double *b)
{
    const struct qlayer *map = &k->q->layer[i];
    for (size_t c = 0; map->unit && c < (size_t)k->net->layer[i].out_c; c++) {
        m[c] /= (double)map->unit[c];
        b[c] = b[c] / (double)map->unit[c] + (double)map->zero[c] * (double)out.scale;
    }
}

/* Samples that a channel's nominal multiplier and offset are worth against the fit. Chosen from 64
 * to 16000 by leaving out one calibration image at a time (docs/quantisation.md); the result is
 * flat around it. */
static const double prior_samples = 4000;

/* Refits each channel's multiply-add to the floating-point map by least squares over the
 * calibration images, with the accumulators that the integer inputs give; pulled towards the
 * nominal constants, which few samples do not outweigh. */
static bool refit(const struct layerwise *k, int i, const struct layer *raw,
                  const struct flayer *rf, double *m, double *b, struct err *e)
{
    size_t oc = (size_t)raw->out_c, n = (size_t)raw->out_bytes, in_n = (size_t)raw->in_bytes,
           positions = n / oc;
    size_t ic = (size_t)raw->in_c;
    float *acc = malloc(n * sizeof *acc), *in = malloc(in_n * sizeof *in);
    double *sum = calloc(oc * 4, sizeof *sum); /* per channel: r, y, r*r, r*y */
    bool ok = acc && in && sum ? true : err_nomem(e);
    for (size_t j = 0; ok && j < k->n; j++) {
        const int8_t *q = int_map(k, raw->in[0], j);
        for (size_t c = 0; c < ic; c++) {
            float zero = (float)in_zero(k, i, 0, c);
            for (size_t p = c; p < in_n; p += ic)
                in[p] = (float)q[p] - zero;
        }
        ok = float_layer(raw, rf, in, NULL, acc, e);
        const float *y = k->f[i] + j * n, *r = acc;
        for (size_t p = 0; ok && p < positions; p++, y += oc, r += oc)
            for (size_t c = 0; c < oc; c++) {
                double *s = sum + 4 * c;
                s[0] += (double)r[c];
                s[1] += (double)y[c];
                s[2] += (double)r[c] * (double)r[c];
                s[3] += (double)r[c] * (double)y[c];
            }
    }
    double count = (double)(positions * k->n), trust = count / (count + prior_samples);
    for (size_t c = 0; ok && c < oc; c++) {
        double *s = sum + 4 * c, mean_r = s[0] / count, mean_y = s[1] / count;
        double var = s[2] / count - mean_r * mean_r, cov = s[3] / count - mean_r * mean_y;
        double slope = var > 0 ? cov / var : m[c];
        double was = m[c] * mean_r + b[c];
        m[c] += (slope - m[c]) * trust;
        b[c] = was + (mean_y - was) * trust - m[c] * mean_r;
    }
    free(acc);
    free(in);
    free(sum);
    return ok;
}

/* Weights that take the input's scales, and least squares with what the integer network has there.
 * */
static bool fitted_weights(const struct layerwise *k, int i, float *w, double *lack, int8_t *q,
                           float *scale, struct err *e)
{
    const struct layer *l = &k->net->layer[i];
    size_t ic = (size_t)l->in_c, oc = (size_t)l->out_c, pixels = (size_t)l->in_h * (size_t)l->in_w;
    struct moments m;
    float *v = malloc(ic * pixels * sizeof *v), *u = malloc(ic * pixels * sizeof *u);
    double *fit = malloc(oc * ic * sizeof *fit);
    bool ok = reconstruct_init(&m, ic, e) && (v && u && fit ? true : err_nomem(e));
    for (size_t j = 0; ok && j < k->n; j++) {
        const float *real = float_map(k, l->in[0], j);
        const int8_t *map = int_map(k, l->in[0], j);
        for (size_t c = 0; c < ic; c++) {
            float zero = (float)in_zero(k, i, 0, c);
            double s = in_scale(k, i, 0, c);
            for (size_t p = c; p < ic * pixels; p += ic) {
                v[p] = (float)map[p] - zero;
                u[p] = (float)((double)real[p] / s);
            }
        }
        reconstruct_add(&m, v, u, pixels);
    }
    for (size_t p = 0; ok && p < oc * ic; p++)
        fit[p] = (double)w[p];
    for (size_t c = 0; ok && c < oc; c++) {
        lack[c] = 0;
        for (size_t p = 0; p < ic; p++)
            lack[c] += fit[c * ic + p] * m.u[p] / m.n;
    }
    ok = ok && reconstruct_fit(&m, fit, oc, e);
    for (size_t c = 0; ok && c < oc; c++) {
        double most = 0;
        for (size_t p = 0; p < ic; p++)
            most = fmax(most, fabs(fit[c * ic + p]));
        scale[c] = (float)(most / 127);
    }
    ok = ok && reconstruct_round(&m, fit, oc, scale, 127, q, e);
    for (size_t c = 0; ok && c < oc; c++)
        for (size_t p = 0; p < ic; p++)
            lack[c] -= (double)scale[c] * q[c * ic + p] * m.v[p] / m.n;
    reconstruct_free(&m);
    free(v), free(u), free(fit);
    return ok;
}

static void activate_all(float *x, size_t n, enum activation act)
{
    for (size_t i = 0; act != ACT_NONE && i < n; i++)
        x[i] = float_activate(x[i], act);
}

/* ---- activations that are no clamp ---- */

/* Beyond these the activation is flat, or the identity, to less than a level of any output. */
static void clip_before(float *x, size_t n, enum activation act)
{
    float low = act == ACT_HSWISH || act == ACT_HSIGMOID ? -3 : -8, high = act == ACT_HSIGMOID ? 3
                                                                           : act == ACT_SIGMOID
                                                                               ? 8
                                                                               : INFINITY;
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] < low ? low : x[i] > high ? high : x[i];
}

/* Sigmoids end in 1: 256 levels, the first of them 0. */
static const struct quant unit_interval = {1.0f / 256, -128};

static bool weighted_layer(struct layerwise *k, int i, int wbits, enum quantiser kind,
                           struct err *e)
{
    const struct layer *l = &k->net->layer[i];
    const struct flayer *f = &k->fm->layer[i];
    struct qlayer *q = &k->q->layer[i];
    size_t oc = (size_t)l->out_c, ic = (size_t)l->in_c, n = (size_t)l->weights, row = n / oc;
    bool wide = kernel_class(kernel_of(k->net, i))->output == KERNEL_OUTPUT_LOGITS;
    bool each = op_class(l->op)->weights == OP_WEIGHTS_EACH, channels = in_channels(k, i, 0);
    bool fits = k->seen && kind == QUANT_INT8 && read_channels(k, i) == KERNEL_CHANNELS_SCALES &&
                row == ic && ic <= 1024;
    /* Before a batch norm the activation clamps the accumulator; after it, or without one, the
     * output. */
    bool early = l->bn && l->bn_after_act && l->act != ACT_NONE;
    bool biased = early && (l->bias || (channels && !each) || fits);
    enum activation late = early ? ACT_NONE : l->act;
    if (early && l->act != ACT_RELU)
        return err_set(e, ERR_INPUT, "layer %s: only a ReLU can stand before a batch norm",
                       l->name);

    q->nweights = n;
    q->weights = malloc(n);
    q->mult = malloc(oc * sizeof *q->mult);
    q->off = malloc(oc * sizeof *q->off);
    q->bias = biased ? malloc(oc * sizeof *q->bias) : NULL;
    q->in_zero = channels && each ? malloc(ic) : NULL;
    q->relu = early;
    q->narrow = k->seen && !wide;
    q->act_min = -128, q->act_max = 127;
    float *scale = malloc(oc * sizeof *scale), *wf = malloc(n * sizeof *wf),
          *bf = calloc(oc, sizeof *bf);
    double *m = malloc(oc * sizeof *m), *b = malloc(oc * sizeof *b),
           *bound = malloc(oc * sizeof *bound), *bound_scale = malloc(oc * sizeof *bound),
           *lack = calloc(oc, sizeof *lack);
    bool ok = q->weights && q->mult && q->off && (q->bias || !biased) &&
              (q->in_zero || !(channels && each)) && scale && wf && bf && m && b && bound &&
              bound_scale && lack;
    /* Weights in units of the input's channels: a depthwise layer's have one input each. */
    for (size_t j = 0; ok && j < n; j++)
        wf[j] = f->weights[j] * (channels && !each ? (float)in_scale(k, i, 0, j % row % ic) : 1);
    if (fits && !channels)
        for (size_t j = 0; ok && j < n; j++)
            wf[j] *= q->in[0].scale;
    ok = ok ? weights_quantise(kind, wbits, (double)f->lambda, wf, oc, row, q->weights, scale,
                               &q->report, e)
            : err_nomem(e);
    ok = ok && (!fits || fitted_weights(k, i, wf, lack, q->weights, scale, e));

    for (size_t c = 0; ok && q->in_zero && c < ic; c++)
        q->in_zero[c] = (int8_t)in_zero(k, i, 0, c);
    for (size_t c = 0; ok && c < oc; c++) {
        double unit = (double)scale[c], mul = l->bn ? (double)f->bn_mul[c] : 1;
        if (each || !(channels || fits))
            unit *= in_scale(k, i, 0, c / (oc / ic ? oc / ic : 1));
        double bias = (l->bias ? (double)f->bias[c] : 0) + lack[c];
        m[c] = mul * unit;
        b[c] = l->bn ? (double)f->bn_add[c] : 0;
        if (q->bias)
            bf[c] = (float)(unit > 0 ? fmax(-1e9, fmin(1e9, rint(bias / unit))) : 0);
        else
            b[c] += mul * bias;
        double zeros = 0; /* what the inputs' zero points add to the sum */
        for (size_t j = 0; channels && !each && j < row; j++)
            zeros += q->weights[c * row + j] * (in_zero(k, i, 0, j % ic) - q->in[0].zero_point);
        if (q->bias)
            q->bias[c] = (int32_t)((double)bf[c] - zeros);
        lack[c] = q->bias ? 0 : zeros;
        bound[c] = constants_bound(q->weights + c * row, row,
                                   q->in_zero ? q->in_zero[c / (oc / ic)] : q->in[0].zero_point,
                                   q->bias ? q->bias[c] : 0, early);
    }
    for (size_t j = 0; ok && j < n; j++)
        wf[j] = q->weights[j];

    struct layer linear = *l, raw = *l;
    linear.act = early ? l->act : ACT_NONE;
    raw.act = linear.act;
    raw.bn = false;
    struct flayer rf = {.weights = wf, .bias = q->bias ? bf : NULL};
    ok = ok && float_maps(k, i, &linear, f, e);
    if (ok && !wide)
        ok = refit(k, i, &raw, &rf, m, b, e);
    if (ok && !wide) {
        size_t values = k->n * (size_t)l->out_bytes;
        if (constants_need_table(late))
            clip_before(k->f[i], values, late);
        else
            activate_all(k->f[i], values, late);
        int pool = l->fused_pool
                       ? i + 1
                       : i; /* the pooled map is what is kept, so its range is what counts */
        if (pool != i)
            ok = float_maps(k, pool, &k->net->layer[pool], &k->fm->layer[pool], e);
        for (size_t c = 0; c < oc; c++)
            bound_scale[c] = fabs(m[c]) * 2.0001;
        ok = ok && map_range(k, pool, i, bound_scale, e);
        for (size_t c = 0; ok && c < oc; c++)
            b[c] -= m[c] * lack[c];
        if (ok)
            to_channels(k, pool, q->out, m, b);
    }
    if (wide)
        for (size_t c = 0; ok && c < oc; c++)
            b[c] -= m[c] * lack[c];
    ok = ok && constants_output(q, m, b, bound, oc, wide, l, e);
    /* clipping has changed nothing that the activation lets through */
    if (ok && constants_need_table(late)) {
        struct quant out = unit_interval;
        activate_all(k->f[i], k->n * (size_t)l->out_bytes, late);
        ok = (late == ACT_SIGMOID || late == ACT_HSIGMOID ||
              ranges_map(k->f[i], k->n * (size_t)l->out_bytes, &out, l, e)) &&
             constants_table(q, late, out, e);
    }
    free(scale), free(wf), free(bf), free(m), free(b), free(bound), free(bound_scale), free(lack);
    return ok;
}

/* The range of the mean level of any channel, where channels differ: they keep their units. The
 * lowest level becomes *first. */
static bool level_range(struct layerwise *k, int i, double *first, struct err *e)
{
    const struct layer *l = &k->net->layer[i];
    struct qlayer *q = &k->q->layer[i];
    size_t oc = (size_t)l->out_c, n = k->n * oc;
    float *level = malloc(n * sizeof *level);
    struct quant range;
    *first = INFINITY;
    for (size_t p = 0; level && p < n; p++) {
        level[p] =
            (float)((double)k->f[i][p] / in_scale(k, i, 0, p % oc) + in_zero(k, i, 0, p % oc));
        *first = fmin(*first, (double)level[p]);
    }
    for (size_t p = 0; level && p < n; p++)
        level[p] -= (float)*first;
    bool ok = level ? ranges_map(level, n, &range, l, e) : err_nomem(e);
    if (ok)
        q->out = (struct quant){q->in[0].scale * range.scale, range.zero_point};
    free(level);
    return ok;
}

/* Units and zero points of an average's channels; levels begin at `first`. */
static bool keep_units(struct layerwise *k, int i, double first, struct err *e)
{
    struct qlayer *q = &k->q->layer[i];
    size_t oc = (size_t)k->net->layer[i].out_c;
    double step = (double)q->out.scale / (double)q->in[0].scale;
    q->unit = malloc(oc * sizeof *q->unit);
    q->zero = malloc(oc * sizeof *q->zero);
    for (size_t c = 0; q->unit && q->zero && c < oc; c++) {
        q->unit[c] = (float)(in_scale(k, i, 0, c) / (double)q->in[0].scale);
        q->zero[c] = (float)(q->out.zero_point + (in_zero(k, i, 0, c) - first) / step);
    }
    return q->unit && q->zero ? true : err_nomem(e);
}

static bool pool_layer(struct layerwise *k, int i, struct err *e)
{
    const struct layer *l = &k->net->layer[i];
    struct qlayer *q = &k->q->layer[i];
    double pixels = (double)l->in_h * l->in_w, m = (double)q->in[0].scale / pixels, first = 0,
           bound = 255 * pixels;
    bool channels = in_channels(k, i, 0);
    q->mult = malloc(sizeof *q->mult);
    q->off = malloc(sizeof *q->off);
    q->act_min = -128, q->act_max = 127;
    bool ok = q->mult && q->off ? true : err_nomem(e);
    ok = ok && float_maps(k, i, l, &k->fm->layer[i], e) &&
         (channels ? level_range(k, i, &first, e)
                   : ranges_map(k->f[i], k->n * (size_t)l->out_bytes, &q->out, l, e));
    double b = -first * (double)q->in[0].scale;
    return ok && constants_output(q, &m, &b, &bound, 1, false, l, e) &&
           (!channels || keep_units(k, i, first, e));
}

/* Sums of maps whose channels differ. */
static bool add_channels(struct layerwise *k, int i, struct err *e)
{
    const struct layer *l = &k->net->layer[i];
    struct qlayer *q = &k->q->layer[i];
    size_t n = (size_t)l->out_c;
    double *a = malloc(3 * n * sizeof *a), *b = a + n, *off = a + 2 * n;
    q->mult = malloc(n * sizeof *q->mult);
    q->off = malloc(n * sizeof *q->off);
    bool ok = a && q->mult && q->off ? true : err_nomem(e);
    for (size_t c = 0; ok && c < n; c++) {
        double s = (double)q->out.scale * (q->unit ? (double)q->unit[c] : 1);
        a[c] = in_scale(k, i, 0, c) / s, b[c] = in_scale(k, i, 1, c) / s;
        off[c] = (q->zero ? (double)q->zero[c] : q->out.zero_point) - a[c] * in_zero(k, i, 0, c) -
                 b[c] * in_zero(k, i, 1, c);
    }
    ok = ok && constants_add_channels(q, a, b, off, n, l, e);
    free(a);
    return ok;
}

/* Layers without weights that have a scale of their own. */
static bool combining_layer(struct layerwise *k, int i, struct err *e)
{
    const struct layer *l = &k->net->layer[i];
    struct qlayer *q = &k->q->layer[i];
    if (!float_maps(k, i, l, &k->fm->layer[i], e) || !map_range(k, i, i, NULL, e))
        return false;
    if (q->zero || in_channels(k, i, 0) || in_channels(k, i, 1))
        return add_channels(k, i, e);
    return constants_combined(q, l, e);
}

static bool one_layer(struct layerwise *k, int i, int wbits, enum quantiser kind, struct err *e)
{
    const struct layer *l = &k->net->layer[i];
    struct qlayer *q = &k->q->layer[i];
    for (int j = 0; j < 2; j++)
        if (l->in[j] != LAYER_NONE)
            q->in[j] = l->in[j] == LAYER_INPUT ? k->q->input : k->q->layer[l->in[j]].out;
    switch (op_class(l->op)->output) {
    case OP_OUTPUT_WEIGHTS: return weighted_layer(k, i, wbits, kind, e);
    case OP_OUTPUT_AVERAGE: return pool_layer(k, i, e);
    case OP_OUTPUT_COMBINED: return combining_layer(k, i, e);
    case OP_OUTPUT_INPUT:
        q->out = q->in[0]; /* a fused pool's maps were made with the convolution */
        return kernel_of(k->net, i) == KERNEL_NONE || float_maps(k, i, l, &k->fm->layer[i], e);
    case OP_OUTPUT_FILE: break; /* a .tflite file's constants are not sought */
    }
    return false;
}

/* Integer outputs of layer i for all images; the fused pool's come with the convolution. */
static bool int_maps(struct layerwise *k, int i, struct err *e)
{
    const struct layer *l = &k->net->layer[i];
    int out = l->fused_pool ? i + 1 : i;
    size_t n = (size_t)k->net->layer[out].out_bytes;
    if (kernel_of(k->net, i) == KERNEL_NONE || network_is_output(k->net, i))
        return true;
    k->qmap[out] = malloc(k->n * n);
    if (!k->qmap[out])
        return err_nomem(e);
    for (size_t j = 0; j < k->n; j++)
        reference_layer(k->q, i, int_map(k, l->in[0], j),
                        l->in[1] < 0 ? NULL : int_map(k, l->in[1], j), k->qmap[out] + j * n, NULL);
    return true;
}

/* Integer maps of layer i (with its fused pool: the pool's) against those of floating point. */
static double maps_sqnr(const struct layerwise *k, int i)
{
    size_t n = k->n * (size_t)k->net->layer[i].out_bytes, oc = (size_t)k->net->layer[i].out_c;
    const struct qlayer *map = &k->q->layer[i];
    const struct quant *q = &map->out;
    double signal = 0, noise = 0;
    for (size_t p = 0; p < n; p++) {
        double real = (double)k->f[i][p], unit = map->unit ? (double)map->unit[p % oc] : 1,
               zero = map->zero ? (double)map->zero[p % oc] : q->zero_point;
        double d = real - unit * (double)q->scale * (k->qmap[i][p] - zero);
        signal += real * real;
        noise += d * d;
    }
    return noise > 0 && signal > 0 ? 10 * log10(signal / noise) : 0;
}

static bool quantise_layers(struct layerwise *k, int wbits, enum quantiser kind, struct err *e)
{
    const struct network *net = k->net;
    for (int i = 0; i < net->nlayers; i++) {
        const struct layer *l = &net->layer[i];
        for (int p = i; p <= i + (l->fused_pool ? 1 : 0); p++)
            if (!k->f[p] &&
                !(k->f[p] = malloc(k->n * (size_t)net->layer[p].out_bytes * sizeof **k->f)))
                return err_nomem(e);
        if (!one_layer(k, i, wbits, kind, e) || !int_maps(k, i, e))
            return false;
        if (k->qmap[i])
            k->q->layer[i].out_sqnr_db = maps_sqnr(k, i);
        for (int j = 0; j < i; j++)
            if (network_last_reader(net, j) <= i) {
                free(k->f[j]), k->f[j] = NULL;
                free(k->qmap[j]), k->qmap[j] = NULL;
            }
    }
    return true;
}

static bool hash_inputs(struct qmodel *q, const struct params *params,
                        const struct image_set *calib, int wbits, enum quantiser kind,
                        struct err *e)
{
    struct buf b = {0};
    char digest[65] = "none";
    const struct network *n = q->net;
    buf_printf(&b, "%s %.17g %dx%dx%d %d classes, %d bits, quantiser %d, weights %s", n->name,
               n->width, n->in_h, n->in_w, n->in_c, n->classes, wbits, (int)kind,
               params ? params->sha256 : "generated");
    for (int i = 0; i < n->nlayers; i++) {
        const struct layer *l = &n->layer[i];
        buf_printf(&b, "\n%s %d %d %d %dx%dx%d %dx%dx%d %d %d %d %d %d %d %d %s %s", l->name,
                   (int)l->op, l->in[0], l->in[1], l->in_h, l->in_w, l->in_c, l->out_h, l->out_w,
                   l->out_c, l->kernel, l->stride, l->pad, (int)l->act, l->bn, l->bn_after_act,
                   l->bias, l->param, l->param_bn);
        if (l->groups > 1 || l->first || l->kernel_x != l->kernel || l->stride_x != l->stride)
            buf_printf(&b, " %d %d %d %d %d", l->groups, l->first, l->kernel_x, l->stride_x,
                       l->pad_x);
    }
    data_sha256(calib->data,
                (size_t)calib->n * (size_t)calib->h * (size_t)calib->w * (size_t)calib->c, digest);
    buf_printf(&b, "\ncalibration %d images %s\n", calib->n, digest);
    bool ok = !b.failed || err_nomem(e);
    if (ok)
        data_sha256(b.data, b.len, q->inputs_sha256);
    buf_free(&b);
    return ok;
}

struct qmodel *qmodel_build(const struct network *net, const struct params *params,
                            const struct image_set *calib, int wbits, enum quantiser kind,
                            struct err *e)
{
    struct image_set generated = {0};
    if ((wbits != 8 && wbits != 4) || (wbits == 8) != (kind == QUANT_INT8)) {
        err_set(e, ERR_INPUT,
                "%d-bit weights with this quantiser: expected 8 with int8, 4 with asq or dorefa",
                wbits);
        return NULL;
    }
    if (calib &&
        (calib->h != net->in_h || calib->w != net->in_w || calib->c != net->in_c || calib->n < 1)) {
        err_set(e, ERR_INPUT, "calibration images are %dx%dx%d, the network's input is %dx%dx%d",
                calib->h, calib->w, calib->c, net->in_h, net->in_w, net->in_c);
        return NULL;
    }
    if (!reference_supports(net, e))
        return NULL;
    if (net->tflite && (params || wbits != 8)) {
        err_set(e, ERR_INPUT,
                "%s comes with its own 8-bit weights: no other weights or widths apply", net->name);
        return NULL;
    }
    if (net->tflite)
        return qmodel_from_tflite(net, e);
    if (!calib && !image_generate(&generated, GENERATED_IMAGES, net->in_h, net->in_w, net->in_c, e))
        return NULL;
    const struct image_set *images = calib ? calib : &generated;
    size_t nl = (size_t)net->nlayers,
           pixels = (size_t)net->in_h * (size_t)net->in_w * (size_t)net->in_c;
    struct qmodel *q = calloc(1, sizeof *q);
    struct fmodel *fm = fmodel_build(net, params, e);
    struct layerwise k = {.net = net,
                          .fm = fm,
                          .q = q,
                          .images = images,
                          .n = (size_t)images->n,
                          .f = calloc(nl, sizeof *k.f),
                          .qmap = calloc(nl, sizeof *k.qmap),
                          .seen = calib != NULL,
                          .input = malloc((size_t)images->n * pixels * sizeof *k.input)};
    bool ok = fm != NULL;
    if (q)
        q->net = net, q->layer = calloc(nl, sizeof *q->layer);
    if (!q || !q->layer || !k.f || !k.qmap || !k.input)
        ok = err_nomem(e);
    if (ok) {
        q->input = (struct quant){1, 0};
        q->wbits = wbits;
        q->quantiser = kind;
        q->trained = params != NULL;
        for (size_t i = 0; i < k.n * pixels; i++)
            k.input[i] = (float)images->data[i];
        ok = quantise_layers(&k, wbits, kind, e) && hash_inputs(q, params, images, wbits, kind, e);
        q->logit_scale = (double)q->layer[nl - 1].out.scale;
    }
    for (size_t i = 0; i < nl; i++) {
        if (k.f)
            free(k.f[i]);
        if (k.qmap)
            free(k.qmap[i]);
    }
    free(k.f), free(k.qmap), free(k.input);
    fmodel_free(fm);
    image_free(&generated);
    if (!ok) {
        qmodel_free(q);
        return NULL;
    }
    return q;
}
