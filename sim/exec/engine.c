/* What every part of the executor needs of the machine: its memory, its clock, and ways to stop
 * it. */
#include "sim/exec/engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void engine_warn(struct machine *m, const char *fmt, ...)
{
    char text[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (m->result.warnings.len >= 8192)
        return;
    buf_printf(&m->result.warnings, "%s\n", text);
    if (m->opt.notice)
        m->opt.notice(m->opt.notice_user, text);
}

uint8_t *engine_host(const struct machine *m, uint32_t addr, uint32_t n)
{
    int r = board_region(m->board, addr, n);
    return r < 0 ? NULL : m->mem[r] + (addr - m->board->region[r].base);
}

uint32_t engine_word(const struct machine *m, uint32_t a)
{
    const uint8_t *p = engine_host(m, a, 4);
    return p ? (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24
             : 0;
}

bool engine_read(struct machine *m, uint32_t addr, void *out, uint32_t n, struct err *e)
{
    const uint8_t *p = engine_host(m, addr, n);
    if (!p)
        return err_set(e, ERR_INPUT, "0x%08x: no %u bytes of memory there", addr, n);
    memcpy(out, p, n);
    return true;
}

bool engine_write(struct machine *m, uint32_t addr, const void *bytes, uint32_t n, struct err *e)
{
    const uint8_t *p = engine_host(m, addr, n);
    if (!p)
        return err_set(e, ERR_INPUT, "0x%08x: no %u bytes of memory there", addr, n);
    if (m->board->region[board_region(m->board, addr, n)].kind == REGION_FLASH)
        return memcmp(p, bytes, n) == 0 ||
               err_set(e, ERR_INPUT, "0x%08x: flash holds what the image put there", addr);
    /* it drops what was translated of these bytes */
    uc_err err = uc_mem_write(m->uc, addr, bytes, n);
    return err == UC_ERR_OK || err_set(e, ERR_ENV, "Unicorn: %s", uc_strerror(err));
}

int engine_register(int n)
{
    static const int high[] = {UC_ARM_REG_R13, UC_ARM_REG_R14, UC_ARM_REG_R15};
    return n < 13 ? UC_ARM_REG_R0 + n : high[n - 13];
}

void engine_write_back(struct machine *m, const struct insn *in)
{
    if (!(in->flags & INSN_WRITEBACK) || in->base < 0 || in->base > 14)
        return;
    int id = engine_register(in->base);
    emulator_set(m->uc, id, emulator_get(m->uc, id) + (uint32_t)in->step);
}

/* Nothing gives back the room of code that the emulator forgets. Unicorn 2.0.1 crashes when its
 * buffer of a gigabyte is full, so it is emptied long before, which takes a second or less.
 * Assumed: 100 bytes of host code for a byte of the guest's, and 1 KB for a block. */
enum { MOST_TRANSLATED = 256 << 20, BLOCK_CODE = 1024, CODE_RATIO = 100 };

void engine_translates(struct machine *m, uint32_t bytes)
{
    m->code.translated += BLOCK_CODE + (uint64_t)bytes * CODE_RATIO;
}

void engine_room(struct machine *m)
{
    if (m->code.translated < MOST_TRANSLATED)
        return;
    uc_ctl_flush_tlb(m->uc); /* despite its name it drops all translated code */
    m->code.translated = 0;
}

void engine_stop(struct machine *m, enum stop_why why, uint32_t resume)
{
    if (m->stop.why != STOP_NONE)
        return;
    m->stop.why = why;
    m->stop.resume = resume;
    uc_emu_stop(m->uc);
}

bool engine_trap(struct machine *m, int trap, uint32_t pc)
{
    /* What a block does against the MPU comes before what is noticed of its stack, a fetch before
     * what was fetched. */
    bool first = pc < m->trap.pc || (pc == m->trap.pc && trap == FAULT_IACCVIOL) ||
                 (m->trap.kind == TRAP_STACK && trap != TRAP_STACK);
    if (m->trap.pending && !first)
        return false;
    m->trap.pending = true;
    m->trap.kind = trap;
    m->trap.pc = pc;
    m->trap.addr = 0;
    m->trap.what = NULL;
    return true;
}

uint64_t engine_now(const struct machine *m)
{
    return m->cursor.path->block ? engine_time(m, m->cursor.insn)
                                 : (uint64_t)((int64_t)m->cursor.start + m->cursor.stall);
}
