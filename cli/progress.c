#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"

static size_t finished(const struct sweep_status *s)
{
    return s->count[POINT_DONE] + s->count[POINT_UNFIT] + s->count[POINT_FAILED];
}

static void line_per_point(void *context, const struct sweep_line *p, const struct sweep_status *s)
{
    (void)context;
    fprintf(stderr, "%zu/%zu ", s->known + finished(s), s->points);
    cli_put(stderr, p->label);
    fprintf(stderr, ": %s%s", p->state, *p->reason ? ": " : "");
    cli_put(stderr, p->reason);
    fputc('\n', stderr);
}

static void one_line(void *context, const struct sweep_status *s)
{
    (void)context;
    if (s->timing) {
        fprintf(stderr, "\rtiming layers, %zu programs running\033[K", s->running);
        return;
    }
    size_t n = finished(s);
    double rate = s->seconds > 0 ? (double)n / s->seconds : 0;
    fprintf(stderr, "\r%zu of %zu done, %zu running, %zu unfit, %zu failed, %.2f points/s",
            s->known + n, s->points, s->running, s->count[POINT_UNFIT], s->count[POINT_FAILED],
            rate);
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
    if (!quiet && isatty(2))
        w.tick = one_line;
    else if (!quiet)
        w.point = line_per_point;
    return w;
}

void progress_end(bool quiet)
{
    if (!quiet && isatty(2))
        fputs("\r\033[K", stderr);
}
