/* `etinysim KIND list` and `etinysim KIND show NAME`, for the kinds of descriptions that are files
 * of one data folder. */
#ifndef CLI_CATALOGUE_H
#define CLI_CATALOGUE_H

#include "base/buf.h"
#include "cli/cli.h"

struct catalogue {
    const char *kind;   /* what `new` copies, "board"; NULL: there is no `new` */
    const char *folder; /* below the data: its files are the names */
    /* Appends what `list` says of a name, one line without its end; NULL: the name alone. */
    bool (*line)(const char *name, struct buf *out, struct err *e);
    /* With --json fills the object `json`, else (json is NULL) appends to `text`. */
    bool (*show)(const char *name, cJSON *json, struct buf *text, struct err *e);
    /* A third word beside list and show, with the same arguments but no name; `json` is an array.
     * NULL: none. */
    const char *also;
    bool (*also_run)(cJSON *json, struct buf *text, struct err *e);
};

/* The whole command: parses, prints and gives the exit code. */
int catalogue_run(const struct command *cmd, const struct catalogue *c, int argc, char **argv);

#endif
