/* Interned pipeline states and memoised costs of runs. */
#include <stdlib.h>
#include <string.h>

#include "isa/core.h"

const char *const isa_stall_names[STALL_COUNT] = {
    "base", "cpi", "lsu", "exc", "sleep", "refill", "mispredict", "fetch", "data", "fold", "dual"};

/* One (entry state, executed bits) -> cost of a run beyond the few that struct isa_run keeps at
 * hand. */
struct entry {
    uint64_t executed;
    pipe_state in;
    const struct pipe_cost *cost; /* NULL: free */
};

struct run {
    struct isa_run head; /* first: the public part */
    struct entry *entry;
    size_t used, slots; /* slots: a power of two */
    struct run *next;
};

/* States are kept in blocks so that they never move; the index is the pipe_state. */
struct memo {
    struct pipe *state;
    size_t nstates, cap_states;
    uint32_t *hash; /* index + 1; 0: free */
    size_t slots;
    struct run *runs;
    struct chunk *chunks;
};

struct chunk { /* costs and their arrays, released together */
    struct chunk *next;
    size_t used, size;
    _Alignas(16) char bytes[];
};

static void *keep(struct memo *m, size_t n)
{
    n = (n + 15) & ~(size_t)15;
    if (!m->chunks || m->chunks->size - m->chunks->used < n) {
        size_t size = n > 65536 ? n : 65536;
        struct chunk *c = malloc(sizeof *c + size);
        if (!c)
            return NULL;
        *c = (struct chunk){.next = m->chunks, .size = size};
        m->chunks = c;
    }
    void *p = m->chunks->bytes + m->chunks->used;
    m->chunks->used += n;
    return p;
}

static uint64_t hash_bytes(const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint64_t h = 0x9e3779b97f4a7c15u;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t w;
        memcpy(&w, p, 8);
        h = (h ^ w) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    return h;
}

static bool intern(struct memo *m, const struct pipe *p, pipe_state *out)
{
    if (2 * (m->nstates + 1) > m->slots) {
        size_t slots = m->slots ? 2 * m->slots : 256;
        uint32_t *hash = calloc(slots, sizeof *hash);
        if (!hash)
            return false;
        for (size_t i = 0; i < m->nstates; i++) {
            size_t k = hash_bytes(&m->state[i], sizeof *p) & (slots - 1);
            while (hash[k])
                k = (k + 1) & (slots - 1);
            hash[k] = (uint32_t)i + 1;
        }
        free(m->hash);
        m->hash = hash;
        m->slots = slots;
    }
    size_t k = hash_bytes(p, sizeof *p) & (m->slots - 1);
    for (; m->hash[k]; k = (k + 1) & (m->slots - 1))
        if (!memcmp(&m->state[m->hash[k] - 1], p, sizeof *p)) {
            *out = m->hash[k] - 1;
            return true;
        }
    struct pipe *grown = buf_grow(m->state, m->nstates, &m->cap_states, sizeof *m->state);
    if (!grown)
        return false;
    m->state = grown;
    m->state[m->nstates] = *p;
    m->hash[k] = (uint32_t)m->nstates + 1;
    *out = (pipe_state)m->nstates++;
    return true;
}

bool isa_memo_open(struct isa *isa, struct err *e)
{
    struct pipe reset;
    pipe_state zero;
    memset(&reset, 0, sizeof reset);
    isa->memo = calloc(1, sizeof *isa->memo);
    return (isa->memo && intern(isa->memo, &reset, &zero)) || err_nomem(e);
}

void isa_memo_close(struct isa *isa)
{
    struct memo *m = isa->memo;
    if (!m)
        return;
    while (m->runs) {
        struct run *next = m->runs->next;
        free(m->runs->entry);
        free((void *)m->runs->head.insn);
        free(m->runs);
        m->runs = next;
    }
    while (m->chunks) {
        struct chunk *next = m->chunks->next;
        free(m->chunks);
        m->chunks = next;
    }
    free(m->state);
    free(m->hash);
    free(m);
    isa->memo = NULL;
}

struct isa_run *isa_run_new(struct isa *isa, const struct insn *insn, int n, struct err *e)
{
    struct run *r = calloc(1, sizeof *r);
    struct insn *copy = n > 0 ? malloc((size_t)n * sizeof *copy) : calloc(1, sizeof *copy);
    if (!r || !copy) {
        free(r);
        free(copy);
        err_nomem(e);
        return NULL;
    }
    if (n > 0)
        memcpy(copy, insn, (size_t)n * sizeof *copy);
    r->head = (struct isa_run){.insn = copy, .n = n, .isa = isa};
    for (int i = 0; i < n; i++)
        if ((copy[i].flags & INSN_IN_IT) && r->head.watched < 64 &&
            isa->pipeline->watches(isa, &copy[i])) {
            copy[i].flags |= INSN_WATCH;
            copy[i].watch = (uint8_t)r->head.watched++;
        }
    for (int i = 0; i < 4; i++)
        r->head.memo_in[i] = UINT32_MAX;
    r->next = isa->memo->runs;
    isa->memo->runs = r;
    return &r->head;
}

static bool passes(const struct insn *i, uint64_t executed)
{
    return !(i->flags & INSN_WATCH) || (executed >> i->watch & 1);
}

void isa_tick_add(struct tick *t, enum stall kind, int rule, int cycles)
{
    t->stall[kind] += cycles;
    if (t->nrules < TICK_RULES) {
        t->rule[t->nrules].rule = rule;
        t->rule[t->nrules++].cycles = cycles;
    }
}

static int32_t tick_cycles(const struct tick *t)
{
    int32_t sum = 0;
    for (int k = 0; k < STALL_FOLD; k++)
        sum += t->stall[k];
    return sum;
}

