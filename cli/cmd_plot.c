#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "reports/plot.h"

const struct command cmd_plot;

/* "1,3,5" into the runs of the options. */
static bool parse_runs(const char *text, struct plot_options *o, struct err *e)
{
    for (const char *p = text; p && *p; p += *p == ',') {
        char *end;
        long long id = strtoll(p, &end, 10);
        if (end == p || id < 1 || (*end && *end != ',') || o->nruns == PLOT_RUNS)
            return err_set(e, ERR_INPUT, "--runs: '%.60s' is no list of at most %d runs, as 1,3,5",
                           text, PLOT_RUNS);
        o->runs[o->nruns++] = id;
        p = end;
    }
    return true;
}

static bool known_metric(const char *name, struct err *e)
{
    for (size_t i = 0; name && plot_metrics[i]; i++)
        if (!strcmp(name, plot_metrics[i]))
            return true;
    return !name || err_set(e, ERR_INPUT, "--metric '%.40s' is none of: time, energy, sram", name);
}

static int run(int argc, char **argv)
{
    const char *pos[2], *db = NULL, *path = NULL;
    const char *runs = NULL;
    uint64_t id = 0, against = 0;
    struct plot_options o = {0};
    struct cli_common common;
    const struct option_spec opts[] = {
        {"--db", 's', &db, "F.db", "the database that run, npu, sweep and import fill", false},
        {"--run", 'u', &id, "ID", "which run (default: the newest that has what the figure shows)",
         false},
        {"--runs", 's', &runs, "A,B,...", "which runs, for figures of several", false},
        {"--against", 'u', &against, "ID", "the measured run beside it", false},
        {"--metric", 's', &o.metric, "M", "time, energy or sram, for figures that have a choice",
         false},
        {"-o", 's', &path, "F.png", "the ending decides the format", false},
        {0},
    };
    if (!cli_parse(&cmd_plot, argc, argv, opts, pos, 1, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    struct err e = {0};
    struct buf out = {0};
    if (!pos[0])
        err_set(&e, ERR_INPUT, "which plot? (`etinysim plot list` names them)");
    else if (!strcmp(pos[0], "list"))
        plot_list(common.json, &out, &e);
    else if (!db)
        err_set(&e, ERR_INPUT, "--db F.db is missing");
    else if (!path)
        err_set(&e, ERR_INPUT, "-o F.png (or .svg, .pdf) is missing");
    else if (id > INT64_MAX || against > INT64_MAX)
        err_set(&e, ERR_INPUT, "--run is out of range");
    else if (parse_runs(runs, &o, &e) && known_metric(o.metric, &e)) {
        struct store *s = store_open(db, false, &e);
        o.run = (int64_t)id;
        o.against = (int64_t)against;
        if (s)
            plot_render(s, pos[0], &o, path, &e);
        store_close(s);
        if (!e.code && common.json) {
            cJSON *said = json_root();
            json_text(said, "plot", pos[0]);
            json_text(said, "file", path);
            cli_json(said, JSON_SPACED, &e);
        }
    }
    if (!e.code)
        fputs(buf_text(&out), stdout);
    buf_free(&out);
    return e.code ? cli_fail(&cmd_plot, &e) : 0;
}

const struct command cmd_plot = {
    .name = "plot",
    .brief = "figures from a database: PNG, SVG, PDF",
    .usage = "plot NAME|list --db F.db [--run ID] -o F.{png,svg,pdf}",
    .about = "  NAME: a figure; `list` names them all\n",
    .notes = "Beside F.png stay F.tsv, the data, and F.gp, the script: `gnuplot F.gp` in that "
             "folder draws it\n"
             "again without etinysim. Needs gnuplot.\n",
    .run = run,
};
