/* From a board file of sim/ to what workloads/emit/emit.h needs to know of a board.
 *
 * study/ joins the simulator, the workloads, the cost model and the database into whole studies,
 * which neither print nor exit; it models nothing itself. */
#ifndef STUDY_TARGET_H
#define STUDY_TARGET_H

#include "base/err.h"
#include "workloads/emit/emit.h"

/* `name` is a board, a path to a board file, or a machine of study/machines.yaml, for checking
 * that the same network code computes the same elsewhere. ERR_INPUT when it is
 * none of them. */
bool target_load(struct target *t, const char *name, struct err *e);

#endif
