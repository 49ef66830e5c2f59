#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "reports/store.h"
#include "study/sweep/sweep.h"

extern const struct command cmd_sweep;

static bool parse_shard(const char *text, uint64_t *i, uint64_t *n, struct err *e)
{
    int len = 0;
    *i = 0;
    *n = 1;
    if (!text)
        return true;
    if (sscanf(text, "%4" SCNu64 "/%4" SCNu64 "%n", i, n, &len) != 2 || text[len] || *i < 1 ||
        *i > *n)
        return err_set(e, ERR_INPUT, "--shard: '%s' is no shard, expected I/N with I from 1 to N",
                       text);
    --*i;
    return true;
}

static void summary(const struct spec *s, const struct sweep_result *r,
                    const struct cli_common *common, struct err *e)
{
    const size_t *n = r->count;
    if (common->json) {
        cJSON *o = json_root();
        json_text(o, "sweep", s->name);
        json_uint(o, "points", r->points);
        json_uint(o, "known", r->known);
        json_uint(o, "done", n[POINT_DONE]);
        json_uint(o, "unfit", n[POINT_UNFIT]);
        json_uint(o, "failed", n[POINT_FAILED]);
        json_number(o, "seconds", "%.3f", r->seconds);
        json_uint(o, "layers", r->layers);
        json_uint(o, "distinct_layers", r->distinct);
        json_uint(o, "checked", r->checked);
        json_number(o, "worst_percent", "%.4f", r->worst_percent);
        json_number(o, "mean_percent", "%.4f", r->mean_percent);
        cli_json(o, JSON_COMPACT, e);
    } else if (!common->quiet) {
        cli_put(stdout, s->name);
        printf(": %zu points, %zu known before, %zu done, %zu unfit, %zu failed, %.1f s\n",
               r->points, r->known, n[POINT_DONE], n[POINT_UNFIT], n[POINT_FAILED], r->seconds);
    }
    if (!common->json && !common->quiet && r->layers)
        printf("%zu layers, %zu of them distinct; %zu points also simulated whole differ by %.3f "
               "%% at most, %.3f %% on average\n",
               r->layers, r->distinct, r->checked, r->worst_percent, r->mean_percent);
}

static void print_point(void *context, const struct sweep_line *p,
                        const struct sweep_status *status)
{
    (void)context;
    (void)status;
    printf("%s\t%s\t", p->key, p->state);
    cli_put(stdout, p->label);
    putchar('\t');
    cli_put(stdout, p->reason);
    putchar('\n');
}

static int run(int argc, char **argv)
{
    struct cli_common common;
    const char *shard = NULL, *pos[2];
    uint64_t jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
    struct sweep_options o = {.shards = 1, .check = true};
    bool no_check = false, list = false;
    const struct option_spec options[] = {
        {"--db", 's', &o.db, "F.db", "the database of the results", false},
        {"-j", 'u', &jobs, "N", "worker processes (default: all cores)", false},
        {"--shard", 's', &shard, "I/N",
         "only every N-th point, starting with the I-th; `etinysim merge` unites the databases",
         false},
        {"--retry", 'b', &o.retry, NULL,
         "evaluate points again that failed (a crash, a time limit)", false},
        {"--no-check", 'b', &no_check, NULL,
         "do not simulate a sample of the points with shared layers whole", false},
        {"--list", 'b', &list, NULL, "print the points and what is known of them; run nothing",
         false},
        {0},
    };
    if (!cli_parse(&cmd_sweep, argc, argv, options, pos, 1, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    struct err e = {0};
    struct sweep_result r;
    struct spec *spec = NULL;
    bool ok = (pos[0] || err_set(&e, ERR_INPUT, "expected a description (SPEC.yaml)")) &&
              (o.db || err_set(&e, ERR_INPUT, "expected --db F.db")) &&
              ((jobs >= 1 && jobs <= 256) || err_set(&e, ERR_INPUT, "-j: expected 1 to 256")) &&
              parse_shard(shard, &o.shard, &o.shards, &e) && (spec = spec_load(pos[0], &e));
    o.jobs = (unsigned)jobs;
    o.check = !no_check;
    if (ok && list) {
        o.watch.point = print_point;
        ok = sweep_list(spec, &o, &e);
    } else if (ok) {
        o.watch = progress_watch(common.quiet);
        ok = sweep_run(spec, &o, &r, &e);
        progress_end(common.quiet);
        if (ok)
            summary(spec, &r, &common, &e);
    }
    spec_free(spec);
    return e.code ? cli_fail(&cmd_sweep, &e) : 0;
}

const struct command cmd_sweep = {
    .name = "sweep",
    .brief = "every point of a description, resumable, in parallel",
    .usage = "sweep SPEC.yaml --db F.db [-j N] [--shard I/N] [--retry] [--no-check] [--list]",
    .about = "Evaluates every point of a description: networks built and simulated on boards, or "
             "costed on accelerators.\n"
             "Each result is committed as it comes; the same command resumes and repeats nothing. "
             "A point that does not\n"
             "fit or cannot be built is a result with its reason (table `point`).\n",
    .notes = "docs/sweep.md describes the file; workloads/sweeps/ holds examples. Exit codes: 0 "
             "all points have an outcome,\n"
             "2 a mistake in the description, 5 no compiler, memory or disk, or the database "
             "cannot be written.\n",
    .run = run,
};
