#include "sim/guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/exec/cut.h"
#include "sim/exec/guard.h"
#include "sim/exec/engine.h"
#include "sim/attached/attached.h"
#include "sim/exec/mode.h"
#include "sim/host/host.h"
#include "sim/image/names.h"
#include "sim/fault.h"

/* Exception numbers of Unicorn's Arm core as UC_HOOK_INTR reports them. */
enum {
    UC_UDEF = 1,
    UC_SWI,
    UC_PREFETCH_ABORT,
    UC_DATA_ABORT,
    UC_EXC_RETURN = 8,
    UC_NOCP = 17,
    UC_INVSTATE = 18,
    UC_UNALIGNED = 22
};

static uint64_t now(void *self)
{
    return engine_now(self);
}

static void charge(void *self, bool sleep, uint64_t n)
{
    struct machine *m = self;
    m->scopes.list[m->calls.scope].stall[sleep ? STALL_SLEEP : STALL_EXC] += n;
    if (sleep)
        attached_slept(m->attached, m->time.cycles, n);
    if (sleep && m->host->profile) {
        profile_sleep(m->host->profile, n);
        m->host->mark += n;
    }
}

static void entered(void *self, int exception, uint32_t frame, uint32_t handler, bool tail)
{
    struct machine *m = self;
    m->time.exceptions++;
    m->time.check_at = 0; /* somebody may want to stop before the handler's first block */
    observe_written(m, frame, 0x68);
    if (m->host->profile) {
        char name[24];
        profile_exception(m->host->profile, exceptions_name(exception, name, sizeof name), frame,
                          handler, tail, m->time.cycles);
    }
    calls_enter(&m->calls, frame, tail);
}

static void returned(void *self, int exception, uint32_t frame, uint32_t pc)
{
    struct machine *m = self;
    struct guest *g = m->guest;
    (void)pc;
    if (m->host->profile)
        profile_return(m->host->profile, frame, m->time.cycles);
    if (exception >= EXC_HARD && exception <= EXC_USAGE && !exceptions_in_fault(m->exceptions)) {
        g->first = (struct err){0}; /* the guest mended it */
        buf_free(&g->report);
    }
    calls_return(&m->calls, frame);
}

void guest_reset(struct machine *m, const char *why)
{
    engine_warn(m, "system reset: %s; the run ends there", why);
    m->guest->dog_reset = true;
    engine_stop(m, STOP_EXIT, 0);
}

static void stored(void *self, uint32_t addr, uint32_t n)
{
    observe_written(self, addr, n);
}

static void reset(void *self)
{
    engine_stop(self, STOP_RESET, 0);
}

static bool may_reset(void *self)
{
    return soc_watched(((struct machine *)self)->soc);
}

static uint32_t memory_begin(const struct board *b, uint32_t addr);
static uint32_t stack_limit(const struct machine *m);

static uint32_t rule(const struct machine *m, const char *name)
{
    int n = isa_rule(m->isa, name);
    return n > 0 ? (uint32_t)n : 0;
}

bool guest_open(struct machine *m, struct err *e)
{
    struct guest *g = calloc(1, sizeof *g);
    if (!g)
        return err_nomem(e);
    m->guest = g;
    m->time.events.next = NEVER;
    /* Seventeen more words (S0-S15, FPSCR) cost a cycle each, as any store multiple. */
    const struct exceptions_costs costs = {.entry = rule(m, "exception_entry"),
                                           .exit = rule(m, "exception_exit"),
                                           .tail_chain = rule(m, "tail_chain"),
                                           .fp_words = FP_WORDS};
    const struct cpu *cpu = isa_cpu(m->isa);
    const struct exceptions_part part = {.stkalign_fixed = cpu->ccr_fixed & CCR_STKALIGN,
                                         .caches = m->board->cache.line_bytes != 0,
                                         .interrupts = (int)m->board->interrupts,
                                         .priority_bits = cpu->priority_bits};
    const struct exceptions_port port = {.self = m,
                                         .cycles = &m->time.cycles,
                                         .now = now,
                                         .wake = &m->time.check_at,
                                         .charge = charge,
                                         .entered = entered,
                                         .returned = returned,
                                         .reset = reset,
                                         .stored = stored,
                                         .may_reset = may_reset,
                                         .allowed = guard_frame};
    m->exceptions = exceptions_open(m->uc, &m->time.events, &port, &costs, &part, m->vectors, e);
    m->stack.region = memory_begin(m->board, m->stack.top - 4);
    m->stack.limit = stack_limit(m);
    m->time.check_at = 0; /* look round at the first block */
    return m->exceptions != NULL;
}

