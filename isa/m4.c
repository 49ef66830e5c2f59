/* Cortex-M4: single issue, three stages. Each instruction costs its class; the rules here are what
 * its neighbours add or take away. All figures are rows of the core's file; this file says only
 * when they apply. */
#include <string.h>

#include "isa/core.h"

enum m4_prev { PREV_OTHER, PREV_LOAD, PREV_LITERAL, PREV_STORE, PREV_STORE_INDEX };
enum { WIDE_MEM = 8 }; /* in wide_run: the second of the run accesses memory */
enum m4_branch {
    BRANCH_NONE,
    BRANCH_DIRECT,
    BRANCH_RETURN,
    BRANCH_COMPARE,
    BRANCH_INDIRECT,
    BRANCH_LOAD,
    BRANCH_TABLE,
    BRANCH_COND = 8
};

static const char *const names[] = {
#define RULE(name) #name,
#include "isa/m4_rules.def"
#undef RULE
};

static const bool divides[M4_RULE_COUNT] = {[M4_divide_bits_per_cycle] = true};

static void rule(const struct isa *isa, struct tick *t, enum stall kind, enum m4_rule r)
{
    isa_tick_add(t, kind, (int)r, isa->rule[r].cycles);
}

static bool is_fp(const struct insn *i)
{
    return i->cls >= CLASS_fp_add && i->cls <= CLASS_fp64_const;
}

static bool is_fp_arithmetic(const struct insn *i)
{
    return is_fp(i) && !i->mem;
}

/* Loads that overlap their data phase with the next access. */
static bool pipelines(const struct insn *i)
{
    return i->cls == CLASS_load || i->cls == CLASS_load_narrow || i->cls == CLASS_load_exclusive;
}

static bool single_store(const struct insn *i)
{
    return i->cls == CLASS_store || i->cls == CLASS_store_exclusive;
}

static uint32_t address_registers(const struct insn *i)
{
    uint32_t regs = 0;
    if (i->mem && i->base >= 0 && i->base < 15)
        regs |= 1u << i->base;
    if (i->mem && i->index >= 0)
        regs |= 1u << i->index;
    return regs;
}

static int class_cycles(const struct isa *isa, const struct insn *i)
{
    const struct class_row *row = &isa->row[i->cls];
    return row->cycles + row->per_word * i->count;
}

static enum m4_branch branch_kind(const struct insn *i)
{
    switch (i->cls) {
    case CLASS_branch_load: return i->count > 1 || i->base == 13 ? BRANCH_INDIRECT : BRANCH_LOAD;
    case CLASS_table_branch: return BRANCH_TABLE;
    case CLASS_compare_branch: return BRANCH_COMPARE;
    case CLASS_branch_reg: /* BX LR, MOV PC, LR */
        if (!(i->flags & INSN_CALL) && (i->reads & 0x7fff) == 1u << 14)
            return BRANCH_RETURN;
    }
    return i->flags & INSN_INDIRECT ? BRANCH_INDIRECT : BRANCH_DIRECT;
}

/* What the instruction that comes after a taken branch waits for. */
static void refill(const struct isa *isa, struct m4_state *s, const struct insn *i, struct tick *t)
{
    static const enum m4_rule by_kind[] = {
        [BRANCH_DIRECT] = M4_refill_direct,   [BRANCH_RETURN] = M4_refill_return,
        [BRANCH_COMPARE] = M4_refill_compare, [BRANCH_INDIRECT] = M4_refill_indirect,
        [BRANCH_LOAD] = M4_refill_load,       [BRANCH_TABLE] = M4_refill_table};
    rule(isa, t, STALL_REFILL, by_kind[s->refill]);
    if (i->size == 4 && (i->addr & 2))
        rule(isa, t, STALL_REFILL, M4_refill_wide);
    if (s->late_cycles) /* the loads of an IT-controlled POP {.., PC} that did execute */
        isa_tick_add(t, STALL_LSU, RULE_CLASS, s->late_cycles);
    s->late_cycles = 0;
    s->refill = BRANCH_NONE;
}

