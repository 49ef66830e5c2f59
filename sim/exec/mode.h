/* Modes of the core that are set from outside, through the emulator's registers. */
#ifndef SIM_EXEC_MODE_H
#define SIM_EXEC_MODE_H

#include "sim/exec/core.h"

/* Once, before all else that maps memory or runs. */
bool mode_open(struct machine *m, struct err *e);
/* After the mode was set from outside (machine.redirected), before the emulator runs on: its
 * translated code follows. */
void mode_follow(struct machine *m);
/* ITSTATE in xPSR; 0 where no IT block is active. */
uint32_t mode_itstate(const struct machine *m);
void mode_set_itstate(struct machine *m, uint32_t it);

#endif
