/* Running: what happens at the beginning of each block, and what a stop of the emulator asks
 * for. */
#include "sim/exec/run.h"

#include <limits.h>
#include <string.h>

#include "sim/exec/access.h"
#include "sim/exec/block.h"
#include "sim/exec/cut.h"
#include "sim/exec/engine.h"
#include "sim/exec/guard.h"
#include "sim/exec/mode.h"
#include "sim/exec/partial.h"
#include "sim/exec/paths.h"
#include "sim/exec/scopes.h"

static void enter_scope(struct machine *m, const struct path *n, bool called)
{
    struct scope *s = &m->scopes.list[n->scope];
    if (s->order < 0) {
        s->order = m->scopes.entered++;
        s->parent = m->calls.scope;
    }
    if (called || m->calls.scope != n->scope)
        s->entered++;
    m->calls.scope = n->scope;
}

/* Where the fetch lines of a block are all in the instruction cache, nothing remains to be
 * simulated. */
static void begin_fetch(struct machine *m, struct path *n)
{
    struct block *b = n->block;
    m->cursor.cost_done = 0;
    m->cursor.line_done = 0;
    if (!(n->work & WORK_FETCH))
        return;
    if (b->config != m->memory.config)
        block_lines(m, b);
    if (b->nlines == 0) {
        m->memory.fetch_line = UINT32_MAX;
    } else if (m->memory.icache.on && !m->memory.art_region[b->region]) {
        if (n->fetch_epoch == m->memory.icache.epoch) {
            m->cursor.line_done = b->nlines;
            m->memory.fetch_line = b->line[b->nlines - 1];
        } else {
            n->fetch_epoch = memory_resident(&m->memory, b->region, b->line, b->nlines)
                                 ? m->memory.icache.epoch
                                 : 0;
        }
    }
}

/* Code may write CPACR and use the FPU in one block, without a barrier between. */
static bool enables_fpu(struct machine *m, const struct block *b)
{
    uint32_t first = path_fpu(b);
    int i = access_insn_at(m, 0xe000ed88, false);
    if (i >= 0)
        return b->run->insn[i].addr < first;
    for (i = 0; m->opt.mode != MODE_EXACT && i < b->naccess; i++)
        if (b->access[i].store && b->run->insn[b->access[i].insn].addr < first)
            return true; /* addresses are not known here */
    return false;
}

/* ITSTATE where the block behind `from` begins. */
static uint8_t it_state(const struct machine *m, const struct path *from)
{
    return from->block ? from->block->it_out : (uint8_t)mode_itstate(m);
}

/* What a block needs before its first instruction executes. False: its address expressions were
 * made anew and it must start over. */
static bool begin(struct machine *m, struct path *n)
{
    m->cursor.executed = 0;
    m->cursor.mmio_next = 0;
    m->cursor.last_hook = -1;
    m->cursor.hooked.open = m->cursor.stored = false;
    m->cursor.pending = m->cursor.stepwise || (n->work & (WORK_HOOKED | WORK_LATE)) != 0;
    if (n->work & WORK_UNDEF)
        engine_trap(m, n->block->nocp ? FAULT_NOCP : FAULT_UNDEFINSTR, n->block->undefined);
    if (n->work & WORK_DATA && !access_begin(m, n)) {
        path_without_loads(m, n->block);
        if (m->stop.why == STOP_NONE && path_watched(m, n->block)) {
            m->cursor.retry_size = n->size;
            engine_stop(m, STOP_RETRY, n->addr);
        }
        return false;
    }
    if (n->work & WORK_GUARD)
        guard_block(m, n);
    if (n->work & WORK_FPU && guard_no_fpu(m) && !enables_fpu(m, n->block))
        engine_trap(m, FAULT_NOCP, path_fpu(n->block));
    else if (n->work & WORK_FPU && m->exceptions->fpu.first)
        engine_trap(m, TRAP_FP, path_fpu(n->block));
    begin_fetch(m, n);
    return true;
}

