#include "reports/validate.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What must agree between the two configurations, where both say it. */
static const char *const decisive[] = {"build_id", "core_hz", "bus_hz",   "wait_states",
                                       "icache",   "dcache",  "prefetch", "art",
                                       "plan",     "kernels", NULL};

/* ---- which runs ---- */

/* Fills what is 0; see validate_runs. */
static bool find_pair(struct store *s, int64_t *run, int64_t *against, struct err *e)
{
    static const char sql[] =
        "SELECT r.id, m.id FROM run m JOIN run r ON r.kind IN ('iss', 'npu') "
        "AND ((m.elf_sha256 <> '' AND m.elf_sha256 = r.elf_sha256) OR "
        "     (m.elf_sha256 = '' AND m.network <> '' AND m.platform = r.platform AND "
        "      EXISTS (SELECT 1 FROM alike k WHERE k.run = r.id AND k.other = m.id))) "
        "WHERE m.kind IN ('board', 'paper') AND EXISTS (SELECT 1 FROM tally t WHERE t.run = m.id) "
        "AND (:run = 0 OR r.id = :run) AND (:other = 0 OR m.id = :other) "
        "ORDER BY m.id DESC, r.id DESC LIMIT 1";
    struct table t;
    if (*run && *against)
        return true;
    if (!store_query(s, sql, *run, *against, &t, e))
        return false;
    bool ok = t.nrow == 1;
    if (ok) {
        *run = t.cell[0].i;
        *against = t.cell[1].i;
    }
    table_free(&t);
    return ok ||
           err_set(e, ERR_INPUT,
                   "%s: holds no simulated and measured run of the same ELF (or of the same "
                   "variant of a network on "
                   "the same platform); import a measurement, or name two with --run and --against",
                   store_path(s));
}

static bool expect_kind(struct store *s, int64_t run, bool simulated, struct err *e)
{
    struct table t;
    if (!store_query(s, "SELECT kind FROM run WHERE id = :run", run, 0, &t, e))
        return false;
    bool ok = t.nrow == 1 || err_set(e, ERR_INPUT, "%s: holds no run %" PRId64, store_path(s), run);
    if (ok) {
        const char *kind = t.cell[0].text;
        bool sim = !strcmp(kind, "iss") || !strcmp(kind, "npu");
        ok = sim == simulated ||
             err_set(e, ERR_INPUT, "run %" PRId64 " is of kind %s, expected %s", run, kind,
                     simulated ? "iss or npu for --run" : "board or paper for --against");
    }
    table_free(&t);
    return ok;
}

/* ---- whether they can be compared ---- */

static void differ(struct buf *b, const char *key, const char *simulated, const char *was)
{
    buf_printf(b, "%s%s: simulated %.64s, measured %.64s", b->len ? "; " : "", key, simulated, was);
}

static void value_text(const cJSON *v, char *out, size_t size)
{
    if (cJSON_IsString(v))
        snprintf(out, size, "%s", v->valuestring);
    else if (cJSON_IsBool(v))
        snprintf(out, size, "%d", cJSON_IsTrue(v) ? 1 : 0);
    else if (cJSON_IsNumber(v))
        snprintf(out, size, "%.12g", v->valuedouble);
    else
        out[0] = '\0';
}

/* "" for what is not known. */
static void cell_text(const struct cell *c, char *out, size_t size)
{
    if (c->type == CELL_NULL)
        out[0] = '\0';
    else if (c->type == CELL_TEXT)
        snprintf(out, size, "%s", c->text);
    else
        snprintf(out, size, "%g", c->r);
}

