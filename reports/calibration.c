#include "reports/calibration.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/desc.h"
#include "base/escape.h"
#include "base/json.h"
#include "reports/validate.h"

enum { HOLD_OUT_EVERY = 3, LEAST_LAYERS = 6, LAYERS_EACH = 4 };
static const double lowest = 0.25, highest = 4, most_inflation = 100, most_relative = 0.5;

struct observation {         /* one layer of one pair of runs */
    double x[MAX_CONSTANTS]; /* cycles or energy of each constant's class */
    double fixed;            /* everything else */
    double measured;
};

struct observations {
    struct observation *p;
    size_t n, cap;
};

/* ---- gathering ---- */

static bool add_pair(struct store *s, int64_t run, int64_t against, struct calibration_result *c,
                     struct observations *all, struct err *e)
{
    struct validation v;
    bool ok = validate_runs(s, run, against, false, &v, e);
    double *class[MAX_CONSTANTS] = {0}, *energy = NULL;
    bool by_energy = !strcmp(c->constant[0].name, "energy");
    for (size_t k = 0; ok && k < c->n; k++) {
        class[k] = calloc(v.n + 1, sizeof **class);
        ok = class[k] ? by_energy ? validate_energy(s, &v, false, class[k], e)
                                  : validate_class(s, &v, c->constant[k].name, class[k], e)
                      : err_nomem(e);
    }
    if (ok && by_energy) {
        energy = calloc(v.n + 1, sizeof *energy);
        ok = energy ? validate_energy(s, &v, true, energy, e) : err_nomem(e);
    }
    for (size_t i = 0; ok && i < v.n; i++) {
        struct observation p = {.fixed = by_energy ? 0 : v.layer[i].cycles,
                                .measured = by_energy ? energy[i] : v.layer[i].measured_cycles};
        /* A measurement in seconds has no cycles of its own; the clock is the simulated one. */
        if (!by_energy && isnan(p.measured))
            p.measured = v.layer[i].cycles * v.layer[i].measured_seconds / v.layer[i].seconds;
        for (size_t k = 0; k < c->n; k++) {
            p.x[k] = class[k][i];
            p.fixed -= by_energy ? 0 : p.x[k];
        }
        if (!(p.measured > 0) || isnan(p.x[0]))
            continue;
        struct observation *grown = buf_grow(all->p, all->n, &all->cap, sizeof *grown);
        ok = grown || err_nomem(e);
        if (ok) {
            all->p = grown;
            all->p[all->n++] = p;
        }
    }
    for (size_t k = 0; k < c->n; k++)
        free(class[k]);
    free(energy);
    validate_free(&v);
    return ok;
}

static bool gather(struct store *s, const char *core, const char *accel,
                   struct calibration_result *c, struct observations *all, struct err *e)
{
    struct table t;
    struct buf sql = {0};
    const char *name = core ? core : accel;
    if (strchr(name, '\''))
        return err_set(e, ERR_INPUT, "'%.60s' is not a name", name);
    buf_printf(&sql,
               "SELECT max(r.id), m.id, r.platform FROM run m JOIN runs rr ON rr.calibrated = 0 "
               "JOIN run r ON r.id = rr.run AND r.kind = '%s' AND "
               "('%s' IN (r.core, r.platform)) AND ((m.elf_sha256 <> '' AND m.elf_sha256 = "
               "r.elf_sha256) OR (m.elf_sha256 = '' AND "
               "m.network <> '' AND m.network = r.network AND m.platform = r.platform)) WHERE "
               "m.kind = 'board' GROUP BY m.id ORDER BY m.id",
               core ? "iss" : "npu", name);
    bool ok = (!sql.failed || err_nomem(e)) && store_query(s, sql.data, 0, 0, &t, e);
    buf_free(&sql);
    if (!ok)
        return false;
    if (t.nrow == 0)
        ok = err_set(e, ERR_INPUT,
                     "%s: holds no measured run beside an uncalibrated simulated one of %s",
                     store_path(s), name);
    for (size_t i = 0; ok && i < t.nrow; i++) {
        const struct cell *row = &t.cell[i * t.ncol];
        if (i && strcmp(c->base, row[2].text))
            ok = err_set(
                e, ERR_INPUT,
                "runs of %s and of %s are measured, expected one: name it instead of the core",
                c->base, row[2].text);
        snprintf(c->base, sizeof c->base, "%.63s", row[2].text);
        ok = ok && add_pair(s, row[0].i, row[1].i, c, all, e);
        c->runs++;
    }
    table_free(&t);
    return ok;
}

