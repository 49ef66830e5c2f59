/* etinysim help: the help of a command, or its manual page. Both are made from the same rows. */
#include <stdio.h>
#include <string.h>

#include <etinysim/version.h>

#include "cli/cli.h"

const struct command cmd_help;

/* Text for troff, bold or plain: nothing in it is taken for a request or an escape. */
static void roff(const char *text)
{
    bool begins = true;
    for (const char *p = text; *p; p++) {
        if (begins && (*p == '.' || *p == '\''))
            fputs("\\&", stdout);
        if (*p == '\\')
            fputs("\\e", stdout);
        else if (*p == '-')
            fputs("\\-", stdout);
        else
            putchar(*p);
        begins = *p == '\n';
    }
}

static void section(const char *name, const char *lines)
{
    printf(".SH %s\n.nf\n", name);
    roff(lines);
    printf("%s.fi\n", lines[0] && lines[strlen(lines) - 1] == '\n' ? "" : "\n");
}

static void page_head(const char *name, const char *upper, const char *brief)
{
    printf(".TH %s 1 \"\" \"etinysim %s\" \"etinysim\"\n.SH NAME\n", upper, ETINYSIM_VERSION);
    roff(name);
    fputs(" \\- ", stdout);
    roff(brief);
    putchar('\n');
}

static void see_page(void *self, const struct option_spec *opts)
{
    (void)self;
    if (opts[0].name)
        puts(".SH OPTIONS");
    for (int i = 0; opts[i].name; i++) {
        puts(".TP");
        for (int last = cli_option_text(opts, i);; i++) {
            fputs("\\fB", stdout);
            roff(opts[i].name);
            fputs("\\fR", stdout);
            if (opts[i].arg) {
                fputs(" \\fI", stdout);
                roff(opts[i].arg);
                fputs("\\fR", stdout);
            }
            if (i == last)
                break;
            fputs(", ", stdout);
        }
        putchar('\n');
        roff(opts[i].help);
        putchar('\n');
    }
}

static void command_page(const struct command *cmd)
{
    char name[64], upper[64];
    snprintf(name, sizeof name, "etinysim-%s", cmd->name);
    snprintf(upper, sizeof upper, "ETINYSIM-%s", cmd->name);
    for (char *p = upper; *p; p++)
        *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
    page_head(name, upper, cmd->brief);
    fputs(".SH SYNOPSIS\n.nf\netinysim ", stdout);
    roff(cmd->usage);
    fputs("\n.fi\n", stdout);
    if (cmd->about)
        section("DESCRIPTION", cmd->about);
    cli_options(cmd, see_page, NULL);
    if (cmd->notes)
        section("NOTES", cmd->notes);
    puts(".SH SEE ALSO\n\\fBetinysim\\fR(1)");
}

static void main_page(void)
{
    page_head("etinysim", "ETINYSIM",
              "Cortex-M code with cycle and memory accounting, beside an FPGA/NPU model");
    puts(".SH SYNOPSIS\n\\fBetinysim\\fR \\fICOMMAND\\fR [\\fIarguments\\fR]\n.SH COMMANDS");
    for (int i = 0; cli_commands()[i]; i++) {
        puts(".TP");
        printf("\\fBetinysim-%s\\fR(1)\n", cli_commands()[i]->name);
        roff(cli_commands()[i]->brief);
        putchar('\n');
    }
    puts(".PP\nEvery command knows \\fB\\-\\-help\\fR, \\fB\\-\\-json\\fR and \\fB\\-q\\fR.");
    section("EXIT STATUS",
            "0  done\n"
            "1  a check failed, or the simulated program left with another code than 0\n"
            "2  bad input\n"
            "3  the simulated program faulted\n"
            "4  a limit was reached\n"
            "5  the environment failed: disk, memory, a missing tool\n");
    puts(".SH ENVIRONMENT\n.TP\n\\fBETINYSIM_DATA\\fR\n"
         "folder with the data files, instead of share/etinysim beside the folder of the program");
}

static int run(int argc, char **argv)
{
    const char *pos[2];
    struct cli_common common;
    bool man = false;
    const struct option_spec opts[] = {
        {"--man", 'b', &man, NULL, "the manual page (troff), for man -l or make install", false},
        {0}};
    if (!cli_parse(&cmd_help, argc, argv, opts, pos, 1, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    const struct command *cmd = pos[0] ? cli_command(pos[0]) : NULL;
    if (pos[0] && !cmd)
        return ERR_INPUT;
    if (man) {
        if (cmd)
            command_page(cmd);
        else
            main_page();
        return 0;
    }
    if (!cmd) {
        cli_usage(stdout);
        return 0;
    }
    char name[64], help[] = "--help";
    char *args[] = {name, help, NULL};
    snprintf(name, sizeof name, "%s", cmd->name);
    return cmd->run(2, args);
}

const struct command cmd_help = {
    .name = "help",
    .brief = "the help of a command, or its manual page",
    .usage = "help [COMMAND] [--man]",
    .run = run,
};
