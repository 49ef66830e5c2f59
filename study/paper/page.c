#include "study/paper/paper.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

#include "reports/report.h"

/* Colours from the Okabe-Ito set, and a sign beside them: colour alone would leave readers out. */
static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;color:#222;max-width:72em;margin:2em auto;padding:0 1em}"
    "h1{font-size:1.6em}h2{font-size:1.25em;margin-top:2.2em;border-bottom:1px solid #ccc}h3{font-size:1.05em}"
    "table{border-collapse:collapse;margin:1em 0;font-size:.92em}th,td{border:1px solid #ccc;padding:.25em .6em;text-align:left;"
    "vertical-align:top}th{background:#f3f3f3}td.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".o{display:block;font-size:.88em;color:#444}.r{border-left:4px solid #009e73}.q{border-left:4px solid #bbb}"
    ".x{border-left:4px solid #d55e00}.f{border-left:4px solid #e69f00}.s{font-weight:bold}figure{margin:1.5em 0}figcaption{color:#444;font-size:.92em;max-width:60em}"
    "td:first-child,td:nth-child(2){white-space:nowrap}figure svg{max-width:100%;height:auto}ul.notes{color:#444;font-size:.92em}.wide{overflow-x:auto}";

static const char *const mark_class[] = {"r", "q", "x", "f"};
static const char *const mark_sign[] = {"=", "&ldquo;", "&times;", "~"};
static const char *const mark_md[] = {"=", "\"", "x", "~"};

static void escape(struct buf *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&': buf_str(out, "&amp;"); break;
        case '<': buf_str(out, "&lt;"); break;
        case '>': buf_str(out, "&gt;"); break;
        case '"': buf_str(out, "&quot;"); break;
        default: buf_add(out, text, 1);
        }
}

static void escape_md(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("|*_<", *text))
            buf_str(out, "\\");
        buf_add(out, text, 1);
    }
}

