/* Inside of the machine: scopes, their counters, and the shadow call stack. */
#ifndef SIM_SCOPE_H
#define SIM_SCOPE_H

#include "isa/isa.h"
#include "sim/exec/block.h"

struct scope {
    char name[512], op[24]; /* of a function: as in its source */
    uint32_t addr;
    int parent; /* -1: not entered yet, or the root */
    int order;
    uint64_t macs, params, weight_bytes;
    uint64_t strips;                      /* entries that are one call: a layer of the first stage runs in strips */
    uint64_t entered, cycles, instructions, mul, stall[STALL_COUNT];
    uint64_t access[PART_SLOTS][2][4];    /* part, load or store, log2 width */
    uint64_t stack;                       /* deepest use seen while it was the innermost */
};

bool scopes_init(struct machine *m, struct err *e);
int scopes_at(const struct machine *m, uint32_t addr);
void scopes_flow(struct machine *m, const struct block *from, uint32_t to);

#endif
