/* What an instruction is and what it costs on a core. The only user of Capstone.
 *
 * Decode: bytes -> `struct insn` records with ITSTATE tracked here (Capstone 4 forgets it between calls).
 * Timing: a pipeline model that steps over instructions and carries a small *pipeline state*. States are
 * interned, so that the cost of (block, entry state) is computed once and memoised; because the state is carried
 * from block to block, no count depends on where a run of code is cut. Whether a conditional branch was taken
 * is known when the next instruction's address is known: the state holds the open branch.
 *
 * Only core cycles live here: memory is zero wait state. What the bus, flash and caches add is sim/'s. */
#ifndef ISA_ISA_H
#define ISA_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct isa; /* one core: decoder, class table and timing of isa/cores/NAME.yaml */

struct isa *isa_open(const char *core_name, struct err *e); /* "cortex-m4", "cortex-m7" */
void isa_close(struct isa *isa);
const char *isa_core(const struct isa *isa);

/* Why a cycle was spent; Arm's DWT names first. The cycles of a scope are the sum over all but
 * STALL_FOLD and STALL_DUAL, which count events. */
enum stall {
    STALL_BASE,       /* one cycle for each instruction issued (dual-issued pairs: one for both) */
    STALL_CPI,        /* extra cycles of multi-cycle instructions, and interlocks (DWT CPICNT) */
    STALL_LSU,        /* extra cycles of loads and stores (DWT LSUCNT) */
    STALL_EXC,        /* exception entry and exit (DWT EXCCNT) */
    STALL_SLEEP,      /* WFI, WFE (DWT SLEEPCNT) */
    STALL_REFILL,     /* taken branches: pipeline refill */
    STALL_MISPREDICT, /* mispredicted branches (Cortex-M7) */
    STALL_FETCH,      /* waiting for instruction memory (sim/) */
    STALL_DATA,       /* waiting for data memory (sim/) */
    STALL_FOLD,       /* event: IT folded, zero cycles (DWT FOLDCNT) */
    STALL_DUAL,       /* event: pairs issued together */
    STALL_COUNT
};
extern const char *const stall_names[STALL_COUNT]; /* "base", "cpi", "lsu", ... */

enum mem_kind { MEM_NONE, MEM_LOAD, MEM_STORE };
enum insn_flag {
    INSN_BRANCH = 1,    /* may change the flow */
    INSN_CALL = 2,      /* BL, BLX */
    INSN_COND = 4,      /* conditional branch, CBZ, or inside IT */
    INSN_IN_IT = 8,     /* executed only when its IT condition holds */
    INSN_LITERAL = 16,  /* PC-relative load */
    INSN_DYNAMIC = 32,  /* cost depends on operand values (UDIV, SDIV, ...) */
    INSN_WRITEBACK = 64,
    INSN_INDIRECT = 128, /* branch whose target is not in the instruction (BX, POP {PC}, TBB, ...) */
};

struct insn {
    uint32_t addr;
    uint8_t size;       /* 2 or 4 */
    uint8_t cond;       /* ARM condition 0..14; 14 = always */
    uint16_t cls;       /* timing class, isa_class_name() */
    uint16_t flags;     /* enum insn_flag */
    uint16_t id;        /* Capstone id */
    uint8_t mem;        /* enum mem_kind */
    uint8_t width;      /* bytes of one transfer: 1, 2, 4 */
    uint8_t count;      /* transfers: 1, 2 for LDRD and VLDR.64, n for LDM */
    uint8_t macs;       /* multiply-accumulates (or multiplies) done: SMLAD 2, MLA and MUL 1, VFMA 1 */
    int8_t base, index; /* address registers, -1 = none; base 15 with INSN_LITERAL */
    uint8_t shift;      /* of the index register, left */
    int32_t offset;     /* added before the access; 0 when post-indexed */
    int32_t step;       /* what write-back adds to the base */
    uint32_t reads, writes; /* bit r = core register r, bit 16 = APSR flags */
    uint64_t freads, fwrites; /* bit n = S register n */
    uint32_t target;    /* of a direct branch, else 0 */
};

/* Decodes `n` bytes of code that begin at `addr` into at most `max` records, and stops early after an undefined
 * halfword (*undefined = its address, else 0). *it is ITSTATE on entry and exit (0 outside an IT block).
 * An instruction that has no timing class on this core is ERR_INPUT by name. Returns the count, or -1. */
int isa_decode(struct isa *isa, const uint8_t *code, size_t n, uint32_t addr, uint8_t *it, struct insn *out, int max,
               uint32_t *undefined, struct err *e);
const char *isa_class_name(const struct isa *isa, uint16_t cls);
/* Disassembly of one instruction, "ldr r0, [r1, #4]". */
void isa_text(struct isa *isa, const uint8_t *code, size_t n, uint32_t addr, uint8_t it, char *out, size_t size);

/* Pipeline states are small numbers, valid for the life of `isa`. */
typedef uint32_t pipe_state;
enum { PIPE_RESET = 0 };

/* Cost of a run of instructions. `at[i]` are cycles from the start of the run to the issue of instruction i
 * (for fetch models); owned by `isa`, valid for its life. */
struct pipe_cost {
    uint32_t stall[STALL_COUNT];
    uint32_t cycles;
    pipe_state exit;
    const uint32_t *at;
};

/* Cost of insn[0..n) entered in state `in`; `in` must have been resolved with isa_enter when the run does not
 * directly follow the instructions that made it. Interned: equal arguments give the same pointer. `key` identifies
 * the run for the memo (one number per distinct run of instructions). NULL on no memory. */
const struct pipe_cost *isa_cost(struct isa *isa, uint64_t key, const struct insn *insn, int n, pipe_state in,
                                 struct err *e);

/* Extra cycles of one INSN_DYNAMIC instruction over what isa_cost charged, from its operand values (for
 * divisions: n = dividend, d = divisor). */
uint32_t isa_dynamic_extra(const struct isa *isa, const struct insn *insn, uint32_t n, uint32_t d);

/* Explanation of one instruction in its context, for `etinysim block`: the rules that made its cycles and their
 * sources, one per line. */
struct buf;
bool isa_explain(struct isa *isa, const struct insn *insn, int n, pipe_state in, struct buf *out, struct err *e);

#endif
