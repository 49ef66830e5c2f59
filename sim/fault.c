/* What a faulted run says: where, what the address holds, registers, callers, and the way there. */
#include "sim/fault.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/exec/engine.h"
#include "sim/host/host.h"
#include "sim/image/names.h"

static void place(struct machine *m, uint32_t addr, char *out, size_t size)
{
    const struct symbol *s = image_elf_function(m->image, addr);
    const struct source_line *l = lines_find(observe_lines(m), addr);
    char name[121];
    int n = s ? snprintf(out, size, "%s+0x%x", image_name_text(s->name, name, sizeof name),
                         addr - s->addr)
              : snprintf(out, size, "?");
    if (l && n > 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, " (%s:%d)", l->file, l->line);
}

/* The region an address is in, the object there, or the regions around the hole. */
static void memory(const struct machine *m, uint32_t addr, char *out, size_t size)
{
    const struct board *b = m->board;
    int r = board_region(b, addr, 1), below = -1, above = -1;
    if (r >= 0) {
        const struct symbol *at = NULL;
        for (size_t i = 0; i < m->image->nsymbols; i++)
            if (addr - m->image->symbol[i].addr < m->image->symbol[i].size)
                at = &m->image->symbol[i];
        char name[61] = "";
        snprintf(out, size, "%s%s%s", b->region[r].name, at ? ", in " : "",
                 at ? image_name_text(at->name, name, sizeof name) : "");
        return;
    }
    for (int i = 0; i < b->nregions; i++) {
        const struct region *g = &b->region[i];
        if (g->base > addr && (above < 0 || g->base < b->region[above].base))
            above = i;
        if (g->base <= addr &&
            (below < 0 ||
             g->base + (g->size - 1) > b->region[below].base + (b->region[below].size - 1)))
            below = i;
    }
    int n = snprintf(out, size, "no memory there");
    if (below >= 0)
        n += snprintf(out + n, size - (size_t)n, "; %s ends at 0x%08x", b->region[below].name,
                      b->region[below].base + (b->region[below].size - 1));
    if (above >= 0)
        snprintf(out + n, size - (size_t)n, "; %s begins at 0x%08x", b->region[above].name,
                 b->region[above].base);
}

static uint32_t reg(const struct machine *m, int id)
{
    uint32_t v = 0;
    uc_reg_read(m->uc, id, &v);
    return v;
}

static void registers(const struct machine *m, uint32_t pc, struct buf *f)
{
    static const struct {
        const char *name;
        int id;
    } special[] = {
        {"xpsr", UC_ARM_REG_XPSR},
        {"msp", UC_ARM_REG_MSP},
        {"psp", UC_ARM_REG_PSP},
        {"control", UC_ARM_REG_CONTROL},
        {"primask", UC_ARM_REG_PRIMASK},
        {"basepri", UC_ARM_REG_BASEPRI},
        {"faultmask", UC_ARM_REG_FAULTMASK},
        {"fpscr", UC_ARM_REG_FPSCR},
    };
    for (int i = 0; i < 16; i++) {
        uint32_t v = reg(m, engine_register(i));
        buf_printf(f, "%sr%-2d 0x%08x%s", i % 4 ? "" : "  ", i, i == 15 ? pc : v,
                   i % 4 == 3 ? "\n" : "  ");
    }
    for (int i = 0; i < 8; i++)
        buf_printf(f, "%s%s 0x%x%s", i % 4 ? "" : "  ", special[i].name, reg(m, special[i].id),
                   i % 4 == 3 ? "\n" : "  ");
    uint32_t cfsr = exceptions_read(m->exceptions, 0xe000ed28, 4),
             hfsr = exceptions_read(m->exceptions, 0xe000ed2c, 4);
    if (cfsr | hfsr)
        buf_printf(f, "  cfsr 0x%08x  hfsr 0x%08x  mmfar 0x%08x  bfar 0x%08x\n", cfsr, hfsr,
                   exceptions_read(m->exceptions, 0xe000ed34, 4),
                   exceptions_read(m->exceptions, 0xe000ed38, 4));
}

static void way(struct machine *m, struct buf *f)
{
    char at[400];
    buf_str(f, "  blocks, the last one first:\n");
    unsigned n = m->recent.n < RECENT ? m->recent.n : RECENT;
    for (unsigned i = 1; i <= n;) {
        const struct path *k = m->recent.path[(m->recent.n - i) % RECENT];
        unsigned times = 1;
        while (i + times <= n && m->recent.path[(m->recent.n - i - times) % RECENT] == k)
            times++;
        place(m, k->addr, at, sizeof at);
        buf_printf(f, "    0x%08x %3u bytes %s", k->addr, k->size, at);
        buf_printf(f, times > 1 ? ", %u times\n" : "\n", times);
        i += times;
    }
}

bool fault_describe(struct machine *m, const char *kind, uint32_t pc, struct err *e)
{
    char at[400], where[160] = "";
    struct buf *f = &m->result.fault;
    place(m, pc, at, sizeof at);
    if (m->stop.access) {
        int n = snprintf(where, sizeof where, " at 0x%08x (", m->stop.addr);
        memory(m, m->stop.addr, where + n, sizeof where - (size_t)n - 2);
        strcat(where, ")");
    }
    buf_printf(f, "%s%s\n  pc 0x%08x %s\n  scope %s, cycle %" PRIu64 "\n", kind, where, pc, at,
               m->scopes.list[m->calls.scope].name, m->time.cycles);
    registers(m, pc, f);
    for (int d = m->calls.depth; d-- > 0 && d >= m->calls.depth - 24;) {
        char c[400];
        place(m, m->calls.frame[d].caller, c, sizeof c);
        buf_printf(f, "  called from 0x%08x %s\n", m->calls.frame[d].caller, c);
    }
    way(m, f);
    return err_set(e, ERR_GUEST, "%s%s, pc 0x%08x %s, scope %s", kind, where, pc, at,
                   m->scopes.list[m->calls.scope].name);
}

static void where(const struct machine *m, uint32_t addr, char out[96])
{
    const struct symbol *s = image_elf_function(m->image, addr);
    char name[65];
    if (s)
        snprintf(out, 96, "%s+0x%x", image_name_text(s->name, name, sizeof name), addr - s->addr);
    else
        snprintf(out, 96, "?");
}

const char *fault_kind(uc_err err)
{
    switch (err) {
    case UC_ERR_READ_UNMAPPED: return "read outside memory";
    case UC_ERR_WRITE_UNMAPPED: return "write outside memory";
    case UC_ERR_FETCH_UNMAPPED: return "execution outside memory";
    case UC_ERR_WRITE_PROT: return "write to read-only memory";
    case UC_ERR_READ_PROT: return "read of protected memory";
    case UC_ERR_FETCH_PROT: return "execution of memory that holds no code";
    case UC_ERR_INSN_INVALID: return "undefined instruction";
    case UC_ERR_READ_UNALIGNED:
    case UC_ERR_WRITE_UNALIGNED: return "unaligned access";
    default: return uc_strerror(err);
    }
}

void fault_hot_spot(const struct machine *m, char *out, size_t size)
{
    const struct path *top = NULL;
    for (const struct path *n = m->code.all; n; n = n->all)
        if (!top || n->count * (uint64_t)(n->cost->cycles + 1) >
                        top->count * (uint64_t)(top->cost->cycles + 1))
            top = n;
    char at[96] = "?";
    if (top)
        where(m, top->addr, at);
    snprintf(out, size, "most cycles at 0x%08x %s", top ? top->addr : 0, at);
}
