#include "sim/exec/address.h"

static uint32_t half(const uint8_t *p)
{
    return (uint32_t)(p[0] | p[1] << 8);
}

static bool make(struct alu *o, enum alu_op op, int rd, int rn, int rm, uint32_t imm)
{
    *o = (struct alu){.op = op, .rd = rd, .rn = rn, .rm = rm, .ra = -1, .imm = imm};
    return true;
}

static bool alu16(uint32_t h, uint32_t addr, struct alu *o)
{
    int low = (int)(h & 7), mid = (int)(h >> 3 & 7);
    if (h >> 13 == 0) {
        if ((h >> 11 & 3) != 3) { /* LSL, LSR, ASR by a constant */
            int type = (int)(h >> 11 & 3), n = (int)(h >> 6 & 31);
            make(o, ALU_MOV, low, -1, mid, 0);
            o->shift_type = type;
            o->shift = n == 0 && type != ALU_LSL ? 32 : n;
            return o->shift < 32;
        }
        enum alu_op op = h & 1 << 9 ? ALU_SUB : ALU_ADD;
        uint32_t third = h >> 6 & 7;
        return h & 1 << 10 ? make(o, op, low, mid, -1, third)
                           : make(o, op, low, mid, (int)third, 0);
    }
    if (h >> 13 == 1) {
        int rd = (int)(h >> 8 & 7);
        switch (h >> 11 & 3) {
        case 0: return make(o, ALU_MOV, rd, -1, -1, h & 255);
        case 2: return make(o, ALU_ADD, rd, rd, -1, h & 255);
        case 3: return make(o, ALU_SUB, rd, rd, -1, h & 255);
        default: return false;
        }
    }
    if (h >> 10 == 0x10) {
        switch (h >> 6 & 15) {
        case 0: return make(o, ALU_AND, low, low, mid, 0);
        case 1: return make(o, ALU_EOR, low, low, mid, 0);
        case 9: return make(o, ALU_RSB, low, mid, -1, 0);
        case 12: return make(o, ALU_ORR, low, low, mid, 0);
        case 13: return make(o, ALU_MUL, low, low, mid, 0);
        case 14: return make(o, ALU_BIC, low, low, mid, 0);
        default: return false;
        }
    }
    int high = (int)(h >> 3 & 15), rdn = (int)((h & 7) | (h >> 4 & 8));
    if (h >> 8 == 0x44)
        return high != 15 && rdn != 15 && make(o, ALU_ADD, rdn, rdn, high, 0);
    if (h >> 8 == 0x46)
        return high != 15 && rdn != 15 && make(o, ALU_MOV, rdn, -1, high, 0);
    if (h >> 11 == 0x14)
        return make(o, ALU_MOV, (int)(h >> 8 & 7), -1, -1, ((addr + 4) & ~3u) + (h & 255) * 4);
    if (h >> 11 == 0x15)
        return make(o, ALU_ADD, (int)(h >> 8 & 7), 13, -1, (h & 255) * 4);
    if (h >> 8 == 0xb0)
        return make(o, h & 128 ? ALU_SUB : ALU_ADD, 13, 13, -1, (h & 127) * 4);
    if (h >> 8 == 0xb2) { /* SXTH, SXTB, UXTH, UXTB */
        make(o, h & 128 ? ALU_UBFX : ALU_SBFX, low, mid, -1, h & 64 ? 8 : 16);
        return true;
    }
    return false;
}

uint32_t address_constant(uint32_t imm12)
{
    uint32_t b = imm12 & 255;
    switch (imm12 >> 8) {
    case 0: return b;
    case 1: return b | b << 16;
    case 2: return b << 8 | b << 24;
    case 3: return b * 0x01010101u;
    default: {
        uint32_t v = 128 | b, r = imm12 >> 7;
        return v >> r | v << (32 - r);
    }
    }
}

