#include "sim/image/lines.h"

#include <elfutils/libdw.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { MAX_ROWS = 4 << 20 };

struct owner {
    Elf *elf;
    Dwarf *dwarf;
    char *copy; /* libelf may write into what it was given */
};

static int by_address(const void *a, const void *b)
{
    const struct source_line *x = a, *y = b;
    return x->addr < y->addr ? -1 : x->addr > y->addr ? 1 : x->end < y->end ? -1 : x->end > y->end;
}

static bool add_unit(struct line_table *l, size_t *cap, Dwarf_Die *cu, struct err *e)
{
    Dwarf_Lines *rows;
    size_t n;
    if (dwarf_getsrclines(cu, &rows, &n))
        return true;
    for (size_t i = 0; i + 1 < n && l->n < MAX_ROWS; i++) {
        Dwarf_Line *a = dwarf_onesrcline(rows, i), *b = dwarf_onesrcline(rows, i + 1);
        Dwarf_Addr from = 0, to = 0;
        int line = 0;
        bool ends = false;
        if (!a || !b || dwarf_lineendsequence(a, &ends) || ends || dwarf_lineaddr(a, &from) ||
            dwarf_lineaddr(b, &to) || dwarf_lineno(a, &line) || from >= to || to > UINT32_MAX ||
            line <= 0)
            continue;
        const char *file = dwarf_linesrc(a, NULL, NULL);
        if (!file)
            continue;
        struct source_line *p = buf_grow(l->row, l->n, cap, sizeof *p);
        if (!p)
            return err_nomem(e);
        l->row = p;
        l->row[l->n++] = (struct source_line){
            .addr = (uint32_t)from, .end = (uint32_t)to, .line = line, .file = file};
    }
    return true;
}

struct line_table *lines_load(const char *elf, size_t size, struct err *e)
{
    struct line_table *l = calloc(1, sizeof *l);
    struct owner *o = calloc(1, sizeof *o);
    size_t cap = 0;
    bool ok = l && o && (o->copy = malloc(size + 1)) != NULL;
    if (!ok)
        err_nomem(e);
    if (l)
        l->owner = o;
    else
        free(o);
    if (ok) {
        memcpy(o->copy, elf, size);
        elf_version(EV_CURRENT);
        o->elf = elf_memory(o->copy, size);
        o->dwarf = o->elf ? dwarf_begin_elf(o->elf, DWARF_C_READ, NULL) : NULL;
    }
    Dwarf_Off off = 0, next;
    size_t header;
    while (ok && o->dwarf && dwarf_nextcu(o->dwarf, off, &next, &header, NULL, NULL, NULL) == 0) {
        Dwarf_Die cu;
        if (dwarf_offdie(o->dwarf, off + header, &cu))
            ok = add_unit(l, &cap, &cu, e);
        if (next <= off)
            break;
        off = next;
    }
    if (!ok) {
        lines_free(l);
        return NULL;
    }
    if (l->n) {
        qsort(l->row, l->n, sizeof *l->row, by_address);
        /* Sections the linker dropped lie at address 0 and overlap: each row ends where the next
         * begins. */
        for (size_t i = 0; i + 1 < l->n; i++)
            if (l->row[i].end > l->row[i + 1].addr)
                l->row[i].end = l->row[i + 1].addr;
    }
    return l;
}

const struct source_line *lines_find(const struct line_table *l, uint32_t addr)
{
    size_t lo = 0, hi = l ? l->n : 0;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (l->row[mid].addr <= addr)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo && addr < l->row[lo - 1].end ? &l->row[lo - 1] : NULL;
}

void lines_free(struct line_table *l)
{
    if (!l)
        return;
    struct owner *o = l->owner;
    if (o) {
        dwarf_end(o->dwarf);
        elf_end(o->elf);
        free(o->copy);
    }
    free(o);
    free(l->row);
    free(l);
}