static void memory_rules(const struct isa *isa, const struct m4_state *s, const struct insn *i,
                         struct tick *t)
{
    uint32_t regs = address_registers(i);
    if (regs & s->computed)
        rule(isa, t, STALL_LSU, M4_address_dependency);
    bool same_base = (i->flags & INSN_WRITEBACK) && s->same_base == i->base + 1;
    if (same_base && single_store(i) && (s->prev == PREV_STORE || s->prev == PREV_STORE_INDEX))
        rule(isa, t, STALL_LSU, M4_store_same_base);
    bool after_load = s->prev == PREV_LOAD || s->prev == PREV_LITERAL;
    if (after_load && !(regs & s->loaded) && (pipelines(i) || single_store(i))) {
        if (pipelines(i) && same_base)
            rule(isa, t, STALL_LSU, M4_load_same_base);
        rule(isa, t, STALL_LSU, pipelines(i) ? M4_load_pipelined : M4_store_after_load);
        /* Literals lie in the memory of the code, other data elsewhere. */
        if ((s->prev == PREV_LITERAL) != ((i->flags & INSN_LITERAL) != 0))
            rule(isa, t, STALL_LSU, M4_block_change);
        else
            t->follows = true;
    }
    if (i->cls == CLASS_store && i->index >= 0) {
        rule(isa, t, STALL_LSU, M4_store_index);
        t->held += isa->rule[M4_store_index].cycles;
    }
    if (i->mem == MEM_LOAD && (s->prev == PREV_STORE || s->prev == PREV_STORE_INDEX))
        rule(isa, t, STALL_LSU, M4_load_after_store);
}

static void fp_rules(const struct isa *isa, struct m4_state *s, const struct insn *i,
                     struct tick *t)
{
    if (s->fp_busy) {
        isa_tick_add(t, STALL_CPI, M4_fp_busy, s->fp_busy);
        s->fp_busy = 0;
    }
    if (is_fp_arithmetic(i) && (i->freads & ~i->facc & s->fp_result))
        rule(isa, t, STALL_CPI, M4_fp_dependency);
}

static void m4_step(const struct isa *isa, struct pipe *p, const struct insn *i, bool executed,
                    struct tick *t)
{
    struct m4_state *s = &p->m4;
    struct m4_state next = {.narrow = i->size == 2};
    bool wide = i->size == 4 && (i->addr & 2);

    if (s->refill) {
        refill(isa, s, i, t);
        s->wide_run = 0;
    }
    /* Behind an access to memory or an instruction of several cycles, the third of three misaligned
     * wide instructions finds the prefetch buffer empty. The part counts the cycle as LSU when the
     * second accesses memory, else as CPI. */
    if (wide) {
        int run = s->wide_run & ~WIDE_MEM;
        run = run ? run + 1 : s->held;
        if (run == 3)
            rule(isa, t, s->wide_run & WIDE_MEM ? STALL_LSU : STALL_CPI, M4_wide_run);
        next.wide_run = (uint8_t)(run == 3 ? 0 : run == 2 && i->mem ? run | WIDE_MEM : run);
    }

    /* the divider ran on meanwhile */
    int waited = t->stall[STALL_REFILL] + t->stall[STALL_CPI] + t->stall[STALL_LSU];
    s->fp_busy = (uint8_t)(s->fp_busy > waited ? s->fp_busy - waited : 0);
    t->stall[STALL_BASE] = 1;
    if (i->cls == CLASS_it && s->narrow && isa->rule[M4_it_folded].cycles) {
        t->stall[STALL_BASE] = 0;
        rule(isa, t, STALL_FOLD, M4_it_folded);
        next = *s; /* it was never in the pipeline */
        next.wide_run = 0;
        p->m4 = next;
        return;
    }
    next.fp_busy = s->fp_busy;
    int cycles = class_cycles(isa, i);
    if ((i->flags & INSN_BRANCH) && (i->flags & INSN_IN_IT)) {
        next.late_cycles = (uint8_t)(cycles - 1); /* due only if it executes */
        cycles = 1;
    }
    t->held = executed ? cycles : 1;
    if (!executed) {
        rule(isa, t, STALL_CPI, M4_skipped);
        if (next.fp_busy)
            next.fp_busy--;
        p->m4 = next;
        return;
    }
    if (t->nrules < TICK_RULES)
        t->rule[t->nrules].rule = RULE_CLASS, t->rule[t->nrules++].cycles = cycles;
    t->stall[i->mem ? STALL_LSU : STALL_CPI] += cycles - 1;