/* ---- fitting ---- */

/* Inverse of the symmetric positive matrix a (n x n, n <= MAX_CONSTANTS) by Gauss and Jordan; false
 * when singular. */
static bool invert(double a[MAX_CONSTANTS][MAX_CONSTANTS], size_t n,
                   double inv[MAX_CONSTANTS][MAX_CONSTANTS])
{
    double m[MAX_CONSTANTS][2 * MAX_CONSTANTS] = {{0}};
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            m[i][j] = a[i][j];
        m[i][n + i] = 1;
    }
    for (size_t i = 0; i < n; i++) {
        if (!(m[i][i] > 1e-12 * a[i][i]) || !(a[i][i] > 0))
            return false;
        for (size_t j = 2 * n; j-- > i;)
            m[i][j] /= m[i][i];
        for (size_t k = 0; k < n; k++)
            for (size_t j = 2 * n; k != i && j-- > i;)
                m[k][j] -= m[k][i] * m[i][j];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            inv[i][j] = m[i][n + j];
    return true;
}

static double relative_error(const struct observation *p, const struct calibration_result *c,
                             bool scaled)
{
    double y = p->fixed;
    for (size_t k = 0; k < c->n; k++)
        y += p->x[k] * (scaled ? c->constant[k].value : 1);
    return y / p->measured - 1;
}

/* A third, rotating, because the layers of a block repeat with a period of their own. */
static bool held_out(size_t i)
{
    return (i + i / HOLD_OUT_EVERY) % HOLD_OUT_EVERY == HOLD_OUT_EVERY - 1;
}

/* Two-sided 95 % quantile of Student's t, by its expansion in 1/f around the normal quantile;
 * within 1 % for f >= 3 (Abramowitz and Stegun 26.7.5). */
static double student(double f)
{
    const double z = 1.959964, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
    return z + (z3 + z) / (4 * f) + (5 * z5 + 16 * z3 + 3 * z) / (96 * f * f) +
           (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * f * f * f);
}

