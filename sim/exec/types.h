/* Inside of the executor: basic blocks, and what is counted of them.
 *
 *   block      code decoded once, as Unicorn cut it, with expressions for the addresses it
 *              accesses (block.c)
 *   path       a block entered in one pipeline state and one scope: the unit that is counted
 *              (paths.c)
 *   footprint  executions of a path whose accesses fell into one combination of memory parts and
 *              alignments (access.c)
 *   outcome    executions of a path in which the same of its conditional instructions executed
 *              (cut.c)
 *
 * Executing a block adds 1 to a counter of its path or footprint; all else is multiplied out at the
 * end. Only what depends on history (caches, flash lines) is simulated while running, at the
 * addresses that those expressions give. */
#ifndef SIM_EXEC_TYPES_H
#define SIM_EXEC_TYPES_H

#include "isa/isa.h"
#include "sim/memory/memory.h"

enum { MAX_GROUPS = 16, MAX_EXPRS = 64, BRANCH_LISTS = 4096 };

struct machine;

struct access {
    uint16_t insn;
    uint8_t width; /* bytes per transfer */
    uint8_t count; /* transfers */
    bool store;
    int8_t group;   /* -1: the address is known only when it happens, the instruction is hooked */
    int32_t offset; /* from the group's base value */
};

/* One operation on values known at block entry. Operands a and b are indices of earlier ones. */
struct expr {
    uint8_t op; /* enum expr_op, sim/exec/address.h */
    uint8_t a;
    uint8_t b;
    uint8_t shift;
    uint32_t imm;
};

struct group {     /* accesses off the same base value */
    uint8_t value; /* index of an expr */
    uint8_t align; /* the low address bits that can change the cost: 0, 1, 3 or 7 */
    uint8_t part;  /* where it was last */
    int32_t lo;    /* first byte and one past the last, relative to the value */
    int32_t hi;
};

struct block {
    uint32_t addr;
    uint32_t size;
    uint32_t config; /* of the memory system, for which the fetch lines were made */
    int n;           /* instructions */
    uint8_t it_in;   /* ITSTATE where it begins, and behind it */
    uint8_t it_out;
    struct isa_run *run;
    struct isa_run **head; /* [n], made when wanted: the instructions before the i-th */
    uint16_t *partial;     /* [n] translations made from the i-th on, partial.c; NULL: none */
    /* address of its undefined instruction, behind the n known ones; 0 = none */
    uint32_t undefined;
    bool nocp;           /* that one is for a coprocessor */
    uint8_t *copy;       /* the bytes, where code can change */
    const uint8_t *host; /* where they are now */
    bool call;           /* it ends with a call, */
    bool indirect;       /* with an indirect branch, */
    bool halts;          /* with a branch to itself */
    bool sev;            /* it has a SEV */
    /* it ends with MSR or CPS to a register that is not all there, or with what may set bits 1:0 of
     * SP */
    bool trims;
    bool raises; /* it ends with MSR to BASEPRI_MAX */
    bool sp_odd; /* it sets SP to what may have bits 1:0 set, which the register does not have */
    bool hooked; /* some of its instructions are watched while they run */
    bool sp_unknown; /* no expression says how deep the stack goes */
    bool no_loads;   /* it reads memory that it writes: loads are not followed */
    int scope;       /* of the scope that begins here, -1 = none */
    int region;
    int naccess;
    struct access *access;
    int ngroups;
    struct group group[MAX_GROUPS];
    int nexprs;
    struct expr *expr;
    int nregs;   /* registers that are read: the first expressions */
    int reg[16]; /* their ids in Unicorn */
    int ntransfers;
    int ndynamic; /* instructions whose time depends on values */
    int nblind;   /* transfers without a group */
    int sp_value; /* expr from which the deepest stack pointer is sp_low away, -1 = not moved */
    int32_t sp_low;
    uint64_t macs;
    int nlines;
    uint32_t *line;                 /* fetch lines the block touches, */
    uint32_t *line_insn;            /* and the first instruction in each */
    struct branch_history *history; /* of the branch that ends it, whichever blocks do */
    struct block *next;
};

