/* Inside of the machine: blocks of code as Unicorn cut them, and the nodes that are counted.
 *
 *   block    code decoded once, with a plan of its memory accesses (block.c)
 *   node     a block entered in one pipeline state and one scope: the unit that is counted (nodes.c)
 *   variant  executions of a node whose accesses fell into one combination of memory parts and alignments (data.c)
 *
 * Executing a block adds 1 to a counter of its node or variant; all else is multiplied out at the end. Only what depends
 * on history (caches, flash lines) is simulated while running, at the addresses that the plan computes. */
#ifndef SIM_BLOCK_H
#define SIM_BLOCK_H

#include "isa/isa.h"
#include "sim/memory/memory.h"

enum { MAX_GROUPS = 16, MAX_STEPS = 64 };
struct machine;

struct access {
    uint16_t insn;
    uint8_t width, count; /* bytes per transfer, transfers */
    bool store;
    int8_t group;   /* -1: the address is known only when it happens, the instruction is hooked */
    int32_t offset; /* from the group's base value */
};

/* One step of the plan: values known at block entry. Operand a, b index earlier steps. */
struct step {
    uint8_t op, a, b, shift;
    uint32_t imm;
};
struct group { /* accesses off the same base value */
    uint8_t value;  /* index of a step */
    uint8_t align;  /* the low address bits that can change the cost: 0, 1, 3 or 7 */
    uint8_t part;   /* where it was last */
    int32_t lo, hi; /* first byte and one past the last, relative to the value */
};

struct block {
    uint32_t addr, size, config; /* config: for which the fetch lines were made */
    int n;
    uint8_t it_in, it_out; /* ITSTATE where it begins and behind it */
    struct isa_run *run;
    struct isa_run **head; /* [n], made when wanted: the instructions before the i-th */
    uint32_t undefined; /* address of its undefined instruction, behind the n known ones; 0 = none */
    bool nocp;          /* that one is for a coprocessor */
    uint8_t *copy; /* the bytes, where code can change */
    const uint8_t *host; /* where they are now */
    bool call, indirect, halts, hooked, sp_unknown, no_loads;
    int scope; /* of the scope that begins here, -1 = none */
    int region;
    int naccess, ngroups, nsteps, nregs, nlines, ntransfers, ndynamic, nblind; /* nblind: transfers without a group */
    struct access *access;
    struct group group[MAX_GROUPS];
    struct step *step;
    int reg[16];      /* Unicorn ids of the registers the plan reads: the first steps */
    int sp_value;     /* step from which the deepest stack pointer is sp_low away, -1 = not moved */
    int32_t sp_low;
    uint64_t macs;
    uint32_t *line, *line_insn; /* fetch lines the block touches, and the first instruction in each */
    struct branch_history *history; /* of the branch that ends it, whichever blocks do */
    struct block *next;
};

struct branch {
    uint32_t addr;
    struct branch_history history;
    struct branch *next;
};
enum { BRANCH_LISTS = 4096 };

struct event {
    uint16_t insn, access;
    uint8_t part;   /* PART_HOLE: its cost is `extra` alone */
    uint32_t extra; /* cycles that follow from part and alignment */
};

struct variant {
    uint64_t key[2]; /* per group 8 bits: part, low address bits */
    uint64_t count;
    uint32_t config; /* machine.config it holds for */
    bool crosses;    /* a group straddles parts: its accesses are counted one by one */
    bool timed;      /* it reaches a peripheral, which may look at the time, or faults: stalls are added up to there only */
    bool misaligned; /* one of its accesses faulted for its alignment */
    int nevents;
    uint64_t longest; /* cycles that its accesses can wait at most */
    struct event *event; /* accesses that cost or go through a cache, in order */
    struct variant *next;
};

struct outcome { /* of a node with instructions whose execution was watched */
    const struct pipe_cost *cost;
    uint64_t count;
    struct outcome *next;
};

enum { WORK_FLOW = 1, WORK_FETCH = 2, WORK_DATA = 4, WORK_LATE = 8, WORK_COPY = 16, WORK_HALT = 32, WORK_PREDICT = 64, WORK_HOOKED = 128,
       WORK_FPU = 256, WORK_UNDEF = 512, WORK_GUARD = 1024,
       WORK_ANY = WORK_FETCH | WORK_DATA | WORK_LATE | WORK_HALT | WORK_HOOKED | WORK_FPU | WORK_UNDEF | WORK_GUARD };
struct node {
    uint32_t addr, size;
    int32_t cycles, scope;
    uint32_t work;
    uint32_t fetch_epoch; /* all lines were resident when the instruction side was at this epoch */
    uint64_t count;
    struct node *succ[4]; /* last seen, by enum pipe_exit */
    struct block *block;
    const struct pipe_cost *cost;
    struct variant *variant, *variants;
    int nvariants;
    struct outcome *outcomes;
    pipe_state in;
    struct node *bucket, *all;
};

/* How long a block can take at most: what an event must be away not to fall into it. */
struct reach {
    int cycles; /* the most of any node, likewise: */
    int bytes;
    int transfers;
    int dynamic;
    struct memory_waits wait;
    uint64_t longest;
};

struct block *block_get(struct machine *m, uint32_t addr, uint32_t size, uint8_t it, struct err *e);
bool block_may_grow(const struct machine *m); /* false: keep what is left for code that is not known yet */
bool block_plan(struct machine *m, struct block *b, struct err *e); /* again, when no_loads was set */
void block_lines(struct machine *m, struct block *b);
void block_free(struct block *b);

#endif
