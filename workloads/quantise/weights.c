#include "workloads/quantise/weights.h"

#include <math.h>
#include <stdlib.h>

/* The paper's epsilon (formula 6). */
static const double asq_epsilon = 1e-5;

static double variance(const float *w, size_t n)
{
    double sum = 0, square = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)w[i];
    for (size_t i = 0; i < n; i++)
        square += ((double)w[i] - sum / (double)n) * ((double)w[i] - sum / (double)n);
    return square / (double)n;
}

void weights_clamp(enum clamp kind, double lambda, const float *w, size_t n, double *out)
{
    double scale = 1, most = 0;
    if (kind == CLAMP_ASQ)
        scale = 1 / (lambda * sqrt(variance(w, n) + asq_epsilon));
    if (kind == CLAMP_ASQ_VARIANCE)
        scale = 1 / (lambda * (variance(w, n) + asq_epsilon));
    for (size_t i = 0; i < n; i++) {
        out[i] = tanh((double)w[i] * scale);
        most = fmax(most, fabs(out[i]));
    }
    for (size_t i = 0; most > 0 && i < n; i++)
        out[i] /= most;
}

void weights_round(const double *clamped, size_t n, int bits, bool symmetric, double *q,
                   struct level_report *report)
{
    enum { MOST = 256 };
    size_t histogram[MOST] = {0};
    double top = (double)((1 << (symmetric ? bits - 1 : bits)) - 1), error = 0;
    for (size_t i = 0; i < n; i++) {
        double level = symmetric ? rint(clamped[i] * top) : rint((clamped[i] + 1) / 2 * top);
        double value = symmetric ? level / top : 2 * level / top - 1;
        histogram[(int)level + (symmetric ? 128 : 0)]++;
        error += (clamped[i] - value) * (clamped[i] - value);
        if (q)
            q[i] = value;
    }
    if (!report)
        return;
    *report = (struct level_report){.error = error};
    for (int i = 0; i < MOST; i++)
        if (histogram[i]) {
            double p = (double)histogram[i] / (double)n;
            report->levels++;
            report->entropy_bits -= p * log2(p);
        }
}

/* Least-squares scale of each channel and what is lost with it. */
static double fit_scales(const float *w, size_t channels, size_t per_channel, const int8_t *q,
                         float *scale)
{
    double signal = 0, noise = 0;
    for (size_t c = 0; c < channels; c++, w += per_channel, q += per_channel) {
        double wq = 0, qq = 0;
        for (size_t i = 0; i < per_channel; i++) {
            wq += (double)w[i] * q[i];
            qq += (double)q[i] * q[i];
        }
        scale[c] = qq > 0 ? (float)(wq / qq) : 0;
        for (size_t i = 0; i < per_channel; i++) {
            double d = (double)w[i] - (double)scale[c] * q[i];
            signal += (double)w[i] * (double)w[i];
            noise += d * d;
        }
    }
    return noise > 0 ? 10 * log10(signal / noise) : 200;
}

/* Each channel in units of its largest magnitude. */
static void clamp_channels(const float *w, size_t channels, size_t per_channel, double *out)
{
    for (size_t c = 0; c < channels; c++, w += per_channel, out += per_channel) {
        double most = 0;
        for (size_t i = 0; i < per_channel; i++)
            most = fmax(most, fabs((double)w[i]));
        for (size_t i = 0; i < per_channel; i++)
            out[i] = most > 0 ? (double)w[i] / most : 0;
    }
}

static void integers(int wbits, double lambda, const float *w, size_t channels, size_t per_channel,
                     const double *clamped, int8_t *q, float *scale, struct weight_report *r)
{
    size_t n = channels * per_channel;
    double top = (double)((1 << (wbits - 1)) - 1);
    weights_round(clamped, n, wbits, true, NULL, &r->l);
    int unit = wbits == 4 ? 16 : 1;
    for (size_t i = 0; i < n; i++)
        q[i] = (int8_t)((int)rint(clamped[i] * top) * unit);
    r->lambda = (float)lambda;
    r->sqnr_db = fit_scales(w, channels, per_channel, q, scale);
}

static void trial(enum quantiser kind, int wbits, double lambda, const float *w, size_t channels,
                  size_t per_channel, double *clamped, int8_t *q, float *scale,
                  struct weight_report *r)
{
    if (kind == QUANT_INT8)
        clamp_channels(w, channels, per_channel, clamped);
    else
        weights_clamp(kind == QUANT_ASQ ? CLAMP_ASQ : CLAMP_DOREFA, lambda, w,
                      channels * per_channel, clamped);
    integers(wbits, kind == QUANT_ASQ ? lambda : 0, w, channels, per_channel, clamped, q, scale, r);
}

/* Are all weights of the layer whole multiples of the largest / top? Then `clamped` becomes them in
 * units of the largest. */
static bool already_quantised(const float *w, size_t n, double top, double *clamped)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)w[i]));
    for (size_t i = 0; most > 0 && i < n; i++) {
        double level = (double)w[i] / most * top;
        if (fabs(level - rint(level)) > 1e-4)
            return false;
        clamped[i] = rint(level) / top;
    }
    return most > 0 && n > 4; /* a handful of weights may lie there by chance */
}

/* Error and entropy in one unit, bits: the logarithm of the error against the weights (6.02 dB are
 * one bit of resolution) minus the entropy of the quantised weights. The least wins. */
static double objective(const struct weight_report *r)
{
    return -r->sqnr_db / (20 * log10(2)) - r->l.entropy_bits;
}

bool weights_quantise(enum quantiser kind, int wbits, double lambda, const float *w,
                      size_t channels, size_t per_channel, int8_t *q, float *scale,
                      struct weight_report *report, struct err *e)
{
    double *clamped = malloc(channels * per_channel * sizeof *clamped), least = INFINITY,
           best = lambda;
    if (!clamped)
        return err_nomem(e);
    if (kind != QUANT_INT8 &&
        already_quantised(w, channels * per_channel, (double)((1 << (wbits - 1)) - 1), clamped)) {
        integers(wbits, lambda, w, channels, per_channel, clamped, q, scale, report);
        free(clamped);
        return true;
    }
    for (int k = -16; kind == QUANT_ASQ && !(lambda > 0) && k <= 16; k++) {
        double l = 2 * exp2(k / 8.0); /* around the paper's initial 2 by a factor of 4 each way */
        trial(kind, wbits, l, w, channels, per_channel, clamped, q, scale, report);
        if (objective(report) < least)
            least = objective(report), best = l;
    }
    trial(kind, wbits, best, w, channels, per_channel, clamped, q, scale, report);
    free(clamped);
    return true;
}
