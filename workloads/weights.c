#include "workloads/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The paper's epsilon (formula 6). */
static const double asq_epsilon = 1e-5;

static double largest(const double *x, size_t n)
{
    double m = 0;
    for (size_t i = 0; i < n; i++)
        m = fmax(m, fabs(x[i]));
    return m;
}

/* Clamped weights in [-1, 1]: tanh(W) / max|tanh(W)| for DoReFa (formula 4, as a symmetric value), the same of
 * W / (lambda * sqrt(VAR(W) + epsilon)) for ASQ (formula 6). Variance and maximum are those of the whole layer. */
static void clamp_layer(enum quantiser kind, double lambda, const float *w, size_t n, double *out)
{
    double scale = 1;
    if (kind == QUANT_ASQ) {
        double sum = 0, square = 0;
        for (size_t i = 0; i < n; i++)
            sum += (double)w[i];
        for (size_t i = 0; i < n; i++)
            square += ((double)w[i] - sum / (double)n) * ((double)w[i] - sum / (double)n);
        scale = 1 / (lambda * sqrt(square / (double)n + asq_epsilon));
    }
    for (size_t i = 0; i < n; i++)
        out[i] = tanh((double)w[i] * scale);
    double m = largest(out, n);
    for (size_t i = 0; m > 0 && i < n; i++)
        out[i] /= m;
}

/* Least-squares scale of each channel, and the report. `clamped` are the values that q / top approximates. */
static void measure(const float *w, const double *clamped, double top, size_t channels, size_t per_channel, const int8_t *q,
                    float *scale, struct weight_report *r)
{
    size_t histogram[256] = {0}, n = channels * per_channel;
    double signal = 0, noise = 0;
    *r = (struct weight_report){0};
    for (size_t c = 0; c < channels; c++) {
        double wq = 0, qq = 0;
        for (size_t i = c * per_channel; i < (c + 1) * per_channel; i++) {
            wq += (double)w[i] * q[i];
            qq += (double)q[i] * q[i];
        }
        scale[c] = qq > 0 ? (float)(wq / qq) : 0;
        for (size_t i = c * per_channel; i < (c + 1) * per_channel; i++) {
            double d = (double)w[i] - (double)scale[c] * q[i];
            signal += (double)w[i] * (double)w[i];
            noise += d * d;
            histogram[q[i] + 128]++;
            double j = clamped ? clamped[i] - q[i] / top : d;
            r->error += j * j;
        }
    }
    for (int i = 0; i < 256; i++)
        if (histogram[i]) {
            double p = (double)histogram[i] / (double)n;
            r->levels++;
            r->entropy_bits -= p * log2(p);
        }
    r->sqnr_db = noise > 0 && signal > 0 ? 10 * log10(signal / noise) : signal > 0 ? 200 : 0;
}

static void round_to_levels(const double *clamped, size_t n, double top, int8_t *q)
{
    for (size_t i = 0; i < n; i++)
        q[i] = (int8_t)lrint(clamped[i] * top);
}

/* Per channel: the largest magnitude becomes `top`. */
static void int8_channels(const float *w, size_t channels, size_t per_channel, double top, int8_t *q)
{
    for (size_t c = 0; c < channels; c++) {
        double m = 0;
        for (size_t i = c * per_channel; i < (c + 1) * per_channel; i++)
            m = fmax(m, fabs((double)w[i]));
        for (size_t i = c * per_channel; i < (c + 1) * per_channel; i++)
            q[i] = m > 0 ? (int8_t)lrint((double)w[i] / m * top) : 0;
    }
}

/* Error and entropy in one unit, bits: half of log2 of the relative error power (6.02 dB are one bit of resolution)
 * minus the entropy. The least wins. */
static double objective(const struct weight_report *r)
{
    return -r->sqnr_db / (20 * log10(2)) - r->entropy_bits;
}

bool quantise_weights(enum quantiser kind, int wbits, float lambda, const float *w, size_t channels, size_t per_channel,
                      int8_t *q, float *scale, struct weight_report *report, struct err *e)
{
    size_t n = channels * per_channel;
    double top = (double)((1 << (wbits - 1)) - 1);
    if (kind == QUANT_INT8) {
        int8_channels(w, channels, per_channel, top, q);
        measure(w, NULL, top, channels, per_channel, q, scale, report);
        return true;
    }
    double *clamped = malloc(n * sizeof *clamped);
    if (!clamped)
        return err_nomem(e);
    double best = kind == QUANT_ASQ ? (double)lambda : 0;
    if (kind == QUANT_ASQ && !(lambda > 0)) {
        double least = INFINITY;
        for (int k = -16; k <= 16; k++) { /* 2 * 2^(k/8): from a quarter of the paper's initial value to four times it */
            double trial = 2 * exp2(k / 8.0);
            clamp_layer(kind, trial, w, n, clamped);
            round_to_levels(clamped, n, top, q);
            measure(w, clamped, top, channels, per_channel, q, scale, report);
            if (objective(report) < least)
                least = objective(report), best = trial;
        }
    }
    clamp_layer(kind, best, w, n, clamped);
    round_to_levels(clamped, n, top, q);
    measure(w, clamped, top, channels, per_channel, q, scale, report);
    report->lambda = (float)best;
    free(clamped);
    return true;
}
