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
#include "workloads/quantise/weights.h"
#include "workloads/kernels/reference.h"

/* Generated images that stand in for calibration data when there is none. */
enum { GENERATED_IMAGES = 2 };

/* Layers in order; for each all calibration images, in floating point and in integers, until its
 * last reader is done. */
struct calibration {
    const struct network *net;
    const struct fmodel *fm;
    struct qmodel *q;
    const struct image_set *images;
    size_t n; /* images */
    /* [layer] n maps of out_bytes floats; a convolution with a fused pool holds its own map */
    float **f;
    int8_t **qmap; /* [layer] the same in integers; none for a convolution with a fused pool */
    float *input;  /* the images as floats */
    float **unit;  /* [layer] per channel: real value = unit * scale * (q - zero_point); NULL = 1 */
};

/* ---- ranges ---- */

enum { BINS = 2048, STEPS = 20 };

static double range_error(const uint32_t *bins, double lo, double width, struct quant q)
{
    double sum = 0;
    for (int i = 0; i < BINS; i++) {
        if (!bins[i])
            continue;
        double v = lo + (i + 0.5) * width;
        double k = rint(v / (double)q.scale) + q.zero_point;
        k = k < -128 ? -128 : k > 127 ? 127 : k;
        double d = v - (double)q.scale * (k - q.zero_point);
        sum += d * d * bins[i];
    }
    return sum;
}

static struct quant from_range(double lo, double hi)
{
    double scale = (hi - lo) / 255;
    if (!(scale > 1e-30))
        scale = 1; /* a constant map of zeros */
    double zp = rint(-128 - lo / scale);
    return (struct quant){(float)scale, (int32_t)(zp < -128 ? -128 : zp > 127 ? 127 : zp)};
}

/* The range, within what was seen and with zero inside, of least squared error. */
static bool choose_range(const float *x, size_t n, struct quant *out, const struct layer *l,
                         struct err *e)
{
    double lo = 0, hi = 0, least = INFINITY;
    for (size_t i = 0; i < n; i++) {
        lo = fmin(lo, (double)x[i]);
        hi = fmax(hi, (double)x[i]);
    }
    if (!isfinite(lo) || !isfinite(hi) || hi - lo > 1e30)
        return err_set(e, ERR_INPUT,
                       "layer %s: the weights lead to values beyond what a float holds", l->name);
    *out = from_range(lo, hi);
    double width = (hi - lo) / BINS;
    if (!(width > 0))
        return true;
    uint32_t *bins = calloc(BINS, sizeof *bins);
    if (!bins)
        return err_nomem(e);
    for (size_t i = 0; i < n; i++) {
        int k = (int)(((double)x[i] - lo) / width);
        bins[k < 0 ? 0 : k >= BINS ? BINS - 1 : k]++;
    }
    for (int a = 0; a < (lo < 0 ? STEPS : 1); a++)
        for (int b = 0; b < STEPS; b++) {
            struct quant q = from_range(lo * (1 - 0.8 * a / STEPS), hi * (1 - 0.8 * b / STEPS));
            double err = range_error(bins, lo, width, q);
            if (err < least)
                least = err, *out = q;
        }
    free(bins);
    return true;
}

/* ---- layers ---- */

static const float *float_map(const struct calibration *k, int from, size_t image)
{
    if (from == LAYER_INPUT)
        return k->input +
               image * (size_t)k->net->in_h * (size_t)k->net->in_w * (size_t)k->net->in_c;
    return k->f[from] + image * (size_t)k->net->layer[from].out_bytes;
}

static const int8_t *int_map(const struct calibration *k, int from, size_t image)
{
    if (from == LAYER_INPUT)
        return k->images->data +
               image * (size_t)k->net->in_h * (size_t)k->net->in_w * (size_t)k->net->in_c;
    return k->qmap[from] + image * (size_t)k->net->layer[from].out_bytes;
}

