/* The run as a whole: legs of the emulator, and what each stop asks for. */
#include "sim/loop.h"

#include <stdlib.h>
#include <time.h>

#include "sim/exec/guard.h"
#include "sim/exec/mode.h"
#include "sim/exec/run.h"
#include "sim/guest.h"
#include "sim/host/host.h"
#include "sim/report.h"
#include "sim/reset.h"

enum { TICK = 4000000 }; /* cycles between looks at the host's clock */
#define NOWHERE 0xfffffffeu /* where no instruction is */

static uint64_t host_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void limit(struct machine *m, uint32_t addr)
{
    if (m->opt.max_cycles && m->cycles >= m->opt.max_cycles)
        machine_stop(m, STOP_CYCLES, addr);
    else if (m->opt.max_seconds && host_ns() - m->started_ns >= m->opt.max_seconds * 1000000000u)
        machine_stop(m, STOP_SECONDS, addr);
    m->limit_at = m->cycles + TICK;
    if (m->opt.max_cycles && m->limit_at > m->opt.max_cycles)
        m->limit_at = m->opt.max_cycles;
    if (m->check_at > m->limit_at)
        m->check_at = m->limit_at;
}

bool loop_attend(struct machine *m, uint32_t addr)
{
    bool take = guest_due(m);
    if (m->cycles >= m->limit_at) {
        m->check_at = UINT64_MAX;
        limit(m, addr);
        take |= guest_due(m);
    }
    if (take && m->why == STOP_NONE)
        machine_stop(m, STOP_TAKE, addr);
    if (m->host->debug && m->why == STOP_NONE && debug_at_block(m, addr))
        machine_stop(m, STOP_DEBUG, addr);
    return m->why != STOP_NONE;
}

static uint32_t fault_pc(struct machine *m)
{
    uint32_t pc = 0;
    uc_reg_read(m->uc, UC_ARM_REG_PC, &pc);
    const struct block *b = m->cur->block;
    if (!b || m->opt.mode == MODE_STATIC)
        return pc;
    if (m->fault_type) { /* Unicorn knows the block only; the plan knows which of its accesses went there */
        int i = data_insn_at(m, m->fault_addr, false);
        if (i >= 0)
            return b->run->insn[i].addr;
    }
    return pc;
}

/* What a stop of the emulator means. True: go on at m->resume. */
static bool handle(struct machine *m, uc_err err, uint32_t cut, struct err *e)
{
    uint32_t pc = 0;
    enum stop_why why = m->why;
    m->why = STOP_NONE;
    uc_reg_read(m->uc, UC_ARM_REG_PC, &pc);
    switch (why) {
    case STOP_RETRY:
        return node_hooks(m, e);
    case STOP_CUT:
        return true;
    case STOP_STORED:
        cut_behind_store(m);
        return true;
    case STOP_HERE:
        cut_here(m);
        return true;
    case STOP_RESET:
        if (m->open && m->opt.mode != MODE_STATIC)
            cut_short(m, m->insn_now + 1);
        if (m->open)
            cut_finish(m);
        return reset_run_on(m, e);
    case STOP_EVENT:
        if (m->interrupt == 7) { /* BKPT */
            const uint8_t *p = machine_host(m, pc, 2);
            if (p && p[0] == 0xab && p[1] == 0xbe) {
                if (m->open)
                    cut_finish(m);
                m->resume = pc + 2;
                return semihost_call(m);
            }
            cut_end(m, pc);
            return guest_fault(m, FAULT_DEBUGEVT, 0, pc, NULL, e);
        }
        cut_end(m, pc);
        return guest_interrupt(m, m->interrupt, pc, e);
    case STOP_DEBUG:
        return true;
    case STOP_TAKE: /* the PC that Unicorn shows in a block hook may be that of an earlier block */
        uc_reg_write(m->uc, UC_ARM_REG_PC, &(uint32_t){m->resume | 1});
        return guest_take(m, e);
    case STOP_CYCLES:
    case STOP_SECONDS: {
        char spot[160];
        fault_hot_spot(m, spot, sizeof spot);
        if (why == STOP_CYCLES)
            return err_set(e, ERR_LIMIT, "stopped after %llu cycles (--max-cycles), %s", (unsigned long long)m->cycles, spot);
        return err_set(e, ERR_LIMIT, "stopped after %llu s (--max-seconds), %s", (unsigned long long)m->opt.max_seconds, spot);
    }
    case STOP_ERROR:
        *e = m->err;
        if (e->code == ERR_NONE)
            err_nomem(e);
        return false;
    case STOP_FAULT:
        if (m->open) /* a division: the emulator stopped before it */
            cut_short(m, cut_insn(m->cur->block, m->trap_pc));
        m->cur = &m->idle;
        if (m->trap_what) { /* the report tells the address */
            m->fault_type = 1;
            m->fault_addr = m->trap_addr;
        }
        return m->trap == TRAP_STACK ? guest_stack_overflow(m, e)
                                     : guest_fault(m, (enum fault)m->trap, m->trap_addr, m->trap_pc, m->trap_what, e);
    case STOP_EXIT:
        return guest_stuck(m, pc, e);
    case STOP_NONE:
        break;
    }
    bool wfe = err == UC_ERR_INSN_INVALID && guest_is_wfe(m, pc);
    if ((err == UC_ERR_OK || wfe) && m->open)
        cut_finish(m);
    if (err == UC_ERR_OK && ((m->host->debug && debug_exit(m, pc)) || (cut && pc == cut))) {
        m->resume = pc;
        return true;
    }
    if (err == UC_ERR_OK || wfe)
        return guest_halt(m, pc);
    if (guard_diverted(m)) {
        struct diverted d;
        cut_end(m, m->diverted.pc);
        guard_undivert(m, &d);
        return guest_fault(m, (enum fault)d.kind, d.addr, d.pc, d.what, e);
    }
    if (m->fault_type)
        pc = fault_pc(m);
    cut_end(m, pc);
    bool fetch = err == UC_ERR_FETCH_UNMAPPED || err == UC_ERR_FETCH_PROT;
    uint32_t at = m->fault_addr;
    enum fault kind = err == UC_ERR_INSN_INVALID ? FAULT_UNDEFINSTR : !fetch ? FAULT_PRECISERR : default_no_execute(at) ? FAULT_IACCVIOL : FAULT_IBUSERR;
    return guest_fault(m, kind, at, fetch ? at : pc, fault_kind(err), e);
}