static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct machine *m = user;
    struct path *from = m->cursor.path, *n;
    uint32_t addr = (uint32_t)address;
    (void)uc;
    if (m->stop.why != STOP_NONE)
        return;
    unsigned left = m->cursor.left;
    enum cursor_phase phase = m->cursor.phase;
    bool near = false, entered = phase == PHASE_ENTERED;
    m->cursor.phase = PHASE_NEW;
    if (phase != PHASE_NEW && (!partial_begins(m, &size) || phase >= PHASE_COUNTED)) {
        if (phase == PHASE_WITHIN)
            m->cursor.phase = phase;
        return;
    }
    if (phase == PHASE_NEW) {
        if (m->cursor.pending)
            cut_finish(m);
        if (from->work & WORK_TRIM) /* Unicorn ends a block behind MSR and CPS */
            exceptions_trim(m->exceptions, from->block->raises);
        left = addr != from->addr + from->size;
        if (from->work & WORK_PREDICT &&
            isa_mispredicts(from->block->history, &from->block->run->insn[from->block->n - 1], left,
                            addr)) {
            left |= EXIT_MISPREDICTED;
        }
        if (from->work & WORK_FLOW)
            scopes_flow(m, from->block, addr);
    }
    if (m->time.cycles >= m->time.check_at) {
        if (m->port->at_boundary(m, addr)) {
            m->cursor.phase = entered ? PHASE_ENTERED : PHASE_REPEAT;
            m->cursor.left = left;
            return;
        }
        near = m->time.events.next - m->time.cycles <= m->code.reach.longest;
    }
    n = from->succ[left];
    if (!n || n->addr != addr || n->size != size || n->scope != m->calls.scope ||
        (from->work & WORK_LATE) ||
        (n->work & WORK_COPY && memcmp(n->block->host, n->block->copy, size))) {
        const pipe_state *exit = from->work & WORK_LATE ? m->cursor.late_exit : from->cost->exit;
        n = path_get(m, addr, size, exit[left], it_state(m, from));
        if (!n) {
            /* once more, when the hooks are in place */
            m->cursor.phase = entered ? PHASE_ENTERED : PHASE_REPEAT;
            m->cursor.left = left;
            return;
        }
        from->succ[left] = n;
        if (n->block->scope >= 0 && !entered)
            enter_scope(m, n, from->work & WORK_FLOW);
        near = m->time.events.next - m->time.cycles <= m->code.reach.longest;
    }
    uint64_t before = m->cursor.start;
    int32_t stalls = m->cursor.stall;
    bool anew = true;
    m->cursor.path = n;
    m->cursor.start = m->time.cycles;
    m->cursor.stall = 0;
    if (m->cursor.stepwise) {
        m->cursor.before = from;
        m->cursor.left = left;
    }
    if (n->work & WORK_ANY) {
        if (!begin(m, n))
            goto stopped;
        if (m->trap.pending) {
            cut_at_trap(m);
            goto stopped;
        }
    }
    if (near && cut_at_event(m, &anew))
        goto stopped;
    if (n->work & WORK_ANY) {
        if (!m->cursor.pending &&
            (m->cursor.line_done < n->block->nlines || (n->footprint && n->footprint->ncosts)))
            access_until(m, INT_MAX - 1);
        if (n->work & WORK_SEV)
            exceptions_event(m->exceptions);
        if (n->work & WORK_HALT && m->time.events.next == NEVER)
            engine_stop(m, STOP_EXIT, addr);
    }
    m->recent.path[m->recent.n++ % RECENT] = n;
    cut_count(m, n);
    return;
stopped:
    if (m->cursor.phase == PHASE_NEW)
        m->cursor.phase = PHASE_REPEAT;
    m->cursor.left = left;
    if (anew) {
        m->cursor.path = from;
        m->cursor.start = before;
        m->cursor.stall = stalls;
        m->cursor.pending = false;
    }
}

