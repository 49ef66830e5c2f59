/* A command of one file and one line, see docs/adding.md. */
#include <stdio.h>

#include "cli/cli.h"

static int run(int argc, char **argv)
{
    printf("hello %s\n", argc > 0 && argv ? "you" : "nobody");
    return 0;
}

const struct command cmd_hello = {
    .name = "hello",
    .brief = "says hello",
    .usage = "hello",
    .about = "  Nothing else.\n",
    .run = run,
};
