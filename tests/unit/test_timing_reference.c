/* isa/: the memoised timing against a brute-force reference. The reference keeps the whole history
 * and absolute cycle numbers, steps instruction by instruction and knows nothing of states,
 * saturation or cuts; the library must give the same sum on random streams of instructions, however
 * the stream is cut into runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa/core.h"

enum { STREAM = 400, STREAMS = 60 };

static uint64_t seed;
static uint32_t rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16);
}

struct step {
    struct insn insn;
    bool executed, taken, mispredicted; /* of a branch that ends a run */
};

/* Few registers, so that instructions depend on each other. */
static int common_register(void)
{
    return (int)(rnd() % 4);
}

/* A random encoding out of shapes that cover the classes; anything undefined is drawn again. */
static int draw(uint8_t *code)
{
    uint32_t d = (uint32_t)common_register(), n = (uint32_t)common_register(),
             m = (uint32_t)common_register(), imm = rnd() & 0xff;
    uint32_t w = 0;
    switch (rnd() % 34) {
    case 0: w = 0x1800 | m << 6 | n << 3 | d; break;                    /* adds */
    case 1: w = 0x3000 | d << 8 | imm; break;                           /* adds #imm */
    case 2: w = 0x4000 | (rnd() & 15) << 6 | n << 3 | d; break;         /* 16-bit data processing */
    case 3: w = 0x6800 | (imm & 31) << 6 | n << 3 | d; break;           /* ldr imm */
    case 4: w = 0x6000 | (imm & 31) << 6 | n << 3 | d; break;           /* str imm */
    case 5: w = 0x7800 | (imm & 31) << 6 | n << 3 | d; break;           /* ldrb */
    case 6: w = 0x5000 | (rnd() & 7) << 9 | m << 6 | n << 3 | d; break; /* register offset */
    case 7: w = 0x4800 | d << 8 | imm; break;                           /* literal */
    case 8: w = 0xbf00; break;                                          /* nop */
    case 9: w = 0xb400 | (imm & 15); break;                             /* push */
    case 10: w = 0xbc00 | (imm & 15); break;                            /* pop */
    case 11: w = 0xc800 | n << 8 | (imm & 15); break;                   /* ldm */
    case 12: w = 0xb200 | (rnd() & 3) << 6 | n << 3 | d; break;         /* extend */
    case 13: w = 0x2000 | (rnd() & 3) << 11 | d << 8 | imm; break;      /* mov, cmp, add, sub */
    case 14:
        w = (0xeb00u | n) << 16 | (imm & 0x70) << 8 | d << 8 | (imm & 0x3) << 6 | m;
        break; /* add.w shifted */
    case 15:
        w = (0xea00u | (rnd() & 3) << 5 | n) << 16 | (imm & 0x70) << 8 | d << 8 | m;
        break; /* logic.w */
    case 16:
        w = (0xf100u | n) << 16 | (imm & 0x70) << 8 | d << 8 | imm;
        break; /* add.w modified constant */
    case 17:
        w = (0xfb00u | n) << 16 | (rnd() & 1 ? 0xf000u : 0x3000u) | d << 8 | m;
        break; /* mul, mla */
    case 18:
        w = (0xfbc0u | n) << 16 | ((d + 1) & 3) << 12 | d << 8 | (rnd() & 1 ? 0xc0u : 0) | m;
        break;                                                                 /* smlal, smlald */
    case 19: w = (0xfb20u | n) << 16 | 0x3000u | d << 8 | m; break;            /* smlad */
    case 20: w = (0xf850u | n) << 16 | d << 12 | 0xb00u | (imm & 0xfc); break; /* ldr post */
    case 21: w = (0xf840u | n) << 16 | d << 12 | 0xf00u | (imm & 0xfc); break; /* str pre */
    case 22: w = (0xe9d0u | n) << 16 | d << 12 | ((d + 1) & 3) << 8 | (imm & 31); break; /* ldrd */
    case 23: w = (0xf8d0u | n) << 16 | d << 12 | (imm << 2); break;                      /* ldr.w */
    case 24: w = (0xfa90u | n) << 16 | 0xf080u | (rnd() & 3) << 4 | d << 8 | n; break;   /* rev */
    case 25: w = (0xfa80u | n) << 16 | 0xf040u | d << 8 | m; break;                      /* simd */
    case 26: w = (0xf340u | n) << 16 | d << 8 | (imm & 31); break;                       /* sbfx */
    case 27: w = (0xfa30u | n) << 16 | 0xf080u | d << 8 | m; break;          /* uxtab16 */
    case 28: w = 0xee300a00u | n << 16 | d << 12 | m; break;                 /* vadd.f32 */
    case 29: w = 0xeea00a00u | n << 16 | d << 12 | m; break;                 /* vfma.f32 */
    case 30: w = 0xee800a00u | n << 16 | d << 12 | m; break;                 /* vdiv.f32 */
    case 31: w = 0xed900a00u | n << 16 | d << 12 | (imm & 31); break;        /* vldr */
    case 32: w = 0xee100a10u | n << 16 | d << 12 | (rnd() & 1) << 20; break; /* vmov core */
    default: w = (rnd() << 16 ^ rnd()); break;                               /* anything */
    }
    int size = w >> 16 ? 4 : 2;
    if (size == 4) {
        code[0] = (uint8_t)(w >> 16), code[1] = (uint8_t)(w >> 24), code[2] = (uint8_t)w,
        code[3] = (uint8_t)(w >> 8);
        if (code[1] < 0xe8)
            return 0;
    } else {
        code[0] = (uint8_t)w, code[1] = (uint8_t)(w >> 8);
        if (code[1] >= 0xe8)
            return 0;
    }
    return size;
}

