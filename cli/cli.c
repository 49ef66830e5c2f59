/* What the commands share: options, help, messages, JSON. */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <etinysim/version.h>

#include "base/escape.h"
#include "base/suggest.h"

void cli_put(FILE *to, const char *text)
{
    struct buf shown = {0};
    escape_text(&shown, text);
    fputs(buf_text(&shown), to);
    buf_free(&shown);
}

int cli_fail(const struct command *cmd, const struct err *e)
{
    fflush(stdout);
    fprintf(stderr, "etinysim %s: ", cmd->name);
    cli_put(stderr, e->code ? e->msg : "failed without a message");
    fputc('\n', stderr);
    return e->code ? (int)e->code : ERR_ENV;
}

void cli_json(cJSON *root, enum json_style style, struct err *e)
{
    struct buf text = {0};
    if (json_print(root, style, &text))
        puts(buf_text(&text));
    else
        err_nomem(e);
    buf_free(&text);
}

__attribute__((format(printf, 2, 3))) static bool misuse(const struct command *cmd, const char *fmt,
                                                         ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "etinysim %s: ", cmd->name);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, " (see etinysim %s --help)\n", cmd->name);
    return false;
}

static const struct command *const *commands;

void cli_set_commands(const struct command *const *all)
{
    commands = all;
}

const struct command *const *cli_commands(void)
{
    return commands;
}

const struct command *cli_command(const char *name)
{
    enum { MOST = 64 };
    const char *names[MOST + 1] = {NULL};
    for (int i = 0; commands[i] && i < MOST; i++) {
        if (!strcmp(commands[i]->name, name))
            return commands[i];
        names[i] = commands[i]->name;
    }
    const char *meant = suggest_word(name, names);
    fputs("etinysim: unknown command '", stderr);
    cli_put(stderr, name);
    if (meant)
        fprintf(stderr, "', did you mean '%s'?\n", meant);
    else
        fputs("' (see etinysim --help)\n", stderr);
    return NULL;
}

void cli_usage(FILE *to)
{
    fprintf(
        to,
        "etinysim %s: Cortex-M code with cycle and memory accounting, beside an FPGA/NPU model\n\n",
        ETINYSIM_VERSION);
    for (int i = 0; commands[i]; i++)
        fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->brief);
    fprintf(to, "\netinysim COMMAND --help tells more; every command knows --json and -q.\n");
}

/* Set while cli_options asks a command for its rows: the command's cli_parse hands them over. */
static void (*see_options)(void *self, const struct option_spec *opts);
static void *see_self;

void cli_options(const struct command *cmd, void (*see)(void *self, const struct option_spec *opts),
                 void *self)
{
    char name[64], help[] = "--help";
    char *argv[] = {name, help, NULL};
    snprintf(name, sizeof name, "%s", cmd->name);
    see_options = see;
    see_self = self;
    cmd->run(2, argv);
    see_options = NULL;
}

int cli_option_text(const struct option_spec *opts, int from)
{
    while (!opts[from].help)
        from++;
    return from;
}

/* "--board B", "--width W, --input N": the names from row `from` to the first one with a text. */
static int help_heading(const struct option_spec *opts, int from, struct buf *out)
{
    int last = cli_option_text(opts, from);
    for (int i = from; i <= last; i++) {
        const struct option_spec *o = &opts[i];
        buf_printf(out, "%s%s%s%s", i > from ? ", " : "", o->name, o->arg ? " " : "",
                   o->arg ? o->arg : "");
    }
    return last;
}

static void help_options(const struct option_spec *opts, struct buf *out)
{
    enum { WIDEST = 26 }; /* the text of a longer heading begins on the next line */
    int column = 0;
    for (int i = 0; opts[i].name; i++) {
        struct buf heading = {0};
        bool inside = opts[i].same_line;
        i = help_heading(opts, i, &heading);
        if (!inside && heading.len <= WIDEST && (int)heading.len > column)
            column = (int)heading.len;
        buf_free(&heading);
    }
    for (int i = 0; opts[i].name; i++) {
        struct buf heading = {0};
        bool inside = opts[i].same_line;
        i = help_heading(opts, i, &heading);
        if (inside)
            buf_printf(out, ";  %s: ", buf_text(&heading));
        else
            buf_printf(out, "%s  %-*s", out->len ? "\n" : "", column, buf_text(&heading));
        if (!inside && heading.len > WIDEST)
            buf_printf(out, "\n%*s", column + 4, "");
        else if (!inside)
            buf_str(out, "  ");
        for (const char *p = opts[i].help; *p; p++)
            if (*p == '\n')
                buf_printf(out, "\n%*s", column + 4, "");
            else
                buf_add(out, p, 1);
        buf_free(&heading);
    }
    if (out->len)
        buf_str(out, "\n");
}

