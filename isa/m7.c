/* Cortex-M7: two instructions a cycle, in order, when they fit together and their operands are
 * there. A scoreboard says when each register is usable by each kind of consumer; the early ALU and
 * the address units need operands a cycle before the late ALU does, the addend of a
 * multiply-accumulate a cycle and store data two cycles after. */
#include <stdio.h>
#include <string.h>

#include "isa/core.h"

enum { FP_ARITH, FP_ADDEND, FP_STORE, FP_CORE };
enum {
    OPEN = 1,
    EARLY_FLAGS = 2,
    TARGET = 1,
    MISPREDICTED = 2,
    MISPREDICTED_EARLY = 4,
    FELL_THROUGH = 8
};

static const char *const names[] = {
#define RULE(name) #name,
#include "isa/m7_rules.def"
#undef RULE
};
static const bool divides[M7_RULE_COUNT] = {
    [M7_fetch_bytes] = true, [M7_divide_bits_per_cycle] = true};
static const char *const units[] = {"none",  "alu",    "bits", "mac",     "load",
                                    "store", "branch", "fp",   "fp_move", NULL};
static const char *const pairs[] = {"any", "older", "alone", NULL};

static bool load_class(const struct desc_node *m, struct class_row *r, struct err *e)
{
    uint64_t late = 0, early = 0, two = 0;
    int unit, pair;
    const struct desc_node *fp = desc_map_get(m, "fp");
    if (!desc_map_enum(m, "unit", units, &unit, e) || !desc_map_enum(m, "pair", pairs, &pair, e) ||
        !desc_opt_u64(m, "late", 0, 40, &late, e) || !desc_opt_u64(m, "early", 0, 40, &early, e) ||
        !desc_opt_u64(m, "per_two_words", 0, 8, &two, e) ||
        !desc_opt_bool(m, "early_alu", &r->early_alu, e))
        return false;
    if (fp && desc_list_len(fp) != 4)
        return desc_err(fp, e,
                        "'fp' must list four latencies: arithmetic, addend, store, move to core");
    for (size_t k = 0; fp && k < 4; k++) {
        uint64_t v;
        if (!desc_u64(desc_list_at(fp, k), 0, 40, &v, e))
            return false;
        r->fp[k] = (uint8_t)v;
    }
    r->unit = (uint8_t)unit;
    r->pair = (uint8_t)pair;
    r->late = (uint8_t)late;
    r->early = (uint8_t)early;
    r->per_two_words = (int)two;
    return true;
}

static void describe_class(const struct class_row *r, char *out, size_t size)
{
    int n = snprintf(out, size, "unit %s, pair %s", units[r->unit], pairs[r->pair]);
    if (r->per_two_words && (size_t)n < size)
        n += snprintf(out + n, size - (size_t)n, ", +%d a pair of words", r->per_two_words);
    if ((r->late || r->early) && (size_t)n < size)
        n += snprintf(out + n, size - (size_t)n, ", late %d, early %d", r->late, r->early);
    if (r->early_alu && (size_t)n < size)
        n += snprintf(out + n, size - (size_t)n, ", early ALU");
    if (r->fp[0] && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, ", fp %d %d %d %d", r->fp[0], r->fp[1], r->fp[2],
                 r->fp[3]);
}

static int cycles_of(const struct isa *isa, const struct insn *i)
{
    const struct class_row *row = &isa->row[i->cls];
    return row->cycles + row->per_word * i->count + row->per_two_words * ((i->count + 1) / 2);
}

static void sub(uint8_t *v, size_t n, int cycles)
{
    for (size_t k = 0; k < n; k++)
        v[k] = (uint8_t)(v[k] > cycles ? v[k] - cycles : 0);
}