/* Straight pieces of code, each ended by a branch that is taken somewhere or not. Returns the
 * number of steps. */
static int make_stream(struct isa *isa, struct step *s)
{
    uint32_t addr = 0x08000000;
    uint8_t it = 0;
    for (int n = 0; n < STREAM;) {
        uint8_t code[4];
        uint32_t undefined;
        int size;
        if (!it && rnd() % 12 == 0)
            code[0] = (uint8_t)((rnd() % 14) << 4 | 1 << (rnd() % 4)), code[1] = 0xbf, size = 2;
        else if (!it && rnd() % 10 == 0)
            code[0] = (uint8_t)rnd(), code[1] = (uint8_t)(0xd0 | rnd() % 14), size = 2;
        else
            size = draw(code);
        uint8_t before = it;
        struct insn i;
        if (!size || isa_decode(isa, code, (size_t)size, addr, &it, &i, 1, &undefined) != 1) {
            it = before;
            continue;
        }
        if ((i.flags & INSN_BRANCH) && it) { /* a branch may only end an IT block */
            it = before;
            continue;
        }
        bool branch = i.flags & INSN_BRANCH;
        s[n].insn = i;
        s[n].executed = !(i.flags & INSN_IN_IT) || (rnd() & 1);
        s[n].taken = branch && (!(i.flags & INSN_COND) || (rnd() & 1));
        s[n].mispredicted = branch && isa_predicts(isa) &&
                            (i.flags & (INSN_COND | INSN_INDIRECT)) && rnd() % 4 == 0;
        addr += i.size;
        if (s[n].taken)
            addr = 0x08000000 + (rnd() & 0xffe);
        n++;
    }
    return STREAM;
}

/* ---- Cortex-M4: each instruction is priced by looking back at the ones before it. */
static int value(const struct isa *isa, const char *rule)
{
    int n = isa_rule(isa, rule);
    assert_true(n != ISA_NO_RULE);
    return n;
}

static bool is_single_load(const struct insn *i)
{
    return i->cls == CLASS_load || i->cls == CLASS_load_narrow || i->cls == CLASS_load_exclusive;
}

