#include "reports/gate.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_JSON = 64 << 20 };

static const char *const quantity_names[GATE_QUANTITIES] = {"cycles", "SRAM bytes", "flash bytes",
                                                            "energy uJ"};

/* One scope, or the total (name ""): NaN where not known. */
struct item {
    char name[128];
    double v[GATE_QUANTITIES];
};

struct side {
    int64_t run; /* 0: from JSON */
    char title[256];
    char unfit[200]; /* why it does not fit: its numbers are of another machine; "" when it fits */
    char what[150];  /* kind and platform */
    struct run_meta net; /* network and variant; "" or 0 where not known */
    struct item *item;   /* the total first */
    size_t n;
};

struct sides {
    struct side *side;
    size_t n, cap;
};

static void sides_free(struct sides *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->side[i].item);
    free(s->side);
    *s = (struct sides){0};
}

static struct side *new_side(struct sides *all, size_t items, struct err *e)
{
    struct side *grown = buf_grow(all->side, all->n, &all->cap, sizeof *grown);
    struct item *item = calloc(items, sizeof *item);
    if (grown)
        all->side = grown;
    if (!grown || !item) {
        free(item);
        err_nomem(e);
        return NULL;
    }
    struct side *s = &all->side[all->n++];
    *s = (struct side){.item = item, .n = 1};
    for (size_t i = 0; i < items; i++)
        for (int q = 0; q < GATE_QUANTITIES; q++)
            item[i].v[q] = NAN;
    return s;
}

/* The title: kind, platform, network and what is known of its variant. */
static void name_side(struct side *d)
{
    const struct run_meta *n = &d->net;
    char width[32] = "", weights[32] = "";
    if (n->width > 0)
        snprintf(width, sizeof width, " width %g", n->width);
    if (n->wbits)
        snprintf(weights, sizeof weights, " %u-bit", n->wbits);
    snprintf(d->title, sizeof d->title, "%.70s%s%.63s%s%s%.23s%s%s%.15s", d->what,
             *n->network ? " " : "", n->network, width, *n->shape ? " " : "", n->shape, weights,
             *n->quant ? " " : "", n->quant);
}

static bool side_from_run(struct store *s, const struct table *t, size_t row, struct sides *all,
                          struct err *e)
{
    struct layer_line *l = NULL;
    size_t n = 0;
    int64_t run = table_at(t, row, "run")->i;
    if (!store_layers(s, run, &l, &n, e))
        return false;
    struct side *d = new_side(all, n + 1, e);
    if (d) {
        d->run = run;
        snprintf(d->what, sizeof d->what, "%.8s %.60s", table_at(t, row, "kind")->text,
                 table_at(t, row, "platform")->text);
        snprintf(d->net.network, sizeof d->net.network, "%.63s", table_at(t, row, "network")->text);
        store_variant(t, row, &d->net);
        name_side(d);
        snprintf(d->unfit, sizeof d->unfit, "%.199s", table_at(t, row, "unfit")->text);
        d->item[0].v[GATE_CYCLES] = table_at(t, row, "inference_cycles")->r;
        d->item[0].v[GATE_SRAM] = table_at(t, row, "peak_sram_bytes")->r;
        d->item[0].v[GATE_FLASH] = table_at(t, row, "flash_bytes")->r;
        d->item[0].v[GATE_ENERGY] = table_at(t, row, "inference_energy_uj")->r;
        for (size_t i = 0; i < n; i++) {
            struct item *k = &d->item[d->n++];
            snprintf(k->name, sizeof k->name, "%s", l[i].name);
            k->v[GATE_CYCLES] = (double)l[i].cycles / (double)l[i].calls;
            k->v[GATE_ENERGY] = l[i].energy_uj / (double)l[i].calls;
        }
    }
    free(l);
    return d != NULL;
}

static bool sides_from_db(struct store *s, struct sides *all, struct err *e)
{
    struct table t;
    if (!store_query(
            s,
            "SELECT * FROM runs WHERE run IN (SELECT max(id) FROM run WHERE kind <> 'paper' "
            "GROUP BY kind, platform, network, width, shape, wbits, abits, quant) "
            "ORDER BY kind, platform, network, width, shape, wbits, abits, quant",
            0, 0, &t, e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < t.nrow; i++)
        ok = side_from_run(s, &t, i, all, e);
    table_free(&t);
    return ok;
}

static double number(const cJSON *o, const char *key)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);
    return cJSON_IsNumber(v) ? v->valuedouble : (double)NAN;
}

static const char *word(const cJSON *o, const char *key)
{
    const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, key));
    return s ? s : "";
}

static uint32_t bits(const cJSON *o, const char *key)
{
    double v = number(o, key);
    return v >= 1 && v <= 32 ? (uint32_t)v : 0;
}

