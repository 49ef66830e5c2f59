#include "sim/dwt.h"

#include <stdlib.h>
#include <string.h>

#include "sim/exec/engine.h"

bool dwt_counting(const struct machine *m)
{
    const struct registers *r = m->registers;
    /* TRCENA, CYCCNTENA */
    return registers_get(r, 0xe000edfc) & 1 << 24 && registers_get(r, 0xe0001000) & 1;
}

uint32_t dwt_cycles(const struct machine *m)
{
    return dwt_counting(m) ? (uint32_t)(engine_now(m) - m->dwt.base) : m->dwt.hold;
}

/* Which stalls each 8-bit counter of DWT takes: CPICNT has all that is not of loads and stores,
 * fetches and refills included, so that instructions = cycles - CPI - EXC - SLEEP - LSU + FOLD, as
 * Arm defines them. */
#define BIT(s) (1u << STALL_##s)
static const unsigned event_class[5] = {BIT(CPI) | BIT(REFILL) | BIT(MISPREDICT) | BIT(FETCH),
                                        BIT(EXC), BIT(SLEEP), BIT(LSU) | BIT(DATA),
                                        BIT(FOLD) | BIT(DUAL)};

static int64_t sum(const struct pipe_cost *c, unsigned which)
{
    int64_t n = 0;
    for (int i = 0; i < STALL_COUNT; i++)
        if (which >> i & 1)
            n += c->stall[i];
    return n;
}

/* Cost of the instructions of the running block before the one that accesses. */
static const struct pipe_cost *cost_so_far(struct machine *m)
{
    struct block *b = m->cursor.path->block;
    int i = m->cursor.insn;
    if (!b || i <= 0 || i >= b->n)
        return NULL;
    if (!b->head && !(b->head = calloc((size_t)b->n, sizeof *b->head)))
        return NULL;
    if (!b->head[i])
        b->head[i] = isa_run_new(m->isa, b->run->insn, i, &m->err);
    return b->head[i] ? isa_cost(b->head[i], m->cursor.path->in, m->cursor.executed, &m->err)
                      : NULL;
}

static void add_stalls(int64_t *sums, const struct pipe_cost *c, int64_t times)
{
    for (int i = 0; i < STALL_COUNT; i++)
        sums[i] += c->stall[i] * times;
}

/* Stalls that paths have counted beyond what the scopes have, without the running one. */
static void walk_paths(struct machine *m)
{
    struct dwt *d = &m->dwt;
    const struct path *now = m->cursor.path;
    if (d->walked == now && d->walked_count == now->count)
        return;
    memset(d->walked_stall, 0, sizeof d->walked_stall);
    for (const struct path *k = m->code.all; k; k = k->all) {
        uint64_t done = k->count - k->flushed - (k == now && !(k->work & WORK_LATE));
        if (!(k->work & WORK_LATE))
            add_stalls(d->walked_stall, k->cost, (int64_t)done);
        for (const struct outcome *o = k->outcomes; o; o = o->next)
            add_stalls(d->walked_stall, o->cost, (int64_t)(o->count - o->flushed));
    }
    d->walked = now->block ? now : NULL;
    d->walked_count = now->count;
}

/* Running total of some classes of stalls, up to the instruction that reads the counter. */
uint8_t dwt_event(struct machine *m, int index)
{
    unsigned which = event_class[index];
    int64_t n = 0;
    /* this takes long: look at the host's clock */
    m->time.limit_at = m->time.check_at = m->time.cycles;
    for (size_t i = 0; i < m->scopes.n; i++)
        for (int s = 0; s < STALL_COUNT; s++)
            if (which >> s & 1)
                n += (int64_t)m->scopes.list[i].stall[s];
    walk_paths(m);
    for (int i = 0; i < STALL_COUNT; i++)
        n += which >> i & 1 ? m->dwt.walked_stall[i] : 0;
    const struct pipe_cost *c = cost_so_far(m);
    n += c ? sum(c, which) : 0;
    m->dwt.event_now[index] = (uint64_t)n;
    return (uint8_t)((uint64_t)n - m->dwt.event_base[index]);
}

void dwt_set_cycles(struct machine *m, uint32_t v)
{
    m->dwt.hold = v;
    m->dwt.base = engine_now(m) - v;
}

void dwt_set_event(struct machine *m, int index, uint32_t v)
{
    dwt_event(m, index);
    m->dwt.event_base[index] = m->dwt.event_now[index] - v;
}

void dwt_enable(struct machine *m, bool was)
{
    bool now = dwt_counting(m);
    if (now && !was)
        m->dwt.base = engine_now(m) - m->dwt.hold;
    else if (was && !now)
        m->dwt.hold = (uint32_t)(engine_now(m) - m->dwt.base);
}