static bool is_fpu(const struct insn *i)
{
    return i->cls >= CLASS_fp_add && i->cls <= CLASS_fp64_const;
}

static uint32_t address(const struct insn *i)
{
    uint32_t r = 0;
    if (i->mem)
        r |= (i->base >= 0 ? 1u << i->base : 0) | (i->index >= 0 ? 1u << i->index : 0);
    return r & 0x7fff;
}

static bool watched(const struct isa *isa, const struct insn *i)
{
    return (i->flags & INSN_IN_IT) && isa->pipeline->watches(isa, i);
}

static int64_t m4_reference(const struct isa *isa, const struct step *s, int n)
{
    int64_t now = 0, divider_free = 0;
    int run = 0;
    bool held = false; /* the instruction before accessed memory or took several cycles */
    for (int k = 0; k < n; k++) {
        const struct insn *i = &s[k].insn, *p = k ? &s[k - 1].insn : NULL;
        bool skipped = watched(isa, i) && !s[k].executed;
        bool after_branch = k && s[k - 1].taken;
        if (after_branch) {
            bool load = p->cls == CLASS_branch_load;
            now += value(isa, p->cls == CLASS_table_branch             ? "refill_table"
                              : load && p->count == 1 && p->base != 13 ? "refill_load"
                              : p->cls == CLASS_branch_reg && !(p->flags & INSN_CALL) &&
                                      (p->reads & 0x7fff) == 1u << 14
                                  ? "refill_return"
                              : p->cls == CLASS_compare_branch ? "refill_compare"
                              : p->flags & INSN_INDIRECT       ? "refill_indirect"
                                                               : "refill_direct");
            now += i->size == 4 && i->addr % 4 ? value(isa, "refill_wide") : 0;
            /* what it cost beyond its issue was not charged before it was known to execute */
            if (p->flags & INSN_IN_IT)
                now += isa->row[p->cls].cycles + isa->row[p->cls].per_word * p->count - 1;
            p = NULL; /* nothing before a refill has an effect, but for the divider */
            run = 0;
            held = false;
        }
        bool misaligned = i->size == 4 && i->addr % 4;
        run = !misaligned ? 0 : run ? run + 1 : held;
        if (run == 3) {
            now += value(isa, "wide_run");
            run = 0;
        }
        /* A folded IT leaves what was before it, a skipped instruction nothing. */
        int b = k - 1;
        if (p && p->cls == CLASS_it && k >= 2 && !s[k - 2].taken && s[k - 2].insn.size == 2)
            b = k - 2;
        const struct insn *before =
            p && !(watched(isa, &s[b].insn) && !s[b].executed) ? &s[b].insn : NULL;
        if (i->cls == CLASS_it && p && p->size == 2)
            continue;
        held = false;
        if (skipped) {
            now += 1;
            continue;
        }
        int64_t from = now;
        int cost = isa->row[i->cls].cycles + isa->row[i->cls].per_word * i->count;
        if ((i->flags & INSN_BRANCH) && (i->flags & INSN_IN_IT))
            cost = 1;
        if (i->mem) {
            uint32_t computed = before && !before->mem ? before->writes & 0x7fff : 0;
            if (address(i) & computed)
                cost += value(isa, "address_dependency");
            if (before && is_single_load(before)) {
                uint32_t loaded = before->writes & 0x7fff;
                if (before->flags & INSN_WRITEBACK)
                    loaded &= ~(1u << before->base);
                if (!(address(i) & loaded)) {
                    if (is_single_load(i)) {
                        cost += value(isa, "load_pipelined");
                        if ((before->flags & INSN_WRITEBACK) && (i->flags & INSN_WRITEBACK) &&
                            before->base == i->base)
                            cost += value(isa, "load_same_base");
                    } else if (i->cls == CLASS_store || i->cls == CLASS_store_exclusive)
                        cost += value(isa, "store_after_load");
                    bool single = is_single_load(i) || i->cls == CLASS_store ||
                                  i->cls == CLASS_store_exclusive;
                    if (single && (before->flags & INSN_LITERAL) != (i->flags & INSN_LITERAL))
                        cost += value(isa, "block_change");
                }
            }
            bool store = i->cls == CLASS_store || i->cls == CLASS_store_exclusive;
            if (store && before &&
                (before->cls == CLASS_store || before->cls == CLASS_store_exclusive) &&
                (before->flags & INSN_WRITEBACK) && (i->flags & INSN_WRITEBACK) &&
                before->base == i->base)
                cost += value(isa, "store_same_base");
            if (i->cls == CLASS_store && i->index >= 0)
                cost += value(isa, "store_index");
            if (i->mem == MEM_LOAD && before &&
                (before->cls == CLASS_store || before->cls == CLASS_store_exclusive))
                cost += value(isa, "load_after_store");
        }
        if (i->cls == CLASS_nop && before && is_single_load(before))
            cost += value(isa, "load_nop");
        if (i->cls == CLASS_nop && before &&
            (before->cls == CLASS_store || before->cls == CLASS_store_exclusive) &&
            before->index >= 0)
            cost += value(isa, "store_nop");
        if (is_fpu(i)) {
            if (divider_free > now)
                now = divider_free;
            if (!i->mem && before && is_fpu(before) && !before->mem &&
                (i->freads & ~i->facc & before->fwrites))
                cost += value(isa, "fp_dependency");
        }
        now += cost;
        held = i->mem || now - from > 1;
        if (i->cls == CLASS_fp_div || i->cls == CLASS_fp_sqrt)
            divider_free = now + value(isa, "fp_busy");
    }
    return now;
}

