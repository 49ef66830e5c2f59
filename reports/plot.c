#include "reports/plot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/data.h"
#include "base/escape.h"
#include "base/process.h"
#include "reports/report.h"

struct figure {
    char stem[4096], folder[4096], base[512]; /* of DIR/F.png: DIR/F, DIR and F */
    const char *ending;                       /* png, svg or pdf */
};

static bool parse_path(struct figure *f, const char *path, struct err *e)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    if (!dot || (slash && dot < slash) ||
        (strcmp(dot, ".png") && strcmp(dot, ".svg") && strcmp(dot, ".pdf")))
        return err_set(e, ERR_INPUT, "%.200s: expected a name ending in .png, .svg or .pdf", path);
    const char *base = slash ? slash + 1 : path;
    size_t n = (size_t)(dot - base);
    if (n == 0 || n >= sizeof f->base - 8 || strlen(path) >= sizeof f->stem ||
        strpbrk(base, "'\\\n"))
        return err_set(e, ERR_INPUT, "%.200s: cannot be the name of a picture", path);
    snprintf(f->base, sizeof f->base, "%.*s", (int)n, base);
    snprintf(f->stem, sizeof f->stem, "%.*s", (int)(dot - path), path);
    snprintf(f->folder, sizeof f->folder, "%.*s", slash ? (int)(slash - path + (slash == path)) : 1,
             slash ? path : ".");
    f->ending = dot + 1;
    return true;
}

static bool load(const char *name, const char *ending, struct buf *text, struct err *e)
{
    char path[4096], relative[160];
    if (strlen(name) < 64 && !strchr(name, '/')) {
        snprintf(relative, sizeof relative, "reports/plots/%s%s", name, ending);
        if (data_path(path, sizeof path, relative))
            return buf_read_file(text, path, 1 << 20, e);
    }
    return data_not_found("plot", "reports/plots", ".gp", name, e);
}

static void title_of(const char *script, char *out, size_t size)
{
    const char *p = !strncmp(script, "# ", 2) ? script + 2 : script;
    snprintf(out, size, "%.*s", (int)strcspn(p, "\n"), p);
}

const char *const plot_metrics[] = {"time", "energy", "sram", NULL};

/* What the figure shows, in two lines: network and variant; platform, clock and run. Several runs
 * are counted, and what they have in common is said. */
static bool subtitle(struct store *s, const struct table *t, int64_t run, struct buf *out,
                     struct err *e)
{
    int64_t ids[64];
    size_t n = report_runs_in(t, run, ids, sizeof ids / sizeof *ids);
    char network[200] = "", where[120] = "";
    char name[64] = "";
    bool one_network = true, one_name = true, one_place = true;
    for (size_t i = 0; i < n; i++) {
        struct table r;
        if (!report_query(s, "summary", ids[i], &r, e))
            return false;
        char what[200], place[120];
        snprintf(what, sizeof what, "%.60s%s%.100s", table_at(&r, 0, "network")->text,
                 *table_at(&r, 0, "variant")->text ? ", " : "", table_at(&r, 0, "variant")->text);
        snprintf(place, sizeof place, "%.60s%s%.10g%s", table_at(&r, 0, "platform")->text,
                 table_at(&r, 0, "clock_hz")->r > 0 ? " at " : " ",
                 table_at(&r, 0, "clock_hz")->r * 1e-6, " MHz");
        if (!(table_at(&r, 0, "clock_hz")->r > 0))
            snprintf(place, sizeof place, "%.60s", table_at(&r, 0, "platform")->text);
        one_network = one_network && (!i || !strcmp(what, network));
        one_name = one_name && (!i || !strcmp(table_at(&r, 0, "network")->text, name));
        snprintf(name, sizeof name, "%.63s", table_at(&r, 0, "network")->text);
        one_place = one_place && (!i || !strcmp(place, where));
        snprintf(network, sizeof network, "%s", what);
        snprintf(where, sizeof where, "%s", place);
        if (n == 1 && table_at(&r, 0, "unfit")->type != CELL_NULL)
            snprintf(where, sizeof where, "%.80s, DOES NOT FIT", place);
        table_free(&r);
    }
    if (n && one_network && *network)
        buf_printf(out, "%s\n", network);
    else if (n > 1)
        buf_printf(out, "%s\n", one_name && *name ? name : "several networks");
    if (n == 1)
        buf_printf(out, "%s, run %" PRId64, where, ids[0]);
    else if (n)
        buf_printf(out, "%s%s%zu runs", one_place ? where : "", one_place ? ", " : "", n);
    return !out->failed || err_nomem(e);
}

