/* Running: what happens at the beginning of each block, and what a stop of the emulator asks for. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/exec/core.h"
#include "sim/exec/guard.h"
#include "sim/guest.h"
#include "sim/exec/run.h"

enum { TICK = 4000000 }; /* cycles between looks at the host's clock */
#define NOWHERE 0xfffffffeu /* where no instruction is */

static uint64_t host_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
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

void machine_redirect(struct machine *m)
{
    if (m->open)
        cut_finish(m);
    m->again = false;
    m->cur = &m->idle;
    memset(m->idle.succ, 0, sizeof m->idle.succ); /* ITSTATE may be another */
    m->fault_type = 0;
    m->redirected = true;
    uc_reg_read(m->uc, UC_ARM_REG_PC, &m->resume);
}

uint64_t machine_now(const struct machine *m)
{
    return m->cur->block ? machine_time(m, m->insn_now) : (uint64_t)((int64_t)m->block_start + m->block_stall);
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

static void enter_scope(struct machine *m, const struct node *n, bool called)
{
    struct scope *s = &m->scopes[n->scope];
    if (s->order < 0) {
        s->order = m->order++;
        s->parent = m->scope;
    }
    if (called || m->scope != n->scope)
        s->entered++;
    m->scope = n->scope;
}

/* Where the fetch lines of a block are all in the instruction cache, nothing remains to be simulated. */
static void begin_fetch(struct machine *m, struct node *n)
{
    struct block *b = n->block;
    m->event_done = 0;
    m->line_done = 0;
    if (!(n->work & WORK_FETCH))
        return;
    if (b->config != m->memory.config)
        block_lines(m, b);
    if (b->nlines == 0) {
        m->memory.fetch_line = UINT32_MAX;
    } else if (m->memory.icache.on && !m->memory.art_region[b->region]) {
        if (n->fetch_epoch == m->memory.icache.epoch) {
            m->line_done = b->nlines;
            m->memory.fetch_line = b->line[b->nlines - 1];
        } else {
            n->fetch_epoch = memory_resident(&m->memory, b->region, b->line, b->nlines) ? m->memory.icache.epoch : 0;
        }
    }
}

/* Time reached a limit or an event. True: stopped, this block does not run now. */
static bool attend(struct machine *m, uint32_t addr)
{
    bool take = guest_due(m);
    if (m->cycles >= m->limit_at) {
        m->check_at = UINT64_MAX;
        limit(m, addr);
        take |= guest_due(m);
    }
    if (take && m->why == STOP_NONE)
        machine_stop(m, STOP_TAKE, addr);
    if (m->guest->debug && m->why == STOP_NONE && debug_at_block(m, addr))
        machine_stop(m, STOP_DEBUG, addr);
    return m->why != STOP_NONE;
}

/* Code may write CPACR and use the FPU in one block, without a barrier between. */
static bool enables_fpu(struct machine *m, const struct block *b)
{
    uint32_t first = node_fpu(b);
    int i = data_insn_at(m, 0xe000ed88, false);
    if (i >= 0)
        return b->run->insn[i].addr < first;
    for (i = 0; m->opt.mode != MODE_EXACT && i < b->naccess; i++)
        if (b->access[i].store && b->run->insn[b->access[i].insn].addr < first)
            return true; /* addresses are not known here */
    return false;
}

/* ITSTATE where the block behind `from` begins. */
static uint8_t it_state(const struct machine *m, const struct node *from)
{
    uint32_t psr = 0;
    if (from->block)
        return from->block->it_out;
    uc_reg_read(m->uc, UC_ARM_REG_XPSR, &psr);
    return (uint8_t)((psr >> 8 & 0xfc) | (psr >> 25 & 3));
}

/* What a block needs before its first instruction executes. False: it was planned anew and must begin again. */
static bool begin(struct machine *m, struct node *n)
{
    m->executed = 0;
    m->mmio_next = 0;
    m->last_hook = -1;
    m->hooked.open = m->stored = false;
    m->open = m->careful || (n->work & (WORK_HOOKED | WORK_LATE)) != 0;
    if (n->work & WORK_UNDEF)
        machine_trap(m, n->block->nocp ? FAULT_NOCP : FAULT_UNDEFINSTR, n->block->undefined);
    if (n->work & WORK_DATA && !data_begin(m, n)) {
        node_replan(m, n->block);
        if (m->why == STOP_NONE && node_watched(m, n->block)) {
            m->retry_size = n->size;
            machine_stop(m, STOP_RETRY, n->addr);
        }
        return false;
    }
    if (n->work & WORK_GUARD)
        guard_block(m, n);
    if (n->work & WORK_FPU && guest_no_fpu(m) && !enables_fpu(m, n->block))
        machine_trap(m, FAULT_NOCP, node_fpu(n->block));
    begin_fetch(m, n);
    return true;
}

static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct machine *m = user;
    struct node *from = m->cur, *n;
    uint32_t addr = (uint32_t)address;
    (void)uc;
    if (m->why != STOP_NONE)
        return;
    unsigned left = m->left;
    bool near = false, entered = false;
    if (!m->again) {
        if (m->open)
            cut_finish(m);
        left = addr != from->addr + from->size;
        if (from->work & WORK_PREDICT &&
            isa_mispredicts(from->block->history, &from->block->run->insn[from->block->n - 1], left, addr)) {
            left |= EXIT_MISPREDICTED;
        }
        if (from->work & WORK_FLOW)
            scopes_flow(m, from->block, addr);
    } else {
        m->again = false;
        if (m->begun) {
            m->begun = false;
            return;
        }
        entered = m->recut;
        m->recut = false;
    }
    if (m->cycles >= m->check_at) {
        if (attend(m, addr)) {
            m->again = true;
            m->recut = entered;
            m->left = left;
            return;
        }
        near = m->guest->q.next - m->cycles <= m->reach.longest;
    }
    n = from->succ[left];
    if (!n || n->addr != addr || n->size != size || n->scope != m->scope || (from->work & WORK_LATE) ||
        (n->work & WORK_COPY && memcmp(n->block->host, n->block->copy, size))) {
        const pipe_state *exit = from->work & WORK_LATE ? m->late_exit : from->cost->exit;
        n = node_get(m, addr, size, exit[left], it_state(m, from));
        if (!n) {
            m->again = true; /* the same step once more, when the hooks are in place */
            m->recut = entered;
            m->left = left;
            return;
        }
        from->succ[left] = n;
        if (n->block->scope >= 0 && !entered)
            enter_scope(m, n, from->work & WORK_FLOW);
        near = m->guest->q.next - m->cycles <= m->reach.longest;
    }
    uint64_t before = m->block_start;
    int32_t stalls = m->block_stall;
    bool anew = true;
    m->cur = n;
    m->block_start = m->cycles;
    m->block_stall = 0;
    if (m->careful) {
        m->before = from;
        m->left = left;
    }
    if (n->work & WORK_ANY) {
        if (!begin(m, n))
            goto stopped;
        if (m->trapped) {
            cut_at_trap(m);
            goto stopped;
        }
    }
    if (near && cut_at_event(m, &anew))
        goto stopped;
    if (n->work & WORK_ANY) {
        if (!m->open && (m->line_done < n->block->nlines || (n->variant && n->variant->nevents)))
            data_until(m, INT_MAX - 1);
        if (n->work & WORK_HALT && guest_idle(m))
            machine_stop(m, STOP_EXIT, addr);
    }
    m->ring[m->ring_at++ % RING] = n;
    cut_count(m, n);
    return;
stopped:
    m->again = true;
    m->left = left;
    if (anew) {
        m->cur = from;
        m->block_start = before;
        m->block_stall = stalls;
        m->open = false;
    }
}

