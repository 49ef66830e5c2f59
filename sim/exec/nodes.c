/* Nodes: a block entered in one pipeline state and one scope, made when it is first executed so; and the code hooks on
 * the instructions that must be looked at while they run. */
#include <stdlib.h>
#include <string.h>

#include "sim/exec/core.h"
#include "sim/exec/engine.h"
#include "sim/exec/run.h"

enum { MAX_NODES = 1 << 20 };

static size_t place(const struct machine *m, uint32_t addr, uint32_t size, int scope, pipe_state in)
{
    uint32_t h = (addr >> 1) * 2654435761u ^ size * 97u ^ (uint32_t)scope * 40503u ^ in * 2246822519u;
    return (h ^ h >> 15) & (m->nodes_cap - 1);
}

static bool grow_nodes(struct machine *m, struct err *e)
{
    size_t cap = m->nodes_cap ? m->nodes_cap * 4 : 4096;
    struct node **t = calloc(cap, sizeof *t);
    if (!t)
        return err_nomem(e);
    free(m->nodes);
    m->nodes = t;
    m->nodes_cap = cap;
    for (struct node *n = m->all; n; n = n->all) {
        size_t h = place(m, n->addr, n->size, n->scope, n->in);
        n->bucket = t[h];
        t[h] = n;
    }
    return true;
}

/* Its first instruction with FP registers, 0 = none. */
uint32_t node_fpu(const struct block *b)
{
    for (int i = 0; i < b->n; i++)
        if (b->run->insn[i].freads | b->run->insn[i].fwrites)
            return b->run->insn[i].addr;
    return 0;
}

static uint32_t work_of(const struct machine *m, const struct block *b)
{
    uint32_t w = 0;
    const struct insn *last = b->n ? &b->run->insn[b->n - 1] : NULL;
    if (b->call || b->indirect)
        w |= WORK_FLOW;
    if (last && m->predicts && (last->flags & INSN_BRANCH) && (last->flags & (INSN_COND | INSN_INDIRECT)))
        w |= WORK_PREDICT;
    if (b->run->watched)
        w |= WORK_LATE;
    if (m->opt.mode != MODE_STATIC) {
        w |= WORK_FETCH;
        if (b->naccess || b->sp_value >= 0)
            w |= WORK_DATA;
    }
    if (b->hooked || m->opt.mode == MODE_HOOKS)
        w |= WORK_HOOKED;
    if (b->copy)
        w |= WORK_COPY;
    if (b->halts)
        w |= WORK_HALT;
    if (node_fpu(b))
        w |= WORK_FPU;
    if (m->guarded && m->opt.mode == MODE_EXACT)
        w |= WORK_GUARD;
    if (b->undefined)
        w |= WORK_UNDEF; /* Unicorn executes some encodings that the architecture leaves undefined or unpredictable */
    return w;
}

static bool hook_at(struct machine *m, uint32_t addr, bool *fresh)
{
    size_t lo = 0, hi = m->nhooks;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (m->hook[mid] < addr)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < m->nhooks && m->hook[lo] == addr)
        return true;
    uint32_t *t = grow(m->hook, m->nhooks, &m->hooks_cap, sizeof *t);
    if (!t)
        return false;
    m->hook = t;
    memmove(t + lo + 1, t + lo, (m->nhooks - lo) * sizeof *t);
    t[lo] = addr;
    m->nhooks++;
    *fresh = true;
    return true;
}

static bool ask_hook(struct machine *m, uint32_t addr)
{
    uint32_t *t = grow(m->asked, m->nasked, &m->asked_cap, sizeof *t);
    if (!t)
        return false;
    m->asked = t;
    t[m->nasked++] = addr;
    return true;
}

/* Adds the hooks asked for since the last time; only between two runs of the emulator. Unicorn walks all hooks at
 * each call: beyond a few single addresses the rest share one hook over their whole range. */
bool node_hooks(struct machine *m, struct err *e)
{
    enum { FEW = 64 };
    uc_hook h;
    for (; m->nasked; m->nasked--) {
        uint32_t addr = m->asked[m->nasked - 1];
        if (m->code_hooks < FEW) {
            m->code_hooks++;
            if (uc_hook_add(m->uc, &h, UC_HOOK_CODE, CALLBACK(m->on_code), m, addr, addr) != UC_ERR_OK)
                return err_set(e, ERR_ENV, "Unicorn refuses a hook");
            uc_ctl_remove_cache(m->uc, (uint64_t)addr, (uint64_t)addr + 4);
            continue;
        }
        if (addr >= m->hook_lo && addr < m->hook_hi)
            continue;
        if (m->hook_hi)
            uc_hook_del(m->uc, m->range_hook);
        uint32_t old_lo = m->hook_lo, old_hi = m->hook_hi;
        m->hook_lo = m->hook_hi && m->hook_lo < addr ? m->hook_lo : addr & ~0x3ffu;
        m->hook_hi = m->hook_hi > addr ? m->hook_hi : (addr & ~0x3ffu) + 0x400;
        if (uc_hook_add(m->uc, &m->range_hook, UC_HOOK_CODE, CALLBACK(m->on_code), m, m->hook_lo, m->hook_hi - 1) != UC_ERR_OK)
            return err_set(e, ERR_ENV, "Unicorn refuses a hook");
        /* Not a flush of everything: Unicorn then clears its whole code buffer of a gigabyte. */
        if (!old_hi || m->hook_lo < old_lo)
            uc_ctl_remove_cache(m->uc, (uint64_t)m->hook_lo, (uint64_t)(old_hi ? old_lo : m->hook_hi));
        if (old_hi && m->hook_hi > old_hi)
            uc_ctl_remove_cache(m->uc, (uint64_t)old_hi, (uint64_t)m->hook_hi);
    }
    uc_ctl_remove_cache(m->uc, (uint64_t)m->resume, (uint64_t)m->resume + m->retry_size);
    return true;
}

