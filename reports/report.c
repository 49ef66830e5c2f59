#include "reports/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "base/escape.h"
#include "base/json.h"

const char *const table_formats[] = {"text", "csv", "json", "md", "tex", "tsv", NULL};

bool table_format_named(const char *name, enum table_format *out, struct err *e)
{
    for (int f = 0; table_formats[f]; f++)
        if (!strcmp(table_formats[f], name)) {
            *out = (enum table_format)f;
            return true;
        }
    return err_set(e, ERR_INPUT, "--format '%.40s' is none of: text, csv, json, md, tex, tsv",
                   name);
}

typedef void escape_function(struct buf *out, const char *text);
/* How a cell is escaped; JSON is the affair of base/json.h. */
static escape_function *const escape_cell[] = {
    [TABLE_TEXT] = escape_text, [TABLE_CSV] = escape_csv, [TABLE_MD] = escape_markdown,
    [TABLE_TEX] = escape_tex,   [TABLE_TSV] = escape_tsv, [TABLE_NARROW] = escape_text,
};

/* Configurations of more runs than that would bury the table; JSON has them all. */
enum { MAX_RUNS = 64, MAX_CONFIGURATIONS = 6 };

static void blanks(char *s)
{
    for (; *s; s++)
        if (*s == '_')
            *s = ' ';
}

bool report_layout_parse(struct report_layout *l, const char *file, const char *text, struct err *e)
{
    int line = 0;
    for (const char *p = text; *p; p = *p ? p + 1 : p) {
        char row[400], flag[3][8] = {"", "", ""};
        size_t len = strcspn(p, "\n");
        line++;
        snprintf(row, sizeof row, "%.*s", (int)(len < sizeof row ? len : sizeof row - 1), p);
        p += len;
        if (strncmp(row, "-- ", 3))
            continue;
        if (strncmp(row, "-- @ ", 5)) {
            if (!l->title[0])
                snprintf(l->title, sizeof l->title, "%.150s", row + 3);
            continue;
        }
        struct report_column *c = &l->col[l->n];
        if (l->n == REPORT_COLUMNS)
            return err_at(e, file, line, "more than %d columns are described", REPORT_COLUMNS);
        int got = sscanf(row + 5, "%47s %63s %15s %lf %d %7s %7s %7s", c->name, c->heading, c->unit,
                         &c->scale, &c->decimals, flag[0], flag[1], flag[2]);
        bool good = got >= 5 && c->decimals >= 0 && c->decimals <= 9;
        for (int i = 0; i < 3 && flag[i][0]; i++) {
            const struct {
                const char *name;
                bool *out;
            } flags[] = {
                {"sum", &c->sum}, {"any", &c->any}, {"band", &c->band}, {"wide", &c->wide}};
            size_t k = 0;
            while (k < 4 && strcmp(flags[k].name, flag[i]))
                k++;
            good = good && k < 4;
            if (k < 4)
                *flags[k].out = true;
        }
        if (!good)
            return err_at(e, file, line,
                          "expected '-- @ COLUMN Heading UNIT SCALE DECIMALS [sum] [any] [band] "
                          "[wide]'");
        c->known = true;
        blanks(c->heading);
        if (!strcmp(c->unit, "-"))
            c->unit[0] = '\0';
        blanks(c->unit);
        l->n++;
    }
    return true;
}

static struct report_column layout_of(const struct report_layout *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->col[i].name, name))
            return l->col[i];
    struct report_column c = {.scale = 1};
    snprintf(c.name, sizeof c.name, "%.47s", name);
    snprintf(c.heading, sizeof c.heading, "%.63s", name);
    blanks(c.heading);
    return c;
}

/* The value as people read it; as it is for programs (`c` NULL). */
static void cell_text(struct buf *out, const struct cell *v, const struct report_column *c,
                      escape_function *escape)
{
    switch (v->type) {
    case CELL_NULL: buf_str(out, c ? "-" : ""); return;
    case CELL_TEXT: escape(out, v->text); return;
    case CELL_INT:
        if (!c || !c->known || (c->scale == 1 && c->decimals == 0)) {
            buf_printf(out, "%" PRId64, v->i);
            return;
        }
        break;
    case CELL_REAL:
        if (!c) { /* 12 digits: beyond them stands the order of summation */
            buf_printf(out, "%.12g", v->r);
            return;
        }
        break;
    }
    if (c->known) {
        char text[400];
        snprintf(text, sizeof text, "%.*f", c->decimals, v->r * c->scale);
        buf_str(out,
                text[0] == '-' && strspn(text + 1, "0.") == strlen(text + 1) ? text + 1 : text);
    } else {
        buf_printf(out, "%.6g", v->r);
    }
}

