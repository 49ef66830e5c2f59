/* What a run that ended says of where it was. */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include "sim/exec/core.h"

/* The report of a fault: fault text and *e; false. */
bool report_fault(struct machine *m, const char *kind, uint32_t pc, struct err *e);
const char *report_kind(uc_err err);
void report_hot_spot(const struct machine *m, char *out, size_t size); /* where most cycles went */

#endif
