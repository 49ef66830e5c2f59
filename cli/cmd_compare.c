#include <math.h>
#include <stdio.h>

#include "cli/cli.h"
#include "reports/gate.h"

const struct command cmd_compare;

static int run(int argc, char **argv)
{
    const char *pos[3], *format = NULL;
    struct gate_limits l = {.regress_percent = {NAN, NAN, NAN, NAN},
                            .at_most = {NAN, NAN, NAN, NAN}};
    struct cli_common common;
    const struct option_spec opts[] = {
        {"--max-cycles-regress", 'f', &l.regress_percent[GATE_CYCLES], "P",
         "exit 1 when the total grows by more than P %", false},
        {"--max-sram-regress", 'f', &l.regress_percent[GATE_SRAM], "P", "the same for peak SRAM,",
         false},
        {"--max-flash-regress", 'f', &l.regress_percent[GATE_FLASH], "P", "flash,", false},
        {"--max-energy-regress", 'f', &l.regress_percent[GATE_ENERGY], "P", "and energy", false},
        {"--per-scope", 'b', &l.per_scope, NULL,
         "the limits on cycles and energy hold for every scope", false},
        {"--max-cycles", 'f', &l.at_most[GATE_CYCLES], "N", NULL, false},
        {"--max-sram", 'f', &l.at_most[GATE_SRAM], "BYTES", NULL, false},
        {"--max-flash", 'f', &l.at_most[GATE_FLASH], "BYTES", NULL, false},
        {"--max-energy", 'f', &l.at_most[GATE_ENERGY], "UJ",
         "limits of the total whatever the baseline", false},
        {"--format", 's', &format, "F",
         "text, csv, json, tex, tsv, or md: a table for a pull request", false},
        {0},
    };
    if (!cli_parse(&cmd_compare, argc, argv, opts, pos, 2, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    struct err e = {0};
    struct buf out = {0}, why = {0};
    size_t breaches = 0;
    enum table_format f = common.json ? TABLE_JSON : TABLE_TEXT;
    if (!pos[1])
        err_set(&e, ERR_INPUT, "expected a baseline and a new database (or JSON)");
    if (format)
        table_format_named(format, &f, &e);
    if (!e.code && gate_compare(pos[0], pos[1], &l, f, &out, &why, &breaches, &e)) {
        fputs(buf_text(&out), stdout);
        fflush(stdout);
        fputs(buf_text(&why), stderr);
    }
    buf_free(&out);
    buf_free(&why);
    return e.code ? cli_fail(&cmd_compare, &e) : breaches ? ERR_CHECK : 0;
}

const struct command cmd_compare = {
    .name = "compare",
    .brief = "a baseline against a new result, with limits for CI",
    .usage = "compare A B [limits] [--per-scope] [--format F]",
    .about = "  A, B: baseline and new: databases, or the JSON of run and npu; of a database the "
             "newest run of each\n"
             "  kind, platform and network\n",
    .notes =
        "What broke a limit is named on stderr, one line each. Examples of CI jobs: docs/ci.md\n",
    .run = run,
};