/* X_low and X_high of a column X that is shown with its band, and the column that marks what is
 * assumed. */
static bool part_of_band(const struct report_layout *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++) {
        size_t n = strlen(l->col[i].name);
        if (l->col[i].band && (!strcmp(name, "energy_assumed") ||
                               (!strncmp(name, l->col[i].name, n) &&
                                (!strcmp(name + n, "_low") || !strcmp(name + n, "_high")))))
            return true;
    }
    return false;
}

static size_t column_named(const struct table *t, const char *name, const char *ending)
{
    char full[80];
    snprintf(full, sizeof full, "%.48s%s", name, ending);
    size_t c = 0;
    while (c < t->ncol && strcmp(t->name[c], full))
        c++;
    return c;
}

/* The table without columns that hold nothing and are to be shown only if they do. Texts stay those
 * of `t`; the caller frees the two arrays. */
static bool shown_of(const struct table *t, const struct report_layout *l, enum table_format f,
                     struct table *out, struct err *e)
{
    *out = (struct table){.nrow = t->nrow};
    out->name = calloc(t->ncol + 1, sizeof *out->name);
    out->cell = calloc(t->nrow * t->ncol + 1, sizeof *out->cell);
    bool *drop = calloc(t->ncol + 1, sizeof *drop);
    bool ok = out->name && out->cell && drop;
    for (size_t c = 0; ok && c < t->ncol; c++) {
        drop[c] = layout_of(l, t->name[c]).any;
        for (size_t i = 0; drop[c] && i < t->nrow; i++)
            drop[c] = t->cell[i * t->ncol + c].type == CELL_NULL;
        drop[c] = drop[c] || part_of_band(l, t->name[c]) ||
                  (f == TABLE_NARROW && layout_of(l, t->name[c]).wide);
        if (!drop[c])
            out->name[out->ncol++] = t->name[c];
    }
    for (size_t i = 0, n = 0; ok && i < t->nrow * t->ncol; i++)
        if (!drop[i % t->ncol])
            out->cell[n++] = t->cell[i];
    free(drop);
    return ok || err_nomem(e);
}

/* Sum of a column as a cell; NULL when a value is missing. A row that lies `inside` another one is
 * counted there. */
static struct cell total_of(const struct table *t, size_t col)
{
    static char empty[] = "";
    struct cell sum = {.type = CELL_INT, .r = 0, .text = empty};
    for (size_t i = 0; i < t->nrow; i++) {
        const struct cell *c = &t->cell[i * t->ncol + col];
        if (table_at(t, i, "inside")->type != CELL_NULL)
            continue;
        if (c->type == CELL_NULL)
            return (struct cell){.type = CELL_NULL, .r = NAN, .text = empty};
        if (c->type == CELL_REAL || __builtin_add_overflow(sum.i, c->i, &sum.i))
            sum.type = CELL_REAL;
        sum.r += c->r;
    }
    return sum;
}

static void grid_add(struct buf *b, char ***grid, size_t *n, size_t *cap)
{
    char **g = b->failed ? NULL : buf_grow(*grid, *n, cap, sizeof *g);
    char *text = g ? strdup(buf_text(b)) : NULL;
    if (g)
        *grid = g;
    if (text)
        (*grid)[(*n)++] = text;
    else
        b->failed = true;
    b->len = 0;
    if (b->data)
        b->data[0] = '\0';
}

/* The band behind a value of column `k`, in row `i` of the whole table `t` (t->nrow: the totals),
 * and the mark. */