/* ---- The library, cut in a given way: 0 one run for each straight piece, 1 one instruction a
 * run, 2 at random. ---- */
static int64_t library(struct isa *isa, const struct step *s, int n, int how,
                       int64_t stall[STALL_COUNT])
{
    struct insn piece[STREAM];
    int64_t cycles = 0;
    pipe_state state = PIPE_RESET;
    struct err e = {0};
    memset(stall, 0, STALL_COUNT * sizeof *stall);
    for (int k = 0; k < n;) {
        int len = 0;
        do
            piece[len++] = s[k++].insn;
        while (k < n && !(s[k - 1].insn.flags & INSN_BRANCH) && how != 1 &&
               !(how == 2 && rnd() % 3 == 0));
        struct isa_run *run = isa_run_new(isa, piece, len, &e);
        assert_non_null(run);
        uint64_t executed = 0;
        for (int j = 0; j < len; j++)
            if ((run->insn[j].flags & INSN_WATCH) && s[k - len + j].executed)
                executed |= UINT64_C(1) << run->insn[j].watch;
        const struct pipe_cost *c = isa_cost(run, state, executed, &e);
        assert_non_null(c);
        assert_ptr_equal(c, isa_cost(run, state, executed, &e));
        int64_t sum = 0;
        for (int j = 0; j < STALL_COUNT; j++) {
            stall[j] += c->stall[j];
            sum += j < STALL_FOLD ? c->stall[j] : 0;
        }
        assert_int_equal(sum, c->cycles);
        cycles += c->cycles;
        const struct step *last = &s[k - 1];
        state =
            c->exit[(last->taken ? EXIT_TAKEN : 0) | (last->mispredicted ? EXIT_MISPREDICTED : 0)];
    }
    return cycles;
}

/* ---- Cortex-M7: absolute cycles at which each result can be used, by each kind of consumer. */
struct times {
    int64_t late[18], early[18], mul[18], fp[4][32];
};

static int64_t latest(const int64_t *ready, uint32_t regs)
{
    int64_t t = INT64_MIN / 2;
    for (int r = 0; r < 32; r++)
        if ((regs >> r & 1) && ready[r] > t)
            t = ready[r];
    return t;
}

