#include "costmodel/explore.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct paths {
    struct swing *out;
    int n;
};

static void collect(void *with, const char *path, double value)
{
    struct paths *p = with;
    /* The memories' sizes and the LUT estimate's parts move the fit and the logic term only through
     * other numbers. */
    if (p->n == MAX_SWINGS || value <= 0)
        return;
    struct swing *s = &p->out[p->n++];
    *s = (struct swing){.value = value};
    snprintf(s->path, sizeof s->path, "%s", path);
}

/* The model with one number changed; false when it cannot be. */
static bool with(const struct npu *n, struct accelerator *scratch, struct npu *m, const char *path,
                 double value, double *seconds, double *uj, double *watts)
{
    char text[40];
    *scratch = *n->accel;
    snprintf(text, sizeof text, "%.12g", value);
    if (!accelerator_set(scratch, path, text, NULL)) {
        snprintf(text, sizeof text, "%.0f", fmax(1, value));
        if (!accelerator_set(scratch, path, text, NULL))
            return false;
    }
    if (!npu_evaluate(m, NULL))
        return false;
    *seconds = m->seconds;
    *uj = m->energy_uj;
    *watts = m->watts;
    return true;
}

static double width(const struct swing *s)
{
    return fabs(s->high_uj - s->low_uj);
}

static int by_width(const void *a, const void *b)
{
    double x = width(a), y = width(b);
    return x < y   ? 1
           : x > y ? -1
                   : strcmp(((const struct swing *)a)->path, ((const struct swing *)b)->path);
}

int explore_tornado(const struct npu *n, double factor, struct swing out[MAX_SWINGS], struct err *e)
{
    struct paths p = {out, 0};
    struct accelerator *scratch = malloc(sizeof *scratch);
    if (!scratch) {
        err_nomem(e);
        return -1;
    }
    *scratch = *n->accel;
    accelerator_parameters(scratch, collect, &p);
    struct npu *m = npu_open(scratch, n->net, n->wbits, n->abits, e);
    int kept = 0;
    for (int i = 0; m && i < p.n; i++) {
        struct swing s = out[i];
        if (!with(n, scratch, m, s.path, s.value / factor, &s.low_s, &s.low_uj, &s.low_w))
            s.low_s = n->seconds, s.low_uj = n->energy_uj, s.low_w = n->watts;
        if (!with(n, scratch, m, s.path, s.value * factor, &s.high_s, &s.high_uj, &s.high_w))
            s.high_s = n->seconds, s.high_uj = n->energy_uj, s.high_w = n->watts;
        if (fabs(s.high_uj - s.low_uj) > 1e-9 * n->energy_uj ||
            fabs(s.high_s - s.low_s) > 1e-9 * n->seconds)
            out[kept++] = s;
    }
    bool ok = m != NULL;
    npu_close(m);
    free(scratch);
    qsort(out, (size_t)kept, sizeof *out, by_width);
    return ok ? kept : -1;
}

/* In time, energy and what it takes: DSPs and LUTs, or multipliers where neither is known. */
static bool beats(const struct design *a, const struct design *b)
{
    uint64_t dsp_a = a->dsp ? a->dsp : a->rows * a->columns,
             dsp_b = b->dsp ? b->dsp : b->rows * b->columns;
    return a->fits && a->seconds <= b->seconds && a->energy_uj <= b->energy_uj && dsp_a <= dsp_b &&
           a->lut <= b->lut &&
           (a->seconds < b->seconds || a->energy_uj < b->energy_uj || dsp_a < dsp_b ||
            a->lut < b->lut);
}

bool explore_grid(const struct npu *n, const uint64_t *rows, int nrows, const uint64_t *columns,
                  int ncolumns, const double *clocks, int nclocks, struct design *out,
                  struct err *e)
{
    struct accelerator *a = malloc(sizeof *a);
    if (!a)
        return err_nomem(e);
    *a = *n->accel;
    struct npu *m = npu_open(a, n->net, n->wbits, n->abits, e);
    int k = 0;
    bool ok = m != NULL;
    for (int r = 0; ok && r < nrows; r++)
        for (int c = 0; ok && c < ncolumns; c++)
            for (int f = 0; ok && f < nclocks; f++) {
                a->engine[0].rows = rows[r];
                a->engine[0].columns = columns[c];
                if (a->lockstep) /* the RTL has a lane for each column */
                    a->vector_lanes = columns[c];
                a->clock_hz = clocks[f];
                ok = npu_evaluate(m, e);
                out[k++] = (struct design){.rows = rows[r],
                                           .columns = columns[c],
                                           .clock_hz = clocks[f],
                                           .seconds = m->seconds,
                                           .energy_uj = m->energy_uj,
                                           .watts = m->watts,
                                           .dsp = m->resources.dsp,
                                           .lut = m->resources.lut,
                                           .ff = m->resources.ff,
                                           .counted = (int)m->resources.counted,
                                           .bram36 = m->resources.bram36,
                                           .fits = m->resources.fits};
            }
    for (int i = 0; ok && i < k; i++) {
        out[i].front = out[i].fits;
        for (int j = 0; j < k && out[i].front; j++)
            out[i].front = !beats(&out[j], &out[i]);
    }
    npu_close(m);
    free(a);
    return ok;
}