void guest_close(struct machine *m)
{
    struct guest *g = m->guest;
    if (!g)
        return;
    exceptions_close(m->exceptions);
    calls_close(&m->calls);
    buf_free(&g->report);
    free(g);
    m->guest = NULL;
}

bool guest_due(struct machine *m)
{
    bool take = exceptions_due(m->exceptions) || m->guest->strict_hit;
    if (m->time.cycles >= m->host->rtt_next)
        rtt_drain(m);
    /* an event must not fall into the middle of a block unseen */
    uint64_t ahead = m->code.reach.longest;
    m->time.check_at = m->time.check_at > ahead ? m->time.check_at - ahead : 0;
    if (m->time.check_at > m->time.until)
        m->time.check_at = m->time.until;
    if (m->time.check_at > m->host->rtt_next)
        m->time.check_at = m->host->rtt_next;
    if (m->time.check_at > m->time.limit_at)
        m->time.check_at = m->time.limit_at;
    return take;
}

bool guest_waits(const struct machine *m)
{
    return nvic_preempts(&m->exceptions->nvic) || m->guest->strict_hit;
}

bool guest_take(struct machine *m, struct err *e)
{
    if (m->guest->strict_hit)
        return fault_describe(m, m->guest->strict_what, m->guest->strict_pc, e);
    observe_flush(m, m->stop.resume, m->time.cycles);
    if (!exceptions_take(m->exceptions, e))
        return fault_describe(m, e->msg, 0, e);
    cut_redirect(m);
    return true;
}

static bool outcome(struct machine *m, bool entered_handler, struct err *e)
{
    if (entered_handler) {
        cut_redirect(m);
        return true;
    }
    struct err why = *e;
    *e = (struct err){0};
    return fault_describe(m, why.msg, 0, e);
}

bool guest_interrupt(struct machine *m, int number, uint32_t pc, struct err *e)
{
    observe_flush(m, pc, m->time.cycles);
    switch (number) {
    case UC_SWI:
        if (exceptions_can_svc(m->exceptions))
            return outcome(m, exceptions_svc(m->exceptions, e), e);
        return guest_fault(m, FAULT_SVC, 0, pc - 2, NULL, e);
    case UC_EXC_RETURN:
        if (!exceptions_return_valid(m->exceptions, pc))
            return guest_fault(m, FAULT_INVPC, pc, pc, NULL, e);
        return outcome(m, exceptions_return(m->exceptions, pc, e), e);
    case UC_UDEF: return guest_fault(m, FAULT_UNDEFINSTR, 0, pc, NULL, e);
    case UC_PREFETCH_ABORT:
        return guest_fault(m, mpu_default_no_execute(pc) ? FAULT_IACCVIOL : FAULT_IBUSERR, pc, pc,
                           NULL, e);
    case UC_DATA_ABORT:
    case UC_UNALIGNED: return guest_fault(m, FAULT_UNALIGNED, 0, pc, NULL, e);
    case UC_NOCP: return guest_fault(m, FAULT_NOCP, 0, pc, NULL, e);
    case UC_INVSTATE: return guest_fault(m, FAULT_INVSTATE, pc, pc, NULL, e);
    }
    return fault_describe(m, "an exception of the emulator that ARMv7-M does not have", pc, e);
}

static unsigned halfword(const struct machine *m, uint32_t a)
{
    const uint8_t *p = engine_host(m, a, 2);
    return p ? (unsigned)(p[0] | p[1] << 8) : 0;
}

static bool behind_wfe(const struct machine *m, uint32_t pc)
{
    return halfword(m, pc - 2) == 0xbf20 ||
           (halfword(m, pc - 4) == 0xf3af && halfword(m, pc - 2) == 0x8002);
}

