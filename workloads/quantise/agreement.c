#include "workloads/quantise/agreement.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "workloads/kernels/reference.h"
#include "workloads/quantise/float.h"

static int top(const double *x, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}

/* The indices of the five largest values, the largest first; fewer where there are fewer. */
static int first_five(const double *x, int n, int out[5])
{
    int k = 0;
    for (int i = 0; i < n; i++) {
        int at = k < 5 ? k++ : x[i] > x[out[4]] ? 4 : 5;
        if (at == 5)
            continue;
        for (; at > 0 && x[i] > x[out[at - 1]]; at--)
            out[at] = out[at - 1];
        out[at] = i;
    }
    return k;
}

static int common_five(const double *a, const double *b, int n)
{
    int x[5], y[5], k = first_five(a, n, x), common = 0;
    first_five(b, n, y);
    for (int i = 0; i < k; i++)
        for (int j = 0; j < k; j++)
            common += x[i] == y[j];
    return common;
}

bool agreement_image(const struct qmodel *q, const struct params *params, const int8_t *image,
                     struct agreement_image *v, struct err *e)
{
    int n = q->net->classes;
    float *f = malloc((size_t)n * sizeof *f);
    int32_t *sum = malloc((size_t)n * sizeof *sum);
    double *a = malloc((size_t)n * 2 * sizeof *a), signal = 0, noise = 0;
    bool ok = f && sum && a ? true : err_nomem(e);
    ok = ok && float_infer(q->net, params, image, f, e) && reference_infer(q, image, sum, NULL, e);
    for (int i = 0; ok && i < n; i++) {
        a[i] = (double)f[i];
        a[n + i] = q->logit_scale * sum[i];
        signal += a[i] * a[i];
        noise += (a[i] - a[n + i]) * (a[i] - a[n + i]);
    }
    if (ok) {
        v->float_class = top(a, n), v->int_class = top(a + n, n);
        v->float_logit = a[v->float_class], v->int_logit = a[n + v->int_class];
        v->sqnr_db = noise > 0 ? 10 * log10(signal / noise) : 200;
        v->distance = sqrt(noise / n);
        v->common = common_five(a, a + n, n);
    }
    free(f), free(sum), free(a);
    return ok;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The bounds within which a share of hits / n lies with 95 % confidence: Wilson's score
 * interval. */
static void wilson(double hits, double n, double *low, double *high)
{
    const double z = 1.959964;
    double p = hits / n, d = 1 + z * z / n, middle = (p + z * z / (2 * n)) / d;
    double half = z / d * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    *low = middle - half;
    *high = middle + half;
}

/* The q-th part of n sorted values, between neighbours in proportion. */
static double quantile(const double *x, int n, double q)
{
    double at = q * (n - 1);
    int i = (int)at;
    return i + 1 < n ? x[i] + (at - i) * (x[i + 1] - x[i]) : x[i];
}

bool agreement_over(const struct qmodel *q, const struct params *params, const struct image_set *s,
                    struct agreement *out, struct err *e)
{
    size_t bytes = (size_t)s->h * (size_t)s->w * (size_t)s->c;
    double *db = malloc((size_t)s->n * sizeof *db), same = 0, common = 0;
    bool ok = db ? true : err_nomem(e);
    for (int i = 0; ok && i < s->n; i++) {
        struct agreement_image v;
        ok = agreement_image(q, params, s->data + (size_t)i * bytes, &v, e);
        if (!ok)
            break;
        same += v.float_class == v.int_class;
        common += v.common;
        db[i] = v.sqnr_db;
    }
    if (ok) {
        int five = q->net->classes < 5 ? q->net->classes : 5;
        qsort(db, (size_t)s->n, sizeof *db, ascending);
        *out = (struct agreement){
            .images = s->n,
            .same = same / s->n,
            .top5_overlap = common / (five * (double)s->n),
            .sqnr_db_median = quantile(db, s->n, 0.5),
            .sqnr_db_p10 = quantile(db, s->n, 0.1),
        };
        wilson(same, s->n, &out->low, &out->high);
    }
    free(db);
    return ok;
}

void agreement_json(const struct agreement *a, cJSON *o)
{
    json_real(o, "images", a->images);
    json_real(o, "agreement", a->same);
    json_real(o, "agreement_low", a->low);
    json_real(o, "agreement_high", a->high);
    json_real(o, "top5_overlap", a->top5_overlap);
    json_real(o, "sqnr_db_median", a->sqnr_db_median);
    json_real(o, "sqnr_db_p10", a->sqnr_db_p10);
}
