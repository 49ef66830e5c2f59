/* The multiplications of a plan's steps (kernel_multiplies). */
#ifndef WORKLOADS_PLAN_WORK_H
#define WORKLOADS_PLAN_WORK_H

#include <stdint.h>

#include "base/buf.h"
#include "workloads/plan/plan.h"

/* `q`: the constants of the step's layer. `why` as there. False: no memory. */
bool plan_multiplies(const struct network *n, const struct plan *p, int s, const struct qlayer *q,
                     struct buf *why, uint64_t *count);

#endif
