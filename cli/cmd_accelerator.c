#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "cli/cli.h"
#include "costmodel/calibrate.h"

extern const struct command cmd_accelerator, cmd_accel;

static const char help[] =
    "etinysim accelerator list            names of the accelerators\n"
    "etinysim accelerator show NAME       what the model believes of it: every number with its source\n"
    "\n"
    "NAME is a file of costmodel/accelerators without its ending, or a path to a .yaml file.\n"
    "`accel` is the same command. The schema is in docs/npu.md.\n";

struct sink {
    cJSON *json; /* NULL: text */
};

static void parameter(void *with, const char *path, double value)
{
    struct sink *s = with;
    if (s->json)
        cJSON_AddNumberToObject(s->json, path, value);
    else
        printf("  %-36s %.12g\n", path, value);
}

static bool print_json(cJSON *o, struct err *e)
{
    char *text = cJSON_Print(o);
    cJSON_Delete(o);
    if (!text)
        return err_nomem(e);
    puts(text);
    free(text);
    return true;
}

static bool list(bool json, struct err *e)
{
    char **names = data_list("costmodel/accelerators", e);
    if (!names)
        return false;
    cJSON *array = json ? cJSON_CreateArray() : NULL;
    for (int i = 0; names[i]; i++) {
        if (json)
            cJSON_AddItemToArray(array, cJSON_CreateString(names[i]));
        else
            puts(names[i]);
    }
    free(names);
    return !json || print_json(array, e);
}

static bool show(const char *name, bool json, struct err *e)
{
    struct calibrated f;
    struct accelerator *a = accelerator_load(name, NULL, e);
    bool ok = a && accelerator_calibrate(a, &f, e);
    if (ok) {
        cJSON *o = json ? cJSON_CreateObject() : NULL, *values = json ? cJSON_AddObjectToObject(o, "parameters") : NULL,
              *notes = json ? cJSON_AddArrayToObject(o, "sources") : NULL;
        struct sink sink = {values};
        if (json) {
            cJSON_AddStringToObject(o, "accelerator", a->name);
            cJSON_AddStringToObject(o, "title", a->title);
            cJSON_AddStringToObject(o, "energy_table", a->energy.name);
        } else {
            printf("%s: %s, energy table %s\n", a->name, a->title, a->energy.name);
        }
        accelerator_parameters(a, parameter, &sink);
        if (!json)
            puts("sources");
        for (int i = 0; i < a->nnotes; i++) {
            if (json) {
                cJSON *x = cJSON_CreateObject();
                cJSON_AddStringToObject(x, "numbers", a->note[i].what);
                cJSON_AddStringToObject(x, "source", a->note[i].source);
                cJSON_AddItemToArray(notes, x);
            } else {
                printf("  %-24s %s\n", a->note[i].what, a->note[i].source);
            }
        }
        if (!json)
            printf("  %-24s %s\n", "lut_pj", a->lut_source);
        ok = !json || print_json(o, e);
    }
    free(a);
    return ok;
}

static int run_as(const struct command *cmd, int argc, char **argv)
{
    const struct option_spec none[] = {{0}};
    const char *pos[3];
    struct cli_common common;
    struct err e = {0};
    if (!cli_parse(cmd, argc, argv, none, pos, 2, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    bool ok;
    if (pos[0] && !strcmp(pos[0], "list") && !pos[1])
        ok = list(common.json, &e);
    else if (pos[0] && !strcmp(pos[0], "show") && pos[1])
        ok = show(pos[1], common.json, &e);
    else
        ok = err_set(&e, ERR_INPUT, "expected `list` or `show NAME`");
    return ok ? 0 : cli_fail(cmd, &e);
}

static int run(int argc, char **argv)
{
    return run_as(&cmd_accelerator, argc, argv);
}

static int run_short(int argc, char **argv)
{
    return run_as(&cmd_accel, argc, argv);
}

const struct command cmd_accelerator = {"accelerator", "FPGA and NPU descriptions: list, show", help, run};
const struct command cmd_accel = {"accel", "short for accelerator", help, run_short};
