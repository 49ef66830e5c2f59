#include "base/rows.h"

#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* New zeroed row at the end of an array that lives in `struct rows`, or NULL. */
static void *append(struct rows *r, void **array, size_t *n, size_t *cap, size_t size)
{
    void *p = r->failed ? NULL : buf_grow(*array, *n, cap, size);
    if (!p) {
        r->failed = true;
        return NULL;
    }
    *array = p;
    void *row = (char *)p + *n * size;
    memset(row, 0, size);
    ++*n;
    return row;
}

#define APPEND(r, what) \
    append(r, (void **)&(r)->what, &(r)->n##what, &(r)->cap_##what, sizeof *(r)->what)
#define COPY(field, text) snprintf(field, sizeof(field), "%s", text)

int rows_scope(struct rows *r, int parent, const char *name, const char *op, uint64_t macs,
               uint64_t params)
{
    int seq = (int)r->nscope;
    struct scope_row *s = APPEND(r, scope);
    if (!s)
        return -1;
    s->parent = parent;
    s->seq = seq;
    s->macs = macs;
    s->params = params;
    COPY(s->name, name);
    COPY(s->op, op);
    return seq;
}

void rows_tally(struct rows *r, int scope, const char *component, const char *action,
                uint64_t count)
{
    if (!count)
        return;
    /* Producers add in scope order, so the row sought is near the end. */
    for (size_t i = r->ntally; i-- > 0 && r->tally[i].scope == scope;) {
        struct tally_row *t = &r->tally[i];
        if (!strcmp(t->component, component) && !strcmp(t->action, action)) {
            t->count += count;
            return;
        }
    }
    struct tally_row *t = APPEND(r, tally);
    if (!t)
        return;
    t->scope = scope;
    t->count = count;
    COPY(t->component, component);
    COPY(t->action, action);
}

void rows_cost(struct rows *r, const char *component, const char *action, double cycles, double pj,
               const char *source)
{
    const double nominal[3] = {NAN, pj, NAN};
    rows_cost_band(r, component, action, cycles, nominal, source);
}

void rows_cost_band(struct rows *r, const char *component, const char *action, double cycles,
                    const double pj[3], const char *source)
{
    struct cost_row *c = NULL;
    for (size_t i = 0; i < r->ncost && !c; i++)
        if (!strcmp(r->cost[i].component, component) && !strcmp(r->cost[i].action, action))
            c = &r->cost[i];
    if (!c)
        c = APPEND(r, cost);
    if (!c)
        return;
    COPY(c->component, component);
    COPY(c->action, action);
    COPY(c->source, source);
    c->cycles = cycles;
    c->pj_low = pj[0];
    c->pj = pj[1];
    c->pj_high = pj[2];
}

void rows_peak(struct rows *r, int scope, const char *part, uint64_t bytes)
{
    struct peak_row *p = APPEND(r, peak);
    if (!p)
        return;
    p->scope = scope;
    p->bytes = bytes;
    COPY(p->part, part);
}

void rows_sample(struct rows *r, int scope, int rep, const char *quantity, double value)
{
    struct sample_row *p = APPEND(r, sample);
    if (!p)
        return;
    p->scope = scope;
    p->rep = rep;
    p->value = value;
    COPY(p->quantity, quantity);
}

void rows_free(struct rows *r)
{
    free(r->scope);
    free(r->tally);
    free(r->cost);
    free(r->peak);
    free(r->sample);
    free(r->run.config_json);
    *r = (struct rows){0};
}
