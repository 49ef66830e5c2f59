#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "reports/gate.h"

const struct command cmd_merge;

static int run(int argc, char **argv)
{
    enum { MAX_FILES = 1024 };
    static const char *pos[MAX_FILES + 2];
    struct cli_common common;
    const struct option_spec opts[] = {{0}};
    if (!cli_parse(&cmd_merge, argc, argv, opts, pos, MAX_FILES + 1, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    struct err e = {0};
    uint64_t total = 0;
    struct store *s = NULL;
    if (!pos[0] || !pos[1])
        err_set(&e, ERR_INPUT, "expected OUT.db and at least one IN.db");
    /* Nothing is made when an input is no database. */
    for (int i = 1; pos[i] && !e.code; i++)
        store_close(store_open(pos[i], false, &e));
    if (!e.code)
        s = store_open(pos[0], true, &e);
    for (int i = 1; s && pos[i] && !e.code; i++) {
        uint64_t added = 0;
        if (store_merge(s, pos[i], &added, &e)) {
            total += added;
            if (!common.quiet && !common.json)
                printf("%s: %" PRIu64 " runs added\n", pos[i], added);
        }
    }
    store_close(s);
    if (!e.code && common.json) {
        cJSON *o = json_root();
        json_uint(o, "added", total);
        cli_json(o, JSON_SPACED, &e);
    }
    return e.code ? cli_fail(&cmd_merge, &e) : 0;
}

const struct command cmd_merge = {
    .name = "merge",
    .brief = "several databases into one, e.g. the shards of a sweep",
    .usage = "merge OUT.db IN.db...",
    .about = "Adds what OUT.db does not have yet: runs, points of sweeps, shared layers. Merging "
             "twice changes\n"
             "nothing. Refuses databases of another schema or tool version. Each IN.db is one "
             "transaction.\n",
    .run = run,
};
