/* Inside of sim/exec/: where the accesses of the running block go, and what they and its fetches cost. */
#ifndef SIM_EXEC_ACCESS_H
#define SIM_EXEC_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "sim/exec/block.h"

struct insn;

extern const char *const part_names[PK_COUNT];

bool data_parts(struct machine *m, struct err *e);
bool data_begin(struct machine *m, struct node *n); /* false: the block must be planned again and begun anew */
void data_until(struct machine *m, int insn); /* fetch lines and accesses up to this instruction of the running block */
void data_hooked(struct machine *m, int insn);
/* Where the instruction accesses with the registers as they are. */
uint32_t data_address(const struct machine *m, const struct insn *in);
void data_access(struct machine *m, int insn, uint32_t addr, uint32_t width, bool store, bool first);
void data_finish(struct machine *m);
int data_unknown(const struct machine *m); /* the first instruction of the running block of which only running it tells all */
void data_forget(struct machine *m, int insns); /* it made only the accesses of its first so many instructions */
int data_insn_at(struct machine *m, uint32_t addr, bool advance); /* which instruction of the running block goes there */
void data_settle(struct machine *m, struct node *n); /* its variants' counts go to the scope, the variants go */
void data_count(struct machine *m); /* at the end: counts of the scopes from those of the nodes */
/* The memory system changed: the remainder of the running block goes by the new one. */
void exec_reconfigured(struct machine *m);

/* reach.c */
void reach_note(struct machine *m, const struct node *n); /* a node was made */
void reach_refresh(struct machine *m);                    /* the memory system changed */
uint64_t reach_stalls(const struct machine *m, const struct node *n); /* the most that the running block can wait */

#endif