static bool compare_configurations(struct store *s, struct validation *v, struct err *e)
{
    struct table a, b;
    if (!store_query(s, "SELECT * FROM runs WHERE run = :run", v->run, 0, &a, e))
        return false;
    if (!store_query(s, "SELECT * FROM runs WHERE run = :run", v->against, 0, &b, e)) {
        table_free(&a);
        return false;
    }
    struct buf *d = &v->differences;
    int64_t ca = table_at(&a, 0, "clock_hz")->i, cb = table_at(&b, 0, "clock_hz")->i;
    char x[100], y[100];
    if (ca && cb && ca != cb) {
        snprintf(x, sizeof x, "%" PRId64 " Hz", ca);
        snprintf(y, sizeof y, "%" PRId64 " Hz", cb);
        differ(d, "clock", x, y);
    }
    static const char *const same[] = {"elf_sha256", "platform", "network", "shape", "quant",
                                       "width",      "wbits",    "abits",   NULL};
    for (int i = 0; same[i]; i++) {
        cell_text(table_at(&a, 0, same[i]), x, sizeof x);
        cell_text(table_at(&b, 0, same[i]), y, sizeof y);
        if (*x && *y && strcmp(x, y))
            differ(d, same[i], x, y);
    }
    cJSON *ja = cJSON_Parse(table_at(&a, 0, "config_json")->text),
          *jb = cJSON_Parse(table_at(&b, 0, "config_json")->text);
    for (int i = 0; decisive[i]; i++) {
        value_text(cJSON_GetObjectItemCaseSensitive(ja, decisive[i]), x, sizeof x);
        value_text(cJSON_GetObjectItemCaseSensitive(jb, decisive[i]), y, sizeof y);
        if (*x && *y && strcmp(x, y))
            differ(d, decisive[i], x, y);
    }
    cJSON_Delete(ja);
    cJSON_Delete(jb);
    v->calibrated = table_at(&a, 0, "calibrated")->i > 0;
    v->energy_uj = table_at(&a, 0, "inference_energy_uj")->r;
    v->measured_energy_uj = table_at(&b, 0, "inference_energy_uj")->r;
    v->energy_error_percent = 100 * (v->energy_uj - v->measured_energy_uj) / v->measured_energy_uj;
    table_free(&a);
    table_free(&b);
    return !d->failed || err_nomem(e);
}

/* ---- the residuals ---- */

static double per_call(uint64_t cycles, uint64_t calls)
{
    return cycles ? (double)cycles / (double)(calls ? calls : 1) : (double)NAN;
}

static void fill(struct residual *r, const struct layer_line *a, const struct layer_line *b)
{
    snprintf(r->name, sizeof r->name, "%s", a->name);
    r->cycles = per_call(a->cycles, a->calls);
    r->measured_cycles = per_call(b->cycles, b->calls);
    r->seconds = a->seconds / (double)a->calls;
    r->measured_seconds = b->seconds / (double)b->calls;
    r->error_percent = 100 * (r->seconds - r->measured_seconds) / r->measured_seconds;
    r->spread_percent = NAN;
}

static bool is_layer(const struct layer_line *l)
{
    return *l->op && strcmp(l->op, "function") && l->seconds > 0;
}

