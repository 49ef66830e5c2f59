/* How long a block can take at most. */
#ifndef SIM_EXEC_REACH_H
#define SIM_EXEC_REACH_H

#include "sim/exec/core.h"

void reach_note(struct machine *m, const struct path *n); /* a path was made */
void reach_refresh(struct machine *m);                    /* the memory system changed */
/* the most that the running block can wait */
uint64_t reach_stalls(const struct machine *m, const struct path *n);

#endif