static bool shifts(const struct insn *i)
{
    return (i->flags & (INSN_SHIFTED | INSN_ROTATED)) || i->cls == CLASS_insert ||
           i->cls == CLASS_extract || i->cls == CLASS_reverse || i->cls == CLASS_extend_add ||
           i->cls == CLASS_pack;
}

static bool fp_mac(const struct insn *i)
{
    return i->cls == CLASS_fp_fma || i->cls == CLASS_fp_mla || i->cls == CLASS_fp64_fma ||
           i->cls == CLASS_fp64_mla;
}

static bool waits_for_mac(const struct insn *i)
{
    switch (i->cls) {
    case CLASS_fp_add:
    case CLASS_fp64_add:
    case CLASS_fp_const:
    case CLASS_fp64_const:
    case CLASS_fp_load_many:
    case CLASS_fp_store_many:
    case CLASS_fp_load2:
    case CLASS_fp_store2: return true;
    }
    return false;
}

static bool pair(const struct isa *isa, const struct insn *o, const struct insn *y, bool mac_near)
{
    const struct class_row *a = &isa->row[o->cls], *b = &isa->row[y->cls];
    if (a->pair == PAIR_ALONE || b->pair != PAIR_ANY)
        return false;
    bool o_mac = a->unit == UNIT_MAC, y_mac = b->unit == UNIT_MAC, o_st = a->unit == UNIT_STORE,
         y_st = b->unit == UNIT_STORE;
    if ((o_mac && y_mac) || (o_mac && y_st) || (o_st && y_mac) || (o_st && y_st))
        return false;
    if (a->unit == b->unit && (a->unit == UNIT_BITS || a->unit == UNIT_FP ||
                               a->unit == UNIT_FP_MOVE || a->unit == UNIT_BRANCH))
        return false;
    if (shifts(o) && shifts(y))
        return false;
    bool o_moves = (o->freads || o->fwrites) && (o->mem || a->unit == UNIT_FP_MOVE);
    bool y_moves = (y->freads || y->fwrites) && (y->mem || b->unit == UNIT_FP_MOVE);
    if (mac_near && (y_moves || (o_moves && fp_mac(y))))
        return false;
    if (a->unit == UNIT_LOAD && b->unit == UNIT_LOAD) {
        bool same =
            o->index < 0 && y->index < 0 && o->base == y->base && !(o->flags & INSN_WRITEBACK);
        return same ? ((o->offset ^ y->offset) & 4) != 0 : value(isa, "load_pair_unknown") != 0;
    }
    return true;
}

