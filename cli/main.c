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

int main(int argc, char **argv)
{
    cli_set_commands(commands);
    if (argc < 2) {
        cli_usage(stderr);
        return ERR_INPUT;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        cli_usage(stdout);
        return 0;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("etinysim %s\n", ETINYSIM_VERSION);
        return 0;
    }
    const struct command *cmd = cli_command(argv[1]);
    if (!cmd)
        return ERR_INPUT;
    signals_begin();
    int rc = cmd->run(argc - 1, argv + 1);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "etinysim: cannot write the output: %s\n", strerror(errno));
        rc = rc ? rc : ERR_ENV;
    }
    signals_end();
    return rc;
}
