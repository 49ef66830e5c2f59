/* The database: one SQLite file with the tables and views of docs/schema.md. The only user of sqlite3. */
#ifndef REPORTS_STORE_H
#define REPORTS_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/rows.h"

struct store;

/* Creates the file when absent (create = true). ERR_ENV: cannot be opened, is read-only, locked, not a database;
 * ERR_INPUT: of another schema version. NULL path: a private in-memory database. */
struct store *store_open(const char *path, bool create, struct err *e);
void store_close(struct store *s);

/* One transaction: all rows of the run or nothing. *run is the new id. */
bool store_put(struct store *s, const struct rows *r, int64_t *run, struct err *e);

enum table_format { TABLE_TEXT, TABLE_CSV, TABLE_JSON, TABLE_MD, TABLE_TEX, TABLE_TSV };

/* Runs the query of reports/tables/NAME.sql (parameter :run, 0 = the newest run) and renders it. */
bool report_render(struct store *s, const char *name, int64_t run, enum table_format f, struct buf *out, struct err *e);

#endif
