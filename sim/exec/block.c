/* Basic blocks: decoding, and the expressions that give each access's address from the registers at
 * entry. */
#include "sim/exec/block.h"

#include <stdlib.h>
#include <string.h>

#include "sim/exec/engine.h"
#include "sim/exec/address.h"
#include "sim/exec/scopes.h"

enum { MAX_DECODED = 1500000, MAX_VALUES = 1024, MAX_ACCESS = 1024 };

struct value { /* values[expr] + add; expr < 0: unknown */
    int expr;
    uint32_t add;
};

struct tracker {
    struct machine *m;
    struct block *b;
    struct value reg[16], single[32]; /* expr -2: as at entry */
    struct expr expr[MAX_VALUES];
    int nexprs;
    struct access access[MAX_ACCESS];
    struct value at[MAX_ACCESS]; /* where each access begins */
    int naccess;
    struct value sp_lowest;
};

static const struct value unknown = {-1, 0};

static struct value new_expr(struct tracker *p, struct expr s, uint32_t add)
{
    for (int i = 0; i < p->nexprs; i++)
        if (p->expr[i].op == s.op && p->expr[i].a == s.a && p->expr[i].b == s.b &&
            p->expr[i].shift == s.shift && p->expr[i].imm == s.imm)
            return (struct value){i, add};
    if (p->nexprs == 255) /* operands are bytes */
        return unknown;
    p->expr[p->nexprs] = s;
    return (struct value){p->nexprs++, add};
}

static struct value reg_value(struct tracker *p, int r)
{
    if (p->reg[r].expr == -2)
        p->reg[r] = new_expr(p, (struct expr){.op = EXPR_REG, .imm = (uint32_t)r}, 0);
    return p->reg[r];
}

static struct value single_value(struct tracker *p, int r)
{
    if (p->single[r].expr == -2)
        p->single[r] = new_expr(p, (struct expr){.op = EXPR_REG, .imm = 16u + (uint32_t)r}, 0);
    return p->single[r];
}

static struct value constant(struct tracker *p, uint32_t c)
{
    return new_expr(p, (struct expr){.op = EXPR_CONST}, c);
}

static struct value exact(struct tracker *p, struct value v) /* with nothing left to add */
{
    if (v.expr < 0 || v.add == 0)
        return v;
    return new_expr(
        p, (struct expr){.op = EXPR_ADDI, .a = (uint8_t)v.expr, .b = (uint8_t)v.expr, .imm = v.add},
        0);
}

/* a + (b << shift), or a - (b << shift). */
static struct value sum(struct tracker *p, struct value a, struct value b, int shift, bool minus)
{
    if (a.expr < 0 || b.expr < 0)
        return unknown;
    uint32_t add = minus ? a.add - (b.add << shift) : a.add + (b.add << shift);
    if (p->expr[b.expr].op == EXPR_CONST)
        return (struct value){a.expr, add};
    if (!minus && shift == 0 && p->expr[a.expr].op == EXPR_CONST)
        return (struct value){b.expr, add};
    return new_expr(p,
                    (struct expr){.op = minus ? EXPR_SUB : EXPR_ADD,
                                  .a = (uint8_t)a.expr,
                                  .b = (uint8_t)b.expr,
                                  .shift = (uint8_t)shift},
                    add);
}

static struct value two(struct tracker *p, int op, struct value a, struct value b, int shift,
                        uint32_t imm)
{
    a = exact(p, a);
    b = exact(p, b);
    if (a.expr < 0 || b.expr < 0)
        return unknown;
    return new_expr(p,
                    (struct expr){.op = (uint8_t)op,
                                  .a = (uint8_t)a.expr,
                                  .b = (uint8_t)b.expr,
                                  .shift = (uint8_t)shift,
                                  .imm = imm},
                    0);
}

static struct value shifted(struct tracker *p, struct value v, int type, int amount)
{
    if (amount == 0 && type == ALU_LSL)
        return v;
    if (v.expr < 0)
        return v;
    if (p->expr[v.expr].op == EXPR_CONST && type == ALU_LSL)
        return constant(p, v.add << amount);
    static const int ops[] = {EXPR_SHL, EXPR_SHR, EXPR_SAR};
    if (type > ALU_ASR || amount > 31)
        return unknown;
    return two(p, ops[type], v, v, amount, 0);
}

