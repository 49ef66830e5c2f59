/* The run as a whole: the emulator runs until it stops, and what each stop asks for is done. */
#include "sim/loop.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "sim/exec/access.h"
#include "sim/exec/cut.h"
#include "sim/exec/engine.h"
#include "sim/exec/guard.h"
#include "sim/exec/mode.h"
#include "sim/exec/partial.h"
#include "sim/exec/paths.h"
#include "sim/guest.h"
#include "sim/host/host.h"
#include "sim/fault.h"
#include "sim/poll.h"
#include "sim/reset.h"

enum { TICK = 4000000 }; /* cycles between looks at the host's clock */

static void limit(struct machine *m, uint32_t addr)
{
    if (m->opt.max_cycles && m->time.cycles >= m->opt.max_cycles)
        engine_stop(m, STOP_CYCLES, addr);
    else if (m->opt.max_seconds &&
             clock_host_ns() - m->time.started_ns >= m->opt.max_seconds * 1000000000u)
        engine_stop(m, STOP_SECONDS, addr);
    else if (m->opt.tick && !m->opt.tick(m->opt.tick_user, m->time.cycles, m->clocks.core_hz))
        engine_stop(m, STOP_TICK, addr);
    m->time.limit_at = m->time.cycles + TICK;
    if (m->opt.max_cycles && m->time.limit_at > m->opt.max_cycles)
        m->time.limit_at = m->opt.max_cycles;
    if (m->time.check_at > m->time.limit_at)
        m->time.check_at = m->time.limit_at;
}

bool loop_at_boundary(struct machine *m, uint32_t addr)
{
    bool take = guest_due(m);
    if (m->time.cycles >= m->time.limit_at) {
        m->time.check_at = UINT64_MAX;
        limit(m, addr);
        take |= guest_due(m);
    }
    if (take && m->stop.why == STOP_NONE)
        engine_stop(m, STOP_TAKE, addr);
    if (m->host->debug && m->stop.why == STOP_NONE && debug_at_block(m, addr))
        engine_stop(m, STOP_DEBUG, addr);
    return m->stop.why != STOP_NONE;
}

static uint32_t fault_pc(struct machine *m)
{
    uint32_t pc = 0;
    uc_reg_read(m->uc, UC_ARM_REG_PC, &pc);
    const struct block *b = m->cursor.path->block;
    if (!b || m->opt.mode == MODE_STATIC)
        return pc;
    if (m->stop.access) { /* Unicorn reports the block; the addresses tell which access it was */
        int i = access_insn_at(m, m->stop.addr, false);
        if (i >= 0)
            return b->run->insn[i].addr;
        if (m->cursor.hooked.open && m->stop.addr - m->cursor.hooked.addr < m->cursor.hooked.size)
            return b->run->insn[m->cursor.hooked.insn].addr;
    }
    return pc;
}

/* The core sleeps until something wakes it, the run is stopped, or (false) for ever. */
static bool sleep_on(struct machine *m, uint32_t pc, bool on_exit)
{
    m->stop.resume = pc;
    while (m->stop.why == STOP_NONE) {
        enum sleep how = guest_sleep(m, on_exit);
        if (how != SLEEP_ON)
            return how == SLEEP_WOKEN;
        if (m->time.cycles < m->time.limit_at || m->stop.why != STOP_NONE)
            continue;
        limit(m, pc);
        if (m->host->debug && m->stop.why == STOP_NONE && debug_at_block(m, pc))
            engine_stop(m, STOP_DEBUG, pc);
    }
    return true;
}

static uint32_t width(const struct machine *m, uint32_t pc)
{
    const uint8_t *p = engine_host(m, pc, 2);
    return p && p[1] >= 0xe8 ? 4 : 2;
}

/* The access at `pc` failed, and the core goes on as if it had not: what it loads is not known,
 * here what was there. */
static bool pass_over(struct machine *m, uint32_t pc, const struct insn *in, uint32_t stopped)
{
    /* Unicorn went on to the end of the IT block */
    if (in && in->flags & INSN_IN_IT && stopped > pc) {
        mode_set_itstate(m, 0);
        uc_reg_write(m->uc, UC_ARM_REG_PC, &(uint32_t){stopped | 1});
        cut_redirect(m);
        return true;
    }
    uint32_t behind = pc + width(m, pc);
    if (in)
        engine_write_back(m, in);
    if (in && in->flags & INSN_IN_IT && m->cursor.path->block)
        mode_set_itstate(m, isa_it_advance(m->cursor.path->block->it_out));
    uc_reg_write(m->uc, UC_ARM_REG_PC, &(uint32_t){behind | 1});
    cut_redirect(m);
    return true;
}

