/* Data accesses: where they go, from the plan of the block, and what that costs. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sim/exec/core.h"
#include "sim/exec/engine.h"
#include "sim/exec/guard.h"
#include "sim/exec/plan.h"

const char *const part_names[PK_COUNT] = {"code", "rodata", "data", "bss", "arena", "stack", "heap", "other"};

static bool inside(const struct symbol *s, uint32_t a)
{
    return s && a >= s->addr && a - s->addr < s->size;
}

static enum part_kind kind_at(const struct machine *m, const struct region *r, uint32_t a)
{
    const struct image *im = m->image;
    if (r->kind != REGION_FLASH && inside(m->arena, a))
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
    if (m->heap_end > m->heap_base && a >= m->heap_base && a < m->heap_end)
        return PK_HEAP;
    if (m->sp_top > r->base && m->sp_top - r->base <= r->size && a < m->sp_top)
        return PK_STACK;
    return PK_OTHER;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

bool data_parts(struct machine *m, struct err *e)
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
    if (m->arena) {
        cut[n++] = m->arena->addr;
        cut[n++] = m->arena->addr + m->arena->size;
    }
    cut[n++] = m->sp_top;
    cut[n++] = m->heap_base;
    cut[n++] = m->heap_end;
    qsort(cut, n, sizeof *cut, ascending);
    for (int r = 0; r < m->board->nregions; r++) {
        const struct region *g = &m->board->region[r];
        uint32_t at = g->base, end = g->base + g->size;
        for (size_t i = 0; i <= n; i++) {
            uint32_t stop = i < n ? cut[i] : end;
            if (stop <= at || stop > end)
                continue;
            enum part_kind kind = kind_at(m, g, at);
            struct part *last = m->memory.nparts ? &m->memory.part[m->memory.nparts - 1] : NULL;
            /* Where there are too many pieces, the rest of a region is one. */
            bool full = m->memory.nparts >= MAX_PARTS - (m->board->nregions - r - 1);
            if (last && last->region == r && (last->kind == kind || full))
                last->end = stop;
            else
                m->memory.part[m->memory.nparts++] = (struct part){.base = at, .end = stop, .region = (uint8_t)r, .kind = kind};
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
    if ((addr >= 0x40000000 && addr < 0x60000000) || addr >= 0xe0000000)
        return PART_PERIPH;
    return PART_HOLE;
}

static uint32_t fetch_value(const uint8_t *p, enum load_kind kind)
{
    switch (kind) {
    case LOAD_U8:
        return p[0];
    case LOAD_S8:
        return (uint32_t)(int8_t)p[0];
    case LOAD_U16:
        return (uint32_t)(p[0] | p[1] << 8);
    case LOAD_S16:
        return (uint32_t)(int16_t)(p[0] | p[1] << 8);
    default:
        return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    }
}

static uint32_t address(const struct machine *m, const struct block *b, const struct access *a)
{
    return m->values[b->group[a->group].value] + (uint32_t)a->offset;
}

