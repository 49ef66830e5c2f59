#include "cli/sweep.h"

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

#include "reports/store.h"

struct sweep {
    const struct spec *spec;
    const struct sweep_options *o;
    struct store *store;
    char (*key)[65];   /* of every point */
    size_t *todo, ntodo;
    size_t points, known, count[3]; /* of this shard; those in the database before; outcomes of this call */
    size_t running;
    double started;
    bool terminal;
    char work[4096];
    struct err e;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
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

/* The folder of scratch files beside the database, locked: two sweeps into one database would do everything twice.
 * What a killed sweep left in it is removed. Returns a descriptor to be kept open. */
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

/* Keys of all points, and which of them are still to do: not in the database, in this shard, once each. */
static bool plan_points(struct sweep *s)
{
    size_t n = s->spec->npoints;
    struct table t = {0};
    struct keys *k = keys_open(s->spec, &s->e);
    s->key = calloc(n, sizeof *s->key);
    s->todo = calloc(n, sizeof *s->todo);
    char **seen = NULL;
    bool ok = k && ((s->key && s->todo) || err_nomem(&s->e)) &&
              store_query(s->store, s->o->retry ? "SELECT key FROM point WHERE state <> 'failed' ORDER BY key"
                                          : "SELECT key FROM point ORDER BY key", 0, 0, &t, &s->e);
    ok = ok && ((seen = calloc(t.nrow + 1, sizeof *seen)) || err_nomem(&s->e));
    for (size_t i = 0; ok && i < t.nrow; i++)
        seen[i] = table_at(&t, i, "key")->text;
    if (ok)
        qsort(seen, t.nrow, sizeof *seen, by_text);
    for (size_t i = 0; ok && i < n; i++) {
        struct sweep_point p;
        spec_point(s->spec, i, &p);
        ok = keys_point(k, &p, s->key[i], &s->e);
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
    keys_free(k);
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

static void work(void *context, size_t item, struct outcome *out)
{
    struct sweep *s = context;
    struct sweep_point p;
    spec_point(s->spec, item, &p);
    size_t len = strlen(s->work);
    snprintf(s->work + len, sizeof s->work - len, "/%zu", item);
    if (mkdir(s->work, 0777) != 0 && errno != EEXIST) {
        out->state = POINT_FAILED;
        snprintf(out->reason, sizeof out->reason, "%.400s: %s", s->work, strerror(errno));
        return;
    }
    setenv("TMPDIR", s->work, 1);
    point_evaluate(&p, s->work, out);
    remove_tree(s->work);
}

static bool done(void *context, size_t item, struct outcome *o)
{
    struct sweep *s = context;
    struct sweep_point p;
    struct buf json = {0}, label = {0};
    int64_t run;
    spec_point(s->spec, item, &p);
    point_json(&p, &json);
    const struct point stored = {
        .key = s->key[item],
        .sweep = s->spec->name,
        .params_json = buf_text(&json),
        .state = outcome_names[o->state],
        .reason = o->reason,
    };
    bool ok = (!json.failed || err_nomem(&s->e)) &&
              store_point(s->store, &stored, o->has_rows ? &o->rows : NULL, &run, &s->e);
    s->count[o->state] += ok;
    if (ok && !s->terminal && !s->o->quiet) {
        point_label(s, item, &label);
        fprintf(stderr, "%zu/%zu %s: %s%s%s\n", s->known + s->count[0] + s->count[1] + s->count[2], s->points,
                buf_text(&label), stored.state, *o->reason ? ": " : "", o->reason);
    }
    buf_free(&json);
    buf_free(&label);
    return ok;
}

static void tick(void *context, size_t running)
{
    struct sweep *s = context;
    if (!s->terminal || s->o->quiet)
        return;
    size_t finished = s->count[0] + s->count[1] + s->count[2];
    double spent = now() - s->started, rate = spent > 0 ? (double)finished / spent : 0;
    fprintf(stderr, "\r%zu of %zu done, %zu running, %zu unfit, %zu failed, %.2f points/s", s->known + finished, s->points, running,
            s->count[POINT_UNFIT], s->count[POINT_FAILED], rate);
    if (finished) {
        double left = (double)(s->ntodo - finished) / rate;
        fprintf(stderr, ", %d:%02d:%02d left ", (int)(left / 3600), (int)(left / 60) % 60, (int)left % 60);
    }
    fputs("\033[K", stderr);
    fflush(stderr);
}

static bool list(struct sweep *s)
{
    struct table t = {0};
    if (!store_query(s->store, "SELECT key, state, reason FROM point", 0, 0, &t, &s->e))
        return false;
    for (size_t i = 0; i < s->spec->npoints; i++) {
        struct buf label = {0};
        const char *state = "to do", *reason = "";
        for (size_t r = 0; r < t.nrow; r++)
            if (!strcmp(table_at(&t, r, "key")->text, s->key[i])) {
                state = table_at(&t, r, "state")->text;
                reason = table_at(&t, r, "reason")->text;
            }
        point_label(s, i, &label);
        printf("%s\t%s\t%s\t%s\n", s->key[i], state, buf_text(&label), reason);
        buf_free(&label);
    }
    table_free(&t);
    return true;
}

bool sweep_run(const struct spec *spec, const struct sweep_options *o, struct sweep_result *r, struct err *e)
{
    struct sweep s = {.spec = spec, .o = o, .started = now(), .terminal = isatty(2)};
    int lock = -1;
    bool ok = (s.store = store_open(o->db, true, &s.e)) && (o->list || (lock = lock_work(&s)) >= 0) && plan_points(&s);
    if (ok && o->list) {
        ok = list(&s);
    } else if (ok) {
        const struct pool_calls calls = {work, done, tick, &s};
        ok = pool_run(s.todo, s.ntodo, o->jobs, spec->limit_seconds, &calls, &s.e);
        if (s.terminal && !o->quiet)
            fputs("\r\033[K", stderr);
    }
    if (lock >= 0) {
        remove_tree(s.work);
        close(lock);
    }
    store_close(s.store);
    free(s.key);
    free(s.todo);
    *r = (struct sweep_result){.points = s.points, .known = s.known, .seconds = now() - s.started};
    memcpy(r->count, s.count, sizeof r->count);
    return ok || err_set(e, s.e.code, "%s", s.e.msg);
}
