/* A table in memory: what a query gave, or what was put together by hand. It knows no database.
 * Its names and texts are its own; release with table_free. */
#ifndef REPORTS_TABLE_H
#define REPORTS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

enum cell_type { CELL_NULL, CELL_INT, CELL_REAL, CELL_TEXT };
struct cell {
    enum cell_type type;
    int64_t i;  /* of CELL_INT, else 0 */
    double r;   /* of both numbers, else NaN */
    char *text; /* of CELL_TEXT, else "" */
};
struct table {
    size_t ncol, nrow;
    char **name;       /* [ncol] */
    struct cell *cell; /* [nrow * ncol] */
};
void table_free(struct table *t);
/* A table made by hand: names NULL-terminated; rows of ncol cells, texts are copied. */
bool table_begin(struct table *t, const char *const *names, struct err *e);
bool table_add(struct table *t, const struct cell *row, struct err *e);
struct cell cell_int(int64_t v);
struct cell cell_real(double v); /* NULL when not finite */
struct cell cell_str(const char *text);
/* A NULL cell when the table has no such row or column. */
const struct cell *table_at(const struct table *t, size_t row, const char *column);
/* JSON: the rows as an array of objects whose keys are the column names, a row a line; one row as
 * an object, null when there is no such row. Into `in` under `key`, as in base/json.h. */
void table_json(const struct table *t, cJSON *in, const char *key);
void table_json_row(const struct table *t, size_t row, cJSON *in, const char *key);

#endif
