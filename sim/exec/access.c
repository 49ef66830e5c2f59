/* Data accesses: where they go, from the address expressions of the block, and what that costs. */
#include "sim/exec/access.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sim/exec/block.h"
#include "sim/exec/engine.h"
#include "sim/exec/ground.h"
#include "sim/exec/guard.h"
#include "sim/exec/address.h"
#include "sim/exec/reach.h"

const char *const access_part_names[PK_COUNT] = {"code",  "rodata", "data", "bss",
                                                 "arena", "stack",  "heap", "other"};

static bool inside(const struct symbol *s, uint32_t a)
{
    return s && a >= s->addr && a - s->addr < s->size;
}

static enum part_kind kind_at(const struct machine *m, const struct region *r, uint32_t a)
{
    const struct image *im = m->image;
    if (r->kind != REGION_FLASH && inside(m->layout.arena, a))
        return PK_ARENA;
    for (size_t i = 0; i < im->nsections; i++) {
        const struct section *s = &im->section[i];
        if (s->size == 0 || a < s->addr || a - s->addr >= s->size)
            continue;
        if (s->flags & 4 /* SHF_EXECINSTR */)
            return PK_CODE;
        if (r->kind == REGION_FLASH)
            return PK_RODATA;
        if (!strncmp(s->name, ".stack", 6) || !strncmp(s->name, "._user_heap_stack", 17))
            return PK_STACK;
        if (!strcmp(s->name, ".heap"))
            return PK_HEAP;
        return s->nobits ? PK_BSS : PK_DATA;
    }
    if (r->kind == REGION_FLASH)
        return PK_RODATA;
    if (m->layout.heap_end > m->layout.heap_base && a >= m->layout.heap_base &&
        a < m->layout.heap_end)
        return PK_HEAP;
    if (m->stack.top > r->base && m->stack.top - r->base <= r->size && a < m->stack.top)
        return PK_STACK;
    return PK_OTHER;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

bool access_parts(struct machine *m, struct err *e)
{
    const struct image *im = m->image;
    size_t n = 0;
    uint32_t *cut = calloc(2 * (im->nsections + MAX_REGIONS) + 8, sizeof *cut);
    if (!cut)
        return err_nomem(e);
    for (size_t i = 0; i < im->nsections; i++) {
        cut[n++] = im->section[i].addr;
        cut[n++] = im->section[i].addr + im->section[i].size;
    }
    if (m->layout.arena) {
        cut[n++] = m->layout.arena->addr;
        cut[n++] = m->layout.arena->addr + m->layout.arena->size;
    }
    cut[n++] = m->stack.top;
    cut[n++] = m->layout.heap_base;
    cut[n++] = m->layout.heap_end;
    qsort(cut, n, sizeof *cut, ascending);
    for (int r = 0; r < m->board->nregions; r++) {
        const struct region *g = &m->board->region[r];
        uint32_t at = g->base, end = g->base + g->size;
        for (size_t i = 0; i <= n; i++) {
            uint32_t stop = i < n ? cut[i] : end;
            if (stop <= at || stop > end)
                continue;
            enum part_kind kind = kind_at(m, g, at);
            struct memory_part *last =
                m->memory.nparts ? &m->memory.part[m->memory.nparts - 1] : NULL;
            /* Where there are too many pieces, the rest of a region is one. */
            bool full = m->memory.nparts >= MAX_PARTS - (m->board->nregions - r - 1);
            if (last && last->region == r && (last->kind == kind || full))
                last->end = stop;
            else
                m->memory.part[m->memory.nparts++] = (struct memory_part){
                    .base = at, .end = stop, .region = (uint8_t)r, .kind = kind};
            at = stop;
        }
        if (at < end && m->memory.nparts)
            m->memory.part[m->memory.nparts - 1].end = end;
    }
    free(cut);
    return true;
}

static int data_part(const struct machine *m, uint32_t addr)
{
    for (int i = 0; i < m->memory.nparts; i++)
        if (addr >= m->memory.part[i].base && addr < m->memory.part[i].end)
            return i;
    if (addr >> 20 == 0xe00) /* SysTick, NVIC, DWT, ...: ARMv7-M manual, B3.1 */
        return PART_PRIVATE;
    if ((addr >= 0x40000000 && addr < 0x60000000) || addr >= 0xe0000000)
        return PART_PERIPH;
    return PART_HOLE;
}

static uint32_t fetch_value(const uint8_t *p, enum load_kind kind)
{
    switch (kind) {
    case LOAD_U8: return p[0];
    case LOAD_S8: return (uint32_t)(int8_t)p[0];
    case LOAD_U16: return (uint32_t)(p[0] | p[1] << 8);
    case LOAD_S16: return (uint32_t)(int16_t)(p[0] | p[1] << 8);
    default:
        return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    }
}

static uint32_t address(const struct machine *m, const struct block *b, const struct access *a)
{
    return m->cursor.values[b->group[a->group].value] + (uint32_t)a->offset;
}

/* Reads memory as it was when the block began: right only if no earlier store of the block went
 * there. */
static bool load_expr(struct machine *m, const struct block *b, const struct expr *s, uint32_t *out)
{
    static const uint32_t widths[] = {1, 2, 4, 1, 2};
    uint32_t a = m->cursor.values[s->a] + s->imm, w = widths[s->shift];
    const uint8_t *p = engine_host(m, a, w);
    if (!p)
        return false;
    for (int i = 0; i < s->b && i < b->naccess; i++) {
        const struct access *t = &b->access[i];
        if (!t->store)
            continue;
        if (t->group < 0)
            return false;
        uint32_t at = address(m, b, t), n = (uint32_t)t->width * t->count;
        if (a - at < n || at - a < w)
            return false;
    }
    *out = fetch_value(p, (enum load_kind)s->shift);
    return true;
}

static bool evaluate(struct machine *m, const struct block *b)
{
    uint32_t *v = m->cursor.values;
    for (int i = b->nregs; i < b->nexprs; i++) {
        const struct expr *s = &b->expr[i];
        uint32_t x = v[s->a];
        switch ((enum expr_op)s->op) {
        case EXPR_REG: break;
        case EXPR_CONST: v[i] = 0; break;
        case EXPR_ADDI: v[i] = x + s->imm; break;
        case EXPR_ADD: v[i] = x + (v[s->b] << s->shift); break;
        case EXPR_SUB: v[i] = x - (v[s->b] << s->shift); break;
        case EXPR_SHL: v[i] = x << s->shift; break;
        case EXPR_SHR: v[i] = x >> s->shift; break;
        case EXPR_SAR: v[i] = (uint32_t)((int32_t)x >> s->shift); break;
        case EXPR_AND: v[i] = x & v[s->b]; break;
        case EXPR_ORR: v[i] = x | v[s->b]; break;
        case EXPR_EOR: v[i] = x ^ v[s->b]; break;
        case EXPR_BIC: v[i] = x & ~v[s->b]; break;
        case EXPR_MUL: v[i] = x * v[s->b]; break;
        case EXPR_UBFX: v[i] = x >> s->shift & (s->imm < 32 ? (1u << s->imm) - 1 : ~0u); break;
        case EXPR_SBFX:
            v[i] = (uint32_t)((int32_t)(x << (32 - s->imm - s->shift)) >> (32 - s->imm));
            break;
        case EXPR_LOAD:
            if (!load_expr(m, b, s, &v[i]))
                return false;
            break;
        }
    }
    return true;
}

static void stall(struct machine *m, enum stall why, uint32_t n)
{
    if (!n)
        return;
    m->scopes.list[m->calls.scope].stall[why] += n;
    m->time.cycles += n;
    m->cursor.stall += (int32_t)n;
}

static int width_index(uint32_t width)
{
    return width == 1 ? 0 : width == 2 ? 1 : 2;
}

/* What the first transfer of an instruction waits for the bus matrix to grant it the way to the
 * memory. */
static uint32_t grant(const struct machine *m, const struct path *n, int insn, int part)
{
    const struct insn *in = &n->block->run->insn[insn];
    return n->cost->follows[insn] ? 0
                                  : memory_grant(&m->memory, part, in->mem == MEM_STORE, in->count);
}

/* One transfer, wherever it goes; `first` of its instruction. */
static void transfer(struct machine *m, int insn, uint32_t a, uint32_t width, bool store,
                     bool first)
{
    int part = data_part(m, a);
    uint32_t n = first ? grant(m, m->cursor.path, insn, part) : 0;
    if (first && store)
        n += memory_odd(&m->memory, a, m->cursor.path->block->run->insn[insn].count);
    if (memory_lingers(&m->memory, a, width, store))
        n += memory_linger(&m->memory, engine_time(m, insn));
    n += memory_fixed(&m->memory, part, a, width, store) +
         memory_shared(&m->memory, m->cursor.path->block->region, part);
    m->scopes.list[m->calls.scope].access[part][store][width_index(width)]++;
    m->cursor.path->reached |= UINT32_C(1) << part;
    if (part < MAX_PARTS && m->memory.part[part].lines) {
        n += memory_data(&m->memory, part, a, store, engine_time(m, insn) + n);
        if ((a ^ (a + width - 1)) >> m->memory.part[part].shift &&
            data_part(m, a + width - 1) == part)
            n += memory_data(&m->memory, part, a + width - 1, store, engine_time(m, insn) + n);
    }
    stall(m, STALL_DATA, n);
}

void access_watched(struct machine *m, int insn, uint32_t addr, uint32_t width, bool store,
                    bool first)
{
    transfer(m, insn, addr, width, store, first);
}

/* Whether an access there may look at the time, change what is to come, or fault. */
static bool outside(const struct machine *m, int part, bool store)
{
    return part >= MAX_PARTS ||
           (store && m->board->region[m->memory.part[part].region].kind == REGION_FLASH);
}

static void add_cost_of(struct machine *m, const struct block *b, const struct access_cost *v)
{
    const struct access *a = &b->access[v->access];
    uint32_t cost = v->extra;
    if (v->lingers)
        cost += memory_linger(&m->memory, engine_time(m, a->insn));
    if (v->part == PART_EACH) {
        for (uint32_t k = 0, at = address(m, b, a); k < a->count; k++, at += a->width)
            transfer(m, a->insn, at, a->width, a->store, k == 0);
        return;
    }
    if (v->part != PART_HOLE) {
        const struct memory_part *p = &m->memory.part[v->part];
        uint32_t at = address(m, b, a), last = a->width - 1u;
        for (int k = 0; k < a->count; k++, at += a->width) {
            uint64_t now = engine_time(m, a->insn) + cost;
            cost += memory_data(&m->memory, v->part, at, a->store, now);
            if ((at ^ (at + last)) >> p->shift && at + last < p->end)
                cost += memory_data(&m->memory, v->part, at + last, a->store, now);
        }
    }
    stall(m, STALL_DATA, cost);
}

void access_until(struct machine *m, int insn)
{
    const struct path *n = m->cursor.path;
    const struct block *b = n->block;
    const struct footprint *v = n->footprint;
    int ncosts = v && n->work & WORK_DATA ? v->ncosts : 0;
    for (;;) {
        int line =
            m->cursor.line_done < b->nlines ? (int)b->line_insn[m->cursor.line_done] : INT_MAX;
        int cost = m->cursor.cost_done < ncosts ? v->cost[m->cursor.cost_done].insn : INT_MAX;
        if (line <= cost) {
            if (line > insn || line == INT_MAX)
                return;
            int i = m->cursor.line_done++;
            stall(m, STALL_FETCH,
                  memory_line(&m->memory, b->region, b->line[i],
                              engine_fetch_time(m, (int)b->line_insn[i])));
        } else {
            if (cost > insn)
                return;
            add_cost_of(m, b, &v->cost[m->cursor.cost_done++]);
        }
    }
}

/* The first instruction of the block with an access that faults for its alignment, NULL = none. */
static const struct insn *misaligned(struct machine *m, const struct block *b)
{
    for (int i = 0; i < b->naccess; i++) {
        const struct insn *in = &b->run->insn[b->access[i].insn];
        if (b->access[i].group >= 0 && guard_misaligned(m, in, address(m, b, &b->access[i])))
            return in;
    }
    return NULL;
}

static struct footprint *new_footprint(struct machine *m, struct path *n, const uint64_t key[2],
                                       bool crosses)
{
    const struct block *b = n->block;
    struct footprint *v = calloc(1, sizeof *v);
    struct access_cost *list = calloc((size_t)b->naccess + 1, sizeof *list);
    if (!v || !list) {
        free(v);
        free(list);
        err_nomem(&m->err);
        engine_stop(m, STOP_ERROR, n->addr);
        return NULL;
    }
    v->key[0] = key[0];
    v->key[1] = key[1];
    v->crosses = crosses;
    v->cost = list;
    v->config = m->memory.config;
    v->misaligned = misaligned(m, b) != NULL;
    for (int i = 0; i < b->naccess; i++) {
        const struct access *a = &b->access[i];
        if (a->group < 0)
            continue;
        if (crosses) {
            v->timed = true;
            v->longest += (uint64_t)a->count * m->code.reach.wait.access;
            v->cost[v->ncosts++] =
                (struct access_cost){.insn = a->insn, .access = (uint16_t)i, .part = PART_EACH};
            continue;
        }
        int part = b->group[a->group].part;
        uint32_t at = address(m, b, a);
        struct access_cost ev = {.insn = a->insn, .access = (uint16_t)i, .part = PART_HOLE};
        ev.extra = grant(m, n, a->insn, part);
        if (a->store)
            ev.extra += memory_odd(&m->memory, at, a->count);
        ev.lingers = memory_lingers(&m->memory, at, a->width, a->store);
        for (int k = 0; k < a->count; k++)
            ev.extra +=
                memory_fixed(&m->memory, part, at + (uint32_t)k * a->width, a->width, a->store) +
                memory_shared(&m->memory, b->region, part);
        if (part < MAX_PARTS && m->memory.part[part].lines)
            ev.part = (uint8_t)part;
        bool waits = ev.part != PART_HOLE || ev.lingers;
        v->longest += ev.extra + (waits ? (uint64_t)a->count * m->code.reach.wait.access : 0);
        v->timed |= outside(m, part, a->store);
        if (ev.extra || waits)
            v->cost[v->ncosts++] = ev;
    }
    v->next = n->footprints;
    n->footprints = v;
    n->nfootprints++;
    return v;
}

/* Beyond a number of footprints the path gets one for all the rest, whose accesses are counted one
 * by one. */
static void find_footprint(struct machine *m, struct path *n, const uint64_t key[2], bool crosses)
{
    enum { MAX_FOOTPRINTS = 128 };
    static const uint64_t rest[2] = {UINT64_MAX, UINT64_MAX};
    if (n->nfootprints >= MAX_FOOTPRINTS) {
        key = rest;
        crosses = true;
    }
    struct footprint *v = n->footprints;
    while (v && (v->key[0] != key[0] || v->key[1] != key[1] || v->crosses != crosses ||
                 v->config != m->memory.config))
        v = v->next;
    n->footprint = v ? v : new_footprint(m, n, key, crosses);
}

static int part_of(const struct footprint *v, const struct access *a)
{
    return (int)(v->key[a->group >> 3] >> (a->group & 7) * 8) & 31;
}

int access_unknown(const struct machine *m)
{
    const struct path *n = m->cursor.path;
    const struct block *b = n->block;
    const struct footprint *v = n->work & WORK_DATA ? n->footprint : NULL;
    int first = 0;
    if (m->opt.mode == MODE_HOOKS || (v && v->crosses))
        return 0;
    while (first < b->n && !(b->run->insn[first].flags & (INSN_WATCH | INSN_DYNAMIC)))
        first++;
    for (int i = 0; v && i < b->naccess && b->access[i].insn < first; i++) {
        const struct access *a = &b->access[i];
        if (a->group < 0 || outside(m, part_of(v, a), a->store))
            first = a->insn;
    }
    return first;
}

void access_forget(struct machine *m, int insns)
{
    const struct path *n = m->cursor.path;
    const struct block *b = n->block;
    struct footprint *v = n->work & WORK_DATA ? n->footprint : NULL;
    if (!v)
        return;
    v->count--;
    for (int i = 0; !v->crosses && i < b->naccess && b->access[i].insn < insns; i++) {
        const struct access *a = &b->access[i];
        if (a->group >= 0)
            m->scopes.list[n->scope].access[part_of(v, a)][a->store][width_index(a->width)] +=
                a->count;
    }
}

void access_reconfigured(struct machine *m)
{
    struct path *n = m->cursor.path;
    struct block *b = n->block;
    reach_refresh(m);
    if (!b || !m->cursor.pending)
        return;
    if (n->footprint) {
        uint64_t key[2] = {n->footprint->key[0], n->footprint->key[1]};
        find_footprint(m, n, key, n->footprint->crosses);
        m->cursor.cost_done = 0;
        while (n->footprint && m->cursor.cost_done < n->footprint->ncosts &&
               n->footprint->cost[m->cursor.cost_done].insn <= m->cursor.insn)
            m->cursor.cost_done++;
    }
    block_lines(m, b);
    m->cursor.line_done = 0;
    while (m->cursor.line_done < b->nlines &&
           (int)b->line_insn[m->cursor.line_done] <= m->cursor.insn)
        m->cursor.line_done++;
}

/* The stack pointer was `from` and went as low as `sp`. */
static void note_stack(struct machine *m, uint32_t from, uint32_t sp)
{
    uint32_t base = m->stack.region;
    if (!guard_on_main_stack(m) || from - base > m->stack.top - base)
        /* the stacks of threads are data of their kernel, also when it runs them on the main stack
         * pointer */
        return;
    if (sp < m->stack.low) {
        if (sp < m->stack.limit)
            engine_trap(m, TRAP_STACK, m->cursor.path->addr);
        m->stack.low = sp;
        m->stack.low_pc = m->cursor.path->addr;
        m->stack.low_scope = m->calls.scope;
    }
    struct scope *s = &m->scopes.list[m->calls.scope];
    if (m->stack.top - sp > s->stack && sp <= m->stack.top)
        s->stack = m->stack.top - sp;
}

bool access_begin(struct machine *m, struct path *n)
{
    struct block *b = n->block;
    uint64_t key[2] = {0, 0};
    bool crosses = false;
    if (b->nregs)
        uc_reg_read_batch(m->uc, b->reg, m->cursor.value_at, b->nregs);
    if (b->nexprs > b->nregs && !evaluate(m, b)) {
        b->no_loads = true;
        return false;
    }
    if (b->sp_value >= 0) {
        uint32_t sp = m->cursor.values[b->sp_value] + (uint32_t)b->sp_low;
        if (sp & 3 && !b->sp_odd) {
            b->sp_odd = true;
            return false;
        }
        if (sp < m->stack.low || m->stack.top - sp > m->scopes.list[m->calls.scope].stack)
            note_stack(m, m->cursor.values[b->sp_value], sp);
    }
    for (int i = 0; i < b->ngroups; i++) {
        struct group *g = &b->group[i];
        uint32_t v = m->cursor.values[g->value], lo = v + (uint32_t)g->lo,
                 hi = v + (uint32_t)g->hi - 1;
        const struct memory_part *p = &m->memory.part[g->part];
        if (lo < p->base || hi >= p->end || hi < lo) {
            int part = data_part(m, lo);
            crosses |= data_part(m, hi) != part;
            g->part = (uint8_t)part;
        }
        key[i >> 3] |= (uint64_t)(g->part | (v & g->align) << 5) << (i & 7) * 8;
    }
    struct footprint *v = n->footprint;
    if (!v || v->key[0] != key[0] || v->key[1] != key[1] || v->crosses != crosses ||
        v->config != m->memory.config) {
        find_footprint(m, n, key, crosses);
        v = n->footprint;
        if (!v)
            return true;
    }
    v->count++;
    if (v->timed) {
        m->cursor.pending = true;
        if (!(n->work & WORK_GUARD))
            guard_registers(m, n);
    }
    const struct insn *odd = v->misaligned ? misaligned(m, b) : NULL;
    if (odd)
        engine_trap(m, FAULT_UNALIGNED, odd->addr);
    return true;
}

uint32_t access_address(const struct machine *m, const struct insn *in)
{
    uint32_t base = 0, index = 0;
    if (in->flags & INSN_LITERAL)
        base = (in->addr + 4) & ~3u;
    else if (in->base == 15)
        base = in->addr + 4;
    else if (in->base >= 0)
        uc_reg_read(m->uc, engine_register(in->base), &base);
    if (in->index >= 0)
        uc_reg_read(m->uc, engine_register(in->index), &index);
    return base + (index << in->shift) + (uint32_t)in->offset;
}

void access_hooked(struct machine *m, int insn)
{
    struct path *n = m->cursor.path;
    const struct block *b = n->block;
    for (int i = 0; i < b->naccess && m->opt.mode != MODE_HOOKS; i++) {
        const struct access *a = &b->access[i];
        if (a->insn != insn || a->group >= 0)
            continue;
        uint32_t at = access_address(m, &b->run->insn[insn]);
        guard_watched(m, insn, at, a->width, a->count, a->store);
        for (int k = 0; k < a->count; k++)
            transfer(m, insn, at + (uint32_t)k * a->width, a->width, a->store, k == 0);
        m->cursor.hooked.open = true;
        m->cursor.hooked.insn = insn;
        m->cursor.hooked.addr = at;
        m->cursor.hooked.size = (uint32_t)a->width * a->count;
    }
}

int access_insn_at(struct machine *m, uint32_t addr, bool advance)
{
    const struct block *b = m->cursor.path->block;
    for (int i = advance ? m->cursor.mmio_next : 0;
         b && m->opt.mode == MODE_EXACT && i < b->naccess; i++) {
        const struct access *a = &b->access[i];
        if (a->group < 0 || addr - address(m, b, a) >= (uint32_t)a->width * a->count)
            continue;
        if (advance)
            m->cursor.mmio_next = a->count > 1 ? i : i + 1;
        return a->insn;
    }
    return -1;
}

void access_finish(struct machine *m)
{
    struct path *n = m->cursor.path;
    access_until(m, INT_MAX - 1);
    m->cursor.pending = false;
    if (n->block->sp_unknown) {
        uint32_t sp = 0;
        uc_reg_read(m->uc, UC_ARM_REG_R13, &sp);
        if (sp >= 0x10000000)
            note_stack(m, sp, sp);
    }
}

static void add_cost(struct scope *s, const struct pipe_cost *c, uint64_t count)
{
    for (int i = 0; i < STALL_COUNT; i++)
        s->stall[i] += (uint64_t)((int64_t)c->stall[i] * (int64_t)count);
}

void access_flush(struct machine *m, struct path *n)
{
    struct scope *s = &m->scopes.list[n->scope];
    const struct block *b = n->block;
    for (struct footprint *v = n->footprints, *next; v; v = next) {
        for (int i = 0; i < b->naccess && !v->crosses; i++) {
            const struct access *a = &b->access[i];
            if (a->group < 0)
                continue;
            s->access[part_of(v, a)][a->store][width_index(a->width)] += a->count * v->count;
        }
        next = v->next;
        free(v->cost);
        free(v);
    }
    n->footprints = n->footprint = NULL;
    n->nfootprints = 0;
}

void access_count(struct machine *m)
{
    m->dwt.walked = NULL;
    for (struct path *n = m->code.all; n; n = n->all) {
        struct scope *s = &m->scopes.list[n->scope];
        const struct block *b = n->block;
        uint64_t fresh =
            n->count -
            n->flushed; /* a block that was cut short may have been taken back: then it is -1 */
        n->flushed = n->count;
        for (struct outcome *o = n->work & WORK_LATE ? n->outcomes : NULL; o; o = o->next) {
            add_cost(s, o->cost, o->count - o->flushed);
            o->flushed = o->count;
        }
        if (!(n->work & WORK_LATE))
            add_cost(s, n->cost, fresh);
        s->mul += b->macs * fresh;
        if (m->opt.mode == MODE_STATIC)
            for (int i = 0; i < b->naccess; i++)
                s->access[PART_HOLE][b->access[i].store][width_index(b->access[i].width)] +=
                    b->access[i].count * fresh;
        ground_count(m, n, fresh);
        access_flush(m, n);
    }
    for (size_t i = 0; i < m->scopes.n; i++) {
        struct scope *s = &m->scopes.list[i];
        s->cycles = 0;
        for (int k = 0; k < STALL_COUNT; k++)
            if (k != STALL_FOLD && k != STALL_DUAL)
                s->cycles += s->stall[k];
        s->instructions = s->stall[STALL_BASE] + s->stall[STALL_FOLD] + s->stall[STALL_DUAL];
    }
}
