/* Inside of the machine: the nodes that are counted, and how a program runs over them. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "sim/exec/engine.h"

/* nodes.c */
/* The node of a block entered in a pipeline state, in the scope that runs. NULL: the machine was stopped, for an error
 * or, by node_get, because hooks must be set first. */
struct node *node_of(struct machine *m, struct block *b, pipe_state in);
struct node *node_get(struct machine *m, uint32_t addr, uint32_t size, pipe_state in, uint8_t it);
/* Plans a block again after it turned out to read memory that it writes. */
void node_replan(struct machine *m, struct block *b);
/* Sees to it that the instructions of the block that must be watched are. False: they were not, and the block must
 * begin anew (or an error). */
bool node_watched(struct machine *m, struct block *b);
bool node_hooks(struct machine *m, struct err *e); /* sets the hooks asked for; only between two runs of the emulator */
uint32_t node_fpu(const struct block *b);          /* address of its first instruction with FP registers, 0 = none */
/* run.c */
bool run_hooks(struct machine *m, struct err *e); /* the machine's own hooks; once */
/* cut.c */
int cut_insn(const struct block *b, uint32_t addr);       /* the instruction at an address, -1 = none; b may be NULL */
static inline void cut_count(struct machine *m, struct node *n) /* the block that begins, as a whole */
{
    n->count++;
    m->cycles += (uint64_t)(int64_t)n->cycles;
}
void cut_finish(struct machine *m);                       /* it is complete: what had to wait for its watched instructions */
/* The running block, counted as a whole, ends before its k-th instruction. False: an error stopped the machine. */
bool cut_short(struct machine *m, int k);
void cut_end(struct machine *m, uint32_t pc);             /* it ended at `pc`, or the instruction there faulted */
void cut_at_trap(struct machine *m);                      /* it has begun and is known to fault */
/* It has begun, and the next event may come before its end. True: it was cut, the emulator stops, and (*anew) what is to
 * run first begins anew. */
bool cut_at_event(struct machine *m, bool *anew);
void cut_stored(struct machine *m);                       /* it stored to a peripheral */
void cut_behind_store(struct machine *m);                 /* STOP_STORED: the emulator left it there */
void cut_here(struct machine *m);                         /* STOP_HERE: it stopped before the instruction at m->resume */
/* The instruction of the running block at an address, with all before it accounted for; NULL: none. */
const struct insn *cut_until(struct machine *m, uint32_t addr);
/* The guest's PC was set to somewhere new: run on there, with an empty pipeline. */
void machine_redirect(struct machine *m);

#endif
