/* The database: one SQLite file with the tables and views of docs/schema.md. A store belongs to one
 * thread at a time; processes may share a file.
 *
 * reports/ knows the database, its queries, tables and figures, and the formats of measuring tools.
 * It is the only user of SQLite, and knows rows, not who made them: neither a simulator nor a cost
 * model. */
#ifndef REPORTS_STORE_H
#define REPORTS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/rows.h"
#include "reports/table.h"

struct store;

/* create: opened for writing and made when absent; else for reading only, and it must exist. NULL
 * path: a private in-memory database. ERR_INPUT: cannot be opened, read-only, not a database,
 * damaged, of a newer schema version (an older one is brought up to date: in the file when it is
 * opened for writing, else in memory); ERR_ENV: locked, disk full. A producer opens its store
 * before it works for long, so that a bad path fails first. */
struct store *store_open(const char *path, bool create, struct err *e);
void store_close(struct store *s);
const char *store_path(const struct store *s); /* ":memory:" for the in-memory database */

/* One transaction: all rows of the run or nothing. *run is the new id. Fills tool_version and
 * started_at when they are empty. ERR_INPUT when a tally has no cost (the view `uncosted` stays
 * empty) or a count exceeds 2^63 - 1. */
bool store_put(struct store *s, const struct rows *r, int64_t *run, struct err *e);

/* A whole run back, in a canonical order of rows. The caller frees, even on failure. */
bool store_get(struct store *s, int64_t run, struct rows *r, struct err *e);

/* The variant of the network in a row of `run` or `runs`. */
void store_variant(const struct table *t, size_t row, struct run_meta *m);

/* A point of a sweep with its run (NULL when there is none) in one transaction. A key that is there
 * already changes nothing (*run is then its run, or 0), unless its state is `failed`: then it is
 * replaced. */
struct point {
    const char *key, *sweep, *params_json, *state, *reason; /* state: done, failed, unfit */
};
bool store_point(struct store *s, const struct point *p, const struct rows *r, int64_t *run,
                 struct err *e);
/* The same inside a transaction of the caller; *fresh: it was not there. */
bool store_point_in(struct store *s, const struct point *p, const struct rows *r, bool *fresh,
                    struct err *e);
/* Adds the members of a JSON object to the configuration of a point's run, if it has one. */
bool store_point_config(struct store *s, const char *key, const char *json, struct err *e);
/* Keeps the first value of a key. */
bool store_memo(struct store *s, const char *key, const char *value, struct err *e);

/* Several calls in one transaction. */
bool store_begin(struct store *s, struct err *e);
bool store_commit(struct store *s, struct err *e);
void store_rollback(struct store *s);

/* A query of a database whose views were made to run for ever ends with ERR_INPUT after so many
 * million steps of SQLite's virtual machine (5000, about a minute, unless set here), or at 64
 * million cells. */
void store_limit_query(struct store *s, int million_steps);
/* One SELECT; `:run` in it is bound to `run`, `:other` to `other`, any other parameter stays
 * NULL. */
bool store_query(struct store *s, const char *sql, int64_t run, int64_t other, struct table *out,
                 struct err *e);

/* Id of the newest run, of one kind if `kind` is not NULL, else published ones only when there is
 * no other; ERR_INPUT when there is none. */
bool store_newest(struct store *s, const char *kind, int64_t *run, struct err *e);

/* What docs/schema.md calls the view `layers`, in order of seq. Unknown reals are NaN. */
struct layer_line {
    char name[128], op[24];
    uint64_t macs, cycles, instructions, calls, reads, writes, read_bytes, write_bytes;
    double seconds, cycles_per_mac, energy_uj;
};
/* The caller frees *out. */
bool store_layers(struct store *s, int64_t run, struct layer_line **out, size_t *n, struct err *e);

#endif
