/* Bytes -> struct insn. Capstone names the instruction and its operands; what they do to registers
 * follows from the form in insns.def, because Capstone's own access marks are wrong for some
 * instructions (SMLAL, VPUSH, ...). */
#include <string.h>

#include "isa/core.h"

enum form {
    FORM_NONE,
    FORM_D,
    FORM_A,
    FORM_RW,
    FORM_DD,
    FORM_RWRW,
    FORM_R,
    FORM_L,
    FORM_S,
    FORM_LM,
    FORM_SM,
    FORM_POP,
    FORM_PUSH,
    FORM_V
};

static const struct {
    uint8_t form, cls;
} table[ARM_INS_ENDING] = {
#define INSN(id, form, cls) [ARM_INS_##id] = {FORM_##form, CLASS_##cls},
#include "isa/insns.def"
#undef INSN
};

static const struct {
    const char *name;
    uint8_t macs;
    uint8_t extension; /* enum cpu_extension */
} classes[CLASS_COUNT] = {
#define CLASS(name, macs, extension) [CLASS_##name] = {#name, macs, EXT_##extension},
#include "isa/classes.def"
#undef CLASS
};

const char *isa_class_name(uint16_t cls)
{
    return cls > CLASS_NONE && cls < CLASS_COUNT ? classes[cls].name : "?";
}

enum cpu_extension isa_class_extension(uint16_t cls)
{
    return (enum cpu_extension)classes[cls].extension;
}

/* Core register number, or -1. Capstone numbers r0..r12 in a row and the others apart. */
static int core_reg(unsigned reg)
{
    switch (reg) {
    case ARM_REG_SP: return 13;
    case ARM_REG_LR: return 14;
    case ARM_REG_PC: return 15;
    }
    return reg >= ARM_REG_R0 && reg <= ARM_REG_R12 ? (int)(reg - ARM_REG_R0) : -1;
}

static uint32_t fp_bits(unsigned reg)
{
    if (reg >= ARM_REG_S0 && reg <= ARM_REG_S31)
        return UINT32_C(1) << (reg - ARM_REG_S0);
    if (reg >= ARM_REG_D0 && reg <= ARM_REG_D15)
        return UINT32_C(3) << 2 * (reg - ARM_REG_D0);
    return 0;
}

static bool is_double(unsigned reg)
{
    return reg >= ARM_REG_D0 && reg <= ARM_REG_D31;
}

/* Thumb encodings that exist on no M-profile core of these: Advanced SIMD (0xEFxx, 0xFFxx, 0xF9x0);
 * LDRD and STRD that write back to PC, and VLDM and VSTM from PC, are unpredictable on Armv7-M:
 * among them are SG and VSCCLRM of Armv8-M. */
static bool undefined_here(uint16_t hw, int size)
{
    return size == 4 &&
           ((hw & 0xef00) == 0xef00 || (hw & 0xff10) == 0xf900 || (hw & 0xfe6f) == 0xe86f ||
            (hw & 0xff8f) == 0xec8f || (hw & 0xffaf) == 0xed2f);
}

bool isa_coprocessor(uint16_t hw, uint16_t hw1)
{
    unsigned number = hw1 >> 8 & 15;
    return (hw & 0xec00) == 0xec00 && (hw & 0xef00) != 0xef00 && number != 10 && number != 11;
}

/* 32-bit data processing whose S bit is clear: Capstone marks ADC and SBC as setting flags all the
 * same. */
static bool keeps_flags(int size, uint16_t hw0, uint16_t hw1)
{
    bool registers = (hw0 & 0xfe00) == 0xea00,
         constant = (hw0 & 0xfa00) == 0xf000 && !(hw1 & 0x8000);
    bool shift = (hw0 & 0xff80) == 0xfa00 && (hw1 & 0xf0f0) == 0xf000;
    return size == 4 && (registers || constant || shift) && !(hw0 & 0x10);
}