static bool sides_from_json(const char *path, struct sides *all, struct err *e)
{
    struct buf b = {0};
    cJSON *root = NULL;
    bool ok = buf_read_file(&b, path, MAX_JSON, e);
    if (ok && !(root = cJSON_ParseWithLength(buf_text(&b), b.len)))
        ok = err_at(e, path, 0, "is neither a database nor JSON");
    const cJSON *layers = cJSON_GetObjectItemCaseSensitive(root, "layers"), *l;
    if (ok && (!cJSON_IsArray(layers) || !isfinite(number(root, "cycles"))))
        ok = err_at(e, path, 0,
                    "has no 'cycles' and 'layers', expected the JSON of etinysim run or npu");
    struct side *d = ok ? new_side(all, (size_t)cJSON_GetArraySize(layers) + 1, e) : NULL;
    if (d) {
        bool npu = *word(root, "accelerator");
        snprintf(d->what, sizeof d->what, "%s %.60s", npu ? "npu" : "iss",
                 npu ? word(root, "accelerator") : word(root, "board"));
        snprintf(d->net.network, sizeof d->net.network, "%.63s", word(root, "network"));
        snprintf(d->net.shape, sizeof d->net.shape, "%.23s", word(root, "shape"));
        snprintf(d->net.quant, sizeof d->net.quant, "%.15s", word(root, "quant"));
        d->net.width = fmax(number(root, "width"), 0);
        d->net.wbits = bits(root, "wbits");
        d->net.abits = bits(root, "abits");
        name_side(d);
        if (cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(root, "fits")))
            snprintf(d->unfit, sizeof d->unfit, "%.199s",
                     *word(root, "fit") ? word(root, "fit") : "does not fit");
        double sum = 0, energy = 0;
        d->item[0].v[GATE_SRAM] = number(root, "peak_sram_bytes");
        d->item[0].v[GATE_FLASH] = number(root, "flash_bytes");
        d->item[0].v[GATE_ENERGY] = number(root, "energy_uj");
        cJSON_ArrayForEach(l, layers)
        {
            struct item *k = &d->item[d->n++];
            snprintf(k->name, sizeof k->name, "%.127s", word(l, "name"));
            /* one a repetition of the inference; the model has none */
            double calls = number(l, "calls");
            calls = calls > 0 ? calls : 1;
            k->v[GATE_CYCLES] = number(l, "cycles") / calls;
            k->v[GATE_ENERGY] = number(l, "energy_uj") / calls;
            sum += k->v[GATE_CYCLES];
            energy += k->v[GATE_ENERGY];
        }
        /* The inference, as in a database: the sum of the layers; the whole program where there are
         * none. */
        double inference = number(root, "inference_cycles");
        d->item[0].v[GATE_CYCLES] = isfinite(inference) ? inference
                                    : d->n > 1          ? sum
                                                        : number(root, "cycles");
        if (d->n > 1 && isfinite(energy))
            d->item[0].v[GATE_ENERGY] = energy;
    }
    cJSON_Delete(root);
    buf_free(&b);
    return ok && d;
}

static bool is_database(const char *path)
{
    char magic[16] = "";
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(magic, 1, sizeof magic, f) : 0;
    if (f)
        fclose(f);
    return n == sizeof magic && !memcmp(magic, "SQLite format 3", 16);
}

static bool sides_read(const char *path, struct sides *all, struct err *e)
{
    if (!is_database(path))
        return sides_from_json(path, all, e);
    struct store *s = store_open(path, false, e);
    bool ok = s && sides_from_db(s, all, e);
    store_close(s);
    return ok && (all->n || err_set(e, ERR_INPUT, "%s: holds no run", path));
}

static bool agree(const char *a, const char *b)
{
    return !*a || !*b || !strcmp(a, b);
}

static bool agree_number(double a, double b)
{
    return !(a > 0) || !(b > 0) || !(a < b || a > b);
}

/* Not every run and JSON document tells its network and variant: what is not known agrees with
 * anything. */
static bool same(const struct side *a, const struct side *b)
{
    const struct run_meta *x = &a->net, *y = &b->net;
    return !strcmp(a->what, b->what) && agree(x->network, y->network) &&
           agree_number(x->width, y->width) && agree(x->shape, y->shape) &&
           agree_number(x->wbits, y->wbits) && agree_number(x->abits, y->abits) &&
           agree(x->quant, y->quant);
}

static bool line(struct table *t, const struct side *now, const char *scope, enum gate_quantity q,
                 double a, double b, const struct gate_limits *l, struct buf *why, size_t *breaches,
                 struct err *e)
{
    bool total = !*scope;
    bool limited = total || (l->per_scope && (q == GATE_CYCLES || q == GATE_ENERGY));
    double percent = isnan(a) ? (double)NAN : a > 0 ? 100 * (b - a) / a : b > 0 ? HUGE_VAL : 0;
    const char *verdict = isnan(a) ? "new" : b == a ? "same" : b < a ? "better" : "worse";
    char what[200];
    snprintf(what, sizeof what, "%.100s, %.60s", now->title, total ? "total" : scope);
    if (limited && isfinite(l->regress_percent[q]) && percent > l->regress_percent[q] && b > a) {
        verdict = "BEYOND";
        ++*breaches;
        buf_printf(why, "%s: %s %.10g -> %.10g (%+.2f %%), limit %+g %%\n", what, quantity_names[q],
                   a, b, percent, l->regress_percent[q]);
    }
    if (total && isfinite(l->at_most[q]) && b > l->at_most[q]) {
        verdict = "BEYOND";
        ++*breaches;
        buf_printf(why, "%s: %s %.10g, limit %.10g\n", what, quantity_names[q], b, l->at_most[q]);
    }
    bool whole = q != GATE_ENERGY;
    const struct cell row[] = {cell_str(now->title),
                               cell_str(total ? "total" : scope),
                               cell_str(quantity_names[q]),
                               whole && isfinite(a) ? cell_int(llround(a)) : cell_real(a),
                               whole ? cell_int(llround(b)) : cell_real(b),
                               cell_real(percent),
                               cell_str(verdict)};
    return table_add(t, row, e);
}