static struct value evaluate(struct tracker *p, const struct alu *a)
{
    struct value n = a->rn >= 0 ? reg_value(p, a->rn) : constant(p, 0);
    struct value m = a->rm >= 0 ? reg_value(p, a->rm) : constant(p, a->imm);
    switch (a->op) {
    case ALU_MOV: return shifted(p, m, a->shift_type, a->shift);
    case ALU_ADD:
    case ALU_SUB:
        if (a->rm >= 0 && a->shift_type != ALU_LSL)
            m = shifted(p, m, a->shift_type, a->shift);
        return sum(p, n, m, a->rm >= 0 && a->shift_type == ALU_LSL ? a->shift : 0,
                   a->op == ALU_SUB);
    case ALU_RSB: return sum(p, shifted(p, m, a->shift_type, a->shift), n, 0, true);
    case ALU_AND: return two(p, EXPR_AND, n, shifted(p, m, a->shift_type, a->shift), 0, 0);
    case ALU_ORR: return two(p, EXPR_ORR, n, shifted(p, m, a->shift_type, a->shift), 0, 0);
    case ALU_EOR: return two(p, EXPR_EOR, n, shifted(p, m, a->shift_type, a->shift), 0, 0);
    case ALU_BIC: return two(p, EXPR_BIC, n, shifted(p, m, a->shift_type, a->shift), 0, 0);
    case ALU_MUL: return two(p, EXPR_MUL, n, m, 0, 0);
    case ALU_UBFX:
        n = two(p, EXPR_UBFX, n, n, a->shift, a->imm);
        return a->ra < 0 ? n : sum(p, n, constant(p, (uint32_t)a->ra << 16), 0, false); /* MOVT */
    case ALU_SBFX: return two(p, EXPR_SBFX, n, n, a->shift, a->imm);
    case ALU_MLA: m = two(p, EXPR_MUL, n, m, 0, 0); return sum(p, reg_value(p, a->ra), m, 0, false);
    default: return unknown;
    }
}

static void set(struct tracker *p, int r, struct value v)
{
    if (r >= 0 && r < 15)
        p->reg[r] = v;
}

bool block_sp_set(const struct block *b, int k)
{
    return b->sp_odd && k >= 0 && k < b->n && b->run->insn[k].writes & 1u << 13;
}

/* SP got a value: moved by words from what it was, or (true) one that may have bits 1:0 set. */
static bool set_anew(const struct tracker *p, struct value was)
{
    struct value v = p->reg[13];
    bool at_entry = v.expr >= 0 && p->expr[v.expr].op == EXPR_REG && p->expr[v.expr].imm == 13;
    bool moved = v.expr >= 0 && v.expr == was.expr && (v.add - was.add) % 4 == 0;
    return !moved && !(at_entry && v.add % 4 == 0);
}

static void note_sp(struct tracker *p)
{
    struct value v = p->reg[13];
    if (v.expr == -2)
        return;
    if (v.expr < 0 || (p->sp_lowest.expr >= 0 && p->sp_lowest.expr != v.expr))
        p->b->sp_unknown = true;
    else if (p->sp_lowest.expr >= 0 && (v.add - p->sp_lowest.add) % 4)
        p->b->sp_unknown = true; /* whether bits 1:0 are set is asked of one of the values */
    else if (p->sp_lowest.expr < 0 || (int32_t)v.add < (int32_t)p->sp_lowest.add)
        p->sp_lowest = v;
}

/* Values that loads leave in registers, for pointers that are themselves in memory. */
static void loaded(struct tracker *p, const struct insn *i, const uint8_t *code, struct value at)
{
    struct loads l;
    if ((i->flags & INSN_IN_IT) || p->b->no_loads || at.expr < 0 || p->naccess > 250 ||
        !address_loads(code, i, &l)) {
        for (int r = 0; r < 15; r++)
            if (i->writes & 1u << r && !(r == i->base && (i->flags & INSN_WRITEBACK)))
                set(p, r, unknown);
        return;
    }
    for (int k = 0; k < l.n; k++) {
        struct expr s = {.op = EXPR_LOAD,
                         .a = (uint8_t)at.expr,
                         .b = (uint8_t)p->naccess,
                         .shift = (uint8_t)l.kind,
                         .imm = at.add + 4u * (uint32_t)k};
        set(p, l.reg[k], new_expr(p, s, 0));
    }
}