uint8_t isa_it_advance(uint8_t it)
{
    return it & 7 ? (uint8_t)((it & 0xe0) | ((it << 1) & 0x1f)) : 0;
}

/* A modified immediate (T32) that comes from rotating 8 bits, neither plain nor a repeated
 * pattern. */
static bool rotated_constant(uint16_t hw0, uint16_t hw1)
{
    if ((hw0 & 0xfa00) != 0xf000 || (hw1 & 0x8000))
        return false;
    return (hw0 >> 10 & 1) || (hw1 >> 14 & 1); /* i:imm3 >= 4 */
}

static void set_bits(struct insn *i, const cs_arm_op *o, bool read, bool write)
{
    int r = core_reg(o->reg);
    uint32_t f = fp_bits(o->reg);
    if (r >= 0) {
        i->reads |= read ? 1u << r : 0;
        i->writes |= write ? 1u << r : 0;
    }
    i->freads |= read ? f : 0;
    i->fwrites |= write ? f : 0;
}

static void address(struct insn *i, const cs_arm *a)
{
    for (int k = 0; k < a->op_count; k++) {
        const cs_arm_op *o = &a->operands[k];
        if (o->type != ARM_OP_MEM)
            continue;
        i->base = (int8_t)core_reg(o->mem.base);
        i->index = o->mem.index ? (int8_t)core_reg(o->mem.index) : -1;
        i->offset = o->mem.disp;
        i->shift = (uint8_t)(o->shift.type == ARM_SFT_LSL ? o->shift.value : 0);
        if (a->writeback) {
            i->flags |= INSN_WRITEBACK;
            i->step = i->offset;
            if (k + 1 < a->op_count && a->operands[k + 1].type == ARM_OP_IMM)
                i->step = a->operands[k + 1].imm;
            if (i->base >= 0)
                i->writes |= 1u << i->base;
        }
        if (i->base >= 0)
            i->reads |= 1u << i->base;
        if (i->index >= 0)
            i->reads |= 1u << i->index;
        if (i->base == 15 && i->index < 0)
            i->flags |= INSN_LITERAL;
    }
}

static uint8_t access_width(unsigned id)
{
    switch (id) {
    case ARM_INS_LDRB:
    case ARM_INS_LDRBT:
    case ARM_INS_LDRSB:
    case ARM_INS_LDRSBT:
    case ARM_INS_LDREXB:
    case ARM_INS_STRB:
    case ARM_INS_STRBT:
    case ARM_INS_STREXB:
    case ARM_INS_TBB: return 1;
    case ARM_INS_LDRH:
    case ARM_INS_LDRHT:
    case ARM_INS_LDRSH:
    case ARM_INS_LDRSHT:
    case ARM_INS_LDREXH:
    case ARM_INS_STRH:
    case ARM_INS_STRHT:
    case ARM_INS_STREXH:
    case ARM_INS_TBH: return 2;
    }
    return 4;
}

static bool as_user(unsigned id)
{
    switch (id) {
    case ARM_INS_LDRT:
    case ARM_INS_LDRBT:
    case ARM_INS_LDRHT:
    case ARM_INS_LDRSBT:
    case ARM_INS_LDRSHT:
    case ARM_INS_STRT:
    case ARM_INS_STRBT:
    case ARM_INS_STRHT: return true;
    }
    return false;
}

/* Register lists: LDM, STM, POP, PUSH and their FP twins. */
static void list(struct insn *i, const cs_arm *a, unsigned id, enum form form)
{
    bool load = form == FORM_LM || form == FORM_POP;
    bool stack = form == FORM_POP || form == FORM_PUSH;
    int first = stack ? 0 : 1, words = 0;
    i->base = stack ? 13 : (int8_t)core_reg(a->operands[0].reg);
    i->reads |= 1u << i->base;
    for (int k = first; k < a->op_count; k++) {
        words += is_double(a->operands[k].reg) ? 2 : 1;
        set_bits(i, &a->operands[k], !load, load);
    }
    bool down = form == FORM_PUSH || id == ARM_INS_LDMDB || id == ARM_INS_STMDB ||
                id == ARM_INS_VLDMDB || id == ARM_INS_VSTMDB;
    i->count = (uint8_t)words;
    i->offset = down ? -4 * words : 0;
    if (stack || a->writeback) {
        i->flags |= INSN_WRITEBACK;
        i->step = down ? -4 * words : 4 * words;
        i->writes |= 1u << i->base;
    }
}

