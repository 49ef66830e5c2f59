/* Private to kernels/: the rules that rows of kernels.def name. */
#ifndef WORKLOADS_KERNELS_RULES_H
#define WORKLOADS_KERNELS_RULES_H

#include "workloads/kernels/job.h"

typedef uint32_t kernel_scratch_rule(const struct kernel_job *j);
typedef struct kernel_tiles kernel_tiles_rule(const struct kernel_job *j, bool dual_issue);
typedef struct kernel_overlap kernel_overlap_rule(const struct kernel_job *j);

kernel_scratch_rule kernel_scratch_none, kernel_scratch_stem, kernel_scratch_conv,
    kernel_scratch_depthwise3x3, kernel_scratch_depthwise, kernel_scratch_pointwise,
    kernel_scratch_fc, kernel_scratch_scale;
kernel_tiles_rule kernel_tiles_none, kernel_tiles_conv, kernel_tiles_depthwise,
    kernel_tiles_pointwise;
kernel_overlap_rule kernel_overlap_none, kernel_overlap_stem, kernel_overlap_conv,
    kernel_overlap_rows, kernel_overlap_depthwise, kernel_overlap_pointwise,
    kernel_overlap_elements, kernel_overlap_pixel, kernel_overlap_scale;

#endif