/* Sees to it that the instructions of the block that must be watched are. False: they were not, and the block must
 * begin anew (or an error). */
bool node_watched(struct machine *m, struct block *b)
{
    bool fresh = false, again = false, ok = true;
    if (!b->hooked || m->opt.mode != MODE_EXACT) {
        if (m->opt.mode != MODE_STATIC || !b->hooked)
            return true;
    }
    bool stored = false; /* by an IT block: whether that matters to what is pending is looked at behind it */
    for (int i = 0, a = 0; ok && i < b->n; i++) {
        const struct insn *in = &b->run->insn[i];
        bool need = (in->flags & (INSN_WATCH | INSN_DYNAMIC)) != 0 || (stored && !(in->flags & INSN_IN_IT));
        stored &= (in->flags & INSN_IN_IT) != 0;
        for (; a < b->naccess && b->access[a].insn <= i; a++)
            if (b->access[a].insn == i && b->access[a].group < 0 && m->opt.mode == MODE_EXACT) {
                need = true;
                stored |= b->access[a].store && (in->flags & INSN_IN_IT);
            }
        if (!need)
            continue;
        fresh = false;
        ok = hook_at(m, in->addr, &fresh) && (!fresh || ask_hook(m, in->addr));
        again |= fresh;
    }
    if (!ok) {
        err_nomem(&m->err);
        machine_stop(m, STOP_ERROR, b->addr);
        return false;
    }
    if (again) {
        m->retry_size = b->size;
        machine_stop(m, STOP_RETRY, b->addr);
    }
    return !again;
}

struct node *node_of(struct machine *m, struct block *b, pipe_state in)
{
    uint32_t addr = b->addr, size = b->size;
    int scope = b->scope >= 0 ? b->scope : m->calls.scope;
    size_t h = m->nodes_cap ? place(m, addr, size, scope, in) : 0;
    for (struct node *n = m->nodes_cap ? m->nodes[h] : NULL; n; n = n->bucket)
        if (n->addr == addr && n->size == size && n->scope == scope && n->in == in && n->block == b)
            return n;
    if (m->nnodes >= m->nodes_cap && !grow_nodes(m, &m->err)) {
        machine_stop(m, STOP_ERROR, addr);
        return NULL;
    }
    if (m->nnodes == MAX_NODES) {
        err_set(&m->err, ERR_LIMIT, "the program takes more than %d paths through its code", MAX_NODES);
        machine_stop(m, STOP_ERROR, addr);
        return NULL;
    }
    struct node *n = calloc(1, sizeof *n);
    const struct pipe_cost *c = isa_cost(b->run, in, ~UINT64_C(0), &m->err);
    if (!n || !c) {
        free(n);
        err_nomem(&m->err);
        machine_stop(m, STOP_ERROR, addr);
        return NULL;
    }
    n->addr = addr;
    n->size = size;
    n->scope = scope;
    n->in = in;
    n->block = b;
    n->cost = c;
    n->work = work_of(m, b);
    n->cycles = n->work & WORK_LATE ? 0 : c->cycles;
    h = place(m, addr, size, scope, in);
    n->bucket = m->nodes[h];
    m->nodes[h] = n;
    n->all = m->all;
    m->all = n;
    m->nnodes++;
    reach_note(m, n);
    return n;
}

struct node *node_get(struct machine *m, uint32_t addr, uint32_t size, pipe_state in, uint8_t it)
{
    struct block *b = block_get(m, addr, size, it, &m->err);
    if (!b) {
        machine_stop(m, STOP_ERROR, addr);
        return NULL;
    }
    return node_watched(m, b) ? node_of(m, b, in) : NULL;
}

/* Plans a block again after it turned out to read memory that it writes. */
void node_replan(struct machine *m, struct block *b)
{
    for (struct node *n = m->all; n; n = n->all)
        if (n->block == b)
            data_settle(m, n);
    if (!block_plan(m, b, &m->err)) {
        machine_stop(m, STOP_ERROR, b->addr);
        return;
    }
    for (struct node *n = m->all; n; n = n->all)
        if (n->block == b)
            n->work = work_of(m, b);
}
