/* Who watches a run: profiles. Installed only when asked for; a run without them pays nothing. */
#include <stdlib.h>
#include <string.h>

#include "sim/exec/access.h"
#include "sim/exec/engine.h"
#include "sim/host/host.h"
#include "sim/image/names.h"

static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct machine *m = user;
    (void)uc;
    (void)size;
    /* After the machine's own hook: the block before is complete, this one has begun unless it has
     * to wait. */
    if (m->stop.why != STOP_NONE || m->cursor.phase != PHASE_NEW)
        return;
    observe_flush(m, (uint32_t)address, m->cursor.start);
    m->cursor.observed = m->cursor.path;
}

static void on_access(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
                      void *user)
{
    struct machine *m = user;
    (void)uc;
    (void)value;
    int r = board_region(m->board, (uint32_t)address, 1);
    if (m->stop.why == STOP_NONE && r >= 0 && m->board->region[r].kind != REGION_FLASH)
        profile_access(m->host->profile, (uint32_t)address, (uint32_t)size, type == UC_MEM_WRITE,
                       m->cursor.start);
}

/* --uninit: one bit per byte of SRAM that was written, by the image or while running. */

static uint8_t *written_at(struct machine *m, uint32_t addr, uint32_t *bit)
{
    int r = board_region(m->board, addr, 1);
    if (r >= 0 && m->board->region[r].alias_of >= 0) {
        *bit = addr - m->board->region[r].base;
        r = m->board->region[r].alias_of;
    } else if (r >= 0) {
        *bit = addr - m->board->region[r].base;
    }
    return r >= 0 ? m->host->written[r] : NULL;
}

void observe_written(struct machine *m, uint32_t addr, uint32_t n)
{
    for (uint32_t i = 0, bit = 0; m->opt.uninit && i < n; i++) {
        uint8_t *map = written_at(m, addr + i, &bit);
        if (map)
            map[bit / 8] |= (uint8_t)(1u << bit % 8);
    }
}

static void on_uninit(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
                      void *user)
{
    struct machine *m = user;
    uint32_t addr = (uint32_t)address, bit = 0;
    (void)uc;
    (void)value;
    if (type == UC_MEM_WRITE) {
        observe_written(m, addr, (uint32_t)size);
        return;
    }
    for (uint32_t i = 0; i < (uint32_t)size; i++) {
        const uint8_t *map = written_at(m, addr + i, &bit);
        if (!map || map[bit / 8] >> bit % 8 & 1)
            continue;
        observe_written(m, addr, (uint32_t)size); /* each place is told once */
        int at = access_insn_at(m, addr, false);
        uint32_t pc = at >= 0 && m->cursor.path->block ? m->cursor.path->block->run->insn[at].addr
                                                       : m->cursor.path->addr;
        const struct symbol *s = image_elf_function(m->image, pc);
        char name[61];
        if (m->host->nuninit++ < 64)
            engine_warn(m, "read of SRAM that was never written: 0x%08x, at 0x%08x %s", addr + i,
                        pc, image_name_text(s ? s->name : "?", name, sizeof name));
        return;
    }
}

static bool watch_uninit(struct machine *m, struct err *e)
{
    uc_hook h;
    for (int r = 0; r < m->board->nregions; r++) {
        const struct region *g = &m->board->region[r];
        if (g->kind != REGION_FLASH && g->alias_of < 0 &&
            !(m->host->written[r] = calloc(g->size / 8 + 1, 1)))
            return err_nomem(e);
    }
    for (size_t i = 0; i < m->image->nsegments; i++)
        observe_written(m, m->image->segment[i].paddr, m->image->segment[i].filesz);
    return uc_hook_add(m->uc, &h, UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE,
                       (__extension__(void *)(on_uninit)), m, 1, 0) == UC_ERR_OK ||
           err_set(e, ERR_ENV, "Unicorn refuses a hook");
}

void observe_flush(struct machine *m, uint32_t next, uint64_t now)
{
    const struct path *n = m->cursor.observed;
    if (!m->host->profile || !n)
        return;
    uint32_t sp = 0;
    if (n->block->call)
        uc_reg_read(m->uc, UC_ARM_REG_R13, &sp);
    profile_block(m->host->profile, n->block->run->insn, n->block->n, n->cost->at, n->cost->cycles,
                  m->host->mark, now, next, sp);
    m->host->mark = now;
    m->cursor.observed = NULL;
}

struct line_table *observe_lines(struct machine *m)
{
    /* an image without line tables gives an empty list; without memory there are none either */
    if (!m->host->lines)
        m->host->lines = lines_load(m->image->file.data, m->image->file.len, NULL);
    return m->host->lines;
}

bool observe_open(struct machine *m, struct err *e)
{
    uc_hook h;
    unsigned want = m->opt.profile | (m->image->note ? 0 : m->opt.profile_foreign);
    if (m->opt.uninit && !watch_uninit(m, e))
        return false;
    if (!want)
        return true;
    m->host->profile = profile_new(m->image, observe_lines(m), m->opt.elf_path, want, e);
    if (!m->host->profile)
        return false;
    uc_err err = uc_hook_add(m->uc, &h, UC_HOOK_BLOCK, (__extension__(void *)(on_block)), m, 1, 0);
    if (err == UC_ERR_OK && (want & 1u << PROFILE_MAP))
        err = uc_hook_add(m->uc, &h, UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE,
                          (__extension__(void *)(on_access)), m, 1, 0);
    return err == UC_ERR_OK || err_set(e, ERR_ENV, "Unicorn: %s", uc_strerror(err));
}

static void text(void *self, uint32_t addr, unsigned size, char *out, size_t n)
{
    struct machine *m = self;
    const uint8_t *code = engine_host(m, addr, size);
    if (code)
        isa_text(m->isa, code, size, addr, 0, out, n);
}

bool observe_profile(struct machine *m, int kind, struct buf *out, struct err *e)
{
    return profile_write(m->host->profile, (enum profile_kind)kind, m->clocks.core_hz, text, m, out,
                         e);
}

bool observe_hot(struct machine *m, int n, struct buf *out, struct err *e)
{
    return profile_hot(m->host->profile, n, out, e);
}
