/* The published measurements as runs of kind `paper`. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/data.h"
#include "base/desc.h"
#include "base/json.h"
#include "reports/import.h"

struct published {
    const char *platform, *network, *where, *shape;
    double width;
    uint64_t wbits, abits;
    double seconds, watts, madds, params;
    uint64_t clock_hz, sram_bytes;
};

static bool read_published(const struct desc_node *m, struct published *p, struct buf *config,
                           struct err *e)
{
    *p = (struct published){.shape = ""};
    if (!desc_opt_real(m, "width", 0, 100, &p->width, e) ||
        !desc_opt_str(m, "shape", &p->shape, e) || !desc_opt_u64(m, "wbits", 1, 32, &p->wbits, e) ||
        !desc_opt_u64(m, "abits", 1, 32, &p->abits, e))
        return false;
    if (!desc_map_str(m, "platform", &p->platform, e) ||
        !desc_map_str(m, "network", &p->network, e) || !desc_map_str(m, "where", &p->where, e) ||
        !desc_opt_real(m, "seconds", 0, 1e6, &p->seconds, e) ||
        !desc_opt_real(m, "watts", 0, 1e6, &p->watts, e) ||
        !desc_opt_real(m, "madds", 0, 1e15, &p->madds, e) ||
        !desc_opt_real(m, "params", 0, 1e15, &p->params, e) ||
        !desc_opt_u64(m, "clock_hz", 0, UINT64_C(1000000000000), &p->clock_hz, e) ||
        !desc_opt_u64(m, "sram_bytes", 0, UINT64_C(1) << 50, &p->sram_bytes, e))
        return false;
    cJSON *o = json_root();
    json_text(o, "where", p->where);
    const struct desc_node *reported = desc_map_get(m, "reported");
    bool ok = true;
    for (size_t i = 0; ok && i < desc_map_len(reported); i++) {
        const struct desc_node *v;
        double x;
        const char *key = desc_map_key_at(reported, i, &v);
        ok = desc_real(v, -1e15, 1e15, &x, e);
        if (ok)
            json_real(o, key, x);
    }
    ok = (json_print(o, JSON_SPACED, config) || err_nomem(e)) && ok;
    if (!ok)
        return false;
    return desc_map_done(m, e);
}

static void fill(struct rows *r, const struct published *p, struct buf *config)
{
    *r = (struct rows){0};
    snprintf(r->run.kind, sizeof r->run.kind, "paper");
    snprintf(r->run.platform, sizeof r->run.platform, "%.63s", p->platform);
    snprintf(r->run.network, sizeof r->run.network, "%.63s", p->network);
    r->run.clock_hz = p->clock_hz;
    r->run.width = p->width;
    snprintf(r->run.shape, sizeof r->run.shape, "%.23s", p->shape);
    r->run.wbits = (uint32_t)p->wbits;
    r->run.abits = (uint32_t)p->abits;
    r->run.config_json = config->data; /* owned by the rows from here on */
    data_sha256(config->data, config->len, r->run.inputs_sha256);
    *config = (struct buf){0};
    rows_scope(r, -1, p->network, "", (uint64_t)p->madds, (uint64_t)p->params);
    if (p->seconds > 0) {
        int s = rows_scope(r, 0, "inference", "inference", (uint64_t)p->madds, (uint64_t)p->params);
        rows_tally(r, s, "time", "ns", (uint64_t)llround(p->seconds * 1e9));
        rows_cost(r, "time", "ns", 0, NAN, "etinynet-paper");
        if (p->watts > 0) {
            rows_tally(r, s, "supply", "pj", (uint64_t)llround(p->watts * p->seconds * 1e12));
            rows_cost(r, "supply", "pj", 0, 1, "etinynet-paper");
        }
    }
    if (p->sram_bytes)
        rows_peak(r, -1, "arena", p->sram_bytes);
}

static bool present(struct store *s, const char *sha, bool *there, struct err *e)
{
    struct table t;
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT 1 FROM run WHERE kind = 'paper' AND inputs_sha256 = '%.64s'",
             sha);
    if (!store_query(s, sql, 0, 0, &t, e))
        return false;
    *there = t.nrow > 0;
    table_free(&t);
    return true;
}

bool import_paper(struct store *s, uint64_t *added, struct err *e)
{
    char path[4096];
    *added = 0;
    if (!data_need(path, sizeof path, "reports/paper.yaml", e))
        return false;
    struct desc *d = desc_load(path, e);
    const struct desc_node *list = d ? desc_map_need(desc_root(d), "measurements", e) : NULL;
    bool ok = list && store_begin(s, e);
    bool began = ok;
    for (size_t i = 0; ok && i < desc_list_len(list); i++) {
        struct published p;
        struct buf config = {0};
        struct rows r = {0};
        bool there = false;
        ok = read_published(desc_list_at(list, i), &p, &config, e) &&
             (!config.failed || err_nomem(e));
        if (ok) {
            fill(&r, &p, &config);
            ok = present(s, r.run.inputs_sha256, &there, e) && (there || store_put(s, &r, NULL, e));
            *added += ok && !there;
        }
        buf_free(&config);
        rows_free(&r);
    }
    if (ok)
        ok = store_commit(s, e);
    else if (began)
        store_rollback(s);
    desc_free(d);
    return ok;
}
