/* Paths: what is counted of a block. */
#ifndef SIM_EXEC_PATHS_H
#define SIM_EXEC_PATHS_H

#include "sim/exec/core.h"

/* The path of a block entered in a pipeline state, in the scope that runs. NULL: the machine was
 * stopped, for an error or, by path_get, because hooks must be set first. */
struct path *path_of(struct machine *m, struct block *b, pipe_state in);
struct path *path_get(struct machine *m, uint32_t addr, uint32_t size, pipe_state in, uint8_t it);
/* Plans a block again after it turned out to read memory that it writes. */
void path_without_loads(struct machine *m, struct block *b);
/* Sees to it that the instructions of the block that must be watched are. False: they were not, and
 * the block must begin anew (or an error). */
bool path_watched(struct machine *m, struct block *b);
/* sets the hooks asked for; only between two runs of the emulator */
bool path_hooks(struct machine *m, struct err *e);
uint32_t
path_fpu(const struct block *b); /* address of its first instruction with FP registers, 0 = none */

#endif