/* Reads memory as it was when the block began: right only if no earlier store of the block went there. */
static bool load_step(struct machine *m, const struct block *b, const struct step *s, uint32_t *out)
{
    static const uint32_t widths[] = {1, 2, 4, 1, 2};
    uint32_t a = m->values[s->a] + s->imm, w = widths[s->shift];
    const uint8_t *p = machine_host(m, a, w);
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
    uint32_t *v = m->values;
    for (int i = b->nregs; i < b->nsteps; i++) {
        const struct step *s = &b->step[i];
        uint32_t x = v[s->a];
        switch ((enum step_op)s->op) {
        case STEP_REG:
            break;
        case STEP_CONST:
            v[i] = 0;
            break;
        case STEP_ADDI:
            v[i] = x + s->imm;
            break;
        case STEP_ADD:
            v[i] = x + (v[s->b] << s->shift);
            break;
        case STEP_SUB:
            v[i] = x - (v[s->b] << s->shift);
            break;
        case STEP_SHL:
            v[i] = x << s->shift;
            break;
        case STEP_SHR:
            v[i] = x >> s->shift;
            break;
        case STEP_SAR:
            v[i] = (uint32_t)((int32_t)x >> s->shift);
            break;
        case STEP_AND:
            v[i] = x & v[s->b];
            break;
        case STEP_ORR:
            v[i] = x | v[s->b];
            break;
        case STEP_EOR:
            v[i] = x ^ v[s->b];
            break;
        case STEP_BIC:
            v[i] = x & ~v[s->b];
            break;
        case STEP_MUL:
            v[i] = x * v[s->b];
            break;
        case STEP_UBFX:
            v[i] = x >> s->shift & (s->imm < 32 ? (1u << s->imm) - 1 : ~0u);
            break;
        case STEP_SBFX:
            v[i] = (uint32_t)((int32_t)(x << (32 - s->imm - s->shift)) >> (32 - s->imm));
            break;
        case STEP_LOAD:
            if (!load_step(m, b, s, &v[i]))
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
    m->scopes[m->calls.scope].stall[why] += n;
    m->cycles += n;
    m->block_stall += (int32_t)n;
}

static int width_index(uint32_t width)
{
    return width == 1 ? 0 : width == 2 ? 1 : 2;
}

/* What the first transfer of an instruction waits for the bus matrix to grant it the way to the memory. */
static uint32_t grant(const struct machine *m, const struct node *n, int insn, int part)
{
    const struct insn *in = &n->block->run->insn[insn];
    return n->cost->follows[insn] ? 0 : memory_grant(&m->memory, part, in->mem == MEM_STORE, in->count);
}

/* One transfer, wherever it goes; `first` of its instruction. */
static void transfer(struct machine *m, int insn, uint32_t a, uint32_t width, bool store, bool first)
{
    int part = data_part(m, a);
    uint32_t n = first ? grant(m, m->cur, insn, part) : 0;
    n += memory_fixed(&m->memory, part, a, width, store) + memory_shared(&m->memory, m->cur->block->region, part);
    m->scopes[m->calls.scope].access[part][store][width_index(width)]++;
    if (part < MAX_PARTS && m->memory.part[part].lines) {
        n += memory_data(&m->memory, part, a, store, machine_time(m, insn) + n);
        if ((a ^ (a + width - 1)) >> m->memory.part[part].shift && data_part(m, a + width - 1) == part)
            n += memory_data(&m->memory, part, a + width - 1, store, machine_time(m, insn) + n);
    }
    stall(m, STALL_DATA, n);
}

void data_access(struct machine *m, int insn, uint32_t addr, uint32_t width, bool store, bool first)
{
    transfer(m, insn, addr, width, store, first);
}

/* Whether an access there may look at the time, change what is to come, or fault. */
static bool outside(const struct machine *m, int part, bool store)
{
    return part >= MAX_PARTS || (store && m->board->region[m->memory.part[part].region].kind == REGION_FLASH);
}

static void run_event(struct machine *m, const struct block *b, const struct event *v)
{
    const struct access *a = &b->access[v->access];
    uint32_t cost = v->extra;
    if (v->part == PART_EACH) {
        for (uint32_t k = 0, at = address(m, b, a); k < a->count; k++, at += a->width)
            transfer(m, a->insn, at, a->width, a->store, k == 0);
        return;
    }
    if (v->part != PART_HOLE) {
        const struct part *p = &m->memory.part[v->part];
        uint32_t at = address(m, b, a), last = a->width - 1u;
        for (int k = 0; k < a->count; k++, at += a->width) {
            uint64_t now = machine_time(m, a->insn) + cost;
            cost += memory_data(&m->memory, v->part, at, a->store, now);
            if ((at ^ (at + last)) >> p->shift && at + last < p->end)
                cost += memory_data(&m->memory, v->part, at + last, a->store, now);
        }
    }
    stall(m, STALL_DATA, cost);
}

void data_until(struct machine *m, int insn)
{
    const struct node *n = m->cur;
    const struct block *b = n->block;
    const struct variant *v = n->variant;
    int nevents = v && n->work & WORK_DATA ? v->nevents : 0;
    for (;;) {
        int line = m->line_done < b->nlines ? (int)b->line_insn[m->line_done] : INT_MAX;
        int event = m->event_done < nevents ? v->event[m->event_done].insn : INT_MAX;
        if (line <= event) {
            if (line > insn || line == INT_MAX)
                return;
            int i = m->line_done++;
            stall(m, STALL_FETCH, memory_line(&m->memory, b->region, b->line[i], machine_time(m, (int)b->line_insn[i])));
        } else {
            if (event > insn)
                return;
            run_event(m, b, &v->event[m->event_done++]);
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

static struct variant *new_variant(struct machine *m, struct node *n, const uint64_t key[2], bool crosses)
{
    const struct block *b = n->block;
    struct variant *v = calloc(1, sizeof *v);
    struct event *list = calloc((size_t)b->naccess + 1, sizeof *list);
    if (!v || !list) {
        free(v);
        free(list);
        err_nomem(&m->err);
        machine_stop(m, STOP_ERROR, n->addr);
        return NULL;
    }
    v->key[0] = key[0];
    v->key[1] = key[1];
    v->crosses = crosses;
    v->event = list;
    v->config = m->memory.config;
    v->misaligned = misaligned(m, b) != NULL;
    for (int i = 0; i < b->naccess; i++) {
        const struct access *a = &b->access[i];
        if (a->group < 0)
            continue;
        if (crosses) {
            v->timed = true;
            v->longest += (uint64_t)a->count * m->reach.wait.access;
            v->event[v->nevents++] = (struct event){.insn = a->insn, .access = (uint16_t)i, .part = PART_EACH};
            continue;
        }
        int part = b->group[a->group].part;
        uint32_t at = address(m, b, a);
        struct event ev = {.insn = a->insn, .access = (uint16_t)i, .part = PART_HOLE};
        ev.extra = grant(m, n, a->insn, part);
        for (int k = 0; k < a->count; k++)
            ev.extra += memory_fixed(&m->memory, part, at + (uint32_t)k * a->width, a->width, a->store) + memory_shared(&m->memory, b->region, part);
        if (part < MAX_PARTS && m->memory.part[part].lines)
            ev.part = (uint8_t)part;
        v->longest += ev.extra + (ev.part != PART_HOLE ? (uint64_t)a->count * m->reach.wait.access : 0);
        v->timed |= outside(m, part, a->store);
        if (ev.extra || ev.part != PART_HOLE)
            v->event[v->nevents++] = ev;
    }
    v->next = n->variants;
    n->variants = v;
    n->nvariants++;
    return v;
}

/* Beyond a number of variants the node gets one for all the rest, whose accesses are counted one by one. */
static void find_variant(struct machine *m, struct node *n, const uint64_t key[2], bool crosses)
{
    enum { MAX_VARIANTS = 128 };
    static const uint64_t rest[2] = {UINT64_MAX, UINT64_MAX};
    if (n->nvariants >= MAX_VARIANTS) {
        key = rest;
        crosses = true;
    }
    struct variant *v = n->variants;
    while (v && (v->key[0] != key[0] || v->key[1] != key[1] || v->crosses != crosses || v->config != m->memory.config))
        v = v->next;
    n->variant = v ? v : new_variant(m, n, key, crosses);
}

static int part_of(const struct variant *v, const struct access *a)
{
    return (int)(v->key[a->group >> 3] >> (a->group & 7) * 8) & 31;
}

int data_unknown(const struct machine *m)
{
    const struct node *n = m->cur;
    const struct block *b = n->block;
    const struct variant *v = n->work & WORK_DATA ? n->variant : NULL;
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

void data_forget(struct machine *m, int insns)
{
    const struct node *n = m->cur;
    const struct block *b = n->block;
    struct variant *v = n->work & WORK_DATA ? n->variant : NULL;
    if (!v)
        return;
    v->count--;
    for (int i = 0; !v->crosses && i < b->naccess && b->access[i].insn < insns; i++) {
        const struct access *a = &b->access[i];
        if (a->group >= 0)
            m->scopes[n->scope].access[part_of(v, a)][a->store][width_index(a->width)] += a->count;
    }
}

void exec_reconfigured(struct machine *m)
{
    struct node *n = m->cur;
    struct block *b = n->block;
    reach_refresh(m);
    if (!b || !m->open)
        return;
    if (n->variant) {
        uint64_t key[2] = {n->variant->key[0], n->variant->key[1]};
        find_variant(m, n, key, n->variant->crosses);
        m->event_done = 0;
        while (n->variant && m->event_done < n->variant->nevents && n->variant->event[m->event_done].insn <= m->insn_now)
            m->event_done++;
    }
    block_lines(m, b);
    m->line_done = 0;
    while (m->line_done < b->nlines && (int)b->line_insn[m->line_done] <= m->insn_now)
        m->line_done++;
}

/* The stack pointer was `from` and went as low as `sp`. */
static void note_stack(struct machine *m, uint32_t from, uint32_t sp)
{
    uint32_t base = m->stack_region;
    if (!guard_on_main_stack(m) || from - base > m->sp_top - base)
        return; /* the stacks of threads are data of their kernel, also when it runs them on the main stack pointer */
    if (sp < m->sp_low) {
        if (sp < m->stack_limit)
            machine_trap(m, TRAP_STACK, m->cur->addr);
        m->sp_low = sp;
        m->sp_low_pc = m->cur->addr;
        m->sp_low_scope = m->calls.scope;
    }
    struct scope *s = &m->scopes[m->calls.scope];
    if (m->sp_top - sp > s->stack && sp <= m->sp_top)
        s->stack = m->sp_top - sp;
}

bool data_begin(struct machine *m, struct node *n)
{
    struct block *b = n->block;
    uint64_t key[2] = {0, 0};
    bool crosses = false;
    if (b->nregs)
        uc_reg_read_batch(m->uc, b->reg, m->value_at, b->nregs);
    if (b->nsteps > b->nregs && !evaluate(m, b)) {
        b->no_loads = true;
        return false;
    }
    if (b->sp_value >= 0) {
        uint32_t sp = m->values[b->sp_value] + (uint32_t)b->sp_low;
        if (sp < m->sp_low || m->sp_top - sp > m->scopes[m->calls.scope].stack)
            note_stack(m, m->values[b->sp_value], sp);
    }
    for (int i = 0; i < b->ngroups; i++) {
        struct group *g = &b->group[i];
        uint32_t v = m->values[g->value], lo = v + (uint32_t)g->lo, hi = v + (uint32_t)g->hi - 1;
        const struct part *p = &m->memory.part[g->part];
        if (lo < p->base || hi >= p->end || hi < lo) {
            int part = data_part(m, lo);
            crosses |= data_part(m, hi) != part;
            g->part = (uint8_t)part;
        }
        key[i >> 3] |= (uint64_t)(g->part | (v & g->align) << 5) << (i & 7) * 8;
    }
    struct variant *v = n->variant;
    if (!v || v->key[0] != key[0] || v->key[1] != key[1] || v->crosses != crosses || v->config != m->memory.config) {
        find_variant(m, n, key, crosses);
        v = n->variant;
        if (!v)
            return true;
    }
    v->count++;
    if (v->timed) {
        m->open = true;
        if (!(n->work & WORK_GUARD))
            guard_registers(m, n);
    }
    const struct insn *odd = v->misaligned ? misaligned(m, b) : NULL;
    if (odd)
        machine_trap(m, FAULT_UNALIGNED, odd->addr);
    return true;
}

uint32_t data_address(const struct machine *m, const struct insn *in)
{
    uint32_t base = 0, index = 0;
    if (in->flags & INSN_LITERAL)
        base = (in->addr + 4) & ~3u;
    else if (in->base == 15)
        base = in->addr + 4;
    else if (in->base >= 0)
        uc_reg_read(m->uc, in->base < 13 ? UC_ARM_REG_R0 + in->base : in->base == 13 ? UC_ARM_REG_R13 : UC_ARM_REG_R14, &base);
    if (in->index >= 0)
        uc_reg_read(m->uc, in->index < 13 ? UC_ARM_REG_R0 + in->index : UC_ARM_REG_R14, &index);
    return base + (index << in->shift) + (uint32_t)in->offset;
}

void data_hooked(struct machine *m, int insn)
{
    struct node *n = m->cur;
    const struct block *b = n->block;
    for (int i = 0; i < b->naccess && m->opt.mode != MODE_HOOKS; i++) {
        const struct access *a = &b->access[i];
        if (a->insn != insn || a->group >= 0)
            continue;
        uint32_t at = data_address(m, &b->run->insn[insn]);
        guard_watched(m, insn, at, a->width, a->count, a->store);
        for (int k = 0; k < a->count; k++)
            transfer(m, insn, at + (uint32_t)k * a->width, a->width, a->store, k == 0);
        m->hooked.open = true;
        m->hooked.addr = at;
        m->hooked.size = (uint32_t)a->width * a->count;
    }
}

int data_insn_at(struct machine *m, uint32_t addr, bool advance)
{
    const struct block *b = m->cur->block;
    for (int i = advance ? m->mmio_next : 0; b && m->opt.mode == MODE_EXACT && i < b->naccess; i++) {
        const struct access *a = &b->access[i];
        if (a->group < 0 || addr - address(m, b, a) >= (uint32_t)a->width * a->count)
            continue;
        if (advance)
            m->mmio_next = a->count > 1 ? i : i + 1;
        return a->insn;
    }
    return -1;
}

void data_finish(struct machine *m)
{
    struct node *n = m->cur;
    data_until(m, INT_MAX - 1);
    m->open = false;
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

void data_settle(struct machine *m, struct node *n)
{
    struct scope *s = &m->scopes[n->scope];
    const struct block *b = n->block;
    for (struct variant *v = n->variants, *next; v; v = next) {
        for (int i = 0; i < b->naccess && !v->crosses; i++) {
            const struct access *a = &b->access[i];
            if (a->group < 0)
                continue;
            s->access[part_of(v, a)][a->store][width_index(a->width)] += a->count * v->count;
        }
        next = v->next;
        free(v->event);
        free(v);
    }
    n->variants = n->variant = NULL;
    n->nvariants = 0;
}

void data_count(struct machine *m)
{
    for (struct node *n = m->all; n; n = n->all) {
        struct scope *s = &m->scopes[n->scope];
        const struct block *b = n->block;
        if (n->work & WORK_LATE)
            for (const struct outcome *o = n->outcomes; o; o = o->next)
                add_cost(s, o->cost, o->count);
        else
            add_cost(s, n->cost, n->count);
        s->mul += b->macs * n->count;
        if (m->opt.mode == MODE_STATIC)
            for (int i = 0; i < b->naccess; i++)
                s->access[PART_HOLE][b->access[i].store][width_index(b->access[i].width)] += b->access[i].count * n->count;
        data_settle(m, n);
    }
    for (size_t i = 0; i < m->nscopes; i++) {
        struct scope *s = &m->scopes[i];
        s->cycles = 0;
        for (int k = 0; k < STALL_COUNT; k++)
            if (k != STALL_FOLD && k != STALL_DUAL)
                s->cycles += s->stall[k];
        s->instructions = s->stall[STALL_BASE] + s->stall[STALL_FOLD] + s->stall[STALL_DUAL];
    }
}
