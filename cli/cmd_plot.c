#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "reports/plot.h"

const struct command cmd_plot;

static int run(int argc, char **argv)
{
    const char *pos[2], *db = NULL, *path = NULL;
    uint64_t id = 0;
    struct cli_common common;
    const struct option_spec opts[] = {
        {"--db", 's', &db, "F.db", "the database that run, npu, sweep and import fill", false},
        {"--run", 'u', &id, "ID", "which run (default: the newest that has what the figure shows)",
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
    else if (id > INT64_MAX)
        err_set(&e, ERR_INPUT, "--run is out of range");
    else {
        struct store *s = store_open(db, false, &e);
        if (s)
            plot_render(s, pos[0], (int64_t)id, path, &e);
        store_close(s);
        if (!e.code && common.json) {
            cJSON *o = json_root();
            json_text(o, "plot", pos[0]);
            json_text(o, "file", path);
            cli_json(o, JSON_SPACED, &e);
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
