/* Where blocks end early: at the next event, at a fault, behind a store that matters, where a debugger stops. What was
 * executed is counted as a block of its own. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sim/exec/run.h"

/* The running block ran with the watched instructions that passed as m->executed says. */
static void settle(struct machine *m)
{
    struct node *n = m->cur;
    int watched = n->block->run->watched;
    uint64_t known = watched < 64 ? (UINT64_C(1) << watched) - 1 : UINT64_MAX;
    const struct pipe_cost *c = isa_cost(n->block->run, n->in, m->executed & known, &m->err);
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
        machine_stop(m, STOP_ERROR, n->addr);
        return;
    }
    o->count++;
    m->cycles += (uint64_t)(int64_t)c->cycles;
    memcpy(m->late_exit, c->exit, sizeof m->late_exit);
}

/* The block that ran is complete: what had to wait for the outcome of watched instructions. */
void cut_finish(struct machine *m)
{
    data_finish(m);
    if (m->cur->work & WORK_LATE)
        settle(m);
}

/* The running block, counted as a whole, ends before its k-th instruction: counts what is left as a block of its own.
 * False: an error stopped the machine. */
bool cut_short(struct machine *m, int k)
{
    struct node *n = m->cur, *part = NULL;
    struct block *b = n->block;
    if (k >= b->n)
        return true;
    data_until(m, k - 1);
    data_forget(m, k);
    n->count--;
    m->cycles -= (uint64_t)(int64_t)n->cycles;
    m->open = false;
    if (k > 0) {
        b = block_get(m, n->addr, b->run->insn[k].addr - n->addr, b->it_in, &m->err);
        part = b ? node_of(m, b, n->in) : NULL;
        if (!part) {
            machine_stop(m, STOP_ERROR, n->addr);
            return false;
        }
    }
    m->cur = part ? part : &m->idle;
    m->ring[(m->ring_at - 1) % RING] = part ? part : n;
    if (m->seen == n)
        m->seen = part;
    if (!part)
        return true;
    m->line_done = m->event_done = INT_MAX;
    cut_count(m, part);
    if (part->work & WORK_LATE)
        settle(m);
    return m->why != STOP_ERROR;
}

/* Runs the block that is about to begin only up to `cut`, as a block of its own. */
static void cut_at(struct machine *m, uint32_t cut)
{
    m->recut = true;
    m->cut = cut;
    m->retry_size = m->cur->size;
    machine_stop(m, STOP_CUT, m->cur->addr);
}

/* The block has begun, and one of its instructions is known to fault. What comes before runs as a block of its own. */
void cut_at_trap(struct machine *m)
{
    const struct node *n = m->cur;
    m->trapped = false;
    data_forget(m, 0);
    if (m->trap_pc > n->addr) {
        cut_at(m, m->trap_pc);
        return;
    }
    m->ring[m->ring_at++ % RING] = m->cur;
    machine_stop(m, STOP_FAULT, n->addr);
}

/* The block has begun, and the next event may come before its end. What surely ends before the event runs as a block of
 * its own; then time is followed instruction by instruction, up to the event or to an instruction that takes part in
 * time only when it executes. True: the block was cut, and the emulator stops; *anew: what is left of it is to begin. */
bool cut_at_event(struct machine *m, bool *anew)
{
    struct node *n = m->cur;
    const struct block *b = n->block;
    const int32_t *at = n->cost->at;
    int64_t left = (int64_t)(m->events.next - m->cycles), sure = left - (int64_t)reach_stalls(m, n);
    int unknown, k = 0;
    if (b->n < 2 || n->cost->cycles < sure || !block_may_grow(m))
        return false;
    unknown = data_unknown(m);
    while (k + 1 < b->n && at[k + 1] < sure)
        k++;
    *anew = unknown == 0 || k > unknown;
    if (*anew) {
        data_forget(m, 0);
        cut_at(m, b->run->insn[k ? k : 1].addr);
        return true;
    }
    k = 0;
    do
        data_until(m, k++);
    while (k < unknown && m->block_stall + at[k] < left);
    if (k == b->n)
        return false;
    m->ring[m->ring_at++ % RING] = n;
    cut_count(m, n);
    m->begun = true;
    m->cut = b->run->insn[k].addr;
    m->retry_size = n->size;
    machine_stop(m, STOP_CUT, n->addr);
    cut_short(m, k);
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
    int i = cut_insn(m->cur->block, addr);
    if (i < 0)
        return NULL;
    data_until(m, i);
    return &m->cur->block->run->insn[i];
}

/* The emulator stopped at `pc`: there the running block ended, or an instruction of it faulted. */
void cut_end(struct machine *m, uint32_t pc)
{
    int k = m->cur->block ? cut_insn(m->cur->block, pc) : -1;
    if (k >= 0)
        cut_short(m, k);
    else if (m->open)
        cut_finish(m);
}

/* A store outside of memory was made. If it changed what is pending or to come, and this may matter before the block ends,
 * the block ends behind the store. Unicorn leaves a block right behind an access, but not inside an IT block. */
void cut_stored(struct machine *m)
{
    const struct block *b = m->cur->block;
    int i = m->insn_now;
    if (m->check_at != 0 || m->why != STOP_NONE || !m->open || !b || i + 1 >= b->n || (m->opt.mode != MODE_EXACT && m->opt.mode != MODE_HOOKS))
        return;
    const struct insn *in = &b->run->insn[i];
    if (in->mem != MEM_STORE || !(m->port->waits(m) || m->events.next - machine_now(m) <= m->reach.longest))
        return;
    if (in->count == 1 && !(in->flags & INSN_IN_IT))
        machine_stop(m, STOP_STORED, in->addr + in->size);
    else if (in->flags & INSN_IN_IT)
        m->stored = true;
}

/* What is left to do of the store that the emulator left its block behind: the base register moves last. */
void cut_behind_store(struct machine *m)
{
    const struct insn *in = &m->cur->block->run->insn[m->insn_now];
    uint32_t base = 0;
    if (in->flags & INSN_WRITEBACK && in->base >= 0 && in->base < 15) {
        int id = in->base < 13 ? UC_ARM_REG_R0 + in->base : in->base == 13 ? UC_ARM_REG_R13 : UC_ARM_REG_R14;
        uc_reg_read(m->uc, id, &base);
        base += (uint32_t)in->step;
        uc_reg_write(m->uc, id, &base);
    }
    cut_short(m, m->insn_now + 1);
}

/* The emulator stopped before the instruction at m->resume; if that begins its block, the block is to begin anew. */
void cut_here(struct machine *m)
{
    int k = cut_insn(m->cur->block, m->resume);
    if (cut_short(m, k) && k == 0) {
        m->cur = m->before;
        m->again = m->recut = true;
    }
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