/* What a stop of the emulator means. True: go on at m->stop.resume. */
static bool handle(struct machine *m, uc_err err, uint32_t cut, struct err *e)
{
    uint32_t pc = 0;
    enum stop_why why = m->stop.why;
    m->stop.why = STOP_NONE;
    uc_reg_read(m->uc, UC_ARM_REG_PC, &pc);
    switch (why) {
    case STOP_RETRY: return path_hooks(m, e);
    case STOP_CUT: return true;
    case STOP_STORED: cut_behind_store(m); return true;
    case STOP_HERE: cut_here(m); return true;
    case STOP_RESET:
        if (m->cursor.pending && m->opt.mode != MODE_STATIC)
            cut_short(m, m->cursor.insn + 1);
        if (m->cursor.pending)
            cut_finish(m);
        return reset_run_on(m, e);
    case STOP_EVENT:
        if (m->stop.interrupt == 7) { /* BKPT */
            const uint8_t *p = engine_host(m, pc, 2);
            if (p && p[0] == 0xab && p[1] == 0xbe) {
                if (m->cursor.pending)
                    cut_finish(m);
                m->stop.resume = pc + 2;
                return semihost_call(m);
            }
            cut_end(m, pc);
            if (debug_halts(m, pc))
                return true;
            return guest_fault(m, FAULT_DEBUGEVT, 0, pc, NULL, e);
        }
        cut_end(m, pc);
        if (!guest_interrupt(m, m->stop.interrupt, pc, e))
            return false;
        return !exceptions_on_exit(m->exceptions) || sleep_on(m, m->stop.resume, true);
    case STOP_DEBUG: return true;
    case STOP_TAKE: /* the PC that Unicorn shows in a block hook may be that of an earlier block */
        uc_reg_write(m->uc, UC_ARM_REG_PC, &(uint32_t){m->stop.resume | 1});
        return guest_take(m, e);
    case STOP_CYCLES:
    case STOP_SECONDS:
    case STOP_TICK: {
        char spot[300];
        if (!poll_describe(m, spot, sizeof spot))
            fault_hot_spot(m, spot, sizeof spot);
        if (why == STOP_CYCLES)
            return err_set(e, ERR_LIMIT, "stopped after %llu cycles (--max-cycles), %s",
                           (unsigned long long)m->time.cycles, spot);
        if (why == STOP_TICK)
            return err_set(e, ERR_LIMIT, "interrupted after %llu cycles, %s",
                           (unsigned long long)m->time.cycles, spot);
        return err_set(e, ERR_LIMIT, "stopped after %llu s (--max-seconds), %s",
                       (unsigned long long)m->opt.max_seconds, spot);
    }
    case STOP_ERROR:
        *e = m->err;
        if (e->code == ERR_NONE)
            err_nomem(e);
        return false;
    case STOP_FAULT:
        if (m->cursor.pending) /* a division: the emulator stopped before it */
            cut_short(m, cut_insn(m->cursor.path->block, m->trap.pc));
        m->cursor.path = &m->cursor.idle;
        if (m->trap.what) { /* the report tells the address */
            m->stop.access = 1;
            m->stop.addr = m->trap.addr;
        }
        if (m->trap.kind == TRAP_FP) {
            exceptions_fp_begin(m->exceptions);
            m->stop.resume = m->trap.pc;
            return true;
        }
        if ((m->trap.kind == FAULT_UNDEFINSTR || m->trap.kind == FAULT_NOCP) &&
            guest_skips(m, m->trap.pc))
            return true;
        return m->trap.kind == TRAP_STACK ? guest_stack_overflow(m, e)
                                          : guest_fault(m, (enum fault)m->trap.kind, m->trap.addr,
                                                        m->trap.pc, m->trap.what, e);
    case STOP_EXIT: return guest_stuck(m, pc, e);
    case STOP_NONE: break;
    }
    bool wfe = err == UC_ERR_INSN_INVALID && guest_is_wfe(m, pc);
    if ((err == UC_ERR_OK || wfe) && m->cursor.pending)
        cut_finish(m);
    if (err == UC_ERR_OK && ((m->host->debug && debug_exit(m, pc)) || (cut && pc == cut))) {
        m->stop.resume = pc;
        /* what the block was cut for is looked at before the emulator runs again */
        if (!m->host->debug && m->time.cycles >= m->time.check_at && loop_at_boundary(m, pc)) {
            m->cursor.phase = PHASE_REPEAT;
            m->cursor.left = 0;
        }
        return true;
    }
    if (err == UC_ERR_OK || wfe)
        return sleep_on(m, pc, false);
    if (guard_diverted(m)) {
        struct diverted d;
        cut_end(m, m->trap.diverted.pc);
        guard_undivert(m, &d);
        return guest_fault(m, (enum fault)d.kind, d.addr, d.pc, d.what, e);
    }
    uint32_t stopped = pc;
    if (m->stop.access)
        pc = fault_pc(m);
    int at_insn = cut_insn(m->cursor.path->block, pc);
    const struct insn *in = at_insn < 0 ? NULL : &m->cursor.path->block->run->insn[at_insn];
    cut_end(m, pc);
    /* Unicorn keeps no ITSTATE within a block */
    if (in && in->flags & INSN_IN_IT && m->cursor.path->block)
        mode_set_itstate(m, m->cursor.path->block->it_out);
    bool fetch = err == UC_ERR_FETCH_UNMAPPED || err == UC_ERR_FETCH_PROT;
    uint32_t at = m->stop.addr;
    enum fault kind = err == UC_ERR_INSN_INVALID   ? FAULT_UNDEFINSTR
                      : !fetch                     ? FAULT_PRECISERR
                      : mpu_default_no_execute(at) ? FAULT_IACCVIOL
                                                   : FAULT_IBUSERR;
    if (kind == FAULT_PRECISERR && exceptions_ignore(m->exceptions, at))
        return pass_over(m, pc, in, stopped);
    return guest_fault(m, kind, at, fetch ? at : pc, fault_kind(err), e);
}

