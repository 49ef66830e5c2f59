/* Nodes: a block entered in one pipeline state and one scope, made when it is first executed so;
 * and the code hooks on the instructions that must be looked at while they run. */
#include "sim/exec/paths.h"

#include <stdlib.h>
#include <string.h>

#include "sim/exec/access.h"
#include "sim/exec/block.h"
#include "sim/exec/engine.h"
#include "sim/exec/reach.h"

enum { MAX_PATHS = 1 << 20 };

static size_t place(const struct machine *m, uint32_t addr, uint32_t size, int scope, pipe_state in)
{
    uint32_t h =
        (addr >> 1) * 2654435761u ^ size * 97u ^ (uint32_t)scope * 40503u ^ in * 2246822519u;
    return (h ^ h >> 15) & (m->code.cap_paths - 1);
}

static bool grow_paths(struct machine *m, struct err *e)
{
    size_t cap = m->code.cap_paths ? m->code.cap_paths * 4 : 4096;
    struct path **t = calloc(cap, sizeof *t);
    if (!t)
        return err_nomem(e);
    free(m->code.path);
    m->code.path = t;
    m->code.cap_paths = cap;
    for (struct path *n = m->code.all; n; n = n->all) {
        size_t h = place(m, n->addr, n->size, n->scope, n->in);
        n->bucket = t[h];
        t[h] = n;
    }
    return true;
}

/* Its first instruction with FP registers, 0 = none. */
uint32_t path_fpu(const struct block *b)
{
    for (int i = 0; i < b->n; i++)
        if (b->run->insn[i].freads | b->run->insn[i].fwrites ||
            b->run->insn[i].cls == CLASS_fp_status)
            return b->run->insn[i].addr;
    return 0;
}

static uint32_t work_of(const struct machine *m, const struct block *b)
{
    uint32_t w = 0;
    const struct insn *last = b->n ? &b->run->insn[b->n - 1] : NULL;
    if (b->call || b->indirect)
        w |= WORK_FLOW;
    if (last && m->code.predicts && (last->flags & INSN_BRANCH) &&
        (last->flags & (INSN_COND | INSN_INDIRECT)))
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
    if (b->trims)
        w |= WORK_TRIM;
    if (b->sev)
        w |= WORK_SEV;
    if (path_fpu(b))
        w |= WORK_FPU;
    if (m->guarded && m->opt.mode == MODE_EXACT)
        w |= WORK_GUARD;
    if (b->undefined)
        /* Unicorn executes some encodings that the architecture leaves undefined or
         * unpredictable */
        w |= WORK_UNDEF;
    return w;
}

static bool hook_at(struct machine *m, uint32_t addr, bool *fresh)
{
    size_t lo = 0, hi = m->code.nhooks;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (m->code.hook[mid] < addr)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < m->code.nhooks && m->code.hook[lo] == addr)
        return true;
    uint32_t *t = buf_grow(m->code.hook, m->code.nhooks, &m->code.cap_hooks, sizeof *t);
    if (!t)
        return false;
    m->code.hook = t;
    memmove(t + lo + 1, t + lo, (m->code.nhooks - lo) * sizeof *t);
    t[lo] = addr;
    m->code.nhooks++;
    *fresh = true;
    return true;
}

static bool ask_hook(struct machine *m, uint32_t addr)
{
    uint32_t *t = buf_grow(m->code.asked, m->code.nasked, &m->code.cap_asked, sizeof *t);
    if (!t)
        return false;
    m->code.asked = t;
    t[m->code.nasked++] = addr;
    return true;
}

static bool add_hook(struct machine *m, uc_hook *h, uint32_t lo, uint32_t hi, struct err *e)
{
    if (uc_hook_add(m->uc, h, UC_HOOK_CODE, CALLBACK(m->code.on_code), m, lo, hi) != UC_ERR_OK)
        return err_set(e, ERR_ENV, "Unicorn refuses a hook");
    return true;
}

/* Adds the hooks asked for since the last time; only between two runs of the emulator. Unicorn
 * walks all hooks at each call: beyond a number of single addresses all share one hook over their
 * whole range, which then is called for each instruction in it. */
