#include "reports/store.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/data.h"

enum { APPLICATION_ID = 0x4554494e, SCHEMA_VERSION = 3, BUSY_MS = 5000 };

struct store {
    sqlite3 *db;
    char *path;
    int query_steps, steps_left; /* in units of STEP operations of SQLite's virtual machine */
};

enum {
    STEP = 1000000,
    QUERY_STEPS = 5000,  /* about a minute; a report over a million points takes a few seconds */
    MAX_CELLS = 64 << 20 /* of one answer */
};

/* The reason of the last failure in one line, by what the user can do about it. */
static bool db_err(struct store *s, int rc, struct err *e)
{
    const char *path = s->path;
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(e, ERR_ENV, "%s: locked by another program for %d s; nothing was stored",
                       path, BUSY_MS / 1000);
    case SQLITE_FULL: return err_set(e, ERR_ENV, "%s: the disk is full; nothing was stored", path);
    case SQLITE_IOERR:
        return err_set(e, ERR_ENV, "%s: cannot read or write (%s); nothing was stored", path,
                       sqlite3_errmsg(s->db));
    case SQLITE_NOMEM: return err_nomem(e);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return err_set(e, ERR_INPUT, "%s: is read-only, expected a database that can be written",
                       path);
    case SQLITE_CANTOPEN: return err_set(e, ERR_INPUT, "%s: cannot be opened as a database", path);
    case SQLITE_INTERRUPT:
        return err_set(
            e, ERR_INPUT,
            "%s: a query took more than %d million steps and was ended; the database may "
            "hold a view made to run for ever",
            path, s->query_steps);
    case SQLITE_NOTADB: return err_set(e, ERR_INPUT, "%s: is not a database", path);
    case SQLITE_CORRUPT:
        return err_set(e, ERR_INPUT, "%s: the database is damaged (%s)", path,
                       sqlite3_errmsg(s->db));
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return err_set(e, ERR_INPUT, "%s: a row breaks the schema (%s); nothing was stored", path,
                       sqlite3_errmsg(s->db));
    }
    return err_set(e, ERR_ENV, "%s: %s", path, s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc));
}

static bool exec(struct store *s, const char *sql, struct err *e)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK || db_err(s, rc, e);
}

static bool pragma(struct store *s, const char *sql, int64_t *out, struct err *e)
{
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
        *out = sqlite3_column_int64(q, 0);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(q);
    return rc == SQLITE_OK || db_err(s, rc, e);
}

/* *version: of the schema, 0 for an empty database without any table. ERR_INPUT for somebody else's
 * file or a newer version. */
static bool identify(struct store *s, int64_t *version, struct err *e)
{
    int64_t app = 0, tables = 0;
    if (!pragma(s, "SELECT count(*) FROM sqlite_master", &tables, e) ||
        !pragma(s, "PRAGMA application_id", &app, e) ||
        !pragma(s, "PRAGMA user_version", version, e))
        return false;
    if (tables == 0 && app == 0 && *version == 0)
        return true;
    if (app != APPLICATION_ID)
        return err_set(e, ERR_INPUT, "%s: is a database of another program", s->path);
    if (*version < 1 || *version > SCHEMA_VERSION)
        return err_set(e, ERR_INPUT, "%s: has schema version %" PRId64 ", expected 1 to %d",
                       s->path, *version, SCHEMA_VERSION);
    return true;
}

static bool run_script(struct store *s, const char *name, struct err *e)
{
    char path[4096];
    struct buf sql = {0};
    if (!data_need(path, sizeof path, name, e))
        return false;
    bool ok = buf_read_file(&sql, path, 1 << 20, e) && exec(s, buf_text(&sql), e);
    buf_free(&sql);
    return ok;
}

