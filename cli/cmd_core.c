/* etinysim core: the tables of a core as the simulator believes in them. */
#include <string.h>

#include "cli/catalogue.h"
#include "isa/isa.h"

static void extension_list(uint32_t which, struct buf *out)
{
    for (int x = 0; x < EXT_COUNT; x++)
        if (which >> x & 1)
            buf_printf(out, " %s", cpu_extension_names[x]);
}

static void show_registers(const struct cpu_register *r, int n, struct buf *out)
{
    for (int i = 0; i < n; i++)
        buf_printf(out, "  %-9s at 0x%08x reads 0x%08x, writable 0x%08x (%s)\n", r[i].name,
                   r[i].address, r[i].value, r[i].writable, r[i].source);
}

/* What the core is beside its timing. */
static void show_cpu(const struct cpu *c, struct buf *out)
{
    buf_str(out, "\nextensions:");
    extension_list(c->extensions, out);
    buf_printf(out, "; emulator's model %s; compiler", c->emulator);
    for (int i = 0; i < c->nflags; i++)
        buf_printf(out, " %s", c->flags[i]);
    buf_printf(out,
               "\nbus %s, bit-band %s, MPU with %u regions, %u bits of priority, CCR 0x%08x of "
               "which fixed 0x%08x\n",
               c->axi ? "AXI" : "AHB-Lite", c->bit_band ? "yes" : "no", c->mpu_regions,
               c->priority_bits, c->ccr, c->ccr_fixed);
    show_registers(c->reg, c->nreg, out);
    for (int f = 0; f < c->nfpus; f++) {
        buf_printf(out, "FPU %s:", cpu_fpu_names[c->fpus[f].kind]);
        extension_list(c->fpus[f].extensions, out);
        buf_str(out, "; compiler");
        for (int i = 0; i < c->fpus[f].nflags; i++)
            buf_printf(out, " %s", c->fpus[f].flags[i]);
        buf_str(out, "\n");
        show_registers(c->fpus[f].reg, c->fpus[f].nreg, out);
    }
}

static void register_rows(cJSON *rows, const struct cpu_register *r, int n, const char *fpu)
{
    for (int i = 0; i < n; i++) {
        cJSON *o = json_object(rows, NULL);
        json_text(o, "name", r[i].name);
        if (fpu)
            json_text(o, "fpu", fpu);
        json_uint(o, "address", r[i].address);
        json_uint(o, "value", r[i].value);
        json_uint(o, "writable", r[i].writable);
        json_text(o, "source", r[i].source);
    }
}

static void cpu_json(cJSON *json, const struct cpu *c)
{
    cJSON *extensions = json_array(json, "extensions");
    for (int x = 0; x < EXT_COUNT; x++)
        if (cpu_has(c, (enum cpu_extension)x))
            json_text(extensions, NULL, cpu_extension_names[x]);
    json_text(json, "emulator", c->emulator);
    json_bool(json, "axi", c->axi);
    json_bool(json, "bit_band", c->bit_band);
    json_uint(json, "mpu_regions", c->mpu_regions);
    json_uint(json, "priority_bits", c->priority_bits);
    cJSON *rows = json_array(json, "registers");
    register_rows(rows, c->reg, c->nreg, NULL);
    for (int f = 0; f < c->nfpus; f++)
        register_rows(rows, c->fpus[f].reg, c->fpus[f].nreg, cpu_fpu_names[c->fpus[f].kind]);
}

static void show_json(const struct isa *isa, cJSON *json)
{
    struct isa_row r;
    json_text(json, "core", isa_cpu(isa)->name);
    json_text(json, "fpu", cpu_fpu_names[isa_cpu(isa)->fpu->kind]);
    cpu_json(json, isa_cpu(isa));
    cJSON *rules = json_array(json, "rules"), *classes = json_array(json, "classes");
    cJSON *absent = json_array(json, "absent"), *ledger = json_array(json, "ledger");
    for (size_t i = 0; isa_row_at(isa, i, &r); i++) {
        if (!strcmp(r.table, "absent")) {
            json_text(absent, NULL, r.name);
            continue;
        }
        bool note = !strcmp(r.table, "ledger");
        cJSON *o = json_object(note ? ledger : !strcmp(r.table, "rule") ? rules : classes, NULL);
        json_text(o, "name", r.name);
        if (!note)
            json_int(o, "cycles", r.cycles);
        json_text(o, note ? "status" : "source", r.source);
        if (r.also)
            json_text(o, "also", r.also);
        json_text(o, "what", r.what);
    }
}

static const char *heading(const char *table)
{
    if (!strcmp(table, "rule"))
        return "rule                   cycles  what (source)";
    if (!strcmp(table, "class"))
        return "class                  cycles  (source)";
    return "part of the core                            status";
}

static void show_text(const struct isa *isa, struct buf *out)
{
    struct isa_row r;
    const char *table = "";
    int assumed = 0, rows = 0;
    buf_printf(out, "core %s, FPU %s\n", isa_cpu(isa)->name,
               cpu_fpu_names[isa_cpu(isa)->fpu->kind]);
    show_cpu(isa_cpu(isa), out);
    for (size_t i = 0; isa_row_at(isa, i, &r); i++) {
        if (!strcmp(r.table, "absent"))
            continue;
        if (strcmp(table, r.table))
            buf_printf(out, "\n%s\n", heading(r.table));
        table = r.table;
        if (!strcmp(r.table, "ledger")) {
            buf_printf(out, "  %-41s %-12s %s\n", r.name, r.source, r.what);
            continue;
        }
        buf_printf(out, "  %-22s %4d  %s%s(%s%s%s)\n", r.name, r.cycles, r.what,
                   r.what[0] ? " " : "", r.source, r.also ? ", " : "", r.also ? r.also : "");
        assumed += r.assumed;
        rows++;
    }
    buf_str(out, "\nnot on this core:");
    for (size_t i = 0; isa_row_at(isa, i, &r); i++)
        if (!strcmp(r.table, "absent"))
            buf_printf(out, " %s", r.name);
    buf_printf(out, "\n%d of %d figures are assumed\n", assumed, rows);
}

static bool show(const char *name, cJSON *json, struct buf *text, struct err *e)
{
    struct isa *isa = isa_open(name, e);
    if (!isa)
        return false;
    if (json)
        show_json(isa, json);
    else
        show_text(isa, text);
    isa_close(isa);
    return true;
}

static int run(int argc, char **argv);

const struct command cmd_core = {
    .name = "core",
    .brief = "timing tables of a core, with their sources",
    .usage = "core list|show NAME [--json]",
    .about = "  list        names of the cores\n"
             "  show NAME   rules and classes with cycles and source, and what is modelled,\n"
             "              approximated or ignored\n",
    .notes = "NAME is a file of isa/cores without its ending, or a path to a .yaml file.\n",
    .run = run,
};

static int run(int argc, char **argv)
{
    const struct catalogue cores = {.folder = "isa/cores", .show = show};
    return catalogue_run(&cmd_core, &cores, argc, argv);
}
