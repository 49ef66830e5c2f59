#include "cli/progress.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/signals.h"

static size_t finished(const struct sweep_status *s)
{
    return s->count[POINT_DONE] + s->count[POINT_UNFIT] + s->count[POINT_FAILED];
}

/* What is written when a signal ends the sweep: the state as of the last result or tick. */
static char known_so_far[160];

static void remember(const struct sweep_status *s)
{
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    snprintf(known_so_far, sizeof known_so_far,
             "\ninterrupted: %.40s has %zu of %zu points, %zu unfit, %zu failed; the same command "
             "goes on\n",
             s->sweep, s->known + finished(s), s->points, s->count[POINT_UNFIT],
             s->count[POINT_FAILED]);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void line_per_point(void *context, const struct sweep_line *p, const struct sweep_status *s)
{
    (void)context;
    remember(s);
    fprintf(stderr, "%zu/%zu ", s->known + finished(s), s->points);
    cli_put(stderr, p->label);
    fprintf(stderr, ": %s%s", p->state, *p->reason ? ": " : "");
    cli_put(stderr, p->reason);
    fputc('\n', stderr);
}

static void one_line(void *context, const struct sweep_status *s)
{
    (void)context;
    remember(s);
    if (s->timing) {
        fprintf(stderr, "\r%s: timing layers, %zu programs running, %.0f s\033[K", s->sweep,
                s->running, s->seconds);
        return;
    }
    size_t n = finished(s);
    double rate = s->seconds > 0 ? (double)n / s->seconds : 0;
    fprintf(stderr, "\r%s: %zu of %zu done, %zu running, %zu unfit, %zu failed, %.2f points/s",
            s->sweep, s->known + n, s->points, s->running, s->count[POINT_UNFIT],
            s->count[POINT_FAILED], rate);
    if (n) {
        double left = (double)(s->todo - n) / rate;
        fprintf(stderr, ", %d:%02d:%02d left ", (int)(left / 3600), (int)(left / 60) % 60,
                (int)left % 60);
    }
    fputs("\033[K", stderr);
    fflush(stderr);
}

struct sweep_watch progress_watch(bool quiet)
{
    struct sweep_watch w = {NULL, NULL, NULL};
    if (!quiet)
        signals_say(known_so_far);
    if (!quiet && isatty(2))
        w.tick = one_line;
    else if (!quiet)
        w.point = line_per_point;
    return w;
}

void progress_end(bool quiet)
{
    signals_say(NULL);
    if (!quiet && isatty(2))
        fputs("\r\033[K", stderr);
}