static bool solve(struct calibration_result *c, const struct observations *all, struct err *e)
{
    double a[MAX_CONSTANTS][MAX_CONSTANTS], inv[MAX_CONSTANTS][MAX_CONSTANTS], b[MAX_CONSTANTS];
    size_t freed = c->n, which[MAX_CONSTANTS] = {0};
    for (size_t k = 0; k < c->n; k++)
        which[k] = k;
    /* Constants that hit a bound stay there while the others are fitted again. */
    for (;;) {
        memset(a, 0, sizeof a);
        memset(b, 0, sizeof b);
        for (size_t i = 0; i < all->n; i++) {
            const struct observation *p = &all->p[i];
            if (held_out(i))
                continue;
            double y = p->measured - p->fixed, w = 1 / (p->measured * p->measured);
            for (size_t k = 0; k < c->n; k++)
                if (c->constant[k].at_bound)
                    y -= p->x[k] * c->constant[k].value;
            for (size_t k = 0; k < freed; k++) {
                b[k] += w * p->x[which[k]] * y;
                for (size_t j = 0; j < freed; j++)
                    a[k][j] += w * p->x[which[k]] * p->x[which[j]];
            }
        }
        for (size_t k = 0; k < freed; k++)
            if (!(a[k][k] > 0))
                return err_set(e, ERR_INPUT, "'%s' is not determined: no layer of the runs has any",
                               c->constant[which[k]].name);
        bool solved = invert(a, freed, inv);
        for (size_t k = 0; k < freed; k++)
            if (!solved || a[k][k] * inv[k][k] > most_inflation)
                return err_set(e, ERR_INPUT,
                               "the constants are not determined: '%s' is collinear with the "
                               "others over these layers (variance "
                               "inflation %.0f, at most %.0f)",
                               c->constant[which[k]].name, solved ? a[k][k] * inv[k][k] : HUGE_VAL,
                               most_inflation);
        size_t hit = freed;
        for (size_t k = 0; k < freed; k++) {
            struct constant *q = &c->constant[which[k]];
            q->value = 0;
            for (size_t j = 0; j < freed; j++)
                q->value += inv[k][j] * b[j];
            if (q->value < q->low || q->value > q->high) {
                q->value = q->value < q->low ? q->low : q->high;
                q->at_bound = true;
                hit = k;
            }
        }
        if (hit == freed)
            break;
        freed = 0;
        for (size_t k = 0; k < c->n; k++)
            if (!c->constant[k].at_bound)
                which[freed++] = k;
        if (freed == 0)
            return true;
    }
    double rss = 0, rounding = 0;
    bool cycles = strcmp(c->constant[0].name, "energy") != 0;
    for (size_t i = 0; i < all->n; i++)
        if (!held_out(i)) {
            double r = relative_error(&all->p[i], c, true);
            rss += r * r;
            /* A count of whole cycles is uncertain by 1/sqrt(12) even when everything else fits. */
            rounding += !cycles ? 0 : 1 / (12 * all->p[i].measured * all->p[i].measured);
        }
    double f = (double)(c->fitted - c->n), variance = rss / f, floor = rounding / (double)c->fitted;
    for (size_t k = 0; k < freed; k++) {
        struct constant *q = &c->constant[which[k]];
        q->uncertainty = student(f) * sqrt((variance > floor ? variance : floor) * inv[k][k]);
        if (q->uncertainty > most_relative * q->value)
            return err_set(e, ERR_INPUT, "'%s' is not determined: %.3g +- %.3g over %zu layers",
                           q->name, q->value, q->uncertainty, c->fitted);
    }
    return true;
}

bool calibration_runs(struct store *s, const char *core, const char *accel,
                      const char *const *names, struct calibration_result *out, struct err *e)
{
    static const char *const stalls[] = {"fetch", "data", NULL}, *const energy[] = {"energy", NULL};
    struct observations all = {0};
    *out = (struct calibration_result){0};
    if (!names[0])
        names = core ? stalls : energy;
    for (; names[out->n]; out->n++) {
        if (out->n == MAX_CONSTANTS)
            return err_set(e, ERR_INPUT, "more than %d constants", (int)MAX_CONSTANTS);
        for (size_t k = 0; k < out->n; k++)
            if (!strcmp(out->constant[k].name, names[out->n]))
                return err_set(e, ERR_INPUT, "the constant '%.40s' is named twice", names[out->n]);
        struct constant *q = &out->constant[out->n];
        snprintf(q->name, sizeof q->name, "%.63s", names[out->n]);
        q->low = lowest;
        q->high = highest;
        if (!strcmp(q->name, "energy") && (out->n || names[1]))
            return err_set(e, ERR_INPUT, "'energy' is fitted alone, to measured energies");
    }
    bool ok = gather(s, core, accel, out, &all, e);
    for (size_t i = 0; i < all.n; i++)
        *(held_out(i) ? &out->held_out : &out->fitted) += 1;
    size_t need = out->n * LAYERS_EACH > LEAST_LAYERS ? out->n * LAYERS_EACH : LEAST_LAYERS;
    if (ok && out->fitted < need)
        ok = err_set(e, ERR_INPUT,
                     "%zu constants are not determined by %zu measured layers (%zu more are held "
                     "out), expected at least %zu",
                     out->n, out->fitted, out->held_out, need);
    ok = ok && solve(out, &all, e);
    for (size_t i = 0; ok && i < all.n; i++) {
        double before = 100 * fabs(relative_error(&all.p[i], out, false)),
               after = 100 * fabs(relative_error(&all.p[i], out, true));
        if (held_out(i)) {
            out->before_percent += before / (double)out->held_out;
            out->after_percent += after / (double)out->held_out;
        } else {
            out->fit_before_percent += before / (double)out->fitted;
            out->fit_after_percent += after / (double)out->fitted;
        }
    }
    free(all.p);
    if (ok && out->after_percent > out->before_percent)
        ok = err_set(
            e, ERR_CHECK,
            "the held-out layers got worse: mean absolute error %.3f %% before, %.3f %% after",
            out->before_percent, out->after_percent);
    return ok;
}