static void follow_access(struct tracker *p, int index, const struct insn *i, const uint8_t *code)
{
    struct value base, at;
    if (i->flags & INSN_LITERAL)
        base = constant(p, (i->addr + 4) & ~3u);
    else if (i->base == 15)
        base = constant(p, i->addr + 4);
    else
        base = i->base >= 0 ? reg_value(p, i->base) : unknown;
    at = base;
    if (i->index >= 0)
        at = sum(p, base, reg_value(p, i->index), i->shift, false);
    at.add += (uint32_t)i->offset;
    bool conditional = (i->flags & INSN_IN_IT) && i->cond != 14;
    if (p->m->opt.mode == MODE_HOOKS)
        conditional = true;
    if (p->naccess < MAX_ACCESS) {
        p->at[p->naccess] = conditional ? unknown : at;
        p->access[p->naccess++] = (struct access){.insn = (uint16_t)index,
                                                  .width = i->width,
                                                  .count = i->count,
                                                  .store = i->mem == MEM_STORE,
                                                  .group = -1};
    }
    if (i->flags & INSN_WRITEBACK && i->base >= 0 && i->base < 15) {
        struct value moved = base;
        if (moved.expr >= 0)
            moved.add += (uint32_t)i->step;
        set(p, i->base, i->flags & INSN_IN_IT ? unknown : moved);
    }
    if (i->mem == MEM_LOAD) {
        p->naccess--; /* the load itself is no earlier store */
        loaded(p, i, code, conditional ? unknown : at);
        p->naccess++;
    } else {
        for (int r = 0; r < 15; r++)
            if (i->writes & 1u << r && !(r == i->base && (i->flags & INSN_WRITEBACK)))
                set(p, r, unknown);
    }
}

/* The group of this value that an access may join without stretching it, or a new one. */
static struct group *group_near(struct block *b, int expr, int32_t lo, int32_t hi)
{
    enum { REACH = 65536 };
    for (int i = 0; i < b->ngroups; i++) {
        struct group *g = &b->group[i];
        if (g->value == expr && (int64_t)lo - g->lo > -REACH && (int64_t)hi - g->hi < REACH)
            return g;
    }
    if (b->ngroups == MAX_GROUPS)
        return NULL;
    b->group[b->ngroups] =
        (struct group){.value = (uint8_t)expr, .lo = lo, .hi = hi, .part = PART_HOLE};
    return &b->group[b->ngroups++];
}

/* Forms groups of accesses off one value and keeps the expressions they need, registers first. */
static bool keep(struct tracker *p, struct err *e)
{
    struct block *b = p->b;
    bool need[256] = {false};
    int index[256];
    b->ngroups = 0;
    for (int i = 0; i < p->naccess; i++) {
        struct access *a = &p->access[i];
        int s = p->at[i].expr, lo = (int32_t)p->at[i].add, hi = lo + a->width * a->count;
        if (s < 0)
            continue;
        struct group *g = group_near(b, s, lo, hi);
        if (!g)
            continue;
        a->group = (int8_t)(g - b->group);
        a->offset = lo;
        if (lo < g->lo)
            g->lo = lo;
        if (hi > g->hi)
            g->hi = hi;
        if (p->expr[s].op != EXPR_CONST)
            g->align |= memory_align(&p->m->memory, a->width, a->count, a->store);
        need[s] = true;
    }
    b->sp_value = -1;
    if (p->sp_lowest.expr >= 0 && !b->sp_unknown) {
        need[p->sp_lowest.expr] = true;
        b->sp_low = (int32_t)p->sp_lowest.add;
    }
    for (int i = p->nexprs - 1; i >= 0; i--) {
        const struct expr *s = &p->expr[i];
        if (need[i] && s->op != EXPR_REG && s->op != EXPR_CONST) {
            need[s->a] = true;
            if (s->op != EXPR_LOAD)
                need[s->b] = true;
        }
    }
    int n = 0;
    free(b->expr);
    b->expr = calloc((size_t)p->nexprs + 1, sizeof *b->expr);
    if (!b->expr)
        return err_nomem(e);
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < p->nexprs; i++)
            if (need[i] && (p->expr[i].op == EXPR_REG) == (pass == 0)) {
                index[i] = n;
                b->expr[n++] = p->expr[i];
                if (pass == 0)
                    b->nregs = n;
            }
    if (n > MAX_EXPRS || b->nregs > 16) { /* too much to follow: watch every access instead */
        for (int i = 0; i < p->naccess; i++)
            p->access[i].group = -1;
        b->ngroups = b->nregs = n = 0;
        b->sp_unknown |= p->sp_lowest.expr >= 0;
    } else if (p->sp_lowest.expr >= 0 && !b->sp_unknown) {
        b->sp_value = index[p->sp_lowest.expr];
    }
    b->nexprs = n;
    for (int i = 0; i < n; i++) {
        struct expr *s = &b->expr[i];
        if (s->op == EXPR_REG) {
            b->reg[i] =
                s->imm >= 16 ? UC_ARM_REG_S0 + (int)s->imm - 16 : engine_register((int)s->imm);
        } else if (s->op != EXPR_CONST) {
            s->a = (uint8_t)index[s->a];
            if (s->op != EXPR_LOAD)
                s->b = (uint8_t)index[s->b];
        }
    }
    for (int g = 0; g < b->ngroups; g++)
        b->group[g].value = (uint8_t)index[b->group[g].value];
    free(b->access);
    b->access = calloc((size_t)p->naccess + 1, sizeof *b->access);
    if (!b->access)
        return err_nomem(e);
    memcpy(b->access, p->access, (size_t)p->naccess * sizeof *b->access);
    b->naccess = p->naccess;
    return true;
}

