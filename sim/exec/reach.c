/* How long a block can take at most, so that an event which is further away need not be looked for
 * inside it. */
#include "sim/exec/reach.h"

enum { LONGEST_DIVISION = 32 };

uint64_t reach_stalls(const struct machine *m, const struct path *n)
{
    const struct block *b = n->block;
    const struct footprint *v = n->work & WORK_DATA ? n->footprint : NULL;
    uint64_t bus = m->memory.axi_free > m->time.cycles ? m->memory.axi_free - m->time.cycles : 0;
    return bus + (uint64_t)b->nlines * m->code.reach.wait.line + (v ? v->longest : 0) +
           (uint64_t)b->nblind * m->code.reach.wait.access +
           (uint64_t)b->ndynamic * LONGEST_DIVISION;
}

void reach_refresh(struct machine *m)
{
    struct reach *r = &m->code.reach;
    memory_waits(&m->memory, &r->wait);
    r->longest = (uint64_t)r->cycles + (uint64_t)(r->bytes / 4 + 1) * r->wait.line +
                 (uint64_t)r->transfers * r->wait.access + (uint64_t)r->dynamic * LONGEST_DIVISION +
                 4ull * r->wait.fill + 1;
    m->time.check_at = 0; /* the look ahead may have become too short */
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

void reach_note(struct machine *m, const struct path *n)
{
    struct reach *r = &m->code.reach;
    const struct block *b = n->block;
    int bytes = (int)b->size;
    if (n->cost->cycles <= r->cycles && bytes <= r->bytes && b->ntransfers <= r->transfers &&
        b->ndynamic <= r->dynamic)
        return;
    r->cycles = larger(n->cost->cycles, r->cycles);
    r->bytes = larger(bytes, r->bytes);
    r->transfers = larger(b->ntransfers, r->transfers);
    r->dynamic = larger(b->ndynamic, r->dynamic);
    reach_refresh(m);
}
