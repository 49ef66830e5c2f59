/* What a kernel is asked to do, and what it answers about memory. */
#ifndef WORKLOADS_KERNELS_JOB_H
#define WORKLOADS_KERNELS_JOB_H

#include "workloads/kernels/qmodel.h"

/* A call of a kernel: a layer, or a strip of its rows. */
struct kernel_job {
    const struct layer *layer, *pool; /* pool: the max pool that is fused into it, or NULL */
    const struct qlayer *constants;   /* tables are borrowed; NULL: only sizes matter */
    int in_h, out_h, pad_top;         /* rows read and written, zeros above them */
    int tile;                         /* of the fast kernel */
    int wbits;                        /* 8 or 4 */
    const char *rows;                 /* function that nn_conv.rows names, or NULL */
};
/* The whole map of a layer, reference kernel, 8-bit weights. */
struct kernel_job kernel_job(const struct layer *l, const struct layer *pool,
                             const struct qlayer *constants);

/* Tiles that a kernel can work with: least and most sensible, and the step between; all 0: it has
 * none. */
struct kernel_tiles {
    int least, most, unit;
};

/* Where the output may lie when nobody reads an input afterwards. */
struct kernel_overlap {
    enum {
        KERNEL_OVERLAP_NONE,
        KERNEL_OVERLAP_SAME, /* input and output may start at the same byte */
        KERNEL_OVERLAP_AHEAD /* the output may start `lead` bytes or more before the input */
    } kind;
    int64_t lead;
};

#endif