static bool float_maps(const struct calibration *k, int i, const struct layer *l,
                       const struct flayer *f, struct err *e)
{
    for (size_t j = 0; j < k->n; j++)
        if (!float_layer(l, f, float_map(k, l->in[0], j),
                         l->in[1] < 0 ? NULL : float_map(k, l->in[1], j),
                         k->f[i] + j * (size_t)l->out_bytes, e))
            return false;
    return true;
}

/* Samples that a channel's nominal multiplier and offset are worth against the fit. Chosen from 64
 * to 16000 by leaving out one calibration image at a time (docs/quantisation.md); the result is
 * flat around it. */
static const double prior_samples = 4000;

/* Refits each channel's multiply-add to the floating-point map by least squares over the
 * calibration images, with the accumulators that the integer inputs give; pulled towards the
 * nominal constants, which few samples do not outweigh. */
static bool refit(const struct calibration *k, int i, const struct layer *raw,
                  const struct flayer *rf, double *m, double *b, struct err *e)
{
    size_t oc = (size_t)raw->out_c, n = (size_t)raw->out_bytes, in_n = (size_t)raw->in_bytes,
           positions = n / oc;
    int32_t zp = k->q->layer[i].in[0].zero_point;
    float *acc = malloc(n * sizeof *acc), *in = malloc(in_n * sizeof *in);
    double *sum = calloc(oc * 4, sizeof *sum); /* per channel: r, y, r*r, r*y */
    bool ok = acc && in && sum ? true : err_nomem(e);
    for (size_t j = 0; ok && j < k->n; j++) {
        const int8_t *q = int_map(k, raw->in[0], j);
        for (size_t p = 0; p < in_n; p++)
            in[p] = (float)(q[p] - zp);
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

/* The range of map i in its own units. */
static bool map_range(const struct calibration *k, int i, struct quant *out, struct err *e)
{
    const struct layer *l = &k->net->layer[i];
    size_t n = k->n * (size_t)l->out_bytes, oc = (size_t)l->out_c;
    float *scaled = k->unit[i] ? malloc(n * sizeof *scaled) : NULL;
    if (k->unit[i] && !scaled)
        return err_nomem(e);
    for (size_t p = 0; scaled && p < n; p++)
        scaled[p] = k->f[i][p] / k->unit[i][p % oc];
    bool ok = choose_range(scaled ? scaled : k->f[i], n, out, l, e);
    free(scaled);
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

/* ---- equal channels ---- */

static int root(const int *tied, int i)
{
    while (tied[i] != i)
        i = tied[i];
    return i;
}

/* Maps that are added, and a convolution and its fused pool, share their factors: tied[i] leads to
 * one of them. */
static void tie_maps(const struct network *net, int *tied)
{
    for (int i = 0; i < net->nlayers; i++)
        tied[i] = i;
    for (int i = 0; i < net->nlayers; i++) {
        const struct layer *l = &net->layer[i];
        for (int j = 0; j < 2; j++)
            if (op_class(l->op)->units == OP_UNITS_SHARED && l->in[j] >= 0)
                tied[root(tied, l->in[j])] = root(tied, i);
    }
}

/* May each channel of this layer's map have its own factor? A ReLU6's upper limit is one level for
 * all channels, and so is a table; the layers that only move values, or average, would have to move
 * the factors. */
static bool keeps_factors(const struct layer *l)
{
    return op_class(l->op)->units != OP_UNITS_NONE &&
           (l->act == ACT_NONE || l->act == ACT_RELU || l->bn_after_act);
}

/* Tied maps can have a factor per channel where only depthwise kernels read it from outside: their
 * multipliers take the factor back without loss. (A pointwise kernel's columns could, at the price
 * of coarser weights.) */
static bool can_scale(const struct network *net, const int *tied, int leader)
{
    bool read = false;
    for (int i = 0; i < net->nlayers; i++) {
        const struct layer *l = &net->layer[i];
        bool member = root(tied, i) == leader;
        bool image = l->in[0] == LAYER_INPUT || l->in[1] == LAYER_INPUT; /* which has no factors */
        if (member && ((op_class(l->op)->units == OP_UNITS_SHARED && image) || !keeps_factors(l)))
            return false;
        for (int j = 0; j < 2; j++) {
            if (l->in[j] < 0 || root(tied, l->in[j]) != leader || member)
                continue;
            if (op_class(l->op)->weights != OP_WEIGHTS_EACH)
                return false;
            read = true;
        }
    }
    return read;
}

/* Channel ranges of every map over the images: least[i][c], most[i][c]. */
struct spread {
    float *least, *most;
};

/* Factors of at least 1 that let each channel fill its map's range, as far as the narrowest
 * headroom among the tied maps allows; a margin for images that were not seen, and a limit for
 * channels that hardly move. */
static bool channel_units(struct calibration *k, const struct spread *s, struct err *e)
{
    const double margin = 1.5, limit = 32; /* assumed; docs/quantisation.md has others */
    const struct network *net = k->net;
    int *tied = malloc((size_t)net->nlayers * sizeof *tied);
    if (!tied)
        return err_nomem(e);
    tie_maps(net, tied);
    bool ok = true;
    for (int i = 0; ok && i < net->nlayers; i++) {
        int oc = net->layer[i].out_c;
        if (root(tied, i) != i || !can_scale(net, tied, i))
            continue;
        float *unit = malloc((size_t)oc * sizeof *unit);
        if (!unit) {
            ok = err_nomem(e);
            break;
        }
        for (int c = 0; c < oc; c++)
            unit[c] = (float)(1 / limit);
        for (int j = 0; j < net->nlayers; j++) {
            double lo = 0, hi = 0;
            if (root(tied, j) != i || net->layer[j].fused_pool)
                continue;
            for (int c = 0; c < oc; c++)
                lo = fmin(lo, (double)s[j].least[c]), hi = fmax(hi, (double)s[j].most[c]);
            for (int c = 0; c < oc; c++) {
                double used = fmax(lo < 0 ? (double)s[j].least[c] / lo : 0,
                                   hi > 0 ? (double)s[j].most[c] / hi : 0);
                unit[c] = (float)fmin(1, fmax((double)unit[c], used * margin));
            }
        }
        for (int j = 0; ok && j < net->nlayers; j++)
            if (root(tied, j) == i) {
                k->unit[j] = malloc((size_t)oc * sizeof **k->unit);
                ok = k->unit[j] ? true : err_nomem(e);
                if (ok)
                    memcpy(k->unit[j], unit, (size_t)oc * sizeof *unit);
            }
        free(unit);
    }
    free(tied);
    return ok;
}

/* The floating-point network on every image, for channel_units. */
static bool equalise(struct calibration *k, struct err *e)
{
    const struct network *net = k->net;
    size_t nl = (size_t)net->nlayers;
    struct spread *s = calloc(nl, sizeof *s);
    float **out = calloc(nl, sizeof *out);
    bool ok = s && out ? true : err_nomem(e);
    for (int i = 0; ok && i < net->nlayers; i++) {
        s[i].least = calloc((size_t)net->layer[i].out_c, sizeof *s[i].least);
        s[i].most = calloc((size_t)net->layer[i].out_c, sizeof *s[i].most);
        ok = s[i].least && s[i].most ? true : err_nomem(e);
    }
    for (size_t j = 0; ok && j < k->n; j++)
        for (int i = 0; ok && i < net->nlayers; i++) {
            const struct layer *l = &net->layer[i];
            const float *image =
                k->input + j * (size_t)net->in_h * (size_t)net->in_w * (size_t)net->in_c;
            if (!out[i] && !(out[i] = malloc((size_t)l->out_bytes * sizeof **out))) {
                ok = err_nomem(e);
                break;
            }
            ok = float_layer(l, &k->fm->layer[i], l->in[0] < 0 ? image : out[l->in[0]],
                             l->in[1] < 0 ? image : out[l->in[1]], out[i], e);
            for (size_t p = 0; ok && p < (size_t)l->out_bytes; p++) {
                size_t c = p % (size_t)l->out_c;
                s[i].least[c] = fminf(s[i].least[c], out[i][p]);
                s[i].most[c] = fmaxf(s[i].most[c], out[i][p]);
            }
        }
    ok = ok && channel_units(k, s, e);
    for (size_t i = 0; i < nl; i++) {
        if (out)
            free(out[i]);
        if (s)
            free(s[i].least), free(s[i].most);
    }
    free(out), free(s);
    return ok;
}

static bool weighted_layer(struct calibration *k, int i, int wbits, enum quantiser kind,
                           struct err *e)
{
    const struct layer *l = &k->net->layer[i];
    const struct flayer *f = &k->fm->layer[i];
    struct qlayer *q = &k->q->layer[i];
    size_t oc = (size_t)l->out_c, n = (size_t)l->weights, row = n / oc;
    bool wide = kernel_class(kernel_of(k->net, i))->output == KERNEL_OUTPUT_LOGITS;
    /* Before a batch norm the activation clamps the accumulator; after it, or without one, the
     * output. */
    bool early = l->bn && l->bn_after_act && l->act != ACT_NONE;
    enum activation late = early ? ACT_NONE : l->act;
    if (early && l->act != ACT_RELU)
        return err_set(e, ERR_INPUT, "layer %s: only a ReLU can stand before a batch norm",
                       l->name);

    q->nweights = n;
    q->weights = malloc(n);
    q->mult = malloc(oc * sizeof *q->mult);
    q->off = malloc(oc * sizeof *q->off);
    q->bias = early && l->bias ? malloc(oc * sizeof *q->bias) : NULL;
    q->relu = early;
    q->act_min = -128, q->act_max = 127;
    float *scale = malloc(oc * sizeof *scale), *wf = malloc(n * sizeof *wf),
          *bf = calloc(oc, sizeof *bf);
    double *m = malloc(oc * sizeof *m), *b = malloc(oc * sizeof *b),
           *bound = malloc(oc * sizeof *bound);
    bool ok = q->weights && q->mult && q->off && (q->bias || !(early && l->bias)) && scale && wf &&
              bf && m && b && bound;
    ok = ok ? weights_quantise(kind, wbits, (double)f->lambda, f->weights, oc, row, q->weights,
                               scale, &q->report, e)
            : err_nomem(e);

    const float *in_unit = l->in[0] >= 0 ? k->unit[l->in[0]] : NULL;
    for (size_t c = 0; ok && c < oc; c++) {
        double unit = (double)scale[c] * (double)q->in[0].scale,
               mul = l->bn ? (double)f->bn_mul[c] : 1;
        if (in_unit) /* only depthwise kernels read such maps */
            unit *= (double)in_unit[c];
        m[c] = mul * unit;
        b[c] = l->bn ? (double)f->bn_add[c] : 0;
        if (l->bias && q->bias) {
            double bias = unit > 0 ? rint((double)f->bias[c] / unit) : 0;
            q->bias[c] = (int32_t)fmax(-1e9, fmin(1e9, bias));
            bf[c] = (float)q->bias[c];
        } else if (l->bias) {
            b[c] += mul * (double)f->bias[c];
        }
        bound[c] = constants_bound(q->weights + c * row, row, q->in[0].zero_point,
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
        ok = ok && map_range(k, pool, &q->out, e);
        for (size_t c = 0; ok && k->unit[i] && c < oc; c++) {
            m[c] /= (double)k->unit[i][c];
            b[c] /= (double)k->unit[i][c];
        }
    }
    ok = ok && constants_output(q, m, b, bound, oc, wide, l, e);
    /* clipping has changed nothing that the activation lets through */
    if (ok && constants_need_table(late)) {
        struct quant out = unit_interval;
        activate_all(k->f[i], k->n * (size_t)l->out_bytes, late);
        ok = (late == ACT_SIGMOID || late == ACT_HSIGMOID || map_range(k, i, &out, e)) &&
             constants_table(q, late, out, e);
    }
    free(scale), free(wf), free(bf), free(m), free(b), free(bound);
    return ok;
}

static bool pool_layer(struct calibration *k, int i, struct err *e)
{
    const struct layer *l = &k->net->layer[i];
    struct qlayer *q = &k->q->layer[i];
    double m = (double)q->in[0].scale / ((double)l->in_h * l->in_w), b = 0;
    double bound = 255.0 * l->in_h * l->in_w;
    q->mult = malloc(sizeof *q->mult);
    q->off = malloc(sizeof *q->off);
    q->act_min = -128, q->act_max = 127;
    if (!q->mult || !q->off)
        return err_nomem(e);
    return float_maps(k, i, l, &k->fm->layer[i], e) && map_range(k, i, &q->out, e) &&
           constants_output(q, &m, &b, &bound, 1, false, l, e);
}

/* Layers without weights that have a scale of their own. */
static bool combining_layer(struct calibration *k, int i, struct err *e)
{
    const struct layer *l = &k->net->layer[i];
    struct qlayer *q = &k->q->layer[i];
    if (!float_maps(k, i, l, &k->fm->layer[i], e) || !map_range(k, i, &q->out, e))
        return false;
    return constants_combined(q, l, e);
}

static bool one_layer(struct calibration *k, int i, int wbits, enum quantiser kind, struct err *e)
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
    }
    return false;
}

/* Integer outputs of layer i for all images; the fused pool's come with the convolution. */
static bool int_maps(struct calibration *k, int i, struct err *e)
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
static double maps_sqnr(const struct calibration *k, int i)
{
    size_t n = k->n * (size_t)k->net->layer[i].out_bytes, oc = (size_t)k->net->layer[i].out_c;
    const struct quant *q = &k->q->layer[i].out;
    double signal = 0, noise = 0;
    for (size_t p = 0; p < n; p++) {
        double real = (double)k->f[i][p], unit = k->unit[i] ? (double)k->unit[i][p % oc] : 1;
        double d = real - unit * (double)q->scale * (k->qmap[i][p] - q->zero_point);
        signal += real * real;
        noise += d * d;
    }
    return noise > 0 && signal > 0 ? 10 * log10(signal / noise) : 0;
}

static bool quantise_layers(struct calibration *k, int wbits, enum quantiser kind, struct err *e)
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
    struct calibration k = {.net = net,
                            .fm = fm,
                            .q = q,
                            .images = images,
                            .n = (size_t)images->n,
                            .f = calloc(nl, sizeof *k.f),
                            .qmap = calloc(nl, sizeof *k.qmap),
                            .unit = calloc(nl, sizeof *k.unit),
                            .input = malloc((size_t)images->n * pixels * sizeof *k.input)};
    bool ok = fm != NULL;
    if (q)
        q->net = net, q->layer = calloc(nl, sizeof *q->layer);
    if (!q || !q->layer || !k.f || !k.qmap || !k.unit || !k.input)
        ok = err_nomem(e);
    if (ok) {
        q->input = (struct quant){1, 0};
        q->wbits = wbits;
        q->quantiser = kind;
        q->trained = params != NULL;
        for (size_t i = 0; i < k.n * pixels; i++)
            k.input[i] = (float)images->data[i];
        ok = equalise(&k, e) && quantise_layers(&k, wbits, kind, e) &&
             hash_inputs(q, params, images, wbits, kind, e);
        q->logit_scale = (double)q->layer[nl - 1].out.scale;
    }
    for (size_t i = 0; i < nl; i++) {
        if (k.f)
            free(k.f[i]);
        if (k.qmap)
            free(k.qmap[i]);
        if (k.unit)
            free(k.unit[i]);
    }
    free(k.f), free(k.qmap), free(k.unit), free(k.input);
    fmodel_free(fm);
    image_free(&generated);
    if (!ok) {
        qmodel_free(q);
        return NULL;
    }
    return q;
}
