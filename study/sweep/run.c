#include "study/sweep/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "study/sweep/share.h"

struct sweep {
    const struct spec *spec;
    const struct sweep_options *o;
    struct store *store;
    struct keys *keys;
    char (*key)[65]; /* of every point */
    struct share *share;
    struct sweep_result *result;
    double *shared_cycles; /* by item, of the points that are checked */
    size_t *todo, ntodo;
    /* of this shard; those in the database before; results of this call */
    size_t points, known, count[3];
    uint64_t started_ns;
    char work[4096];
    struct err e;
};

static double seconds_since(uint64_t ns)
{
    return 1e-9 * (double)(clock_host_ns() - ns);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st;
    (void)flag;
    (void)at;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The folder of scratch files beside the database, locked: two sweeps into one database would do
 * everything twice. What a killed sweep left in it is removed. Returns a descriptor to be kept
 * open. */
static int lock_work(struct sweep *s)
{
    int n = snprintf(s->work, sizeof s->work - 64, "%s.work", s->o->db);
    if (n < 0 || (size_t)n >= sizeof s->work - 64) {
        err_set(&s->e, ERR_INPUT, "the path of the database is too long");
        return -1;
    }
    if (mkdir(s->work, 0777) != 0 && errno != EEXIST) {
        err_set(&s->e, ERR_ENV, "%s: cannot be created: %s", s->work, strerror(errno));
        return -1;
    }
    int fd = open(s->work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool locked = false;
    for (int i = 0; fd >= 0 && i < 50 && !(locked = flock(fd, LOCK_EX | LOCK_NB) == 0); i++)
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    if (!locked) {
        err_set(&s->e, ERR_ENV, "%s: another sweep is writing this database", s->o->db);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Keys of all points, and which of them are still to do: not in the database, in this shard, once
 * each. */
static bool plan_points(struct sweep *s)
{
    size_t n = s->spec->npoints;
    struct table t = {0};
    struct keys *k = s->keys = keys_open(s->spec, &s->e);
    s->key = calloc(n, sizeof *s->key);
    s->todo = calloc(n, sizeof *s->todo);
    char **seen = NULL;
    bool ok = k && ((s->key && s->todo) || err_nomem(&s->e)) &&
              store_query(s->store,
                          s->o->retry ? "SELECT key FROM point WHERE state <> 'failed' ORDER BY key"
                                      : "SELECT key FROM point ORDER BY key",
                          0, 0, &t, &s->e);
    ok = ok && ((seen = calloc(t.nrow + 1, sizeof *seen)) || err_nomem(&s->e));
    for (size_t i = 0; ok && i < t.nrow; i++)
        seen[i] = table_at(&t, i, "key")->text;
    if (ok)
        qsort(seen, t.nrow, sizeof *seen, by_text);
    for (size_t i = 0; ok && i < n; i++) {
        struct sweep_point p;
        spec_point(s->spec, i, &p);
        ok = keys_point(k, &p, s->spec->shared && !p.family->accelerator, s->key[i], &s->e);
        if (!ok || i % s->o->shards != s->o->shard)
            continue;
        const char *key = s->key[i];
        s->points++;
        if (s->o->keys)
            buf_printf(s->o->keys, "%s'%s'", s->o->keys->len ? "," : "", key);
        if (bsearch(&key, seen, t.nrow, sizeof *seen, by_text))
            s->known++;
        else
            s->todo[s->ntodo++] = i;
    }
    free(seen);
    table_free(&t);
    return ok;
}

static void point_label(const struct sweep *s, size_t i, struct buf *out)
{
    struct sweep_point p;
    spec_point(s->spec, i, &p);
    for (size_t a = 0; a < p.family->naxes; a++)
        if (p.family->axis[a]->n > 1 || !strcmp(p.family->axis[a]->name, "network"))
            buf_printf(out, "%s%s=%s", out->len ? " " : "", p.family->axis[a]->name, p.value[a]);
}

/* In a worker: a folder of its own below the scratch folder. */
static bool enter(struct sweep *s, size_t item, struct point_result *out)
{
    size_t len = strlen(s->work);
    snprintf(s->work + len, sizeof s->work - len, "/%zu", item);
    if (mkdir(s->work, 0777) != 0 && errno != EEXIST) {
        struct err e = {0};
        err_set(&e, ERR_ENV, "%.400s: %s", s->work, strerror(errno));
        point_result_fail(out, &e);
        return false;
    }
    setenv("TMPDIR", s->work, 1);
    return true;
}

static void work(void *context, size_t item, struct point_result *out)
{
    struct sweep *s = context;
    struct sweep_point p;
    spec_point(s->spec, item, &p);
    if (enter(s, item, out)) {
        point_evaluate(&p, s->work, out);
        remove_tree(s->work);
    }
}

static void status_of(const struct sweep *s, bool timing, size_t running, struct sweep_status *out)
{
    *out = (struct sweep_status){
        .sweep = s->spec->name,
        .timing = timing,
        .points = s->points,
        .known = s->known,
        .todo = s->ntodo,
        .running = running,
        .seconds = seconds_since(s->started_ns),
    };
    memcpy(out->count, s->count, sizeof out->count);
}

/* False, with the reason as the sweep's error, when the environment failed rather than the
 * point. */
static bool evaluated(struct sweep *s, const struct point_result *o)
{
    return o->state != POINT_ENVIRONMENT || err_set(&s->e, ERR_ENV, "%s", o->reason);
}

static bool done(void *context, size_t item, struct point_result *o)
{
    struct sweep *s = context;
    const struct sweep_watch *w = &s->o->watch;
    struct sweep_point p;
    struct buf json = {0}, label = {0};
    int64_t run;
    if (!evaluated(s, o))
        return false;
    spec_point(s->spec, item, &p);
    point_json(&p, &json);
    const struct point stored = {
        .key = s->key[item],
        .sweep = s->spec->name,
        .params_json = buf_text(&json),
        .state = point_state_names[o->state],
        .reason = o->reason,
    };
    bool ok = (!json.failed || err_nomem(&s->e)) &&
              store_point(s->store, &stored, o->has_rows ? &o->rows : NULL, &run, &s->e);
    s->count[o->state] += ok;
    if (ok && w->point) {
        struct sweep_status status;
        status_of(s, false, 0, &status);
        point_label(s, item, &label);
        const struct sweep_line line = {stored.key, buf_text(&label), stored.state, o->reason};
        w->point(w->context, &line, &status);
    }
    buf_free(&json);
    buf_free(&label);
    return ok;
}

static void report_tick(const struct sweep *s, bool timing, size_t running)
{
    struct sweep_status status;
    status_of(s, timing, running, &status);
    if (s->o->watch.tick)
        s->o->watch.tick(s->o->watch.context, &status);
}

static void tick(void *context, size_t running)
{
    report_tick(context, false, running);
}

static void layers_tick(void *context, size_t running)
{
    report_tick(context, true, running);
}

static void layers_work(void *context, size_t job, struct point_result *out)
{
    struct sweep *s = context;
    if (enter(s, job, out)) {
        share_work(s->share, job, s->work, out);
        remove_tree(s->work);
    }
}

static bool layers_done(void *context, size_t job, struct point_result *o)
{
    struct sweep *s = context;
    return evaluated(s, o) && share_done(s->share, job, o, &s->e);
}

/* Cycles of all layers of a run. */
static double layer_cycles(const struct rows *r)
{
    double sum = 0;
    for (size_t i = 0; i < r->ntally; i++)
        for (size_t c = 0; r->tally[i].scope > 0 && c < r->ncost; c++)
            if (!strcmp(r->cost[c].component, r->tally[i].component) &&
                !strcmp(r->cost[c].action, r->tally[i].action))
                sum += (double)r->tally[i].count * r->cost[c].cycles;
    return sum;
}

/* A shared point simulated whole: kept as a point of its own, and compared. */
static bool check_done(void *context, size_t item, struct point_result *o)
{
    struct sweep *s = context;
    struct sweep_point p;
    struct buf json = {0};
    char key[65];
    int64_t run;
    if (!evaluated(s, o))
        return false;
    spec_point(s->spec, item, &p);
    point_json(&p, &json);
    bool ok = keys_point(s->keys, &p, false, key, &s->e) && (!json.failed || err_nomem(&s->e));
    const struct point stored = {key, s->spec->name, buf_text(&json), point_state_names[o->state],
                                 o->reason};
    ok = ok && store_point(s->store, &stored, o->has_rows ? &o->rows : NULL, &run, &s->e);
    buf_free(&json);
    double whole = o->has_rows ? layer_cycles(&o->rows) : 0;
    if (whole > 0) {
        double percent = 100 * (s->shared_cycles[item] - whole) / whole,
               size = percent < 0 ? -percent : percent;
        struct sweep_result *r = s->result;
        r->mean_percent = (r->mean_percent * (double)r->checked + size) / (double)(r->checked + 1);
        r->checked++;
        if (size > r->worst_percent)
            r->worst_percent = size;
    }
    return ok;
}

/* Times the layers that are not known, puts the points together, and simulates one in CHECK_EVERY
 * whole to compare. */
static bool run_shared(struct sweep *s, const size_t *item, size_t n)
{
    enum { CHECK_EVERY = 37 }; /* a prime, so that the sample does not walk along one axis */
    const struct pool_calls timing = {layers_work, layers_done, layers_tick, s},
                            whole = {work, check_done, tick, s};
    size_t *jobs = NULL, *sample = calloc(n + 1, sizeof *sample), nsample = 0;
    s->shared_cycles = calloc(s->spec->npoints + 1, sizeof *s->shared_cycles);
    bool ok = ((sample && s->shared_cycles) || err_nomem(&s->e)) &&
              (s->share = share_open(s->spec, s->store, s->keys, item, n, &s->e));
    size_t njobs = ok ? share_jobs(s->share) : 0;
    ok = ok && ((jobs = calloc(njobs + 1, sizeof *jobs)) || err_nomem(&s->e));
    for (size_t i = 0; ok && i < njobs; i++)
        jobs[i] = i;
    ok = ok && pool_run(jobs, njobs, s->o->jobs, s->spec->limit_seconds, &timing, &s->e);
    if (ok)
        s->result->distinct = share_layers(s->share, &s->result->layers);
    size_t fit = 0;
    for (size_t i = 0; ok && i < n; i++) {
        struct point_result o;
        share_point(s->share, i, &o);
        if (o.state == POINT_DONE && fit++ % CHECK_EVERY == CHECK_EVERY / 2) {
            s->shared_cycles[item[i]] = layer_cycles(&o.rows);
            sample[nsample++] = item[i];
        }
        ok = done(s, item[i], &o);
        point_result_free(&o);
    }
    ok = ok && (!s->o->check ||
                pool_run(sample, nsample, s->o->jobs, s->spec->limit_seconds, &whole, &s->e));
    share_close(s->share);
    free(s->shared_cycles);
    free(sample);
    free(jobs);
    return ok;
}

/* Points on boards first: with shared layers they are one task, the rest are tasks of their own. */
static bool run_points(struct sweep *s)
{
    const struct pool_calls calls = {work, done, tick, s};
    size_t boards = 0;
    struct sweep_point p;
    while (s->spec->shared && boards < s->ntodo &&
           (spec_point(s->spec, s->todo[boards], &p), !p.family->accelerator))
        boards++;
    return (!boards || run_shared(s, s->todo, boards)) &&
           pool_run(s->todo + boards, s->ntodo - boards, s->o->jobs, s->spec->limit_seconds, &calls,
                    &s->e);
}

static bool measure_agreement(struct sweep *s)
{
    size_t *items = calloc(s->spec->npoints + 1, sizeof *items), n = 0;
    for (size_t i = s->o->shard; items && i < s->spec->npoints; i += s->o->shards)
        items[n++] = i;
    const struct agreement_watch watch = {tick, s};
    bool ok = items ? agreement_run(s->spec, s->store, s->keys, items, n, s->key, s->o->jobs,
                                    &watch, &s->e)
                    : err_nomem(&s->e);
    free(items);
    return ok;
}

static bool list(struct sweep *s)
{
    const struct sweep_watch *w = &s->o->watch;
    struct sweep_status status;
    struct table t = {0};
    if (!store_query(s->store, "SELECT key, state, reason FROM point", 0, 0, &t, &s->e))
        return false;
    status_of(s, false, 0, &status);
    for (size_t i = 0; w->point && i < s->spec->npoints; i++) {
        struct buf label = {0};
        struct sweep_line line = {.key = s->key[i], .state = "to do", .reason = ""};
        for (size_t r = 0; r < t.nrow; r++)
            if (!strcmp(table_at(&t, r, "key")->text, s->key[i])) {
                line.state = table_at(&t, r, "state")->text;
                line.reason = table_at(&t, r, "reason")->text;
            }
        point_label(s, i, &label);
        line.label = buf_text(&label);
        w->point(w->context, &line, &status);
        buf_free(&label);
    }
    table_free(&t);
    return true;
}

static bool finish(struct sweep *s, bool ok, struct err *e)
{
    store_close(s->store);
    free(s->key);
    free(s->todo);
    keys_free(s->keys);
    return ok || err_set(e, s->e.code, "%s", s->e.msg);
}

bool sweep_list(const struct spec *spec, const struct sweep_options *o, struct err *e)
{
    struct sweep s = {.spec = spec, .o = o, .started_ns = clock_host_ns()};
    bool ok = (s.store = store_open(o->db, true, &s.e)) && plan_points(&s) && list(&s);
    return finish(&s, ok, e);
}

bool sweep_run(const struct spec *spec, const struct sweep_options *o, struct sweep_result *r,
               struct err *e)
{
    struct sweep s = {.spec = spec, .o = o, .started_ns = clock_host_ns(), .result = r};
    *r = (struct sweep_result){0};
    int lock = -1;
    bool ok = (s.store = store_open(o->db, true, &s.e)) && (lock = lock_work(&s)) >= 0 &&
              plan_points(&s) && run_points(&s) && (!spec->evaluate || measure_agreement(&s));
    if (lock >= 0) {
        remove_tree(s.work);
        close(lock);
    }
    r->points = s.points;
    r->known = s.known;
    r->seconds = seconds_since(s.started_ns);
    memcpy(r->count, s.count, sizeof r->count);
    return finish(&s, ok, e);
}
