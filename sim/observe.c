/* Who watches a run: profiles. Installed only when asked for; a run without them pays nothing. */
#include <string.h>

#include "sim/guest.h"

static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct machine *m = user;
    (void)uc;
    (void)size;
    /* After the machine's own hook: the block before is complete, this one has begun unless it has to wait. */
    if (m->why != STOP_NONE || m->again)
        return;
    observe_flush(m, (uint32_t)address, m->block_start);
    m->guest->seen = m->cur;
}

static void on_access(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value, void *user)
{
    struct machine *m = user;
    (void)uc;
    (void)value;
    int r = board_region(m->board, (uint32_t)address, 1);
    if (m->why == STOP_NONE && r >= 0 && m->board->region[r].kind != REGION_FLASH)
        profile_access(m->guest->profile, (uint32_t)address, (uint32_t)size, type == UC_MEM_WRITE, m->block_start);
}

void observe_flush(struct machine *m, uint32_t next, uint64_t now)
{
    struct guest *g = m->guest;
    const struct node *n = g->seen;
    if (!g->profile || !n)
        return;
    uint32_t sp = 0;
    if (n->block->call)
        uc_reg_read(m->uc, UC_ARM_REG_R13, &sp);
    profile_block(g->profile, n->block->run->insn, n->block->n, n->cost->at, n->cost->cycles, g->mark, now, next, sp);
    g->mark = now;
    g->seen = NULL;
}

struct lines *guest_lines(struct machine *m)
{
    if (!m->guest->lines) /* an image without line tables gives an empty list; without memory there are none either */
        m->guest->lines = lines_load(m->image->file.data, m->image->file.len, NULL);
    return m->guest->lines;
}

bool observe_open(struct machine *m, struct err *e)
{
    struct guest *g = m->guest;
    uc_hook h;
    unsigned want = m->opt.profile;
    if (!want)
        return true;
    g->profile = profile_new(m->image, guest_lines(m), m->opt.elf_path, want, e);
    if (!g->profile)
        return false;
    uc_err err = uc_hook_add(m->uc, &h, UC_HOOK_BLOCK, (__extension__(void *)(on_block)), m, 1, 0);
    if (err == UC_ERR_OK && (want & 1u << PROFILE_MAP))
        err = uc_hook_add(m->uc, &h, UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, (__extension__(void *)(on_access)), m, 1, 0);
    return err == UC_ERR_OK || err_set(e, ERR_ENV, "Unicorn: %s", uc_strerror(err));
}

static void text(void *self, uint32_t addr, unsigned size, char *out, size_t n)
{
    struct machine *m = self;
    const uint8_t *code = machine_host(m, addr, size);
    if (code)
        isa_text(m->isa, code, size, addr, 0, out, n);
}

bool machine_profile(struct machine *m, int kind, struct buf *out, struct err *e)
{
    return profile_write(m->guest->profile, (enum profile_kind)kind, m->core_clock, text, m, out, e);
}

bool machine_hot(struct machine *m, int n, struct buf *out, struct err *e)
{
    return profile_hot(m->guest->profile, n, out, e);
}