/* VMOV: which of its shapes, by where the registers lie. */
static enum isa_class vmov(struct insn *i, const cs_arm *a)
{
    bool dst_core = core_reg(a->operands[0].reg) >= 0;
    int core = 0, fp = 0, doubles = 0;
    for (int k = 0; k < a->op_count; k++) {
        const cs_arm_op *o = &a->operands[k];
        if (o->type != ARM_OP_REG)
            continue;
        if (core_reg(o->reg) >= 0)
            core++;
        else
            fp++, doubles += is_double(o->reg);
    }
    int dst = 1;
    if (core == 2)
        dst = dst_core ? 2 : (fp == 2 ? 2 : 1);
    for (int k = 0; k < a->op_count; k++)
        if (a->operands[k].type == ARM_OP_REG)
            set_bits(i, &a->operands[k], k >= dst, k < dst);
    if (core == 2)
        return dst_core ? CLASS_fp_to_core2 : CLASS_fp_from_core2;
    if (core == 1) { /* a lane of a D register is one S register */
        for (int k = 0; k < a->op_count; k++)
            if (is_double(a->operands[k].reg) && a->operands[k].vector_index >= 0) {
                uint32_t lane = fp_bits(a->operands[k].reg) &
                                (UINT32_C(0x55555555) << (a->operands[k].vector_index & 1));
                i->fwrites &= i->fwrites ? lane : 0;
                i->freads &= i->freads ? lane : 0;
            }
        return dst_core ? CLASS_fp_to_core : CLASS_fp_from_core;
    }
    if (fp == 1)
        return doubles ? CLASS_fp64_const : CLASS_fp_const;
    return doubles ? CLASS_fp64_move : CLASS_fp_move;
}

static enum isa_class to_double(enum isa_class c)
{
    switch (c) {
    case CLASS_fp_add: return CLASS_fp64_add;
    case CLASS_fp_mul: return CLASS_fp64_mul;
    case CLASS_fp_mla: return CLASS_fp64_mla;
    case CLASS_fp_fma: return CLASS_fp64_fma;
    case CLASS_fp_div: return CLASS_fp64_div;
    case CLASS_fp_sqrt: return CLASS_fp64_sqrt;
    case CLASS_fp_cmp: return CLASS_fp64_cmp;
    case CLASS_fp_cvt: return CLASS_fp64_cvt;
    case CLASS_fp_sign: return CLASS_fp64_sign;
    case CLASS_fp_select: return CLASS_fp64_select;
    case CLASS_fp_load: return CLASS_fp_load2;
    case CLASS_fp_store: return CLASS_fp_store2;
    default: return c;
    }
}

