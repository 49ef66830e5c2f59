#include "nn_detect.h"

/* e^x to about 2 units in the last place, by a polynomial around 0 and a power of two. */
static float exponential(float x)
{
    if (x < -87.0f)
        return 0.0f;
    if (x > 88.0f)
        x = 88.0f;
    float t = x * 1.44269504f;
    int32_t n = (int32_t)(t < 0.0f ? t - 0.5f : t + 0.5f);
    float k = (float)n, r = x - k * 0.693359375f;
    r = r - k * -2.12194440e-4f;
    float p = 1.0f + r * (1.0f + r * (0.5f + r * (0.166666667f +
                                                  r * (0.0416666667f + r * (0.00833333333f +
                                                                            r * 0.00138888889f)))));
    union {
        uint32_t bits;
        float power;
    } u = {(uint32_t)(n + 127) << 23};
    return p * u.power;
}

static float clip(float v)
{
    return v < 0.0f ? 0.0f : v > 1.0f ? 1.0f : v;
}

static void decode(const struct nn_head *h, int y, int x, int prior, struct nn_detection *d)
{
    const int8_t *t = h->box + ((y * h->w + x) * h->priors + prior) * 4;
    float v[4];
    for (int i = 0; i < 4; i++)
        v[i] = h->box_scale * (float)(t[i] - h->box_zp);
    float pw = h->prior[prior][0], ph = h->prior[prior][1];
    float cx = ((float)x + 0.5f) / (float)h->w, cy = ((float)y + 0.5f) / (float)h->h;
    cx = cx + v[0] * 0.1f * pw;
    cy = cy + v[1] * 0.1f * ph;
    float w = 0.5f * pw * exponential(v[2] * 0.2f), t2 = 0.5f * ph * exponential(v[3] * 0.2f);
    d->x0 = clip(cx - w);
    d->y0 = clip(cy - t2);
    d->x1 = clip(cx + w);
    d->y1 = clip(cy + t2);
}

static float overlap(const struct nn_detection *a, const struct nn_detection *b)
{
    float w = (a->x1 < b->x1 ? a->x1 : b->x1) - (a->x0 > b->x0 ? a->x0 : b->x0);
    float h = (a->y1 < b->y1 ? a->y1 : b->y1) - (a->y0 > b->y0 ? a->y0 : b->y0);
    if (w <= 0.0f || h <= 0.0f)
        return 0.0f;
    float both = w * h, one = (a->x1 - a->x0) * (a->y1 - a->y0),
          other = (b->x1 - b->x0) * (b->y1 - b->y0);
    return both / (one + other - both);
}

/* Into the list of the best `most`, sorted; an equal score goes behind. */
static int insert(struct nn_detection *list, int n, int most, const struct nn_detection *d)
{
    if (n == most && d->score <= list[n - 1].score)
        return n;
    int i = n < most ? n : most - 1;
    for (; i > 0 && list[i - 1].score < d->score; i--)
        list[i] = list[i - 1];
    list[i] = *d;
    return n < most ? n + 1 : n;
}

static int score_prior(const struct nn_detector *d, const struct nn_head *h, int y, int x,
                       int prior, const float *table, struct nn_detection *found, int n)
{
    const int8_t *s = h->score + ((y * h->w + x) * h->priors + prior) * d->classes;
    int top = s[0];
    for (int c = 1; c < d->classes; c++)
        top = s[c] > top ? s[c] : top;
    float sum = 0.0f;
    for (int c = 0; c < d->classes; c++)
        sum = sum + table[top - s[c]];
    for (int c = 1; c < d->classes; c++) {
        struct nn_detection candidate = {.class_id = c, .score = table[top - s[c]] / sum};
        if (candidate.score < d->score_min)
            continue;
        decode(h, y, x, prior, &candidate);
        n = insert(found, n, d->most, &candidate);
    }
    return n;
}

int nn_detect(const struct nn_detector *d, struct nn_detection *found, float *table)
{
    int n = 0, kept = 0;
    for (int i = 0; i < d->nheads; i++) {
        const struct nn_head *h = &d->head[i];
        for (int k = 0; k < 256; k++)
            /* of a score k steps below the best */
            table[k] = exponential(-h->score_scale * (float)k);
        for (int y = 0; y < h->h; y++)
            for (int x = 0; x < h->w; x++)
                for (int p = 0; p < h->priors; p++)
                    n = score_prior(d, h, y, x, p, table, found, n);
    }
    for (int i = 0; i < n; i++) {
        int suppressed = 0;
        for (int j = 0; j < kept && !suppressed; j++)
            suppressed = found[j].class_id == found[i].class_id &&
                         overlap(&found[j], &found[i]) > d->iou_max;
        if (!suppressed)
            found[kept++] = found[i];
    }
    return kept;
}

int32_t nn_permyriad(float v)
{
    return (int32_t)(v * 10000.0f + 0.5f);
}
