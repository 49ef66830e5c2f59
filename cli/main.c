/* The list of commands, and the one that is asked for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/signals.h"
#include <etinysim/version.h>

#define COMMAND(name) extern const struct command cmd_##name;
#include "cli/commands.def"
#undef COMMAND

static const struct command *const commands[] = {
#define COMMAND(name) &cmd_##name,
#include "cli/commands.def"
#undef COMMAND
    NULL,
};

static void usage(FILE *to)
{
    fprintf(
        to,
        "etinysim %s: Cortex-M code with cycle and memory accounting, beside an FPGA/NPU model\n\n",
        ETINYSIM_VERSION);
    for (int i = 0; commands[i]; i++)
        fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->brief);
    fprintf(to, "\netinysim COMMAND --help tells more; every command knows --json and -q.\n");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return ERR_INPUT;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        usage(stdout);
        return 0;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("etinysim %s\n", ETINYSIM_VERSION);
        return 0;
    }
    for (int i = 0; commands[i]; i++)
        if (!strcmp(commands[i]->name, argv[1])) {
            signals_begin();
            int rc = commands[i]->run(argc - 1, argv + 1);
            if (fflush(stdout) != 0 || ferror(stdout)) {
                fprintf(stderr, "etinysim: cannot write the output: %s\n", strerror(errno));
                rc = rc ? rc : ERR_ENV;
            }
            signals_end();
            return rc;
        }
    fprintf(stderr, "etinysim: unknown command '%s' (see etinysim --help)\n", argv[1]);
    return ERR_INPUT;
}
