#include "cli/target.h"

#include <string.h>

#include "base/data.h"
#include "base/desc.h"

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

static bool copy_name(char *out, size_t size, const char *text, const struct node *n, struct err *e)
{
    if (strlen(text) >= size)
        return node_err(n, e, "name '%s' is too long, expected less than %zu characters", text, size);
    strcpy(out, text);
    return true;
}

/* RAM is the largest run of adjoining `sram` regions; the first flash holds the code. */
static bool take_memory(struct target *t, const struct node *list, struct err *e)
{
    static const char *const kinds[] = {"flash", "sram", "dtcm", "ccm", "itcm", "external", "sdram", NULL};
    struct memory_range run = {0, 0};
    for (size_t i = 0; i < list_len(list); i++) {
        const struct node *m = list_at(list, i);
        const char *alias = NULL;
        uint64_t base, size;
        int kind;
        if (!map_u64(m, "base", 0, UINT32_MAX, &base, e) || !map_u64(m, "size", 1, UINT32_MAX, &size, e) ||
            !map_enum(m, "kind", kinds, &kind, e) || !opt_str(m, "alias_of", &alias, e))
            return false;
        struct memory_range r = {(uint32_t)base, (uint32_t)size};
        if (alias)
            continue;
        if (kind == 0 && !t->flash.size)
            t->flash = r;
        if (kind == 2)
            t->fast = r;
        if (kind == 1) {
            if (run.size && run.base + run.size == r.base)
                run.size += r.size;
            else
                run = r;
            if (run.size > t->ram.size)
                t->ram = run;
        }
    }
    if (!t->flash.size || !t->ram.size)
        return node_err(list, e, "no region of kind %s", t->flash.size ? "sram" : "flash");
    return true;
}

bool target_load(struct target *t, const char *name, struct err *e)
{
    char path[4096];
    if (qemu_machine(t, name))
        return true;
    *t = (struct target){0};
    if (!data_find(path, sizeof path, "board", "sim/boards", name, e))
        return false;
    struct desc *d = desc_load(path, e);
    if (!d)
        return false;
    const struct node *root = desc_root(d), *memory;
    const char *board, *core, *fpu = "";
    bool ok = map_str(root, "name", &board, e) && map_str(root, "core", &core, e) && opt_str(root, "fpu", &fpu, e) &&
              copy_name(t->board, sizeof t->board, board, root, e) && copy_name(t->core, sizeof t->core, core, root, e) &&
              (memory = map_need(root, "memory", e)) && take_memory(t, memory, e);
    t->double_fpu = ok && !strcmp(fpu, "double");
    desc_free(d);
    return ok;
}
