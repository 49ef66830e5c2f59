/* Inside isa/: a core's tables and the interface between the memo (pipe.c) and the two pipeline models. */
#ifndef ISA_CORE_H
#define ISA_CORE_H

#include <capstone/capstone.h>

#include "base/desc.h"
#include "isa/isa.h"

/* Named parameters of the pipelines, each a row `rules:` of the core file. */
#define M4_RULES(X)                                                                                                   \
    X(refill_direct) X(refill_indirect) X(refill_load) X(refill_table) X(refill_wide) X(wide_run) X(load_pipelined)   \
    X(load_same_base) X(address_dependency) X(store_after_load) X(load_after_store) X(store_index) X(load_nop)        \
    X(store_nop) X(skipped) X(it_folded) X(fp_dependency) X(fp_busy) X(divide_min) X(divide_max)                  \
    X(divide_bits_per_cycle) X(exception_entry) X(exception_exit) X(tail_chain)

enum m4_rule {
#define X(name) M4_##name,
    M4_RULES(X)
#undef X
    M4_RULE_COUNT
};

struct rule {
    const char *name;
    int cycles;
    const char *what, *source; /* source: key, or "assumed: why" */
    bool assumed;
};

struct class_row {
    bool present; /* false: undefined on this core */
    int cycles;   /* to issue, without what rules add */
    int per_word; /* added for each transferred word */
    const char *source;
    bool assumed;
};

struct ledger_row {
    const char *part, *status, *note; /* status: modelled, approximated or ignored */
};

/* What one step cost. Rules are recorded for isa_explain. */
enum { TICK_RULES = 12, RULE_CLASS = -1 };
struct tick {
    int32_t stall[STALL_COUNT];
    int nrules;
    struct {
        int rule, cycles;
    } rule[TICK_RULES];
};

/* State of the Cortex-M4 pipeline between two instructions. */
struct m4_state {
    uint32_t fp_result;   /* S registers written by the preceding FP operation */
    uint16_t loaded;      /* registers written by the preceding load */
    uint16_t computed;    /* registers written by the preceding data-processing instruction */
    uint8_t prev;         /* enum m4_prev */
    uint8_t same_base;    /* 1 + base register of a preceding access with write-back */
    uint8_t wide_run;     /* wide instructions at 2 mod 4 in a row, saturated at wide_run's length */
    uint8_t narrow;       /* the preceding instruction was 16 bits wide */
    uint8_t fp_busy;      /* cycles until the divider is free */
    uint8_t open;         /* an unresolved branch: enum m4_branch */
    uint8_t late_cycles;  /* due when an IT-controlled branch executes, beyond its issue */
    uint8_t refill;       /* a taken branch before the next instruction: enum m4_branch */
};

struct pipe {
    union {
        struct m4_state m4;
        uint64_t words[20]; /* hashed as a whole: no padding beyond it */
    };
};

struct pipeline {
    const char *name;
    const char *const *rule_names;
    int rules;
    bool predicts;
    /* Steps over one instruction; `executed`: its IT condition held (always true for unwatched ones). */
    void (*step)(const struct isa *isa, struct pipe *p, const struct insn *i, bool executed, struct tick *t);
    /* Resolves the open branch: `exit` as in struct pipe_cost. */
    void (*resolve)(const struct isa *isa, struct pipe *p, int exit);
    /* Extra columns of a class row, or NULL. */
    bool (*load_class)(const struct node *m, struct class_row *r, struct err *e);
    bool (*watches)(const struct isa *isa, const struct insn *i);
    uint32_t (*dynamic)(const struct isa *isa, const struct insn *i, uint32_t n, uint32_t d); /* or NULL */
};
extern const struct pipeline m4_pipeline, m7_pipeline;

struct isa {
    csh cs;
    struct desc *doc; /* owns all strings below */
    const char *name, *fpu;
    const struct pipeline *pipeline;
    struct rule *rule; /* [pipeline->rules] */
    struct class_row row[CLASS_COUNT];
    struct ledger_row *ledger;
    size_t nledger;
    struct memo *memo; /* pipe.c */
};

bool memo_open(struct isa *isa, struct err *e);
void memo_close(struct isa *isa);
/* Adds cycles of a rule to a stall kind and records it. */
void tick_add(struct tick *t, enum stall kind, int rule, int cycles);

#endif