bool block_addresses(struct machine *m, struct block *b, struct err *e)
{
    struct tracker *p = calloc(1, sizeof *p);
    const uint8_t *code = engine_host(m, b->addr, b->size);
    if (!p || !code) {
        free(p);
        return err_nomem(e);
    }
    p->m = m;
    p->b = b;
    p->sp_lowest = unknown;
    for (int r = 0; r < 16; r++)
        p->reg[r] = p->single[2 * r] = p->single[2 * r + 1] = (struct value){-2, 0};
    b->sp_unknown = false;
    bool odd = false;
    for (int k = 0; k < b->n; k++) {
        const struct insn *i = &b->run->insn[k];
        const uint8_t *at = code + (i->addr - b->addr);
        struct alu alu;
        int core, single;
        bool to_core, always = !(i->flags & INSN_IN_IT);
        struct value sp = p->reg[13];
        if (always && address_vmov(at, i, &core, &single, &to_core)) {
            if (to_core)
                set(p, core, single_value(p, single));
            else
                p->single[single] = reg_value(p, core);
            continue;
        }
        for (int r = 0; r < 32; r++)
            if (i->fwrites & UINT32_C(1) << r)
                p->single[r] = unknown;
        if (i->mem != MEM_NONE) {
            follow_access(p, k, i, at);
        } else if ((i->writes & 0x7fff) && !(i->flags & INSN_IN_IT) && address_alu(at, i, &alu)) {
            set(p, alu.rd, evaluate(p, &alu));
        } else {
            for (int r = 0; r < 15; r++)
                if (i->writes & 1u << r)
                    set(p, r, unknown);
        }
        if (i->writes & 1u << 13) {
            bool anew = set_anew(p, sp);
            if (anew && b->sp_odd)
                p->reg[13] = two(p, EXPR_BIC, p->reg[13], constant(p, 3), 0, 0);
            odd |= anew;
            note_sp(p);
        }
    }
    bool ok = keep(p, e);
    free(p);
    if (!ok)
        return false;
    if (odd && !b->sp_odd && (b->sp_unknown || m->opt.mode == MODE_STATIC)) {
        b->sp_odd = true; /* it cannot be told before: see to it each time */
        return block_addresses(m, b, e);
    }
    b->trims |= block_sp_set(b, b->n - 1);
    b->hooked = b->sp_unknown || b->sp_odd;
    for (int k = 0; k < b->n; k++)
        b->hooked |= (b->run->insn[k].flags & (INSN_WATCH | INSN_DYNAMIC)) != 0;
    b->nblind = 0;
    for (int k = 0; k < b->naccess; k++)
        if (b->access[k].group < 0) {
            b->hooked = true;
            b->nblind += b->access[k].count;
        }
    return true;
}