static void advance(const struct isa *isa, struct m7_state *s, int cycles)
{
    if (cycles <= 0)
        return;
    s->back[1] = cycles == 1 ? s->back[0] : 0;
    s->back[0] = 0;
    sub(s->late, M7_REGS, cycles);
    sub(s->early, M7_REGS, cycles);
    sub(s->mul, M7_REGS, cycles);
    sub(&s->fp[0][0], sizeof s->fp, cycles);
    sub(&s->drain, 1, cycles);
    if (!s->drain)
        s->store_to = 0;
    sub(&s->mac_block, 1, cycles);
    sub(&s->mla_block, 1, cycles);
    int fetched = s->fetched + cycles * isa->rule[M7_fetch_bytes].cycles;
    int queue = isa->rule[M7_fetch_queue].cycles;
    s->fetched = (int8_t)(fetched < queue ? fetched : queue);
    int age = s->flags_age + cycles, max = isa->rule[M7_early_flags_age].cycles;
    s->flags_age = (uint8_t)(age < max ? age : max); /* older makes no difference */
}

static bool is_mac_fp(const struct insn *i)
{
    return i->cls == CLASS_fp_fma || i->cls == CLASS_fp_mla || i->cls == CLASS_fp64_fma ||
           i->cls == CLASS_fp64_mla;
}

static bool uses_shifter(const struct insn *i)
{
    switch (i->cls) {
    case CLASS_insert:
    case CLASS_extract:
    case CLASS_reverse:
    case CLASS_extend_add:
    case CLASS_pack: return true;
    }
    return i->flags & (INSN_SHIFTED | INSN_ROTATED);
}

