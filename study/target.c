#include "study/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/boards/board.h"

/* The memory map of qemu's machines is part of qemu, not of a board file: 4 MiB of code at 0, 4 MiB of data (source: an386). */
static bool qemu_machine(struct target *t, const char *name)
{
    if (strcmp(name, "mps2-an386") && strcmp(name, "mps2-an500"))
        return false;
    *t = (struct target){.flash = {0, 4 << 20}, .ram = {0x20000000, 4 << 20}};
    strcpy(t->board, name);
    strcpy(t->core, strcmp(name, "mps2-an386") ? "cortex-m7" : "cortex-m4");
    return true;
}

static bool copy_name(char *out, size_t size, const char *text, const struct board *b, struct err *e)
{
    int n = snprintf(out, size, "%s", text);
    return (n >= 0 && (size_t)n < size) ||
           err_at(e, b->path, 0, "name '%s' is too long, expected less than %zu characters", text, size);
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
           err_at(e, b->path, 0, "no region of kind %s", board_region_kind_names[t->flash.size ? REGION_SRAM : REGION_FLASH]);
}

bool target_load(struct target *t, const char *name, struct err *e)
{
    if (qemu_machine(t, name))
        return true;
    *t = (struct target){0};
    struct board *b = board_load(name, e);
    bool ok = b && copy_name(t->board, sizeof t->board, b->name, b, e) &&
              copy_name(t->core, sizeof t->core, b->core, b, e) && take_memory(t, b, e);
    t->double_fpu = ok && !strcmp(b->fpu, "double");
    free(b);
    return ok;
}