/* Operands that a pipeline wants earlier or later than the rest. */
static void early_and_late(struct insn *i, const cs_arm *a, enum isa_class cls)
{
    int n = a->op_count;
    uint32_t reg[4] = {0};
    for (int k = 0; k < n && k < 4; k++)
        if (a->operands[k].type == ARM_OP_REG && core_reg(a->operands[k].reg) >= 0)
            reg[k] = 1u << core_reg(a->operands[k].reg);
    switch (cls) {
    case CLASS_mla:
    case CLASS_mla16:
    case CLASS_dual_mla:
    case CLASS_mla_high:
    case CLASS_usada8: i->acc = reg[3]; break;
    case CLASS_mlal:
    case CLASS_mlal16:
    case CLASS_dual_mlal: i->acc = reg[0] | reg[1]; break;
    case CLASS_insert:
    case CLASS_extract:
    case CLASS_reverse: i->early = reg[1]; break;
    case CLASS_saturate: i->early = i->reads; break;
    case CLASS_extend_add: i->early = reg[2]; break;
    case CLASS_pack: i->early = reg[2] | (i->id == ARM_INS_PKHTB ? reg[1] : 0); break;
    case CLASS_fp_mla:
    case CLASS_fp_fma:
    case CLASS_fp64_mla:
    case CLASS_fp64_fma: i->facc = fp_bits(a->operands[0].reg); break;
    default:
        if ((i->flags & INSN_SHIFTED) && n && n <= 4)
            i->early = reg[n - 1];
    }
    i->early &= i->reads;
    /* An addend that is a factor as well is needed with the factors. */
    for (int k = 0; k < n && k < 4; k++) {
        bool addend = cls == CLASS_mla || cls == CLASS_mla16 || cls == CLASS_dual_mla ||
                              cls == CLASS_mla_high || cls == CLASS_usada8
                          ? k == 3 || k == 0
                          : k == 0 || (k == 1 && i->acc);
        if (!addend && a->operands[k].type == ARM_OP_REG) {
            i->acc &= ~reg[k];
            i->facc &= ~fp_bits(a->operands[k].reg);
        }
    }
}

static enum isa_class refine(struct insn *i, const cs_insn *ci, enum isa_class cls)
{
    const cs_arm *a = &ci->detail->arm;
    for (int k = 0; k < a->op_count; k++)
        if (a->operands[k].type == ARM_OP_REG && is_double(a->operands[k].reg)) {
            cls = to_double(cls);
            break;
        }
    switch (cls) {
    case CLASS_load:
    case CLASS_load_many:
        if (i->writes & 1u << 15) {
            i->flags |= INSN_BRANCH | INSN_INDIRECT | (i->base == 13 ? INSN_RETURN : 0);
            return CLASS_branch_load;
        }
        return cls;
    case CLASS_branch:
        i->flags |= INSN_BRANCH | (ci->id == ARM_INS_BL ? INSN_CALL : 0);
        i->target = (uint32_t)a->operands[0].imm;
        if (ci->id == ARM_INS_BL)
            i->writes |= 1u << 14;
        if (i->cond != 14 && !(i->flags & INSN_IN_IT)) {
            i->reads |= 1u << REG_FLAGS;
            i->flags |= INSN_COND;
            return CLASS_branch_cond;
        }
        return cls;
    case CLASS_compare_branch:
        i->flags |= INSN_BRANCH | INSN_COND;
        i->target = (uint32_t)a->operands[1].imm;
        return cls;
    case CLASS_branch_reg:
        i->flags |= INSN_BRANCH | INSN_INDIRECT | (ci->id == ARM_INS_BLX ? INSN_CALL : 0);
        if (ci->id == ARM_INS_BLX)
            i->writes |= 1u << 14;
        else if (a->operands[0].reg == ARM_REG_LR)
            i->flags |= INSN_RETURN;
        return cls;
    case CLASS_table_branch:
        i->flags = (uint16_t)((i->flags & ~INSN_LITERAL) | INSN_BRANCH | INSN_INDIRECT);
        return cls;
    case CLASS_div:
        i->flags |= INSN_DYNAMIC;
        i->base = (int8_t)core_reg(a->operands[a->op_count - 2].reg);
        i->index = (int8_t)core_reg(a->operands[a->op_count - 1].reg);
        return cls;
    default: break;
    }
    if (i->writes & 1u << 15 && !i->mem) { /* MOV PC, ADD PC */
        i->flags |= INSN_BRANCH | INSN_INDIRECT;
        return CLASS_branch_reg;
    }
    return cls;
}