static void help(const struct command *cmd, const struct option_spec *opts)
{
    if (see_options) {
        see_options(see_self, opts);
        return;
    }
    struct buf options = {0};
    help_options(opts, &options);
    printf("etinysim %s\n", cmd->usage);
    if (cmd->about)
        printf("\n%s", cmd->about);
    if (options.len)
        printf("%s%s", cmd->about ? "" : "\n", buf_text(&options));
    if (cmd->notes)
        printf("\n%s", cmd->notes);
    buf_free(&options);
}

static bool store(const struct command *cmd, const struct option_spec *o, const char *value)
{
    char *end = NULL;
    errno = 0;
    switch (o->kind) {
    case 's': *(const char **)o->out = value; return true;
    case 'm': {
        const char **list = o->out;
        int n = 0;
        while (list[n])
            n++;
        if (n == 16)
            return misuse(cmd, "%s is given more than 16 times", o->name);
        list[n] = value;
        return true;
    }
    case 'u': {
        unsigned long long v = strtoull(value, &end, 0);
        if (errno || *end || end == value || value[0] < '0' || value[0] > '9')
            return misuse(cmd, "%s: '%s' is not a whole number", o->name, value);
        *(uint64_t *)o->out = v;
        return true;
    }
    case 'f': {
        double v = strtod(value, &end);
        if (errno || *end || end == value || !(v > -1e300 && v < 1e300))
            return misuse(cmd, "%s: '%s' is not a number", o->name, value);
        *(double *)o->out = v;
        return true;
    }
    }
    return misuse(cmd, "%s takes no value", o->name);
}

static bool unknown_option(const struct command *cmd, const struct option_spec *opts,
                           const char *given)
{
    enum { MOST = 64 };
    const char *names[MOST + 1] = {"--json", "--help", NULL};
    for (int i = 0, n = 2; opts[i].name && n < MOST; i++)
        if (!strncmp(opts[i].name, "--", 2))
            names[n++] = opts[i].name;
    const char *meant = strncmp(given, "--", 2) ? NULL : suggest_word(given, names);
    return meant ? misuse(cmd, "unknown option '%s', did you mean '%s'?", given, meant)
                 : misuse(cmd, "unknown option '%s'", given);
}

bool cli_parse(const struct command *cmd, int argc, char **argv, const struct option_spec *opts,
               const char **pos, int max, struct cli_common *common)
{
    int npos = 0;
    bool only_positional = false;
    for (int i = 0; i <= max; i++)
        pos[i] = NULL;
    *common = (struct cli_common){0};
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (only_positional || a[0] != '-' || !a[1]) {
            if (npos == max)
                return misuse(cmd, "unexpected argument '%s'", a);
            pos[npos++] = a;
            continue;
        }
        if (!strcmp(a, "--")) {
            only_positional = true;
            continue;
        }
        if (!strcmp(a, "--help") || !strcmp(a, "-h")) {
            common->help = true;
            help(cmd, opts);
            return true;
        }
        if (!strcmp(a, "--json")) {
            common->json = true;
            continue;
        }
        if (!strcmp(a, "-q")) {
            common->quiet = true;
            continue;
        }
        const char *eq = a[1] == '-' ? strchr(a, '=') : NULL;
        size_t len = eq ? (size_t)(eq - a) : strlen(a);
        const struct option_spec *o = opts;
        while (o->name && (o->kind == 'c' || strlen(o->name) != len || strncmp(o->name, a, len)))
            o++;
        if (!o->name)
            return unknown_option(cmd, opts, a);
        if (o->kind == 'b') {
            if (eq)
                return misuse(cmd, "%s takes no value", o->name);
            *(bool *)o->out = true;
            continue;
        }
        const char *value = eq ? eq + 1 : i + 1 < argc ? argv[++i] : NULL;
        if (!value)
            return misuse(cmd, "%s needs a value", o->name);
        if (!store(cmd, o, value))
            return false;
    }
    return true;
}