    if (i->mem)
        memory_rules(isa, s, i, t);
    if (is_fp(i))
        fp_rules(isa, s, i, t), next.fp_busy = s->fp_busy;
    if (i->cls == CLASS_nop && (s->prev == PREV_LOAD || s->prev == PREV_LITERAL))
        rule(isa, t, STALL_LSU, M4_load_nop);
    if (i->cls == CLASS_nop && s->prev == PREV_STORE_INDEX)
        rule(isa, t, STALL_LSU, M4_store_nop);

    int32_t spent = -waited;
    for (int k = 0; k < STALL_FOLD; k++)
        spent += t->stall[k];
    next.fp_busy = (uint8_t)(next.fp_busy > spent ? next.fp_busy - spent : 0);
    next.held = i->mem || spent > 1;
    if (i->cls == CLASS_fp_div || i->cls == CLASS_fp_sqrt)
        next.fp_busy = (uint8_t)isa->rule[M4_fp_busy].cycles;

    uint32_t written = i->writes & 0x7fff;
    if (pipelines(i)) {
        next.prev = i->flags & INSN_LITERAL ? PREV_LITERAL : PREV_LOAD;
        next.loaded = (uint16_t)(written & ~(i->flags & INSN_WRITEBACK ? 1u << i->base : 0));
    } else if (single_store(i)) {
        next.prev = i->index >= 0 ? PREV_STORE_INDEX : PREV_STORE;
    } else if (!i->mem) {
        next.computed = (uint16_t)written;
    }
    if (i->flags & INSN_WRITEBACK)
        next.same_base = (uint8_t)(i->base + 1);
    if (is_fp_arithmetic(i))
        next.fp_result = i->fwrites;
    if (i->flags & INSN_BRANCH)
        next.open = (uint8_t)(branch_kind(i) | (i->flags & INSN_COND ? BRANCH_COND : 0));
    p->m4 = next;
}

static void m4_resolve(const struct isa *isa, struct pipe *p, int exit)
{
    (void)isa;
    struct m4_state *s = &p->m4;
    if (exit & EXIT_TAKEN) {
        /* Without a branch the flow was changed from outside: nothing is left in the pipeline. */
        struct m4_state next = {.refill = s->open & (BRANCH_COND - 1),
                                .late_cycles = s->late_cycles,
                                .fp_busy = s->fp_busy};
        *s = next;
    } else {
        s->open = 0;
        s->late_cycles = 0;
    }
}

static bool m4_watches(const struct isa *isa, const struct insn *i)
{
    return !(i->flags & INSN_BRANCH) && (i->mem || class_cycles(isa, i) != 1 || is_fp(i));
}

/* Early termination: some quotient bits a cycle, by how many more significant bits the dividend
 * has. */
static uint32_t m4_dynamic(const struct isa *isa, const struct insn *i, uint32_t n, uint32_t d)
{
    if (i->cls != CLASS_div)
        return 0;
    int min = isa->rule[M4_divide_min].cycles, max = isa->rule[M4_divide_max].cycles;
    int step = isa->rule[M4_divide_bits_per_cycle].cycles;
    int bits = isa_quotient_bits(i, n, d),
        cycles = bits < 0 ? min : min + 1 + (bits + step - 1) / step;
    return (uint32_t)((cycles > max ? max : cycles) - class_cycles(isa, i));
}

const struct pipeline m4_pipeline = {
    .name = "single-issue",
    .rule_names = names,
    .rules = M4_RULE_COUNT,
    .divides = divides,
    .predicts = false,
    .step = m4_step,
    .resolve = m4_resolve,
    .watches = m4_watches,
    .dynamic = m4_dynamic,
};
