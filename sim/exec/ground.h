/* How far measured programs vouch for the cycles of a run.
 *
 * The cycles are divided by what the blocks of code stood on (grounds.def): the memory that the
 * code lies in, those that its accesses reach, and what else is modelled by rules of its own.
 * evidence.yaml, which `make evidence` writes, says for each ground how many measured figures stand
 * on it and how far the simulator is off them. docs/validation.md tells how that is derived. */
#ifndef SIM_EXEC_GROUND_H
#define SIM_EXEC_GROUND_H

#include "sim/exec/core.h"

/* The path ran `fresh` times more than when it was last counted. Before its footprints are given
 * up. */
void ground_count(struct machine *m, const struct path *n, uint64_t fresh);
/* Adds what is known of the run's error to its configuration: the keys `ground`, `code`,
 * `cycles_error_percent`, `cycles_error_rows`, `cycles_error_code`, `unvalidated_percent` and
 * `unvalidated` (docs/schema.md). Nothing where memory was not timed. */
bool ground_config(struct machine *m, cJSON *o, struct err *e);
void ground_close(struct machine *m);

#endif
