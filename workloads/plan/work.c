#include "workloads/plan/work.h"

#include <stdlib.h>

#include "workloads/plan/strips.h"

bool plan_multiplies(const struct network *n, const struct plan *p, int s, const struct qlayer *q,
                     struct buf *why, uint64_t *count)
{
    int calls = strips_calls(p, s), *heights = malloc((size_t)calls * sizeof *heights);
    if (!heights)
        return false;
    for (int i = 0; i < calls; i++) {
        struct plan_call c;
        strips_call(n, p, s, i, &c);
        heights[i] = c.out_h;
    }
    struct kernel_job j = plan_job(n, &p->step[s], q);
    *count = kernel_multiplies(p->step[s].kernel, &j, heights, calls, why);
    free(heights);
    return true;
}