/* The line above a figure, in a strip of its own. */
static double add_subtitle(struct buf *out, const char *text, double *height)
{
    enum { LINES = 2 };
    const double strip = *text ? 0.13 * LINES : 0;
    double part = *height / (*height + strip);
    *height += strip;
    buf_printf(out, "top_ = %.4f\n", part);
    if (!*text)
        return part;
    buf_str(out, "set size 1,top_\nset label 990 \"");
    for (const char *p = text; *p; p++)
        buf_printf(out, *p == '\n' ? "\\n" : *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
    buf_printf(out, "\" at screen 0.5,%.4f center font ',6' tc rgb '#444444'\n",
               1 - 0.09 / *height);
    return part;
}

/* The same picture in print: 8 point type, and a PNG of 300 dots an inch. */
static void preamble(struct buf *out, const struct figure *f, const char *script,
                     const struct table *t, const char *under, const char *metric)
{
    struct buf strip = {0};
    static const char *const okabe_ito[] = {"#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9",
                                            "#D55E00", "#F0E442", "#999999", "#000000"};
    char title[200], unit[16] = "column";
    double height = 2.4;
    const char *size = strstr(script, "# size: ");
    if (size)
        sscanf(size + 8, "%15s %lf", unit, &height);
    double width = !strcmp(unit, "wide") ? 7.0 : 3.4;
    add_subtitle(&strip, under, &height);
    title_of(script, title, sizeof title);
    buf_printf(out, "# %s\n# `gnuplot %s.gp` in this folder draws %s.%s again from %s.tsv.\n",
               title, f->base, f->base, f->ending, f->base);
    if (!strcmp(f->ending, "png"))
        buf_printf(out,
                   "set terminal pngcairo size %d,%d font 'DejaVu Sans,8' fontscale 3.6 linewidth "
                   "3 pointscale 2.2 noenhanced\n",
                   (int)(width * 300), (int)(height * 300));
    else if (!strcmp(f->ending, "svg"))
        buf_printf(out,
                   "set terminal svg size %d,%d dynamic font 'DejaVu Sans,8' linewidth 0.8 "
                   "background '#ffffff' noenhanced\n",
                   (int)(width * 96), (int)(height * 96));
    else
        buf_printf(out,
                   "set terminal pdfcairo size %.2fin,%.2fin font 'DejaVu Sans,8' fontscale 0.55 "
                   "linewidth 0.8 pointscale 0.5 noenhanced\n",
                   width, height);
    buf_printf(out, "set output '%s.%s'\ndata = '%s.tsv'\ntitle_ = '", f->base, f->ending, f->base);
    for (const char *p = title; *p; p++)
        buf_printf(out, *p == '\'' ? "''" : "%c", *p);
    buf_str(out, "'\nset datafile separator '\\t'\nset datafile columnheaders\nset datafile "
                 "missing 'NaN'\nset encoding utf8\n");
    for (size_t i = 0; i < sizeof okabe_ito / sizeof *okabe_ito; i++)
        buf_printf(out, "set linetype %zu lc rgb '%s' lw 1 pt 7\n", i + 1, okabe_ito[i]);
    buf_str(out, "set border 3 lw 0.7\nset tics nomirror scale 0.6\nset grid y lt 1 lc rgb "
                 "'#dddddd' lw 0.5\nset style fill solid 0.95 noborder\n"
                 "set key samplen 1.2 spacing 1.0\n");
    buf_printf(out, "%smetric_ = '%s'\n", buf_text(&strip), metric ? metric : "");
    out->failed = out->failed || strip.failed;
    buf_free(&strip);
    buf_str(out, "series = \"");
    for (int64_t k = 1, found = 1; found; k++) {
        found = 0;
        for (size_t i = 0; i < t->nrow && !found; i++)
            if (table_at(t, i, "series_index")->i == k &&
                table_at(t, i, "series_index")->type == CELL_INT) {
                found = 1;
                buf_str(out, k > 1 ? " '" : "'");
                escape_gnuplot(out, table_at(t, i, "series")->text);
                buf_str(out, "'");
            }
    }
    buf_str(out, "\"\n\n");
}

static bool run_gnuplot(const struct figure *f, struct err *e)
{
    char script[600];
    const char *const argv[] = {"gnuplot", script, NULL};
    struct buf said = {0};
    int status;
    snprintf(script, sizeof script, "%s.gp", f->base);
    bool ok = process_run(argv, f->folder, "gnuplot-nox", &said, &status, e);
    /* Warnings are failures, but for a part of a figure that has no data in this run. */
    const char *warning = buf_text(&said);
    while ((warning = strstr(warning, "warning: ")) &&
           strstr(warning, "warning: Skipping data file with no valid points") == warning)
        warning++;
    if (ok && (!WIFEXITED(status) || WEXITSTATUS(status) || warning)) {
        const char *p = buf_text(&said), *what = strstr(p, "line ");
        ok = err_set(e, ERR_ENV, "%s.gp: gnuplot failed: %.300s", f->stem, what ? what : p);
    }
    buf_free(&said);
    return ok;
}

static bool write_side(const struct figure *f, const char *ending, const struct buf *b,
                       struct err *e)
{
    struct buf path = {0};
    buf_printf(&path, "%s%s", f->stem, ending);
    bool ok = !path.failed ? buf_write_file(b, path.data, e) : err_nomem(e);
    buf_free(&path);
    return ok;
}

static bool draw(const struct figure *f, const char *script, const struct table *t,
                 const struct buf *tsv, const char *under, const char *metric, struct err *e)
{
    struct buf gp = {0};
    preamble(&gp, f, script, t, under, metric);
    buf_str(&gp, script);
    bool ok = (!gp.failed || err_nomem(e)) && write_side(f, ".tsv", tsv, e) &&
              write_side(f, ".gp", &gp, e) && run_gnuplot(f, e);
    buf_free(&gp);
    return ok;
}

/* A simulated run and the newest measured one that has layers of the same names; `run` may be
 * either, or 0. */
static bool pair_of(struct store *s, int64_t *run, int64_t *other, struct err *e)
{
    struct table t;
    if (!store_query(s,
                     "SELECT r.id, m.id FROM run m JOIN run r ON r.kind IN ('iss', 'npu') AND "
                     "((m.elf_sha256 <> '' AND m.elf_sha256 = "
                     "r.elf_sha256) OR (m.elf_sha256 = '' AND m.network = r.network AND m.platform "
                     "= r.platform)) "
                     "WHERE m.kind IN ('board', 'paper') AND (:run = 0 OR :run IN (r.id, m.id)) "
                     "AND EXISTS (SELECT 1 FROM scope a "
                     "JOIN scope b ON b.run = m.id AND b.name = a.name WHERE a.run = r.id AND "
                     "a.parent IS NOT NULL) "
                     "ORDER BY m.id DESC, r.id DESC LIMIT 1",
                     *run, 0, &t, e))
        return false;
    bool ok = t.nrow == 1 || err_set(e, ERR_INPUT,
                                     "nothing to draw: no measured run with layers of a simulated "
                                     "one (of the same ELF, or the "
                                     "same network and platform) is in the database");
    if (ok) {
        *run = t.cell[0].i;
        *other = t.cell[1].i;
    }
    table_free(&t);
    return ok;
}

/* The newest run that the figure has something to show of; the newest of all when none has. */
static bool newest_with_data(struct store *s, const char *sql, int64_t *run, struct table *t,
                             struct err *e)
{
    struct table ids;
    if (!store_newest(s, NULL, run, e) ||
        !store_query(s, "SELECT id FROM run WHERE kind <> 'paper' ORDER BY id DESC LIMIT 100", 0, 0,
                     &ids, e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < ids.nrow && t->nrow == 0; i++) {
        table_free(t);
        ok = store_query(s, sql, ids.cell[i].i, 0, t, e);
        if (ok && t->nrow)
            *run = ids.cell[i].i;
    }
    table_free(&ids);
    return ok;
}

/* `{runs}` in a query stands for the numbers of the runs that were asked for, 0 where none were. */
static bool fill_in(struct buf *out, const char *sql, const struct plot_options *o, struct err *e)
{
    static const char mark[] = "{runs}";
    for (const char *at; (at = strstr(sql, mark)) != NULL; sql = at + strlen(mark)) {
        buf_add(out, sql, (size_t)(at - sql));
        buf_str(out, o->nruns ? "" : "0");
        for (size_t i = 0; i < o->nruns; i++)
            buf_printf(out, "%s%" PRId64, i ? ", " : "", o->runs[i]);
    }
    buf_str(out, sql);
    return !out->failed || err_nomem(e);
}

bool plot_render(struct store *s, const char *name, const struct plot_options *o, const char *path,
                 struct err *e)
{
    struct figure f;
    struct buf script = {0}, text = {0}, sql = {0}, tsv = {0}, head = {0}, under = {0};
    struct table t = {0};
    int64_t run = o->run ? o->run : o->nruns ? o->runs[0] : 0, other = o->against;
    char title[200];
    bool ok = parse_path(&f, path, e) && load(name, ".gp", &script, e) &&
              load(name, ".sql", &text, e) && fill_in(&sql, buf_text(&text), o, e);
    if (ok && o->nruns && !strstr(buf_text(&text), "{runs}"))
        ok = err_set(e, ERR_INPUT, "plot %s shows one run: give --run", name);
    if (ok && o->metric && !strstr(buf_text(&script), "metric_"))
        ok = err_set(e, ERR_INPUT, "plot %s has no choice of a metric", name);
    if (ok && o->against && !strstr(buf_text(&sql), ":other"))
        ok = err_set(e, ERR_INPUT, "plot %s compares with no measured run", name);
    if (ok && strstr(buf_text(&sql), ":other") && !(run && other))
        ok = pair_of(s, &run, &other, e);
    ok = ok && (run > 0 ? store_query(s, buf_text(&sql), run, other, &t, e)
                        : newest_with_data(s, buf_text(&sql), &run, &t, e));
    if (ok && t.nrow == 0) {
        char why[200];
        title_of(buf_text(&sql) + (buf_text(&sql)[0] == '-'), why, sizeof why);
        ok = err_set(e, ERR_INPUT, "nothing to draw for run %" PRId64 ": %s", run,
                     why + strspn(why, "- "));
    }
    title_of(buf_text(&script), title, sizeof title);
    buf_printf(&head, "-- %s\n", title);
    ok = ok && report_table(s, name, buf_text(&head), &t, run, TABLE_TSV, &tsv, e) &&
         subtitle(s, &t, run, &under, e) &&
         draw(&f, buf_text(&script), &t, &tsv, buf_text(&under), o->metric, e);
    table_free(&t);
    buf_free(&under);
    buf_free(&head);
    buf_free(&tsv);
    buf_free(&sql);
    buf_free(&text);
    buf_free(&script);
    return ok;
}

bool plot_table(const char *name, const struct table *t, const char *provenance, const char *path,
                struct err *e)
{
    struct figure f;
    struct buf script = {0}, tsv = {0}, body = {0};
    if (t->nrow == 0)
        return err_set(e, ERR_INPUT, "nothing to draw: the table is empty");
    bool ok = parse_path(&f, path, e) && load(name, ".gp", &script, e);
    for (const char *p = provenance ? provenance : ""; *p; p += strcspn(p, "\n"), p += *p == '\n')
        buf_printf(&tsv, "# %.*s\n", (int)strcspn(p, "\n"), p);
    table_tsv(t, &body);
    buf_str(&tsv, buf_text(&body));
    ok = ok && (!(tsv.failed || body.failed) || err_nomem(e)) &&
         draw(&f, buf_text(&script), t, &tsv, "", NULL, e);
    buf_free(&body);
    buf_free(&tsv);
    buf_free(&script);
    return ok;
}

bool plot_list(bool json, struct buf *out, struct err *e)
{
    cJSON *root = json ? json_root_array() : NULL;
    char **list = data_list_ending("reports/plots", ".sql", e);
    bool ok = list != NULL;
    for (size_t i = 0; ok && list[i]; i++) {
        char title[200];
        struct buf script = {0};
        if ((ok = load(list[i], ".gp", &script, e))) {
            title_of(buf_text(&script), title, sizeof title);
            report_list_entry(root, list[i], title, out);
        }
        buf_free(&script);
    }
    free(list);
    return report_list_end(root, ok, out, e);
}