void page_open(struct page *p, const char *title)
{
    buf_str(&p->html, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    escape(&p->html, title);
    buf_printf(&p->html, "</title><style>%s</style></head>\n<body>\n", style);
    buf_str(&p->csv, "table,row,column,printed,ours,difference_percent,mark,why\n");
    page_heading(p, title, 1);
}

void page_close(struct page *p)
{
    buf_str(&p->html, "</body></html>\n");
}

void page_heading(struct page *p, const char *text, int level)
{
    buf_printf(&p->html, "<h%d>", level);
    escape(&p->html, text);
    buf_printf(&p->html, "</h%d>\n", level);
    buf_printf(&p->md, "%s%.*s %s\n\n", p->md.len ? "\n" : "", level, "######", text);
}

void page_text(struct page *p, const char *fmt, ...)
{
    char text[4096];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    buf_str(&p->html, "<p>");
    escape(&p->html, text);
    buf_str(&p->html, "</p>\n");
    escape_md(&p->md, text);
    buf_str(&p->md, "\n\n");
}

/* Index of each distinct name in order of first appearance. */
static size_t distinct(const struct paper_table *t, bool columns, const char **name)
{
    size_t n = 0;
    for (size_t i = 0; i < t->ncells; i++) {
        const char *s = columns ? t->cell[i].column : t->cell[i].row;
        size_t k = 0;
        while (k < n && strcmp(name[k], s))
            k++;
        if (k == n)
            name[n++] = s;
    }
    return n;
}

static const struct paper_cell *cell_at(const struct paper_table *t, const char *row, const char *column)
{
    for (size_t i = 0; i < t->ncells; i++)
        if (!strcmp(t->cell[i].row, row) && !strcmp(t->cell[i].column, column))
            return &t->cell[i];
    return NULL;
}

static void add_cell(struct page *p, const struct paper_cell *c)
{
    if (!c) {
        buf_str(&p->html, "<td></td>");
        buf_str(&p->md, " |");
        return;
    }
    buf_printf(&p->html, "<td class=\"%s\" title=\"", mark_class[c->mark]);
    escape(&p->html, c->why);
    buf_printf(&p->html, "\"><span class=\"s\">%s</span> ", mark_sign[c->mark]);
    escape(&p->html, c->text);
    buf_printf(&p->md, " %s ", mark_md[c->mark]);
    escape_md(&p->md, c->text);
    if (*c->ours) {
        char difference[32] = "";
        if (!isnan(c->difference))
            snprintf(difference, sizeof difference, " (%+.2f %%)", fabs(c->difference) < 0.005 ? 0.0 : c->difference);
        if (strcmp(c->ours, c->text)) {
            buf_str(&p->html, "<span class=\"o\">ours ");
            escape(&p->html, c->ours);
            buf_printf(&p->html, "%s</span>", difference);
            buf_str(&p->md, "<br>ours ");
            escape_md(&p->md, c->ours);
            buf_str(&p->md, difference);
        }
    }
    if (c->mark == MARK_NOT && (!*c->ours || c->explained)) {
        buf_str(&p->html, "<span class=\"o\">");
        escape(&p->html, c->why);
        buf_str(&p->html, "</span>");
        buf_str(&p->md, "<br>");
        escape_md(&p->md, c->why);
    }
    buf_str(&p->html, "</td>");
    buf_str(&p->md, " |");
}

/* Why the quoted cells are quoted, each reason once. */
static void add_reasons(struct page *p, const struct paper_table *t)
{
    for (size_t i = 0; i < t->ncells; i++) {
        const struct paper_cell *c = &t->cell[i];
        bool first = c->mark == MARK_REPORTED || c->mark == MARK_FITTED;
        for (size_t k = 0; k < i; k++)
            first = first && !(t->cell[k].mark == c->mark && !strcmp(t->cell[k].why, c->why));
        if (first) {
            buf_printf(&p->html, "<li>%s: ", mark_names[c->mark]);
            escape(&p->html, c->why);
            buf_str(&p->html, "</li>\n");
            buf_printf(&p->md, "- %s: ", mark_names[c->mark]);
            escape_md(&p->md, c->why);
            buf_str(&p->md, "\n");
        }
    }
}

void page_paper_table(struct page *p, const struct paper_table *t)
{
    const char **row = calloc(t->ncells + 1, sizeof *row), **column = calloc(t->ncells + 1, sizeof *column);
    if (!row || !column) {
        free(row);
        free(column);
        p->html.failed = true;
        return;
    }
    size_t nrows = distinct(t, false, row), ncolumns = distinct(t, true, column);
    buf_str(&p->html, "<div class=\"wide\"><table><tr><th></th>");
    buf_str(&p->md, "| |");
    for (size_t c = 0; c < ncolumns; c++) {
        buf_str(&p->html, "<th>");
        escape(&p->html, column[c]);
        buf_str(&p->html, "</th>");
        buf_str(&p->md, " ");
        escape_md(&p->md, column[c]);
        buf_str(&p->md, " |");
    }
    buf_str(&p->html, "</tr>\n");
    buf_str(&p->md, "\n|--|");
    for (size_t c = 0; c < ncolumns; c++)
        buf_str(&p->md, "--|");
    buf_str(&p->md, "\n");
    for (size_t r = 0; r < nrows; r++) {
        buf_str(&p->html, "<tr><th>");
        escape(&p->html, row[r]);
        buf_str(&p->html, "</th>");
        buf_str(&p->md, "| ");
        escape_md(&p->md, row[r]);
        buf_str(&p->md, " |");
        for (size_t c = 0; c < ncolumns; c++)
            add_cell(p, cell_at(t, row[r], column[c]));
        buf_str(&p->html, "</tr>\n");
        buf_str(&p->md, "\n");
    }
    buf_str(&p->html, "</table></div>\n<ul class=\"notes\">\n");
    buf_str(&p->md, "\n");
    add_reasons(p, t);
    for (size_t i = 0; i < t->nnotes; i++) {
        buf_str(&p->html, "<li>");
        escape(&p->html, t->note[i]);
        buf_str(&p->html, "</li>\n");
        buf_str(&p->md, "- ");
        escape_md(&p->md, t->note[i]);
        buf_str(&p->md, "\n");
    }
    buf_str(&p->html, "</ul>\n");
    buf_str(&p->md, "\n");
    for (size_t i = 0; i < t->ncells; i++) {
        const struct paper_cell *c = &t->cell[i];
        const char *const text[] = {t->name, c->row, c->column, c->text, c->ours};
        for (size_t k = 0; k < sizeof text / sizeof *text; k++) {
            escape_csv(&p->csv, text[k]);
            buf_str(&p->csv, ",");
        }
        if (!isnan(c->difference))
            buf_printf(&p->csv, "%.4g", c->difference);
        buf_printf(&p->csv, ",%s,", mark_names[c->mark]);
        escape_csv(&p->csv, c->why);
        buf_str(&p->csv, "\n");
    }
    free(row);
    free(column);
}

void page_table(struct page *p, const struct table *t, const struct report_layout *l)
{
    const struct report_column *column = l->col;
    const size_t n = l->n;
    buf_str(&p->html, "<div class=\"wide\"><table><tr>");
    buf_str(&p->md, "|");
    for (size_t c = 0; c < n; c++) {
        buf_str(&p->html, "<th>");
        escape(&p->html, column[c].heading);
        buf_str(&p->html, "</th>");
        buf_str(&p->md, " ");
        escape_md(&p->md, column[c].heading);
        buf_str(&p->md, " |");
    }
    buf_str(&p->html, "</tr>\n");
    buf_str(&p->md, "\n|");
    for (size_t c = 0; c < n; c++)
        buf_str(&p->md, "--|");
    buf_str(&p->md, "\n");
    for (size_t r = 0; r < t->nrow; r++) {
        buf_str(&p->html, "<tr>");
        buf_str(&p->md, "|");
        for (size_t c = 0; c < n; c++) {
            const struct cell *v = table_at(t, r, column[c].name);
            char text[64] = "";
            if (v->type == CELL_INT || v->type == CELL_REAL)
                snprintf(text, sizeof text, "%.*f", column[c].decimals, v->r * column[c].scale);
            const char *shown = v->type == CELL_TEXT ? v->text : v->type == CELL_NULL || !isfinite(v->r) ? "-" : text;
            buf_printf(&p->html, "<td%s>", v->type == CELL_TEXT ? "" : " class=\"n\"");
            escape(&p->html, shown);
            buf_str(&p->html, "</td>");
            buf_str(&p->md, " ");
            escape_md(&p->md, shown);
            buf_str(&p->md, " |");
        }
        buf_str(&p->html, "</tr>\n");
        buf_str(&p->md, "\n");
    }
    buf_str(&p->html, "</table></div>\n");
    buf_str(&p->md, "\n");
}

bool page_figure(struct page *p, const char *name, const char *caption, struct err *e)
{
    char path[4096];
    struct buf svg = {0};
    snprintf(path, sizeof path, "%s/%s.svg", p->folder, name);
    bool ok = buf_read_file(&svg, path, 16 << 20, e);
    if (ok) {
        const char *start = strstr(buf_text(&svg), "<svg"); /* without the XML declaration */
        const char *box = strstr(buf_text(&svg), "viewBox=\"0 0 ");
        double width = box ? strtod(box + 13, NULL) : 600;
        /* Drawn to be printed in 8 point type; a screen shows it half as large again. */
        buf_printf(&p->html, "<figure>\n<svg style=\"max-width:%.0fpx\"", 1.5 * width);
        buf_str(&p->html, start ? start + 4 : ">");
        buf_str(&p->html, "<figcaption>");
        escape(&p->html, caption);
        buf_str(&p->html, "</figcaption></figure>\n");
        buf_printf(&p->md, "![%s](%s.svg)\n\n", name, name);
        escape_md(&p->md, caption);
        buf_str(&p->md, "\n\n");
    }
    buf_free(&svg);
    return ok;
}
