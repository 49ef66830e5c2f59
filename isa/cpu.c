#include "isa/cpu.h"

#include <stdio.h>
#include <string.h>

#include "base/data.h"
#include "base/desc.h"

const char *const cpu_extension_names[] = {
    [EXT_V7M] = "v7-M",        [EXT_DSP] = "DSP",         [EXT_FPV4_SP] = "FPv4-SP",
    [EXT_FPV5_SP] = "FPv5-SP", [EXT_FPV5_DP] = "FPv5-DP", [EXT_COUNT] = NULL,
};
const char *const cpu_fpu_names[] = {"none", "single", "double", NULL};
static const char *const bus_names[] = {"ahb", "axi", NULL};
static const char *const mpu_names[] = {"PMSAv7", NULL};

static bool text(const struct desc_node *n, char *out, size_t size, struct err *e)
{
    const char *s;
    if (!desc_str(n, &s, e))
        return false;
    if (strlen(s) >= size)
        return desc_err(n, e, "'%s' is longer than %zu characters", s, size - 1);
    memcpy(out, s, strlen(s) + 1);
    return true;
}

static bool texts(const struct desc_node *list, char out[CPU_FLAGS][32], int *count, struct err *e)
{
    if (desc_list_len(list) > CPU_FLAGS)
        return desc_err(list, e, "more than %d compiler flags", CPU_FLAGS);
    for (size_t i = 0; i < desc_list_len(list); i++)
        if (!text(desc_list_at(list, i), out[(*count)++], sizeof out[0], e))
            return false;
    return true;
}

static bool extensions(const struct desc_node *list, uint32_t *out, struct err *e)
{
    for (size_t i = 0; i < desc_list_len(list); i++) {
        int x;
        if (!desc_enum(desc_list_at(list, i), cpu_extension_names, &x, e))
            return false;
        *out |= 1u << x;
    }
    return true;
}

static bool registers(const struct desc_node *list, struct cpu_register *out, int max, int *count,
                      struct err *e)
{
    for (size_t i = 0; i < desc_list_len(list); i++) {
        const struct desc_node *m = desc_list_at(list, i), *name = desc_map_need(m, "name", e);
        uint64_t address, value, writable = 0;
        const char *source;
        bool assumed;
        if (*count == max)
            return desc_err(m, e, "more than %d registers", max);
        struct cpu_register *r = &out[(*count)++];
        if (!name || !text(name, r->name, sizeof r->name, e) ||
            !desc_map_u64(m, "address", 0xe0000000, UINT32_MAX, &address, e) ||
            !desc_map_u64(m, "value", 0, UINT32_MAX, &value, e) ||
            !desc_opt_u64(m, "writable", 0, UINT32_MAX, &writable, e) ||
            !desc_map_source(m, &source, &assumed, e) || !desc_map_done(m, e))
            return false;
        r->address = (uint32_t)address;
        r->value = (uint32_t)value;
        r->writable = (uint32_t)writable;
        snprintf(r->source, sizeof r->source, "%s", source);
    }
    return true;
}

static bool read_fpus(struct cpu *c, const struct desc_node *list, struct err *e)
{
    if (!desc_list_len(list) || desc_list_len(list) > CPU_FPUS)
        return desc_err(list, e, "expected 1 to %d FPUs, the best last", CPU_FPUS);
    for (size_t i = 0; i < desc_list_len(list); i++) {
        const struct desc_node *m = desc_list_at(list, i);
        struct cpu_fpu *f = &c->fpus[c->nfpus++];
        if (!desc_map_enum(m, "fpu", cpu_fpu_names, &f->kind, e) ||
            !extensions(desc_map_get(m, "extensions"), &f->extensions, e) ||
            !texts(desc_map_get(m, "flags"), f->flags, &f->nflags, e) ||
            !registers(desc_map_get(m, "registers"), f->reg, CPU_FPU_REGISTERS, &f->nreg, e) ||
            !desc_map_done(m, e))
            return false;
    }
    c->fpu = &c->fpus[c->nfpus - 1];
    return true;
}