static void operands(struct insn *i, const cs_arm *a, enum form form)
{
    for (int k = 0; k < a->op_count; k++) {
        const cs_arm_op *o = &a->operands[k];
        if (o->type != ARM_OP_REG)
            continue;
        bool write = (k == 0 && form != FORM_R && form != FORM_S) ||
                     (k == 1 && (form == FORM_DD || form == FORM_RWRW));
        bool read =
            !write || form == FORM_RW || form == FORM_RWRW || (form == FORM_A && a->op_count == 2);
        set_bits(i, o, read, write);
        if (o->shift.type >= ARM_SFT_ASR_REG && o->shift.type <= ARM_SFT_RRX_REG) {
            int r = core_reg(o->shift.value);
            i->reads |= r >= 0 ? 1u << r : 0;
        }
    }
}

/* Fills all but addr, size and cond; false when the id has no class. */
static bool describe(struct insn *i, const cs_insn *ci, uint16_t hw0, uint16_t hw1)
{
    const cs_arm *a = &ci->detail->arm;
    enum form form = table[ci->id].form;
    enum isa_class cls = table[ci->id].cls;
    if (form == FORM_NONE)
        return false;
    i->id = (uint16_t)ci->id;
    i->base = i->index = -1;
    switch (form) {
    case FORM_LM:
    case FORM_POP:
    case FORM_SM:
    case FORM_PUSH:
        i->mem = form == FORM_LM || form == FORM_POP ? MEM_LOAD : MEM_STORE;
        list(i, a, ci->id, form);
        break;
    case FORM_V: cls = vmov(i, a); break;
    default:
        operands(i, a, form);
        if (cls == CLASS_load_pair)
            set_bits(i, &a->operands[1], false, true),
                i->reads &= ~(1u << core_reg(a->operands[1].reg));
        if (cls == CLASS_store_exclusive)
            set_bits(i, &a->operands[0], false, true),
                i->reads &= ~(1u << core_reg(a->operands[0].reg));
        address(i, a);
        if (cls == CLASS_store_exclusive && a->op_count > 1)
            set_bits(i, &a->operands[1], true, false);
        if (form == FORM_L || cls == CLASS_table_branch)
            i->mem = MEM_LOAD;
        else if (form == FORM_S)
            i->mem = MEM_STORE;
        i->count = i->mem ? 1 : 0;
    }
    if (i->mem) {
        i->width = access_width(ci->id);
        i->flags |= as_user(ci->id) ? INSN_AS_USER : 0;
    }
    /* Only data processing has an operand 2: not the extractors, whose rotation is part of the
     * class. */
    if (cls == CLASS_add || cls == CLASS_logic || cls == CLASS_mov || cls == CLASS_cmp) {
        const cs_arm_op *last = a->op_count ? &a->operands[a->op_count - 1] : NULL;
        if (last && last->type == ARM_OP_REG && last->shift.type != ARM_SFT_INVALID &&
            (last->shift.value || last->shift.type == ARM_SFT_RRX))
            i->flags |= INSN_SHIFTED;
        else if (last && last->type == ARM_OP_IMM && i->size == 4 && rotated_constant(hw0, hw1))
            i->flags |= INSN_ROTATED;
    }
    cls = refine(i, ci, cls);
    if (cls == CLASS_load_pair || cls == CLASS_store_pair || cls == CLASS_fp_load2 ||
        cls == CLASS_fp_store2)
        i->count = 2;
    i->cls = (uint16_t)cls;
    i->macs = classes[cls].macs;
    early_and_late(i, a, cls);

    bool compares = cls == CLASS_cmp;
    bool sets = (a->update_flags && !keeps_flags(i->size, hw0, hw1)) || compares;
    if ((i->flags & INSN_IN_IT) && i->size == 2 && !compares)
        sets = false; /* 16-bit data processing leaves the flags alone inside an IT block */
    if (cls == CLASS_simd) {
        sets = false;
        if (ci->id == ARM_INS_SEL)
            i->reads |= 1u << REG_GE;
        else if (ci->mnemonic[1] != 'h') /* SADD8, UADD8, ...; not the halving ones */
            i->writes |= 1u << REG_GE;
    }
    if (sets)
        i->writes |= 1u << REG_FLAGS;
    if (ci->id == ARM_INS_ADC || ci->id == ARM_INS_SBC || ci->id == ARM_INS_RRX ||
        cls == CLASS_fp_select || cls == CLASS_fp64_select || i->cond != 14)
        i->reads |= 1u << REG_FLAGS;
    return true;
}

