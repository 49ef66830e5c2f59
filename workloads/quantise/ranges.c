#include "workloads/quantise/ranges.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Of the histogram of a map, and of one channel; steps by which each end of the range is drawn in,
 * down to a fifth of it. */
/* A channel is given 1 + ROOM / sqrt(images) times the range that images to calibrate with have;
 * assumed. */
#define ROOM 1.5

enum { MAP_BINS = 2048, MAP_STEPS = 20, CHANNEL_BINS = 256, CHANNEL_STEPS = 10 };

struct histogram {
    uint32_t *bin;
    int bins;
    double lo, width;
};

static double range_error(const struct histogram *h, struct quant q)
{
    double sum = 0;
    for (int i = 0; i < h->bins; i++) {
        if (!h->bin[i])
            continue;
        double v = h->lo + (i + 0.5) * h->width;
        double k = rint(v / (double)q.scale) + q.zero_point;
        k = k < -128 ? -128 : k > 127 ? 127 : k;
        double d = v - (double)q.scale * (k - q.zero_point);
        sum += d * d * h->bin[i];
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

/* n values `step` apart. */
static bool choose(const float *x, size_t n, size_t step, struct histogram *h, int steps,
                   struct quant *out, const struct layer *l, struct err *e)
{
    double lo = 0, hi = 0, least = INFINITY;
    for (size_t i = 0; i < n; i++) {
        lo = fmin(lo, (double)x[i * step]);
        hi = fmax(hi, (double)x[i * step]);
    }
    if (!isfinite(lo) || !isfinite(hi) || hi - lo > 1e30)
        return err_set(e, ERR_INPUT,
                       "layer %s: the weights lead to values beyond what a float holds", l->name);
    *out = from_range(lo, hi);
    h->lo = lo;
    h->width = (hi - lo) / h->bins;
    if (!(h->width > 0))
        return true;
    memset(h->bin, 0, (size_t)h->bins * sizeof *h->bin);
    for (size_t i = 0; i < n; i++) {
        int k = (int)(((double)x[i * step] - lo) / h->width);
        h->bin[k < 0 ? 0 : k >= h->bins ? h->bins - 1 : k]++;
    }
    for (int a = 0; a < (lo < 0 ? steps : 1); a++)
        for (int b = 0; b < (hi > 0 ? steps : 1); b++) {
            struct quant q = from_range(lo * (1 - 0.8 * a / steps), hi * (1 - 0.8 * b / steps));
            double err = range_error(h, q);
            if (err < least)
                least = err, *out = q;
        }
    return true;
}

bool ranges_map(const float *x, size_t n, struct quant *out, const struct layer *l, struct err *e)
{
    struct histogram h = {.bin = malloc(MAP_BINS * sizeof *h.bin), .bins = MAP_BINS};
    bool ok = h.bin ? choose(x, n, 1, &h, MAP_STEPS, out, l, e) : err_nomem(e);
    free(h.bin);
    return ok;
}

struct ends {
    double lo, hi, scale;
};

/* One channel's. */
static bool channel_ends(const float *x, size_t n, size_t step, double margin, const float *floor,
                         const float *rise, struct histogram *h, struct ends *d,
                         const struct layer *l, struct err *e)
{
    struct quant q;
    if (!choose(x, n, step, h, CHANNEL_STEPS, &q, l, e))
        return false;
    bool still = !(h->width > 0);
    d->lo = still ? 0 : margin * (double)q.scale * (-128 - q.zero_point);
    d->hi = still ? 0 : margin * (double)q.scale * (127 - q.zero_point);
    if (floor && *rise >= 0)
        d->lo = fmin(0, (double)*floor), d->hi = fmax(d->hi, 0);
    else if (floor)
        d->hi = fmax(0, (double)*floor), d->lo = fmin(d->lo, 0);
    d->scale = (d->hi - d->lo) / 255;
    return true;
}

bool ranges_channels(const float *x, size_t n, size_t channels, size_t images, const float *floor,
                     const float *rise, const double *least, bool even, struct quant *out,
                     float *unit, float *zero, const struct layer *l, struct err *e)
{
    /* Room for images that were not seen, the more the fewer were: beside a channel's range, and
     * for one that hardly moves. */
    const double margin = 1 + ROOM / sqrt((double)images), apart = 1 / sqrt((double)images);
    uint32_t bin[CHANNEL_BINS];
    struct histogram h = {.bin = bin, .bins = CHANNEL_BINS};
    struct ends *end = calloc(channels, sizeof *end);
    double most = 0, largest = 0;
    bool ok = end ? true : err_nomem(e);
    for (size_t c = 0; ok && c < channels; c++) {
        ok = channel_ends(x + c, n, channels, margin, floor ? floor + c : NULL,
                          floor ? rise + c : NULL, &h, &end[c], l, e);
        most = fmax(most, end[c].scale);
    }
    if (!(most > 0))
        most = 1;
    for (size_t c = 0; ok && c < channels; c++) {
        double *s = &end[c].scale;
        *s = fmax(*s, most * apart);
        *s = even ? sqrt(*s * most) : *s;
        *s = least ? fmax(*s, least[c]) : *s;
        largest = fmax(largest, *s);
    }
    out->scale = (float)largest;
    out->zero_point = 0;
    for (size_t c = 0; ok && c < channels; c++) {
        const struct ends *d = &end[c];
        double more = 255 * d->scale - (d->hi - d->lo), below = !floor         ? more / 2
                                                                : rise[c] >= 0 ? 0
                                                                               : more;
        double z = rint(-128 - (d->lo - below) / d->scale);
        unit[c] = (float)(d->scale / largest);
        zero[c] = (float)(z < -128 ? -128 : z > 127 ? 127 : z);
    }
    free(end);
    return ok;
}