static void add_band(struct buf *b, const struct table *t, size_t i, const struct report_column *k,
                     bool ends, bool *marked)
{
    size_t low = column_named(t, k->name, "_low"), high = column_named(t, k->name, "_high"),
           assumed = column_named(t, "energy_assumed", "");
    bool total = i == t->nrow;
    struct cell no = cell_real(NAN), lo = no, hi = no, mark = no;
    if (low < t->ncol && high < t->ncol) {
        lo = total ? total_of(t, low) : t->cell[i * t->ncol + low];
        hi = total ? total_of(t, high) : t->cell[i * t->ncol + high];
    }
    if (ends && lo.type != CELL_NULL && hi.type != CELL_NULL)
        buf_printf(b, " (%.*f to %.*f)", k->decimals, lo.r * k->scale, k->decimals,
                   hi.r * k->scale);
    for (size_t r = total ? 0 : i; assumed < t->ncol && r < (total ? t->nrow : i + 1); r++)
        if (t->cell[r * t->ncol + assumed].i)
            mark = t->cell[r * t->ncol + assumed];
    if (mark.i) {
        buf_str(b, "*");
        *marked = true;
    }
}

static void people_cell(struct buf *b, const struct table *whole, size_t row,
                        const struct report_column *k, const struct cell *v,
                        escape_function *escape, bool *marked)
{
    const char *fit = table_at(whole, row, "fit")->text;
    if (v->type == CELL_NULL && (!strcmp(fit, "no") || !strcmp(fit, "failed")))
        buf_str(b, !strcmp(fit, "no") ? "unfit" : fit);
    else
        cell_text(b, v, k, escape);
    if (k->band && v->type != CELL_NULL)
        add_band(b, whole, row, k, !k->sum, marked);
}

void report_cell(struct buf *out, const struct table *t, size_t row, const struct report_column *k,
                 bool *marked)
{
    people_cell(out, t, row, k, table_at(t, row, k->name), escape_text, marked);
}

/* Everything as people read it, escaped, headings first, a row of totals last when a column asks
 * for one. */
static char **make_grid(const struct table *t, const struct table *whole,
                        const struct report_layout *l, escape_function *escape, size_t *rows,
                        bool *marked)
{
    struct buf b = {0};
    char **grid = NULL;
    size_t n = 0, cap = 0;
    bool total = false;
    for (size_t c = 0; c < t->ncol; c++) {
        struct report_column k = layout_of(l, t->name[c]);
        total = total || k.sum;
        char heading[96];
        snprintf(heading, sizeof heading, k.unit[0] ? "%s [%s]" : "%s", k.heading, k.unit);
        escape(&b, heading);
        grid_add(&b, &grid, &n, &cap);
    }
    for (size_t i = 0; i < t->nrow; i++)
        for (size_t c = 0; c < t->ncol; c++) {
            struct report_column k = layout_of(l, t->name[c]);
            people_cell(&b, whole, i, &k, &t->cell[i * t->ncol + c], escape, marked);
            grid_add(&b, &grid, &n, &cap);
        }
    total = total && t->nrow > 1;
    bool named = false;
    for (size_t c = 0; total && c < t->ncol; c++) {
        struct report_column k = layout_of(l, t->name[c]);
        struct cell sum = total_of(t, c);
        if (k.sum) {
            cell_text(&b, &sum, &k, escape);
            if (k.band && sum.type != CELL_NULL)
                add_band(&b, whole, whole->nrow, &k, true, marked);
        } else if (!named && t->cell[c].type == CELL_TEXT) {
            buf_str(&b, "total");
            named = true;
        }
        grid_add(&b, &grid, &n, &cap);
    }
    bool failed = b.failed;
    buf_free(&b);
    *rows = 1 + t->nrow + total;
    if (!failed && n == *rows * t->ncol)
        return grid;
    for (size_t i = 0; i < n; i++)
        free(grid[i]);
    free(grid);
    return NULL;
}

static bool numeric(const struct table *t, size_t c)
{
    for (size_t i = 0; i < t->nrow; i++)
        if (t->cell[i * t->ncol + c].type == CELL_TEXT)
            return false;
    return t->nrow > 0;
}