static bool read_ccr(struct cpu *c, const struct desc_node *m, struct err *e)
{
    uint64_t value, fixed;
    const char *source;
    bool assumed;
    if (!m || !desc_map_u64(m, "value", 0, UINT32_MAX, &value, e) ||
        !desc_map_u64(m, "fixed", 0, value, &fixed, e) ||
        !desc_map_source(m, &source, &assumed, e) || !desc_map_done(m, e))
        return false;
    if (fixed & ~value)
        return desc_err(m, e, "bits that are fixed but 0 are not modelled");
    c->ccr = (uint32_t)value;
    c->ccr_fixed = (uint32_t)fixed;
    return true;
}

static bool read_section(struct cpu *c, const struct desc_node *m, struct err *e)
{
    const struct desc_node *emulator = desc_map_need(m, "emulator", e),
                           *fpus = desc_map_need(m, "fpus", e);
    uint64_t regions = 0, priority = 0;
    int bus, mpu;
    if (!emulator || !text(emulator, c->emulator, sizeof c->emulator, e) || !fpus ||
        !read_fpus(c, fpus, e) || !extensions(desc_map_get(m, "extensions"), &c->extensions, e) ||
        !texts(desc_map_get(m, "flags"), c->flags, &c->nflags, e) ||
        !desc_opt_bool(m, "dual_issue", &c->dual_issue, e) ||
        !desc_map_enum(m, "bus", bus_names, &bus, e) ||
        !desc_opt_bool(m, "bit_band", &c->bit_band, e) ||
        !desc_map_enum(m, "mpu", mpu_names, &mpu, e) ||
        !desc_map_u64(m, "mpu_regions", 8, 16, &regions, e) ||
        !desc_map_u64(m, "priority_bits", 3, 8, &priority, e) ||
        !read_ccr(c, desc_map_need(m, "ccr", e), e) ||
        !registers(desc_map_get(m, "registers"), c->reg, CPU_REGISTERS, &c->nreg, e))
        return false;
    c->axi = bus != 0;
    c->mpu_regions = (uint32_t)regions;
    c->priority_bits = (uint32_t)priority;
    return desc_map_done(m, e);
}

bool cpu_read(struct cpu *c, const struct desc_node *root, struct err *e)
{
    const struct desc_node *name = desc_map_need(root, "name", e),
                           *section = desc_map_need(root, "core", e);
    *c = (struct cpu){.fpu = NULL};
    return name && section && text(name, c->name, sizeof c->name, e) && read_section(c, section, e);
}

bool cpu_load(struct cpu *c, const char *name, struct err *e)
{
    char path[4096];
    struct desc *d = NULL;
    bool ok = data_find(path, sizeof path, "core", "isa/cores", name, e) &&
              (d = desc_load(path, e)) && cpu_read(c, desc_root(d), e);
    desc_free(d);
    return ok;
}

bool cpu_take_fpu(struct cpu *c, const char *fpu, struct err *e)
{
    for (int i = 0; i < c->nfpus; i++)
        if (!strcmp(cpu_fpu_names[c->fpus[i].kind], fpu)) {
            c->fpu = &c->fpus[i];
            return true;
        }
    return err_set(e, ERR_INPUT, "%s has no %s-precision FPU", c->name, fpu);
}

bool cpu_has(const struct cpu *c, enum cpu_extension x)
{
    return (c->extensions | c->fpu->extensions) >> x & 1;
}

const struct cpu_register *cpu_register(const struct cpu *c, uint32_t address)
{
    for (int i = 0; i < c->nreg; i++)
        if (c->reg[i].address == address)
            return &c->reg[i];
    for (int i = 0; i < c->fpu->nreg; i++)
        if (c->fpu->reg[i].address == address)
            return &c->fpu->reg[i];
    return NULL;
}
