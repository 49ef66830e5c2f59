/* One decoded instruction. */
#ifndef ISA_INSN_H
#define ISA_INSN_H

#include <stdint.h>

enum mem_kind { MEM_NONE, MEM_LOAD, MEM_STORE };
enum insn_flag {
    INSN_BRANCH = 1,   /* may change the flow */
    INSN_CALL = 2,     /* BL, BLX */
    INSN_COND = 4,     /* conditional branch, CBZ, or inside IT */
    INSN_IN_IT = 8,    /* executed only when its IT condition holds */
    INSN_LITERAL = 16, /* PC-relative load: address = align4(addr + 4) + offset */
    INSN_DYNAMIC = 32, /* cost depends on operand values (UDIV, SDIV), see isa_dynamic_extra */
    INSN_WRITEBACK = 64,
    /* branch whose target is not in the instruction (BX, POP {PC}, TBB, ...) */
    INSN_INDIRECT = 128,
    INSN_WATCH = 256,    /* its cost depends on whether its IT condition held; set by isa_run_new */
    INSN_SHIFTED = 512,  /* operand 2 is a shifted register */
    INSN_ROTATED = 1024, /* operand 2 is a constant made by rotating 8 bits */
    INSN_RETURN = 2048,  /* BX LR, POP {PC}, LDM/LDR PC from SP */
    INSN_AS_USER = 4096, /* LDRT, STRT and their like: the access is an unprivileged one */
};

enum { REG_FLAGS = 16, REG_GE = 17 }; /* bits of reads and writes beside r0..r15 */

struct insn {
    uint32_t addr;
    uint8_t size;   /* 2 or 4 */
    uint8_t cond;   /* ARM condition 0..14; 14 = always */
    uint16_t cls;   /* enum isa_class */
    uint16_t flags; /* enum insn_flag */
    uint16_t id;    /* Capstone id */
    uint8_t mem;    /* enum mem_kind */
    uint8_t width;  /* bytes of one transfer: 1, 2, 4 */
    uint8_t count;  /* transfers: 1, 2 for LDRD and VLDR.64, n for LDM */
    uint8_t macs;   /* multiply-accumulates (or multiplies) done: SMLAD 2, MLA and MUL 1, VFMA 1 */
    uint8_t watch;  /* INSN_WATCH: its bit in `executed` */
    int8_t base, index;     /* address registers, -1 = none; base 15 with INSN_LITERAL */
    uint8_t shift;          /* of the index register, left */
    int32_t offset;         /* added before the access; 0 when post-indexed; -4n for PUSH */
    int32_t step;           /* what write-back adds to the base */
    uint32_t reads, writes; /* bit r = core register r, bit 16 = APSR flags, bit 17 = GE bits */
    /* of `reads`: operands of the shifter or extractor; addend of a multiply-accumulate */
    uint32_t early, acc;
    uint32_t freads, fwrites; /* bit n = S register n (D registers set two bits) */
    uint32_t facc;            /* of freads: addend of a multiply-accumulate */
    uint32_t target;          /* of a direct branch, else 0 */
};

enum isa_class {
    CLASS_NONE,
#define CLASS(name, macs, extension) CLASS_##name,
#include "isa/classes.def"
#undef CLASS
    CLASS_COUNT
};

/* ITSTATE (bits 7:4 are the condition of the next instruction) behind an instruction of the IT
 * block. */
uint8_t isa_it_advance(uint8_t it);

#endif
