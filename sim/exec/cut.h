/* Where blocks end early: at an event, at a fault, behind a store that matters, where a debugger
 * stops. */
#ifndef SIM_EXEC_CUT_H
#define SIM_EXEC_CUT_H

#include "sim/exec/core.h"

/* Index of the instruction of `b` at an address, -1: none; b may be NULL. */
int cut_insn(const struct block *b, uint32_t addr);
/* Counts the block that begins as a whole. */
static inline void cut_count(struct machine *m, struct path *n)
{
    n->count++;
    m->time.cycles += (uint64_t)(int64_t)n->cycles;
}
/* The running block is complete: counts what depends on which watched instructions executed. */
void cut_finish(struct machine *m);
/* The running block, counted as a whole, ends before its k-th instruction. False: an error stopped
 * the machine. */
bool cut_short(struct machine *m, int k);
/* The running block ended at `pc`, or the instruction there faulted. */
void cut_end(struct machine *m, uint32_t pc);
void cut_at_trap(struct machine *m); /* a block begins that is known to fault: see trap */
/* A block begins, and the next event may come before its end. True: it was cut, the emulator stops,
 * and (*anew) what is to run first begins anew. */
bool cut_at_event(struct machine *m, bool *anew);
void cut_stored(struct machine *m);       /* the running block stored to a peripheral */
void cut_behind_store(struct machine *m); /* STOP_STORED: the emulator left it there */
/* STOP_HERE: the emulator stopped before the instruction at m->stop.resume. */
void cut_here(struct machine *m);
/* The instruction of the running block at an address, with all before it accounted for; NULL:
 * none. */
const struct insn *cut_until(struct machine *m, uint32_t addr);
/* The guest's PC was set to somewhere new: run on there, with an empty pipeline. */
void cut_redirect(struct machine *m);

#endif
