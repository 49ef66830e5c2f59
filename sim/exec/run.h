/* The emulator's hooks: what happens when a block begins, and when a watched instruction or access
 * comes. */
#ifndef SIM_EXEC_RUN_H
#define SIM_EXEC_RUN_H

#include "sim/exec/core.h"

bool run_hooks(struct machine *m, struct err *e); /* once */

#endif