/* Views hold no data: those of an older version are dropped before the tables change. */
static bool drop_views(struct store *s, struct err *e)
{
    struct table t;
    if (!store_query(s, "SELECT name FROM sqlite_master WHERE type = 'view'", 0, 0, &t, e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < t.nrow; i++) {
        char *sql = sqlite3_mprintf("DROP VIEW \"%w\"", t.cell[i].text);
        ok = sql ? exec(s, sql, e) : err_nomem(e);
        sqlite3_free(sql);
    }
    table_free(&t);
    return ok;
}

/* Makes the schema, or brings one of an older version up to date, inside a transaction of the
 * caller. */
static bool bring_up_to_date(struct store *s, int64_t version, struct err *e)
{
    if (version == SCHEMA_VERSION)
        return true;
    if (version == 0)
        return run_script(s, "reports/schema.sql", e) && run_script(s, "reports/views.sql", e);
    bool ok = drop_views(s, e);
    for (int64_t v = version + 1; ok && v <= SCHEMA_VERSION; v++) {
        char name[64];
        snprintf(name, sizeof name, "reports/migrations/%d.sql", (int)v);
        ok = run_script(s, name, e);
    }
    return ok && run_script(s, "reports/views.sql", e);
}

/* Ends the query that runs, with SQLITE_INTERRUPT, when its steps are used up. */
static int out_of_steps(void *store)
{
    struct store *s = store;
    return s->steps_left-- <= 0;
}

/* A file may be crafted. (The schema's own checks use JSON functions, which SQLite withholds from
 * an untrusted schema.) */
static bool distrust(struct store *s, struct err *e)
{
    int rc = sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    return rc == SQLITE_OK || db_err(s, rc, e);
}

/* Readers and writers do not wait for each other in WAL mode. Another process may be doing the same
 * right now. */
static bool use_wal(struct store *s, struct err *e)
{
    int rc = SQLITE_BUSY;
    for (int i = 0; i < 50 && (rc & 0xff) == SQLITE_BUSY; i++) {
        if (i)
            nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        rc = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", NULL,
                          NULL, NULL);
    }
    return rc == SQLITE_OK || db_err(s, rc, e);
}

static bool open_writing(struct store *s, const char *path, struct err *e)
{
    struct stat st;
    bool existed = path && stat(path, &st) == 0;
    /* The superuser may write anything; a file or folder without any write bit was meant to stay as
     * it is. */
    if (existed && (st.st_mode & 0222) == 0)
        return db_err(s, SQLITE_READONLY, e);
    if (existed && !S_ISREG(st.st_mode))
        return err_set(e, ERR_INPUT, "%s: is no regular file, expected a database", path);
    if (path && !existed) {
        char folder[4096];
        const char *slash = strrchr(path, '/');
        int n = snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1,
                         slash ? path : ".");
        if (n <= 0 || (size_t)n >= sizeof folder)
            return err_set(e, ERR_INPUT, "the path of the database is too long");
        if (stat(folder, &st) != 0)
            return err_set(e, ERR_INPUT, "%s: cannot be created: %s", path, strerror(errno));
        if ((st.st_mode & 0222) == 0)
            return err_set(e, ERR_INPUT, "%s: cannot be created, its folder is read-only", path);
    }
    int64_t version = 0;
    int rc = sqlite3_open_v2(path ? path : ":memory:", &s->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (rc != SQLITE_OK)
        return db_err(s, rc, e);
    sqlite3_busy_timeout(s->db, BUSY_MS);
    bool ok = distrust(s, e) && identify(s, &version, e);
    if (ok && version != SCHEMA_VERSION) {
        ok = (!path || use_wal(s, e)) && exec(s, "BEGIN IMMEDIATE", e);
        ok = ok && identify(s, &version, e) && bring_up_to_date(s, version, e) &&
             exec(s, "COMMIT", e);
        if (!ok && path && !existed) {
            sqlite3_close(s->db);
            s->db = NULL;
            unlink(path);
        }
    } else if (ok && path) {
        ok = use_wal(s, e);
    }
    return ok && exec(s, "PRAGMA foreign_keys = ON", e);
}

/* A database of an older version that is only read stays as it is: its contents are brought up to
 * date in memory. */
