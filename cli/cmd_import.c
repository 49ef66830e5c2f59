#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "reports/import.h"
#include "reports/report.h"

const struct command cmd_import;

enum { MAX_FILE = 1 << 30, MAX_STAMP_FILE = 8 << 20 };

static void answer(const struct cli_common *common, struct store *s, int64_t run,
                   const struct import_notes *notes, struct err *e)
{
    struct table t;
    if (!report_query(s, "import-run", run, &t, e))
        return;
    if (common->json) {
        cJSON *o = json_root();
        json_int(o, "run", run);
        json_uint(o, "records", notes->records);
        json_uint(o, "bad_lines", notes->bad);
        json_uint(o, "windows", notes->windows);
        table_json_row(&t, 0, o, "imported");
        cli_json(o, JSON_SPACED, e);
    } else if (!common->quiet) {
        printf("run %" PRId64 ": %" PRIu64 " values", run, notes->records);
        if (notes->windows)
            printf(" in %" PRIu64 " windows", notes->windows);
        if (table_at(&t, 0, "inference_seconds")->type != CELL_NULL)
            printf(", %.3f ms an inference", table_at(&t, 0, "inference_seconds")->r * 1e3);
        if (table_at(&t, 0, "inference_energy_uj")->type != CELL_NULL)
            printf(", %.3f uJ an inference", table_at(&t, 0, "inference_energy_uj")->r);
        struct table spread;
        if (report_query(s, "import-spread", run, &spread, e)) {
            if (spread.nrow)
                printf(" (spread %.2f %%)", spread.cell[0].r);
            table_free(&spread);
        }
        printf("\n");
    }
    table_free(&t);
}

static int run(int argc, char **argv)
{
    const char *pos[3], *db = NULL, *platform = NULL, *network = NULL, *elf = NULL, *stamps = NULL,
                        *set[17] = {0};
    uint64_t clock = 0, inferences = 0, gpio = UINT64_MAX;
    double volts = 0, rate = 0, level = 0;
    bool force = false;
    struct cli_common common;
    const struct option_spec opts[] = {
        {"--db", 's', &db, "F.db", "the database to add to", false},
        {"--platform", 's', &platform, "B", "the board that was measured", true},
        {"--elf", 's', &elf, "F.elf",
         "what was measured, when no simulated run of it is in the database", false},
        {"--network", 's', &network, "N", "the network, where the log does not say", false},
        {"--clock", 'u', &clock, "HZ", "of the cycles or ticks, where the log does not say", false},
        {"--volts", 'f', &volts, "V", "supply, for traces of current alone", false},
        {"--rate", 'f', &rate, "HZ", "samples a second, for lpm01a logs that do not say", false},
        {"--gpio", 'u', &gpio, "N", "cut the trace where digital channel N is high", false},
        {"--timestamps", 's', &stamps, "F",
         "cut at a JSON list of seconds, windows [1],[2] [3],[4] ...", false},
        {"--level", 'f', &level, "MA", "cut where the current exceeds MA", false},
        {"--inferences", 'u', &inferences, "N", "inferences in each window (default 1)", false},
        {"--set", 'm', set, "KEY=VALUE",
         "more about the measurement, kept with the run (may repeat)", false},
        {"--force", 'b', &force, NULL, "take a log of another ELF or board, or the same file again",
         false},
        {0},
    };
    if (!cli_parse(&cmd_import, argc, argv, opts, pos, 2, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    struct err e = {0};
    struct buf data = {0}, stamp_text = {0};
    struct rows rows = {0};
    struct import_notes notes = {0};
    struct store *s = NULL;
    bool paper = pos[0] && !strcmp(pos[0], "paper");
    if (!pos[0] || (!pos[1] && !paper))
        err_set(&e, ERR_INPUT, "expected a kind and a file (see etinysim import --help)");
    else if (!db)
        err_set(&e, ERR_INPUT, "--db F.db is missing");
    else if (!platform && !paper)
        err_set(&e, ERR_INPUT, "--platform B is missing");
    else if (gpio != UINT64_MAX && gpio > 31)
        err_set(&e, ERR_INPUT, "--gpio is a channel from 0 to 31");
    else if (inferences > 1000000000)
        err_set(&e, ERR_INPUT, "--inferences is out of range");
    if (!e.code && paper) {
        uint64_t added = 0;
        if ((s = store_open(db, true, &e)) && import_paper(s, &added, &e)) {
            if (common.json) {
                cJSON *o = json_root();
                json_uint(o, "added", added);
                cli_json(o, JSON_SPACED, &e);
            } else if (!common.quiet)
                printf("%" PRIu64 " published measurements added\n", added);
        }
    } else if (!e.code) {
        int64_t id = 0;
        bool ok = buf_read_file(&data, pos[1], MAX_FILE, &e) &&
                  (!stamps || buf_read_file(&stamp_text, stamps, MAX_STAMP_FILE, &e));
        const struct import_options o = {.platform = platform,
                                         .network = network,
                                         .clock_hz = clock,
                                         .volts = volts,
                                         .rate_hz = rate,
                                         .inferences = inferences,
                                         .gpio = gpio == UINT64_MAX ? -1 : (int)gpio,
                                         .level_ma = level,
                                         .timestamps = stamps ? buf_text(&stamp_text) : NULL,
                                         .set = set,
                                         .force = force};
        ok = ok && import_parse(pos[0], pos[1], buf_text(&data), data.len, &o, &rows, &notes, &e);
        if (ok)
            fputs(buf_text(&notes.bad_lines), stderr);
        if (ok && notes.bad > 10)
            fprintf(stderr, "and %" PRIu64 " more bad lines\n", notes.bad - 10);
        ok = ok && (s = store_open(db, true, &e)) &&
             import_identify(s, &rows, &notes, elf, force, &e) && store_put(s, &rows, &id, &e);
        if (ok)
            answer(&common, s, id, &notes, &e);
    }
    store_close(s);
    rows_free(&rows);
    buf_free(&notes.bad_lines);
    buf_free(&data);
    buf_free(&stamp_text);
    return e.code ? cli_fail(&cmd_import, &e) : 0;
}

const struct command cmd_import = {
    .name = "import",
    .brief = "measured runs and power traces into a database",
    .usage =
        "import KIND FILE --db F.db --platform B [options]      etinysim import paper --db F.db",
    .about = "  KIND: serial (the log of our firmware), csv, tflm, st, mlperf; power: "
             "energyrunner, ppk2, joulescope,\n"
             "  lpm01a, energytrace; paper: the published tables (docs/formats.md)\n",
    .run = run,
};
