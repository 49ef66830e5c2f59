#include "workloads/plan/plan.h"

#include <stdlib.h>

void plan_free(struct plan *p)
{
    if (!p)
        return;
    free(p->step);
    free(p->stage.rows);
    free(p);
}

int plan_step_of(const struct plan *p, int layer)
{
    for (int s = 0; s < p->nsteps; s++)
        if (p->step[s].layer == layer || p->step[s].pool == layer)
            return s;
    return 0;
}

const struct layer *plan_output(const struct network *n, const struct plan_step *s)
{
    return &n->layer[s->pool >= 0 ? s->pool : s->layer];
}

struct kernel_job plan_job(const struct network *n, const struct plan_step *s,
                           const struct qlayer *constants)
{
    struct kernel_job j =
        kernel_job(&n->layer[s->layer], s->pool >= 0 ? &n->layer[s->pool] : NULL, constants);
    j.tile = s->tile;
    return j;
}
