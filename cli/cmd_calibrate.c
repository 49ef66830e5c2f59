#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "reports/calibration.h"

const struct command cmd_calibrate;

static int run(int argc, char **argv)
{
    const char *pos[1], *db = NULL, *core = NULL, *accel = NULL, *path = NULL, *names[17] = {0};
    struct cli_common common;
    const struct option_spec opts[] = {
        {"--db", 's', &db, "F.db", "the database with the runs", false},
        {"--core", 's', &core, "C", NULL, false},
        {"--board", 's', &core, "B",
         "simulated runs of this core or board beside measured ones of the same ELF", false},
        {"--accel", 's', &accel, "A", "runs of this accelerator", false},
        {"--constant", 'm', names, "NAME",
         "what to scale (up to 4): a stall class such as fetch, data, refill, lsu, or\n"
         "an accelerator's COMPONENT.ACTION; or energy, alone. Default: fetch and\n"
         "data; energy for an accelerator",
         false},
        {"-o", 's', &path, "F.yaml",
         "the overlay; run --board F.yaml and npu --accel F.yaml take it, and their\n"
         "runs say that they are calibrated",
         false},
        {0},
    };
    if (!cli_parse(&cmd_calibrate, argc, argv, opts, pos, 0, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    struct err e = {0};
    struct buf out = {0}, overlay = {0};
    struct calibration_result c;
    struct store *s = NULL;
    if (!db)
        err_set(&e, ERR_INPUT, "--db F.db is missing");
    else if (!core == !accel)
        err_set(&e, ERR_INPUT, "expected one of --core C (or --board B) and --accel A");
    else if (!path)
        err_set(&e, ERR_INPUT, "-o F.yaml is missing");
    else if ((s = store_open(db, false, &e)) && calibration_runs(s, core, accel, names, &c, &e) &&
             calibration_render(&c, common.json ? TABLE_JSON : TABLE_TEXT, &out, &e)) {
        calibration_overlay(&c, &overlay);
        if (buf_write_file(&overlay, path, &e))
            fputs(buf_text(&out), stdout);
    }
    store_close(s);
    buf_free(&out);
    buf_free(&overlay);
    return e.code ? cli_fail(&cmd_calibrate, &e) : 0;
}

const struct command cmd_calibrate = {
    .name = "calibrate",
    .brief = "fit a few named constants to measured runs, with layers held out",
    .usage = "calibrate --db F.db --core C|--board B|--accel A -o F.yaml [--constant NAME]...",
    .notes = "Least squares of the relative error within 0.25 to 4, a third of the layers held "
             "out; prints values\n"
             "with their 95 % interval, and the error of the held-out layers before and after. "
             "Refuses when the\n"
             "data cannot determine the constants; exit 1 when the held-out layers get worse.\n",
    .run = run,
};
