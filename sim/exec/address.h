/* The few instructions through which addresses are made, read from their encodings: what address
 * expressions can follow. Anything else counts as unknown, and the access that needs it is watched
 * while it runs. */
#ifndef SIM_EXEC_ADDRESS_H
#define SIM_EXEC_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "isa/isa.h"

/* Operations of address expressions (struct expr, types.h); values are 32 bits wide. */
enum expr_op {
    EXPR_REG,   /* register `imm` at entry of the block: r0 to r14, from 16 on s0 to s31 */
    EXPR_CONST, /* 0 */
    EXPR_ADDI,  /* a + imm */
    EXPR_ADD,   /* a + (b << shift) */
    EXPR_SUB,   /* a - (b << shift) */
    EXPR_SHL,
    EXPR_SHR,
    EXPR_SAR, /* a by `shift` */
    EXPR_AND,
    EXPR_ORR,
    EXPR_EOR,
    EXPR_BIC,
    EXPR_MUL,
    EXPR_UBFX,
    EXPR_SBFX, /* `imm` bits of a from bit `shift` on, extended */
    /* memory at a + imm, enum load_kind `shift`; b: number of accesses before it in the block */
    EXPR_LOAD
};

enum { ALU_LSL, ALU_LSR, ALU_ASR, ALU_ROR }; /* shift types, as encoded */
enum alu_op {
    ALU_MOV,
    ALU_ADD,
    ALU_SUB,
    ALU_RSB,
    ALU_AND,
    ALU_ORR,
    ALU_EOR,
    ALU_BIC,
    ALU_MUL,
    ALU_MLA,
    ALU_UBFX,
    ALU_SBFX
};
struct alu {
    enum alu_op op;
    int rd, rn, rm, ra; /* -1: none; without rm the operand is imm */
    int shift_type, shift;
    uint32_t imm;
};
/* The constant of a data-processing instruction: armv7m-arm A5.3.2. */
uint32_t address_constant(uint32_t imm12);
/* False: no instruction that is followed. `code` points at its bytes. */
bool address_alu(const uint8_t *code, const struct insn *i, struct alu *out);

/* VMOV between a core register and a single-precision one, where compilers and kernels park
 * pointers. */
bool address_vmov(const uint8_t *code, const struct insn *i, int *core, int *single, bool *to_core);

enum load_kind { LOAD_U8, LOAD_U16, LOAD_U32, LOAD_S8, LOAD_S16 };
struct loads {
    int n, reg[16];
    enum load_kind kind;
};
/* Registers that a load fills from consecutive words (or the one it fills), in the order of
 * addresses. */
bool address_loads(const uint8_t *code, const struct insn *i, struct loads *out);

#endif