void block_lines(struct machine *m, struct block *b)
{
    uint32_t granule = b->region >= 0 ? memory_granule(&m->memory, b->region) : 0;
    b->nlines = 0;
    b->config = m->memory.config;
    for (int k = 0; granule && k < b->n; k++)
        for (uint32_t h = 0; h < b->run->insn[k].size; h += 2) {
            uint32_t line = (b->run->insn[k].addr + h) & ~(granule - 1);
            if (b->nlines == 0 || b->line[b->nlines - 1] != line) {
                b->line[b->nlines] = line;
                b->line_insn[b->nlines++] = (uint32_t)k;
            }
        }
}

void block_free(struct block *b)
{
    if (!b)
        return;
    free(b->copy);
    free(b->head);
    free(b->partial);
    free(b->access);
    free(b->expr);
    free(b->line);
    free(b->line_insn);
    free(b);
}

static struct branch_history *history_of(struct machine *m, uint32_t addr)
{
    struct branch **list = &m->code.branch[(addr >> 1) % BRANCH_LISTS], *b = *list;
    while (b && b->addr != addr)
        b = b->next;
    if (!b && (b = calloc(1, sizeof *b))) {
        b->addr = addr;
        b->next = *list;
        *list = b;
    }
    return b ? &b->history : NULL;
}

/* What MSR writes (SYSm of its encoding), 0: it is none. */
enum { SYSM_MSP = 8, SYSM_PSP, SYSM_BASEPRI = 17, SYSM_BASEPRI_MAX, SYSM_FAULTMASK };
static int msr_target(const uint8_t *code, uint32_t size)
{
    unsigned first = code[0] | (unsigned)code[1] << 8;
    return size == 4 && (first & 0xfff0) == 0xf380 && (code[3] & 0xbf) == 0x88 ? code[2] : 0;
}

/* MSR to MSP, PSP, BASEPRI, BASEPRI_MAX or FAULTMASK, or CPSID F. */
static bool is_trimmed(const uint8_t *code, uint32_t size)
{
    int to = msr_target(code, size);
    return to == SYSM_MSP || to == SYSM_PSP || (to >= SYSM_BASEPRI && to <= SYSM_FAULTMASK) ||
           (size == 2 && (code[0] & 0xf9) == 0x71 && code[1] == 0xb6);
}

static bool is_sev(const uint8_t *code, uint32_t size)
{
    unsigned first = code[0] | (unsigned)code[1] << 8;
    return size == 2 ? first == 0xbf40 : first == 0xf3af && code[2] == 0x04 && code[3] == 0x80;
}

/* LDREX, LDREXB or LDREXH. */
static bool is_exclusive_load(const uint8_t *code, uint32_t size)
{
    unsigned first = code[0] | (unsigned)code[1] << 8;
    return size == 4 &&
           ((first & 0xfff0) == 0xe850 || ((first & 0xfff0) == 0xe8d0 && (code[2] & 0xe0) == 0x40));
}