/* A side that does not fit has no numbers to compare. It breaks the gate unless the baseline did
 * not fit either. */
static bool compare_unfit(struct table *t, const struct side *a, const struct side *b,
                          struct buf *why, size_t *breaches, struct err *e)
{
    char verdict[240];
    if (*b->unfit)
        snprintf(verdict, sizeof verdict, "%s: %s",
                 *a->unfit ? "DOES NOT FIT, nor did the baseline" : "DOES NOT FIT", b->unfit);
    else
        snprintf(verdict, sizeof verdict, "fits; the baseline did not: %s", a->unfit);
    if (*b->unfit && !*a->unfit) {
        ++*breaches;
        buf_printf(why, "%s: does not fit, the baseline did: %s\n", b->title, b->unfit);
    }
    const struct cell row[] = {cell_str(b->title),
                               cell_str("total"),
                               cell_str("fit"),
                               cell_str(*a->unfit ? "no" : "yes"),
                               cell_str(*b->unfit ? "no" : "yes"),
                               cell_real(NAN),
                               cell_str(verdict)};
    return table_add(t, row, e);
}

/* Every quantity of the total; of the scopes only what changed. */
static bool compare_sides(struct table *t, const struct side *a, const struct side *b,
                          const struct gate_limits *l, struct buf *why, size_t *breaches,
                          struct err *e)
{
    if (*a->unfit || *b->unfit)
        return compare_unfit(t, a, b, why, breaches, e);
    for (size_t i = 0; i < b->n; i++) {
        const struct item *old = NULL;
        for (size_t k = 0; k < a->n && !old; k++)
            if (!strcmp(a->item[k].name, b->item[i].name) && (k == 0) == (i == 0))
                old = &a->item[k];
        for (int q = 0; q < GATE_QUANTITIES; q++) {
            double x = old ? old->v[q] : (double)NAN, y = b->item[i].v[q];
            /* A printed energy has lost its last digits. */
            if (q == GATE_ENERGY && fabs(x - y) <= 1e-6 * fabs(x))
                y = x;
            bool absolute = i == 0 && isfinite(l->at_most[q]);
            if (isfinite(y) &&
                (isfinite(x) ? i == 0 || x != y : absolute || (i > 0 && q == GATE_CYCLES)) &&
                !line(t, b, b->item[i].name, (enum gate_quantity)q, x, y, l, why, breaches, e))
                return false;
        }
    }
    return true;
}

static const char head[] =
    "-- Baseline against new, one inference: every total, and the scopes that changed\n"
    "-- @ what Run - 1 0\n-- @ scope Scope - 1 0\n-- @ quantity Quantity - 1 0\n"
    "-- @ percent Change % 1 2\n-- @ verdict Verdict - 1 0\n";

bool gate_compare(const char *baseline, const char *now, const struct gate_limits *limits,
                  enum table_format f, struct buf *out, struct buf *why, size_t *breaches,
                  struct err *e)
{
    static const char *const names[] = {"what", "scope",   "quantity", "baseline",
                                        "now",  "percent", "verdict",  NULL};
    struct sides a = {0}, b = {0};
    struct table t = {0};
    size_t pairs = 0;
    *breaches = 0;
    bool ok = sides_read(baseline, &a, e) && sides_read(now, &b, e) && table_begin(&t, names, e);
    for (size_t i = 0; ok && i < b.n; i++)
        for (size_t k = 0; ok && k < a.n; k++)
            if (same(&a.side[k], &b.side[i])) {
                ok = compare_sides(&t, &a.side[k], &b.side[i], limits, why, breaches, e);
                pairs++;
                break;
            }
    if (ok && pairs == 0)
        ok = err_set(e, ERR_INPUT, "no run in common: %s has '%s', %s has '%s'", baseline,
                     a.side[0].title, now, b.side[0].title);
    struct store *s = ok && is_database(now) ? store_open(now, false, e)
                      : ok                   ? store_open(NULL, true, e)
                                             : NULL;
    ok = ok && s && report_table(s, "compare", head, &t, 0, f, out, e);
    store_close(s);
    if (ok && f != TABLE_JSON && f != TABLE_CSV && f != TABLE_TSV)
        buf_printf(out, "%s%zu of %zu runs compared, %zu limits exceeded\n",
                   f == TABLE_MD ? "\n" : "", pairs, b.n, *breaches);
    table_free(&t);
    sides_free(&a);
    sides_free(&b);
    return ok && (!(out->failed || why->failed) || err_nomem(e));
}
