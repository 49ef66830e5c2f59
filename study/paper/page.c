#include "study/paper/paper.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

#include "reports/report.h"

static const char *const mark_md[MARK_COUNT] = {"=", "\"", "x", "~", "\\+"};

void page_open(struct page *p, const char *title)
{
    static const char *const columns[] = {
        "table", "row", "column", "printed", "ours", "difference_percent", "mark", "why", NULL};
    p->md.failed |= !table_begin(&p->cells, columns, NULL);
    page_heading(p, title, 1);
}

void page_close(struct page *p)
{
    table_free(&p->cells);
    buf_free(&p->md);
}

void page_heading(struct page *p, const char *text, int level)
{
    buf_printf(&p->md, "%s%.*s %s\n\n", p->md.len ? "\n" : "", level, "######", text);
}

void page_text(struct page *p, const char *fmt, ...)
{
    char text[4096];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    escape_markdown(&p->md, text);
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

static const struct paper_cell *cell_at(const struct paper_table *t, const char *row,
                                        const char *column)
{
    for (size_t i = 0; i < t->ncells; i++)
        if (!strcmp(t->cell[i].row, row) && !strcmp(t->cell[i].column, column))
            return &t->cell[i];
    return NULL;
}

static void md_cell(struct page *p, const char *text)
{
    struct buf cell = {0};
    escape_markdown(&cell, text);
    table_md_cell(&p->md, buf_text(&cell));
    p->md.failed |= cell.failed;
    buf_free(&cell);
}

static bool has_note(const struct paper_cell *c)
{
    return c->mark == MARK_NOT && (!*c->ours || c->explained);
}

/* Long reasons stand below the table, each once: the number of a cell's, from 1. */
static int note_of(const struct paper_table *t, const struct paper_cell *c)
{
    int n = 0;
    for (size_t i = 0; i < t->ncells; i++) {
        bool fresh = has_note(&t->cell[i]);
        for (size_t k = 0; fresh && k < i; k++)
            fresh = !has_note(&t->cell[k]) || strcmp(t->cell[k].why, t->cell[i].why) != 0;
        n += fresh;
        if (has_note(&t->cell[i]) && !strcmp(t->cell[i].why, c->why))
            break;
    }
    return n;
}

static void add_cell(struct page *p, const struct paper_table *t, const struct paper_cell *c)
{
    struct buf cell = {0};
    if (c) {
        buf_printf(&cell, "%s ", mark_md[c->mark]);
        escape_markdown(&cell, c->text);
    }
    if (c && *c->ours && strcmp(c->ours, c->text)) {
        buf_str(&cell, "<br>ours ");
        escape_markdown(&cell, c->ours);
        if (!isnan(c->difference))
            buf_printf(&cell, " (%+.2f %%)", fabs(c->difference) < 0.005 ? 0.0 : c->difference);
    }
    if (c && has_note(c))
        buf_printf(&cell, " (note %d)", note_of(t, c));
    table_md_cell(&p->md, buf_text(&cell));
    p->md.failed |= cell.failed;
    buf_free(&cell);
}

/* What cells of a tolerance other than the usual one are, one line for each tolerance. */
static void add_tolerances(struct page *p, const struct paper_table *t)
{
    for (size_t i = 0; i < t->ncells; i++) {
        const struct paper_cell *c = &t->cell[i];
        bool first = c->judged && !(c->tolerance > 0.49 && c->tolerance < 0.51);
        for (size_t k = 0; first && k < i; k++)
            first = !t->cell[k].judged || fabs(t->cell[k].tolerance - c->tolerance) > 1e-9;
        if (!first)
            continue;
        buf_printf(&p->md, "- tolerance %g %%:", c->tolerance);
        const char *separator = " ";
        for (size_t k = i; k < t->ncells; k++)
            if (t->cell[k].judged && fabs(t->cell[k].tolerance - c->tolerance) < 1e-9) {
                buf_str(&p->md, separator);
                escape_markdown(&p->md, t->cell[k].row);
                buf_str(&p->md, " / ");
                escape_markdown(&p->md, t->cell[k].column);
                separator = "; ";
            }
        buf_str(&p->md, "\n");
    }
}

/* Why the quoted cells are quoted, and what the notes say, each reason once. */
static void add_reasons(struct page *p, const struct paper_table *t)
{
    for (size_t i = 0; i < t->ncells; i++) {
        const struct paper_cell *c = &t->cell[i];
        bool first = c->mark == MARK_REPORTED || c->mark == MARK_FITTED ||
                     c->mark == MARK_ARITHMETIC || has_note(c);
        for (size_t k = 0; k < i; k++)
            first = first && !(t->cell[k].mark == c->mark && !strcmp(t->cell[k].why, c->why) &&
                               has_note(&t->cell[k]) == has_note(c));
        if (!first)
            continue;
        if (has_note(c))
            buf_printf(&p->md, "- note %d: ", note_of(t, c));
        else
            buf_printf(&p->md, "- %s: ", paper_mark_names[c->mark]);
        escape_markdown(&p->md, c->why);
        buf_str(&p->md, "\n");
    }
    add_tolerances(p, t);
}

void page_paper_table(struct page *p, const struct paper_table *t)
{
    const char **row = calloc(t->ncells + 1, sizeof *row),
               **column = calloc(t->ncells + 1, sizeof *column);
    if (!row || !column) {
        free(row);
        free(column);
        p->md.failed = true;
        return;
    }
    size_t nrows = distinct(t, false, row), ncolumns = distinct(t, true, column);
    table_md_begin(&p->md);
    md_cell(p, "");
    for (size_t c = 0; c < ncolumns; c++)
        md_cell(p, column[c]);
    table_md_end(&p->md);
    table_md_rule(&p->md, ncolumns + 1, NULL);
    for (size_t r = 0; r < nrows; r++) {
        table_md_begin(&p->md);
        md_cell(p, row[r]);
        for (size_t c = 0; c < ncolumns; c++)
            add_cell(p, t, cell_at(t, row[r], column[c]));
        table_md_end(&p->md);
    }
    buf_str(&p->md, "\n");
    add_reasons(p, t);
    for (size_t i = 0; i < t->nnotes; i++) {
        buf_str(&p->md, "- ");
        escape_markdown(&p->md, t->note[i]);
        buf_str(&p->md, "\n");
    }
    buf_str(&p->md, "\n");
    for (size_t i = 0; i < t->ncells; i++) {
        const struct paper_cell *c = &t->cell[i];
        char difference[32];
        snprintf(difference, sizeof difference, "%.4g", c->difference);
        const struct cell cells[] = {cell_str(t->name),
                                     cell_str(c->row),
                                     cell_str(c->column),
                                     cell_str(c->text),
                                     cell_str(c->ours),
                                     cell_str(isnan(c->difference) ? "" : difference),
                                     cell_str(paper_mark_names[c->mark]),
                                     cell_str(c->why)};
        p->md.failed |= !table_add(&p->cells, cells, NULL);
    }
    free(row);
    free(column);
}

void page_table(struct page *p, const struct table *t, const struct report_layout *l)
{
    struct report_column column[REPORT_COLUMNS];
    size_t n = 0;
    for (size_t c = 0; c < l->n; c++) {
        bool some = !l->col[c].any;
        for (size_t r = 0; !some && r < t->nrow; r++)
            some = table_at(t, r, l->col[c].name)->type != CELL_NULL;
        if (some)
            column[n++] = l->col[c];
    }
    bool marked = false;
    table_md_begin(&p->md);
    for (size_t c = 0; c < n; c++)
        md_cell(p, column[c].heading);
    table_md_end(&p->md);
    table_md_rule(&p->md, n, NULL);
    for (size_t r = 0; r < t->nrow; r++) {
        table_md_begin(&p->md);
        for (size_t c = 0; c < n; c++) {
            struct buf text = {0};
            report_cell(&text, t, r, &column[c], &marked);
            md_cell(p, buf_text(&text));
            p->md.failed |= text.failed;
            buf_free(&text);
        }
        table_md_end(&p->md);
    }
    buf_str(&p->md, "\n");
    if (marked) {
        escape_markdown(&p->md, report_band_legend);
        buf_str(&p->md, "\n");
    }
}

void page_figure(struct page *p, const char *name, const char *caption)
{
    buf_printf(&p->md, "![%s](%s.svg)\n\n", name, name);
    escape_markdown(&p->md, caption);
    buf_str(&p->md, "\n\n");
}