bool guest_is_wfe(struct machine *m, uint32_t pc)
{
    struct guest *g = m->guest;
    unsigned h = halfword(m, pc);
    bool undefined = (h & 0xff00) == 0xde00;
    if (!behind_wfe(m, pc) || (undefined && g->wfe_at == pc && g->wfe_cycle == m->time.cycles))
        return false;
    g->wfe_at = pc;
    g->wfe_cycle = m->time.cycles;
    return true;
}

/* Why a run is over that neither an exit nor a watchdog ended. */
static void say_end(struct machine *m, uint32_t pc, const char *why)
{
    if (m->guest->dog_reset)
        return;
    const struct symbol *s = image_elf_function(m->image, pc);
    engine_warn(m, "the run ends at 0x%08x %.60s: the program %s", pc, s ? s->name : "?", why);
}

enum sleep guest_sleep(struct machine *m, bool on_exit)
{
    uint32_t pc = m->stop.resume & ~1u;
    observe_flush(m, pc, m->time.cycles);
    enum sleep how =
        exceptions_sleep(m->exceptions, !on_exit && behind_wfe(m, pc), m->time.limit_at);
    if (m->time.check_at > m->time.limit_at)
        m->time.check_at = m->time.limit_at;
    if (how == SLEEP_FOR_EVER)
        say_end(m, pc, "sleeps, and nothing that is modelled would wake it");
    return how;
}

/* A handler that only waits for a debugger: pushes, stores of registers and a branch to itself, or
 * a breakpoint. */
static bool dead_end(const struct machine *m, uint32_t pc)
{
    pc &= ~1u;
    for (int i = 0; i < 6; i++, pc += 2) {
        unsigned h = halfword(m, pc);
        if (h == 0xe7fe || (h & 0xff00) == 0xbe00 || (h == 0xf7ff && halfword(m, pc + 2) == 0xbffe))
            return true;
        bool skip = h == 0xbf00 || h == 0xb672 || (h & 0xfe00) == 0xb400 ||
                    (h & 0xff00) == 0xaf00 || (h & 0xff80) == 0xb080 || h == 0x466f;
        if (!skip)
            return false;
    }
    return false;
}

/* Whether the condition holds for these flags (ConditionPassed of the manual). */
static bool condition_holds(unsigned condition, uint32_t psr)
{
    bool n = psr >> 31 & 1, z = psr >> 30 & 1, c = psr >> 29 & 1, v = psr >> 28 & 1;
    const bool holds[8] = {z, c, n, v, c && !z, n == v, n == v && !z, true};
    return holds[condition >> 1] != (condition & 1 && condition != 15);
}

bool guest_skips(struct machine *m, uint32_t pc)
{
    uint32_t psr = 0;
    uc_reg_read(m->uc, UC_ARM_REG_XPSR, &psr);
    uint32_t it = (psr >> 8 & 0xfc) | (psr >> 25 & 3);
    if (!it || condition_holds(it >> 4, psr))
        return false;
    mode_set_itstate(m, isa_it_advance((uint8_t)it));
    m->stop.resume = pc + (halfword(m, pc) >= 0xe800 ? 4 : 2);
    return true;
}

bool guest_fault(struct machine *m, enum fault kind, uint32_t addr, uint32_t pc, const char *what,
                 struct err *e)
{
    struct guest *g = m->guest;
    struct err why = {0};
    uint32_t handler = 0, psr = 0;
    observe_flush(m, pc, m->time.cycles);
    uc_reg_read(m->uc, UC_ARM_REG_XPSR, &psr);
    if (kind == FAULT_UNDEFINSTR && !(psr & 1 << 24)) {
        kind = FAULT_INVSTATE;
        what = NULL;
    }
    /* An SVC was executed, whatever takes it: it is not repeated. */
    uint32_t back = kind == FAULT_SVC ? pc + 2 : pc;
    uc_reg_write(m->uc, UC_ARM_REG_PC, &(uint32_t){back | 1});
    m->stop.resume = back;
    /* what the program asked for is no fault */
    if (kind == FAULT_DEBUGEVT && exceptions_monitored(m->exceptions))
        return outcome(m, exceptions_fault(m->exceptions, kind, addr, e), e);
    bool deliver = exceptions_fault_handler(m->exceptions, kind, &handler) && !dead_end(m, handler);
    fault_describe(m, what ? what : scb_fault_names[kind], pc, &why);
    if (!deliver) {
        if (g->first.code) { /* a fault while one was handled: the first tells more */
            buf_printf(&g->report, "then, inside the handler: ");
            buf_add(&g->report, buf_text(&m->result.fault), m->result.fault.len);
            buf_free(&m->result.fault);
            m->result.fault = g->report;
            g->report = (struct buf){0};
            why = g->first;
        }
        return err_set(e, why.code, "%s", why.msg);
    }
    if (!g->first.code) {
        g->first = why;
        g->report = m->result.fault;
        m->result.fault = (struct buf){0};
    }
    buf_free(&m->result.fault);
    if (kind == FAULT_INVPC)
        return outcome(m, exceptions_return(m->exceptions, addr, e), e);
    return outcome(m, exceptions_fault(m->exceptions, kind, addr, e), e);
}