/* Runs the block at m->stop.resume up to `cut`, for the emulator a block of its own, which it
 * translates anew and forgets behind it. */
static uc_err cut_anew(struct machine *m, uint32_t cut)
{
    engine_translates(m, m->cursor.retry_size);
    engine_translates(m, m->cursor.retry_size);
    uc_ctl_remove_cache(m->uc, (uint64_t)m->stop.resume,
                        (uint64_t)m->stop.resume + m->cursor.retry_size);
    if (!m->host->debug)
        uc_ctl_set_exits(m->uc, &(uint64_t){cut}, 1);
    uc_err err = uc_emu_start(m->uc, m->stop.resume | 1, 0, 0, 0);
    if (!m->host->debug)
        uc_ctl_set_exits(m->uc, NULL, 0);
    return err;
}

bool loop_emulate(struct machine *m, struct err *e)
{
    if (m->stop.why != STOP_NONE) /* while the core slept, or for lack of memory */
        return handle(m, UC_ERR_OK, 0, e);
    if (m->opt.max_seconds)
        /* what came before, semihosting say, may have taken long */
        m->time.limit_at = m->time.check_at = m->time.cycles;
    uint32_t cut = m->cursor.cut;
    m->cursor.cut = 0;
    engine_room(m);
    if (m->stop.redirected)
        mode_follow(m);
    if (m->host->debug)
        debug_cut(m, cut);
    uc_err err = UC_ERR_OK;
    if (!cut)
        err = uc_emu_start(m->uc, m->stop.resume | 1, 0, 0, 0);
    else if (m->host->debug || !partial_run(m, cut, &err))
        err = cut_anew(m, cut);
    return handle(m, err, cut, e);
}

/* Before the first instruction. */
static void begin(struct machine *m)
{
    m->time.started = true;
    limit(m, m->stop.resume);
    if (m->stop.why == STOP_NONE) {
        uint32_t lr = UINT32_MAX;
        uc_reg_write(m->uc, UC_ARM_REG_R13, &m->stack.top);
        uc_reg_write(m->uc, UC_ARM_REG_R14, &lr);
    }
}

/* The program has ended. */
static void end(struct machine *m, struct err *e)
{
    m->time.ended = true;
    guest_end(m, e);
    if (m->cursor.pending)
        cut_finish(m);
    access_count(m);
    if (m->clocks.core_hz > m->board->max_hz)
        engine_warn(m, "the core runs at %llu Hz, above the %llu Hz of %s",
                    (unsigned long long)m->clocks.core_hz, (unsigned long long)m->board->max_hz,
                    m->board->name);
    int need = board_wait_states(m->board, m->clocks.core_hz / m->clocks.bus_ratio);
    if (need < 0 || (uint32_t)need > m->memory.ws) {
        char wanted[40] = "more than any";
        if (need >= 0)
            snprintf(wanted, sizeof wanted, "%d", need);
        engine_warn(m,
                    "%u flash wait states are too few for %llu Hz, %s needed: on a board this "
                    "would read wrong code",
                    m->memory.ws, (unsigned long long)(m->clocks.core_hz / m->clocks.bus_ratio),
                    wanted);
    }
    if (m->opt.clock_hz && m->opt.clock_hz != m->clocks.firmware_hz)
        engine_warn(m, "--clock %llu Hz overrides the %llu Hz that the firmware set",
                    (unsigned long long)m->opt.clock_hz, (unsigned long long)m->clocks.firmware_hz);
}

bool loop_run(struct machine *m, struct err *e)
{
    enum machine_why why;
    if (m->time.started)
        return loop_go(m, &(const struct machine_until){0}, &why, e);
    m->time.started_ns = clock_host_ns();
    begin(m);
    bool go = true;
    if (m->host->debug)
        debug_serve(m, loop_emulate, e);
    else
        while (go)
            go = loop_emulate(m, e);
    end(m, e);
    m->result.host_ns = clock_host_ns() - m->time.started_ns;
    return !e || e->code == ERR_NONE;
}

bool loop_go(struct machine *m, const struct machine_until *until, enum machine_why *why,
             struct err *e)
{
    struct err ran = {0};
    *why = MACHINE_ENDED;
    if (m->time.ended)
        return true;
    m->time.started_ns = clock_host_ns();
    if (!m->time.started)
        begin(m);
    debug_go(m, loop_emulate, until, why, &ran);
    if (*why == MACHINE_ENDED)
        end(m, &ran);
    m->result.host_ns += clock_host_ns() - m->time.started_ns;
    return ran.code == ERR_NONE || err_set(e, ran.code, "%s", ran.msg);
}
