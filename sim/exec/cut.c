/* Where blocks end early: at the next event, at a fault, behind a store that matters, where a
 * debugger stops. What was executed is counted as a block of its own. */
#include "sim/exec/cut.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sim/exec/access.h"
#include "sim/exec/block.h"
#include "sim/exec/engine.h"
#include "sim/exec/paths.h"
#include "sim/exec/reach.h"

/* The running block ran with the watched instructions that passed as m->cursor.executed says. */
static void count_outcome(struct machine *m)
{
    struct path *n = m->cursor.path;
    int watched = n->block->run->watched;
    uint64_t known = watched < 64 ? (UINT64_C(1) << watched) - 1 : UINT64_MAX;
    const struct pipe_cost *c = isa_cost(n->block->run, n->in, m->cursor.executed & known, &m->err);
    struct outcome *o = n->outcomes;
    while (o && o->cost != c)
        o = o->next;
    if (!o && c) {
        o = calloc(1, sizeof *o);
        if (o) {
            o->cost = c;
            o->next = n->outcomes;
            n->outcomes = o;
        }
    }
    if (!o) {
        err_nomem(&m->err);
        engine_stop(m, STOP_ERROR, n->addr);
        return;
    }
    o->count++;
    m->time.cycles += (uint64_t)(int64_t)c->cycles;
    memcpy(m->cursor.late_exit, c->exit, sizeof m->cursor.late_exit);
}

/* The block that ran is complete: what had to wait for the outcome of watched instructions. */
void cut_finish(struct machine *m)
{
    access_finish(m);
    if (m->cursor.path->work & WORK_LATE)
        count_outcome(m);
}

/* The running block, counted as a whole, ends before its k-th instruction: counts what is left as a
 * block of its own. False: an error stopped the machine. */
bool cut_short(struct machine *m, int k)
{
    struct path *n = m->cursor.path, *part = NULL;
    struct block *b = n->block;
    if (k >= b->n)
        return true;
    access_until(m, k - 1);
    access_forget(m, k);
    n->count--;
    m->dwt.walked = NULL;
    m->time.cycles -= (uint64_t)(int64_t)n->cycles;
    m->cursor.pending = false;
    if (k > 0) {
        b = block_get(m, n->addr, b->run->insn[k].addr - n->addr, b->it_in, &m->err);
        part = b ? path_of(m, b, n->in) : NULL;
        if (!part) {
            engine_stop(m, STOP_ERROR, n->addr);
            return false;
        }
    }
    m->cursor.path = part ? part : &m->cursor.idle;
    m->recent.path[(m->recent.n - 1) % RECENT] = part ? part : n;
    if (m->cursor.observed == n)
        m->cursor.observed = part;
    if (!part)
        return true;
    m->cursor.line_done = m->cursor.cost_done = INT_MAX;
    cut_count(m, part);
    if (part->work & WORK_LATE)
        count_outcome(m);
    return m->stop.why != STOP_ERROR;
}

/* Runs the block that is about to begin only up to `cut`, as a block of its own. */
static void cut_at(struct machine *m, uint32_t cut)
{
    m->cursor.phase = PHASE_ENTERED;
    m->cursor.cut = cut;
    m->cursor.cut_block = m->cursor.path->block;
    m->cursor.retry_size = m->cursor.path->size;
    engine_stop(m, STOP_CUT, m->cursor.path->addr);
}

/* The block has begun, and one of its instructions is known to fault. What comes before runs as a
 * block of its own. */
void cut_at_trap(struct machine *m)
{
    const struct path *n = m->cursor.path;
    m->trap.pending = false;
    access_forget(m, 0);
    if (m->trap.pc > n->addr) {
        cut_at(m, m->trap.pc);
        return;
    }
    m->recent.path[m->recent.n++ % RECENT] = m->cursor.path;
    engine_stop(m, STOP_FAULT, n->addr);
}

/* The block has begun, and the next event may come before its end. What surely ends before the
 * event runs as a block of its own; then time is followed instruction by instruction, up to the
 * event or to an instruction that takes part in time only when it executes. True: the block was
 * cut, and the emulator stops; *anew: what is left of it is to begin. */