void run_on_code(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct machine *m = user;
    (void)size;
    int i = cut_insn(m->cur->block, (uint32_t)address);
    if (i < 0 || m->why != STOP_NONE)
        return;
    if (i <= m->last_hook)
        return; /* two hooks may cover it */
    const struct insn *in = &m->cur->block->run->insn[i];
    if (m->stored && !(in->flags & INSN_IN_IT)) {
        m->stored = false;
        machine_stop(m, STOP_HERE, in->addr);
        return;
    }
    m->insn_now = m->last_hook = i;
    m->hook_calls = 0;
    data_until(m, i);
    if (in->flags & INSN_WATCH)
        m->executed |= UINT64_C(1) << in->watch;
    if (in->flags & INSN_DYNAMIC && in->base >= 0 && in->index >= 0) {
        uint32_t n = 0, d = 0;
        uc_reg_read(uc, in->base < 13 ? UC_ARM_REG_R0 + in->base : UC_ARM_REG_R14, &n);
        uc_reg_read(uc, in->index < 13 ? UC_ARM_REG_R0 + in->index : UC_ARM_REG_R14, &d);
        if (d == 0 && guest_traps_division(m)) {
            m->trapped = false;
            machine_trap(m, FAULT_DIVBYZERO, in->addr);
            m->trapped = false;
            machine_stop(m, STOP_FAULT, in->addr);
            return;
        }
        uint32_t extra = isa_dynamic_extra(m->isa, in, n, d);
        m->scopes[m->scope].stall[STALL_CPI] += extra;
        m->cycles += extra;
        m->block_stall += (int32_t)extra;
    }
    if (in->mem != MEM_NONE && m->opt.mode == MODE_EXACT)
        data_hooked(m, i);
}

static void on_memory(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value, void *user)
{
    struct machine *m = user;
    (void)uc;
    (void)value;
    const struct block *b = m->cur->block;
    /* Unicorn calls again for the halves of an unaligned access that straddles two of its 1 KiB pages. */
    if (b && m->insn_now < b->n && m->hook_calls++ >= b->run->insn[m->insn_now].count)
        return;
    if (m->why == STOP_NONE)
        data_access(m, m->insn_now, (uint32_t)address, (uint32_t)size, type == UC_MEM_WRITE, m->hook_calls == 1);
}