bool loop_leg(struct machine *m, struct err *e)
{
    if (m->why != STOP_NONE) /* while the core slept, or for lack of memory */
        return handle(m, UC_ERR_OK, 0, e);
    if (m->opt.max_seconds)
        m->limit_at = m->check_at = m->cycles; /* what came before, semihosting say, may have taken long */
    uint32_t cut = m->cut;
    m->cut = 0;
    if (cut) /* cut anew; behind it Unicorn forgets the shortened block by itself */
        uc_ctl_remove_cache(m->uc, (uint64_t)m->resume, (uint64_t)m->resume + m->retry_size);
    if (m->redirected)
        mode_follow(m);
    if (m->host->debug)
        debug_cut(m, cut);
    return handle(m, uc_emu_start(m->uc, m->resume | 1, cut ? cut : NOWHERE, 0, 0), cut, e);
}

bool machine_run(struct machine *m, struct err *e)
{
    m->started_ns = host_ns();
    limit(m, m->resume);
    if (m->why == STOP_NONE) {
        uint32_t lr = UINT32_MAX;
        uc_reg_write(m->uc, UC_ARM_REG_R13, &m->sp_top);
        uc_reg_write(m->uc, UC_ARM_REG_R14, &lr);
    }
    bool go = true;
    if (m->host->debug)
        debug_serve(m, loop_leg, e);
    else
        while (go)
            go = loop_leg(m, e);
    guest_end(m, e);
    if (m->open)
        cut_finish(m);
    data_count(m);
    m->host_ns = host_ns() - m->started_ns;
    int need = board_wait_states(m->board, m->clocks.core_hz / m->clocks.bus_ratio);
    if (m->clocks.core_hz > m->board->max_hz)
        machine_warn(m, "the core runs at %llu Hz, above the %llu Hz of %s", (unsigned long long)m->clocks.core_hz,
                     (unsigned long long)m->board->max_hz, m->board->name);
    if (need < 0 || (uint32_t)need > m->memory.ws)
        machine_warn(m, "%u flash wait states are too few for %llu Hz", m->memory.ws, (unsigned long long)(m->clocks.core_hz / m->clocks.bus_ratio));
    if (m->opt.clock_hz && m->opt.clock_hz != m->clocks.firmware_hz)
        machine_warn(m, "--clock %llu Hz overrides the %llu Hz that the firmware set", (unsigned long long)m->opt.clock_hz,
                     (unsigned long long)m->clocks.firmware_hz);
    return !e || e->code == ERR_NONE;
}
