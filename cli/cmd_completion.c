/* etinysim completion: scripts by which bash and zsh complete commands, options and names, made
 * from the commands and their option rows. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "reports/report.h"

const struct command cmd_completion;

/* How the value of an option or the word behind a command is completed. */
struct values {
    const char *list; /* command whose `list` gives the names; NULL: none */
    char words[128];  /* or these, blanks between them; "" */
    bool files;       /* or names of files */
};

/* Lower-case words between bars: "8|4" and "list|show NAME" give words, "N|auto" gives "auto". */
static void words_of(const char *text, const char *end, char *out, size_t size)
{
    out[0] = '\0';
    for (const char *p = text; p < end;) {
        size_t n = strcspn(p, "|");
        if (n > (size_t)(end - p))
            n = (size_t)(end - p);
        size_t word = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789");
        if (word && (word == n || p[word] == ' '))
            snprintf(out + strlen(out), size - strlen(out), "%s%.*s", *out ? " " : "", (int)word,
                     p);
        p += n + (p + n < end);
    }
}

static struct values of_option(const struct option_spec *o)
{
    static const char *const lists[][2] = {{"--board", "board"},
                                           {"--network", "network"},
                                           {"--core", "core"},
                                           {"--accel", "accelerator"}};
    struct values v = {.list = NULL};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (!strcmp(o->name, lists[i][0]))
            v.list = lists[i][1];
    if (!strcmp(o->name, "--format"))
        for (int i = 0; table_formats[i]; i++)
            snprintf(v.words + strlen(v.words), sizeof v.words - strlen(v.words), "%s%s",
                     i ? " " : "", table_formats[i]);
    else if (!v.list && strchr(o->arg, '|'))
        words_of(o->arg, o->arg + strlen(o->arg), v.words, sizeof v.words);
    v.files = !v.list && !*v.words &&
              (!strncmp(o->arg, "F", 1) || !strcmp(o->arg, "DIR") || strstr(o->arg, "FILE"));
    return v;
}

/* The first word behind a command: "board list|show NAME" gives "list show", "npu NETWORK ..." the
 * names of networks. */
static struct values of_command(const struct command *cmd)
{
    struct values v = {.list = NULL};
    const char *first = cmd->usage + strcspn(cmd->usage, " ");
    first += strspn(first, " ");
    if (!strncmp(first, "NETWORK", 7))
        v.list = "network";
    else if (*first && strchr("abcdefghijklmnopqrstuvwxyzN", *first))
        words_of(first, first + strcspn(first, "["), v.words, sizeof v.words);
    if (!strncmp(first, "NAME|list", 9))
        v.list = cmd->name;
    return v;
}

static bool lists_names(const struct command *cmd)
{
    return strstr(cmd->usage, "list|show NAME") != NULL;
}

/* Inside single quotes of a shell; for zsh without what means something to _arguments. */
static void quoted(const char *text, bool zsh)
{
    for (const char *p = text; *p; p++)
        if (*p == '\'')
            fputs("'\\''", stdout);
        else if (zsh && strchr("[]:\\", *p))
            printf("\\%c", *p);
        else
            putchar(*p == '\n' ? ' ' : *p);
}

static void bash_options(void *self, const struct option_spec *opts)
{
    (void)self;
    fputs("        options='--help --json -q", stdout);
    for (int i = 0; opts[i].name; i++)
        if (opts[i].kind != 'c')
            printf(" %s", opts[i].name);
    fputs("'\n        case $prev in\n", stdout);
    for (int i = 0; opts[i].name; i++) {
        if (!opts[i].arg || opts[i].kind == 'c')
            continue;
        struct values v = of_option(&opts[i]);
        printf("        %s) ", opts[i].name);
        if (v.list)
            printf("words=$(_etinysim_names %s) ;;\n", v.list);
        else if (*v.words)
            printf("words='%s' ;;\n", v.words);
        else
            puts(v.files ? "return ;;" : "compopt +o default; return ;;");
    }
}