static bool blocked_after_mac(const struct insn *i)
{
    switch (i->cls) {
    case CLASS_fp_add:
    case CLASS_fp64_add:
    case CLASS_fp_load_many:
    case CLASS_fp_store_many:
    case CLASS_fp_load2:
    case CLASS_fp_store2:
    case CLASS_fp_const:
    case CLASS_fp64_const: return true;
    }
    return false;
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

static int latest(const uint8_t *ready, uint32_t regs, int before)
{
    int t = 0;
    for (; regs; regs &= regs - 1) {
        int v = ready[__builtin_ctz(regs)] - before;
        t = v > t ? v : t;
    }
    return t;
}

/* Cycle, counted like the scoreboard, from which all operands are there. */
static int operands_ready(const struct isa *isa, const struct m7_state *s, const struct insn *i)
{
    const struct class_row *row = &isa->row[i->cls];
    uint32_t address = address_registers(i), core = ((1u << M7_REGS) - 1) & ~(1u << 15);
    uint32_t data = i->reads & core & ~address & ~i->early & ~i->acc;
    if (i->flags & INSN_BRANCH && i->cls != CLASS_branch_reg)
        data = 0; /* predicted: nobody waits for the flags */
    int t = latest(s->early, address | i->early, 0), u = latest(s->late, i->acc & ~address, 1);
    t = u > t ? u : t;
    if (i->mem == MEM_STORE)
        u = latest(s->late, data, 2);
    else if (row->unit == UNIT_MAC || i->early)
        u = latest(s->mul, data, 0);
    else
        u = latest(s->late, data, 0);
    t = u > t ? u : t;
    if (!i->freads)
        return t;
    if (i->mem == MEM_STORE)
        u = latest(s->fp[FP_STORE], i->freads, 0);
    else if (i->cls == CLASS_fp_to_core || i->cls == CLASS_fp_to_core2)
        u = latest(s->fp[FP_CORE], i->freads, 0);
    else {
        u = latest(s->fp[FP_ARITH], i->freads & ~i->facc, 0);
        t = u > t ? u : t;
        u = latest(s->fp[FP_ADDEND], i->facc,
                   i->cls == CLASS_fp_mla ? -isa->rule[M7_fp_mla_addend].cycles : 0);
    }
    return u > t ? u : t;
}

/* FP loads, stores and moves. */
static bool moves_fp(const struct isa *isa, const struct insn *i)
{
    return (i->freads || i->fwrites) && (i->mem || isa->row[i->cls].unit == UNIT_FP_MOVE);
}

static uint8_t bank_of(const struct insn *i)
{
    return i->offset >> 2 & 1;
}

/* Cycles until the store buffer has room for one more. */
static int buffer_full(const struct isa *isa, const struct m7_state *s)
{
    int room = (isa->rule[M7_store_buffer].cycles - 1) * isa->rule[M7_store_narrow].cycles;
    return s->drain > room ? s->drain - room : 0;
}

/* A store enters the buffer. Bytes and halfwords take longer to leave it, longest when they go to
 * one bank. */
static void buffer_store(const struct isa *isa, struct m7_state *s, const struct insn *i)
{
    bool known = i->index < 0 && !(i->flags & INSN_WRITEBACK);
    uint8_t to = known ? (uint8_t)(1 + 2 * i->base + bank_of(i)) : 0;
    int cycles =
        i->width >= 4
            ? 1
            : isa->rule[to && to == s->store_to ? M7_store_narrow : M7_store_narrow_bank].cycles;
    s->drain = (uint8_t)(s->drain + cycles);
    s->store_to = to;
}

/* May `i` join the instruction issued last? Operands apart. */
static bool fits(const struct isa *isa, const struct m7_state *s, const struct insn *i)
{
    const struct class_row *row = &isa->row[i->cls];
    uint8_t o = s->unit, y = row->unit;
    if (!s->open_slot || row->pair != PAIR_ANY)
        return false;
    if ((o == UNIT_MAC || o == UNIT_STORE) && (y == UNIT_MAC || y == UNIT_STORE))
        return false;
    if ((o == UNIT_BITS && y == UNIT_BITS) || (o == UNIT_FP && y == UNIT_FP) ||
        (o == UNIT_BRANCH && y == UNIT_BRANCH))
        return false;
    if (s->shifts && uses_shifter(i))
        return false;
    if ((i->cls == CLASS_fp_from_core || i->cls == CLASS_fp_from_core2) && (i->reads & s->made))
        return false;
    if (s->several && (i->freads || i->fwrites))
        return false;
    if (s->mac_block && (moves_fp(isa, i) || (s->moves_fp && is_mac_fp(i))))
        return false;
    if (o == UNIT_FP_MOVE && y == UNIT_FP_MOVE)
        return false;
    if (o == UNIT_LOAD && y == UNIT_LOAD) {
        if (i->index < 0 && s->base && s->base == i->base + 1)
            return s->bank != bank_of(i);
        return isa->rule[M7_load_pair_unknown].cycles != 0;
    }
    return true;
}

static void set(struct m7_state *s, uint32_t regs, int late, int early, int mul)
{
    for (regs &= (1u << M7_REGS) - 1; regs; regs &= regs - 1) {
        int k = __builtin_ctz(regs);
        s->late[k] = (uint8_t)late;
        s->early[k] = (uint8_t)early;
        s->mul[k] = (uint8_t)mul;
    }
}

/* Scoreboard entries of the results, counted from the issue cycle. `early`: it ran in the early
 * ALU. */
static void results(const struct isa *isa, struct m7_state *s, const struct insn *i, bool early,
                    int extra)
{
    const struct class_row *row = &isa->row[i->cls];
    uint32_t back = i->flags & INSN_WRITEBACK ? 1u << i->base : 0,
             flags = 1u << REG_FLAGS | 1u << REG_GE;
    uint32_t written = i->writes & ~back & ~flags & ~(1u << 15);
    int l = row->late, x = row->early;
    if (row->unit == UNIT_ALU) {
        l = isa->rule[early ? M7_early_late : M7_late_late].cycles;
        x = isa->rule[early ? M7_early_early : M7_late_early].cycles;
    }
    int word = isa->rule[M7_load_second].cycles;
    set(s, written, l + extra, x + extra, (i->mem == MEM_LOAD && l < word ? word : l) + extra);
    set(s, back, isa->rule[M7_writeback_late].cycles, isa->rule[M7_writeback_early].cycles,
        isa->rule[M7_writeback_late].cycles);
    s->back[0] |= (uint16_t)back;
    int f = isa->rule[M7_flags].cycles;
    set(s, i->writes & flags, f, f, f);
    for (uint32_t w = i->fwrites; w; w &= w - 1)
        for (int k = 0; k < 4; k++)
            s->fp[k][__builtin_ctz(w)] = (uint8_t)(row->fp[k] + extra);
}

static void m7_step(const struct isa *isa, struct pipe *p, const struct insn *i, bool executed,
                    struct tick *t)
{
    (void)executed; /* a failed IT condition costs as much as a passed one */
    struct m7_state *s = &p->m7;
    const struct class_row *row = &isa->row[i->cls];
    if (s->entry & (MISPREDICTED | MISPREDICTED_EARLY)) {
        enum m7_rule r = s->entry & MISPREDICTED_EARLY ? M7_mispredict_early_flags : M7_mispredict;
        int cycles = isa->rule[r].cycles;
        isa_tick_add(t, STALL_MISPREDICT, (int)r, cycles);
        if (s->entry & FELL_THROUGH) {
            int less = isa->rule[M7_mispredict_fall_through].cycles;
            isa_tick_add(t, STALL_MISPREDICT, M7_mispredict_fall_through, less);
            cycles += less;
        }
        advance(isa, s, cycles);
        s->open_slot = 0;
        s->fetched = (int8_t) - (int)(i->addr & 7); /* nothing but what is being fetched */
    } else if (s->entry & TARGET) {
        s->fetched = (int8_t)(s->fetched - s->rest - (int)(i->addr & 7));
    }
    s->entry = s->rest = 0;
    s->branch = 0; /* the flow went on: it was not taken */

    int ready = operands_ready(isa, s, i), at = 0;
    bool dual = ready == 0 && isa->rule[M7_dual_issue].cycles && fits(isa, s, i);
    int fetch = isa->rule[M7_fetch_bytes].cycles;
    int arrives = s->fetched < i->size ? (i->size - s->fetched + fetch - 1) / fetch : 0;
    dual = dual && arrives == 0;
    if (s->mac_block && blocked_after_mac(i)) {
        dual = false;
        ready = ready > s->mac_block ? ready : s->mac_block;
    }
    if (s->mla_block > ready && i->cls == CLASS_fp_fma) {
        dual = false;
        ready = s->mla_block;
    }
    bool store = row->unit == UNIT_STORE && i->count == 1;
    int full = store ? buffer_full(isa, s) : 0;
    if (full) {
        dual = false;
        ready = full > ready ? full : ready;
    }
    if (dual) {
        isa_tick_add(t, STALL_DUAL, M7_dual_issue, isa->rule[M7_dual_issue].cycles);
    } else {
        at = ready > 1 ? ready : 1;
        t->stall[STALL_BASE] = 1;
        if (at > 1)
            isa_tick_add(t, i->mem ? STALL_LSU : STALL_CPI, M7_operand_wait, at - 1);
        if (arrives > at) {
            isa_tick_add(t, STALL_REFILL, M7_fetch_bytes, arrives - at);
            at = arrives;
        }
        advance(isa, s, at);
    }
    s->fetched = (int8_t)(s->fetched - i->size);
    int cycles = cycles_of(isa, i);
    t->held = cycles;
    if (t->nrules < TICK_RULES)
        t->rule[t->nrules].rule = RULE_CLASS,
        t->rule[t->nrules++].cycles = dual ? cycles - 1 : cycles;
    int extra = cycles > 1 ? cycles - 1 : 0;
    t->stall[i->mem ? STALL_LSU : STALL_CPI] += extra;

    /* Older additions and moves run in the early ALU when their operands are there in time; plain
     * shifts do so in either slot unless the partner holds the shifter. */
    bool plain = row->early_alu && !(i->flags & (INSN_SHIFTED | INSN_ROTATED));
    bool in_place = i->cls == CLASS_shift ? !dual || !s->shifts : !dual;
    bool early = plain && in_place && latest(s->early, i->reads & 0x7fff, 0) == 0 &&
                 (i->cls == CLASS_shift || !(i->reads & s->back[1]));

    bool mac = is_mac_fp(i);
    if (store)
        buffer_store(isa, s, i);
    results(isa, s, i, early, extra);
    advance(isa, s, extra);
    if (i->cls == CLASS_fp_mla)
        s->mla_block = (uint8_t)isa->rule[M7_fp_mla_fma].cycles;
    if (mac)
        s->mac_block = (uint8_t)isa->rule[M7_fp_mac_block].cycles;
    if (i->writes & 1u << REG_FLAGS)
        s->flags_age = 0;
    if (i->flags & INSN_BRANCH) {
        bool known =
            (i->reads & 1u << REG_FLAGS) && s->flags_age >= isa->rule[M7_early_flags_age].cycles;
        s->branch = (uint8_t)(OPEN | (known ? EARLY_FLAGS : 0));
        s->rest = (uint8_t)(-(i->addr + i->size) & 7);
    }
    s->several = row->unit == UNIT_FP && extra > 0;
    s->open_slot = !dual && (extra == 0 || s->several) && row->pair != PAIR_ALONE;
    s->made = (uint16_t)(i->writes & 0x7fff);
    s->unit = row->unit;
    s->shifts = uses_shifter(i);
    s->moves_fp = moves_fp(isa, i);
    s->base = i->mem == MEM_LOAD && i->index < 0 && !(i->flags & INSN_WRITEBACK)
                  ? (uint8_t)(i->base + 1)
                  : 0;
    s->bank = s->base ? bank_of(i) : 0;
    if (!s->open_slot)
        s->unit = s->shifts = s->moves_fp = s->base = s->bank = s->several = 0, s->made = 0;
}

static void m7_resolve(const struct isa *isa, struct pipe *p, int exit)
{
    (void)isa;
    struct m7_state *s = &p->m7;
    if (!s->branch) {
        if (exit & EXIT_TAKEN) /* changed from outside: nothing is left in the pipeline */
            memset(p, 0, sizeof *p);
        return;
    }
    if (exit & EXIT_TAKEN)
        s->entry |= TARGET;
    else
        s->rest = 0;
    if (exit & EXIT_MISPREDICTED) {
        s->entry |= s->branch & EARLY_FLAGS ? MISPREDICTED_EARLY : MISPREDICTED;
        if (!(exit & EXIT_TAKEN))
            s->entry |= FELL_THROUGH;
    }
    s->branch = 0;
}

static bool m7_watches(const struct isa *isa, const struct insn *i)
{
    (void)isa, (void)i;
    return false;
}

static uint32_t m7_dynamic(const struct isa *isa, const struct insn *i, uint32_t n, uint32_t d)
{
    if (i->cls != CLASS_div)
        return 0;
    int min = isa->rule[M7_divide_min].cycles, max = isa->rule[M7_divide_max].cycles;
    int step = isa->rule[M7_divide_bits_per_cycle].cycles;
    int bits = isa_quotient_bits(i, n, d), cycles = bits < 0 ? min : min + (bits + step - 1) / step;
    return (uint32_t)((cycles > max ? max : cycles) - cycles_of(isa, i));
}

const struct pipeline m7_pipeline = {
    .name = "dual-issue",
    .rule_names = names,
    .rules = M7_RULE_COUNT,
    .divides = divides,
    .predicts = true,
    .step = m7_step,
    .resolve = m7_resolve,
    .load_class = load_class,
    .describe_class = describe_class,
    .watches = m7_watches,
    .dynamic = m7_dynamic,
};
