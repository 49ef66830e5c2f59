/* Commands: one file each, listed in commands.def. Only cli/ prints and exits. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"

struct command {
    const char *name;
    const char *brief; /* one line for `etinysim --help` */
    const char *help;  /* at most 20 lines for `etinysim NAME --help` */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit code */
};

/* Options of a command: `--name VALUE` or `--name=VALUE` or a bare flag; `-o`-style short names too.
 * Everything else is positional, in order. */
struct option_spec {
    const char *name;   /* "--board", "-o" */
    char kind;          /* 's' string, 'u' unsigned, 'f' real, 'b' flag, 'm' string that may repeat (up to 16) */
    void *out;          /* const char **, uint64_t *, double *, bool *, const char *[17] (NULL-terminated) */
};

/* Fills the outputs and up to max positionals (NULL-terminated, array of max + 1). --json, -q and --help are
 * known to every command. On misuse: one line on stderr naming the option, returns false (exit ERR_INPUT). */
struct cli_common {
    bool json, quiet, help;
};
bool cli_parse(const struct command *cmd, int argc, char **argv, const struct option_spec *opts, const char **pos,
               int max, struct cli_common *common);

/* Prints `etinysim NAME: MESSAGE` on stderr and gives the exit code. */
int cli_fail(const struct command *cmd, const struct err *e);

/* Prints the document and frees it; no memory is an error. */
void cli_json(cJSON *root, enum json_style style, struct err *e);

#endif