static bool alu32(uint32_t h, uint32_t l, uint32_t addr, struct alu *o)
{
    int rn = (int)(h & 15), rd = (int)(l >> 8 & 15), rm = (int)(l & 15);
    static const int ops[16] = {ALU_AND, ALU_BIC, ALU_ORR, -1, ALU_EOR, -1,      -1,      -1,
                                ALU_ADD, -1,      -1,      -1, -1,      ALU_SUB, ALU_RSB, -1};
    int op = ops[h >> 5 & 15];
    if (rd == 15)
        return false;
    if ((h >> 9 & 0x7f) == 0x75) { /* shifted register */
        if (op < 0 || rm == 15)
            return false;
        if (op == ALU_ORR && rn == 15)
            op = ALU_MOV;
        else if (rn == 15)
            return false;
        make(o, (enum alu_op)op, rd, op == ALU_MOV ? -1 : rn, rm, 0);
        o->shift_type = (int)(l >> 4 & 3);
        o->shift = (int)((l >> 10 & 0x1c) | (l >> 6 & 3));
        return o->shift_type != ALU_ROR && (o->shift || o->shift_type == ALU_LSL);
    }
    if (h >> 11 == 0x1e && !(l >> 15)) {
        uint32_t imm12 = (h >> 10 & 1) << 11 | (l >> 12 & 7) << 8 | (l & 255);
        if (!(h & 1 << 9)) { /* modified constant */
            if (op < 0)
                return false;
            if (op == ALU_ORR && rn == 15)
                return make(o, ALU_MOV, rd, -1, -1, address_constant(imm12));
            return rn != 15 && make(o, (enum alu_op)op, rd, rn, -1, address_constant(imm12));
        }
        uint32_t imm16 = (uint32_t)rn << 12 | imm12, field = (l >> 10 & 0x1c) | (l >> 6 & 3);
        switch (h >> 4 & 31) {
        case 0:
            return rn == 15 ? make(o, ALU_MOV, rd, -1, -1, ((addr + 4) & ~3u) + imm12)
                            : make(o, ALU_ADD, rd, rn, -1, imm12);
        case 10:
            return rn == 15 ? make(o, ALU_MOV, rd, -1, -1, ((addr + 4) & ~3u) - imm12)
                            : make(o, ALU_SUB, rd, rn, -1, imm12);
        case 4: return make(o, ALU_MOV, rd, -1, -1, imm16);
        case 12: /* MOVT: the low half stays */
            make(o, ALU_UBFX, rd, rd, -1, 16);
            o->ra = (int)imm16;
            return true;
        case 20:
        case 28:
            make(o, h & 128 ? ALU_UBFX : ALU_SBFX, rd, rn, -1, (l & 31) + 1);
            o->shift = (int)field;
            return o->shift + (int)o->imm <= 32;
        default: return false;
        }
    }
    if (h >> 7 == 0x1f4 && (l & 0xf0c0) == 0xf080 && rn == 15) { /* SXTH and its kin, not rotated */
        int kind = (int)(h >> 4 & 7);
        if ((l >> 4 & 3) || kind == 2 || kind == 3 || kind > 5 || rm == 15)
            return false;
        return make(o, kind & 1 ? ALU_UBFX : ALU_SBFX, rd, rm, -1, kind < 2 ? 16 : 8);
    }
    if ((h & 0xfff0) == 0xfb00 && (l & 0xf0) == 0 && rn != 15 && rm != 15) {
        int ra = (int)(l >> 12);
        make(o, ra == 15 ? ALU_MUL : ALU_MLA, rd, rn, rm, 0);
        o->ra = ra;
        return true;
    }
    return false;
}

bool address_alu(const uint8_t *code, const struct insn *i, struct alu *out)
{
    return i->size == 2 ? alu16(half(code), i->addr, out)
                        : alu32(half(code), half(code + 2), i->addr, out);
}

bool address_vmov(const uint8_t *code, const struct insn *i, int *core, int *single, bool *to_core)
{
    uint32_t h = half(code), l = i->size == 4 ? half(code + 2) : 0;
    if (i->size != 4 || (h & 0xffe0) != 0xee00 || (l & 0x0f7f) != 0x0a10 || l >> 12 == 15)
        return false;
    *core = (int)(l >> 12);
    *single = (int)((h & 15) << 1 | (l >> 7 & 1));
    *to_core = h >> 4 & 1;
    return true;
}

static bool list(struct loads *o, uint32_t bits)
{
    for (int r = 0; r < 15; r++)
        if (bits & 1u << r)
            o->reg[o->n++] = r;
    return true;
}

bool address_loads(const uint8_t *code, const struct insn *i, struct loads *out)
{
    uint32_t h = half(code), l = i->size == 4 ? half(code + 2) : 0;
    *out = (struct loads){.kind = LOAD_U32};
    if (i->freads || i->fwrites)
        return false;
    if (i->size == 2) {
        if (h >> 12 == 0xc)
            return list(out, h & 255);
        if (h >> 9 == 0x5e)
            return list(out, h & 255);
        out->n = 1;
        out->reg[0] = (int)(h & 7);
        if (h >> 11 == 9 || h >> 11 == 0x13) { /* literal, SP-relative */
            out->reg[0] = (int)(h >> 8 & 7);
            return true;
        }
        if (h >> 12 == 5) {
            static const int kinds[8] = {-1,       -1,       -1,      LOAD_S8,
                                         LOAD_U32, LOAD_U16, LOAD_U8, LOAD_S16};
            if (kinds[h >> 9 & 7] < 0)
                return false;
            out->kind = (enum load_kind)kinds[h >> 9 & 7];
            return true;
        }
        out->kind = h >> 12 == 6 ? LOAD_U32 : h >> 12 == 7 ? LOAD_U8 : LOAD_U16;
        return h >> 12 >= 6 && h >> 12 <= 8;
    }
    if ((h & 0xfe40) == 0xe800 && (h & 0x10) && (h >> 7 & 3) != 0 && (h >> 7 & 3) != 3)
        return list(out, l);
    if ((h & 0xfe50) == 0xe850 && ((h >> 8 & 1) || (h >> 5 & 1))) { /* LDRD */
        out->n = 2;
        out->reg[0] = (int)(l >> 12);
        out->reg[1] = (int)(l >> 8 & 15);
        return out->reg[0] < 15 && out->reg[1] < 15 && out->reg[0] != out->reg[1];
    }
    if (h >> 9 == 0x7c && (h & 0x10)) {
        static const int kinds[8] = {LOAD_U8, LOAD_U16, LOAD_U32, -1, LOAD_S8, LOAD_S16, -1, -1};
        int k = kinds[(h >> 5 & 3) | (h >> 6 & 4)];
        out->n = 1;
        out->reg[0] = (int)(l >> 12);
        out->kind = (enum load_kind)k;
        return k >= 0 && out->reg[0] < 15;
    }
    return false;
}