static const struct pipe_cost *compute(struct isa_run *run, pipe_state in, uint64_t executed)
{
    struct isa *isa = run->isa;
    struct memo *m = isa->memo;
    struct pipe_cost *c = keep(m, sizeof *c);
    int32_t *at = keep(m, ((size_t)run->n + 1) * sizeof *at);
    int32_t *issue = keep(m, ((size_t)run->n + 1) * sizeof *issue);
    bool *follows = keep(m, ((size_t)run->n + 1) * sizeof *follows);
    struct pipe p;
    if (!c || !at || !issue || !follows || in >= m->nstates)
        return NULL;
    memset(c, 0, sizeof *c);
    memcpy(&p, &m->state[in], sizeof p);
    for (int i = 0; i < run->n; i++) {
        struct tick t = {0};
        isa->pipeline->step(isa, &p, &run->insn[i], passes(&run->insn[i], executed), &t);
        int32_t cycles = tick_cycles(&t);
        at[i] = c->cycles;
        issue[i] = c->cycles + cycles - t.held;
        follows[i] = t.follows;
        c->cycles += cycles;
        for (int k = 0; k < STALL_COUNT; k++)
            c->stall[k] += t.stall[k];
    }
    c->at = at;
    c->issue = issue;
    c->follows = follows;
    for (int k = 0; k < 4; k++) {
        struct pipe q;
        memcpy(&q, &p, sizeof q);
        isa->pipeline->resolve(isa, &q, k);
        if (!intern(m, &q, &c->exit[k]))
            return NULL;
    }
    return c;
}

static struct entry *find(struct run *r, pipe_state in, uint64_t executed)
{
    uint64_t key[2] = {in, executed};
    size_t k = hash_bytes(key, sizeof key) & (r->slots - 1);
    while (r->entry[k].cost && (r->entry[k].in != in || r->entry[k].executed != executed))
        k = (k + 1) & (r->slots - 1);
    return &r->entry[k];
}

static bool widen(struct run *r)
{
    struct entry *old = r->entry;
    size_t n = r->slots;
    struct entry *bigger = calloc(n ? 2 * n : 8, sizeof *bigger);
    if (!bigger)
        return false;
    r->entry = bigger;
    r->slots = n ? 2 * n : 8;
    for (size_t i = 0; i < n; i++)
        if (old[i].cost)
            *find(r, old[i].in, old[i].executed) = old[i];
    free(old);
    return true;
}

const struct pipe_cost *isa_cost_slow(struct isa_run *run, pipe_state in, uint64_t executed,
                                      struct err *e)
{
    struct run *r = (struct run *)run;
    unsigned slot = in & 3;
    if (2 * (r->used + 1) > r->slots && !widen(r)) {
        err_nomem(e);
        return NULL;
    }
    struct entry *found = find(r, in, executed);
    if (!found->cost) {
        const struct pipe_cost *c = compute(run, in, executed);
        if (!c) {
            err_nomem(e);
            return NULL;
        }
        *found = (struct entry){executed, in, c};
        r->used++;
    }
    run->memo_in[slot] = in;
    run->memo_executed[slot] = executed;
    run->memo[slot] = found->cost;
    return found->cost;
}

bool isa_explain(struct isa_run *run, int i, pipe_state in, uint64_t executed, int *cycles,
                 struct buf *out, struct err *e)
{
    const struct isa *isa = run->isa;
    struct pipe p;
    struct tick t = {0};
    if (i < 0 || i >= run->n || in >= isa->memo->nstates)
        return err_set(e, ERR_INPUT, "no instruction %d in this run", i);
    memcpy(&p, &isa->memo->state[in], sizeof p);
    for (int k = 0; k <= i; k++) {
        t = (struct tick){0};
        isa->pipeline->step(isa, &p, &run->insn[k], passes(&run->insn[k], executed), &t);
    }
    *cycles = tick_cycles(&t);
    for (int k = 0; k < t.nrules; k++) {
        int id = t.rule[k].rule;
        bool base = id == RULE_CLASS;
        const char *source = base ? isa->row[run->insn[i].cls].source : isa->rule[id].source;
        buf_printf(out, "%s%s %+d (%s)", k ? "; " : "",
                   base ? isa_class_name(run->insn[i].cls) : isa->rule[id].name, t.rule[k].cycles,
                   source);
    }
    return !out->failed || err_nomem(e);
}

bool isa_predicts(const struct isa *isa)
{
    return isa->pipeline->predicts;
}

/* Two-bit counter for the direction (0 and 1 predict not taken), last target for indirect
 * branches. */
bool isa_mispredicts(struct branch_history *h, const struct insn *branch, bool taken, uint32_t next)
{
    bool wrong;
    if (!(branch->flags & (INSN_COND | INSN_INDIRECT)))
        return false;
    wrong = (branch->flags & INSN_COND) && (h->counter >= 2) != taken;
    if (taken && (branch->flags & INSN_INDIRECT)) {
        wrong |= h->target != next;
        h->target = next;
    }
    if (taken)
        h->counter = (uint8_t)(h->counter < 3 ? h->counter + 1 : 3);
    else
        h->counter = (uint8_t)(h->counter ? h->counter - 1 : 0);
    return wrong;
}

int isa_quotient_bits(const struct insn *division, uint32_t n, uint32_t d)
{
    if (division->id == ARM_INS_SDIV) {
        n = n >> 31 ? 0u - n : n;
        d = d >> 31 ? 0u - d : d;
    }
    return d && n >= d ? __builtin_clz(d) - __builtin_clz(n) : -1;
}

uint32_t isa_dynamic_extra(const struct isa *isa, const struct insn *insn, uint32_t n, uint32_t d)
{
    return isa->pipeline->dynamic ? isa->pipeline->dynamic(isa, insn, n, d) : 0;
}