struct branch {
    uint32_t addr;
    struct branch_history history;
    struct branch *next;
};

struct access_cost { /* an access that costs time */
    uint16_t insn;
    uint16_t access;
    uint8_t part;   /* PART_HOLE: its cost is `extra` alone */
    bool lingers;   /* it may wait for room in the store buffer */
    uint32_t extra; /* cycles that follow from part and alignment */
};

struct footprint {
    uint64_t key[2]; /* per group 8 bits: part, low address bits */
    uint64_t count;
    uint32_t config; /* of the memory system it holds for */
    bool crosses;    /* a group straddles parts: its accesses are counted one by one */
    /* it reaches a peripheral, which may look at the time, or faults: stalls are added up to there
     * only */
    bool timed;
    bool misaligned;  /* one of its accesses faulted for its alignment */
    uint64_t longest; /* cycles that its accesses can wait at most */
    int ncosts;
    struct access_cost *cost; /* accesses that cost or go through a cache, in order */
    struct footprint *next;
};

struct outcome {
    const struct pipe_cost *cost;
    uint64_t count;
    uint64_t flushed; /* of these, how many the scope has */
    struct outcome *next;
};

/* What is to be done when a path begins or ends. */
enum {
    WORK_FLOW = 1,     /* it ends with a call or an indirect branch: the call stack follows */
    WORK_FETCH = 2,    /* its fetch lines may wait */
    WORK_DATA = 4,     /* it accesses memory or moves the stack pointer */
    WORK_LATE = 8,     /* its cycles are known only when it has run: conditional instructions */
    WORK_COPY = 16,    /* its code may have been overwritten */
    WORK_HALT = 32,    /* it branches to itself */
    WORK_PREDICT = 64, /* it ends with a branch that the core predicts */
    WORK_HOOKED = 128, /* some instructions are watched */
    WORK_FPU = 256,    /* it uses FP registers, which may be off */
    WORK_UNDEF = 512,  /* it holds an undefined instruction */
    WORK_GUARD = 1024, /* the MPU may forbid something */
    WORK_SEV = 2048,   /* sets the event register */
    WORK_TRIM = 4096,  /* it ends by writing a register of which not all bits are there */
    WORK_ANY = WORK_FETCH | WORK_DATA | WORK_LATE | WORK_HALT | WORK_HOOKED | WORK_FPU |
               WORK_UNDEF | WORK_GUARD | WORK_SEV,
};

struct path {
    uint32_t addr;
    uint32_t size;
    int32_t cycles; /* of the core; 0 if late */
    int32_t scope;
    uint32_t work;
    uint32_t fetch_epoch; /* all lines were resident when the instruction side was at this epoch */
    uint64_t count;
    uint64_t flushed;     /* of these, how many the scope has */
    struct path *succ[4]; /* last seen, by enum pipe_exit */
    struct block *block;
    const struct pipe_cost *cost;
    struct footprint *footprint; /* last seen */
    struct footprint *footprints;
    int nfootprints;
    uint32_t reached; /* parts that accesses of it went to which were counted one by one, as bits */
    struct outcome *outcomes;
    pipe_state in;
    struct path *bucket;
    struct path *all;
};

/* How long a block can take at most: what an event must be away not to fall into it. */
struct reach {
    int cycles; /* the most of any path, likewise: */
    int bytes;
    int transfers;
    int dynamic;
    struct memory_waits wait;
    uint64_t longest;
};

struct scope {
    char name[512]; /* of a function: as in its source */
    char op[24];
    uint32_t addr;
    int parent; /* -1: not entered yet, or the root */
    int order;  /* of first entry, -1 = not entered */
    uint64_t macs;
    uint64_t params;
    uint64_t weight_bytes;
    uint64_t strips; /* entries that are one call: a layer of the first stage runs in strips */
    uint64_t entered;
    uint64_t cycles;
    uint64_t instructions;
    uint64_t mul;
    uint64_t stall[STALL_COUNT];
    uint64_t access[PART_SLOTS][2][4]; /* part, load or store, log2 width */
    uint64_t stack;                    /* deepest use seen while it was the innermost */
};

#endif