/* Columns counted as code points, which is right for the units used here. */
static size_t width_of(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static void grid_text(struct buf *out, const struct table *t, char **grid, size_t rows)
{
    for (size_t r = 0; r < rows; r++) {
        if (r == 1 || (r == rows - 1 && rows > t->nrow + 1)) {
            for (size_t c = 0; c < t->ncol; c++) {
                size_t w = 0;
                for (size_t i = 0; i < rows; i++)
                    w = width_of(grid[i * t->ncol + c]) > w ? width_of(grid[i * t->ncol + c]) : w;
                buf_str(out, c ? "  " : "");
                while (w--)
                    buf_str(out, "-");
            }
            buf_str(out, "\n");
        }
        size_t owed = 0; /* blanks not yet written, so that no line ends in one */
        for (size_t c = 0; c < t->ncol; c++) {
            size_t w = 0;
            const char *cell = grid[r * t->ncol + c];
            for (size_t i = 0; i < rows; i++)
                w = width_of(grid[i * t->ncol + c]) > w ? width_of(grid[i * t->ncol + c]) : w;
            size_t pad = w - width_of(cell);
            owed += (c ? 2 : 0) + (numeric(t, c) ? pad : 0);
            if (*cell) {
                buf_printf(out, "%*s%s", (int)owed, "", cell);
                owed = 0;
            }
            owed += numeric(t, c) ? 0 : pad;
        }
        buf_str(out, "\n");
    }
}

void table_md_begin(struct buf *out)
{
    buf_str(out, "|");
}

void table_md_cell(struct buf *out, const char *markdown)
{
    buf_printf(out, " %s |", markdown);
}

void table_md_end(struct buf *out)
{
    buf_str(out, "\n");
}

void table_md_rule(struct buf *out, size_t n, const bool *right)
{
    buf_str(out, "|");
    for (size_t c = 0; c < n; c++)
        buf_str(out, !right ? "--|" : right[c] ? "---:|" : ":---|");
    buf_str(out, "\n");
}

static void grid_md(struct buf *out, const struct table *t, char **grid, size_t rows)
{
    bool *right = calloc(t->ncol + 1, sizeof *right);
    if (!right) {
        out->failed = true;
        return;
    }
    for (size_t c = 0; c < t->ncol; c++)
        right[c] = numeric(t, c);
    for (size_t r = 0; r < rows; r++) {
        table_md_begin(out);
        for (size_t c = 0; c < t->ncol; c++)
            table_md_cell(out, grid[r * t->ncol + c]);
        table_md_end(out);
        if (r == 0)
            table_md_rule(out, t->ncol, right);
    }
    free(right);
}

/* A table that no page holds goes on to the next one, under its headings. */
static void grid_tex(struct buf *out, const struct table *t, char **grid, size_t rows)
{
    enum { ONE_PAGE = 45 };
    bool longer = t->nrow > ONE_PAGE;
    buf_printf(out, "\\begin{%s}{", longer ? "longtable" : "tabular");
    for (size_t c = 0; c < t->ncol; c++)
        buf_str(out, numeric(t, c) ? "r" : "l");
    buf_str(out, "}\n\\toprule\n");
    for (size_t r = 0; r < rows; r++) {
        if (r == 1)
            buf_str(out,
                    longer ? "\\midrule\n\\endhead\n\\bottomrule\n\\endfoot\n" : "\\midrule\n");
        else if (r == rows - 1 && rows > t->nrow + 1)
            buf_str(out, "\\midrule\n");
        for (size_t c = 0; c < t->ncol; c++) {
            buf_printf(out, c ? " & %s" : "%s", grid[r * t->ncol + c]);
        }
        buf_str(out, " \\\\\n");
    }
    buf_str(out, longer ? "\\end{longtable}\n" : "\\bottomrule\n\\end{tabular}\n");
}

/* Names, then rows, as programs read them. */
static void plain_rows(struct buf *out, const struct table *t, const char *separator,
                       const char *null, escape_function *escape)
{
    for (size_t c = 0; c < t->ncol; c++) {
        buf_str(out, c ? separator : "");
        escape(out, t->name[c]);
    }
    buf_str(out, "\n");
    for (size_t i = 0; i < t->nrow; i++) {
        for (size_t c = 0; c < t->ncol; c++) {
            const struct cell *v = &t->cell[i * t->ncol + c];
            buf_str(out, c ? separator : "");
            if (v->type == CELL_NULL)
                buf_str(out, null);
            else
                cell_text(out, v, NULL, escape);
        }
        buf_str(out, "\n");
    }
}

void table_csv(const struct table *t, struct buf *out)
{
    plain_rows(out, t, ",", "", escape_csv);
}

void table_tsv(const struct table *t, struct buf *out)
{
    plain_rows(out, t, "\t", "NaN", escape_tsv);
}

/* ---- provenance ---- */

size_t report_runs_in(const struct table *t, int64_t run, int64_t *ids, size_t max)
{
    size_t n = 0;
    for (size_t c = 0; c < t->ncol; c++) {
        if (strcmp(t->name[c], "run") && strcmp(t->name[c], "against"))
            continue;
        for (size_t i = 0; i < t->nrow && n < max; i++) {
            int64_t id = t->cell[i * t->ncol + c].i;
            size_t k = 0;
            while (k < n && ids[k] != id)
                k++;
            if (k == n && id > 0)
                ids[n++] = id;
        }
    }
    if (n == 0 && run > 0)
        ids[n++] = run;
    return n;
}

static const char provenance_sql[] =
    "SELECT run, kind, platform, core, clock_hz, network, tool_version, inputs_sha256, elf_sha256, "
    "started_at, costs, assumed, "
    "calibrated, uncosted, unfit, json_extract(config_json, '$.wait_states_needed') AS needed, "
    "json_extract(config_json, '$.wait_states') AS wait_states, json_remove(config_json, "
    "'$.lifetimes', '$.work', '$.graph') AS config_json FROM "
    "runs WHERE run = :run";

static void provenance_line(const struct table *p, struct buf *out)
{
    const char *core = table_at(p, 0, "core")->text, *net = table_at(p, 0, "network")->text;
    const char *elf = table_at(p, 0, "elf_sha256")->text,
               *in = table_at(p, 0, "inputs_sha256")->text;
    double hz = table_at(p, 0, "clock_hz")->r;
    buf_printf(out, "run %" PRId64 ": %s on %s", table_at(p, 0, "run")->i,
               table_at(p, 0, "kind")->text, table_at(p, 0, "platform")->text);
    if (*core)
        buf_printf(out, " (%s)", core);
    if (hz > 0)
        buf_printf(out, " at %.10g MHz", hz * 1e-6);
    if (*net)
        buf_printf(out, ", %s", net);
    if (*elf)
        buf_printf(out, ", ELF %.12s", elf);
    if (*in)
        buf_printf(out, ", inputs %.12s", in);
    buf_printf(out, ", etinysim %s, %" PRId64 " costs of which %" PRId64 " assumed",
               table_at(p, 0, "tool_version")->text, table_at(p, 0, "costs")->i,
               table_at(p, 0, "assumed")->i);
    if (table_at(p, 0, "calibrated")->i > 0)
        buf_printf(out, ", %" PRId64 " calibrated", table_at(p, 0, "calibrated")->i);
    if (table_at(p, 0, "needed")->type != CELL_NULL)
        buf_printf(out, ", CLOCK TOO FAST for %" PRId64 " flash wait states",
                   table_at(p, 0, "wait_states")->i);
    if (table_at(p, 0, "unfit")->type != CELL_NULL)
        buf_printf(out, ", DOES NOT FIT: %s", table_at(p, 0, "unfit")->text);
    if (table_at(p, 0, "uncosted")->i > 0)
        buf_printf(out, ", INCOMPLETE: %" PRId64 " tallies without a cost",
                   table_at(p, 0, "uncosted")->i);
}

/* What the runs of a table rest on: a line or two of each, behind `prefix` and escaped; or, with
 * `json`, an object of each. */
static bool provenance(struct store *s, const struct table *t, int64_t run, const char *prefix,
                       escape_function *escape, cJSON *json, struct buf *out, struct err *e)
{
    int64_t ids[MAX_RUNS];
    size_t n = report_runs_in(t, run, ids, MAX_RUNS);
    for (size_t i = 0; i < n; i++) {
        struct table p;
        struct buf line = {0};
        if (!store_query(s, provenance_sql, ids[i], 0, &p, e))
            return false;
        const char *conf = table_at(&p, 0, "config_json")->text;
        if (json) {
            table_json_row(&p, 0, json, NULL);
        } else if (p.nrow) {
            provenance_line(&p, &line);
            buf_str(out, prefix);
            escape(out, buf_text(&line));
            buf_str(out, "\n");
        }
        if (!json && strcmp(conf, "{}") && *conf && n <= MAX_CONFIGURATIONS) {
            buf_printf(out, "%sconfiguration of run %" PRId64 ": ", prefix, ids[i]);
            escape(out, conf);
            buf_str(out, "\n");
        }
        out->failed = out->failed || line.failed;
        buf_free(&line);
        table_free(&p);
    }
    return true;
}

bool report_provenance(struct store *s, int64_t run, struct buf *out, struct err *e)
{
    const struct table none = {0};
    return provenance(s, &none, run, "", escape_text, NULL, out, e);
}

static bool document(struct store *s, const char *name, const char *title, const struct table *t,
                     int64_t run, struct buf *out, struct err *e)
{
    cJSON *root = json_root();
    json_text(root, "report", name);
    json_text(root, "title", title);
    cJSON *runs = json_array(root, "provenance");
    bool ok = runs ? provenance(s, t, run, "", NULL, runs, out, e) : err_nomem(e);
    table_json(t, root, "rows");
    ok = json_print(root, JSON_SPACED, out) && ok;
    buf_str(out, "\n");
    return ok;
}

const char report_band_legend[] =
    "* rests on an assumed energy; (from to) is the band that its source leaves\n";

bool report_table(struct store *s, const char *name, const char *head, const struct table *t,
                  int64_t run, enum table_format f, struct buf *out, struct err *e)
{
    struct report_layout l = {0};
    struct table shown = {0};
    char **grid = NULL;
    size_t rows = 0;
    bool marked = false;
    if (!report_layout_parse(&l, name, head, e))
        return false;
    bool people = f == TABLE_TEXT || f == TABLE_NARROW || f == TABLE_MD || f == TABLE_TEX;
    bool ok = !people ||
              (shown_of(t, &l, f, &shown, e) &&
               ((grid = make_grid(&shown, t, &l, escape_cell[f], &rows, &marked)) || err_nomem(e)));
    if (!ok)
        goto done;
    switch (f) {
    case TABLE_TEXT:
        buf_printf(out, "%s\n\n", l.title);
        grid_text(out, &shown, grid, rows);
        buf_printf(out, "%s\n", marked ? report_band_legend : "");
        ok = provenance(s, t, run, "", escape_text, NULL, out, e);
        break;
    case TABLE_NARROW:
        grid_text(out, &shown, grid, rows);
        buf_str(out, marked ? report_band_legend : "");
        break;
    case TABLE_MD:
        buf_printf(out, "**%s**\n\n", l.title);
        grid_md(out, &shown, grid, rows);
        buf_printf(out, "\n%s%s", marked ? "\\" : "", marked ? report_band_legend : "");
        buf_str(out, marked ? "\n" : "");
        ok = provenance(s, t, run, "- ", escape_markdown, NULL, out, e);
        break;
    case TABLE_TEX:
        buf_printf(out, "%% %s\n", l.title);
        ok = provenance(s, t, run, "% ", escape_text, NULL, out, e);
        grid_tex(out, &shown, grid, rows);
        if (marked)
            buf_printf(out, "\\par{\\footnotesize %s}\n", report_band_legend);
        break;
    case TABLE_CSV:
    case TABLE_TSV:
        buf_printf(out, "# %s\n", l.title);
        ok = provenance(s, t, run, "# ", escape_text, NULL, out, e);
        if (f == TABLE_CSV)
            table_csv(t, out);
        else
            table_tsv(t, out);
        break;
    case TABLE_JSON: ok = document(s, name, l.title, t, run, out, e); break;
    }
done:
    for (size_t i = 0; grid && i < rows * shown.ncol; i++)
        free(grid[i]);
    free(grid), free(shown.name), free(shown.cell);
    return ok && (!out->failed || err_nomem(e));
}

static bool load(const char *name, struct buf *sql, struct err *e)
{
    char path[4096], relative[160];
    if (strlen(name) < 64 && !strchr(name, '/')) {
        snprintf(relative, sizeof relative, "reports/tables/%s.sql", name);
        if (data_path(path, sizeof path, relative))
            return buf_read_file(sql, path, 1 << 20, e);
    }
    return data_not_found("report", "reports/tables", ".sql", name, e);
}

/* A line as it is, or once for every board with the board's name for {board}. */
static void add_line(struct buf *out, const char *line, size_t n, const char *const *board)
{
    static const char mark[] = "{board}";
    char *text = strndup(line, n);
    if (!text) {
        out->failed = true;
    } else if (!strstr(text, mark)) {
        buf_add(out, line, n);
    } else {
        for (; board && *board; board++) {
            const char *p = text;
            for (const char *at; (at = strstr(p, mark)) != NULL; p = at + strlen(mark)) {
                buf_add(out, p, (size_t)(at - p));
                buf_str(out, *board);
            }
            buf_str(out, p);
        }
    }
    free(text);
}

/* The text of a query that comes with the program. */
static bool installed(const char *folder, const char *name, struct buf *sql, struct err *e)
{
    char path[4096], relative[160];
    snprintf(relative, sizeof relative, "reports/%s/%.100s.sql", folder, name);
    return data_need(path, sizeof path, relative, e) && buf_read_file(sql, path, 1 << 20, e);
}

bool report_query(struct store *s, const char *name, int64_t run, struct table *t, struct err *e)
{
    return report_rows(s, "queries", name, run, t, e);
}

bool report_rows(struct store *s, const char *folder, const char *name, int64_t run,
                 struct table *t, struct err *e)
{
    struct buf sql = {0};
    bool ok = installed(folder, name, &sql, e) && store_query(s, buf_text(&sql), run, 0, t, e);
    buf_free(&sql);
    return ok;
}

bool report_section(struct store *s, const char *name, const char *now, const char *const *board,
                    struct table *t, struct buf *head, struct err *e)
{
    struct buf sql = {0}, query = {0};
    bool ok = installed("pages", name, &sql, e);
    for (const char *p = buf_text(&sql), *end; *p; p = end) {
        end = p + strcspn(p, "\n");
        end += *end == '\n';
        add_line(head, p, (size_t)(end - p), board);
    }
    buf_printf(&query, "WITH now AS (SELECT * FROM point WHERE key IN (%s))\n%s", now,
               buf_text(head));
    ok = ok && (!(query.failed || head->failed) || err_nomem(e)) &&
         store_query(s, buf_text(&query), 0, 0, t, e);
    buf_free(&sql);
    buf_free(&query);
    return ok;
}

bool report_render(struct store *s, const char *name, int64_t run, enum table_format f,
                   struct buf *out, struct err *e)
{
    struct buf sql = {0};
    struct table t = {0};
    bool ok = load(name, &sql, e) && (run > 0 || store_newest(s, NULL, &run, e));
    if (ok) {
        struct table found;
        ok = store_query(s, "SELECT 1 FROM run WHERE id = :run", run, 0, &found, e);
        if (ok && found.nrow == 0)
            ok = err_set(e, ERR_INPUT, "%s: holds no run %" PRId64, store_path(s), run);
        if (ok || found.name)
            table_free(&found);
    }
    ok = ok && store_query(s, buf_text(&sql), run, 0, &t, e) &&
         report_table(s, name, buf_text(&sql), &t, strstr(buf_text(&sql), ":run") ? run : 0, f, out,
                      e);
    table_free(&t);
    buf_free(&sql);
    return ok;
}

void report_list_entry(cJSON *json, const char *name, const char *title, struct buf *out)
{
    if (json) {
        cJSON *o = json_object(json, NULL);
        json_text(o, "name", name);
        json_text(o, "title", title);
    } else {
        buf_printf(out, "%-18s %s\n", name, title);
    }
}

bool report_list_end(cJSON *json, bool ok, struct buf *out, struct err *e)
{
    if (json) {
        json_print(json, JSON_SPACED, out);
        buf_str(out, "\n");
    }
    return ok && (!out->failed || err_nomem(e));
}

bool report_list(bool json, struct buf *out, struct err *e)
{
    cJSON *root = json ? json_root_array() : NULL;
    char **list = data_list_ending("reports/tables", ".sql", e);
    bool ok = list != NULL;
    for (size_t i = 0; ok && list[i]; i++) {
        struct buf sql = {0};
        struct report_layout *l = calloc(1, sizeof *l);
        ok = l ? load(list[i], &sql, e) && report_layout_parse(l, list[i], buf_text(&sql), e)
               : err_nomem(e);
        if (ok)
            report_list_entry(root, list[i], l->title, out);
        free(l);
        buf_free(&sql);
    }
    free(list);
    return report_list_end(root, ok, out, e);
}
