/* etinysim core: the tables of a core as the simulator believes in them. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
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

static void extension_list(uint32_t which, struct buf *out)
{
    for (int x = 0; x < EXT_COUNT; x++)
        if (which >> x & 1)
            buf_printf(out, " %s", cpu_extension_names[x]);
}

static void show_registers(const struct cpu_register *r, int n)
{
    for (int i = 0; i < n; i++)
        printf("  %-9s at 0x%08x reads 0x%08x, writable 0x%08x (%s)\n", r[i].name, r[i].address, r[i].value, r[i].writable,
               r[i].source);
}

/* What the core is beside its timing. */
static void show_cpu(const struct cpu *c)
{
    struct buf b = {0};
    extension_list(c->extensions, &b);
    printf("\nextensions:%s; emulator's model %s; compiler", buf_text(&b), c->emulator);
    for (int i = 0; i < c->nflags; i++)
        printf(" %s", c->flags[i]);
    printf("\nbus %s, bit-band %s, MPU with %u regions, %u bits of priority, CCR 0x%08x of which fixed 0x%08x\n",
           c->axi ? "AXI" : "AHB-Lite", c->bit_band ? "yes" : "no", c->mpu_regions, c->priority_bits, c->ccr, c->ccr_fixed);
    show_registers(c->reg, c->nreg);
    buf_free(&b);
    for (int f = 0; f < c->nfpus; f++) {
        extension_list(c->fpus[f].extensions, &b);
        printf("FPU %s:%s; compiler", cpu_fpu_names[c->fpus[f].kind], buf_text(&b));
        for (int i = 0; i < c->fpus[f].nflags; i++)
            printf(" %s", c->fpus[f].flags[i]);
        printf("\n");
        show_registers(c->fpus[f].reg, c->fpus[f].nreg);
        buf_free(&b);
    }
}

static void register_rows(cJSON *rows, const struct cpu_register *r, int n, const char *fpu)
{
    for (int i = 0; i < n; i++) {
        cJSON *o = cJSON_CreateObject();
        cJSON_AddItemToArray(rows, o);
        cJSON_AddStringToObject(o, "name", r[i].name);
        if (fpu)
            cJSON_AddStringToObject(o, "fpu", fpu);
        cJSON_AddNumberToObject(o, "address", r[i].address);
        cJSON_AddNumberToObject(o, "value", r[i].value);
        cJSON_AddNumberToObject(o, "writable", r[i].writable);
        cJSON_AddStringToObject(o, "source", r[i].source);
    }
}

static void cpu_json(cJSON *json, const struct cpu *c)
{
    cJSON *extensions = cJSON_AddArrayToObject(json, "extensions");
    for (int x = 0; x < EXT_COUNT; x++)
        if (cpu_has(c, (enum cpu_extension)x))
            cJSON_AddItemToArray(extensions, cJSON_CreateString(cpu_extension_names[x]));
    cJSON_AddStringToObject(json, "emulator", c->emulator);
    cJSON_AddBoolToObject(json, "axi", c->axi);
    cJSON_AddBoolToObject(json, "bit_band", c->bit_band);
    cJSON_AddNumberToObject(json, "mpu_regions", c->mpu_regions);
    cJSON_AddNumberToObject(json, "priority_bits", c->priority_bits);
    cJSON *rows = cJSON_AddArrayToObject(json, "registers");
    register_rows(rows, c->reg, c->nreg, NULL);
    for (int f = 0; f < c->nfpus; f++)
        register_rows(rows, c->fpus[f].reg, c->fpus[f].nreg, cpu_fpu_names[c->fpus[f].kind]);
}

static int show_json(const struct isa *isa)
{
    cJSON *json = cJSON_CreateObject();
    struct isa_row r;
    cJSON_AddStringToObject(json, "core", isa_cpu(isa)->name);
    cJSON_AddStringToObject(json, "fpu", cpu_fpu_names[isa_cpu(isa)->fpu->kind]);
    cpu_json(json, isa_cpu(isa));
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
    printf("core %s, FPU %s\n", isa_cpu(isa)->name, cpu_fpu_names[isa_cpu(isa)->fpu->kind]);
    show_cpu(isa_cpu(isa));
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
