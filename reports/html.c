#include "reports/html.h"

#include <inttypes.h>
#include <string.h>

#include "base/data.h"
#include "base/json.h"
#include "reports/report.h"
#include "reports/summary.h"

static bool add_rows(struct store *s, const char *folder, const char *name, int64_t run, cJSON *in,
                     const char *key, struct err *e)
{
    struct table t = {0};
    bool ok = report_rows(s, folder, name, run, &t, e);
    if (ok)
        table_json(&t, in, key);
    table_free(&t);
    return ok;
}

static bool add_run(struct store *s, int64_t run, cJSON *runs, struct err *e)
{
    static const struct {
        const char *folder, *name;
    } parts[] = {
        {"html", "layers"}, {"html", "stalls"}, {"html", "causes"},    {"html", "memory"},
        {"html", "energy"}, {"html", "costs"},  {"plots", "roofline"},
    };
    struct table t = {0};
    if (!report_query(s, "summary", run, &t, e))
        return false;
    bool ok = t.nrow || err_set(e, ERR_INPUT, "%s: holds no run %" PRId64, store_path(s), run);
    cJSON *o = ok ? json_object(runs, NULL) : NULL;
    for (size_t c = 0; ok && c < t.ncol; c++) {
        const struct cell *v = &t.cell[c];
        const char *key = t.name[c];
        if (!strcmp(key, "layers")) /* the number of them: the name is wanted for the list */
            key = "layer_count";
        else if (!strcmp(key, "costs"))
            key = "cost_count";
        switch (v->type) {
        case CELL_NULL: json_null(o, key); break;
        case CELL_INT: json_int(o, key, v->i); break;
        case CELL_REAL: json_real(o, key, v->r); break;
        case CELL_TEXT: json_text(o, key, v->text); break;
        }
    }
    table_free(&t);
    for (size_t i = 0; ok && i < sizeof parts / sizeof *parts; i++)
        ok = add_rows(s, parts[i].folder, parts[i].name, run, o, parts[i].name, e);
    return ok;
}

/* The points of one sweep, or all. */
static bool add_sweep(struct store *s, const char *sweep, cJSON *root, struct err *e)
{
    struct table t = {0};
    bool ok = report_rows(s, "tables", "sweep", 0, &t, e);
    cJSON *list = json_array(root, "sweep");
    size_t n = 0;
    for (size_t i = 0; ok && sweep && i < t.nrow; i++)
        if (!*sweep || !strcmp(table_at(&t, i, "sweep")->text, sweep)) {
            table_json_row(&t, i, list, NULL);
            n++;
        }
    table_free(&t);
    if (ok && sweep && !n)
        ok = err_set(e, ERR_INPUT, "%s: holds no point of a sweep%s%s", store_path(s),
                     *sweep ? " named " : "", sweep);
    return ok;
}

/* `<` as JSON may also write it, so that no text ends the script element or begins a comment. */
static void add_json(struct buf *out, const char *json)
{
    for (const char *p = json; *p; p++)
        if (*p == '<')
            buf_str(out, "\\u003c");
        else
            buf_add(out, p, 1);
}

static bool read_part(const char *name, struct buf *text, struct err *e)
{
    char path[4096], relative[64] = "reports/html/";
    strcat(relative, name);
    return data_need(path, sizeof path, relative, e) && buf_read_file(text, path, 1 << 20, e);
}

/* The page, with the parts for @STYLE@, @SCRIPT@ and @DATA@. */
static bool assemble(const char *json, struct buf *out, struct err *e)
{
    struct buf page = {0}, style = {0}, script = {0};
    bool ok = read_part("report.html", &page, e) && read_part("report.css", &style, e) &&
              read_part("report.js", &script, e);
    for (const char *p = buf_text(&page), *at; ok && *p; p = at) {
        at = strchr(p, '@');
        if (!at)
            at = p + strlen(p);
        buf_add(out, p, (size_t)(at - p));
        if (!strncmp(at, "@STYLE@", 7))
            buf_str(out, buf_text(&style)), at += 7;
        else if (!strncmp(at, "@SCRIPT@", 8))
            buf_str(out, buf_text(&script)), at += 8;
        else if (!strncmp(at, "@DATA@", 6))
            add_json(out, json), at += 6;
        else if (*at)
            buf_add(out, at++, 1);
    }
    buf_free(&page);
    buf_free(&style);
    buf_free(&script);
    return ok && (!out->failed || err_nomem(e));
}

bool html_report(struct store *s, const struct html_options *o, struct buf *out, struct err *e)
{
    cJSON *root = json_root();
    json_text(root, "tool_version", ETINYSIM_VERSION);
    if (o->sweep && *o->sweep)
        json_text(root, "sweep_name", o->sweep);
    cJSON *causes = json_array(root, "causes");
    summary_stalls(causes);
    cJSON *runs = json_array(root, "runs");
    bool ok = (!o->run || add_run(s, o->run, runs, e)) &&
              (!o->against || add_run(s, o->against, runs, e)) && add_sweep(s, o->sweep, root, e);
    struct buf json = {0};
    if (!json_print(root, JSON_COMPACT, &json))
        ok = ok && err_nomem(e);
    ok = ok && assemble(buf_text(&json), out, e);
    buf_free(&json);
    return ok;
}