bool cut_at_event(struct machine *m, bool *anew)
{
    struct path *n = m->cursor.path;
    const struct block *b = n->block;
    const int32_t *at = n->cost->at;
    int64_t left = (int64_t)(m->time.events.next - m->time.cycles),
            sure = left - (int64_t)reach_stalls(m, n);
    int unknown, k = 0;
    if (b->n < 2 || n->cost->cycles < sure || !block_may_grow(m))
        return false;
    unknown = access_unknown(m);
    while (k + 1 < b->n && at[k + 1] < sure)
        k++;
    *anew = unknown == 0 || k > unknown;
    if (*anew) {
        access_forget(m, 0);
        cut_at(m, b->run->insn[k ? k : 1].addr);
        return true;
    }
    k = 0;
    do
        access_until(m, k++);
    while (k < unknown && m->cursor.stall + at[k] < left);
    if (k == b->n)
        return false;
    m->recent.path[m->recent.n++ % RECENT] = n;
    cut_count(m, n);
    m->cursor.phase = PHASE_COUNTED;
    m->cursor.cut = b->run->insn[k].addr;
    m->cursor.cut_block = n->block;
    m->cursor.retry_size = n->size;
    engine_stop(m, STOP_CUT, n->addr);
    struct path *observed = m->cursor.observed; /* still the block before, the same perhaps */
    m->cursor.observed = NULL;
    cut_short(m, k);
    m->cursor.observed = observed;
    return true;
}

int cut_insn(const struct block *b, uint32_t addr)
{
    int lo = 0, hi = b ? b->n - 1 : -1;
    while (lo <= hi) {
        int mid = (lo + hi) / 2;
        if (b->run->insn[mid].addr == addr)
            return mid;
        if (b->run->insn[mid].addr < addr)
            lo = mid + 1;
        else
            hi = mid - 1;
    }
    return -1;
}

const struct insn *cut_until(struct machine *m, uint32_t addr)
{
    int i = cut_insn(m->cursor.path->block, addr);
    if (i < 0)
        return NULL;
    access_until(m, i);
    return &m->cursor.path->block->run->insn[i];
}

/* The emulator stopped at `pc`: there the running block ended, or an instruction of it faulted. */
void cut_end(struct machine *m, uint32_t pc)
{
    int k = m->cursor.path->block ? cut_insn(m->cursor.path->block, pc) : -1;
    if (k >= 0)
        cut_short(m, k);
    else if (m->cursor.pending)
        cut_finish(m);
}

/* A store outside of memory was made. If it changed what is pending or to come, and this may matter
 * before the block ends, the block ends behind the store. Unicorn leaves a block right behind an
 * access, but not inside an IT block. */
void cut_stored(struct machine *m)
{
    const struct block *b = m->cursor.path->block;
    int i = m->cursor.insn;
    if (m->time.check_at != 0 || m->stop.why != STOP_NONE || !m->cursor.pending || !b ||
        i + 1 >= b->n || (m->opt.mode != MODE_EXACT && m->opt.mode != MODE_HOOKS))
        return;
    const struct insn *in = &b->run->insn[i];
    if (in->mem != MEM_STORE ||
        !(m->port->waits(m) || m->time.events.next - engine_now(m) <= m->code.reach.longest))
        return;
    if (in->count == 1 && !(in->flags & INSN_IN_IT))
        engine_stop(m, STOP_STORED, in->addr + in->size);
    else if (in->flags & INSN_IN_IT)
        m->cursor.stored = true;
}

/* What is left to do of the store that the emulator left its block behind: the base register moves
 * last. */
void cut_behind_store(struct machine *m)
{
    engine_write_back(m, &m->cursor.path->block->run->insn[m->cursor.insn]);
    cut_short(m, m->cursor.insn + 1);
}

/* The emulator stopped before the instruction at m->stop.resume; if that begins its block, the
 * block is to begin anew. */
void cut_here(struct machine *m)
{
    int k = cut_insn(m->cursor.path->block, m->stop.resume);
    if (cut_short(m, k) && k == 0) {
        m->cursor.path = m->cursor.before;
        m->cursor.phase = PHASE_ENTERED;
    }
}

void cut_redirect(struct machine *m)
{
    if (m->cursor.pending)
        cut_finish(m);
    m->cursor.phase = PHASE_NEW;
    m->cursor.path = &m->cursor.idle;
    memset(m->cursor.idle.succ, 0, sizeof m->cursor.idle.succ); /* ITSTATE may be another */
    m->stop.access = 0;
    m->stop.redirected = true;
    uc_reg_read(m->uc, UC_ARM_REG_PC, &m->stop.resume);
}
