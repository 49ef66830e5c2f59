/* etinysim core: the tables of a core as the simulator believes in them. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "cli/cli.h"
#include "isa/isa.h"

extern const struct command cmd_core;

static const char help[] =
    "etinysim core list          names of the cores\n"
    "etinysim core show NAME     rules and classes with cycles and source, and what is modelled,\n"
    "                            approximated or ignored\n"
    "\n"
    "NAME is a file of isa/cores without its ending, or a path to a .yaml file.\n";

static int print_json(cJSON *json)
{
    char *text = json ? cJSON_Print(json) : NULL;
    cJSON_Delete(json);
    if (!text)
        return ERR_ENV;
    puts(text);
    free(text);
    return 0;
}

static int list(const struct cli_common *common)
{
    struct err e = {0};
    char **names = data_list("isa/cores", &e);
    if (!names)
        return cli_fail(&cmd_core, &e);
    cJSON *json = common->json ? cJSON_CreateArray() : NULL;
    for (int i = 0; names[i]; i++) {
        if (json)
            cJSON_AddItemToArray(json, cJSON_CreateString(names[i]));
        else
            puts(names[i]);
    }
    free(names);
    return json ? print_json(json) : 0;
}

static int show_json(const struct isa *isa)
{
    cJSON *json = cJSON_CreateObject();
    struct isa_row r;
    cJSON_AddStringToObject(json, "core", isa_core(isa));
    cJSON_AddStringToObject(json, "fpu", isa_fpu(isa));
    cJSON *rules = cJSON_AddArrayToObject(json, "rules"), *classes = cJSON_AddArrayToObject(json, "classes");
    cJSON *absent = cJSON_AddArrayToObject(json, "absent"), *ledger = cJSON_AddArrayToObject(json, "ledger");
    for (size_t i = 0; isa_row_at(isa, i, &r); i++) {
        if (!strcmp(r.table, "absent")) {
            cJSON_AddItemToArray(absent, cJSON_CreateString(r.name));
            continue;
        }
        cJSON *o = cJSON_CreateObject();
        bool note = !strcmp(r.table, "ledger");
        cJSON_AddItemToArray(note ? ledger : !strcmp(r.table, "rule") ? rules : classes, o);
        cJSON_AddStringToObject(o, "name", r.name);
        if (!note)
            cJSON_AddNumberToObject(o, "cycles", r.cycles);
        cJSON_AddStringToObject(o, note ? "status" : "source", r.source);
        if (r.also)
            cJSON_AddStringToObject(o, "also", r.also);
        cJSON_AddStringToObject(o, "what", r.what);
    }
    return print_json(json);
}

static int show(const struct command *cmd, const char *name, const struct cli_common *common)
{
    struct err e = {0};
    struct isa *isa = isa_open(name, &e);
    struct isa_row r;
    const char *table = "";
    int assumed = 0, rows = 0;
    if (!isa)
        return cli_fail(cmd, &e);
    if (common->json) {
        int rc = show_json(isa);
        isa_close(isa);
        return rc;
    }
    printf("core %s, FPU %s\n", isa_core(isa), isa_fpu(isa));
    for (size_t i = 0; isa_row_at(isa, i, &r); i++) {
        if (!strcmp(r.table, "absent"))
            continue;
        if (strcmp(table, r.table))
            printf("\n%s\n", !strcmp(r.table, "rule")    ? "rule                   cycles  what (source)"
                             : !strcmp(r.table, "class") ? "class                  cycles  (source)"
                                                         : "part of the core                            status");
        table = r.table;
        if (!strcmp(r.table, "ledger")) {
            printf("  %-41s %-12s %s\n", r.name, r.source, r.what);
            continue;
        }
        printf("  %-22s %4d  %s%s(%s%s%s)\n", r.name, r.cycles, r.what, r.what[0] ? " " : "", r.source, r.also ? ", " : "",
               r.also ? r.also : "");
        assumed += r.assumed, rows++;
    }
    printf("\nnot on this core:");
    for (size_t i = 0; isa_row_at(isa, i, &r); i++)
        if (!strcmp(r.table, "absent"))
            printf(" %s", r.name);
    printf("\n%d of %d figures are assumed\n", assumed, rows);
    isa_close(isa);
    return 0;
}

static int run(int argc, char **argv)
{
    static const struct option_spec none[] = {{0}};
    const char *pos[3];
    struct cli_common common;
    if (!cli_parse(&cmd_core, argc, argv, none, pos, 2, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    if (pos[0] && !strcmp(pos[0], "list") && !pos[1])
        return list(&common);
    if (pos[0] && !strcmp(pos[0], "show") && pos[1])
        return show(&cmd_core, pos[1], &common);
    fputs("etinysim core: expected 'list' or 'show NAME' (see etinysim core --help)\n", stderr);
    return ERR_INPUT;
}

const struct command cmd_core = {"core", "timing tables of a core, with their sources", help, run};
