/* How many multiplications the fast kernels execute, counted from the shapes (SMLAD as two), and why that is not the layer's
 * MAC count. What a simulation counts beyond this is address arithmetic of the C code around the kernels. */
#ifndef WORKLOADS_PLAN_WORK_H
#define WORKLOADS_PLAN_WORK_H

#include <stdint.h>

#include "base/buf.h"
#include "workloads/plan/plan.h"
#include "workloads/quantise/quant.h"

/* `q`: the constants of the step's layer. `why` receives a phrase such as "27 taps as 28; 100352 in the output stage"; may be NULL. */
uint64_t step_multiplies(const struct network *n, const struct plan *p, int s, const struct qlayer *q, struct buf *why);

#endif
