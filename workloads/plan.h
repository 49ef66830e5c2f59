/* Where every activation lies while a network runs: one arena, offsets fixed at build time.
 *
 *   pingpong  input and output of a layer never share a byte (only element-wise adds write over an input):
 *             the definition papers count with.
 *   inplace   a layer may write over input it has finished reading; how far is a property of its kernel.
 *
 * A *step* is one emitted function: a layer, or a convolution with the max pool that is fused into it. */
#ifndef WORKLOADS_PLAN_H
#define WORKLOADS_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "workloads/network.h"

enum plan_kind { PLAN_PINGPONG, PLAN_INPLACE };

struct step {
    int layer;        /* index into network.layer */
    int kernel;       /* enum kernel of workloads/kernel.h */
    int pool;         /* index of the fused max pool, or -1 */
    int in[2];        /* producing steps, LAYER_INPUT or LAYER_NONE */
    uint32_t bytes;   /* of the output (logits: 4 per class) */
    uint32_t in_at[2], out_at; /* arena offsets */
    uint32_t scratch_at, scratch; /* kernel scratch; an offset into the fast memory when `fast` */
    bool fast;
    int block;        /* nn_conv.block: tile of the kernel that the scratch was sized for */
    int last_use;     /* step that reads the output last; nsteps for the logits */
};

struct plan {
    enum plan_kind kind;
    int nsteps;
    struct step *step;    /* owned */
    uint32_t input_at, input_bytes;
    uint32_t arena_bytes; /* peak: everything above, nothing more */
    uint32_t map_bytes;   /* largest sum of maps that exist at once, scratch left out; shared bytes count once */
    int peak_step;        /* where the arena is fullest */
    uint32_t lower_bound; /* tensors that must exist before or after some step: no plan of whole maps needs less */
    uint32_t fast_bytes;  /* scratch placed in fast memory */
};

/* `fast_kernels` false: the reference kernels, which need no scratch and overlap nothing but adds.
 * `fast_room`: bytes of tightly coupled memory for scratch, 0 = none. `m7`: tile sizes for that core.
 * ERR_INPUT names a layer that no kernel serves. The caller frees. */
struct plan *plan_make(const struct network *n, enum plan_kind kind, bool fast_kernels, bool m7, uint32_t fast_room,
                       struct err *e);
void plan_free(struct plan *p);

#endif
