#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "reports/store.h"
#include "study/sweep/parts.h"
#include "workloads/quantise/agreement.h"
#include "workloads/quantise/quant.h"

struct variant { /* a network that is measured once */
    char key[65];
    size_t item; /* the first point that has it */
    char *json;  /* {"evaluation":{...}}; NULL: not known yet */
};

struct measuring {
    const struct spec *spec;
    struct store *store;
    const struct agreement_watch *watch;
    struct variant *variant;
    size_t n;
    struct err e;
};

static bool measure(const struct spec *s, const struct sweep_point *p, struct agreement *a,
                    struct err *e)
{
    struct network *n = point_network(p, e);
    struct params *params = NULL;
    struct image_set calib = {0}, images = {0};
    struct qmodel *q = NULL;
    bool ok =
        n && (!s->weights || (params = params_load(s->weights, e))) &&
        image_load_dir(&images, s->evaluate, n->in_h, n->in_w, n->in_c, e) &&
        (!s->calibrate || image_load_dir(&calib, s->calibrate, n->in_h, n->in_w, n->in_c, e)) &&
        (q = qmodel_build(n, params, s->calibrate ? &calib : NULL,
                          (int)strtol(point_get(p, "wbits", "8"), NULL, 10), point_quantiser(p),
                          e)) &&
        agreement_over(q, params, &images, a, e);
    qmodel_free(q);
    image_free(&calib);
    image_free(&images);
    params_free(params);
    network_free(n);
    return ok;
}

/* In a worker: the result is the configuration of a run without anything else. */
static void measure_work(void *context, size_t i, struct point_result *out)
{
    const struct measuring *m = context;
    struct sweep_point p;
    struct agreement a;
    struct err e = {0};
    cJSON *o = json_root(), *x = json_object(o, "evaluation");
    spec_point(m->spec, m->variant[i].item, &p);
    if (measure(m->spec, &p, &a, &e))
        agreement_json(&a, x);
    else
        json_text(x, "reason", e.msg);
    if (e.code == ERR_ENV)
        point_result_fail(out, &e);
    out->rows.run.config_json = cJSON_PrintUnformatted(o);
    out->has_rows = true;
    cJSON_Delete(o);
}

static bool measure_done(void *context, size_t i, struct point_result *out)
{
    struct measuring *m = context;
    struct variant *v = &m->variant[i];
    if (out->state != POINT_DONE || !out->rows.run.config_json)
        return err_set(&m->e, ERR_ENV, "agreement: %s",
                       *out->reason ? out->reason : "out of memory");
    v->json = strdup(out->rows.run.config_json);
    return v->json ? store_memo(m->store, v->key, v->json, &m->e) : err_nomem(&m->e);
}

static void measure_tick(void *context, size_t running)
{
    const struct agreement_watch *w = ((struct measuring *)context)->watch;
    w->tick(w->context, running);
}

static size_t variant_of(struct measuring *m, const char *key, size_t item)
{
    size_t i = 0;
    while (i < m->n && strcmp(m->variant[i].key, key))
        i++;
    if (i == m->n) {
        m->variant[m->n] = (struct variant){.item = item};
        strcpy(m->variant[m->n++].key, key);
    }
    return i;
}

static bool recall(struct measuring *m)
{
    struct table t = {0};
    if (!store_query(m->store, "SELECT key, value FROM memo", 0, 0, &t, &m->e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < m->n; i++)
        for (size_t r = 0; ok && r < t.nrow && !m->variant[i].json; r++)
            if (!strcmp(table_at(&t, r, "key")->text, m->variant[i].key)) {
                m->variant[i].json = strdup(table_at(&t, r, "value")->text);
                ok = m->variant[i].json || err_nomem(&m->e);
            }
    table_free(&t);
    return ok;
}

bool agreement_run(const struct spec *s, struct store *store, struct keys *k, const size_t *items,
                   size_t n, char (*point_key)[65], unsigned jobs,
                   const struct agreement_watch *watch, struct err *e)
{
    struct measuring m = {.spec = s, .store = store, .watch = watch};
    const struct pool_calls calls = {measure_work, measure_done, measure_tick, &m};
    size_t *of = calloc(n + 1, sizeof *of), *todo = calloc(n + 1, sizeof *todo), ntodo = 0;
    m.variant = calloc(n + 1, sizeof *m.variant);
    bool ok = of && todo && m.variant ? true : err_nomem(&m.e);
    for (size_t i = 0; ok && i < n; i++) {
        struct sweep_point p;
        struct err unknown = {0}; /* that point is unfit, and has no network to measure */
        char key[65];
        spec_point(s, items[i], &p);
        of[i] = SIZE_MAX;
        if (!p.family->accelerator && point_check(&p, &unknown) &&
            keys_network(k, &p, key, &unknown))
            of[i] = variant_of(&m, key, items[i]);
    }
    ok = ok && recall(&m);
    for (size_t i = 0; ok && i < m.n; i++)
        if (!m.variant[i].json)
            todo[ntodo++] = i;
    ok = ok && pool_run(todo, ntodo, jobs, s->limit_seconds, &calls, &m.e);
    for (size_t i = 0; ok && i < n; i++)
        ok = of[i] == SIZE_MAX ||
             store_point_config(store, point_key[items[i]], m.variant[of[i]].json, &m.e);
    for (size_t i = 0; i < m.n; i++)
        free(m.variant[i].json);
    free(m.variant), free(of), free(todo);
    return ok || err_set(e, m.e.code, "%s", m.e.msg);
}
