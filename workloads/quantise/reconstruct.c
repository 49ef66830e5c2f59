#include "workloads/quantise/reconstruct.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool reconstruct_init(struct moments *m, size_t k, struct err *e)
{
    *m = (struct moments){.k = k,
                          .v = calloc(k, sizeof *m->v),
                          .u = calloc(k, sizeof *m->u),
                          .vv = calloc(k * k, sizeof *m->vv),
                          .ev = calloc(k * k, sizeof *m->ev)};
    return m->v && m->u && m->vv && m->ev ? true : err_nomem(e);
}

void reconstruct_free(struct moments *m)
{
    free(m->v), free(m->u), free(m->vv), free(m->ev);
    *m = (struct moments){0};
}

/* Samples are taken several at a time, so that each sum is read and written once for all of them.
 * */
enum { TOGETHER = 8 };

/* `count` is a constant where this is inlined. */
static inline __attribute__((always_inline)) void add_some(struct moments *m, const float *v,
                                                           const float *u, size_t count)
{
    size_t k = m->k;
    for (size_t i = 0; i < k; i++) {
        double *row = m->vv + i * k, *error = m->ev + i * k, a[TOGETHER], b[TOGETHER];
        for (size_t s = 0; s < count; s++) {
            a[s] = (double)v[s * k + i];
            b[s] = (double)u[s * k + i] - a[s];
            m->v[i] += a[s];
            m->u[i] += (double)u[s * k + i];
        }
        for (size_t j = 0; j < k; j++) {
            double x = row[j], y = error[j];
#pragma GCC unroll 8
            for (size_t s = 0; s < count; s++) {
                double z = (double)v[s * k + j];
                x += a[s] * z;
                y += b[s] * z;
            }
            row[j] = x, error[j] = y;
        }
    }
}

void reconstruct_add(struct moments *m, const float *v, const float *u, size_t count)
{
    m->n += (double)count;
    for (; count >= TOGETHER; count -= TOGETHER, v += TOGETHER * m->k, u += TOGETHER * m->k)
        add_some(m, v, u, TOGETHER);
    for (; count > 0; count--, v += m->k, u += m->k)
        add_some(m, v, u, 1);
}

/* The lower factor of the covariances of v, with `damp` of their mean added to each variance. */
static bool factor(const struct moments *m, double damp, double *f, struct err *e)
{
    size_t k = m->k;
    double mean = 0;
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++)
            f[i * k + j] = m->vv[i * k + j] / m->n - m->v[i] / m->n * (m->v[j] / m->n);
        mean += f[i * k + i] / (double)k;
    }
    for (size_t i = 0; i < k; i++)
        f[i * k + i] += damp * mean + 1e-9;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j <= i; j++) {
            double s = f[i * k + j];
            for (size_t t = 0; t < j; t++)
                s -= f[i * k + t] * f[j * k + t];
            if (i == j && !(s > 0))
                return err_set(e, ERR_INPUT, "a layer's inputs are beyond what a float holds");
            f[i * k + j] = i == j ? sqrt(s) : s / f[j * k + j];
        }
    return true;
}

/* Samples, of the mean variance of the inputs, that the weights as they were are worth against the
 * fit; and that keep rounding from what few samples say. */
static const double fit_prior = 4000, round_prior = 500;

bool reconstruct_fit(const struct moments *m, double *w, size_t rows, struct err *e)
{
    size_t k = m->k;
    double *f = malloc(k * k * sizeof *f), *d = malloc(k * sizeof *d);
    bool ok = f && d ? factor(m, fit_prior / m->n, f, e) : err_nomem(e);
    for (size_t r = 0; ok && r < rows; r++, w += k) {
        double miss = 0;
        for (size_t j = 0; j < k; j++)
            d[j] = 0;
        for (size_t i = 0; i < k; i++) {
            double x = w[i] / m->n;
            miss += w[i] * (m->u[i] - m->v[i]) / m->n;
            for (size_t j = 0; j < k; j++)
                d[j] += x * m->ev[i * k + j];
        }
        for (size_t j = 0; j < k; j++)
            d[j] -= miss * m->v[j] / m->n;
        for (size_t i = 0; i < k; i++) { /* f f' x = d */
            double s = d[i];
            for (size_t t = 0; t < i; t++)
                s -= f[i * k + t] * d[t];
            d[i] = s / f[i * k + i];
        }
        for (size_t i = k; i-- > 0;) {
            d[i] /= f[i * k + i];
            for (size_t t = 0; t < i; t++)
                d[t] -= f[i * k + t] * d[i];
        }
        for (size_t i = 0; i < k; i++)
            w[i] += d[i];
    }
    free(f), free(d);
    return ok;
}

bool reconstruct_round(const struct moments *m, const double *w, size_t rows, const float *scale,
                       int top, int8_t *q, struct err *e)
{
    size_t k = m->k;
    double *f = malloc(k * k * sizeof *f), *left = malloc(k * sizeof *left);
    bool ok = f && left ? factor(m, 0.01 + round_prior / m->n, f, e) : err_nomem(e);
    for (size_t r = 0; ok && r < rows; r++, w += k, q += k) {
        double s = (double)scale[r];
        for (size_t i = 0; i < k; i++)
            left[i] = 0;
        /* |f' (w - q)|^2 is a sum of squares, each of which has one more input than the one before:
         * from the last to the first. With f lower, row i of f' has entries t >= i. */
        for (size_t i = k; i-- > 0;) {
            double want = s > 0 ? (w[i] + left[i] / f[i * k + i]) / s : 0, x = rint(want);
            x = x < -top ? -top : x > top ? top : x;
            q[i] = (int8_t)x;
            double miss = w[i] - s * x;
            for (size_t t = 0; t < i; t++)
                left[t] += f[i * k + t] * miss;
        }
    }
    free(f), free(left);
    return ok;
}