static bool pair(struct store *s, struct validation *v, struct err *e)
{
    struct layer_line *a = NULL, *b = NULL;
    size_t na = 0, nb = 0, ka = 0, kb = 0;
    bool ok = store_layers(s, v->run, &a, &na, e) && store_layers(s, v->against, &b, &nb, e);
    for (size_t i = 0; ok && i < na; i++)
        if (is_layer(&a[i]))
            a[ka++] = a[i];
    for (size_t i = 0; ok && i < nb; i++)
        if (is_layer(&b[i]))
            b[kb++] = b[i];
    v->layer = ok ? calloc(ka + 1, sizeof *v->layer) : NULL;
    if (ok && !v->layer)
        ok = err_nomem(e);
    for (size_t i = 0; ok && i < ka; i++)
        for (size_t j = 0; j < kb; j++)
            if (!strcmp(a[i].name, b[j].name)) {
                fill(&v->layer[v->n++], &a[i], &b[j]);
                break;
            }
    if (ok && v->n == 0 && ka == kb && ka > 1) {
        v->by_order = true;
        for (size_t i = 0; i < ka; i++)
            fill(&v->layer[v->n++], &a[i], &b[i]);
    }
    v->unmatched = v->n ? (ka - v->n) + (kb - v->n) : 0;
    free(a);
    free(b);
    return ok;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A board's log is the firmware's reading of the cycle counter around a call. Where the simulated
 * run holds what the same firmware read in the simulation, that is what is compared; it exceeds the
 * layer's own cycles by call and return. Calibration scales costs afterwards, which those readings
 * do not know. */
static bool own_readings(struct store *s, struct validation *v, struct err *e)
{
    struct table t;
    if (v->calibrated)
        return true;
    if (!store_query(s,
                     "SELECT s.name, m.value, r.clock_hz FROM sample m JOIN scope s ON s.run = "
                     "m.run AND s.id = m.scope JOIN run r ON r.id = "
                     "m.run WHERE m.run = :run AND m.quantity = 'cycles' AND r.clock_hz > 0 AND "
                     "EXISTS (SELECT 1 FROM sample x WHERE x.run "
                     "= :other AND x.quantity = 'cycles') ORDER BY s.id, m.rep",
                     v->run, v->against, &t, e))
        return false;
    double *value = calloc(t.nrow + 1, sizeof *value);
    for (size_t l = 0; value && l < v->n; l++) {
        size_t n = 0;
        double hz = 0;
        for (size_t i = 0; i < t.nrow; i++)
            if (!strcmp(t.cell[i * t.ncol].text, v->layer[l].name)) {
                value[n++] = t.cell[i * t.ncol + 1].r;
                hz = t.cell[i * t.ncol + 2].r;
            }
        if (!n)
            continue;
        qsort(value, n, sizeof *value, by_value);
        struct residual *r = &v->layer[l];
        /* Rounded as the import rounds the median of the board's log. */
        r->cycles = (double)llround(n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2);
        r->seconds = r->cycles / hz;
        r->error_percent = 100 * (r->seconds - r->measured_seconds) / r->measured_seconds;
        v->own_readings = true;
    }
    free(value);
    table_free(&t);
    return value || err_nomem(e);
}

static bool totals(struct store *s, struct validation *v, struct err *e)
{
    struct table a, b;
    static const char sql[] =
        "SELECT inference_cycles, inference_seconds FROM runs WHERE run = :run";
    if (!store_query(s, sql, v->run, 0, &a, e))
        return false;
    if (!store_query(s, sql, v->against, 0, &b, e)) {
        table_free(&a);
        return false;
    }
    struct residual *t = &v->total;
    snprintf(t->name, sizeof t->name, "total");
    t->spread_percent = NAN;
    t->cycles = a.cell[0].r > 0 ? a.cell[0].r : (double)NAN;
    t->measured_cycles = b.cell[0].r > 0 ? b.cell[0].r : (double)NAN;
    t->seconds = a.cell[1].r;
    t->measured_seconds = b.cell[1].r;
    table_free(&a);
    table_free(&b);
    if (v->n) { /* the sum over what both have */
        t->cycles = t->measured_cycles = t->seconds = t->measured_seconds = 0;
        for (size_t i = 0; i < v->n; i++) {
            t->cycles += v->layer[i].cycles;
            t->measured_cycles += v->layer[i].measured_cycles;
            t->seconds += v->layer[i].seconds;
            t->measured_seconds += v->layer[i].measured_seconds;
        }
    }
    t->error_percent = 100 * (t->seconds - t->measured_seconds) / t->measured_seconds;
    return true;
}

static bool spreads(struct store *s, struct validation *v, struct err *e)
{
    struct table t;
    if (!store_query(s,
                     "SELECT s.seq, s.name, count(*), min(m.value), max(m.value) FROM sample m "
                     "JOIN scope s ON s.run = m.run AND "
                     "s.id = m.scope WHERE m.run = :run AND m.quantity IN ('cycles', 'seconds') "
                     "GROUP BY s.id, m.quantity ORDER BY s.seq",
                     v->against, 0, &t, e))
        return false;
    for (size_t i = 0; i < t.nrow; i++)
        for (size_t k = 0; k < v->n + 1; k++) {
            struct residual *r = k < v->n ? &v->layer[k] : &v->total;
            const struct cell *c = &t.cell[i * t.ncol];
            if (k < v->n ? v->by_order ? k != i : strcmp(r->name, c[1].text)
                         : strcmp(c[1].text, "inference") != 0)
                continue;
            double middle = (c[3].r + c[4].r) / 2;
            r->repetitions = (int)c[2].i;
            r->spread_percent =
                c[2].i > 1 && middle > 0 ? 100 * (c[4].r - c[3].r) / middle : (double)NAN;
        }
    table_free(&t);
    return true;
}

/* ---- what explains the difference ----
 * For each stall class c with x_c cycles in a layer, the residual r is fitted by r = b_c x_c over
 * all layers; the class that leaves the least squared error is the cause over all. A layer's own
 * cause is the class whose b_c x_c comes nearest to its residual. An indication of where to look,
 * not a proof. */
enum { MAX_CLASSES = 64 };

/* (layer, class, cycles of one call), nested scopes included. */
static const char class_cycles[] = "SELECT l.name, CASE WHEN t.component = 'core' THEN t.action "
                                   "ELSE t.component || '.' || t.action END AS cause, "
                                   "sum(t.cycles) / max(1, coalesce((SELECT c.count FROM tally c "
                                   "WHERE c.run = l.run AND c.scope = l.id "
                                   "AND c.component = 'core' AND c.action = 'calls'), 1)) "
                                   "FROM scope l JOIN within w ON w.run = l.run AND w.scope = l.id "
                                   "JOIN time t ON t.run = w.run AND t.scope = w.part "
                                   "WHERE l.run = :run GROUP BY l.id, cause ORDER BY l.seq, cause";

static bool explain(struct store *s, struct validation *v, struct err *e)
{
    struct table t;
    char class[MAX_CLASSES][64];
    size_t classes = 0;
    if (v->n < 3)
        return true;
    if (!store_query(s, class_cycles, v->run, 0, &t, e))
        return false;
    double *x = calloc(v->n * MAX_CLASSES, sizeof *x); /* [class][layer] */
    for (size_t i = 0; x && i < t.nrow; i++) {
        const struct cell *c = &t.cell[i * t.ncol];
        size_t k = 0, l = 0;
        while (k < classes && strcmp(class[k], c[1].text))
            k++;
        while (l < v->n && strcmp(v->layer[l].name, c[0].text))
            l++;
        if (k == MAX_CLASSES || l == v->n)
            continue;
        if (k == classes)
            snprintf(class[classes++], sizeof class[0], "%.63s", c[1].text);
        x[k * v->n + l] = c[2].r;
    }
    table_free(&t);
    if (!x)
        return err_nomem(e);
    double rr = 0, best = INFINITY;
    double *nearest = calloc(v->n, sizeof *nearest);
    for (size_t l = 0; nearest && l < v->n; l++) {
        double r = v->layer[l].cycles - v->layer[l].measured_cycles;
        rr += r * r;
        nearest[l] = fabs(r); /* a class must explain more than none does */
    }
    for (size_t k = 0; nearest && rr > 0 && isfinite(rr) && k < classes; k++) {
        double xx = 0, xr = 0, left = 0;
        for (size_t l = 0; l < v->n; l++) {
            double r = v->layer[l].cycles - v->layer[l].measured_cycles;
            xx += x[k * v->n + l] * x[k * v->n + l];
            xr += x[k * v->n + l] * r;
        }
        for (size_t l = 0; xx > 0 && l < v->n; l++) {
            double d = v->layer[l].cycles - v->layer[l].measured_cycles - xr / xx * x[k * v->n + l];
            left += d * d;
            if (fabs(d) < nearest[l]) {
                nearest[l] = fabs(d);
                snprintf(v->layer[l].cause, sizeof v->layer[l].cause, "%.63s", class[k]);
            }
        }
        if (xx > 0 && left < best) {
            best = left;
            snprintf(v->cause, sizeof v->cause, "%.63s", class[k]);
            v->cause_share = 1 - left / rr;
        }
    }
    free(x);
    free(nearest);
    return nearest || err_nomem(e);
}

bool validate_class(struct store *s, const struct validation *v, const char *cause, double *out,
                    struct err *e)
{
    struct table t;
    if (!store_query(s, class_cycles, v->run, 0, &t, e))
        return false;
    for (size_t l = 0; l < v->n; l++) {
        out[l] = 0;
        for (size_t i = 0; i < t.nrow; i++)
            if (!strcmp(t.cell[i * t.ncol].text, v->layer[l].name) &&
                !strcmp(t.cell[i * t.ncol + 1].text, cause))
                out[l] = t.cell[i * t.ncol + 2].r;
    }
    table_free(&t);
    return true;
}

bool validate_energy(struct store *s, const struct validation *v, bool of_measured, double *out,
                     struct err *e)
{
    struct layer_line *l = NULL;
    size_t n = 0;
    if (!store_layers(s, of_measured ? v->against : v->run, &l, &n, e))
        return false;
    for (size_t i = 0; i < v->n; i++) {
        out[i] = NAN;
        for (size_t k = 0; k < n; k++)
            if (!strcmp(l[k].name, v->layer[i].name))
                out[i] = l[k].energy_uj / (double)l[k].calls;
    }
    free(l);
    return true;
}

static void statistics(struct validation *v)
{
    for (size_t i = 0; i < v->n; i++) {
        v->bias_percent += v->layer[i].error_percent / (double)v->n;
        v->mae_percent += fabs(v->layer[i].error_percent) / (double)v->n;
        if (fabs(v->layer[i].error_percent) > fabs(v->layer[v->worst].error_percent))
            v->worst = i;
    }
}

bool validate_runs(struct store *s, int64_t run, int64_t against, bool force, struct validation *v,
                   struct err *e)
{
    *v = (struct validation){.cause_share = NAN};
    if (!find_pair(s, &run, &against, e) || !expect_kind(s, run, true, e) ||
        !expect_kind(s, against, false, e))
        return false;
    v->run = run;
    v->against = against;
    if (!compare_configurations(s, v, e))
        return false;
    if (v->differences.len && !force)
        return err_set(e, ERR_INPUT,
                       "run %" PRId64 " and run %" PRId64 " are not of the same configuration: %s",
                       run, against, buf_text(&v->differences));
    if (!pair(s, v, e) || !own_readings(s, v, e) || !totals(s, v, e) || !spreads(s, v, e) ||
        !explain(s, v, e))
        return false;
    if (!isfinite(v->total.error_percent) && !isfinite(v->energy_error_percent))
        return err_set(e, ERR_INPUT,
                       "run %" PRId64 " and run %" PRId64 " have neither time nor energy in common",
                       run, against);
    statistics(v);
    return true;
}

bool validate_within(const struct validation *v, double tolerance)
{
    for (size_t i = 0; i < v->n; i++)
        if (!(fabs(v->layer[i].error_percent) <= tolerance))
            return false;
    return (!isfinite(v->total.error_percent) || fabs(v->total.error_percent) <= tolerance) &&
           (!isfinite(v->energy_error_percent) || fabs(v->energy_error_percent) <= tolerance);
}

void validate_free(struct validation *v)
{
    free(v->layer);
    buf_free(&v->differences);
    *v = (struct validation){0};
}

/* ---- output ---- */

static const char head[] = "-- Simulated against measured, one inference\n"
                           "-- @ name Layer - 1 0\n"
                           "-- @ measured_cycles Measured cycles 1 0\n"
                           "-- @ measured_seconds Measured ms 1e3 4\n"
                           "-- @ repetitions Repetitions - 1 0\n"
                           "-- @ spread_percent Spread % 1 2\n"
                           "-- @ cycles Simulated cycles 1 0\n"
                           "-- @ seconds Simulated ms 1e3 4\n"
                           "-- @ error_percent Error % 1 2\n"
                           "-- @ cause Explained_by - 1 0\n";

static bool add(struct table *t, const struct residual *r, struct err *e)
{
    const struct cell row[] = {cell_str(r->name),
                               cell_real(r->measured_cycles),
                               cell_real(r->measured_seconds),
                               r->repetitions ? cell_int(r->repetitions) : cell_real(NAN),
                               cell_real(r->spread_percent),
                               cell_real(r->cycles),
                               cell_real(r->seconds),
                               cell_real(r->error_percent),
                               *r->cause ? cell_str(r->cause) : cell_real(NAN)};
    return table_add(t, row, e);
}

static void json(const struct validation *v, const struct table *t, double tolerance,
                 struct buf *out)
{
    cJSON *o = json_root();
    json_int(o, "run", v->run);
    json_int(o, "against", v->against);
    json_real(o, "tolerance_percent", tolerance);
    json_bool(o, "within", validate_within(v, tolerance));
    json_text(o, "paired_by", v->by_order ? "order" : v->n ? "name" : "total");
    json_uint(o, "unmatched", v->unmatched);
    json_bool(o, "calibrated", v->calibrated);
    json_text(o, "differences", buf_text(&v->differences));
    if (v->n) {
        json_real(o, "bias_percent", v->bias_percent);
        json_real(o, "mean_absolute_error_percent", v->mae_percent);
        json_text(o, "worst", v->layer[v->worst].name);
        json_real(o, "worst_error_percent", v->layer[v->worst].error_percent);
        json_text(o, "cause", v->cause);
        json_real(o, "cause_share", v->cause_share);
    }
    json_real(o, "energy_uj", v->energy_uj);
    json_real(o, "measured_energy_uj", v->measured_energy_uj);
    json_real(o, "energy_error_percent", v->energy_error_percent);
    table_json_row(t, t->nrow - 1, o, "total");
    struct table layers = *t;
    layers.nrow--;
    table_json(&layers, o, "layers");
    json_print(o, JSON_SPACED, out);
    buf_str(out, "\n");
}

bool validate_render(struct store *s, const struct validation *v, double tolerance,
                     enum table_format f, struct buf *out, struct err *e)
{
    static const char *const names[] = {
        "name",   "measured_cycles", "measured_seconds", "repetitions", "spread_percent",
        "cycles", "seconds",         "error_percent",    "cause",       NULL};
    struct table t;
    bool ok = table_begin(&t, names, e);
    for (size_t i = 0; ok && i < v->n; i++)
        ok = add(&t, &v->layer[i], e);
    ok = ok && add(&t, &v->total, e);
    if (ok && f == TABLE_JSON) {
        json(v, &t, tolerance, out);
    } else if (ok) {
        ok = report_table(s, "validate", head, &t, v->run, f, out, e);
        ok = ok && (f != TABLE_TEXT || report_provenance(s, v->against, out, e));
        if (ok && f == TABLE_TEXT) {
            buf_str(out, "\n");
            if (v->differences.len)
                buf_printf(out, "compared nevertheless, although the configurations differ: %s\n",
                           buf_text(&v->differences));
            if (v->by_order)
                buf_str(out, "the names of the layers differ; they were paired by their order\n");
            if (v->unmatched)
                buf_printf(out,
                           "%zu layers are in one of the runs only; the total is of the others\n",
                           v->unmatched);
            if (v->own_readings)
                buf_str(out, "simulated cycles are the same firmware's own readings of the counter "
                             "in the simulation\n");
            if (v->calibrated)
                buf_str(out, "the simulated run uses calibrated constants\n");
            if (isfinite(v->cause_share))
                buf_printf(out, "over all layers, %s explains %.0f %% of the squared difference\n",
                           v->cause, 100 * v->cause_share);
            if (isfinite(v->energy_error_percent))
                buf_printf(out, "energy: simulated %.1f uJ, measured %.1f uJ, error %+.2f %%\n",
                           v->energy_uj, v->measured_energy_uj, v->energy_error_percent);
            buf_printf(out, "validate: total %+.2f %%", v->total.error_percent);
            if (v->n)
                buf_printf(
                    out,
                    ", %zu layers, bias %+.2f %%, mean absolute error %.2f %%, worst %s %+.2f %%",
                    v->n, v->bias_percent, v->mae_percent, v->layer[v->worst].name,
                    v->layer[v->worst].error_percent);
            buf_printf(out, ": %s %g %%\n", validate_within(v, tolerance) ? "within" : "beyond",
                       tolerance);
        }
    }
    table_free(&t);
    return ok && (!out->failed || err_nomem(e));
}