/* ---- output ---- */

bool calibration_render(const struct calibration_result *c, enum table_format f, struct buf *out,
                        struct err *e)
{
    if (f == TABLE_JSON) {
        cJSON *o = json_root();
        json_text(o, "overlay_of", c->base);
        json_uint(o, "runs", c->runs);
        json_uint(o, "fitted_layers", c->fitted);
        json_uint(o, "held_out_layers", c->held_out);
        json_real(o, "held_out_error_before_percent", c->before_percent);
        json_real(o, "held_out_error_after_percent", c->after_percent);
        cJSON *constants = json_array(o, "constants");
        for (size_t k = 0; k < c->n; k++) {
            const struct constant *q = &c->constant[k];
            cJSON *one = json_object(constants, NULL);
            json_text(one, "name", q->name);
            json_real(one, "calibrated", q->value);
            json_real(one, "uncertainty", q->uncertainty);
            json_number(one, "low", "%g", q->low);
            json_number(one, "high", "%g", q->high);
            json_bool(one, "at_bound", q->at_bound);
        }
        json_print(o, JSON_SPACED, out);
        buf_str(out, "\n");
    } else {
        buf_str(out, "Calibrated constants for ");
        escape_text(out, c->base);
        buf_str(out, ": scales of what the uncalibrated model gives\n\n");
        for (size_t k = 0; k < c->n; k++) {
            const struct constant *q = &c->constant[k];
            struct buf name = {0};
            escape_text(&name, q->name);
            buf_printf(out, "  %-16s %.6g", buf_text(&name), q->value);
            if (q->at_bound)
                buf_printf(out, ", calibrated, AT ITS BOUND (%g to %g)\n", q->low, q->high);
            else
                buf_printf(out, " +- %.2g (95 %%), calibrated, bounds %g to %g\n", q->uncertainty,
                           q->low, q->high);
            buf_free(&name);
        }
        buf_printf(out,
                   "\n%zu pairs of runs; mean absolute error of %zu fitted layers %.3f %% -> %.3f "
                   "%%, of %zu held-out layers %.3f %% -> %.3f %%\n",
                   c->runs, c->fitted, c->fit_before_percent, c->fit_after_percent, c->held_out,
                   c->before_percent, c->after_percent);
    }
    return !out->failed || err_nomem(e);
}

void calibration_overlay(const struct calibration_result *c, struct buf *out)
{
    buf_printf(out, "# Made by etinysim calibrate. Runs made with it say that they are "
                    "calibrated.\noverlay_of: ");
    escape_text(out, c->base);
    buf_printf(out,
               "\ncalibrated: %zu layers of %zu runs, %zu held out, error of these %.3f %% before "
               "and %.3f %% after\nscale:\n",
               c->fitted, c->runs, c->held_out, c->before_percent, c->after_percent);
    for (size_t k = 0; k < c->n; k++) {
        const struct constant *q = &c->constant[k];
        buf_printf(out, "  %s: %.9g # +- %.2g%s\n", q->name, q->value, q->uncertainty,
                   q->at_bound ? ", at its bound" : "");
    }
}

