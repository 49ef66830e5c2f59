/* What every part of the executor needs of the machine: its memory, its clock, and ways to stop it. */
#include "sim/exec/engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void machine_warn(struct machine *m, const char *fmt, ...)
{
    char text[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (m->warnings.len < 8192)
        buf_printf(&m->warnings, "%s\n", text);
}

uint8_t *machine_host(const struct machine *m, uint32_t addr, uint32_t n)
{
    int r = board_region(m->board, addr, n);
    return r < 0 ? NULL : m->mem[r] + (addr - m->board->region[r].base);
}

bool machine_read(struct machine *m, uint32_t addr, void *out, uint32_t n, struct err *e)
{
    const uint8_t *p = machine_host(m, addr, n);
    if (!p)
        return err_set(e, ERR_INPUT, "0x%08x: no %u bytes of memory there", addr, n);
    memcpy(out, p, n);
    return true;
}

void machine_stop(struct machine *m, enum stop_why why, uint32_t resume)
{
    if (m->why != STOP_NONE)
        return;
    m->why = why;
    m->resume = resume;
    uc_emu_stop(m->uc);
}

bool machine_trap(struct machine *m, int trap, uint32_t pc)
{
    /* What a block does against the MPU comes before what is noticed of its stack, a fetch before what was fetched. */
    bool first = pc < m->trap_pc || (pc == m->trap_pc && trap == FAULT_IACCVIOL) || (m->trap == TRAP_STACK && trap != TRAP_STACK);
    if (m->trapped && !first)
        return false;
    m->trapped = true;
    m->trap = trap;
    m->trap_pc = pc;
    m->trap_addr = 0;
    m->trap_what = NULL;
    return true;
}

uint64_t machine_now(const struct machine *m)
{
    return m->cur->block ? machine_time(m, m->insn_now) : (uint64_t)((int64_t)m->block_start + m->block_stall);
}
