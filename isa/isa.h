/* What an instruction is and what it costs on a core. isa/ is the only user of Capstone; it knows
 * no memory and no running program.
 *
 * Decode: bytes -> `struct insn` records with ITSTATE tracked here (Capstone 4 forgets it between
 * calls). Timing: a pipeline model that steps over instructions and carries a small *pipeline
 * state*. States are interned, so that the cost of (run of instructions, entry state) is computed
 * once and memoised; because the state is carried from run to run, no count depends on where a run
 * of code is cut.
 *
 * Only core cycles live here: memory is zero wait state. What the bus, flash and caches add is
 * sim/'s. An isa is used by one thread at a time. */
#ifndef ISA_ISA_H
#define ISA_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "isa/cpu.h"
#include "isa/insn.h"

struct isa; /* one core: decoder, class table and timing of isa/cores/NAME.yaml */

struct isa *isa_open(const char *core, struct err *e); /* a name below isa/cores, or a path */
void isa_close(struct isa *isa);
const struct cpu *isa_cpu(const struct isa *isa); /* owned by isa */
/* Cycles of a rule of the core by name, e.g. "exception_entry"; ISA_NO_RULE when the core has none
 * of that name. */
enum { ISA_NO_RULE = -1000 };
int isa_rule(const struct isa *isa, const char *name);

/* Decodes `n` bytes of code that begin at `addr` into at most `max` records, and stops early after
 * an undefined halfword or an instruction for a coprocessor (*undefined = its address, else 0). *it
 * is ITSTATE on entry and exit (0 outside an IT block). An instruction that has no timing class is
 * none of this core. Returns the count. */
int isa_decode(struct isa *isa, const uint8_t *code, size_t n, uint32_t addr, uint8_t *it,
               struct insn *out, int max, uint32_t *undefined);
/* An instruction (its two halfwords) for a coprocessor other than the FPU: neither core has one. */
bool isa_coprocessor(uint16_t hw, uint16_t hw1);
const char *isa_class_name(uint16_t cls);
/* Disassembly of one instruction, "ldr r0, [r1, #4]". */
void isa_text(struct isa *isa, const uint8_t *code, size_t n, uint32_t addr, uint8_t it, char *out,
              size_t size);

/* Why a cycle was spent; Arm's DWT names first. Cycles are the sum over all but STALL_FOLD and
 * STALL_DUAL, which count events; instructions = base + fold + dual. */
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
extern const char *const isa_stall_names[STALL_COUNT]; /* "base", "cpi", "lsu", ... */

/* Pipeline states are small numbers, valid for the life of `isa`. PIPE_RESET also follows an
 * exception entry. */
typedef uint32_t pipe_state;
enum { PIPE_RESET = 0 };

/* Cost of a run. A branch is paid for by the run that follows it: `exit` is indexed by how control
 * left. An instruction may hide a cycle charged before it, so a stall (never the base) can be
 * negative in one run. */
enum pipe_exit {
    EXIT_NEXT = 0,
    EXIT_TAKEN = 1,
    EXIT_MISPREDICTED = 2 /* or-ed to one of the others */
};
struct pipe_cost {
    int32_t cycles;
    int32_t stall[STALL_COUNT];
    pipe_state exit[4];
    /* [n]: cycles from the start of the run to the end of instruction i - 1, from which
     * instruction i may wait */
    const int32_t *at;
    const int32_t *issue; /* [n]: to the issue of instruction i, the same for both of a pair */
    /* [n]: the data access of instruction i comes right behind that of instruction i - 1, without
     * an idle bus cycle */
    const bool *follows;
};

/* A run of instructions in consecutive addresses with the memo of its costs. Only the last one may
 * change the flow. The instructions are copied; isa_close releases all runs. */
struct isa_run {
    const struct insn *insn;
    int n;
    int watched; /* instructions with INSN_WATCH (at most 64 are told apart) */
    pipe_state memo_in[4];
    uint64_t memo_executed[4];
    const struct pipe_cost *memo[4];
    struct isa *isa;
};
struct isa_run *isa_run_new(struct isa *isa, const struct insn *insn, int n, struct err *e);
const struct pipe_cost *isa_cost_slow(struct isa_run *run, pipe_state in, uint64_t executed,
                                      struct err *e);

/* Cost of the run entered in state `in`. Bit insn.watch of `executed` says whether that INSN_WATCH
 * instruction passed its IT condition (all others do not matter). Equal arguments give the same
 * pointer. NULL on no memory. */
static inline const struct pipe_cost *isa_cost(struct isa_run *run, pipe_state in,
                                               uint64_t executed, struct err *e)
{
    unsigned slot = in & 3;
    if (run->memo_in[slot] == in && run->memo_executed[slot] == executed)
        return run->memo[slot];
    return isa_cost_slow(run, in, executed, e);
}

/* Branch prediction, for cores that have it (isa_predicts): history of one branch, kept by the
 * caller and zero at first. Call when the outcome is known (taken, next = address executed next);
 * true = mispredicted. */
struct branch_history {
    uint32_t target;
    uint8_t counter;
};
bool isa_predicts(const struct isa *isa);
bool isa_mispredicts(struct branch_history *h, const struct insn *branch, bool taken,
                     uint32_t next);

/* Extra cycles of one INSN_DYNAMIC instruction over what isa_cost charged, from its operand values:
 * dividend in register insn.base, divisor in insn.index. They count as STALL_CPI. */
uint32_t isa_dynamic_extra(const struct isa *isa, const struct insn *insn, uint32_t dividend,
                           uint32_t divisor);

/* For `etinysim block`: the rules that make the cycles of run->insn[i], "rule +cycles (source)"
 * separated by "; ". */
bool isa_explain(struct isa_run *run, int i, pipe_state in, uint64_t executed, int *cycles,
                 struct buf *out, struct err *e);
/* The tables of the core, row by row, for `etinysim core show`: false when there is no i-th row.
 * The texts are owned by `isa`, `what` by the row. */
struct isa_row {
    const char *table; /* "rule", "class", "absent" or "ledger" */
    const char *name;
    int cycles; /* of rules and classes */
    /* key of docs/sources.md or "assumed: why"; of a ledger row: modelled, approximated, ignored */
    const char *source;
    const char *also; /* a second source that agrees, or NULL */
    bool assumed;
    char what[200];
};
bool isa_row_at(const struct isa *isa, size_t i, struct isa_row *out);
/* The FPU that the part has, of those that the core can have; until then it is the best. */
bool isa_take_fpu(struct isa *isa, const char *fpu, struct err *e);

#endif