static void on_code(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct machine *m = user;
    (void)size;
    int i = cut_insn(m->cursor.path->block, (uint32_t)address);
    if (i < 0 || m->stop.why != STOP_NONE)
        return;
    if (i <= m->cursor.last_hook)
        return; /* two hooks may cover it */
    const struct insn *in = &m->cursor.path->block->run->insn[i];
    if (m->cursor.stored && !(in->flags & INSN_IN_IT)) {
        m->cursor.stored = false;
        engine_stop(m, STOP_HERE, in->addr);
        return;
    }
    if (block_sp_set(m->cursor.path->block, i - 1))
        exceptions_trim(m->exceptions, false);
    m->cursor.insn = m->cursor.last_hook = i;
    m->cursor.hook_calls = 0;
    access_until(m, i);
    if (in->flags & INSN_WATCH)
        m->cursor.executed |= UINT64_C(1) << in->watch;
    if (in->flags & INSN_DYNAMIC && in->base >= 0 && in->index >= 0) {
        uint32_t n = 0, d = 0;
        uc_reg_read(uc, engine_register(in->base), &n);
        uc_reg_read(uc, engine_register(in->index), &d);
        if (d == 0 && guard_traps_division(m)) {
            m->trap.pending = false;
            engine_trap(m, FAULT_DIVBYZERO, in->addr);
            m->trap.pending = false;
            engine_stop(m, STOP_FAULT, in->addr);
            return;
        }
        uint32_t extra = isa_dynamic_extra(m->isa, in, n, d);
        m->scopes.list[m->calls.scope].stall[STALL_CPI] += extra;
        m->time.cycles += extra;
        m->cursor.stall += (int32_t)extra;
    }
    if (in->mem != MEM_NONE && m->opt.mode == MODE_EXACT)
        access_hooked(m, i);
}

static void on_memory(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
                      void *user)
{
    struct machine *m = user;
    (void)uc;
    (void)value;
    const struct block *b = m->cursor.path->block;
    /* Unicorn calls again for the halves of an unaligned access that straddles two of its 1 KiB
     * pages. */
    if (b && m->cursor.insn < b->n && m->cursor.hook_calls++ >= b->run->insn[m->cursor.insn].count)
        return;
    if (m->stop.why == STOP_NONE)
        access_watched(m, m->cursor.insn, (uint32_t)address, (uint32_t)size, type == UC_MEM_WRITE,
                       m->cursor.hook_calls == 1);
}

static bool on_invalid(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
                       void *user)
{
    struct machine *m = user;
    (void)uc;
    (void)size;
    (void)value;
    m->stop.addr = (uint32_t)address;
    m->stop.access = type;
    return false;
}

static void on_interrupt(uc_engine *uc, uint32_t number, void *user)
{
    struct machine *m = user;
    (void)uc;
    m->stop.interrupt = (int)number;
    engine_stop(m, STOP_EVENT, 0);
}

bool run_hooks(struct machine *m, struct err *e)
{
    uc_hook h;
    uc_err err = UC_ERR_OK;
    m->code.on_code = on_code;
    if (m->opt.mode != MODE_BARE)
        err = uc_hook_add(m->uc, &h, UC_HOOK_BLOCK, CALLBACK(on_block), m, 1, 0);
    if (err == UC_ERR_OK)
        err = uc_hook_add(m->uc, &h, UC_HOOK_MEM_INVALID, CALLBACK(on_invalid), m, 1, 0);
    if (err == UC_ERR_OK)
        err = uc_hook_add(m->uc, &h, UC_HOOK_INTR, CALLBACK(on_interrupt), m, 1, 0);
    if (err == UC_ERR_OK && m->opt.mode == MODE_HOOKS) {
        err = uc_hook_add(m->uc, &h, UC_HOOK_CODE, CALLBACK(on_code), m, 1, 0);
        if (err == UC_ERR_OK)
            err = uc_hook_add(m->uc, &h, UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, CALLBACK(on_memory),
                              m, 1, 0);
    }
    return err == UC_ERR_OK || err_set(e, ERR_ENV, "Unicorn: %s", uc_strerror(err));
}
