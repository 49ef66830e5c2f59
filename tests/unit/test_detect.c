/* nn_detect against a straight double-precision computation that sorts all candidates, on random
 * heads. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/firmware/nn_detect.h"

enum { CLASSES = 4, MOST = 60, SIDE = 5, PRIORS = 3 };

struct box {
    int class_id, order;
    double score, c[4];
};

static uint32_t state = 1;
static uint32_t rnd(uint32_t n)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % n;
}

static int by_score(const void *a, const void *b)
{
    const struct box *x = a, *y = b;
    return x->score < y->score ? 1 : x->score > y->score ? -1 : x->order - y->order;
}

static double clip(double v)
{
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

static double area(const double *c)
{
    return (c[2] - c[0]) * (c[3] - c[1]);
}

static int straight(const struct nn_detector *d, struct box *out, int *dropped)
{
    static struct box all[2 * SIDE * SIDE * PRIORS * CLASSES];
    int n = 0, kept = 0;
    for (int i = 0; i < d->nheads; i++) {
        const struct nn_head *h = &d->head[i];
        for (int k = 0; k < h->h * h->w * h->priors; k++) {
            const int8_t *s = h->score + k * CLASSES, *t = h->box + k * 4;
            int cell = k / h->priors;
            const float *prior = h->prior[k % h->priors];
            double sum = 0, v[4];
            for (int c = 0; c < CLASSES; c++)
                sum += exp((double)h->score_scale * s[c]);
            for (int j = 0; j < 4; j++)
                v[j] = (double)h->box_scale * (t[j] - h->box_zp);
            double cx = (cell % h->w + 0.5) / h->w + 0.1 * v[0] * (double)prior[0];
            double cy =
                (double)((double)(cell / h->w) + 0.5) / h->h + 0.1 * v[1] * (double)prior[1];
            double w = (double)prior[0] * exp(0.2 * v[2]) / 2,
                   e = (double)prior[1] * exp(0.2 * v[3]) / 2;
            for (int c = 1; c < CLASSES; c++) {
                double p = exp((double)h->score_scale * s[c]) / sum;
                if (p >= (double)d->score_min) {
                    all[n] = (struct box){
                        c, n, p, {clip(cx - w), clip(cy - e), clip(cx + w), clip(cy + e)}};
                    n++;
                }
            }
        }
    }
    qsort(all, (size_t)n, sizeof *all, by_score);
    for (int i = 0; i < n && i < MOST; i++) {
        bool drop = false;
        for (int j = 0; j < kept; j++) {
            const double *a = out[j].c, *b = all[i].c;
            double w = fmin(a[2], b[2]) - fmax(a[0], b[0]), e = fmin(a[3], b[3]) - fmax(a[1], b[1]);
            double both = w > 0 && e > 0 ? w * e : 0;
            drop |= out[j].class_id == all[i].class_id && both > 0 &&
                    both / (area(a) + area(b) - both) > (double)d->iou_max;
        }
        if (drop)
            ++*dropped;
        else
            out[kept++] = all[i];
    }
    return kept;
}

static void agrees(void **unused)
{
    (void)unused;
    static int8_t score[2][SIDE * SIDE * PRIORS * CLASSES], box[2][SIDE * SIDE * PRIORS * 4];
    int found_any = 0, suppressed = 0;
    for (int round = 0; round < 200; round++) {
        float prior[PRIORS][2], table[256];
        for (int i = 0; i < PRIORS; i++)
            for (int j = 0; j < 2; j++)
                prior[i][j] = 0.1f + 0.01f * (float)rnd(50);
        struct nn_head head[2];
        for (int i = 0; i < 2; i++) {
            for (size_t k = 0; k < sizeof score[i]; k++)
                score[i][k] = (int8_t)((int)rnd(256) - 128);
            for (size_t k = 0; k < sizeof box[i]; k++)
                box[i][k] = (int8_t)((int)rnd(256) - 128);
            head[i] = (struct nn_head){score[i],
                                       box[i],
                                       (int16_t)(1 + rnd(SIDE)),
                                       (int16_t)(1 + rnd(SIDE)),
                                       PRIORS,
                                       0.001f + 0.0001f * (float)rnd(400),
                                       0.03f,
                                       (int32_t)rnd(20) - 10,
                                       (const float(*)[2])prior};
        }
        struct nn_detector d = {2, CLASSES, MOST, head, 0.3f + 0.001f * (float)rnd(300), 0.45f};
        struct nn_detection got[MOST];
        struct box want[MOST];
        int n = nn_detect(&d, got, table);
        int m = straight(&d, want, &suppressed);
        assert_int_equal(n, m);
        for (int i = 0; i < n; i++) {
            assert_int_equal(got[i].class_id, want[i].class_id);
            assert_true(fabs((double)got[i].score - want[i].score) < 1e-5);
            const float c[4] = {got[i].x0, got[i].y0, got[i].x1, got[i].y1};
            for (int j = 0; j < 4; j++)
                assert_true(fabs((double)c[j] - want[i].c[j]) < 1e-5);
        }
        found_any += n > 0;
    }
    assert_true(found_any > 100 && suppressed > 100); /* the rounds say something */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees)};
    return cmocka_run_group_tests_name("detect", tests, NULL, NULL);
}
