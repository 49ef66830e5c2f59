#include "reports/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void table_free(struct table *t)
{
    for (size_t i = 0; i < t->nrow * t->ncol; i++)
        if (t->cell[i].type == CELL_TEXT)
            free(t->cell[i].text);
    for (size_t i = 0; t->name && i < t->ncol; i++)
        free(t->name[i]);
    free(t->name);
    free(t->cell);
    *t = (struct table){0};
}

const struct cell *table_at(const struct table *t, size_t row, const char *column)
{
    static char empty[] = "";
    static const struct cell none = {.type = CELL_NULL, .r = NAN, .text = empty};
    for (size_t i = 0; i < t->ncol && row < t->nrow; i++)
        if (!strcmp(t->name[i], column))
            return &t->cell[row * t->ncol + i];
    return &none;
}

static void json_cell(cJSON *in, const char *name, const struct cell *c)
{
    size_t n = strlen(name);
    switch (c->type) {
    case CELL_NULL: json_null(in, name); break;
    case CELL_INT: json_int(in, name, c->i); break;
    case CELL_REAL: json_real(in, name, c->r); break;
    case CELL_TEXT:
        /* Columns named *_json hold JSON, the schema checks that. */
        if (n > 5 && !strcmp(name + n - 5, "_json"))
            json_raw(in, name, c->text);
        else
            json_text(in, name, c->text);
        break;
    }
}

void table_json_row(const struct table *t, size_t row, cJSON *in, const char *key)
{
    if (row >= t->nrow) {
        json_null(in, key);
        return;
    }
    cJSON *o = json_object(in, key);
    for (size_t i = 0; i < t->ncol; i++)
        json_cell(o, t->name[i], &t->cell[row * t->ncol + i]);
}

/* Printed row by row, since a tree of all cells would take a hundred bytes a cell. */
void table_json(const struct table *t, cJSON *in, const char *key)
{
    struct buf rows = {0};
    buf_str(&rows, "[");
    for (size_t r = 0; r < t->nrow; r++) {
        cJSON *one = json_root_array();
        struct buf text = {0};
        table_json_row(t, r, one, NULL);
        json_print(one, JSON_COMPACT, &text);
        buf_str(&rows, r ? ",\n  " : "\n  ");
        /* without the brackets */
        buf_add(&rows, buf_text(&text) + 1, text.len > 2 ? text.len - 2 : 0);
        rows.failed = rows.failed || text.failed;
        buf_free(&text);
    }
    buf_str(&rows, t->nrow ? "\n]" : "]");
    json_raw(in, key, rows.failed ? NULL : buf_text(&rows));
    buf_free(&rows);
}

bool table_begin(struct table *t, const char *const *names, struct err *e)
{
    *t = (struct table){0};
    while (names[t->ncol])
        t->ncol++;
    t->name = calloc(t->ncol + 1, sizeof *t->name);
    for (size_t i = 0; t->name && i < t->ncol; i++)
        if (!(t->name[i] = strdup(names[i])))
            return table_free(t), err_nomem(e);
    return t->name || err_nomem(e);
}

bool table_add(struct table *t, const struct cell *row, struct err *e)
{
    struct cell *grown = realloc(t->cell, (t->nrow + 1) * t->ncol * sizeof *grown);
    if (!grown)
        return err_nomem(e);
    t->cell = grown;
    struct cell *to = grown + t->nrow * t->ncol;
    for (size_t i = 0; i < t->ncol; i++) {
        to[i] = row[i];
        if (row[i].type == CELL_TEXT && !(to[i].text = strdup(row[i].text))) {
            while (i-- > 0)
                if (to[i].type == CELL_TEXT)
                    free(to[i].text);
            return err_nomem(e);
        }
    }
    t->nrow++;
    return true;
}

static char empty_text[] = "";

struct cell cell_int(int64_t v)
{
    return (struct cell){.type = CELL_INT, .i = v, .r = (double)v, .text = empty_text};
}

struct cell cell_real(double v)
{
    return isfinite(v) ? (struct cell){.type = CELL_REAL, .r = v, .text = empty_text}
                       : (struct cell){.type = CELL_NULL, .r = NAN, .text = empty_text};
}

struct cell cell_str(const char *text)
{
    return (struct cell){
        .type = CELL_TEXT, .r = NAN, .text = (char *)(uintptr_t)text}; /* table_add copies */
}