static void bash(void)
{
    puts(
        "# bash completion for etinysim, made by `etinysim completion bash`\n"
        "_etinysim_names() { \"${COMP_WORDS[0]}\" \"$1\" list 2>/dev/null | awk '{print $1}'; }\n"
        "_etinysim() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} options= words=\n"
        "    COMPREPLY=()\n"
        "    if [ \"$COMP_CWORD\" = 1 ]; then");
    fputs("        COMPREPLY=($(compgen -W '--help --version", stdout);
    for (int i = 0; cli_commands()[i]; i++)
        printf(" %s", cli_commands()[i]->name);
    puts("' -- \"$cur\"))\n"
         "        return\n"
         "    fi\n"
         "    case ${COMP_WORDS[1]} in");
    for (int i = 0; cli_commands()[i]; i++) {
        const struct command *cmd = cli_commands()[i];
        struct values v = of_command(cmd);
        printf("    %s)\n", cmd->name);
        cli_options(cmd, bash_options, NULL);
        if (lists_names(cmd))
            printf("        show) words=$(_etinysim_names %s) ;;\n", cmd->name);
        printf("        %s) words='%s'", cmd->name, v.words);
        if (v.list)
            printf("\" $(_etinysim_names %s)\"", v.list);
        else if (!strcmp(cmd->name, "help"))
            for (int k = 0; cli_commands()[k]; k++)
                printf("' %s'", cli_commands()[k]->name);
        puts(" ;;\n        esac ;;");
    }
    puts("    esac\n"
         "    case $cur in -*) words=$options ;; esac\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
         "}\n"
         "complete -o default -F _etinysim etinysim");
}

static void zsh_action(const struct values *v)
{
    if (v->list)
        printf("{_etinysim_names %s}", v->list);
    else if (*v->words)
        printf("(%s)", v->words);
    else if (v->files)
        fputs("_files", stdout);
    else
        putchar(' ');
}

static void zsh_options(void *self, const struct option_spec *opts)
{
    (void)self;
    for (int i = 0; opts[i].name; i++) {
        if (opts[i].kind == 'c')
            continue;
        printf(" \\\n            '%s%s[", opts[i].kind == 'm' ? "*" : "", opts[i].name);
        quoted(opts[cli_option_text(opts, i)].help, true);
        putchar(']');
        if (opts[i].arg) {
            struct values v = of_option(&opts[i]);
            putchar(':');
            quoted(opts[i].arg, true);
            putchar(':');
            zsh_action(&v);
        }
        putchar('\'');
    }
}

static void zsh(void)
{
    puts("#compdef etinysim\n"
         "# zsh completion for etinysim, made by `etinysim completion zsh`\n"
         "_etinysim_names() {\n"
         "    local -a names\n"
         "    names=(${(f)\"$(etinysim $1 list 2>/dev/null | awk '{print $1}')\"})\n"
         "    compadd -a names\n"
         "}\n"
         "_etinysim_commands() {\n"
         "    local -a commands\n"
         "    commands=(");
    for (int i = 0; cli_commands()[i]; i++) {
        printf("        '%s:", cli_commands()[i]->name);
        quoted(cli_commands()[i]->brief, true);
        puts("'");
    }
    puts("    )\n"
         "    _describe command commands\n"
         "}\n"
         "_etinysim() {\n"
         "    if (( CURRENT == 2 )); then\n"
         "        _etinysim_commands\n"
         "        return\n"
         "    fi\n"
         "    local -a common\n"
         "    common=('--help[tells more]' '--json[one JSON document]' '-q[quiet]')\n"
         "    shift words\n"
         "    (( CURRENT-- ))\n"
         "    case $words[1] in");
    for (int i = 0; cli_commands()[i]; i++) {
        const struct command *cmd = cli_commands()[i];
        struct values v = of_command(cmd);
        printf("    %s)\n        _arguments $common", cmd->name);
        cli_options(cmd, zsh_options, NULL);
        if (!strcmp(cmd->name, "help"))
            fputs(" \\\n            '1:command:_etinysim_commands'", stdout);
        else if (v.list || *v.words) {
            fputs(" \\\n            '1:what:", stdout);
            zsh_action(&v);
            putchar('\'');
        }
        if (lists_names(cmd))
            printf(" \\\n            '2:name:{_etinysim_names %s}'", cmd->name);
        puts(" \\\n            '*:file:_files' ;;");
    }
    puts("    esac\n"
         "}\n"
         "_etinysim \"$@\"");
}

static int run(int argc, char **argv)
{
    const char *pos[2];
    struct cli_common common;
    const struct option_spec opts[] = {{0}};
    if (!cli_parse(&cmd_completion, argc, argv, opts, pos, 1, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    if (pos[0] && !strcmp(pos[0], "bash")) {
        bash();
        return 0;
    }
    if (pos[0] && !strcmp(pos[0], "zsh")) {
        zsh();
        return 0;
    }
    struct err e = {0};
    err_set(&e, ERR_INPUT, "expected bash or zsh");
    return cli_fail(&cmd_completion, &e);
}

const struct command cmd_completion = {
    .name = "completion",
    .brief = "completion of commands, options and names for a shell",
    .usage = "completion bash|zsh",
    .about =
        "Prints a script for the shell. `make install` puts both where the shells look for them;"
        " otherwise:\n"
        "  bash   source <(etinysim completion bash)\n"
        "  zsh    etinysim completion zsh >\"${fpath[1]}/_etinysim\", then a new shell\n",
    .run = run,
};
