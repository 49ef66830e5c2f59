#include <stdio.h>

#include "cli/cli.h"
#include "reports/validate.h"

const struct command cmd_validate;

static int run(int argc, char **argv)
{
    const char *pos[1], *db = NULL;
    uint64_t id = 0, against = 0;
    double tolerance = 10;
    bool force = false;
    struct cli_common common;
    const struct option_spec opts[] = {
        {"--db", 's', &db, "F.db", "the database with both runs", false},
        {"--run", 'u', &id, "ID", "the simulated run (kind iss or npu; `report runs` lists them)",
         false},
        {"--against", 'u', &against, "ID",
         "the measured run (kind board or paper)\n"
         "default: the newest pair of the same ELF, or else of the same network\n"
         "and platform",
         false},
        {"--tolerance", 'f', &tolerance, "P",
         "exit 1 when a layer, the total or the energy is off by more than P %\n"
         "(default 10)",
         false},
        {"--force", 'b', &force, NULL, "compare although clock, wait states, caches or ELF differ",
         false},
        {0},
    };
    if (!cli_parse(&cmd_validate, argc, argv, opts, pos, 0, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    struct err e = {0};
    struct buf out = {0};
    struct validation v = {0};
    struct store *s = NULL;
    if (!db)
        err_set(&e, ERR_INPUT, "--db F.db is missing");
    else if (tolerance < 0)
        err_set(&e, ERR_INPUT, "--tolerance is a percentage of at least 0");
    else if (id > INT64_MAX || against > INT64_MAX)
        err_set(&e, ERR_INPUT, "--run or --against is out of range");
    else if ((s = store_open(db, false, &e)) &&
             validate_runs(s, (int64_t)id, (int64_t)against, force, &v, &e))
        validate_render(s, &v, tolerance, common.json ? TABLE_JSON : TABLE_TEXT, &out, &e);
    bool within = !e.code && validate_within(&v, tolerance);
    if (!e.code)
        fputs(buf_text(&out), stdout);
    validate_free(&v);
    store_close(s);
    buf_free(&out);
    return e.code ? cli_fail(&cmd_validate, &e) : within ? 0 : ERR_CHECK;
}

const struct command cmd_validate = {
    .name = "validate",
    .brief = "residuals of a simulated run against a measured one",
    .usage = "validate --db F.db [--run ID --against ID] [--tolerance P] [--force]",
    .notes =
        "Per layer: median and spread of the measurement, simulation, error, and the stall class\n"
        "that explains the difference best. The last line is the summary.\n",
    .run = run,
};
