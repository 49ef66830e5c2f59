/* Inside isa/: what a pipeline model keeps between two instructions and how the memo (pipe.c)
 * drives it. */
#ifndef ISA_PIPELINE_H
#define ISA_PIPELINE_H

#include "base/desc.h"
#include "isa/isa.h"

struct class_row;

/* What one step cost. Rules are recorded for isa_explain. */
enum { TICK_RULES = 12, RULE_CLASS = -1 };
struct tick {
    int32_t stall[STALL_COUNT];
    /* its data access comes right behind the one before, on a bus that was not idle */
    bool follows;
    int32_t held; /* of the cycles, those from its issue on; what remains it waited before */
    int nrules;
    struct {
        int rule, cycles;
    } rule[TICK_RULES];
};

/* State of the Cortex-M4 pipeline between two instructions. */
struct m4_state {
    uint32_t fp_result; /* S registers written by the preceding FP operation */
    uint16_t loaded;    /* registers written by the preceding load */
    uint16_t computed;  /* registers written by the preceding data-processing instruction */
    uint8_t prev;       /* enum m4_prev */
    uint8_t same_base;  /* 1 + base register of a preceding access with write-back */
    uint8_t wide_run; /* wide instructions at 2 mod 4 in a row behind one that held the pipeline */
    uint8_t held;     /* the preceding instruction accessed memory or took more than one cycle */
    uint8_t narrow;   /* the preceding instruction was 16 bits wide */
    uint8_t fp_busy;  /* cycles until the divider is free */
    uint8_t open;     /* an unresolved branch: enum m4_branch */
    uint8_t late_cycles; /* due when an IT-controlled branch executes, beyond its issue */
    uint8_t refill;      /* a taken branch before the next instruction: enum m4_branch */
};

/* State of the Cortex-M7 pipeline: when results are usable, in cycles after the issue cycle of the
 * last instruction (the cycle in which a second one may still join it), down to 0. */
enum m7_unit {
    UNIT_NONE,
    UNIT_ALU,
    UNIT_BITS,
    UNIT_MAC,
    UNIT_LOAD,
    UNIT_STORE,
    UNIT_BRANCH,
    UNIT_FP,
    UNIT_FP_MOVE
};
enum m7_pair { PAIR_ANY, PAIR_OLDER, PAIR_ALONE };
enum { M7_REGS = 18 };
struct m7_state {
    /* to the late ALU, the early stage, the multiplier */
    uint8_t late[M7_REGS], early[M7_REGS], mul[M7_REGS];
    uint8_t fp[4][32];
    uint16_t back[2];  /* base registers updated in this cycle, in the one before */
    uint16_t made;     /* core registers that the instruction with the open slot writes */
    uint8_t open_slot; /* the last instruction was issued alone and may get a partner */
    /* of the last instruction: enum m7_unit; it uses the shifter; FP load, store or move */
    uint8_t unit, shifts, moves_fp;
    uint8_t base, bank; /* of a last load: 1 + base register (0: unknown), bit 2 of its offset */
    /* the last instruction is an FP one of several cycles: only an integer one may join it */
    uint8_t several;
    uint8_t mla_block; /* cycles for which VMLA keeps VFMA away */
    uint8_t mac_block; /* cycles for which an FP multiply-accumulate keeps others away */
    uint8_t drain;     /* cycles until the store buffer is empty */
    uint8_t store_to;  /* 1 + base register and bank of the last store in it; 0: not known */
    /* bytes of code in the fetch queue; below 0: that must still come before the next
     * instruction */
    int8_t fetched;
    uint8_t rest;      /* bytes behind an open branch in its 64-bit word of code */
    uint8_t flags_age; /* cycles since flags were written, saturated */
    uint8_t branch;    /* bit 0: open branch, bit 1: its flags were early */
    /* of the next instruction: bit 0 branch target, bit 1 mispredicted, bit 2 with early flags */
    uint8_t entry;
};

struct pipe {
    union {
        struct m4_state m4;
        struct m7_state m7;
        uint64_t words[26]; /* hashed as a whole; all of it is kept defined */
    };
};

struct pipeline {
    const char *name;
    const char *const *rule_names;
    int rules;
    const bool *divides; /* [rules]: figures that others are divided by, at least 1 */
    bool predicts;
    /* Steps over one instruction; `executed`: its IT condition held (always true for unwatched
     * ones). */
    void (*step)(const struct isa *isa, struct pipe *p, const struct insn *i, bool executed,
                 struct tick *t);
    /* Resolves the open branch: `exit` as in struct pipe_cost. */
    void (*resolve)(const struct isa *isa, struct pipe *p, int exit);
    /* Extra columns of a class row, or NULL. */
    bool (*load_class)(const struct desc_node *m, struct class_row *r, struct err *e);
    /* those columns as text, or NULL */
    void (*describe_class)(const struct class_row *r, char *out, size_t size);
    bool (*watches)(const struct isa *isa, const struct insn *i);
    /* or NULL */
    uint32_t (*dynamic)(const struct isa *isa, const struct insn *i, uint32_t n, uint32_t d);
};
extern const struct pipeline m4_pipeline, m7_pipeline;

/* Adds cycles of a rule to a stall kind and records it. */
void isa_tick_add(struct tick *t, enum stall kind, int rule, int cycles);

#endif
