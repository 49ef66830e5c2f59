/* Running: what happens at the beginning of each block, and what a stop of the emulator asks for. */
#include <limits.h>
#include <string.h>

#include "sim/exec/core.h"
#include "sim/exec/guard.h"
#include "sim/exec/run.h"

static void enter_scope(struct machine *m, const struct node *n, bool called)
{
    struct scope *s = &m->scopes[n->scope];
    if (s->order < 0) {
        s->order = m->order++;
        s->parent = m->calls.scope;
    }
    if (called || m->calls.scope != n->scope)
        s->entered++;
    m->calls.scope = n->scope;
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
    if (n->work & WORK_FPU && guard_no_fpu(m) && !enables_fpu(m, n->block))
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
        if (m->port->attend(m, addr)) {
            m->again = true;
            m->recut = entered;
            m->left = left;
            return;
        }
        near = m->events.next - m->cycles <= m->reach.longest;
    }
    n = from->succ[left];
    if (!n || n->addr != addr || n->size != size || n->scope != m->calls.scope || (from->work & WORK_LATE) ||
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
        near = m->events.next - m->cycles <= m->reach.longest;
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
        if (n->work & WORK_HALT && m->events.next == NEVER)
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

static void on_code(uc_engine *uc, uint64_t address, uint32_t size, void *user)
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
        if (d == 0 && guard_traps_division(m)) {
            m->trapped = false;
            machine_trap(m, FAULT_DIVBYZERO, in->addr);
            m->trapped = false;
            machine_stop(m, STOP_FAULT, in->addr);
            return;
        }
        uint32_t extra = isa_dynamic_extra(m->isa, in, n, d);
        m->scopes[m->calls.scope].stall[STALL_CPI] += extra;
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
    m->on_code = on_code;
    if (m->opt.mode != MODE_BARE)
        err = uc_hook_add(m->uc, &h, UC_HOOK_BLOCK, CALLBACK(on_block), m, 1, 0);
    if (err == UC_ERR_OK)
        err = uc_hook_add(m->uc, &h, UC_HOOK_MEM_INVALID, CALLBACK(on_invalid), m, 1, 0);
    if (err == UC_ERR_OK)
        err = uc_hook_add(m->uc, &h, UC_HOOK_INTR, CALLBACK(on_interrupt), m, 1, 0);
    if (err == UC_ERR_OK && m->opt.mode == MODE_HOOKS) {
        err = uc_hook_add(m->uc, &h, UC_HOOK_CODE, CALLBACK(on_code), m, 1, 0);
        if (err == UC_ERR_OK)
            err = uc_hook_add(m->uc, &h, UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, CALLBACK(on_memory), m, 1, 0);
    }
    return err == UC_ERR_OK || err_set(e, ERR_ENV, "Unicorn: %s", uc_strerror(err));
}