static bool on_invalid(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value, void *user)
{
    struct machine *m = user;
    (void)uc;
    (void)size;
    (void)value;
    m->fault_addr = (uint32_t)address;
    m->fault_type = type;
    return false;
}

static void on_interrupt(uc_engine *uc, uint32_t number, void *user)
{
    struct machine *m = user;
    (void)uc;
    m->interrupt = (int)number;
    machine_stop(m, STOP_EVENT, 0);
}

bool run_hooks(struct machine *m, struct err *e)
{
    uc_hook h;
    uc_err err = UC_ERR_OK;
    if (m->opt.mode != MODE_BARE)
        err = uc_hook_add(m->uc, &h, UC_HOOK_BLOCK, CALLBACK(on_block), m, 1, 0);
    if (err == UC_ERR_OK)
        err = uc_hook_add(m->uc, &h, UC_HOOK_MEM_INVALID, CALLBACK(on_invalid), m, 1, 0);
    if (err == UC_ERR_OK)
        err = uc_hook_add(m->uc, &h, UC_HOOK_INTR, CALLBACK(on_interrupt), m, 1, 0);
    if (err == UC_ERR_OK && m->opt.mode == MODE_HOOKS) {
        err = uc_hook_add(m->uc, &h, UC_HOOK_CODE, CALLBACK(run_on_code), m, 1, 0);
        if (err == UC_ERR_OK)
            err = uc_hook_add(m->uc, &h, UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, CALLBACK(on_memory), m, 1, 0);
    }
    return err == UC_ERR_OK || err_set(e, ERR_ENV, "Unicorn: %s", uc_strerror(err));
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
                return periph_semihost(m);
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
    if (err == UC_ERR_OK && ((m->guest->debug && debug_exit(m, pc)) || (cut && pc == cut))) {
        m->resume = pc;
        return true;
    }
    if (err == UC_ERR_OK || wfe)
        return guest_halt(m, pc);
    if (guard_diverted(m)) {
        cut_end(m, m->diverted.pc);
        return guard_undivert(m, e);
    }
    if (m->fault_type)
        pc = fault_pc(m);
    cut_end(m, pc);
    bool fetch = err == UC_ERR_FETCH_UNMAPPED || err == UC_ERR_FETCH_PROT;
    uint32_t at = m->fault_addr;
    enum fault kind = err == UC_ERR_INSN_INVALID ? FAULT_UNDEFINSTR : !fetch ? FAULT_PRECISERR : default_no_execute(at) ? FAULT_IACCVIOL : FAULT_IBUSERR;
    return guest_fault(m, kind, at, fetch ? at : pc, fault_kind(err), e);
}

/* Code of the simulator's own, where the architecture's default map lets code execute and no board has memory. */
enum { STUB_SIZE = 4096 };
#define STUB 0x9ffff000u

bool run_open_stub(struct machine *m, struct err *e)
{
    /* MSR EPSR does nothing but make Unicorn look at the mode anew; CLREX; WFI in case the end address is not heeded. */
    static const uint8_t code[] = {0x80, 0xf3, 0x06, 0x88, 0xbf, 0xf3, 0x2f, 0x8f, 0x30, 0xbf};
    uc_err err = uc_mem_map(m->uc, STUB, STUB_SIZE, UC_PROT_EXEC);
    if (err == UC_ERR_OK)
        err = uc_mem_write(m->uc, STUB, code, sizeof code);
    return err == UC_ERR_OK || err_set(e, ERR_ENV, "Unicorn: %s", uc_strerror(err));
}

/* The mode that was set through Unicorn's registers takes effect in translated code only after an instruction that may
 * change it; and exception entry and return clear the local exclusive monitor. */
static void follow_mode(struct machine *m)
{
    uint32_t psr = 0;
    m->redirected = false;
    m->why = STOP_TAKE; /* hooks look away */
    uc_reg_read(m->uc, UC_ARM_REG_XPSR, &psr);
    if (psr & 0x0600fc00) /* inside an IT block the stub would be conditional */
        uc_reg_write(m->uc, UC_ARM_REG_XPSR_NZCVQG, &(uint32_t){psr & ~0x0600fc00u});
    uc_emu_start(m->uc, STUB | 1, STUB + 8, 0, 0);
    if (psr & 0x0600fc00)
        uc_reg_write(m->uc, UC_ARM_REG_XPSR_NZCVQG, &psr);
    m->why = STOP_NONE;
}

bool machine_leg(struct machine *m, struct err *e)
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
        follow_mode(m);
    if (m->guest->debug)
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
    if (m->guest->debug)
        debug_serve(m, e);
    else
        while (go)
            go = machine_leg(m, e);
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
