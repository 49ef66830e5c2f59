#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "study/paper/paper.h"

extern const struct command cmd_reproduce;

static void print_json(const char *folder, const size_t *mark, struct err *e)
{
    cJSON *o = json_root();
    json_text(o, "folder", folder);
    json_uint(o, "reproduced", mark[MARK_REPRODUCED]);
    json_uint(o, "reported", mark[MARK_REPORTED]);
    json_uint(o, "not_reproducible", mark[MARK_NOT]);
    json_uint(o, "fitted", mark[MARK_FITTED]);
    json_uint(o, "arithmetic", mark[MARK_ARITHMETIC]);
    cli_json(o, JSON_COMPACT, e);
}

static int run(int argc, char **argv)
{
    struct cli_common common;
    struct reproduce_options o = {.folder = "reproduction"};
    struct err e = {0};
    size_t mark[MARK_COUNT];
    const char *pos[1];
    uint64_t jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
    const struct option_spec options[] = {
        {"--weights", 's', &o.weights, "F",
         "trained weights of EtinyNet-1.0 (MXNet .params); figures 3 and 4 need them", false},
        {"--calibrate", 's', &o.calibrate, "DIR",
         "images for the activation ranges (default: generated ones)", false},
        {"-o", 's', &o.folder, "DIR", "where to write (default: reproduction)", false},
        {"-j", 'u', &jobs, "N", "worker processes (default: all cores)", false},
        {"--paper-only", 'b', &o.paper_only, NULL,
         "leave out what the paper never printed: nothing is built or simulated", false},
        {0},
    };
    if (!cli_parse(&cmd_reproduce, argc, argv, options, pos, 0, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    o.jobs = (unsigned)(jobs < 1 ? 1 : jobs > 256 ? 256 : jobs);
    o.watch = progress_watch(common.quiet);
    bool ok = paper_reproduce(&o, mark, &e);
    if (!o.paper_only)
        progress_end(common.quiet);
    if (ok && common.json)
        print_json(o.folder, mark, &e);
    else if (ok && !common.quiet)
        printf("%s/reproduction.html: %zu cells reproduced, %zu reported, %zu not reproducible, "
               "%zu fitted, %zu the paper's arithmetic\n",
               o.folder, mark[MARK_REPRODUCED], mark[MARK_REPORTED], mark[MARK_NOT],
               mark[MARK_FITTED], mark[MARK_ARITHMETIC]);
    return e.code ? cli_fail(&cmd_reproduce, &e) : 0;
}

const struct command cmd_reproduce = {
    .name = "reproduce",
    .brief = "the paper's tables and figures, cell by cell",
    .usage = "reproduce [--weights F.params] [--calibrate DIR] [-o DIR] [-j N] [--paper-only]",
    .about = "Every table and figure of the EtinyNet paper and its README, cell by cell: computed "
             "again beside the printed\n"
             "value, quoted, or not reproducible and why; then what the paper never printed: "
             "latency per layer, energy per\n"
             "inference and peak SRAM by plan on every board.\n",
    .notes = "Writes reproduction.html (self-contained), reproduction.md, cells.csv, boards.csv, "
             "layers.csv, the figures with\n"
             "their .gp and .tsv, and reproduction.db with every run. The same command resumes; "
             "what is known is not run again.\n",
    .run = run,
};
