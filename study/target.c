#include "study/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "base/desc.h"
#include "isa/cpu.h"
#include "sim/boards/board.h"

static bool copy_name(char *out, size_t size, const char *text, const char *path, struct err *e)
{
    int n = snprintf(out, size, "%s", text);
    return (n >= 0 && (size_t)n < size) ||
           err_at(e, path, 0, "name '%s' is too long, expected less than %zu characters", text,
                  size);
}

/* What the compiler has to be told of the core and its FPU. */
static bool take_core(struct target *t, const char *fpu, struct err *e)
{
    struct cpu c;
    if (!cpu_load(&c, t->core, e) || !cpu_take_fpu(&c, fpu, e))
        return false;
    t->dual_issue = c.dual_issue;
    for (int i = 0; i < c.nflags; i++)
        strcpy(t->flag[t->nflags++], c.flags[i]);
    for (int i = 0; i < c.fpu->nflags; i++)
        strcpy(t->flag[t->nflags++], c.fpu->flags[i]);
    return true;
}

static bool take_machine(struct target *t, const struct desc_node *m, const char *path,
                         struct err *e)
{
    const char *name, *core, *fpu, *family, *startup;
    uint64_t flash, ram, ram_bytes;
    if (!desc_map_str(m, "name", &name, e) || !desc_map_str(m, "core", &core, e) ||
        !desc_map_str(m, "fpu", &fpu, e) || !desc_map_str(m, "family", &family, e) ||
        !desc_map_str(m, "startup", &startup, e) ||
        !desc_map_u64(m, "flash_bytes", 1, UINT32_MAX, &flash, e) ||
        !desc_map_u64(m, "ram", 0, UINT32_MAX, &ram, e) ||
        !desc_map_u64(m, "ram_bytes", 1, UINT32_MAX, &ram_bytes, e) || !desc_map_done(m, e))
        return false;
    *t =
        (struct target){.flash = {0, (uint32_t)flash}, .ram = {(uint32_t)ram, (uint32_t)ram_bytes}};
    return copy_name(t->board, sizeof t->board, name, path, e) &&
           copy_name(t->core, sizeof t->core, core, path, e) &&
           copy_name(t->family, sizeof t->family, family, path, e) &&
           copy_name(t->startup, sizeof t->startup, startup, path, e) && take_core(t, fpu, e);
}

/* A machine of qemu's of this name; false without an error when there is none. */
static bool find_machine(struct target *t, const char *wanted, struct err *e)
{
    char path[4096];
    struct desc *d =
        data_need(path, sizeof path, "study/machines.yaml", e) ? desc_load(path, e) : NULL;
    const struct desc_node *list = d ? desc_map_need(desc_root(d), "list", e) : NULL;
    bool found = false;
    for (size_t i = 0; i < desc_list_len(list) && !found; i++) {
        const char *name;
        found = desc_map_str(desc_list_at(list, i), "name", &name, e) && !strcmp(name, wanted) &&
                take_machine(t, desc_list_at(list, i), path, e);
    }
    desc_free(d);
    return found;
}

static void add_bank(struct target *t, const struct region *m)
{
    _Static_assert(sizeof t->bank / sizeof *t->bank >= MAX_REGIONS, "as many as a board may have");
    struct target_bank *b = &t->bank[t->nbanks++];
    b->range = (struct memory_range){m->base, m->size};
    snprintf(b->name, sizeof b->name, "%s", m->name);
    if (m->cached != CACHED_NO)
        snprintf(b->pace, sizeof b->pace, "through the data cache");
    else if (m->grant_load || m->grant_stores)
        snprintf(b->pace, sizeof b->pace, "%u more for a run of loads, %u of stores",
                 (unsigned)m->grant_load, (unsigned)m->grant_stores);
    else
        snprintf(b->pace, sizeof b->pace, "no waits");
}

/* RAM is the largest run of adjoining regions of ordinary SRAM; the first flash holds the code. */
static bool take_memory(struct target *t, const struct board *b, struct err *e)
{
    struct memory_range run = {0, 0};
    for (int i = 0; i < b->nregions; i++) {
        const struct region *m = &b->region[i];
        const struct memory_range r = {m->base, m->size};
        if (m->alias_of >= 0)
            continue;
        if (m->kind == REGION_SRAM || m->kind == REGION_DTCM)
            add_bank(t, m);
        if (m->kind == REGION_FLASH && !t->flash.size)
            t->flash = r;
        if (m->kind == REGION_DTCM)
            t->fast = r;
        if (m->kind != REGION_SRAM)
            continue;
        if (run.size && run.base + run.size == r.base)
            run.size += r.size;
        else
            run = r;
        if (run.size > t->ram.size)
            t->ram = run;
    }
    return (t->flash.size && t->ram.size) ||
           err_at(e, b->path, 0, "no region of kind %s",
                  board_region_kind_names[t->flash.size ? REGION_SRAM : REGION_FLASH]);
}

bool target_load(struct target *t, const char *name, struct err *e)
{
    if (find_machine(t, name, e) || (e && e->code))
        return !e || !e->code;
    *t = (struct target){0};
    struct board *b = board_load(name, e);
    _Static_assert(sizeof t->define == sizeof b->define, "as many as a board may have");
    if (b) {
        t->ndefines = b->ndefines;
        memcpy(t->define, b->define, sizeof t->define);
    }
    bool ok = b && copy_name(t->board, sizeof t->board, b->name, b->path, e) &&
              copy_name(t->core, sizeof t->core, b->core, b->path, e) &&
              copy_name(t->family, sizeof t->family, b->family, b->path, e) &&
              copy_name(t->startup, sizeof t->startup, b->ndefines ? b->family : b->startup,
                        b->path, e) &&
              take_memory(t, b, e) && take_core(t, b->fpu, e);
    free(b);
    return ok;
}
