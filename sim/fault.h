/* What is printed of a run that ended: its fault, and the instruction that took most cycles. */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include "sim/exec/core.h"

/* Writes the text of machine_fault_text and puts its summary, one line, into *e. Returns false. */
bool fault_describe(struct machine *m, const char *kind, uint32_t pc, struct err *e);
const char *fault_kind(uc_err err);
void fault_hot_spot(const struct machine *m, char *out, size_t size); /* where most cycles went */

#endif