bool path_hooks(struct machine *m, struct err *e)
{
    for (; m->code.nasked; m->code.nasked--) {
        uint32_t addr = m->code.asked[m->code.nasked - 1];
        if (m->code.hook_hi == 0 && m->code.single_hooks < MAX_SINGLE_HOOKS) {
            uc_hook *h = &m->code.single_hook[m->code.single_hooks++];
            if (!add_hook(m, h, addr, addr, e))
                return false;
            uc_ctl_remove_cache(m->uc, (uint64_t)addr, (uint64_t)addr + 4);
            continue;
        }
        if (addr >= m->code.hook_lo && addr < m->code.hook_hi)
            continue;
        uint32_t old_lo = m->code.hook_lo, old_hi = m->code.hook_hi;
        uint32_t lo = m->code.hook[0], hi = m->code.hook[m->code.nhooks - 1];
        if (old_hi)
            uc_hook_del(m->uc, m->code.range_hook);
        for (; m->code.single_hooks; m->code.single_hooks--)
            uc_hook_del(m->uc, m->code.single_hook[m->code.single_hooks - 1]);
        m->code.hook_lo = lo & ~0x3ffu;
        m->code.hook_hi = (hi & ~0x3ffu) + 0x400;
        if (!add_hook(m, &m->code.range_hook, m->code.hook_lo, m->code.hook_hi - 1, e))
            return false;
        engine_translates(m, m->code.hook_hi - m->code.hook_lo);
        /* Not a flush of everything: Unicorn then clears its whole code buffer of a gigabyte. */
        if (!old_hi || m->code.hook_lo < old_lo)
            uc_ctl_remove_cache(m->uc, (uint64_t)m->code.hook_lo,
                                (uint64_t)(old_hi ? old_lo : m->code.hook_hi));
        if (old_hi && m->code.hook_hi > old_hi)
            uc_ctl_remove_cache(m->uc, (uint64_t)old_hi, (uint64_t)m->code.hook_hi);
    }
    engine_translates(m, m->cursor.retry_size);
    uc_ctl_remove_cache(m->uc, (uint64_t)m->stop.resume,
                        (uint64_t)m->stop.resume + m->cursor.retry_size);
    return true;
}

/* Sees to it that the instructions of the block that must be watched are. False: they were not, and
 * the block must begin anew (or an error). */
bool path_watched(struct machine *m, struct block *b)
{
    bool fresh = false, again = false, ok = true;
    if (!b->hooked || m->opt.mode != MODE_EXACT) {
        if (m->opt.mode != MODE_STATIC || !b->hooked)
            return true;
    }
    /* by an IT block: whether that matters to what is pending is looked at behind it */
    bool stored = false;
    for (int i = 0, a = 0; ok && i < b->n; i++) {
        const struct insn *in = &b->run->insn[i];
        bool need = (in->flags & (INSN_WATCH | INSN_DYNAMIC)) != 0 ||
                    (stored && !(in->flags & INSN_IN_IT)) || block_sp_set(b, i - 1);
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
        engine_stop(m, STOP_ERROR, b->addr);
        return false;
    }
    if (again) {
        m->cursor.retry_size = b->size;
        engine_stop(m, STOP_RETRY, b->addr);
    }
    return !again;
}

struct path *path_of(struct machine *m, struct block *b, pipe_state in)
{
    uint32_t addr = b->addr, size = b->size;
    int scope = b->scope >= 0 ? b->scope : m->calls.scope;
    size_t h = m->code.cap_paths ? place(m, addr, size, scope, in) : 0;
    for (struct path *n = m->code.cap_paths ? m->code.path[h] : NULL; n; n = n->bucket)
        if (n->addr == addr && n->size == size && n->scope == scope && n->in == in && n->block == b)
            return n;
    if (m->code.npaths >= m->code.cap_paths && !grow_paths(m, &m->err)) {
        engine_stop(m, STOP_ERROR, addr);
        return NULL;
    }
    if (m->code.npaths == MAX_PATHS) {
        err_set(&m->err, ERR_LIMIT, "the program takes more than %d paths through its code",
                MAX_PATHS);
        engine_stop(m, STOP_ERROR, addr);
        return NULL;
    }
    struct path *n = calloc(1, sizeof *n);
    const struct pipe_cost *c = isa_cost(b->run, in, ~UINT64_C(0), &m->err);
    if (!n || !c) {
        free(n);
        err_nomem(&m->err);
        engine_stop(m, STOP_ERROR, addr);
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
    n->bucket = m->code.path[h];
    m->code.path[h] = n;
    n->all = m->code.all;
    m->code.all = n;
    m->code.npaths++;
    reach_note(m, n);
    return n;
}

struct path *path_get(struct machine *m, uint32_t addr, uint32_t size, pipe_state in, uint8_t it)
{
    struct block *b = block_get(m, addr, size, it, &m->err);
    if (!b) {
        engine_stop(m, STOP_ERROR, addr);
        return NULL;
    }
    return path_watched(m, b) ? path_of(m, b, in) : NULL;
}

/* Plans a block again after it turned out to read memory that it writes. */
void path_without_loads(struct machine *m, struct block *b)
{
    for (struct path *n = m->code.all; n; n = n->all)
        if (n->block == b)
            access_flush(m, n);
    if (!block_addresses(m, b, &m->err)) {
        engine_stop(m, STOP_ERROR, b->addr);
        return;
    }
    for (struct path *n = m->code.all; n; n = n->all)
        if (n->block == b)
            n->work = work_of(m, b);
}