static struct block *decode(struct machine *m, uint32_t addr, uint32_t size, uint8_t it,
                            struct err *e)
{
    static const uint8_t none[4];
    const uint8_t *code = engine_host(m, addr, size);
    if (!code) { /* Unicorn reports size 0 for code it could not read; the fault follows */
        code = none;
        size = 0;
    }
    struct block *b = calloc(1, sizeof *b);
    struct insn *insn = calloc(size / 2 + 1, sizeof *insn);
    if (!b || !insn) {
        free(b);
        free(insn);
        err_nomem(e);
        return NULL;
    }
    uint32_t undefined;
    b->it_in = it;
    b->addr = addr;
    b->size = size;
    b->n = isa_decode(m->isa, code, size, addr, &it, insn, (int)(size / 2), &undefined);
    b->it_out = it;
    b->undefined = b->n >= 0 ? undefined : 0;
    uint32_t at = b->undefined - addr;
    b->nocp = b->undefined && at + 4 <= size &&
              isa_coprocessor((uint16_t)(code[at] | code[at + 1] << 8),
                              (uint16_t)(code[at + 2] | code[at + 3] << 8));
    bool ok = b->n >= 0 && (b->run = isa_run_new(m->isa, insn, b->n, e)) != NULL;
    free(insn);
    b->line = calloc(size / 2 + 2, sizeof *b->line);
    b->line_insn = calloc(size / 2 + 2, sizeof *b->line_insn);
    int region = b->region = board_region(m->board, addr, 1);
    if (region >= 0 && m->board->region[region].kind != REGION_FLASH && size) {
        b->copy = malloc(size);
        b->host = code;
        if (b->copy)
            memcpy(b->copy, code, size);
    }
    if (ok && (!b->line || !b->line_insn ||
               (!b->copy && size && region >= 0 && m->board->region[region].kind != REGION_FLASH)))
        ok = err_nomem(e);
    b->scope = scopes_at(m, addr);
    if (ok && b->n) {
        const struct insn *last = &b->run->insn[b->n - 1];
        if (m->code.predicts && (last->flags & INSN_BRANCH) &&
            !(b->history = history_of(m, last->addr)))
            ok = err_nomem(e);
        b->call = (last->flags & INSN_CALL) != 0;
        b->indirect = (last->flags & INSN_INDIRECT) != 0;
        b->halts = b->n == 1 && last->target == addr && last->cond == 14 &&
                   !(last->flags & (INSN_COND | INSN_CALL));
        for (int k = 0; k < b->n; k++) {
            b->macs += b->run->insn[k].macs;
            const uint8_t *at_insn = code + (b->run->insn[k].addr - addr);
            b->sev |= is_sev(at_insn, b->run->insn[k].size);
            m->code.exclusive |= is_exclusive_load(at_insn, b->run->insn[k].size);
            b->trims |= is_trimmed(at_insn, b->run->insn[k].size);
            b->raises = msr_target(at_insn, b->run->insn[k].size) == SYSM_BASEPRI_MAX;
            b->ndynamic += (b->run->insn[k].flags & INSN_DYNAMIC) != 0;
            b->ntransfers += b->run->insn[k].mem != MEM_NONE ? b->run->insn[k].count : 0;
        }
    }
    if (!ok || !block_addresses(m, b, e)) {
        block_free(b);
        return NULL;
    }
    block_lines(m, b);
    return b;
}

static size_t place(const struct machine *m, uint32_t addr, uint32_t size)
{
    return ((addr >> 1) * 2654435761u ^ size * 40503u) & (m->code.cap_blocks - 1);
}

static bool more_room(struct machine *m, struct err *e)
{
    size_t old = m->code.cap_blocks, cap = old ? old * 4 : 4096;
    struct block **list = m->code.block, **t = calloc(cap, sizeof *t);
    if (!t)
        return err_nomem(e);
    m->code.block = t;
    m->code.cap_blocks = cap;
    for (size_t i = 0; i < old; i++)
        for (struct block *b = list[i], *next; b; b = next) {
            next = b->next;
            size_t h = place(m, b->addr, b->size);
            b->next = t[h];
            t[h] = b;
        }
    free(list);
    return true;
}

bool block_may_grow(const struct machine *m)
{
    return m->code.decoded < MAX_DECODED / 2;
}

struct block *block_get(struct machine *m, uint32_t addr, uint32_t size, uint8_t it, struct err *e)
{
    if (m->code.nblocks >= m->code.cap_blocks && !more_room(m, e))
        return NULL;
    size_t h = place(m, addr, size);
    bool changed = false;
    for (struct block **at = &m->code.block[h], *b; (b = *at); at = &b->next)
        if (b->addr == addr && b->size == size && b->it_in == it) {
            if (!b->copy)
                return b;
            const uint8_t *now = engine_host(m, addr, size);
            if (now && !memcmp(now, b->copy, size)) {
                if (changed) { /* code that changes to and fro: first the one that is there now */
                    *at = b->next;
                    b->next = m->code.block[h];
                    m->code.block[h] = b;
                    engine_translates(m, size);
                }
                return b;
            }
            changed = true;
        }
    /* Code that rewrites itself, or data that is executed, must not take all of the host's
     * memory. */
    if (m->code.decoded > MAX_DECODED) {
        err_set(e, ERR_LIMIT, "the program executed more than %d different instructions",
                MAX_DECODED);
        return NULL;
    }
    struct block *b = decode(m, addr, size, it, e);
    if (!b)
        return NULL;
    m->code.decoded += (uint64_t)b->n + 1;
    engine_translates(m, size);
    b->next = m->code.block[h];
    m->code.block[h] = b;
    m->code.nblocks++;
    return b;
}
