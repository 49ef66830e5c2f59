/* The run as a whole: legs of the emulator, and what each stop asks for. */
#ifndef SIM_LOOP_H
#define SIM_LOOP_H

#include "sim/exec/core.h"

/* Runs on until the emulator stops, and does what the stop asks for. False: the run ended. */
bool loop_leg(struct machine *m, struct err *e);
/* Runs to the end; as machine_run. */
bool loop_run(struct machine *m, struct err *e);
/* As machine_go. */
bool loop_go(struct machine *m, const struct machine_until *until, enum machine_why *why,
             struct err *e);
bool loop_attend(struct machine *m, uint32_t addr); /* exec_port.attend */

#endif
