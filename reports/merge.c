#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "reports/gate.h"

/* Everything of a run but its number, so that equal content means the same run. */
static bool fingerprint(struct store *s, int64_t run, struct rows *r, char out[65], struct err *e)
{
    struct buf b = {0};
    if (!store_get(s, run, r, e))
        return false;
    const struct run_meta *m = &r->run;
    buf_printf(&b, "%a|%s|%u|%u|%s|", m->width, m->shape, m->wbits, m->abits, m->quant);
    buf_printf(&b, "%s|%s|%s|%" PRIu64 "|%s|%s|%s|%s|%s|%s\n", m->kind, m->platform, m->core,
               m->clock_hz, m->network, m->tool_version, m->inputs_sha256, m->elf_sha256,
               m->started_at, m->config_json);
    for (size_t i = 0; i < r->nscope; i++)
        buf_printf(&b, "s|%d|%d|%s|%s|%" PRIu64 "|%" PRIu64 "\n", r->scope[i].parent,
                   r->scope[i].seq, r->scope[i].name, r->scope[i].op, r->scope[i].macs,
                   r->scope[i].params);
    for (size_t i = 0; i < r->ntally; i++)
        buf_printf(&b, "t|%d|%s|%s|%" PRIu64 "\n", r->tally[i].scope, r->tally[i].component,
                   r->tally[i].action, r->tally[i].count);
    for (size_t i = 0; i < r->ncost; i++)
        buf_printf(&b, "c|%s|%s|%a|%a|%a|%a|%s\n", r->cost[i].component, r->cost[i].action,
                   r->cost[i].cycles, r->cost[i].pj_low, r->cost[i].pj, r->cost[i].pj_high,
                   r->cost[i].source);
    for (size_t i = 0; i < r->npeak; i++)
        buf_printf(&b, "p|%d|%s|%" PRIu64 "\n", r->peak[i].scope, r->peak[i].part,
                   r->peak[i].bytes);
    for (size_t i = 0; i < r->nsample; i++)
        buf_printf(&b, "m|%d|%d|%s|%a\n", r->sample[i].scope, r->sample[i].rep,
                   r->sample[i].quantity, r->sample[i].value);
    bool ok = !b.failed || err_nomem(e);
    if (ok)
        data_sha256(b.data, b.len, out);
    buf_free(&b);
    return ok;
}

struct known {
    int64_t run;
    char sha[65];
};

static int by_sha(const void *a, const void *b)
{
    return strcmp(((const struct known *)a)->sha, ((const struct known *)b)->sha);
}

static bool fingerprints(struct store *s, struct known **out, size_t *n, struct err *e)
{
    struct table t;
    if (!store_query(s, "SELECT id FROM run ORDER BY id", 0, 0, &t, e))
        return false;
    struct known *k = calloc(t.nrow + 1, sizeof *k);
    bool ok = k || err_nomem(e);
    for (size_t i = 0; ok && i < t.nrow; i++) {
        struct rows r;
        k[i].run = t.cell[i].i;
        ok = fingerprint(s, k[i].run, &r, k[i].sha, e);
        rows_free(&r);
    }
    *n = t.nrow;
    *out = k;
    table_free(&t);
    if (ok)
        qsort(k, *n, sizeof *k, by_sha);
    return ok;
}

/* The sweep's points carry their runs; a point whose key is there already brings none. */
static bool merge_points(struct store *into, struct store *from, uint64_t *added, struct err *e)
{
    struct table t;
    if (!store_query(from,
                     "SELECT key, sweep, params_json, state, reason, run FROM point ORDER BY key",
                     0, 0, &t, e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < t.nrow; i++) {
        const struct cell *c = &t.cell[i * t.ncol];
        const struct point p = {c[0].text, c[1].text, c[2].text, c[3].text, c[4].text};
        struct rows r = {0};
        bool fresh = false;
        ok = (c[5].type == CELL_NULL || store_get(from, c[5].i, &r, e)) &&
             store_point_in(into, &p, c[5].type == CELL_NULL ? NULL : &r, &fresh, e);
        *added += ok && fresh && c[5].type != CELL_NULL;
        rows_free(&r);
    }
    table_free(&t);
    if (!ok || !store_query(from, "SELECT key, value FROM memo ORDER BY key", 0, 0, &t, e))
        return false;
    for (size_t i = 0; ok && i < t.nrow; i++)
        ok = store_memo(into, t.cell[i * 2].text, t.cell[i * 2 + 1].text, e);
    table_free(&t);
    return ok;
}

static bool same_tool(struct store *s, struct err *e)
{
    struct table t;
    if (!store_query(
            s, "SELECT tool_version FROM run WHERE tool_version <> '" ETINYSIM_VERSION "' LIMIT 1",
            0, 0, &t, e))
        return false;
    bool ok = t.nrow == 0 || err_set(e, ERR_INPUT, "%s: holds runs of etinysim %s, expected %s",
                                     store_path(s), t.cell[0].text, ETINYSIM_VERSION);
    table_free(&t);
    return ok;
}

bool store_merge(struct store *into, const char *from_path, uint64_t *added, struct err *e)
{
    struct known *there = NULL;
    size_t n = 0;
    struct table t = {0};
    *added = 0;
    struct store *from = store_open(from_path, false, e);
    bool ok = from && same_tool(into, e) && same_tool(from, e) && store_begin(into, e);
    bool began = ok;
    /* Points are known by their keys. */
    ok = ok &&
         store_query(from,
                     "SELECT id FROM run WHERE id NOT IN (SELECT run FROM point WHERE run IS NOT "
                     "NULL) ORDER BY id",
                     0, 0, &t, e) &&
         (t.nrow == 0 || fingerprints(into, &there, &n, e));
    for (size_t i = 0; ok && i < t.nrow; i++) {
        struct rows r;
        struct known k;
        ok = fingerprint(from, t.cell[i].i, &r, k.sha, e);
        if (ok && !bsearch(&k, there, n, sizeof k, by_sha)) {
            ok = store_put(into, &r, NULL, e);
            ++*added;
        }
        rows_free(&r);
    }
    ok = ok && merge_points(into, from, added, e);
    if (ok)
        ok = store_commit(into, e);
    else if (began)
        store_rollback(into);
    table_free(&t);
    free(there);
    store_close(from);
    return ok;
}
