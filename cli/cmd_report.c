#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "reports/html.h"
#include "reports/import.h"
#include "reports/report.h"

const struct command cmd_report;

/* A run (the newest, unless told), two runs, or a sweep. */
static bool as_html(struct store *s, int64_t run, int64_t against, const char *sweep,
                    struct buf *out, struct err *e)
{
    struct html_options o = {.run = run, .against = against};
    if (sweep)
        o.sweep = strcmp(sweep, "all") ? sweep : "";
    return (run || sweep || store_newest(s, NULL, &o.run, e)) && html_report(s, &o, out, e);
}

static int run(int argc, char **argv)
{
    const char *pos[2], *db = NULL, *format = NULL, *file = NULL, *sweep = NULL;
    uint64_t id = 0, against = 0;
    struct cli_common common;
    const struct option_spec opts[] = {
        {"--db", 's', &db, "F.db", "the database that run, npu, sweep and import fill", false},
        {"--run", 'u', &id, "ID", "which run (default: the newest; `report runs` lists them)",
         false},
        {"--format", 's', &format, "F",
         "text (default), csv, json (also --json), md, tex (booktabs), tsv", false},
        {"--against", 'u', &against, "ID", "html: a second run, compared layer by layer", false},
        {"--sweep", 's', &sweep, "NAME",
         "html: the points of this sweep (`all`: of every one) instead of a run", false},
        {"-o", 's', &file, "FILE", "write there instead of to the terminal", false},
        {0},
    };
    if (!cli_parse(&cmd_report, argc, argv, opts, pos, 1, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    struct err e = {0};
    struct buf out = {0};
    enum table_format f = common.json ? TABLE_JSON : TABLE_TEXT;
    if (!pos[0])
        err_set(&e, ERR_INPUT, "which report? (`etinysim report list` names them)");
    else if (format)
        table_format_named(format, &f, &e);
    if (id > INT64_MAX || against > INT64_MAX)
        err_set(&e, ERR_INPUT, "--run is out of range");
    if (!e.code && !strcmp(pos[0], "list")) {
        report_list(common.json, &out, &e);
    } else if (!e.code && !db) {
        err_set(&e, ERR_INPUT, "--db F.db is missing");
    } else if (!e.code) {
        /* The published rows come with the program; a database gets them when somebody asks. */
        bool published = !strncmp(pos[0], "paper-", 6);
        uint64_t added;
        struct store *s = store_open(db, published, &e);
        if (s && !strcmp(pos[0], "html"))
            as_html(s, (int64_t)id, (int64_t)against, sweep, &out, &e);
        else if (s && (!published || import_paper(s, &added, &e)))
            report_render(s, pos[0], (int64_t)id, f, &out, &e);
        store_close(s);
    }
    if (!e.code && file)
        buf_write_file(&out, file, &e);
    else if (!e.code)
        fputs(buf_text(&out), stdout);
    buf_free(&out);
    return e.code ? cli_fail(&cmd_report, &e) : 0;
}

const struct command cmd_report = {
    .name = "report",
    .brief = "tables from a database: text, CSV, JSON, Markdown, LaTeX",
    .usage = "report NAME|html|list --db F.db [--run ID] [--format F] [-o FILE]",
    .about = "  NAME: a table; `list` names them all; html: one page with all there is to see\n",
    .notes =
        "Every table says what it rests on: tool version, hashes of the inputs, board, clock,\n"
        "configuration, and how many of its costs are assumed.\n",
    .run = run,
};
