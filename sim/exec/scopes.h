/* Scopes of a run: functions found by name, or the layers that the firmware describes. */
#ifndef SIM_EXEC_SCOPES_H
#define SIM_EXEC_SCOPES_H

#include "sim/exec/core.h"

bool scopes_init(struct machine *m, struct err *e);
int scopes_at(const struct machine *m, uint32_t addr); /* -1: none begins there */
/* Control goes from the end of a block to `to`: the call stack and the scope follow. */
void scopes_flow(struct machine *m, const struct block *from, uint32_t to);

#endif
