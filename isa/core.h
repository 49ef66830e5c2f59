/* Inside isa/: the tables of a core. */
#ifndef ISA_CORE_H
#define ISA_CORE_H

#include <capstone/capstone.h>

#include "base/desc.h"
#include "base/ledger.h"
#include "isa/cpu.h"
#include "isa/pipeline.h"

/* Named parameters of the pipelines, each a row `rules:` of the core file. */
enum m7_rule {
#define RULE(name) M7_##name,
#include "isa/m7_rules.def"
#undef RULE
    M7_RULE_COUNT
};

enum m4_rule {
#define RULE(name) M4_##name,
#include "isa/m4_rules.def"
#undef RULE
    M4_RULE_COUNT
};

struct rule {
    const char *name;
    int cycles;
    const char *what, *source; /* source: key, or "assumed: why" */
    const char *also;          /* a second source that agrees, or NULL */
    bool assumed;
};

struct class_row {
    bool given;   /* has a row */
    bool present; /* false: undefined on this core, or without its FPU */
    int cycles;   /* to issue, without what rules add */
    int per_word; /* added for each transferred word */
    /* Cortex-M7 only: */
    int per_two_words;   /* added for each begun pair of words */
    uint8_t unit, pair;  /* enum m7_unit, m7_pair */
    bool early_alu;      /* may run in the early ALU */
    uint8_t late, early; /* cycles from issue until a late or an early consumer may issue */
    uint8_t fp[4];       /* the same for FP results: arithmetic, addend, store, move to core */
    const char *source, *also;
    bool assumed;
};

struct isa {
    csh cs;
    struct desc *doc; /* owns the strings of rules, classes and ledger */
    struct cpu cpu;
    const struct pipeline *pipeline;
    struct rule *rule; /* [pipeline->rules] */
    struct class_row row[CLASS_COUNT];
    struct ledger_row *ledger;
    size_t nledger;
    struct memo *memo; /* pipe.c */
};

/* How many more significant bits the dividend of a UDIV or SDIV has than the divisor; -1 when the
 * quotient is 0 or the divisor is 0. */
int isa_quotient_bits(const struct insn *division, uint32_t n, uint32_t d);

enum cpu_extension isa_class_extension(uint16_t cls);

bool isa_memo_open(struct isa *isa, struct err *e);
void isa_memo_close(struct isa *isa);
#endif
