/* The run as a whole: the emulator runs until it stops, and what each stop asks for is done. */
#ifndef SIM_LOOP_H
#define SIM_LOOP_H

#include "sim/exec/core.h"

/* Runs on until the emulator stops, and does what the stop asks for. False: the run ended. */
bool loop_emulate(struct machine *m, struct err *e);
/* Runs to the end; as machine_run. */
bool loop_run(struct machine *m, struct err *e);
/* As machine_go. */
bool loop_go(struct machine *m, const struct machine_until *until, enum machine_why *why,
             struct err *e);
bool loop_at_boundary(struct machine *m, uint32_t addr); /* exec_port.at_boundary */

#endif
