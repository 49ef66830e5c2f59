#include "workloads/kernels/job.h"

struct kernel_job kernel_job(const struct layer *l, const struct layer *pool,
                             const struct qlayer *constants)
{
    return (struct kernel_job){.layer = l,
                               .pool = pool,
                               .constants = constants,
                               .in_h = l->in_h,
                               .out_h = pool ? pool->out_h : l->out_h,
                               .pad_top = l->pad,
                               .wbits = 8};
}