static int64_t m7_reference(const struct isa *isa, const struct step *s, int n)
{
    struct times t;
    int64_t slot = -1; /* cycle of the last issue */
    int64_t mac_until = INT64_MIN / 2, flags_at = INT64_MIN / 2;
    int older = -1; /* the instruction that may get a partner */
    int64_t mla_at = INT64_MIN / 2;
    int64_t back_at[18];    /* cycle in which a base register was updated */
    int64_t drained = slot; /* cycle by which the store buffer is empty */
    int store_to = 0;
    /* Fetch: `ahead` bytes that have come and were not yet issued, as of cycle `fetched_at`. */
    int64_t ahead = 0, fetched_at = slot;
    for (int k = 0; k < 18; k++)
        back_at[k] = INT64_MIN / 2;
    memset(&t, 0, sizeof t);
    for (int k = 0; k < 18; k++)
        t.late[k] = t.early[k] = t.mul[k] = slot;
    for (int k = 0; k < 32; k++)
        t.fp[0][k] = t.fp[1][k] = t.fp[2][k] = t.fp[3][k] = slot;
    flags_at = slot; /* the reset state counts from zero */
    for (int k = 0; k < n; k++) {
        const struct insn *i = &s[k].insn;
        const struct class_row *row = &isa->row[i->cls];
        if (k && s[k - 1].mispredicted) {
            bool soon = (s[k - 1].insn.reads >> REG_FLAGS & 1) &&
                        slot - flags_at >= value(isa, "early_flags_age");
            slot += value(isa, soon ? "mispredict_early_flags" : "mispredict");
            slot += s[k - 1].taken ? 0 : value(isa, "mispredict_fall_through");
            older = -1;
        }
        int64_t queue = value(isa, "fetch_queue");
        int64_t rate = value(isa, "fetch_bytes");
        ahead += (slot - fetched_at) * rate;
        ahead = ahead < queue ? ahead : queue;
        fetched_at = slot;
        if (k && s[k - 1].mispredicted) {
            ahead = -(int64_t)(i->addr % rate);
        } else if (k && s[k - 1].taken) {
            uint32_t end = s[k - 1].insn.addr + s[k - 1].insn.size;
            ahead -= (int64_t)((rate - end % rate) % rate) + (int64_t)(i->addr % rate);
        }
        uint32_t addr = address(i), core = 0x37fff,
                 data = i->reads & core & ~addr & ~i->early & ~i->acc;
        if ((i->flags & INSN_BRANCH) && i->cls != CLASS_branch_reg)
            data = 0;
        int64_t need = latest(t.early, addr | i->early), w;
        if ((w = latest(t.late, i->acc & ~addr) - 1) > need)
            need = w;
        w = i->mem == MEM_STORE                 ? latest(t.late, data) - 2
            : row->unit == UNIT_MAC || i->early ? latest(t.mul, data)
                                                : latest(t.late, data);
        need = w > need ? w : need;
        if (i->mem == MEM_STORE)
            w = latest(t.fp[2], i->freads);
        else if (i->cls == CLASS_fp_to_core || i->cls == CLASS_fp_to_core2)
            w = latest(t.fp[3], i->freads);
        else {
            w = latest(t.fp[0], i->freads & ~i->facc);
            need = w > need ? w : need;
            w = latest(t.fp[1], i->facc) +
                (i->cls == CLASS_fp_mla ? value(isa, "fp_mla_addend") : 0);
        }
        need = w > need ? w : need;
        bool mac_near = mac_until > slot;
        bool dual = older >= 0 && need <= slot && pair(isa, &s[older].insn, i, mac_near);
        bool several = older >= 0 && isa->row[s[older].insn.cls].unit == UNIT_FP &&
                       isa->row[s[older].insn.cls].cycles > 1;
        if (several && (i->freads || i->fwrites))
            dual = false;
        if (older >= 0 && (i->cls == CLASS_fp_from_core || i->cls == CLASS_fp_from_core2) &&
            (i->reads & s[older].insn.writes & 0x7fff))
            dual = false;
        if (mac_near && waits_for_mac(i)) {
            dual = false;
            need = mac_until > need ? mac_until : need;
        }
        if (i->cls == CLASS_fp_fma && mla_at + value(isa, "fp_mla_fma") > slot) {
            dual = false;
            need =
                mla_at + value(isa, "fp_mla_fma") > need ? mla_at + value(isa, "fp_mla_fma") : need;
        }
        bool store = row->unit == UNIT_STORE && i->count == 1;
        int64_t room = (value(isa, "store_buffer") - 1) * value(isa, "store_narrow");
        if (store && drained - room > slot) {
            dual = false;
            need = drained - room > need ? drained - room : need;
        }
        if (ahead < i->size)
            dual = false;
        if (!dual) {
            slot = need > slot + 1 ? need : slot + 1;
            while (ahead + (slot - fetched_at) * rate < i->size)
                slot++;
        }
        ahead += (slot - fetched_at) * rate;
        ahead = (ahead < queue ? ahead : queue) - i->size;
        fetched_at = slot;
        if (store) {
            bool known = i->index < 0 && !(i->flags & INSN_WRITEBACK);
            int to = known ? 100 + 2 * i->base + (i->offset >> 2 & 1) : 0;
            if (drained <= slot) {
                drained = slot;
                store_to = 0;
            }
            drained += i->width >= 4 ? 1
                                     : value(isa, to && to == store_to ? "store_narrow"
                                                                       : "store_narrow_bank");
            store_to = to;
        }
        int cycles =
            row->cycles + row->per_word * i->count + row->per_two_words * ((i->count + 1) / 2);
        int extra = cycles > 1 ? cycles - 1 : 0;
        bool plain = row->early_alu && !(i->flags & (INSN_SHIFTED | INSN_ROTATED));
        bool place = i->cls == CLASS_shift ? !(dual && shifts(&s[older].insn)) : !dual;
        bool early = plain && place && latest(t.early, i->reads & 0x7fff) <= slot;
        for (int r = 0; r < 15;
             r++) /* the early ALU has no bypass from the address unit of the cycle before */
            if (i->cls != CLASS_shift && (i->reads >> r & 1) && back_at[r] == slot - 1)
                early = false;
        int l = row->late, x = row->early;
        if (row->unit == UNIT_ALU) {
            l = value(isa, early ? "early_late" : "late_late");
            x = value(isa, early ? "early_early" : "late_early");
        }
        uint32_t back = i->flags & INSN_WRITEBACK ? 1u << i->base : 0;
        for (int r = 0; r < 18; r++) {
            if (!(i->writes >> r & 1) || r == 15)
                continue;
            int64_t base = slot;
            if (r == REG_FLAGS || r == REG_GE)
                t.late[r] = t.early[r] = t.mul[r] = base + value(isa, "flags");
            else if (back >> r & 1) {
                back_at[r] = slot;
                t.late[r] = t.mul[r] = base + value(isa, "writeback_late");
                t.early[r] = base + value(isa, "writeback_early");
            } else {
                t.late[r] = base + extra + l;
                t.early[r] = base + extra + x;
                int64_t second = base + extra + value(isa, "load_second");
                t.mul[r] = i->mem == MEM_LOAD && second > t.late[r] ? second : t.late[r];
            }
        }
        for (int r = 0; r < 32; r++)
            for (int c = 0; c < 4; c++)
                if (i->fwrites >> r & 1)
                    t.fp[c][r] = slot + extra + row->fp[c];
        slot += extra;
        if (fp_mac(i))
            mac_until = slot + value(isa, "fp_mac_block");
        if (i->writes >> REG_FLAGS & 1)
            flags_at = slot;
        if (i->cls == CLASS_fp_mla)
            mla_at = slot;
        older = !dual && (extra == 0 || row->unit == UNIT_FP) && row->pair != PAIR_ALONE ? k : -1;
    }
    return slot + 1;
}