static uint16_t half(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

int isa_decode(struct isa *isa, const uint8_t *code, size_t n, uint32_t addr, uint8_t *it,
               struct insn *out, int max, uint32_t *undefined)
{
    int count = 0;
    size_t at = 0;
    *undefined = 0;
    while (at + 2 <= n && count < max) {
        uint16_t hw = half(code + at), hw1 = 0;
        int size = hw >= 0xe800 ? 4 : 2;
        struct insn i = {.addr = addr + (uint32_t)at, .size = (uint8_t)size, .cond = 14};
        if (at + (size_t)size > n)
            break;
        if (size == 4)
            hw1 = half(code + at + 2);
        /* Not cs_disasm_iter: that one carries IT state of its own from call to call. */
        cs_insn *ci = NULL;
        if (undefined_here(hw, size) || (size == 4 && isa_coprocessor(hw, hw1)) ||
            cs_disasm(isa->cs, code + at, (size_t)size, i.addr, 1, &ci) != 1 || ci->size != size ||
            ci->id == ARM_INS_UDF) {
            if (ci)
                cs_free(ci, 1);
            *undefined = i.addr;
            break;
        }
        bool is_it = size == 2 && (hw & 0xff00) == 0xbf00 && (hw & 0xf);
        if (*it) {
            i.flags |= INSN_IN_IT | INSN_COND;
            i.cond = (uint8_t)(*it >> 4);
        } else if (ci->id == ARM_INS_B && ci->detail->arm.cc != ARM_CC_AL &&
                   ci->detail->arm.cc != ARM_CC_INVALID) {
            i.cond = (uint8_t)(ci->detail->arm.cc - ARM_CC_EQ);
        }
        bool known = describe(&i, ci, hw, hw1);
        cs_free(ci, 1);
        /* SMC, say, or double precision on a core without it */
        if (!known || !isa->row[i.cls].present) {
            *undefined = i.addr;
            break;
        }
        *it = is_it ? (uint8_t)hw : isa_it_advance(*it);
        out[count++] = i;
        at += (size_t)size;
    }
    return count;
}

void isa_text(struct isa *isa, const uint8_t *code, size_t n, uint32_t addr, uint8_t it, char *out,
              size_t size)
{
    static const char *const cond[15] = {"eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc",
                                         "hi", "ls", "ge", "lt", "gt", "le", ""};
    struct buf b = {0};
    cs_insn *ci = NULL;
    if (n >= 2 && cs_disasm(isa->cs, code, n, addr, 1, &ci) == 1) {
        const char *m = ci->mnemonic, *dot = strchr(m, '.');
        size_t len = dot ? (size_t)(dot - m) : strlen(m);
        bool in_it = it && (it >> 4) < 15;
        if (in_it && ci->size == 2 && ci->detail->arm.update_flags &&
            table[ci->id].cls != CLASS_cmp && m[len - 1] == 's')
            len--;
        buf_printf(&b, "%.*s%s%s", (int)len, m, in_it ? cond[it >> 4] : "", dot ? dot : "");
        if (ci->op_str[0])
            buf_printf(&b, " %s", ci->op_str);
        cs_free(ci, 1);
    } else {
        buf_str(&b, "undefined");
    }
    if (size) {
        size_t len = b.len < size ? b.len : size - 1;
        memcpy(out, buf_text(&b), len);
        out[len] = '\0';
    }
    buf_free(&b);
}
