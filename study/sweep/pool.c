#include "study/sweep/parts.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { MAX_JOBS = 256, TICK_MS = 200 };

struct job {
    pid_t pid;
    int fd;
    size_t item;
    uint64_t deadline_ns;
    bool late;
    struct buf message;
};

/* What a child says: the result and its rows as they lie in memory, since both ends are the same
 * program. */
struct header {
    uint32_t state, has_rows;
    char reason[512];
    struct run_meta run;
    uint64_t nscope, ntally, ncost, npeak, config_len;
};

static bool write_all(int fd, const void *data, size_t n)
{
    for (const char *p = data; n;) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

static bool send_result(int fd, const struct point_result *o)
{
    const struct rows *r = &o->rows;
    struct header h = {.state = o->state, .has_rows = o->has_rows && !r->failed};
    memcpy(h.reason, o->reason, sizeof h.reason);
    if (!h.has_rows)
        return write_all(fd, &h, sizeof h);
    h.run = r->run;
    h.nscope = r->nscope;
    h.ntally = r->ntally;
    h.ncost = r->ncost;
    h.npeak = r->npeak;
    h.config_len = r->run.config_json ? strlen(r->run.config_json) : 0;
    return write_all(fd, &h, sizeof h) && write_all(fd, r->scope, r->nscope * sizeof *r->scope) &&
           write_all(fd, r->tally, r->ntally * sizeof *r->tally) &&
           write_all(fd, r->cost, r->ncost * sizeof *r->cost) &&
           write_all(fd, r->peak, r->npeak * sizeof *r->peak) &&
           write_all(fd, r->run.config_json, h.config_len);
}

static void *take(const char **at, size_t n, size_t size)
{
    void *copy = malloc(n * size + 1);
    if (copy) {
        memcpy(copy, *at, n * size);
        ((char *)copy)[n * size] = '\0';
    }
    *at += n * size;
    return copy;
}

/* False when the message is cut short, which only a dying child does. */
static bool receive_result(const struct buf *b, struct point_result *o)
{
    struct header h;
    if (b->failed || b->len < sizeof h)
        return false;
    memcpy(&h, b->data, sizeof h);
    struct rows *r = &o->rows;
    size_t want = sizeof h;
    if (h.has_rows)
        want += h.nscope * sizeof *r->scope + h.ntally * sizeof *r->tally +
                h.ncost * sizeof *r->cost + h.npeak * sizeof *r->peak + h.config_len;
    if (b->len != want)
        return false;
    o->state = h.state;
    memcpy(o->reason, h.reason, sizeof o->reason);
    o->has_rows = h.has_rows;
    if (!h.has_rows)
        return true;
    const char *at = b->data + sizeof h;
    r->run = h.run;
    r->scope = take(&at, r->nscope = r->cap_scope = h.nscope, sizeof *r->scope);
    r->tally = take(&at, r->ntally = r->cap_tally = h.ntally, sizeof *r->tally);
    r->cost = take(&at, r->ncost = r->cap_cost = h.ncost, sizeof *r->cost);
    r->peak = take(&at, r->npeak = r->cap_peak = h.npeak, sizeof *r->peak);
    r->run.config_json = h.config_len ? take(&at, h.config_len, 1) : NULL;
    r->failed =
        !r->scope || !r->tally || !r->cost || !r->peak || (h.config_len && !r->run.config_json);
    return true;
}

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXFSZ};

static bool start(struct job *j, size_t item, uint64_t limit_seconds, const struct pool_calls *c,
                  struct err *e)
{
    int fd[2];
    if (pipe(fd) != 0)
        return err_set(e, ERR_ENV, "cannot start a worker: %s", strerror(errno));
    fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) {
        close(fd[0]);
        close(fd[1]);
        return err_set(e, ERR_ENV, "cannot start a worker: %s", strerror(errno));
    }
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setpgid(0, 0); /* compilers it starts end with it */
        if (getppid() != parent)
            _exit(1);
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
            signal(ending[i], SIG_DFL); /* the parent's handlers tidy up after the parent */
        close(fd[0]);
        struct point_result o = {0};
        c->work(c->context, item, &o);
        _exit(send_result(fd[1], &o) ? 0 : 1);
    }
    setpgid(pid, pid);
    close(fd[1]);
    *j = (struct job){.pid = pid,
                      .fd = fd[0],
                      .item = item,
                      .deadline_ns = clock_host_ns() + limit_seconds * 1000000000u};
    return true;
}

/* Waits for the child and says what came of it. */
static void finish(struct job *j, uint64_t limit_seconds, struct point_result *o)
{
    int status = 0;
    close(j->fd);
    while (waitpid(j->pid, &status, 0) < 0 && errno == EINTR)
        ;
    *o = (struct point_result){0};
    bool whole = receive_result(&j->message, o);
    buf_free(&j->message);
    if (whole && !o->rows.failed)
        return;
    point_result_free(o);
    o->state = POINT_FAILED;
    if (j->late)
        snprintf(o->reason, sizeof o->reason, "took longer than %llu s",
                 (unsigned long long)limit_seconds);
    else if (WIFSIGNALED(status))
        snprintf(o->reason, sizeof o->reason, "the worker was ended by signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (whole) {
        o->state = POINT_ENVIRONMENT;
        snprintf(o->reason, sizeof o->reason, "out of memory");
    } else
        snprintf(o->reason, sizeof o->reason, "the worker ended with status %d and no result",
                 WEXITSTATUS(status));
}

bool pool_run(const size_t *items, size_t n, unsigned jobs, uint64_t limit_seconds,
              const struct pool_calls *c, struct err *e)
{
    struct job job[MAX_JOBS];
    struct pollfd poll_fd[MAX_JOBS];
    size_t running = 0, next = 0;
    bool going = true;
    jobs = jobs < 1 ? 1 : jobs > MAX_JOBS ? MAX_JOBS : jobs;
    while (going && (running || next < n)) {
        while (going && running < jobs && next < n) {
            going = start(&job[running], items[next], limit_seconds, c, e);
            running += going;
            next += going;
        }
        for (size_t i = 0; i < running; i++)
            poll_fd[i] = (struct pollfd){.fd = job[i].fd, .events = POLLIN};
        if (poll(poll_fd, running, TICK_MS) < 0 && errno != EINTR)
            going = err_set(e, ERR_ENV, "poll: %s", strerror(errno));
        for (size_t i = running; going && i-- > 0;) {
            char part[65536];
            ssize_t k = -1;
            if (poll_fd[i].revents && (k = read(job[i].fd, part, sizeof part)) > 0)
                buf_add(&job[i].message, part, (size_t)k);
            if (k == 0) {
                struct point_result o;
                finish(&job[i], limit_seconds, &o);
                size_t item = job[i].item;
                job[i] = job[--running];
                going = c->done(c->context, item, &o);
                point_result_free(&o);
            } else if (!job[i].late && clock_host_ns() > job[i].deadline_ns) {
                job[i].late = true;
                kill(-job[i].pid, SIGKILL);
            }
        }
        if (going)
            c->tick(c->context, running);
    }
    for (size_t i = 0; i < running; i++) {
        struct point_result o;
        kill(-job[i].pid, SIGKILL);
        finish(&job[i], limit_seconds, &o);
        point_result_free(&o);
    }
    return going;
}