static void agree(const char *core,
                  int64_t (*reference)(const struct isa *, const struct step *, int))
{
    static struct step s[STREAM];
    struct err e = {0};
    struct isa *isa = isa_open(core, &e);
    assert_non_null(isa);
    seed = 0x9e3779b97f4a7c15u;
    for (int k = 0; k < STREAMS; k++) {
        int n = make_stream(isa, s);
        int64_t whole[STALL_COUNT], cut[STALL_COUNT], expect = reference(isa, s, n);
        assert_int_equal(library(isa, s, n, 0, whole), expect);
        for (int how = 1; how <= 2; how++) {
            assert_int_equal(library(isa, s, n, how, cut), expect);
            assert_memory_equal(whole, cut, sizeof whole);
        }
        /* Every instruction is accounted for: issued, folded or joined to another. */
        assert_int_equal(whole[STALL_BASE] + whole[STALL_FOLD] + whole[STALL_DUAL], n);
    }
    isa_close(isa);
}

static void cortex_m4_agrees(void **state)
{
    (void)state;
    agree("cortex-m4", m4_reference);
}

static void cortex_m7_agrees(void **state)
{
    (void)state;
    agree("cortex-m7", m7_reference);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cortex_m4_agrees),
                                       cmocka_unit_test(cortex_m7_agrees)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
