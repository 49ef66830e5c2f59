/* Where every activation lies while a network runs: one arena, offsets fixed at build time.
 *
 *   pingpong  input and output of a layer never share a byte (only element-wise adds write over an input):
 *             the definition papers count with.
 *   inplace   a layer may write over input it has finished reading; how far is a property of its kernel.
 *             Its first steps may run as a *stage*, strip by strip (workloads/plan/strips.h).
 *
 * A *step* is one emitted function: a layer, or a convolution with the max pool that is fused into it. */
#ifndef WORKLOADS_PLAN_PLAN_H
#define WORKLOADS_PLAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "workloads/graph/network.h"

enum plan_kind { PLAN_PINGPONG, PLAN_INPLACE };

struct step {
    int layer;        /* index into network.layer */
    int kernel;       /* enum kernel of workloads/kernels/kernel.h */
    int pool;         /* index of the fused max pool, or -1 */
    int in[2];        /* producing steps, LAYER_INPUT or LAYER_NONE */
    uint32_t bytes;   /* of the output (logits: 4 per class); within a stage, of the tallest strip */
    uint32_t in_at[2], out_at; /* arena offsets */
    uint32_t scratch_at, scratch; /* kernel scratch; an offset into the fast memory when `fast` */
    bool fast;
    int block;        /* nn_conv.block: tile of the kernel that the scratch was sized for */
    int last_use;     /* step that reads the output last; nsteps for the logits */
};

struct row_range { /* of a map: first, ..., end - 1 */
    int first, end;
};

struct stage {
    int steps, strips;  /* the first `steps` steps run once for each strip; 0: there is no stage */
    struct row_range *rows;  /* owned; [strip][step]: of the step's map, what the strip computes */
};

struct plan {
    enum plan_kind kind;
    int nsteps;
    struct step *step;    /* owned */
    struct stage stage;
    uint32_t input_at, input_bytes;
    uint32_t arena_bytes; /* peak: everything above, nothing more */
    uint32_t map_bytes;   /* largest sum of maps that exist at once, scratch left out; shared bytes count once */
    int peak_step;        /* where that is */
    uint32_t lower_bound; /* tensors that must exist before or after some step (of some strip): no plan with these steps and strips
                           * needs less */
    uint32_t fast_bytes;  /* scratch placed in fast memory */
};

enum { PATCHES_NONE = 0, PATCHES_AUTO = -1, PATCHES_MOST = 1024 };

struct plan_options {
    enum plan_kind kind;
    bool fast_kernels;  /* false: the reference kernels, which need no scratch and overlap nothing but adds */
    bool m7;            /* tile sizes for that core */
    uint32_t fast_room; /* bytes of tightly coupled memory for scratch, 0 = none */
    int patches;        /* strips of a stage that ends where the arena is smallest; PATCHES_AUTO: their number, too, and no stage
                         * unless it is smaller. Equal arenas: the fewest multiply-accumulates done again. With PLAN_INPLACE only */
};

/* ERR_INPUT names a layer that no kernel serves, or says that there is no stage of so many strips. The caller frees. */
struct plan *plan_make(const struct network *n, const struct plan_options *o, struct err *e);
void plan_free(struct plan *p);

#endif