bool guest_end(struct machine *m, struct err *e)
{
    struct guest *g = m->guest;
    observe_flush(m, m->stop.resume, m->time.cycles);
    rtt_drain(m);
    if (!g->first.code || !exceptions_in_fault(m->exceptions) || (e && e->code))
        return false;
    m->result.fault = g->report;
    g->report = (struct buf){0};
    return err_set(e, g->first.code, "%s", g->first.msg);
}

/* ---- what is checked while running, on the slow paths only ---- */

/* The lowest address that can be reached from `addr` without a hole: SRAMs often lie one behind the
 * other. */
static uint32_t memory_begin(const struct board *b, uint32_t addr)
{
    for (int r; (r = board_region(b, addr, 1)) >= 0 && b->region[r].base;
         addr = b->region[r].base - 1)
        if (board_region(b, b->region[r].base - 1, 1) < 0)
            return b->region[r].base;
    return 0;
}

/* The main stack ends where data, bss or the heap below it end. */
static uint32_t stack_limit(const struct machine *m)
{
    uint32_t limit = m->stack.region;
    for (size_t i = 0; i < m->image->nsections; i++) {
        const struct section *s = &m->image->section[i];
        uint32_t end = s->addr + s->size;
        if (s->size && s->addr >= limit && s->addr < m->stack.top) {
            if (end <= m->stack.top - 4 && end > limit)
                limit = end;
            else if (end > m->stack.top - 4 && s->addr > limit)
                limit = s->addr; /* a section reserved for the stack */
        }
    }
    if (m->layout.heap_end > limit && m->layout.heap_end < m->stack.top)
        limit = m->layout.heap_end;
    if (m->opt.stack_bytes && m->stack.top - m->opt.stack_bytes > limit &&
        m->opt.stack_bytes < m->stack.top)
        limit = m->stack.top - (uint32_t)m->opt.stack_bytes;
    return limit;
}

bool guest_stack_overflow(struct machine *m, struct err *e)
{
    char what[160];
    uint32_t limit = m->stack.limit;
    const struct symbol *s = NULL;
    for (size_t i = 0; i < m->image->nsymbols; i++)
        if (!m->image->symbol[i].func && m->image->symbol[i].addr < limit &&
            m->image->symbol[i].size)
            s = &m->image->symbol[i];
    char name[61] = "";
    snprintf(what, sizeof what, "stack overflow: SP goes to 0x%08x, below 0x%08x%s%s", m->stack.low,
             limit, s ? " where there is " : "",
             s ? image_name_text(s->name, name, sizeof name) : "");
    return fault_describe(m, what, m->trap.pc, e);
}

bool guest_stuck(struct machine *m, uint32_t pc, struct err *e)
{
    uint32_t psr = 0;
    uc_reg_read(m->uc, UC_ARM_REG_XPSR, &psr);
    if (!m->cursor.path->block || !m->cursor.path->block->halts || !(psr & 0x1ff)) {
        say_end(m, pc, "loops without progress, and nothing that is modelled would end that");
        return false;
    }
    if (guest_end(m, e))
        return false;
    char name[24], what[80];
    snprintf(what, sizeof what, "endless loop in the handler of %s",
             exceptions_name((int)(psr & 0x1ff), name, sizeof name));
    return fault_describe(m, what, pc, e);
}
