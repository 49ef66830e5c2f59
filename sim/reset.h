/* A system reset that the program asks for. */
#ifndef SIM_RESET_H
#define SIM_RESET_H

#include "sim/exec/core.h"

bool reset_run_on(struct machine *m, struct err *e); /* false: the run ends */

#endif