static bool migrate_copy(struct store *s, int64_t version, struct err *e)
{
    sqlite3 *copy = NULL;
    int rc = sqlite3_open_v2(":memory:", &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    sqlite3_backup *b = rc == SQLITE_OK ? sqlite3_backup_init(copy, "main", s->db, "main") : NULL;
    if (b) {
        rc = sqlite3_backup_step(b, -1);
        sqlite3_backup_finish(b);
    }
    if (!b || rc != SQLITE_DONE) {
        sqlite3_close(copy);
        return db_err(s, b ? rc : SQLITE_NOMEM, e);
    }
    sqlite3_close(s->db);
    s->db = copy;
    return distrust(s, e) && bring_up_to_date(s, version, e);
}

static bool open_reading(struct store *s, const char *path, struct err *e)
{
    struct stat st;
    int64_t version;
    if (stat(path, &st) != 0)
        return err_set(e, ERR_INPUT, "%s: cannot open: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_INPUT, "%s: is no regular file, expected a database", path);
    int rc = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READONLY, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_busy_timeout(s->db, BUSY_MS);
        rc = sqlite3_exec(s->db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
    }
    if ((rc & 0xff) == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_READONLY) {
        /* WAL needs files beside the database; in a folder that cannot be written, nobody else
         * writes either. */
        struct buf uri = {0};
        buf_str(&uri, "file:");
        for (const char *p = path; *p; p++)
            buf_printf(&uri, strchr("%?#", *p) ? "%%%02x" : "%c", (unsigned char)*p);
        buf_str(&uri, "?immutable=1");
        sqlite3_close(s->db);
        s->db = NULL;
        rc = uri.failed
                 ? SQLITE_NOMEM
                 : sqlite3_open_v2(uri.data, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
        buf_free(&uri);
    }
    if (rc != SQLITE_OK)
        return db_err(s, rc, e);
    if (!distrust(s, e) || !identify(s, &version, e))
        return false;
    if (version == 0)
        return err_set(e, ERR_INPUT, "%s: is empty, expected a database of etinysim", path);
    return version == SCHEMA_VERSION || migrate_copy(s, version, e);
}

struct store *store_open(const char *path, bool create, struct err *e)
{
    struct store *s = calloc(1, sizeof *s);
    if (!s || !(s->path = strdup(path ? path : ":memory:"))) {
        free(s);
        err_nomem(e);
        return NULL;
    }
    s->query_steps = QUERY_STEPS;
    bool ok = create || !path ? open_writing(s, path, e) : open_reading(s, path, e);
    if (!ok) {
        store_close(s);
        return NULL;
    }
    return s;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    sqlite3_close(s->db);
    free(s->path);
    free(s);
}

const char *store_path(const struct store *s)
{
    return s->path;
}

bool store_begin(struct store *s, struct err *e)
{
    return exec(s, "BEGIN IMMEDIATE", e);
}

bool store_commit(struct store *s, struct err *e)
{
    if (exec(s, "COMMIT", e))
        return true;
    store_rollback(s);
    return false;
}

void store_rollback(struct store *s)
{
    if (!sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- storing a run ---- */

static bool put(struct store *s, sqlite3_stmt *q, struct err *e)
{
    int rc = sqlite3_step(q);
    bool ok = rc == SQLITE_DONE || db_err(s, rc, e);
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return ok;
}

static bool prepare(struct store *s, sqlite3_stmt **q, const char *sql, struct err *e)
{
    int rc = sqlite3_prepare_v2(s->db, sql, -1, q, NULL);
    return rc == SQLITE_OK || db_err(s, rc, e);
}

static void bind_text(sqlite3_stmt *q, int i, const char *text)
{
    sqlite3_bind_text(q, i, text, -1, SQLITE_STATIC);
}

static bool bind_count(struct store *s, sqlite3_stmt *q, int i, uint64_t v, const char *what,
                       struct err *e)
{
    if (v > INT64_MAX)
        return err_set(e, ERR_INPUT, "%s: %s of %" PRIu64 " exceeds what a database can hold",
                       s->path, what, v);
    sqlite3_bind_int64(q, i, (sqlite3_int64)v);
    return true;
}

static bool put_run(struct store *s, const struct rows *r, int64_t *id, struct err *e)
{
    sqlite3_stmt *q = NULL;
    char now[32] = "";
    time_t t = time(NULL);
    struct tm tm;
    if (gmtime_r(&t, &tm))
        strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", &tm);
    const struct run_meta *m = &r->run;
    bool ok = prepare(s, &q,
                      "INSERT INTO run (kind, platform, core, clock_hz, network, config_json, "
                      "tool_version, inputs_sha256, "
                      "elf_sha256, started_at, width, shape, wbits, abits, quant) VALUES "
                      "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      e);
    ok = ok && bind_count(s, q, 4, m->clock_hz, "a clock", e);
    if (ok) {
        bind_text(q, 1, m->kind);
        bind_text(q, 2, m->platform);
        bind_text(q, 3, m->core);
        bind_text(q, 5, m->network);
        bind_text(q, 6, m->config_json ? m->config_json : "{}");
        bind_text(q, 7, m->tool_version[0] ? m->tool_version : ETINYSIM_VERSION);
        bind_text(q, 8, m->inputs_sha256);
        bind_text(q, 9, m->elf_sha256);
        bind_text(q, 10, m->started_at[0] ? m->started_at : now);
        if (m->width > 0)
            sqlite3_bind_double(q, 11, m->width);
        bind_text(q, 12, m->shape);
        if (m->wbits)
            sqlite3_bind_int64(q, 13, m->wbits);
        if (m->abits)
            sqlite3_bind_int64(q, 14, m->abits);
        bind_text(q, 15, m->quant);
        ok = put(s, q, e);
        *id = sqlite3_last_insert_rowid(s->db);
    }
    sqlite3_finalize(q);
    return ok;
}

static bool put_scopes(struct store *s, const struct rows *r, int64_t run, struct err *e)
{
    sqlite3_stmt *q = NULL, *w = NULL;
    bool ok = prepare(s, &q,
                      "INSERT INTO scope (run, id, parent, seq, name, op, macs, params) VALUES (?, "
                      "?, ?, ?, ?, ?, ?, ?)",
                      e) &&
              prepare(s, &w, "INSERT INTO within (run, scope, part) VALUES (?, ?, ?)", e);
    for (size_t i = 0; ok && i < r->nscope; i++) {
        const struct scope_row *c = &r->scope[i];
        if (c->parent >= (int)i || c->parent < -1) {
            ok = err_set(e, ERR_INPUT, "%s: scope '%s' comes before its parent", s->path, c->name);
            break;
        }
        sqlite3_bind_int64(q, 1, run);
        sqlite3_bind_int64(q, 2, (sqlite3_int64)i);
        if (c->parent >= 0)
            sqlite3_bind_int(q, 3, c->parent);
        sqlite3_bind_int(q, 4, c->seq);
        bind_text(q, 5, c->name);
        bind_text(q, 6, c->op);
        ok = bind_count(s, q, 7, c->macs, "MACs", e) &&
             bind_count(s, q, 8, c->params, "parameters", e) && put(s, q, e);
        for (int a = (int)i; ok && a >= 0; a = r->scope[a].parent) {
            sqlite3_bind_int64(w, 1, run);
            sqlite3_bind_int(w, 2, a);
            sqlite3_bind_int64(w, 3, (sqlite3_int64)i);
            ok = put(s, w, e);
        }
    }
    sqlite3_finalize(q);
    sqlite3_finalize(w);
    return ok;
}

static bool put_counts(struct store *s, const struct rows *r, int64_t run, struct err *e)
{
    sqlite3_stmt *t = NULL, *c = NULL, *p = NULL, *m = NULL;
    bool ok =
        prepare(s, &t,
                "INSERT INTO tally (run, scope, component, action, count) VALUES (?, ?, ?, ?, ?)",
                e) &&
        prepare(s, &c,
                "INSERT INTO cost (run, component, action, cycles, pj, source, pj_low, pj_high) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                e) &&
        prepare(s, &p, "INSERT INTO peak (run, scope, part, bytes) VALUES (?, ?, ?, ?)", e) &&
        prepare(s, &m,
                "INSERT INTO sample (run, scope, rep, quantity, value) VALUES (?, ?, ?, ?, ?)", e);
    for (size_t i = 0; ok && i < r->ntally; i++) {
        sqlite3_bind_int64(t, 1, run);
        sqlite3_bind_int(t, 2, r->tally[i].scope);
        bind_text(t, 3, r->tally[i].component);
        bind_text(t, 4, r->tally[i].action);
        ok = bind_count(s, t, 5, r->tally[i].count, "a count", e) && put(s, t, e);
    }
    for (size_t i = 0; ok && i < r->ncost; i++) {
        const struct cost_row *k = &r->cost[i];
        sqlite3_bind_int64(c, 1, run);
        bind_text(c, 2, k->component);
        bind_text(c, 3, k->action);
        sqlite3_bind_double(c, 4, k->cycles);
        if (!isnan(k->pj))
            sqlite3_bind_double(c, 5, k->pj);
        bind_text(c, 6, k->source);
        if (!isnan(k->pj_low) && !isnan(k->pj_high)) {
            sqlite3_bind_double(c, 7, k->pj_low);
            sqlite3_bind_double(c, 8, k->pj_high);
        }
        ok = put(s, c, e);
    }
    for (size_t i = 0; ok && i < r->npeak; i++) {
        sqlite3_bind_int64(p, 1, run);
        if (r->peak[i].scope >= 0)
            sqlite3_bind_int(p, 2, r->peak[i].scope);
        bind_text(p, 3, r->peak[i].part);
        ok = bind_count(s, p, 4, r->peak[i].bytes, "a peak", e) && put(s, p, e);
    }
    for (size_t i = 0; ok && i < r->nsample; i++) {
        sqlite3_bind_int64(m, 1, run);
        sqlite3_bind_int(m, 2, r->sample[i].scope);
        sqlite3_bind_int(m, 3, r->sample[i].rep);
        bind_text(m, 4, r->sample[i].quantity);
        sqlite3_bind_double(m, 5, r->sample[i].value);
        ok = put(s, m, e);
    }
    sqlite3_finalize(t);
    sqlite3_finalize(c);
    sqlite3_finalize(p);
    sqlite3_finalize(m);
    return ok;
}

static bool all_costed(struct store *s, int64_t run, struct err *e)
{
    struct table t;
    if (!store_query(s, "SELECT component, action FROM uncosted WHERE run = :run LIMIT 1", run, 0,
                     &t, e))
        return false;
    bool ok = t.nrow == 0 || err_set(e, ERR_INPUT, "%s: the tally (%s, %s) has no cost", s->path,
                                     t.cell[0].text, t.cell[1].text);
    table_free(&t);
    return ok;
}

bool store_put(struct store *s, const struct rows *r, int64_t *run, struct err *e)
{
    if (r->failed)
        return err_nomem(e);
    bool own = sqlite3_get_autocommit(s->db) != 0;
    if (own && !store_begin(s, e))
        return false;
    int64_t id = 0;
    bool ok = put_run(s, r, &id, e) && put_scopes(s, r, id, e) && put_counts(s, r, id, e) &&
              all_costed(s, id, e);
    if (own) {
        if (ok)
            ok = store_commit(s, e);
        else
            store_rollback(s);
    }
    if (ok && run)
        *run = id;
    return ok;
}

static bool put_point(struct store *s, const struct point *p, const struct rows *r, int64_t *run,
                      bool *fresh, struct err *e)
{
    sqlite3_stmt *q = NULL;
    *run = 0;
    bool ok = prepare(s, &q, "DELETE FROM point WHERE key = ? AND state = 'failed'", e);
    if (ok) {
        bind_text(q, 1, p->key);
        ok = put(s, q, e);
    }
    sqlite3_finalize(q);
    q = NULL;
    ok = ok && prepare(s, &q, "SELECT run FROM point WHERE key = ?", e);
    if (ok)
        bind_text(q, 1, p->key);
    int rc = ok ? sqlite3_step(q) : SQLITE_ERROR;
    if (ok && rc == SQLITE_ROW)
        *run = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    *fresh = false;
    if (!ok || rc == SQLITE_ROW)
        return ok;
    *fresh = true;
    if (rc != SQLITE_DONE)
        return db_err(s, rc, e);
    if (r && !store_put(s, r, run, e))
        return false;
    ok = prepare(
        s, &q,
        "INSERT INTO point (key, sweep, params_json, state, reason, run) VALUES (?, ?, ?, ?, ?, ?)",
        e);
    if (ok) {
        bind_text(q, 1, p->key);
        bind_text(q, 2, p->sweep);
        bind_text(q, 3, p->params_json);
        bind_text(q, 4, p->state);
        bind_text(q, 5, p->reason ? p->reason : "");
        if (r)
            sqlite3_bind_int64(q, 6, *run);
        ok = put(s, q, e);
    }
    sqlite3_finalize(q);
    return ok;
}

bool store_point(struct store *s, const struct point *p, const struct rows *r, int64_t *run,
                 struct err *e)
{
    int64_t id = 0;
    bool fresh;
    if (!store_begin(s, e))
        return false;
    bool ok = put_point(s, p, r, &id, &fresh, e);
    if (!ok)
        store_rollback(s);
    ok = ok && store_commit(s, e);
    if (ok && run)
        *run = id;
    return ok;
}

bool store_point_in(struct store *s, const struct point *p, const struct rows *r, bool *fresh,
                    struct err *e)
{
    int64_t id;
    return put_point(s, p, r, &id, fresh, e);
}

bool store_point_config(struct store *s, const char *key, const char *json, struct err *e)
{
    sqlite3_stmt *q = NULL;
    bool ok = prepare(s, &q,
                      "UPDATE run SET config_json = json_patch(config_json, ?2) WHERE id = "
                      "(SELECT run FROM point WHERE key = ?1)",
                      e);
    if (ok) {
        bind_text(q, 1, key);
        bind_text(q, 2, json);
        ok = put(s, q, e);
    }
    sqlite3_finalize(q);
    return ok;
}

bool store_memo(struct store *s, const char *key, const char *value, struct err *e)
{
    sqlite3_stmt *q = NULL;
    bool ok = prepare(s, &q, "INSERT OR IGNORE INTO memo (key, value) VALUES (?, ?)", e);
    if (ok) {
        bind_text(q, 1, key);
        bind_text(q, 2, value);
        ok = put(s, q, e);
    }
    sqlite3_finalize(q);
    return ok;
}

/* ---- reading ---- */

static bool read_cell(sqlite3_stmt *q, int i, struct cell *c)
{
    static char empty[] = ""; /* never written to */
    *c = (struct cell){.type = CELL_NULL, .r = NAN, .text = empty};
    switch (sqlite3_column_type(q, i)) {
    case SQLITE_INTEGER:
        c->type = CELL_INT;
        c->i = sqlite3_column_int64(q, i);
        c->r = (double)c->i;
        return true;
    case SQLITE_FLOAT:
        c->type = CELL_REAL;
        c->r = sqlite3_column_double(q, i);
        return true;
    case SQLITE_NULL: return true;
    }
    const char *text = (const char *)sqlite3_column_text(q, i);
    char *copy = text ? strdup(text) : NULL;
    if (!copy)
        return false;
    c->type = CELL_TEXT;
    c->text = copy;
    return true;
}

void store_limit_query(struct store *s, int million_steps)
{
    s->query_steps = million_steps;
}

bool store_query(struct store *s, const char *sql, int64_t run, int64_t other, struct table *out,
                 struct err *e)
{
    sqlite3_stmt *q = NULL;
    size_t cap = 0;
    *out = (struct table){0};
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
    if (rc == SQLITE_OK && (!q || !sqlite3_stmt_readonly(q))) {
        sqlite3_finalize(q);
        return err_set(e, ERR_INPUT, "a report is one SELECT");
    }
    if (rc != SQLITE_OK)
        return db_err(s, rc, e);
    s->steps_left = s->query_steps;
    sqlite3_progress_handler(s->db, STEP, out_of_steps, s);
    int irun = sqlite3_bind_parameter_index(q, ":run"),
        iother = sqlite3_bind_parameter_index(q, ":other");
    if (irun)
        sqlite3_bind_int64(q, irun, run);
    if (iother)
        sqlite3_bind_int64(q, iother, other);
    out->ncol = (size_t)sqlite3_column_count(q);
    out->name = calloc(out->ncol + 1, sizeof *out->name);
    bool ok = out->name != NULL;
    for (size_t i = 0; ok && i < out->ncol; i++)
        ok = (out->name[i] = strdup(sqlite3_column_name(q, (int)i))) != NULL;
    while (ok && (rc = sqlite3_step(q)) == SQLITE_ROW) {
        if ((out->nrow + 1) * out->ncol > MAX_CELLS) {
            rc = SQLITE_INTERRUPT;
            break;
        }
        struct cell *grown = buf_grow(out->cell, out->nrow, &cap, out->ncol * sizeof *out->cell);
        ok = grown != NULL;
        if (!ok)
            break;
        out->cell = grown;
        size_t i = 0;
        while (i < out->ncol && read_cell(q, (int)i, &out->cell[out->nrow * out->ncol + i]))
            i++;
        ok = i == out->ncol;
        while (!ok && i-- > 0)
            if (out->cell[out->nrow * out->ncol + i].type == CELL_TEXT)
                free(out->cell[out->nrow * out->ncol + i].text);
        out->nrow += ok;
    }
    if (!ok)
        err_nomem(e);
    else if (rc != SQLITE_DONE)
        ok = db_err(s, rc, e);
    sqlite3_progress_handler(s->db, 0, NULL, NULL);
    sqlite3_finalize(q);
    if (!ok)
        table_free(out);
    return ok;
}

bool store_newest(struct store *s, const char *kind, int64_t *run, struct err *e)
{
    char sql[120];
    struct table t;
    snprintf(sql, sizeof sql,
             "SELECT id FROM run WHERE %s%s%s ORDER BY kind = 'paper', id DESC LIMIT 1",
             kind ? "kind = '" : "1", kind ? kind : "", kind ? "'" : "");
    if (!store_query(s, sql, 0, 0, &t, e))
        return false;
    bool ok = t.nrow == 1 || err_set(e, ERR_INPUT, "%s: holds no %s%srun", s->path,
                                     kind ? kind : "", kind ? " " : "");
    if (ok)
        *run = t.cell[0].i;
    table_free(&t);
    return ok;
}

static uint64_t count_of(const struct table *t, size_t row, const char *column)
{
    const struct cell *c = table_at(t, row, column);
    return c->i > 0 ? (uint64_t)c->i : 0;
}

bool store_layers(struct store *s, int64_t run, struct layer_line **out, size_t *n, struct err *e)
{
    struct table t;
    if (!store_query(s, "SELECT * FROM layers WHERE run = :run ORDER BY seq, scope", run, 0, &t, e))
        return false;
    struct layer_line *l = calloc(t.nrow + 1, sizeof *l);
    for (size_t i = 0; l && i < t.nrow; i++) {
        snprintf(l[i].name, sizeof l[i].name, "%s", table_at(&t, i, "name")->text);
        snprintf(l[i].op, sizeof l[i].op, "%s", table_at(&t, i, "op")->text);
        l[i].macs = count_of(&t, i, "macs");
        l[i].cycles = count_of(&t, i, "cycles");
        l[i].instructions = count_of(&t, i, "instructions");
        l[i].calls = count_of(&t, i, "calls");
        l[i].reads = count_of(&t, i, "reads");
        l[i].writes = count_of(&t, i, "writes");
        l[i].read_bytes = count_of(&t, i, "read_bytes");
        l[i].write_bytes = count_of(&t, i, "write_bytes");
        l[i].seconds = table_at(&t, i, "seconds")->r;
        l[i].cycles_per_mac = table_at(&t, i, "cycles_per_mac")->r;
        l[i].energy_uj = table_at(&t, i, "energy_uj")->r;
    }
    *n = t.nrow;
    *out = l;
    table_free(&t);
    return l || err_nomem(e);
}

/* ---- a whole run back as rows ---- */

static void copy(char *to, size_t size, const struct cell *c)
{
    snprintf(to, size, "%s", c->text);
}
#define COPY(field, table, row, column) copy(field, sizeof(field), table_at(table, row, column))

void store_variant(const struct table *t, size_t row, struct run_meta *m)
{
    const struct cell *width = table_at(t, row, "width");
    m->width = width->type == CELL_NULL ? 0 : width->r;
    m->wbits = (uint32_t)table_at(t, row, "wbits")->i;
    m->abits = (uint32_t)table_at(t, row, "abits")->i;
    COPY(m->shape, t, row, "shape");
    COPY(m->quant, t, row, "quant");
}

static bool get_run(struct store *s, int64_t run, struct rows *r, struct err *e)
{
    struct table t;
    if (!store_query(s, "SELECT * FROM run WHERE id = :run", run, 0, &t, e))
        return false;
    bool ok = t.nrow == 1 || err_set(e, ERR_INPUT, "%s: holds no run %" PRId64, s->path, run);
    if (ok) {
        struct run_meta *m = &r->run;
        COPY(m->kind, &t, 0, "kind");
        COPY(m->platform, &t, 0, "platform");
        COPY(m->core, &t, 0, "core");
        COPY(m->network, &t, 0, "network");
        COPY(m->tool_version, &t, 0, "tool_version");
        COPY(m->inputs_sha256, &t, 0, "inputs_sha256");
        COPY(m->elf_sha256, &t, 0, "elf_sha256");
        COPY(m->started_at, &t, 0, "started_at");
        m->clock_hz = (uint64_t)table_at(&t, 0, "clock_hz")->i;
        store_variant(&t, 0, m);
        m->config_json = strdup(table_at(&t, 0, "config_json")->text);
        ok = m->config_json || err_nomem(e);
    }
    table_free(&t);
    return ok;
}

bool store_get(struct store *s, int64_t run, struct rows *r, struct err *e)
{
    struct table t;
    *r = (struct rows){0};
    if (!get_run(s, run, r, e))
        return false;
    if (!store_query(
            s, "SELECT parent, seq, name, op, macs, params FROM scope WHERE run = :run ORDER BY id",
            run, 0, &t, e))
        return false;
    for (size_t i = 0; i < t.nrow; i++) {
        const struct cell *c = &t.cell[i * t.ncol];
        int id = rows_scope(r, c[0].type == CELL_NULL ? -1 : (int)c[0].i, c[2].text, c[3].text,
                            (uint64_t)c[4].i, (uint64_t)c[5].i);
        if (id >= 0)
            r->scope[id].seq = (int)c[1].i;
    }
    table_free(&t);
    if (!store_query(s,
                     "SELECT scope, component, action, count FROM tally WHERE run = :run ORDER BY "
                     "scope, component, action",
                     run, 0, &t, e))
        return false;
    for (size_t i = 0; i < t.nrow; i++)
        rows_tally(r, (int)t.cell[i * 4].i, t.cell[i * 4 + 1].text, t.cell[i * 4 + 2].text,
                   (uint64_t)t.cell[i * 4 + 3].i);
    table_free(&t);
    if (!store_query(s,
                     "SELECT component, action, cycles, pj_low, pj, pj_high, source FROM cost "
                     "WHERE run = :run ORDER BY component, action",
                     run, 0, &t, e))
        return false;
    for (size_t i = 0; i < t.nrow; i++) {
        const struct cell *c = &t.cell[i * 7];
        const double pj[3] = {c[3].r, c[4].r, c[5].r};
        rows_cost_band(r, c[0].text, c[1].text, c[2].r, pj, c[6].text);
    }
    table_free(&t);
    if (!store_query(s, "SELECT scope, part, bytes FROM peak WHERE run = :run ORDER BY rowid", run,
                     0, &t, e))
        return false;
    for (size_t i = 0; i < t.nrow; i++)
        rows_peak(r, t.cell[i * 3].type == CELL_NULL ? -1 : (int)t.cell[i * 3].i,
                  t.cell[i * 3 + 1].text, (uint64_t)t.cell[i * 3 + 2].i);
    table_free(&t);
    if (!store_query(s,
                     "SELECT scope, rep, quantity, value FROM sample WHERE run = :run ORDER BY "
                     "scope, quantity, rep",
                     run, 0, &t, e))
        return false;
    for (size_t i = 0; i < t.nrow; i++)
        rows_sample(r, (int)t.cell[i * 4].i, (int)t.cell[i * 4 + 1].i, t.cell[i * 4 + 2].text,
                    t.cell[i * 4 + 3].r);
    table_free(&t);
    return !r->failed || err_nomem(e);
}