/* ---- overlays ---- */

bool overlay_load(const char *name, struct overlay *o, struct err *e)
{
    const char *calibrated;
    *o = (struct overlay){0};
    snprintf(o->base, sizeof o->base, "%s", name);
    size_t len = strlen(name);
    if (!strchr(name, '/') && (len < 5 || strcmp(name + len - 5, ".yaml")))
        return true;
    struct buf text = {0};
    if (!buf_read_file(&text, name, 1 << 20, e))
        return buf_free(&text), false;
    /* A board or accelerator description has its own reader; only overlays have this key, at the
     * begin of a line. */
    const char *key = strstr(buf_text(&text), "overlay_of:");
    bool is_overlay = key && (key == text.data || key[-1] == '\n');
    struct desc *d = is_overlay ? desc_parse(name, text.data, text.len, e) : NULL;
    buf_free(&text);
    if (!is_overlay)
        return true;
    const struct desc_node *root = d ? desc_root(d) : NULL, *scale = NULL;
    const char *base = NULL;
    bool ok = root && desc_map_str(root, "overlay_of", &base, e) &&
              desc_map_str(root, "calibrated", &calibrated, e) &&
              (scale = desc_map_need(root, "scale", e)) && desc_map_done(root, e);
    if (ok && (desc_map_len(scale) == 0 || desc_map_len(scale) > MAX_CONSTANTS))
        ok = desc_err(scale, e, "expected 1 to %d constants", (int)MAX_CONSTANTS);
    for (size_t i = 0; ok && i < desc_map_len(scale); i++) {
        const struct desc_node *v;
        struct constant *q = &o->constant[o->n++];
        snprintf(q->name, sizeof q->name, "%.63s", desc_map_key_at(scale, i, &v));
        ok = desc_real(v, lowest, highest, &q->value, e);
    }
    if (ok) {
        o->active = true;
        snprintf(o->base, sizeof o->base, "%s", base);
        snprintf(o->source, sizeof o->source, "calibrated: %.140s", calibrated);
    }
    desc_free(d);
    return ok;
}

bool overlay_apply(const struct overlay *o, struct rows *r, struct err *e)
{
    if (!o->active)
        return true;
    cJSON *config = cJSON_Parse(r->run.config_json ? r->run.config_json : "{}"), *scales = NULL;
    if (config)
        scales = json_object(config, "calibrated");
    for (size_t k = 0; k < o->n; k++) {
        const struct constant *q = &o->constant[k];
        size_t hits = 0;
        for (size_t i = 0; i < r->ncost; i++) {
            struct cost_row *c = &r->cost[i];
            char class[128];
            snprintf(class, sizeof class, "%s.%s", c->component, c->action);
            bool energy = !strcmp(q->name, "energy") && c->pj > 0;
            bool cycles = c->cycles > 0 &&
                          !strcmp(q->name, !strcmp(c->component, "core") ? c->action : class);
            if (energy) {
                c->pj_low *= q->value;
                c->pj *= q->value;
                c->pj_high *= q->value;
            }
            if (cycles)
                c->cycles *= q->value;
            if (energy || cycles)
                snprintf(c->source, sizeof c->source, "%s", o->source);
            hits += energy || cycles;
        }
        if (!hits) {
            cJSON_Delete(config);
            return err_set(e, ERR_INPUT, "the overlay scales '%s', which this run has no cost of",
                           q->name);
        }
        json_real(scales, q->name, q->value);
    }
    struct buf text = {0};
    if (!json_print(config, JSON_SPACED, &text)) {
        buf_free(&text);
        return err_nomem(e);
    }
    free(r->run.config_json);
    r->run.config_json = text.data;
    return true;
}
