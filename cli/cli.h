/* Commands: one file each, listed in commands.def. cli/ parses, calls and prints; only it prints
 * and exits, and it computes nothing that a library could be asked for. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/json.h"

struct command {
    const char *name;
    const char *brief; /* one line for `etinysim --help` */
    const char *usage; /* the first line of `etinysim NAME --help`, behind "etinysim " */
    const char *about; /* lines before the options; NULL without */
    const char *notes; /* lines after the options; NULL without */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit code */
};

/* A row for each option of a command: `--name VALUE` or `--name=VALUE` or a bare flag; `-o`-style
 * short names too. Everything else is positional, in order. `etinysim NAME --help` prints the rows
 * in their order, in at most 20 lines. */
struct option_spec {
    const char *name; /* "--board", "-o" */
    /* 's' string, 'u' unsigned, 'f' real, 'b' flag, 'm' string that may repeat (up to 16), 'c' one
     * that every command knows and that the help has more to say of */
    char kind;
    void *out; /* const char **, uint64_t *, double *, bool *, const char *[17] (NULL-terminated) */
    const char *arg; /* what stands for the value in the help; NULL for a flag */
    /* with its default; NULL: the next row's text is of this one, too. A line break is kept */
    const char *help;
    bool same_line; /* in the help, behind the row before */
};

/* The commands of the program, NULL-terminated. main sets them, once; `help` and `completion` read
 * them. */
void cli_set_commands(const struct command *const *all);
const struct command *const *cli_commands(void);
/* The list of commands, as `etinysim --help` prints it. */
void cli_usage(FILE *to);
/* NULL, with a suggestion on stderr, when there is none of this name. */
const struct command *cli_command(const char *name);
/* Calls `see` with the option rows of a command, which end with one without a name. */
void cli_options(const struct command *cmd, void (*see)(void *self, const struct option_spec *opts),
                 void *self);
/* The rows of an option's text: the index of the row that holds the text, from row `from` on. */
int cli_option_text(const struct option_spec *opts, int from);

/* Fills the outputs and up to max positionals (NULL-terminated, array of max + 1). --json, -q and
 * --help are known to every command. On misuse: one line on stderr naming the option, returns false
 * (exit ERR_INPUT). */
struct cli_common {
    bool json, quiet, help;
};
bool cli_parse(const struct command *cmd, int argc, char **argv, const struct option_spec *opts,
               const char **pos, int max, struct cli_common *common);

/* Prints `etinysim NAME: MESSAGE` on stderr and gives the exit code. */
int cli_fail(const struct command *cmd, const struct err *e);

/* Prints text that comes out of a file, a database or a program: what a terminal would act on is
 * shown, not done. */
void cli_put(FILE *to, const char *text);

/* Prints the document and frees it; no memory is an error. */
void cli_json(cJSON *root, enum json_style style, struct err *e);

#endif
