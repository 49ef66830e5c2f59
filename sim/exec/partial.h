/* Running only the first instructions of a block, without translating anything twice. */
#ifndef SIM_EXEC_PARTIAL_H
#define SIM_EXEC_PARTIAL_H

#include "sim/exec/core.h"

/* Runs the block m->cursor.cut_block, which begins at m->stop.resume, up to its instruction at
 * `cut`. For what is counted it is one block that ends there. False: this cannot be done here, and
 * nothing ran. */
bool partial_run(struct machine *m, uint32_t cut, uc_err *err);
/* The emulator begins a block of *size bytes. True: it is the first of those that partial_run makes
 * it run, and *size becomes that of all, or none of them. False: it does not run now. */
bool partial_begins(struct machine *m, uint32_t *size);

#endif
