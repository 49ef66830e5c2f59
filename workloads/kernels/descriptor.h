/* The descriptors of firmware/nn.h for a job, as values for the host and as C for the target. */
#ifndef WORKLOADS_KERNELS_DESCRIPTOR_H
#define WORKLOADS_KERNELS_DESCRIPTOR_H

#include "workloads/firmware/nn.h"
#include "base/buf.h"
#include "workloads/kernels/job.h"

#define DESCRIPTOR(id, type, ...)                               \
    struct nn_##type kernel_##type(const struct kernel_job *j); \
    void kernel_print_##type(struct buf *b, const struct kernel_job *j, const char *id);
#include "workloads/kernels/kernels.def"

/* How a descriptor changes for the rows of a strip. */
void kernel_rows_none(struct buf *b, const struct kernel_job *j);
void kernel_rows_conv(struct buf *b, const struct kernel_job *j);
void kernel_rows_add(struct buf *b, const struct kernel_job *j);
void kernel_rows_table(struct buf *b, const struct kernel_job *j);
void kernel_rows_combine(struct buf *b, const struct kernel_job *j);
void kernel_rows_exact(struct buf *b, const struct kernel_job *j);

#endif
